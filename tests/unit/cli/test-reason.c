/* SPDX-License-Identifier: MIT */
/* Why a request waits: each reason, and that the anonymous ones give nothing away. */
#include "cli/reason.h"
#include "cli/json-out.h"

#include <criterion/criterion.h>
#include <string.h>

#define NOW 1000000000ULL
#define SECRET "connect to secret.example:443 failed"

static json_t *request(const char *state, const char *target, const char *error, uint64_t next)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:I}", "State", state, "Account", "1", "Target", target,
                     "LastError", error, "Attempts", 2, "NextAttempt", (json_int_t)next);
}

static void assert_reason(json_t *one, const char *expected)
{
    char buffer[REASON_SIZE];

    cr_assert_str_eq(reason_format(NULL, 0, one, false, NOW, buffer), expected);
    json_decref(one);
}

Test(reason, states)
{
    assert_reason(request("done", "t", "", 0), "result kept until it is acknowledged");
    assert_reason(request("sending", "t", "", 0), "being sent now");
    assert_reason(request("resolving", "t", "", 0),
                  "attempt 2 had no answer: finding out whether it was applied");
    assert_reason(request("queued", "t", "", 0), "waiting for its turn");
    assert_reason(request("waiting", "t", "", NOW + 12000000), "next attempt in 12 s");
    assert_reason(request("waiting", "t", "offline", NOW + 12000000), "offline; next attempt in 12 s");
    assert_reason(request("waiting", "t", "offline", NOW - 1), "offline; next attempt now");
    assert_reason(request("queued", "t", "offline", 0), "offline");
}

Test(reason, offline)
{
    CLEANUP_JSON json_t *one = request("queued", "t", "", 0);
    char buffer[REASON_SIZE];

    cr_assert_str_eq(reason_format(NULL, 0, one, true, NOW, buffer),
                     "the directory cannot be reached; another request tries it first");
}

Test(reason, earlier_one_goes_first)
{
    CLEANUP_JSON json_t *requests = json_array();
    char buffer[REASON_SIZE];

    json_array_append_new(requests, request("done", "a", "", 0));
    json_array_append_new(requests, request("queued", "a", "", 0));
    json_array_append_new(requests, request("waiting", "b", SECRET, 0));
    json_array_append_new(requests, request("queued", "b", "", 0));
    cr_assert_str_eq(reason_format(requests, 1, json_array_get(requests, 1), false, NOW, buffer),
                     "waiting for its turn");
    cr_assert_str_eq(reason_format(requests, 3, json_array_get(requests, 3), false, NOW, buffer),
                     "an earlier request for this session goes first");
    cr_assert_str_eq(reason_anonymous(requests, 3, json_array_get(requests, 3)), "behind an earlier one");
}

Test(reason, anonymous_ones_tell_no_names)
{
    static const char *const states[] = {"done", "sending", "resolving", "queued", "waiting"};

    for (size_t i = 0; i < 5; i++) {
        CLEANUP_JSON json_t *one = request(states[i], "t", SECRET, NOW);
        cr_assert_null(strstr(reason_anonymous(NULL, 0, one), "secret"));
    }
}

Test(reason, kinds)
{
    cr_assert_str_eq(reason_kind("write-session-by-handle"), "write");
    cr_assert_str_eq(reason_kind("write-session"), "write");
    cr_assert_str_eq(reason_kind("get-session"), "read");
    cr_assert_str_eq(reason_kind("set-activity"), "activity");
    cr_assert_str_eq(reason_kind("get-activities"), "activities");
    cr_assert_str_eq(reason_kind("something-new"), "something-new");
}
