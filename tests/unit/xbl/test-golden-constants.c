/* SPDX-License-Identifier: MIT */
/* The golden requests: constants. What each setter, in each state of a session, has written. */
#include "golden.h"

#include <criterion/criterion.h>

static const uint64_t initiators[] = {30, 4, 12};
static const XblMultiplayerSessionInitArgs zero_arguments = {0};
static const XblMultiplayerSessionInitArgs any_arguments = {.Visibility =
                                                                XblMultiplayerSessionVisibility_Any};
static const XblMultiplayerSessionInitArgs full_arguments = {
    .MaxMembersInSession = 12,
    .Visibility = XblMultiplayerSessionVisibility_Visible,
    .InitiatorXuids = initiators,
    .InitiatorXuidsCount = 3,
    .CustomJson = "{\"c\":[1,2]}",
};

Test(golden_constants, new_no_initargs)
{
    XblMultiplayerSessionHandle s = golden_new();

    golden_check(s, "{}");
}

Test(golden_constants, new_zero_initargs)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    golden_check(s, "{\"constants\":{\"system\":{\"version\":1},\"custom\":{}}}");
}

Test(golden_constants, new_full_initargs)
{
    XblMultiplayerSessionHandle s = golden_with(&full_arguments);

    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"maxMembersCount\":12,\"visibility\":"
                    "\"visible\",\"initiators\":[\"4\",\"12\",\"30\"]},\"custom\":{\"c\":[1,2]}}}");
}

Test(golden_constants, new_visibility_any)
{
    XblMultiplayerSessionHandle s = golden_with(&any_arguments);

    golden_check(s, "{\"constants\":{\"system\":{\"version\":1},\"custom\":{}}}");
}

Test(golden_constants, new_no_initargs_setmaxmembers)
{
    XblMultiplayerSessionHandle s = golden_new();

    XblMultiplayerSessionConstantsSetMaxMembersInSession(s, 4);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"maxMembersCount\":4},\"custom\":{}}}");
}

Test(golden_constants, new_no_initargs_setvisibility_open)
{
    XblMultiplayerSessionHandle s = golden_new();

    XblMultiplayerSessionConstantsSetVisibility(s, XblMultiplayerSessionVisibility_Open);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"visibility\":\"open\"},\"custom\":{}}}");
}

Test(golden_constants, new_settimeouts)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetTimeouts(s, 1, 2, 3, 4), S_OK);
    golden_check(
        s,
        "{\"constants\":{\"system\":{\"version\":1,\"reservedRemovalTimeout\":1,\"inactiveRemovalTimeout\":2,"
        "\"readyRemovalTimeout\":3,\"sessionEmptyTimeout\":4},\"custom\":{}}}");
}

Test(golden_constants, new_settimeouts_huge_zero)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetTimeouts(s, 0, UINT64_MAX, UINT64_C(1) << 52,
                                                           (UINT64_C(1) << 52) - 1),
                 S_OK);
    golden_check(
        s,
        "{\"constants\":{\"system\":{\"version\":1,\"reservedRemovalTimeout\":0,\"inactiveRemovalTimeout\":"
        "null,\"readyRemovalTimeout\":null,\"sessionEmptyTimeout\":4503599627370495},\"custom\":{}}}");
}

Test(golden_constants, new_qosmetrics)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetQosConnectivityMetrics(s, true, false, true, false), S_OK);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"metrics\":{\"latency\":true,"
                    "\"bandwidthDown\":false,\"bandwidthUp\":true,\"custom\":false}},\"custom\":{}}}");
}

Test(golden_constants, new_memberinit_ext_false)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetMemberInitialization(
                     s, (XblMultiplayerMemberInitialization){1, 2, 3, false, 4}),
                 S_OK);
    golden_check(
        s,
        "{\"constants\":{\"system\":{\"version\":1,\"memberInitialization\":{\"joinTimeout\":1,"
        "\"measurementTimeout\":2,\"externalEvaluation\":false,\"membersNeededToStart\":4}},\"custom\":{}}}");
}

Test(golden_constants, new_memberinit_ext_true)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetMemberInitialization(
                     s, (XblMultiplayerMemberInitialization){1, 2, 3, true, 4}),
                 S_OK);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"memberInitialization\":{\"joinTimeout\":1,"
                    "\"measurementTimeout\":2,\"evaluationTimeout\":3,\"externalEvaluation\":true,"
                    "\"membersNeededToStart\":4}},\"custom\":{}}}");
}

