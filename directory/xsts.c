/* SPDX-License-Identifier: MIT */
/* XSTS: the token that a service takes. */
#include "directory/xsts.h"

#include <string.h>

#include "directory/account.h"
#include "directory/answer.h"
#include "directory/token-request.h"
#include "directory/token.h"
#include "directory/util.h"
#include "directory/xerr.h"

/* The tokens that a request brings. NULL: not one of this kind. Borrowed. */
typedef struct Chain {
    const json_t *user, *device, *title;
    const char *xuid;    /* NULL without a user */
    const char *binding; /* NULL: bound to no key */
} Chain;

static bool party_known(const Directory *directory, const char *party)
{
    static const char *const parties[] = {XSTS_HOME_PARTY, "rp://emu.example/",
                                          "rp://api.minecraftservices.com/",
                                          "https://b980a380.minecraft.playfabapi.com/"};

    for (size_t i = 0; i < sizeof(parties) / sizeof(parties[0]); i++)
        if (strcmp(parties[i], party) == 0)
            return true;
    return json_array_has_text(directory->identity.parties, party);
}

static bool is_text_or_absent(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return !value || json_is_string(value);
}

static bool is_texts_or_absent(const json_t *object, const char *key)
{
    const json_t *list = json_object_get(object, key);
    json_t *item;
    size_t i;

    if (list && !json_is_array(list))
        return false;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return false;
    }
    return true;
}

static bool properties_fit(const json_t *properties)
{
    const json_t *users = json_object_get(properties, "UserTokens");

    return json_is_string(json_object_get(properties, "SandboxId")) &&
           is_texts_or_absent(properties, "UserTokens") && json_array_size(users) <= 1 &&
           is_texts_or_absent(properties, "OptionalDisplayClaims") &&
           is_text_or_absent(properties, "DeviceToken") && is_text_or_absent(properties, "TitleToken") &&
           (json_array_size(users) == 1 || json_object_get(properties, "DeviceToken"));
}

/* Finds one token of the chain. @value: as sent, or NULL. Returns 0, or the XErr. */
static json_int_t chain_find(const Directory *directory, TokenKind kind, const json_t *value,
                             json_int_t invalid, json_int_t expired, const json_t **out)
{
    const json_t *token;

    if (!value)
        return 0;
    token = token_find(&directory->identity, kind, json_string_value(value));
    if (!token || json_object_get(token, "ended"))
        return invalid;
    if (token_expired(token, answer_now(directory)))
        return expired;
    *out = token;
    return 0;
}

static bool same_text(const json_t *one, const json_t *other, const char *key)
{
    return strcmp(json_text(one, key, ""), json_text(other, key, "")) == 0;
}

/* All tokens must be of one device, and the title's of the same user. Returns 0, or the XErr. */
static json_int_t chain_check(Chain *chain, const char *proof)
{
    const json_t *bound = chain->device ? chain->device : chain->title ? chain->title : chain->user;

    chain->xuid = json_text(chain->user, "xuid", NULL);
    chain->binding = json_text(bound, "binding", proof);
    if (chain->title && (!chain->device || !same_text(chain->title, chain->device, "device") ||
                         !same_text(chain->title, chain->device, "binding")))
        return XERR_DEVICES_MIXED;
    if (chain->user && json_object_get(chain->user, "binding") &&
        strcmp(json_text(chain->user, "binding", ""), chain->binding) != 0)
        return XERR_DEVICES_MIXED;
    if (proof && strcmp(proof, chain->binding) != 0)
        return XERR_DEVICES_MIXED;
    return chain->title && chain->user && !same_text(chain->title, chain->user, "xuid") ? XERR_TITLE_INVALID
                                                                                        : 0;
}

/* Returns 0, or the XErr. @out may be half filled with one. */
static json_int_t chain_open(const Directory *directory, const TokenRequest *request, Chain *out)
{
    const json_t *properties = request->properties;
    json_int_t xerr;

    *out = (Chain){0};
    xerr = chain_find(directory, TOKEN_DEVICE, json_object_get(properties, "DeviceToken"),
                      XERR_DEVICE_INVALID, XERR_DEVICE_EXPIRED, &out->device);
    if (xerr == 0)
        xerr = chain_find(directory, TOKEN_TITLE, json_object_get(properties, "TitleToken"),
                          XERR_TITLE_INVALID, XERR_TITLE_EXPIRED, &out->title);
    if (xerr == 0)
        xerr = chain_find(directory, TOKEN_USER, json_array_get(json_object_get(properties, "UserTokens"), 0),
                          XERR_USER_INVALID, XERR_USER_EXPIRED, &out->user);
    return xerr ? xerr : chain_check(out, request->binding);
}

/* Returns 0, or the XErr. */
static json_int_t sandbox_check(const Directory *directory, const char *sandbox, const char *xuid)
{
    const json_t *allowed = json_object_get(directory->identity.sandboxes, sandbox);

    if (!allowed)
        return XERR_SANDBOX_NOT_ALLOWED;
    return xuid && json_is_array(allowed) && !json_array_has_text(allowed, xuid) ? XERR_CONTENT_ISOLATION : 0;
}

