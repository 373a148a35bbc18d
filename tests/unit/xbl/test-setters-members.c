/* SPDX-License-Identifier: MIT */
/* Each setter of members, named after it: what it refuses, shows and has written. */
#include "golden.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define WRITTEN(system) "{\"members\":{\"me\":{\"properties\":{\"system\":{" system "}}}}}"
#define ME(s) XblMultiplayerSessionCurrentUser(s)

/* That @call, a setter on the session "user", is refused without a current user, and works on one that was fetched or
 * has joined. */
#define NEEDS_USER(call, written)                                                                            \
    do {                                                                                                     \
        XblMultiplayerSessionHandle user = golden_got(77);                                                   \
                                                                                                             \
        cr_expect_eq(call, E_UNEXPECTED, "fetched, no member");                                              \
        golden_check(user, "{}");                                                                            \
        user = golden_new();                                                                                 \
        cr_expect_eq(call, E_UNEXPECTED, "not joined");                                                      \
        golden_check(user, "{}");                                                                            \
        user = golden_got(9);                                                                                \
        cr_expect_eq(XblMultiplayerSessionLeave(user), S_OK);                                                \
        cr_expect_eq(call, E_UNEXPECTED, "left");                                                            \
        golden_check(user, "{\"members\":{\"me\":null}}");                                                   \
        user = golden_got(77);                                                                               \
        cr_expect_eq(XblMultiplayerSessionJoin(user, NULL, false, false), S_OK);                             \
        cr_expect_eq(call, S_OK, "joined");                                                                  \
        XblMultiplayerSessionCloseHandle(user);                                                              \
        user = NULL;                                                                                         \
        cr_expect_eq(call, E_INVALIDARG, "no session");                                                      \
        user = golden_got(9);                                                                                \
        cr_expect_eq(call, S_OK, "fetched");                                                                 \
        golden_check(user, written);                                                                         \
    } while (0)

Test(setters_members, AddMemberReservation)
{
    XblMultiplayerSessionHandle s = golden_got(9);
    const XblMultiplayerSessionMember *members;
    size_t count;

    cr_expect_eq(XblMultiplayerSessionAddMemberReservation(NULL, 1, NULL, false), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionAddMemberReservation(s, 1, "{", false), WEB_E_INVALID_JSON_STRING);
    XblMultiplayerSessionMembers(s, &members, &count);
    cr_expect_eq(count, 2);
    golden_look(s, "{}");
    /* Twice the same user is the service's matter; a reservation makes nobody the current user. */
    cr_expect_eq(XblMultiplayerSessionAddMemberReservation(s, UINT64_MAX, "null", true), S_OK);
    cr_expect_eq(XblMultiplayerSessionAddMemberReservation(s, UINT64_MAX, "[]", false), S_OK);
    XblMultiplayerSessionMembers(s, &members, &count);
    cr_assert_eq(count, 4);
    cr_expect(members[2].Xuid == UINT64_MAX && members[2].InitializeRequested && members[2].MemberId == 0);
    cr_expect_eq(members[2].Status, XblMultiplayerSessionMemberStatus_Reserved);
    cr_expect_eq(ME(s)->Xuid, 9);
    golden_check(s,
                 "{\"members\":{\"reserve_0\":{\"constants\":{\"system\":{\"xuid\":\"18446744073709551615\","
                 "\"initialize\":true}}},\"reserve_1\":{\"constants\":{\"system\":{\"xuid\":"
                 "\"18446744073709551615\"},\"custom\":[]}}}}");
}

