/* SPDX-License-Identifier: MIT */
/* The sign-in: device codes, and tokens for a code or a refresh token. */
#include "directory/oauth.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "directory/account.h"
#include "directory/answer.h"
#include "directory/code.h"
#include "directory/form.h"
#include "directory/oauth-error.h"
#include "directory/token.h"
#include "directory/util.h"

#define FORM_TYPE "application/x-www-form-urlencoded"
#define TITLE_SCOPE "service::user.auth.xboxlive.com::MBI_SSL"
#define GRANT_DEVICE_CODE "urn:ietf:params:oauth:grant-type:device_code"
#define COOKIE_NAME "EMUC"

/* A request while it is served. */
typedef struct Grant {
    Directory *directory;
    const Call *call;
    const json_t *form;
    const char *client;
    char family;
    Reply *reply;
} Grant;

static void grant_refuse(const Grant *grant, const char *error)
{
    oauth_error(grant->directory, error, grant->family, grant->reply);
}

static bool client_fits(const char *client, char family)
{
    if (family == 'A')
        return guid_valid(client);
    return strlen(client) == 16 && strspn(client, "0123456789abcdefABCDEF") == 16;
}

/* Returns the form of a well-formed request from a known client, or NULL, having answered. */
static json_t *grant_open(Grant *grant)
{
    const Call *call = grant->call;
    json_t *form = NULL;

    if (form_media_is(call->content_type, FORM_TYPE))
        form = form_parse(call->body ? call->body : "", call->length);
    if (!form) {
        reply_status(grant->reply, 400);
        return NULL;
    }
    grant->form = form;
    grant->client = json_text(form, "client_id", NULL);
    if (!grant->client)
        grant_refuse(grant, "invalid_request");
    else if (!client_fits(grant->client, grant->family) ||
             json_array_has_text(grant->directory->identity.unknown_clients, grant->client))
        grant_refuse(grant, "unauthorized_client");
    else
        return form;
    json_decref(form);
    return NULL;
}

/* Whether @scope has @word among its words, compared without case. */
static bool scope_has(const char *scope, const char *word)
{
    while (*scope) {
        size_t length = strcspn(scope, " ");

        if (length == strlen(word) && strncasecmp(scope, word, length) == 0)
            return true;
        scope += length + (scope[length] == ' ');
    }
    return false;
}

static bool scope_fits(const Grant *grant, const char *scope)
{
    return grant->family == 'A' ? scope_has(scope, "XboxLive.signin") : scope_has(scope, TITLE_SCOPE);
}

static bool scope_is_offline(const Grant *grant, const char *scope)
{
    return grant->family == 'B' || scope_has(scope, "offline_access") ||
           scope_has(scope, "XboxLive.offline_access");
}

static json_t *code_body(const Grant *grant, const json_t *code)
{
    const char *typed = json_text(code, "userCode", "");
    const Identity *identity = &grant->directory->identity;
    OWN_TEXT char *uri =
        text_format("%s://%s/link", grant->call->secure ? "https" : "http", grant->call->host);
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:I, s:I}", "user_code", typed, "device_code",
                  json_text(code, "value", ""), "verification_uri", uri, "expires_in",
                  identity_knob(identity, KNOB_LIFE_CODE), "interval", json_number(code, "interval", 0));

    if (identity_knob(identity, KNOB_POLL_COMPLETE))
        json_object_set_new(body, "verification_uri_complete", json_sprintf("%s?otc=%s", uri, typed));
    json_object_set_new(body, "message", json_sprintf("Emulator: open %s and type the code %s.", uri, typed));
    return body;
}

static void serve_code(Grant *grant)
{
    OWN_JSON json_t *form = grant_open(grant);
    const char *scope = json_text(form, "scope", NULL);
    OWN_TEXT char *cookie = NULL;
    const json_t *code;

    if (!form)
        return;
    if (!scope || !grant->call->host ||
        (grant->family == 'B' && strcmp(json_text(form, "response_type", ""), "device_code") != 0)) {
        grant_refuse(grant, "invalid_request");
        return;
    }
    if (!scope_fits(grant, scope)) {
        grant_refuse(grant, "invalid_scope");
        return;
    }
    code = code_make(grant->directory, grant->client, grant->family == 'A' ? "A" : "B", scope);
    answer_json(grant->directory, 200, grant->family == 'A' ? JSON_TYPE_UTF8 : JSON_TYPE,
                code_body(grant, code), grant->reply);
    if (grant->family == 'B') {
        cookie = text_format(COOKIE_NAME "=%s; Path=/; HttpOnly", json_text(code, "cookie", ""));
        reply_header(grant->reply, "Set-Cookie", cookie);
    }
}