/* What the answer says about the user. */
static json_t *display_user(const Directory *directory, const TokenRequest *request, const char *xuid,
                            const json_t *token)
{
    const json_t *optional = json_object_get(request->properties, "OptionalDisplayClaims");
    const char *gamertag = account_gamertag(directory, xuid);
    json_t *user = json_pack("{s:O}", "uhs", json_object_get(token, "uhs"));

    if (strcmp(request->party, XSTS_HOME_PARTY) != 0)
        return user;
    json_object_set_new(user, "gtg", json_string(gamertag));
    json_object_set_new(user, "xid", json_string(xuid));
    json_object_set_new(user, "agg", json_string(account_age_group(directory, xuid)));
    json_object_set_new(user, "usr", json_string(""));
    json_object_set_new(user, "utr", json_string(""));
    json_object_set(user, "prv", json_object_get(token, "privileges"));
    if (json_array_has_text(optional, "mgt"))
        json_object_set_new(user, "mgt", json_string(gamertag));
    if (json_array_has_text(optional, "mgs"))
        json_object_set_new(user, "mgs", json_string(""));
    if (json_array_has_text(optional, "umg"))
        json_object_set_new(user, "umg", json_string(gamertag));
    return user;
}

/* What the token says. */
static json_t *xsts_claims(Directory *directory, const TokenRequest *request, const Chain *chain)
{
    bool titled = chain->title && identity_knob(&directory->identity, KNOB_CLAIMS_TITLE);
    json_t *claims = json_pack("{s:s, s:s}", "party", request->party, "sandbox",
                               json_text(request->properties, "SandboxId", ""));

    if (chain->xuid) {
        OWN_TEXT char *hash = token_request_hash(directory, chain->xuid, request->party, chain->binding);
        OWN_TEXT char *privileges = account_privileges(directory, chain->xuid);

        json_object_set_new(claims, "xuid", json_string(chain->xuid));
        json_object_set_new(claims, "uhs", json_string(hash));
        json_object_set_new(claims, "privileges", json_string(privileges));
    }
    if (chain->binding)
        json_object_set_new(claims, "binding", json_string(chain->binding));
    if (chain->device)
        json_object_set(claims, "device", json_object_get(chain->device, "device"));
    if (titled)
        json_object_set(claims, "title", json_object_get(chain->title, "title"));
    return claims;
}

static void xsts_issue(Directory *directory, const TokenRequest *request, const Chain *chain, Reply *reply)
{
    Identity *identity = &directory->identity;
    bool home = strcmp(request->party, XSTS_HOME_PARTY) == 0;
    const char *device = json_text(chain->device, "device", "");
    json_t *claims = xsts_claims(directory, request, chain), *shown = json_object();
    /* Of its own: the chain's tokens may go when there are too many. */
    OWN_TEXT char *xuid = chain->xuid ? text_copy(chain->xuid) : NULL;
    OWN_TEXT char *subject = text_format("%s.%s", xuid ? xuid : device, json_text(claims, "sandbox", ""));
    const json_t *token;

    if (!xuid)
        json_object_set_new(shown, "xdi", json_pack("{s:s, s:s}", "did", device, "dcs", "0"));
    token = token_issue(identity, TOKEN_XSTS, subject, claims, answer_now(directory),
                        identity_knob(identity, home ? KNOB_LIFE_XSTS : KNOB_LIFE_XSTS_OTHER));
    directory->dirty = true;
    if (xuid)
        json_object_set_new(shown, "xui", json_pack("[o]", display_user(directory, request, xuid, token)));
    answer_json(directory, 200, JSON_TYPE_UTF8, token_request_answer(directory, token, shown), reply);
}

static void xsts_serve(Directory *directory, const Call *call, const TokenRequest *request, Reply *reply)
{
    json_int_t xerr;
    Chain chain;

    if (!properties_fit(request->properties) || !party_known(directory, request->party)) {
        reply_status(reply, 400);
        return;
    }
    xerr = chain_open(directory, request, &chain);
    if (xerr) {
        xerr_reply(directory, xerr, NULL, reply);
        return;
    }
    if (chain.binding && !token_request_signed(directory, call, chain.binding)) {
        reply_status(reply, call->signature ? 403 : 401);
        if (!call->signature)
            reply_header(reply, "WWW-Authenticate", "XSTS error=\"invalid_request_signature\"");
        return;
    }
    xerr = sandbox_check(directory, json_text(request->properties, "SandboxId", ""), chain.xuid);
    if (xerr == 0 && chain.xuid)
        xerr = account_xerr(directory, chain.xuid);
    if (xerr)
        xerr_reply(directory, xerr, NULL, reply);
    else
        xsts_issue(directory, request, &chain, reply);
}

void xsts_authorize(Directory *directory, const Call *call, Reply *reply)
{
    TokenRequest request;

    xerr_headers(reply);
    if (token_request_open(call, &request, reply) != 0)
        return;
    xsts_serve(directory, call, &request, reply);
    token_request_close(&request);
}
