/* SPDX-License-Identifier: MIT */
/* The small tables and rules, row by row. */
#include "core/backoff.h"
#include "core/compare.h"
#include "core/version.h"
#include "core/limiter.h"
#include "core/outcome.h"
#include "core/write-class.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(outcome, every_row)
{
    static const struct {
        unsigned first, last;
        OutcomeClass class;
    } rows[] = {
        {100, 199, OUTCOME_MAYBE},     {200, 201, OUTCOME_APPLIED},     {202, 203, OUTCOME_MAYBE},
        {204, 204, OUTCOME_APPLIED},   {205, 299, OUTCOME_MAYBE},       {300, 400, OUTCOME_FINAL},
        {401, 401, OUTCOME_REFUSED},   {402, 407, OUTCOME_FINAL},       {408, 408, OUTCOME_MAYBE},
        {409, 411, OUTCOME_FINAL},     {412, 412, OUTCOME_OUT_OF_SYNC}, {413, 428, OUTCOME_FINAL},
        {429, 429, OUTCOME_THROTTLED}, {430, 499, OUTCOME_FINAL},       {500, 500, OUTCOME_MAYBE},
        {501, 501, OUTCOME_FINAL},     {502, 504, OUTCOME_MAYBE},       {505, 505, OUTCOME_FINAL},
        {506, 999, OUTCOME_MAYBE},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        for (unsigned status = rows[i].first; status <= rows[i].last; status++)
            cr_assert_eq(outcome_class(CORE_FATE_ANSWERED, status, false), rows[i].class, "%u", status);
    cr_assert_eq(outcome_class(CORE_FATE_ANSWERED, 503, true), OUTCOME_THROTTLED);
    cr_assert_eq(outcome_class(CORE_FATE_NOT_SENT, 0, false), OUTCOME_NOT_SENT);
    cr_assert_eq(outcome_class(CORE_FATE_NOT_BEGUN, 0, false), OUTCOME_NOT_SENT);
    cr_assert_eq(outcome_class(CORE_FATE_NO_TOKEN, 0, false), OUTCOME_NOT_SENT);
    cr_assert_eq(outcome_class(CORE_FATE_UNCERTAIN, 0, false), OUTCOME_MAYBE);
}

Test(backoff, grows_to_its_caps)
{
    cr_assert_eq(backoff_ceiling(1, 0), 250 * USEC_PER_MSEC);
    cr_assert_eq(backoff_ceiling(2, 0), 500 * USEC_PER_MSEC);
    cr_assert_eq(backoff_ceiling(50, 0), 20 * USEC_PER_SEC);
    cr_assert_eq(backoff_ceiling(1, 3 * USEC_PER_MINUTE), 30 * USEC_PER_SEC);
    cr_assert_eq(backoff_ceiling(100, 3 * USEC_PER_MINUTE), 10 * USEC_PER_MINUTE);
    uint64_t state = 1, least = UINT64_MAX, most = 0;
    for (int i = 0; i < 10000; i++) {
        uint64_t delay = backoff_delay(4, 0, backoff_random(&state));
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    cr_assert_leq(most, 2 * USEC_PER_SEC);
    cr_assert_gt(most, 1900 * USEC_PER_MSEC, "the jitter is not full");
    cr_assert_lt(least, 100 * USEC_PER_MSEC, "the jitter is not full");
}

Test(backoff, what_was_told_is_kept_and_capped)
{
    cr_assert_eq(backoff_told(0, 99), 0);
    for (uint64_t random = 0; random < 1000; random++) {
        uint64_t delay = backoff_told(10 * USEC_PER_SEC, random * 7919);
        cr_assert(delay >= 10 * USEC_PER_SEC && delay <= 12 * USEC_PER_SEC);
        cr_assert_leq(backoff_told(UINT64_MAX, random * 104729), USEC_PER_HOUR + USEC_PER_HOUR / 5);
    }
}

Test(limiter, slides)
{
    LimiterLog log = {0};
    uint64_t now = 1000 * USEC_PER_SEC;
    for (int i = 0; i < 26; i++) {
        cr_assert_eq(limiter_next(&log, 29, 290, false, now), now);
        cr_assert_eq(limiter_reserve(&log), 0);
        limiter_start(&log);
    }
    cr_assert_eq(limiter_next(&log, 29, 290, false, now), USEC_NEVER, "26 are under way");
    cr_assert_eq(limiter_next(&log, 29, 290, true, now), now, "three are kept for leaves");
    for (int i = 0; i < 26; i++)
        limiter_end(&log, now + (uint64_t)i, true);
    cr_assert_eq(limiter_next(&log, 29, 290, false, now + 100), now + LIMITER_BURST_USEC);
    cr_assert_eq(limiter_next(&log, 0, 0, false, now + 100), now + 100, "0 is no limit");
    log.held_until = now + 500;
    cr_assert_eq(limiter_next(&log, 0, 0, true, now + 100), now + 500);
    limiter_start(&log);
    limiter_end(&log, now + 100, false);
    cr_assert_eq(log.count, 26, "what was not sent does not count");
    cr_assert(!limiter_idle(&log, now + 600));
    cr_assert(limiter_idle(&log, now + 2 * LIMITER_SUSTAINED_USEC));
    limiter_deinit(&log);
}

static int check(const char *session, WriteFacts *facts)
{
    char message[300] = "";
    int r = write_class_check(session, strlen(session), facts, message, sizeof message);
    cr_assert(r == 0 || *message, "refused without a word");
    return r;
}

Test(write_class, is_told_from_the_document)
{
    static const struct {
        const char *session;
        WriteClass class;
        bool own_only, encounters;
    } rows[] = {
        {"{}", WRITE_CLASS_SHARED, false, false},
        {"{\"members\":{\"me\":{}}}", WRITE_CLASS_JOIN, true, false},
        {"{\"properties\":{},\"members\":{\"me\":{\"constants\":{}}}}", WRITE_CLASS_JOIN, false, false},
        {"{\"properties\":{},\"members\":{\"me\":{\"properties\":{\"system\":{\"encounters\":[]}}}}}",
         WRITE_CLASS_SHARED, false, true},
        {"{\"members\":{\"me\":null}}", WRITE_CLASS_LEAVE, true, false},
        {"{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"1\"}}}}}", WRITE_CLASS_JOIN, true,
         false},
        {"{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":true}}}}}", WRITE_CLASS_JOIN, true,
         false},
        {"{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":false}}}}}", WRITE_CLASS_OWN, true,
         false},
        {"{\"members\":{\"me\":{\"properties\":{\"custom\":{\"a\":1}}}}}", WRITE_CLASS_OWN, true, false},
        {"{\"members\":{\"me\":{\"properties\":{\"system\":{\"encounters\":[\"1\"]}}}}}",
         WRITE_CLASS_ENCOUNTER, true, true},
        {"{\"members\":{\"reserve_0\":{\"constants\":{}}}}", WRITE_CLASS_RESERVATION, false, false},
        {"{\"properties\":{\"custom\":{\"a\":1}}}", WRITE_CLASS_SHARED, false, false},
        {"{\"properties\":{},\"members\":{\"me\":null}}", WRITE_CLASS_LEAVE, false, false},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        WriteFacts facts = {0};
        cr_assert_eq(check(rows[i].session, &facts), 0, "%s", rows[i].session);
        WriteFacts again = write_facts_unpack(write_facts_pack(&facts));
        cr_assert_eq(again.write_class, rows[i].class, "%s", rows[i].session);
        cr_assert_eq(again.own_only, rows[i].own_only, "%s", rows[i].session);
        cr_assert_eq(again.encounters, rows[i].encounters, "%s", rows[i].session);
    }
}

