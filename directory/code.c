/* SPDX-License-Identifier: MIT */
/* Device codes: a sign-in that waits for its person. */
#include "directory/code.h"

#include <ctype.h>
#include <string.h>

#include "directory/account.h"
#include "directory/answer.h"
#include "directory/token.h"
#include "directory/util.h"

/* No vowels and nothing that looks like something else: no words, no misreadings. */
#define CODE_LETTERS "BCDFGHJKLMNPQRSTVWXZ"
#define CODE_LENGTH 8
#define SLOWER_S 5
/* A client's timer and the way to here may differ by this much. */
#define POLL_TOLERANCE_US (SECOND_US / 2)

json_t *code_find(const Directory *directory, const char *value)
{
    return value ? json_object_get(directory->identity.codes, value) : NULL;
}

json_t *code_typed(const Directory *directory, const char *typed)
{
    char wanted[CODE_LENGTH + 1] = "";
    size_t length = 0;
    const char *value;
    json_t *code;

    for (; *typed; typed++) {
        if (*typed == ' ' || *typed == '-')
            continue;
        if (length == CODE_LENGTH)
            return NULL;
        wanted[length++] = (char)toupper((unsigned char)*typed);
    }
    json_object_foreach(directory->identity.codes, value, code)
    {
        if (strcmp(json_text(code, "userCode", ""), wanted) == 0)
            return code;
    }
    return NULL;
}

const json_t *code_make(Directory *directory, const char *client, const char *family, const char *scope)
{
    Identity *identity = &directory->identity;
    int64_t now = answer_now(directory), life = identity_knob(identity, KNOB_LIFE_CODE) * SECOND_US;
    OWN_TEXT char *value = token_value(identity, *family == 'B' ? "DCB" : "DC", "code");
    OWN_TEXT char *cookie = token_value(identity, "C", "cookie");
    char *typed = NULL;
    json_t *code;

    do {
        free(typed);
        typed = text_random(CODE_LETTERS, CODE_LENGTH);
    } while (code_typed(directory, typed));
    code =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s}", "value", value, "userCode",
                  typed, "client", client, "family", family, "scope", scope, "cookie", cookie, "issued",
                  (json_int_t)now, "expires", (json_int_t)(now + life), "interval",
                  identity_knob(identity, KNOB_POLL_INTERVAL), "polled", (json_int_t)now, "state", "pending");
    free(typed);
    if (json_object_size(identity->codes) == CODES_MAX)
        json_object_del(identity->codes, json_object_iter_key(json_object_iter(identity->codes)));
    json_object_set_new(identity->codes, value, code);
    identity->used = true;
    account_ensure(directory);
    directory->dirty = true;
    return code;
}

static bool code_is(const json_t *code, const char *state)
{
    return strcmp(json_text(code, "state", ""), state) == 0;
}

const char *code_state_text(const Directory *directory, const json_t *code)
{
    return !code_is(code, "used") && token_expired(code, answer_now(directory))
               ? "expired"
               : json_text(code, "state", "");
}

CodeAnswer code_answer(Directory *directory, json_t *code, const char *xuid)
{
    if (!code)
        return CODE_UNKNOWN;
    if (!code_is(code, "pending"))
        return CODE_ANSWERED_BEFORE;
    if (token_expired(code, answer_now(directory)))
        return CODE_TOO_OLD;
    json_object_set_new(code, "state", json_string(xuid ? "approved" : "declined"));
    if (xuid)
        json_object_set_new(code, "xuid", json_string(xuid));
    directory->dirty = true;
    return CODE_ANSWERED;
}

/* Whether this poll came too early, or is one that a test wants slower. */
static bool code_too_fast(Identity *identity, json_t *code, int64_t now)
{
    json_int_t interval = json_number(code, "interval", 0);
    bool early = identity_knob(identity, KNOB_POLL_ENFORCE) &&
                 now - json_number(code, "polled", 0) < interval * SECOND_US - POLL_TOLERANCE_US;

    if (identity->knobs.values[KNOB_POLL_SLOW_DOWN] > 0) {
        identity->knobs.values[KNOB_POLL_SLOW_DOWN]--;
        early = true;
    }
    json_object_set_new(code, "polled", json_integer(now));
    if (early)
        json_object_set_new(code, "interval", json_integer(interval + SLOWER_S));
    return early;
}

CodeState code_poll(Directory *directory, json_t *code)
{
    Identity *identity = &directory->identity;
    int64_t now = answer_now(directory);

    directory->dirty = true;
    if (code_is(code, "used"))
        return CODE_USED;
    if (token_expired(code, now))
        return CODE_EXPIRED;
    if (code_is(code, "pending") && identity_knob(identity, KNOB_POLL_AUTO_APPROVE)) {
        OWN_TEXT char *xuid = account_next(directory);

        code_answer(directory, code, xuid);
    }
    if (code_too_fast(identity, code, now))
        return CODE_TOO_FAST;
    return code_is(code, "approved")   ? CODE_APPROVED
           : code_is(code, "declined") ? CODE_DECLINED
                                       : CODE_PENDING;
}

void code_use(Directory *directory, json_t *code)
{
    json_object_set_new(code, "state", json_string("used"));
    directory->dirty = true;
}
