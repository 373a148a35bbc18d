/* SPDX-License-Identifier: MIT */
/* Memory that runs out while a session is changed or written: an error, never a document with holes. */
#include "golden.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static long left; /* allocations of jansson until one fails; below 0: none does */

static void *scarce(size_t size)
{
    return left >= 0 && left-- == 0 ? NULL : malloc(size);
}

/* Fails the test's allocation @number; whether there was one is what spent() tells afterwards. */
static void fail_at(long number)
{
    left = number;
    json_set_alloc_funcs(scarce, free);
}

static bool spent(void)
{
    const bool failed = left < 0;

    left = -1;
    return failed;
}

static char *text_of(XblMultiplayerSessionHandle s)
{
    char *text = NULL;
    size_t size;

    return SUCCEEDED(session_serialize(s, "RTA-1", &text, &size)) ? text : NULL;
}

static XblMultiplayerSessionHandle full(void)
{
    const XblMultiplayerSessionInitArgs arguments = {.MaxMembersInSession = 8, .CustomJson = "{\"c\":[1,2]}"};
    XblMultiplayerSessionHandle s = golden_with(&arguments);

    XblMultiplayerSessionSetClosed(s, true);
    cr_assert_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "map", "{\"name\":\"cave\"}"), S_OK);
    cr_assert_eq(XblMultiplayerSessionAddMemberReservation(s, 5, "{}", true), S_OK);
    cr_assert_eq(XblMultiplayerSessionAddMemberReservation(s, 6, NULL, true), S_OK);
    cr_assert_eq(XblMultiplayerSessionJoin(s, "{\"m\":1}", true, true), S_OK);
    cr_assert_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "hp", "3"), S_OK);
    return s;
}

static void check_written(XblMultiplayerSessionHandle s)
{
    char *whole = text_of(s);
    size_t failures = 0;

    cr_assert_not_null(whole);
    for (long number = 0;; number++) {
        char *text;
        bool ran_out;

        fail_at(number);
        text = text_of(s);
        ran_out = spent();
        if (text)
            cr_expect_str_eq(text, whole, "allocation %ld", number);
        else
            failures++;
        free(text);
        if (!ran_out)
            break;
    }
    cr_expect_gt(failures, 10);
    free(whole);
    XblMultiplayerSessionCloseHandle(s);
}

Test(session_memory, written)
{
    uint32_t limit = 4;
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_assert_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "squad", "medic", &limit, &limit), S_OK);
    cr_assert_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 0x1FF), S_OK);
    check_written(s);
    check_written(full());
}

Test(session_memory, created)
{
    const uint64_t initiators[] = {4, 12};
    const XblMultiplayerSessionInitArgs arguments = {
        .MaxMembersInSession = 8,
        .Visibility = XblMultiplayerSessionVisibility_Open,
        .InitiatorXuids = initiators,
        .InitiatorXuidsCount = 2,
    };
    bool ran_out = true;

    for (long number = 0; ran_out; number++) {
        XblMultiplayerSessionHandle s;

        fail_at(number);
        s = golden_with(&arguments);
        ran_out = spent();
        if (s)
            golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"maxMembersCount\":8,\"visibility\":"
                            "\"open\",\"initiators\":[\"4\",\"12\"]},\"custom\":{}}}");
    }
}

static HRESULT set_subscription(XblMultiplayerSessionHandle s)
{
    return XblMultiplayerSessionSetSessionChangeSubscription(s, 0x1FF);
}

static HRESULT set_initialization(XblMultiplayerSessionHandle s)
{
    return XblMultiplayerSessionConstantsSetMemberInitialization(
        s, (XblMultiplayerMemberInitialization){1, 2, 3, true, 4});
}

static HRESULT set_capabilities(XblMultiplayerSessionHandle s)
{
    return XblMultiplayerSessionConstantsSetCapabilities(
        s, (XblMultiplayerSessionCapabilities){.Gameplay = true, .Large = true});
}

static HRESULT set_words(XblMultiplayerSessionHandle s)
{
    const char *words[] = {"a", "b"};

    return XblMultiplayerSessionCurrentUserSetGroups(s, words, 2);
}

static HRESULT set_roles(XblMultiplayerSessionHandle s)
{
    const XblMultiplayerSessionMemberRole roles[] = {{"squad", "medic"}, {"team", "red"}};

    return XblMultiplayerSessionCurrentUserSetRoles(s, roles, 2);
}

/* A setter that succeeds has set all of it. */
static void check_set(HRESULT (*set)(XblMultiplayerSessionHandle s), const char *part)
{
    bool ran_out = true;

    for (long number = 0; ran_out; number++) {
        XblMultiplayerSessionHandle s = full();
        HRESULT hr;
        char *text;

        fail_at(number);
        hr = set(s);
        ran_out = spent();
        text = text_of(s);
        cr_assert_not_null(text);
        if (SUCCEEDED(hr))
            cr_expect(strstr(text, part), "allocation %ld: no %s in %s", number, part, text);
        free(text);
        XblMultiplayerSessionCloseHandle(s);
    }
}

Test(session_memory, set)
{
    check_set(
        set_subscription,
        "\"changeTypes\":[\"everything\",\"host\",\"initialization\",\"matchmakingStatus\",\"membersList\","
        "\"membersStatus\",\"joinability\",\"customProperty\",\"membersCustomProperty\"]");
    check_set(set_initialization, "{\"joinTimeout\":1,\"measurementTimeout\":2,\"externalEvaluation\":true,"
                                  "\"membersNeededToStart\":4,\"evaluationTimeout\":3}");
    check_set(set_capabilities, "\"capabilities\":{\"gameplay\":true,\"large\":true}");
    check_set(set_words, "\"groups\":[\"a\",\"b\"]");
    check_set(set_roles, "\"roles\":{\"squad\":\"medic\",\"team\":\"red\"}");
}