Test(setters_members, Join)
{
    XblMultiplayerSessionHandle s = golden_got(9);
    const XblMultiplayerSessionMember *members;
    size_t count;

    cr_expect_eq(XblMultiplayerSessionJoin(NULL, NULL, false, false), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionJoin(s, "x", false, false), WEB_E_INVALID_JSON_STRING);
    golden_look(s, "{}");
    /* A member of its own at the end, even for a user who is there already. */
    cr_expect_eq(XblMultiplayerSessionJoin(s, "\"Hello\"", false, false), S_OK);
    XblMultiplayerSessionMembers(s, &members, &count);
    cr_assert_eq(count, 3);
    cr_expect(ME(s) == &members[2] && ME(s)->Xuid == 9 && ME(s)->IsCurrentUser);
    cr_expect_eq(ME(s)->Status, XblMultiplayerSessionMemberStatus_Reserved);
    cr_expect_str_eq(ME(s)->CustomConstantsJson, "\"Hello\"");
    cr_expect_null(ME(s)->CustomPropertiesJson);
    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, true, true), E_UNEXPECTED);
    cr_expect_eq(XblMultiplayerSessionJoin(s, "x", true, true), E_UNEXPECTED);
    golden_check(s,
                 "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"},\"custom\":\"Hello\"}}}}");
}

/* What was set before is not lost. */
Test(setters_members, Join_after_changes)
{
    const char *words[] = {"a"};
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "hp", "3"), S_OK);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetGroups(s, words, 1), S_OK);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Inactive),
                 S_OK);
    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), S_OK);
    cr_expect_str_eq(ME(s)->CustomPropertiesJson, "{\"m\":1,\"hp\":3}");
    golden_check(
        s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}},\"properties\":{\"system\":{"
           "\"groups\":[\"a\"],\"active\":true},\"custom\":{\"m\":1,\"hp\":3}}}}}");
    /* A member that joins without has none, even if the fetched one had. */
    s = golden_got(9);
    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), S_OK);
    cr_expect_null(ME(s)->CustomPropertiesJson);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "hp", "3"), S_OK);
    golden_check(
        s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}},\"properties\":{\"system\":{"
           "\"active\":true},\"custom\":{\"hp\":3}}}}}");
}

Test(setters_members, Leave)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionLeave(NULL), E_INVALIDARG);
    /* What was changed before goes with the member. */
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Active),
                 S_OK);
    XblMultiplayerSessionSetClosed(s, true);
    cr_expect_eq(XblMultiplayerSessionLeave(s), S_OK);
    cr_expect_eq(XblMultiplayerSessionLeave(s), S_OK);
    cr_expect_null(ME(s));
    golden_check(s, "{\"properties\":{\"system\":{\"closed\":true}},\"members\":{\"me\":null}}");
    s = golden_new();
    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, false), S_OK);
    cr_expect_eq(XblMultiplayerSessionLeave(s), E_UNEXPECTED);
    cr_expect_not_null(ME(s));
    XblMultiplayerSessionCloseHandle(s);
}

Test(setters_members, SetSessionChangeSubscription)
{
    static const char *const words[] = {
        "everything",    "host",        "initialization", "matchmakingStatus",     "membersList",
        "membersStatus", "joinability", "customProperty", "membersCustomProperty",
    };

    for (uint32_t i = 0; i < 9; i++) {
        XblMultiplayerSessionHandle s = golden_got(9);
        char written[200];

        snprintf(written, sizeof(written),
                 WRITTEN("\"subscription\":{\"id\":\"GUID\",\"changeTypes\":[\"%s\"]}"), words[i]);
        cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 1u << i), S_OK);
        cr_expect_eq(XblMultiplayerSessionSubscribedChangeTypes(s), 1u << i);
        golden_check(s, written);
    }
    NEEDS_USER(XblMultiplayerSessionSetSessionChangeSubscription(user, 0x600),
               WRITTEN("\"subscription\":{\"id\":\"GUID\",\"changeTypes\":[]}"));
}

Test(setters_members, a_subscription_keeps_its_id)
{
    XblMultiplayerSessionHandle s = golden_got(9);
    char *first, *second;
    size_t size;

    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 2), S_OK);
    cr_assert_eq(session_serialize(s, NULL, &first, &size), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 1), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 2), S_OK);
    cr_assert_eq(session_serialize(s, NULL, &second, &size), S_OK);
    cr_expect_str_eq(first, second);
    free(first);
    free(second);
    XblMultiplayerSessionCloseHandle(s);
}