Test(write_class, refuses_what_the_service_would)
{
    static const char *const bad[] = {"",
                                      "[]",
                                      "1",
                                      "{",
                                      "{\"propertes\":{}}",
                                      "{\"members\":[]}",
                                      "{\"a\":\"\xff\"}",
                                      "{}{}",
                                      "{\"properties\":{\"a\":1,\"a\":2}}"};
    WriteFacts facts;
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        cr_assert_eq(check(bad[i], &facts), -EINVAL, "%s", bad[i]);
    char deep[300] = "{\"properties\":";
    size_t size = strlen(deep);
    for (int i = 0; i < 63; i++)
        deep[size++] = '[';
    deep[size] = '\0';
    char shut[400];
    snprintf(shut, sizeof shut, "%s%.*s}", deep, 63,
             "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
    char message[300];
    write_class_check(shut, strlen(shut), &facts, message, sizeof message);
    cr_assert_null(strstr(message, "deep"), "64 levels are allowed: %s", message);
}

Test(compare, rules)
{
    static const char document[] =
        "{\"constants\":{\"system\":{\"maxMembersCount\":4}},\"properties\":{\"system\":{\"keywords\":[\"B\","
        "\"a\"],\"turn\":[]},"
        "\"custom\":{\"map\":\"x\",\"n\":1.0}},\"members\":{\"3\":{\"constants\":{\"system\":{\"xuid\":"
        "\"77\"},\"custom\":{}},"
        "\"properties\":{\"system\":{\"active\":true},\"custom\":{\"skin\":\"red\"}}}}}";
    static const struct {
        const char *delta, *xuid;
        const char *expected; /* p: there; o, s: an own, a shared field is not; n: nothing to see */
    } rows[] = {
        {"{}", "1", "n"},
        {"{\"properties\":{\"custom\":{\"map\":\"x\",\"n\":1}}}", "1", "p"},
        {"{\"properties\":{\"custom\":{\"map\":\"y\"}}}", "1", "s"},
        {"{\"properties\":{\"custom\":{\"gone\":null}}}", "1", "p"},
        {"{\"properties\":{\"custom\":{\"map\":null}}}", "1", "s"},
        {"{\"properties\":{\"system\":{\"keywords\":[\"A\",\"b\"]}}}", "1", "p"},
        {"{\"properties\":{\"system\":{\"closed\":false,\"initializationSucceeded\":true}}}", "1", "p"},
        {"{\"properties\":{\"system\":{\"closed\":true}}}", "1", "s"},
        {"{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":true,\"encounters\":[\"9\"]}}}}}",
         "77", "p"},
        {"{\"members\":{\"me\":{\"properties\":{\"custom\":{\"skin\":\"blue\"}}}}}", "77", "o"},
        {"{\"members\":{\"me\":{}}}", "78", "o"},
        {"{\"members\":{\"me\":null}}", "78", "p"},
        {"{\"members\":{\"me\":null}}", "77", "o"},
        {"{\"members\":{\"reserve_0\":{\"constants\":{\"system\":{\"xuid\":77}}}}}", "1", "p"},
        {"{\"members\":{\"reserve_0\":{\"constants\":{\"system\":{\"xuid\":\"79\"}}}}}", "1", "s"},
        {"{\"constants\":{\"system\":{\"maxMembersCount\":4}}}", "1", "p"},
        {"{\"constants\":{\"system\":{\"maxMembersCount\":5}}}", "1", "s"},
        {"nonsense", "1", "bad"},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        Comparison c = {0};
        int r = compare_documents(rows[i].delta, strlen(rows[i].delta), document, strlen(document),
                                  rows[i].xuid, &c);
        cr_assert(r == 0 || r == -EBADMSG);
        const char *got = r < 0                               ? "bad"
                          : !c.seen                           ? "n"
                          : c.own_differs && c.shared_differs ? "os"
                          : c.own_differs                     ? "o"
                          : c.shared_differs                  ? "s"
                                                              : "p";
        cr_assert_str_eq(got, rows[i].expected, "%s", rows[i].delta);
    }
}

Test(compare, looks_at_every_field_and_every_digit)
{
    static const char document[] = "{\"members\":{\"0\":{\"constants\":{\"system\":{\"xuid\":\"77\"}},"
                                   "\"properties\":{\"custom\":{\"b\":3,\"n\":9007199254740992}}}}}";
    static const char both[] = "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"a\":1,\"b\":2}}}}}";
    static const char missing[] = "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"a\":1}}}}}";
    static const char number[] =
        "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"n\":9007199254740993}}}}}";
    Comparison c;
    cr_assert_eq(compare_documents(both, strlen(both), document, strlen(document), "77", &c), 0);
    cr_assert(c.own_differs && c.own_other, "the second field has another value");
    cr_assert_eq(compare_documents(missing, strlen(missing), document, strlen(document), "77", &c), 0);
    cr_assert(c.own_differs && !c.own_other);
    cr_assert_eq(compare_documents(number, strlen(number), document, strlen(document), "77", &c), 0);
    cr_assert(c.own_differs, "a double cannot tell these apart");
}

Test(compare, says_who_is_a_member_and_since_when)
{
    static const char document[] =
        "{\"members\":{\"0\":{\"constants\":{\"system\":{\"xuid\":\"77\"}},\"joinTime\":\"1970-01-02T00:00:"
        "01.25Z\"},"
        "\"1\":{\"constants\":{\"system\":{\"xuid\":\"78\"}},\"reserved\":true,\"joinTime\":\"yesterday\"}}}";
    static const char join[] = "{\"members\":{\"me\":{}}}";
    Comparison c;
    cr_assert_eq(compare_documents(join, strlen(join), document, strlen(document), "77", &c), 0);
    cr_assert(c.member && !c.own_differs);
    cr_assert_eq(c.joined_usec, 86401250000ULL);
    cr_assert_eq(compare_documents(join, strlen(join), document, strlen(document), "78", &c), 0);
    cr_assert(c.member && c.own_differs, "a place that is kept is no membership yet");
    cr_assert_eq(c.joined_usec, 0ULL);
    cr_assert_eq(compare_documents(join, strlen(join), document, strlen(document), "79", &c), 0);
    cr_assert(!c.member && c.own_differs);
}

Test(version, is_compared_by_what_is_said)
{
    Version *a = version_new("b1", 3, "E3"), *same = version_new("b1", 3, NULL),
            *next = version_new("b1", 4, "E4");
    Version *other = version_new("b2", 1, "E1"), *tag = version_new(NULL, 0, "E3");
    cr_assert(version_same(a, same) && version_same(a, tag) && !version_same(a, next) &&
              !version_same(a, NULL));
    cr_assert(version_older(a, next) && !version_older(next, a) && !version_older(other, a),
              "another branch is never older");
    cr_assert(version_next(a, next) && !version_next(a, other) && !version_next(tag, next));
    cr_assert_null(version_new("b", 0, NULL), "nothing to compare by");
    Version *again = version_unpack(a->packed);
    cr_assert(again && version_same(a, again));
    cr_assert_str_eq(again->branch, "b1");
    cr_assert_str_eq(again->etag, "E3");
    cr_assert_null(version_unpack("3\nb1"));
    cr_assert_null(version_unpack("x"));
    Version *all[] = {a, same, next, other, tag, again};
    for (size_t i = 0; i < ELEMENTS(all); i++)
        free(all[i]);
}

Test(limiter, is_lowered_by_what_a_429_says_and_never_raised)
{
    LimiterLog log = {0};
    limiter_told(&log, 10, 15);
    cr_assert_eq(log.burst_told, 9U);
    limiter_told(&log, 100, 15);
    cr_assert_eq(log.burst_told, 9U);
    limiter_told(&log, 1, 15);
    cr_assert_eq(log.burst_told, 1U, "one at a time is the least");
    limiter_told(&log, 60, 300);
    cr_assert_eq(log.sustained_told, 59U);
    limiter_told(&log, 0, 300);
    cr_assert_eq(log.sustained_told, 59U);
}

Test(result, packs_and_unpacks)
{
    CoreResult *result = calloc(1, sizeof *result);
    result->outcome = CORE_OUTCOME_OUT_OF_SYNC;
    result->http_status = 412;
    result->has_write_status = true;
    result->write_status = CORE_STATUS_OUT_OF_SYNC;
    result->etag = strdup("\"v\xc3\xa4\"");
    result->message = strdup("a sentence");
    result->error = ERROR_OUT_OF_SYNC;
    result->scid = strdup("s");
    result->template_name = strdup("t");
    result->name = strdup("n");
    char *text = NULL;
    CoreResult *again = NULL;
    cr_assert_eq(core_result_pack(result, &text), 0);
    cr_assert_eq(core_result_unpack(text, strdup("{}"), 2, &again), 0);
    cr_assert_str_eq(again->etag, result->etag);
    cr_assert_str_eq(again->error, "out-of-sync");
    cr_assert_str_eq(again->session, "{}");
    cr_assert_str_eq(again->name, "n");
    cr_assert_eq(again->write_status, CORE_STATUS_OUT_OF_SYNC);
    cr_assert_eq(core_result_unpack("{\"outcome\":99}", NULL, 0, &again), -EBADMSG);
    cr_assert_eq(core_result_unpack("", NULL, 0, &again), -EBADMSG);
    free(text);
    core_result_free(result);
    core_result_free(again);
}