/* The claims of an access or refresh token. */
static json_t *grant_claims(const Grant *grant, const char *xuid, const char *scope)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "xuid", xuid, "client", grant->client, "family",
                     grant->family == 'A' ? "A" : "B", "scope", scope);
}

/* Answers with an access token. @refresh: the refresh token to be sent with it, or NULL. */
static void grant_answer(const Grant *grant, const char *xuid, const char *scope, const char *refresh)
{
    Identity *identity = &grant->directory->identity;
    bool entra = grant->family == 'A';
    json_int_t life = identity_knob(identity, entra ? KNOB_LIFE_ACCESS : KNOB_LIFE_ACCESS_TITLE);
    uint64_t number = strtoull(xuid, NULL, 10) % UINT64_C(10000000000000);
    /* It may be an old one, which goes when there are too many. */
    OWN_TEXT char *kept = refresh ? text_copy(refresh) : NULL;
    const json_t *access = token_issue(identity, TOKEN_ACCESS, xuid, grant_claims(grant, xuid, scope),
                                       answer_now(grant->directory), life);
    json_t *body = json_pack("{s:s, s:s, s:I}", "token_type", entra ? "Bearer" : "bearer", "scope",
                             entra ? "XboxLive.signin" : TITLE_SCOPE, "expires_in", life);

    if (entra)
        json_object_set_new(body, "ext_expires_in", json_integer(life));
    json_object_set(body, "access_token", json_object_get(access, "value"));
    if (kept)
        json_object_set_new(body, "refresh_token", json_string(kept));
    if (!entra) {
        json_object_set_new(body, "user_id", json_sprintf("emu%013" PRIu64, number));
        json_object_set_new(body, "foci", json_string("1"));
    }
    grant->directory->dirty = true;
    answer_json(grant->directory, 200, entra ? JSON_TYPE_UTF8 : JSON_TYPE, body, grant->reply);
}

static const char *issue_refresh(const Grant *grant, const char *xuid, const char *scope)
{
    Identity *identity = &grant->directory->identity;

    return json_text(token_issue(identity, TOKEN_REFRESH, xuid, grant_claims(grant, xuid, scope),
                                 answer_now(grant->directory), identity_knob(identity, KNOB_LIFE_REFRESH)),
                     "value", NULL);
}

/* Whether the poll brings back the cookie of its code, among others. */
static bool cookie_returned(const char *header, const json_t *code)
{
    OWN_TEXT char *wanted = text_format(COOKIE_NAME "=%s", json_text(code, "cookie", ""));

    while (header && *header) {
        size_t length = strcspn(header, ";");

        if (length == strlen(wanted) && strncmp(header, wanted, length) == 0)
            return true;
        header += length;
        header += strspn(header, "; ");
    }
    return false;
}

static void serve_poll(const Grant *grant)
{
    Identity *identity = &grant->directory->identity;
    json_t *code = code_find(grant->directory, json_text(grant->form, "device_code", NULL));
    OWN_TEXT char *xuid = NULL, *scope = NULL;

    if (!json_object_get(grant->form, "device_code")) {
        grant_refuse(grant, "invalid_request");
        return;
    }
    if (!code || json_text(code, "family", "")[0] != grant->family ||
        strcasecmp(json_text(code, "client", ""), grant->client) != 0 ||
        (grant->family == 'B' && identity_knob(identity, KNOB_POLL_COOKIE) &&
         !cookie_returned(grant->call->cookie, code))) {
        grant_refuse(grant, "bad_verification_code");
        return;
    }
    switch (code_poll(grant->directory, code)) {
    case CODE_PENDING:
        grant_refuse(grant, "authorization_pending");
        return;
    case CODE_DECLINED:
        grant_refuse(grant, identity_knob(identity, KNOB_POLL_DECLINED) == DECLINED_ACCESS
                                ? "access_denied"
                                : "authorization_declined");
        return;
    case CODE_USED:
        grant_refuse(grant, "used");
        return;
    case CODE_EXPIRED:
        grant_refuse(grant, "expired_token");
        return;
    case CODE_TOO_FAST:
        grant_refuse(grant, "slow_down");
        return;
    case CODE_APPROVED:
        break;
    }
    code_use(grant->directory, code);
    xuid = text_copy(json_text(code, "xuid", ""));
    scope = text_copy(json_text(code, "scope", ""));
    grant_answer(grant, xuid, scope,
                 scope_is_offline(grant, scope) ? issue_refresh(grant, xuid, scope) : NULL);
}

