/* SPDX-License-Identifier: MIT */
/* The golden requests: properties. What each setter, in each state of a session, has written. */
#include "golden.h"

#include <criterion/criterion.h>

static const uint64_t initiators[] = {30, 4, 12};
static const char *words[] = {"g1", "g2"};
static uint32_t ids[] = {1, 7};
static uint32_t zero = 0, three = 3, nine = 9;
static const XblMultiplayerSessionInitArgs full_arguments = {
    .MaxMembersInSession = 12,
    .Visibility = XblMultiplayerSessionVisibility_Visible,
    .InitiatorXuids = initiators,
    .InitiatorXuidsCount = 3,
    .CustomJson = "{\"c\":[1,2]}",
};

Test(golden_properties, got_untouched_member)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    golden_check(s, "{}");
}

Test(golden_properties, got_untouched_non_member)
{
    XblMultiplayerSessionHandle s = golden_got(77);

    golden_check(s, "{}");
}

Test(golden_properties, got_custom_set)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "n", "1.50"), S_OK);
    golden_check(s, "{\"properties\":{\"custom\":{\"x\":1,\"y\":{\"z\":2},\"n\":1.5}}}");
}

/* What no int64_t holds has the nearest real. */
Test(golden_properties, got_custom_big_numbers)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(
                     s, "n",
                     "[1e2,18446744073709551615,-0,1.0,123456789012345660000000000000,"
                     "\"\\u00e9\\ud83d\\ude00\\u0001\\/\"]"),
                 S_OK);
    golden_check(
        s, "{\"properties\":{\"custom\":{\"x\":1,\"y\":{\"z\":2},\"n\":[100.0,18446744073709551615.0,0,1.0,"
           "1.2345678901234566e29,\"\xC3\xA9\xF0\x9F\x98\x80\\u0001/\"]}}}");
}

/* The original writes the key twice, as it was given; those who read it see the last. */
Test(golden_properties, new_custom_set)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "n", "{\"a\":1,\"a\":2}"), S_OK);
    golden_check(s, "{\"properties\":{\"custom\":{\"n\":{\"a\":1,\"a\":2}}}}");
}

Test(golden_properties, got_custom_delete)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionDeleteCustomPropertyJson(s, "x"), S_OK);
    golden_check(s, "{\"properties\":{\"custom\":{\"x\":null,\"y\":{\"z\":2}}}}");
}

Test(golden_properties, got_custom_delete_missing)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionDeleteCustomPropertyJson(s, "zz"), S_OK);
    golden_check(s, "{\"properties\":{\"custom\":{\"x\":1,\"y\":{\"z\":2},\"zz\":null}}}");
}

Test(golden_properties, got_custom_bad)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "n", "{"), WEB_E_INVALID_JSON_STRING);
    golden_check(s, "{}");
}

Test(golden_properties, got_custom_emptyname)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "", "1"), E_INVALIDARG);
    golden_check(s, "{}");
}

Test(golden_properties, got_custom_trailing)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "n", "1 x"), WEB_E_INVALID_JSON_STRING);
    golden_check(s, "{}");
}

Test(golden_properties, new_custom_delete)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionDeleteCustomPropertyJson(s, "n"), S_OK);
    golden_check(s, "{\"properties\":{\"custom\":{\"n\":null}}}");
}

Test(golden_properties, got_closed_true)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionSetClosed(s, true);
    golden_check(s, "{\"properties\":{\"system\":{\"closed\":true}}}");
}

Test(golden_properties, got_closed_false)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionSetClosed(s, false);
    golden_check(s, "{\"properties\":{\"system\":{\"closed\":false}}}");
}

Test(golden_properties, got_locked)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionSetLocked(s, true);
    golden_check(s, "{\"properties\":{\"system\":{\"locked\":true}}}");
}

Test(golden_properties, got_allocatecloudcompute)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionSetAllocateCloudCompute(s, true);
    golden_check(s, "{\"properties\":{\"system\":{\"allocateCloudCompute\":true}}}");
}

Test(golden_properties, got_matchmakingresubmit)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionSetMatchmakingResubmit(s, true);
    golden_check(s, "{\"properties\":{\"system\":{\"matchmakingResubmit\":true}}}");
}

Test(golden_properties, got_initsucceeded)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionSetInitializationSucceeded(s, true);
    golden_check(s, "{\"properties\":{\"system\":{\"initializationSucceeded\":true}}}");
}

Test(golden_properties, got_host)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionSetHostDeviceToken(s, (XblDeviceToken){"host-token"});
    golden_check(s, "{\"properties\":{\"system\":{\"host\":\"host-token\"}}}");
}

