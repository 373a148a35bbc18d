/* SPDX-License-Identifier: MIT */
/* Which request meets which fault, and what a fault says of times and limits. */
#include <criterion/criterion.h>
#include <string.h>

#include "directory/clock.h"
#include "directory/fault.h"
#include "directory/util.h"

static const FaultSubject put = {.method = "PUT", .path = "/handles/h/session", .xuid = "1"};

/* Orders a fault that is right. */
static void order(FaultList *list, const char *text)
{
    OWN_JSON json_t *json = json_loads(text, 0, NULL);
    Refusal refusal = {0};

    cr_assert(json, "%s", text);
    cr_assert_eq(fault_add(list, json, &refusal), 0, "%s: %s", text, refusal.text);
}

static FaultKind strike(FaultList *list, FaultSubject subject)
{
    Fault fault = {.kind = FAULT_NONE};

    if (!fault_take(list, FAULT_AT_REQUEST, &subject, &fault))
        return FAULT_NONE;
    json_decref(fault.rival);
    return fault.kind;
}

Test(fault, meets_what_it_can_strike)
{
    static const struct {
        const char *fault;
        bool aimed, by_handle, previous;
        const char *method;
        bool met;
    } cases[] = {
        {"{\"fault\":\"F2\"}", false, false, false, "POST", true},
        {"{\"fault\":\"F2\",\"rival\":{\"xuid\":\"2\",\"delta\":{}}}", false, false, false, "PUT", false},
        {"{\"fault\":\"F2\",\"rival\":{\"xuid\":\"2\",\"delta\":{}}}", true, false, false, "PUT", true},
        {"{\"fault\":\"F9\",\"rival\":{\"xuid\":\"2\",\"delta\":{}}}", false, false, false, "PUT", false},
        {"{\"fault\":\"F12\"}", false, false, false, "PUT", false},
        {"{\"fault\":\"F12\"}", true, false, false, "PUT", true},
        {"{\"fault\":\"F15\"}", false, false, false, "PUT", false},
        {"{\"fault\":\"F15\"}", true, false, false, "GET", true},
        {"{\"fault\":\"F16\"}", false, false, false, "POST", true},
        {"{\"fault\":\"F19\"}", true, false, true, "PUT", false},
        {"{\"fault\":\"F19\"}", true, true, false, "PUT", true},
        {"{\"fault\":\"F20\"}", true, true, false, "GET", false},
        {"{\"fault\":\"F20\"}", true, false, true, "PUT", false},
        {"{\"fault\":\"F20\"}", true, false, true, "GET", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        FaultSubject subject = put;
        FaultList list = {0};

        subject.method = cases[i].method;
        subject.aimed = cases[i].aimed;
        subject.by_handle = cases[i].by_handle;
        subject.previous = cases[i].previous;
        order(&list, cases[i].fault);
        cr_assert_eq(strike(&list, subject) != FAULT_NONE, cases[i].met, "case %zu", i);
        cr_assert_eq(list.count, cases[i].met ? 0 : 1, "case %zu", i);
        fault_clear(&list);
    }
}

Test(fault, the_first_that_matches)
{
    FaultList list = {0};

    order(&list, "{\"fault\":\"F5\",\"xuid\":\"2\"}");
    order(&list, "{\"fault\":\"F2\",\"path\":\"/HANDLES/\",\"skip\":1,\"count\":2}");
    order(&list, "{\"fault\":\"f1\",\"method\":\"put\"}");
    cr_assert_eq(strike(&list, put), FAULT_NO_ANSWER, "the one before it lets one pass");
    cr_assert_eq(strike(&list, put), FAULT_LOST_ANSWER);
    cr_assert_eq(strike(&list, put), FAULT_LOST_ANSWER);
    cr_assert_eq(strike(&list, put), FAULT_NONE);
    cr_assert_eq(list.count, 1);
    fault_clear(&list);
}

Test(fault, a_rival_outlives_its_fault)
{
    static const char text[] =
        "{\"fault\":\"F9\",\"count\":2,\"rival\":{\"xuid\":\"2\",\"delta\":{\"a\":1}}}";
    FaultSubject subject = put;
    Fault first, second;
    FaultList list = {0};

    subject.aimed = true;
    order(&list, text);
    cr_assert(fault_take(&list, FAULT_AT_REQUEST, &subject, &first));
    cr_assert(fault_take(&list, FAULT_AT_REQUEST, &subject, &second));
    cr_assert_eq(list.count, 0);
    fault_clear(&list);
    cr_assert_eq(json_number(json_object_get(first.rival, "delta"), "a", 0), 1);
    cr_assert(json_equal(first.rival, second.rival));
    json_decref(first.rival);
    json_decref(second.rival);
}

Test(fault, retry_after)
{
    static const struct {
        const char *told, *sent;
    } cases[] = {
        {"3", "3"},
        {"", ""},
        {"dated", "dated"},
        {"date", "date"},
        {"date+0", "Thu, 01 Jan 1970 00:16:40 GMT"},
        {"date+3", "Thu, 01 Jan 1970 00:16:43 GMT"},
        {"date-3", "Thu, 01 Jan 1970 00:16:37 GMT"},
        {"date+86400", "Fri, 02 Jan 1970 00:16:40 GMT"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[FAULT_RETRY_AFTER_SIZE];
        Fault fault = {.kind = FAULT_UNAVAILABLE};

        strcpy(fault.retry_after, cases[i].told);
        fault_retry_after(&fault, 1000 * SECOND_US, text);
        cr_assert_str_eq(text, cases[i].sent, "%s gives %s", cases[i].told, text);
    }
}

Test(fault, verdict)
{
    Fault fault = {.kind = FAULT_THROTTLED};
    LimitVerdict verdict = fault_verdict(&fault);

    cr_assert_eq(verdict.current, 31);
    cr_assert_eq(verdict.maximum, 30);
    cr_assert_eq(verdict.period_s, 15);
    cr_assert_str_eq(verdict.type, "Rate");
    fault.max_requests = 5;
    fault.period_s = 60;
    strcpy(fault.limit_type, "Other");
    verdict = fault_verdict(&fault);
    cr_assert_eq(verdict.current, 6);
    cr_assert_eq(verdict.maximum, 5);
    cr_assert_eq(verdict.period_s, 60);
    cr_assert_str_eq(verdict.type, "Other");
}