/* The refresh token that goes with the answer, after the old one was used. NULL: none. */
static const char *grant_rotate(const Grant *grant, json_t *old, const char *xuid, const char *scope)
{
    Identity *identity = &grant->directory->identity;
    int64_t life = identity_knob(identity, KNOB_LIFE_REFRESH) * SECOND_US;

    json_object_set_new(old, "expires", json_integer(answer_now(grant->directory) + life));
    if (identity_knob(identity, KNOB_RT_OMIT))
        return NULL;
    if (!identity_knob(identity, KNOB_RT_ROTATE))
        return json_text(old, "value", NULL);
    if (identity_knob(identity, KNOB_RT_STRICT))
        token_end(old, "rotated");
    return issue_refresh(grant, xuid, scope);
}

static void count_refresh(Identity *identity, const char *xuid)
{
    json_t *account = json_child(identity->accounts, xuid);

    json_object_set_new(account, "refreshes", json_integer(json_number(account, "refreshes", 0) + 1));
}

static void serve_refresh(const Grant *grant)
{
    Identity *identity = &grant->directory->identity;
    json_t *old = token_find(identity, TOKEN_REFRESH, json_text(grant->form, "refresh_token", NULL));
    const char *scope = json_text(grant->form, "scope", NULL);
    OWN_TEXT char *xuid = NULL, *granted = NULL;
    const char *ended;

    if (!json_object_get(grant->form, "refresh_token") || !scope) {
        grant_refuse(grant, "invalid_request");
        return;
    }
    if (!old || json_text(old, "family", "")[0] != grant->family) {
        grant_refuse(grant, "invalid_grant");
        return;
    }
    xuid = text_copy(json_text(old, "xuid", ""));
    count_refresh(identity, xuid);
    /* One that was not used for too long ended by itself. */
    ended = json_text(old, "ended", token_expired(old, answer_now(grant->directory)) ? "idle" : NULL);
    if (strcasecmp(json_text(old, "client", ""), grant->client) != 0)
        grant_refuse(grant, "client_mismatch");
    else if (ended)
        grant_refuse(grant, strcmp(ended, "idle") == 0 ? "idle" : "invalid_grant");
    else if (!scope_fits(grant, scope))
        grant_refuse(grant, "invalid_scope");
    else {
        granted = text_copy(json_text(old, "scope", ""));
        grant_answer(grant, xuid, granted, grant_rotate(grant, old, xuid, granted));
    }
}

static void serve_token(Grant *grant)
{
    OWN_JSON json_t *form = grant_open(grant);
    const char *type = json_text(form, "grant_type", NULL);

    if (!form)
        return;
    if (!type)
        grant_refuse(grant, "invalid_request");
    else if (strcmp(type, GRANT_DEVICE_CODE) == 0)
        serve_poll(grant);
    else if (strcmp(type, "refresh_token") == 0)
        serve_refresh(grant);
    else
        grant_refuse(grant, "unsupported_grant_type");
}

void oauth_code_a(Directory *directory, const Call *call, Reply *reply)
{
    serve_code(&(Grant){.directory = directory, .call = call, .family = 'A', .reply = reply});
}

void oauth_code_b(Directory *directory, const Call *call, Reply *reply)
{
    serve_code(&(Grant){.directory = directory, .call = call, .family = 'B', .reply = reply});
}

void oauth_token_a(Directory *directory, const Call *call, Reply *reply)
{
    serve_token(&(Grant){.directory = directory, .call = call, .family = 'A', .reply = reply});
}

void oauth_token_b(Directory *directory, const Call *call, Reply *reply)
{
    serve_token(&(Grant){.directory = directory, .call = call, .family = 'B', .reply = reply});
}