Test(golden_properties, got_mm_server_path)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionSetMatchmakingServerConnectionPath(s, "path");
    golden_check(s, "{\"properties\":{\"system\":{\"matchmaking\":{\"serverConnectionString\":\"path\"}}}}");
}

Test(golden_properties, got_scsc)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetServerConnectionStringCandidates(s, words, 2), S_OK);
    golden_check(s, "{\"properties\":{\"system\":{\"serverConnectionStringCandidates\":[\"g1\",\"g2\"]}}}");
}

Test(golden_properties, got_scsc_0)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetServerConnectionStringCandidates(s, words, 0), S_OK);
    golden_check(s, "{\"properties\":{\"system\":{\"serverConnectionStringCandidates\":[]}}}");
}

Test(golden_properties, got_keywords)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, words, 2), S_OK);
    golden_check(s, "{\"properties\":{\"system\":{\"keywords\":[\"g1\",\"g2\"]}}}");
}

Test(golden_properties, got_keywords_0)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, words, 0), S_OK);
    golden_check(s, "{\"properties\":{\"system\":{\"keywords\":[]}}}");
}

Test(golden_properties, got_turn)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionPropertiesSetTurnCollection(s, ids, 2), S_OK);
    golden_check(s, "{\"properties\":{\"system\":{\"turn\":[1,7]}}}");
}

Test(golden_properties, got_joinrestriction_unknown)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionPropertiesSetJoinRestriction(s, XblMultiplayerSessionRestriction_Unknown);
    golden_check(s, "{}");
}

Test(golden_properties, got_joinrestriction_none)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionPropertiesSetJoinRestriction(s, XblMultiplayerSessionRestriction_None);
    golden_check(s, "{\"properties\":{\"system\":{\"joinRestriction\":\"none\"}}}");
}

Test(golden_properties, got_joinrestriction_followed)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionPropertiesSetJoinRestriction(s, XblMultiplayerSessionRestriction_Followed);
    golden_check(s, "{\"properties\":{\"system\":{\"joinRestriction\":\"followed\"}}}");
}

Test(golden_properties, got_readrestriction_followed)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionPropertiesSetReadRestriction(s, XblMultiplayerSessionRestriction_Followed);
    golden_check(s, "{\"properties\":{\"system\":{\"readRestriction\":\"followed\"}}}");
}

Test(golden_properties, got_servers)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetRawServersJson(s, "{\"a\":{\"properties\":{}}}"), S_OK);
    golden_check(s, "{\"servers\":{\"a\":{\"properties\":{}}}}");
}

Test(golden_properties, got_role_max)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "squad", "medic", &nine, NULL), S_OK);
    golden_check(s, "{\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":{\"max\":9,\"target\":1}}}}}");
}

Test(golden_properties, got_role_target)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "squad", "medic", NULL, &three), S_OK);
    golden_check(s, "{\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":{\"max\":2,\"target\":3}}}}}");
}

Test(golden_properties, got_role_max0)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "SQUAD", "Medic", &zero, &zero), S_OK);
    golden_check(s, "{\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":{}}}}}");
}

Test(golden_properties, got_role_unknown)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "squad", "none", &nine, NULL), E_INVALIDARG);
    golden_check(s, "{}");
}

Test(golden_properties, got_role_both_null)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "squad", "medic", NULL, NULL), S_OK);
    golden_check(s, "{\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":{\"max\":2,\"target\":1}}}}}");
}

Test(golden_properties, new_full_combo)
{
    XblMultiplayerSessionHandle s = golden_with(&full_arguments);

    XblMultiplayerSessionPropertiesSetJoinRestriction(s, XblMultiplayerSessionRestriction_Followed);
    XblMultiplayerSessionSetClosed(s, false);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "map", "\"cave\""), S_OK);
    cr_expect_eq(XblMultiplayerSessionJoin(s, "{\"m\":1}", true, true), S_OK);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "hp", "3"), S_OK);
    golden_check(
        s, "{\"constants\":{\"system\":{\"version\":1,\"maxMembersCount\":12,\"visibility\":\"visible\","
           "\"initiators\":[\"4\",\"12\",\"30\"]},\"custom\":{\"c\":[1,2]}},\"properties\":{\"system\":{"
           "\"joinRestriction\":\"followed\",\"closed\":false},\"custom\":{\"map\":\"cave\"}},\"members\":{"
           "\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\",\"initialize\":true},\"custom\":{\"m\":1}},"
           "\"properties\":{\"system\":{\"active\":true},\"custom\":{\"hp\":3}}}}}");
}
