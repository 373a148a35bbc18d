/* SPDX-License-Identifier: MIT */
/* Who calls: the Authorization header "XBL3.0 x=HASH;TOKEN". */
#include "directory/auth.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "directory/answer.h"
#include "directory/gzip.h"
#include "directory/token-request.h"
#include "directory/token.h"
#include "directory/util.h"
#include "directory/xsts.h"

#define SCHEME "XBL3.0 x="
#define TOKEN_MAX 16384
#define PRIVILEGE_MULTIPLAYER "254"

/* Returns the token's text within @header and what stands for the user in @out, or NULL. */
static const char *auth_split(const char *header, char out[XUID_SIZE])
{
    const char *user, *token;
    size_t length;

    if (!header || strncmp(header, SCHEME, strlen(SCHEME)) != 0)
        return NULL;
    user = header + strlen(SCHEME);
    length = strspn(user, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
    if (length == 0 || length >= XUID_SIZE || user[length] != ';')
        return NULL;
    token = user + length + 1;
    if (*token == '\0' || strlen(token) > TOKEN_MAX)
        return NULL;
    for (const char *p = token; *p; p++)
        if (!isgraph((unsigned char)*p))
            return NULL;
    memcpy(out, user, length);
    out[length] = '\0';
    return token;
}

static void auth_claims(const Directory *directory, const json_t *token, Principal *out)
{
    const char *title = json_text(token, "title", NULL);

    user_principal(directory, json_text(token, "xuid", ""), out);
    out->sandbox = json_text(token, "sandbox", NULL);
    if (title)
        snprintf(out->title_id, sizeof(out->title_id), "%s", title);
}

void auth_claimed(const Directory *directory, const char *header, Principal *out)
{
    char user[XUID_SIZE] = "";
    const char *text = auth_split(header, user);
    const json_t *token = token_find(&directory->identity, TOKEN_XSTS, text);

    if (token)
        auth_claims(directory, token, out);
    else
        user_principal(directory, text ? user : "", out);
}

void auth_claimed_xuid(const Directory *directory, const char *header, char out[XUID_SIZE])
{
    Principal who;

    auth_claimed(directory, header, &who);
    memcpy(out, who.xuid, XUID_SIZE);
}

static bool auth_is_fixed(const Options *options, const char *xuid, const char *token)
{
    for (size_t i = 0; i < options->n_fixed_tokens; i++) {
        const char *fixed = options->fixed_tokens[i];
        size_t length = strlen(xuid);

        if (strncmp(fixed, xuid, length) == 0 && fixed[length] == ':' &&
            strcmp(fixed + length + 1, token) == 0)
            return true;
    }
    return false;
}

/* Answers 401 with what the service says besides, which is nothing where the token is just not good any more. */
static int auth_refuse(const Directory *directory, const char *description, const char *detail, Reply *reply)
{
    const Identity *identity = &directory->identity;

    reply_status(reply, 401);
    if (description || identity_knob(identity, KNOB_UNAUTHORIZED_BODY) ||
        identity_knob(identity, KNOB_UNAUTHORIZED_GZIP)) {
        OWN_JSON json_t *body = json_pack("{s:i, s:s, s:s}", "code", 401, "source", "EmuAuth", "description",
                                          description ? description : "Unauthorized");

        if (detail)
            json_object_set_new(body, "debugMessage", json_string(detail));
        reply_json(reply, 401, body);
    }
    reply_header(reply, "WWW-Authenticate", "XBL3.0");
    if (identity_knob(identity, KNOB_UNAUTHORIZED_GZIP))
        gzip_reply(reply);
    reply->chunked = identity_knob(identity, KNOB_UNAUTHORIZED_CHUNKED) && reply->body;
    return REFUSED;
}

/* Whether a list of numbers with spaces between has @number. */
static bool list_has(const char *list, const char *number)
{
    OWN_TEXT char *padded = text_format(" %s ", list), *wanted = text_format(" %s ", number);

    return strstr(padded, wanted) != NULL;
}

/* A call with a bound token that is signed, or has to be, must be signed well. */
static bool auth_signed(const Directory *directory, const Call *call, const json_t *token)
{
    const char *binding = json_text(token, "binding", NULL);

    if (!binding || (!call->signature && identity_knob(&directory->identity, KNOB_SIGN_MODE) != SIGN_REQUIRE))
        return true;
    return token_request_signed(directory, call, binding);
}

/* A token without a user has no hash either, so that none fits it. */
static int auth_issued(const Directory *directory, const Call *call, const json_t *token, const char *hash,
                       Principal *out, Reply *reply)
{
    OWN_JSON json_t *body = NULL;

    if (!token_live(token, answer_now(directory)) || strcmp(json_text(token, "uhs", ""), hash) != 0 ||
        strcmp(json_text(token, "party", ""), XSTS_HOME_PARTY) != 0)
        return auth_refuse(directory, NULL, NULL, reply);
    if (!auth_signed(directory, call, token))
        return auth_refuse(directory, "invalid_request_signature", NULL, reply);
    if (identity_knob(&directory->identity, KNOB_CLAIMS_REQUIRE) && !json_object_get(token, "title"))
        return auth_refuse(directory, "Unauthorized", "Missing title Id claim.", reply);
    if (!list_has(json_text(token, "privileges", ""), PRIVILEGE_MULTIPLAYER)) {
        body = json_pack("{s:i, s:s}", "errorCode", 403, "errorMessage",
                         "emulator: caller may not use this session template");
        reply_json(reply, 403, body);
        return REFUSED;
    }
    auth_claims(directory, token, out);
    return 0;
}

int auth_principal(const Directory *directory, const Call *call, Principal *out, Reply *reply)
{
    const Options *options = directory->options;
    char user[XUID_SIZE];
    const char *text = auth_split(call->authorization, user);
    const json_t *token = token_find(&directory->identity, TOKEN_XSTS, text);

    if (token)
        return auth_issued(directory, call, token, user, out, reply);
    if (!text || (options->n_fixed_tokens > 0 && !auth_is_fixed(options, user, text)) ||
        (options->n_fixed_tokens == 0 && directory->identity.used))
        return auth_refuse(directory, NULL, NULL, reply);
    user_principal(directory, user, out);
    return 0;
}