Test(setters_members, CurrentUserSetStatus)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Reserved),
                 E_UNEXPECTED);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Ready),
                 E_UNEXPECTED);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, 9), E_UNEXPECTED);
    golden_look(s, "{}");
    /* The last one counts, whole. */
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Inactive),
                 S_OK);
    cr_expect_eq(ME(s)->Status, XblMultiplayerSessionMemberStatus_Inactive);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Active),
                 S_OK);
    cr_expect_eq(ME(s)->Status, XblMultiplayerSessionMemberStatus_Active);
    golden_check(s, WRITTEN("\"active\":true"));
    NEEDS_USER(XblMultiplayerSessionCurrentUserSetStatus(user, XblMultiplayerSessionMemberStatus_Inactive),
               WRITTEN("\"active\":false,\"ready\":false"));
}

Test(setters_members, CurrentUserSetSecureDeviceAddressBase64)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(s, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(s, "no base64 \""), S_OK);
    cr_expect_str_eq(ME(s)->SecureDeviceBaseAddress64, "no base64 \"");
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(s, ""), S_OK);
    cr_expect_null(ME(s)->SecureDeviceBaseAddress64);
    XblMultiplayerSessionCloseHandle(s);
    NEEDS_USER(XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(user, "1234"),
               WRITTEN("\"secureDeviceAddress\":\"1234\""));
}

Test(setters_members, CurrentUserSetRoles)
{
    const XblMultiplayerSessionMemberRole roles[] = {{"squad", "cook"}, {"team", "red"}, {"squad", "medic"}};
    const XblMultiplayerSessionMemberRole no_type[] = {{NULL, "red"}}, no_text[] = {{"team", "\xFF"}};
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, NULL, 0), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, no_type, 1), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, no_text, 1), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, roles, 0), S_OK);
    golden_look(s, "{}");
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, roles, 3), S_OK);
    cr_assert_eq(ME(s)->RolesCount, 2);
    cr_expect_str_eq(ME(s)->Roles[0].roleName, "medic");
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, roles, 0), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"roles\":{\"squad\":\"medic\",\"team\":\"red\"}}}}");
    NEEDS_USER(XblMultiplayerSessionCurrentUserSetRoles(user, roles, 1),
               "{\"members\":{\"me\":{\"roles\":{\"squad\":\"cook\"}}}}");
}

Test(setters_members, CurrentUserSetMembersInGroup)
{
    uint32_t ids[] = {UINT32_MAX, 0};
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetMembersInGroup(s, NULL, 0), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetMembersInGroup(s, ids, 2), S_OK);
    cr_expect(ME(s)->MembersInGroupCount == 2 && ME(s)->MembersInGroupIds[0] == UINT32_MAX);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetMembersInGroup(s, ids, 0), S_OK);
    cr_expect_eq(ME(s)->MembersInGroupCount, 0);
    golden_check(s, WRITTEN("\"initializationGroup\":[]"));
    NEEDS_USER(XblMultiplayerSessionCurrentUserSetMembersInGroup(user, ids, 2),
               WRITTEN("\"initializationGroup\":[4294967295,0]"));
}

