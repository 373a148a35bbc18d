/* SPDX-License-Identifier: MIT */
/* What /control/ does with the identity services. */
#include "directory/identity-control.h"

#include <stdio.h>
#include <string.h>

#include "directory/account.h"
#include "directory/answer.h"
#include "directory/code.h"
#include "directory/identity-rule.h"
#include "directory/schema.h"
#include "directory/token.h"
#include "directory/util.h"

static json_t *list_codes(const Directory *directory)
{
    json_t *list = json_array();
    const char *value;
    json_t *code;

    json_object_foreach(directory->identity.codes, value, code)
    {
        json_t *shown = json_pack("{s:O, s:O, s:O, s:s}", "user-code", json_object_get(code, "userCode"),
                                  "client", json_object_get(code, "client"), "family",
                                  json_object_get(code, "family"), "state", code_state_text(directory, code));

        json_object_set_new(shown, "expires", answer_time(directory, json_number(code, "expires", 0)));
        if (json_object_get(code, "xuid"))
            json_object_set(shown, "xuid", json_object_get(code, "xuid"));
        json_array_append_new(list, shown);
    }
    return list;
}

static json_t *list_accounts(const Directory *directory)
{
    json_t *list = json_object();
    const char *xuid;
    json_t *user;

    json_object_foreach(directory->users, xuid, user)
    {
        const json_t *counted = json_object_get(directory->identity.accounts, xuid);

        json_object_set_new(list, xuid,
                            json_pack("{s:s, s:I, s:I, s:I}", "gamertag", account_gamertag(directory, xuid),
                                      "requests", json_number(counted, "requests", 0), "peak",
                                      json_number(counted, "peak", 0), "refreshes",
                                      json_number(counted, "refreshes", 0)));
    }
    return list;
}

void identity_control_show(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    const Identity *identity = &directory->identity;
    OWN_JSON json_t *shown = json_object();
    json_t *live = json_object();

    (void)call;
    (void)body;
    for (TokenKind kind = TOKEN_ACCESS; kind < TOKEN_KINDS; kind++)
        json_object_set_new(live, token_kind_name(kind),
                            json_integer((json_int_t)token_count(identity, kind, answer_now(directory))));
    json_object_set_new(shown, "now", answer_time(directory, answer_now(directory)));
    json_object_set_new(shown, "used", json_boolean(identity->used));
    json_object_set_new(shown, "tokens", live);
    json_object_set(shown, "endpoints", identity->endpoints);
    json_object_set_new(shown, "accounts", list_accounts(directory));
    json_object_set_new(shown, "codes", list_codes(directory));
    json_object_set(shown, "next", identity->next);
    json_object_set(shown, "failures", identity->failures);
    json_object_set(shown, "latencies", identity->latencies);
    json_object_set_new(shown, "knobs", knob_list(&identity->knobs));
    reply_json(reply, 200, shown);
}

void identity_control_set(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    Knobs wanted = directory->identity.knobs;
    Refusal refusal = {0};
    const char *key;
    json_t *value;
    int r = 0;

    (void)call;
    if (json_object_get(body, "defaults"))
        identity_default_knobs(directory->options->auto_approve, &wanted);
    json_object_foreach((json_t *)(uintptr_t)body, key, value)
    {
        if (r == 0)
            r = knob_section_known(key) ? knob_set(&wanted, key, value, &refusal)
                                        : identity_rule_check(key, value, &refusal);
    }
    if (r != 0) {
        reply_text(reply, refusal.status, refusal.text);
        return;
    }
    if (json_object_get(body, "defaults"))
        identity_defaults(&directory->identity);
    directory->identity.knobs = wanted;
    json_object_foreach((json_t *)(uintptr_t)body, key, value) identity_rule_apply(directory, key, value);
    if (identity_knob(&directory->identity, KNOB_POLL_AUTO_APPROVE))
        account_ensure(directory);
    directory->dirty = true;
    reply_status(reply, 204);
}

static void print_token(const Directory *directory, FILE *stream, const char *kind, const json_t *token,
                        bool live)
{
    OWN_JSON json_t *shown =
        json_pack("{s:s, s:s, s:O, s:b}", "kind", kind, "xuid", json_text(token, "xuid", ""), "value",
                  json_object_get(token, "value"), "live", live);
    OWN_TEXT char *line = NULL;
    static const char *const more[] = {"client", "family", "ended", "party",   "sandbox",
                                       "title",  "device", "uhs",   "userCode"};

    json_object_set_new(shown, "issued", answer_time(directory, json_number(token, "issued", 0)));
    json_object_set_new(shown, "expires", answer_time(directory, json_number(token, "expires", 0)));
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        if (json_object_get(token, more[i]))
            json_object_set(shown, more[i], json_object_get(token, more[i]));
    line = json_dumps(shown, JSON_COMPACT);
    fprintf(stream, "%s\n", line);
}

void identity_control_tokens(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    int64_t now = answer_now(directory);
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    const char *value;
    json_t *token;

    (void)call;
    (void)body;
    if (!stream)
        abort();
    json_object_foreach(directory->identity.codes, value, token)
    {
        print_token(directory, stream, token_kind_name(TOKEN_DEVICE_CODE), token,
                    token_live(token, now) && strcmp(json_text(token, "state", ""), "used") != 0);
    }
    json_object_foreach(directory->identity.tokens, value, token)
    {
        print_token(directory, stream, json_text(token, "kind", ""), token, token_live(token, now));
    }
    fclose(stream);
    reply_take(reply, 200, "application/x-ndjson", text, length);
}

/* Who approves: who @body names, or whose turn it is. Owned; NULL when it is nobody. */
static char *approver(Directory *directory, const json_t *body)
{
    const char *xuid = json_text(body, "xuid", NULL);

    if (!json_object_get(body, "xuid"))
        return account_next(directory);
    return xuid && account_make(directory, xuid) ? text_copy(xuid) : NULL;
}

void identity_control_approve(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    const char *action = json_text(body, "action", "approve");
    bool approve = strcmp(action, "approve") == 0;
    json_t *code = code_typed(directory, json_text(body, "user-code", ""));
    OWN_TEXT char *xuid = NULL;
    OWN_JSON json_t *answer = NULL;
    Refusal refusal;
    bool pending;

    (void)call;
    if (schema_check_shape(body, "The request", "user-code,xuid,action", &refusal) != 0) {
        reply_text(reply, refusal.status, refusal.text);
        return;
    }
    if (!approve && strcmp(action, "decline") != 0) {
        reply_text(reply, 400, "action is approve or decline.");
        return;
    }
    /* Nobody's turn passes for a code that is none. */
    pending = code && strcmp(code_state_text(directory, code), "pending") == 0;
    if (approve && pending)
        xuid = approver(directory, body);
    if (approve && pending && !xuid) {
        reply_text(reply, 400, "xuid is a decimal number as text.");
        return;
    }
    switch (code_answer(directory, code, xuid)) {
    case CODE_ANSWERED:
        answer = approve ? json_pack("{s:s}", "xuid", xuid) : json_object();
        reply_json(reply, 200, answer);
        break;
    case CODE_UNKNOWN:
        reply_text(reply, 404, "There is no such code.");
        break;
    case CODE_ANSWERED_BEFORE:
        reply_text(reply, 409, "The code was answered before.");
        break;
    case CODE_TOO_OLD:
        reply_text(reply, 410, "The code is too old.");
        break;
    }
}