Test(golden_constants, new_p2p)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToPeerRequirements(
                     s, (XblMultiplayerPeerToPeerRequirements){10, 20}),
                 S_OK);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"peerToPeerRequirements\":{"
                    "\"latencyMaximum\":10,\"bandwidthMinimum\":20}},\"custom\":{}}}");
}

Test(golden_constants, new_p2h_metric_bandwidthup)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToHostRequirements(
                     s, (XblMultiplayerPeerToHostRequirements){1, 2, 3, XblMultiplayerMetrics_BandwidthUp}),
                 S_OK);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"peerToHostRequirements\":{"
                    "\"latencyMaximum\":1,\"bandwidthDownMinimum\":2,\"bandwidthUpMinimum\":3,"
                    "\"hostSelectionMetric\":\"bandwidthUp\"}},\"custom\":{}}}");
}

Test(golden_constants, new_p2h_metric_latency)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToHostRequirements(
                     s, (XblMultiplayerPeerToHostRequirements){1, 2, 3, XblMultiplayerMetrics_Latency}),
                 S_OK);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"peerToHostRequirements\":{"
                    "\"latencyMaximum\":1,\"bandwidthDownMinimum\":2,\"bandwidthUpMinimum\":3,"
                    "\"hostSelectionMetric\":\"latency\"}},\"custom\":{}}}");
}

Test(golden_constants, new_measurementserveraddresses)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(
                     s, "{\"d\":{\"secureDeviceAddress\":\"x\"}}"),
                 S_OK);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"measurementServerAddresses\":{\"d\":{"
                    "\"secureDeviceAddress\":\"x\"}}},\"custom\":{}}}");
}

Test(golden_constants, new_measurementserveraddresses_bad)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(s, "{"),
                 WEB_E_INVALID_JSON_STRING);
    golden_check(s, "{}");
}

Test(golden_constants, new_caps_none)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetCapabilities(s, (XblMultiplayerSessionCapabilities){0}),
                 S_OK);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1},\"custom\":{}}}");
}

Test(golden_constants, new_caps_all)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetCapabilities(
                     s, (XblMultiplayerSessionCapabilities){true, true, true, true, true, true, true, true,
                                                            true, true, true}),
                 S_OK);
    golden_check(s, "{\"constants\":{\"system\":{\"version\":1,\"capabilities\":{\"connectivity\":true,"
                    "\"suppressPresenceActivityCheck\":true,\"gameplay\":true,\"large\":true,"
                    "\"userAuthorizationStyle\":true,\"connectionRequiredForActiveMembers\":true,"
                    "\"crossPlay\":true,\"searchable\":true,\"hasOwners\":true}},\"custom\":{}}}");
}

Test(golden_constants, new_cloudcompute)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetCloudComputePackageJson(s, "{\"p\":1}"), S_OK);
    golden_check(
        s, "{\"constants\":{\"system\":{\"version\":1,\"cloudComputePackage\":{\"p\":1}},\"custom\":{}}}");
}

Test(golden_constants, new_cloudcompute_bad_json)
{
    XblMultiplayerSessionHandle s = golden_with(&zero_arguments);

    cr_expect_eq(XblMultiplayerSessionConstantsSetCloudComputePackageJson(s, "{"), S_OK);
    golden_check(s,
                 "{\"constants\":{\"system\":{\"version\":1,\"cloudComputePackage\":null},\"custom\":{}}}");
}

Test(golden_constants, got_setmaxmembers)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    XblMultiplayerSessionConstantsSetMaxMembersInSession(s, 4);
    golden_check(s, "{}");
}

Test(golden_constants, got_settimeouts)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionConstantsSetTimeouts(s, 1, 2, 3, 4), E_UNEXPECTED);
    golden_check(s, "{}");
}

Test(golden_constants, got_targetsessionconstants)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson(s, "{\"custom\":{}}"), S_OK);
    golden_check(
        s, "{\"properties\":{\"system\":{\"matchmaking\":{\"targetSessionConstants\":{\"custom\":{}}}}}}");
}

Test(golden_constants, got_targetsessionconstants_path)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson(s, "{\"custom\":{}}"), S_OK);
    XblMultiplayerSessionSetMatchmakingServerConnectionPath(s, "path");
    golden_check(s, "{\"properties\":{\"system\":{\"matchmaking\":{\"targetSessionConstants\":{\"custom\":{}}"
                    ",\"serverConnectionString\":\"path\"}}}}");
}