/* Groups and encounters alike. */
#define WORDS(name, field, key)                                                                              \
    Test(setters_members, CurrentUserSet##name)                                                              \
    {                                                                                                        \
        const char *words[] = {"a", "b"}, *holes[] = {"a", NULL}, *no_text[] = {"\xFF"};                     \
        XblMultiplayerSessionHandle s = golden_got(9);                                                       \
                                                                                                             \
        cr_expect_eq(XblMultiplayerSessionCurrentUserSet##name(s, NULL, 0), E_INVALIDARG);                   \
        cr_expect_eq(XblMultiplayerSessionCurrentUserSet##name(s, holes, 2), E_INVALIDARG);                  \
        cr_expect_eq(XblMultiplayerSessionCurrentUserSet##name(s, no_text, 1), E_INVALIDARG);                \
        golden_look(s, "{}");                                                                                \
        cr_expect_eq(XblMultiplayerSessionCurrentUserSet##name(s, words, 2), S_OK);                          \
        cr_assert_eq(ME(s)->field##Count, 2);                                                                \
        cr_expect_str_eq(ME(s)->field[1], "b");                                                              \
        cr_expect_eq(XblMultiplayerSessionCurrentUserSet##name(s, words, 0), S_OK);                          \
        cr_expect_eq(ME(s)->field##Count, 0);                                                                \
        golden_check(s, WRITTEN("\"" key "\":[]"));                                                          \
        NEEDS_USER(XblMultiplayerSessionCurrentUserSet##name(user, words, 2),                                \
                   WRITTEN("\"" key "\":[\"a\",\"b\"]"));                                                    \
    }

WORDS(Groups, Groups, "groups")
WORDS(Encounters, Encounters, "encounters")

/* Measurements alike. */
#define MEASUREMENTS(name, field, key)                                                                       \
    Test(setters_members, CurrentUserSet##name)                                                              \
    {                                                                                                        \
        XblMultiplayerSessionHandle s = golden_got(9);                                                       \
                                                                                                             \
        cr_expect_eq(XblMultiplayerSessionCurrentUserSet##name(s, NULL), E_INVALIDARG);                      \
        cr_expect_eq(XblMultiplayerSessionCurrentUserSet##name(s, ""), WEB_E_INVALID_JSON_STRING);           \
        golden_look(s, "{}");                                                                                \
        cr_expect_eq(XblMultiplayerSessionCurrentUserSet##name(s, "{\"d\":{\"latency\":5}}"), S_OK);         \
        cr_expect_str_eq(ME(s)->field, "{\"d\":{\"latency\":5}}");                                           \
        golden_look(s, WRITTEN("\"" key "\":{\"d\":{\"latency\":5}}"));                                      \
        cr_expect_eq(XblMultiplayerSessionCurrentUserSet##name(s, "null"), S_OK);                            \
        golden_check(s, WRITTEN("\"" key "\":null"));                                                        \
        NEEDS_USER(XblMultiplayerSessionCurrentUserSet##name(user, "{}"), WRITTEN("\"" key "\":{}"));        \
    }

MEASUREMENTS(QosMeasurements, QosMeasurementsJson, "measurements")
MEASUREMENTS(ServerQosMeasurements, ServerMeasurementsJson, "serverMeasurements")

Test(setters_members, CurrentUserSetCustomPropertyJson)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, NULL, "1"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "a", NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "", "1"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "", "{"),
                 WEB_E_INVALID_JSON_STRING);
    cr_expect_str_eq(ME(s)->CustomPropertiesJson, "{\"m\":1}");
    golden_look(s, "{}");
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "a", "[]"), S_OK);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "m", "null"), S_OK);
    cr_expect_str_eq(ME(s)->CustomPropertiesJson, "{\"m\":null,\"a\":[]}");
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"m\":null,\"a\":[]}}}}}");
    NEEDS_USER(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(user, "a", "1"),
               "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"m\":1,\"a\":1}}}}}");
}

Test(setters_members, CurrentUserDeleteCustomPropertyJson)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserDeleteCustomPropertyJson(s, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserDeleteCustomPropertyJson(s, ""), E_INVALIDARG);
    golden_check(s, "{}");
    NEEDS_USER(XblMultiplayerSessionCurrentUserDeleteCustomPropertyJson(user, "q"),
               "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"m\":1,\"q\":null}}}}}");
}

/* What a write sends is a text of its own: what comes after it belongs to the next. */
Test(setters_members, a_written_text_is_a_snapshot)
{
    XblMultiplayerSessionHandle s = golden_got(9);
    char *before, *after;
    size_t size;

    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "x", "2"), S_OK);
    cr_assert_eq(session_serialize(s, NULL, &before, &size), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "x", "3"), S_OK);
    XblMultiplayerSessionSetClosed(s, true);
    cr_expect_eq(XblMultiplayerSessionLeave(s), S_OK);
    cr_assert_eq(session_serialize(s, NULL, &after, &size), S_OK);
    XblMultiplayerSessionCloseHandle(s);
    cr_expect_str_eq(before, "{\"properties\":{\"custom\":{\"x\":2,\"y\":{\"z\":2}}}}");
    cr_expect_str_eq(after,
                     "{\"properties\":{\"system\":{\"closed\":true},\"custom\":{\"x\":3,\"y\":{\"z\":2}}},"
                     "\"members\":{\"me\":null}}");
    free(before);
    free(after);
}
