/* SPDX-License-Identifier: MIT */
/* The golden requests: user. What each setter, in each state of a session, has written. */
#include "golden.h"

#include <criterion/criterion.h>

static const XblMultiplayerSessionMemberRole roles[] = {{"squad", "leader"}, {"team", "red"}};
static const char *words[] = {"g1", "g2"};
static uint32_t ids[] = {1, 7};

Test(golden_user, got_setstatus_active)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Active),
                 S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":true}}}}}");
}

Test(golden_user, got_setstatus_inactive)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Inactive),
                 S_OK);
    golden_check(s,
                 "{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":false,\"ready\":false}}}}}");
}

Test(golden_user, got_setstatus_ready)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Ready),
                 E_UNEXPECTED);
    golden_check(s, "{}");
}

Test(golden_user, got_nonmember_setstatus)
{
    XblMultiplayerSessionHandle s = golden_got(77);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Active),
                 E_UNEXPECTED);
    golden_check(s, "{}");
}

Test(golden_user, got_sda)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(s, "QUJD"), S_OK);
    golden_check(s,
                 "{\"members\":{\"me\":{\"properties\":{\"system\":{\"secureDeviceAddress\":\"QUJD\"}}}}}");
}

Test(golden_user, got_sda_empty)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(s, ""), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"secureDeviceAddress\":\"\"}}}}}");
}

Test(golden_user, got_setroles)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, roles, 2), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"roles\":{\"squad\":\"leader\",\"team\":\"red\"}}}}");
}

Test(golden_user, got_setroles_0)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, roles, 0), S_OK);
    golden_check(s, "{}");
}

Test(golden_user, new_join_setroles)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), S_OK);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, roles, 2), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}},\"roles\":{\"squad\":"
                    "\"leader\",\"team\":\"red\"},\"properties\":{\"system\":{\"active\":true}}}}}");
}

Test(golden_user, got_membersingroup)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetMembersInGroup(s, ids, 2), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"initializationGroup\":[1,7]}}}}}");
}

Test(golden_user, got_membersingroup_0)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetMembersInGroup(s, ids, 0), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"initializationGroup\":[]}}}}}");
}

Test(golden_user, got_groups)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetGroups(s, words, 2), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"groups\":[\"g1\",\"g2\"]}}}}}");
}

Test(golden_user, got_encounters)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetEncounters(s, words, 2), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"encounters\":[\"g1\",\"g2\"]}}}}}");
}

Test(golden_user, got_qos)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetQosMeasurements(s, "{\"e69c43a8\":{\"latency\":5953}}"),
                 S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"measurements\":{\"e69c43a8\":{"
                    "\"latency\":5953}}}}}}}");
}

Test(golden_user, got_qos_null)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetQosMeasurements(s, "null"), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"measurements\":null}}}}}");
}

Test(golden_user, got_serverqos)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetServerQosMeasurements(s, "{\"s\":{\"latency\":1}}"),
                 S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"serverMeasurements\":{\"s\":{"
                    "\"latency\":1}}}}}}}");
}

Test(golden_user, got_user_custom_set)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "n", "[1,\"s\"]"), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"m\":1,\"n\":[1,\"s\"]}}}}}");
}

Test(golden_user, got_user_custom_overwrite)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "m", "2"), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"m\":2}}}}}");
}

Test(golden_user, got_user_custom_delete)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserDeleteCustomPropertyJson(s, "m"), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"m\":null}}}}}");
}

Test(golden_user, got_user_custom_delete_missing)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserDeleteCustomPropertyJson(s, "zz"), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"m\":1,\"zz\":null}}}}}");
}

Test(golden_user, got_subscription_0)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 0), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"subscription\":{\"id\":\"GUID\","
                    "\"changeTypes\":[]}}}}}}");
}

Test(golden_user, got_subscription_0x1)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 1), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"subscription\":{\"id\":\"GUID\","
                    "\"changeTypes\":[\"everything\"]}}}}}}");
}

Test(golden_user, got_subscription_0x1ff)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 0x1ff), S_OK);
    golden_check(
        s,
        "{\"members\":{\"me\":{\"properties\":{\"system\":{\"subscription\":{\"id\":\"GUID\",\"changeTypes\":"
        "[\"everything\",\"host\",\"initialization\",\"matchmakingStatus\",\"membersList\",\"membersStatus\","
        "\"joinability\",\"customProperty\",\"membersCustomProperty\"]}}}}}}");
}

Test(golden_user, got_subscription_0x600)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 0x600), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"subscription\":{\"id\":\"GUID\","
                    "\"changeTypes\":[]}}}}}}");
}

Test(golden_user, got_nonmember_subscription)
{
    XblMultiplayerSessionHandle s = golden_got(77);

    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 1), E_UNEXPECTED);
    golden_check(s, "{}");
}

Test(golden_user, got_rta_id_active)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Active),
                 S_OK);
    golden_check_connected(
        s, "RTA-1",
        "{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":true,\"connection\":\"RTA-1\"}}}}}");
}

Test(golden_user, got_rta_id_only)
{
    golden_check_connected(golden_got(9), "RTA-1", "{}");
}

Test(golden_user, got_rta_id_inactive)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Inactive),
                 S_OK);
    golden_check_connected(
        s, "RTA-1",
        "{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":false,\"ready\":false}}}}}");
}
