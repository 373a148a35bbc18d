/* SPDX-License-Identifier: MIT */
/* What all requests for a token of the Xbox services share. */
#include "directory/token-request.h"

#include <string.h>

#include "directory/answer.h"
#include "directory/form.h"
#include "directory/signature.h"
#include "directory/token.h"
#include "directory/util.h"

#define HASH_LENGTH 19

/* The contract versions that clients were seen to send. */
static bool version_fits(const char *version)
{
    return version && (strcmp(version, "1") == 0 || strcmp(version, "2") == 0);
}

static bool request_fits(TokenRequest *request)
{
    const json_t *key;

    request->properties = json_object_get(request->body, "Properties");
    request->party = json_text(request->body, "RelyingParty", NULL);
    if (!json_is_object(request->properties) || !request->party ||
        strcmp(json_text(request->body, "TokenType", ""), "JWT") != 0)
        return false;
    key = json_object_get(request->properties, "ProofKey");
    if (key)
        request->binding = signature_binding(key);
    return !key || request->binding;
}

int token_request_open(const Call *call, TokenRequest *out, Reply *reply)
{
    TokenRequest request = {0};
    json_error_t error;

    if (form_media_is(call->content_type, JSON_TYPE) && version_fits(call->contract_version) &&
        call->length > 0)
        request.body = json_loadb(call->body, call->length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(request.body) || !json_depth_fits(request.body) || !request_fits(&request)) {
        token_request_close(&request);
        reply_status(reply, 400);
        return REFUSED;
    }
    *out = request;
    return 0;
}

void token_request_close(TokenRequest *request)
{
    json_decref(request->body);
    free(request->binding);
    *request = (TokenRequest){0};
}

bool token_request_signed(const Directory *directory, const Call *call, const char *binding)
{
    const Identity *identity = &directory->identity;
    const SignedRequest request = {
        .method = call->method,
        .target = call->target,
        .authorization = call->authorization,
        .body = call->body,
        .length = call->length,
    };

    return identity_knob(identity, KNOB_SIGN_MODE) == SIGN_OFF ||
           (call->signature && signature_valid(call->signature, binding, &request, answer_now(directory),
                                               identity_knob(identity, KNOB_SIGN_TOLERANCE) * SECOND_US));
}

char *token_request_hash(Directory *directory, const char *xuid, const char *party, const char *binding)
{
    Identity *identity = &directory->identity;
    json_int_t mode = identity_knob(identity, KNOB_UHS_MODE);
    OWN_TEXT char *key = text_format("%s|%s|%s", xuid, mode == UHS_SAME ? "" : party,
                                     mode == UHS_BINDING && binding ? binding : "");
    char *hash;

    if (json_object_get(identity->hashes, key))
        return text_copy(json_text(identity->hashes, key, ""));
    hash = text_random("123456789", HASH_LENGTH);
    if (json_object_size(identity->hashes) == HASHES_MAX)
        json_object_clear(identity->hashes);
    json_object_set_new(identity->hashes, key, json_string(hash));
    return hash;
}

json_t *token_request_answer(const Directory *directory, const json_t *token, json_t *claims)
{
    return json_pack("{s:o, s:o, s:O, s:o}", "IssueInstant",
                     answer_time(directory, json_number(token, "issued", 0)), "NotAfter",
                     answer_time(directory, json_number(token, "expires", 0)), "Token",
                     json_object_get(token, "value"), "DisplayClaims", claims);
}
