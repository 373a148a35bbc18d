/* SPDX-License-Identifier: MIT */
/* Each setter of constants, named after it: what it refuses, shows and has written. */
#include "golden.h"

#include <criterion/criterion.h>

/* The whole document around constants.system, which always has a version. */
#define WRITTEN(system) "{\"constants\":{\"system\":{\"version\":1" system "},\"custom\":{}}}"
#define CONSTANTS(s) XblMultiplayerSessionSessionConstants(s)

Test(setters_constants, ConstantsSetMaxMembersInSession)
{
    XblMultiplayerSessionHandle s = golden_new();

    XblMultiplayerSessionConstantsSetMaxMembersInSession(NULL, 4);
    XblMultiplayerSessionConstantsSetMaxMembersInSession(s, UINT32_MAX);
    cr_expect_eq(CONSTANTS(s)->MaxMembersInSession, UINT32_MAX);
    golden_look(s, WRITTEN(",\"maxMembersCount\":4294967295"));
    XblMultiplayerSessionConstantsSetMaxMembersInSession(s, 0);
    golden_check(s, WRITTEN(""));
    /* What is there already keeps its constants; only the object shows another number. */
    s = golden_got(9);
    XblMultiplayerSessionConstantsSetMaxMembersInSession(s, 4);
    cr_expect_eq(CONSTANTS(s)->MaxMembersInSession, 4);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetVisibility)
{
    static const struct {
        XblMultiplayerSessionVisibility visibility;
        const char *written;
    } all[] = {
        {XblMultiplayerSessionVisibility_PrivateSession, WRITTEN(",\"visibility\":\"private\"")},
        {XblMultiplayerSessionVisibility_Visible, WRITTEN(",\"visibility\":\"visible\"")},
        {XblMultiplayerSessionVisibility_Full, WRITTEN(",\"visibility\":\"full\"")},
        {XblMultiplayerSessionVisibility_Open, WRITTEN(",\"visibility\":\"open\"")},
        {XblMultiplayerSessionVisibility_Any, WRITTEN("")},
        {XblMultiplayerSessionVisibility_Unknown, WRITTEN("")},
        {99, WRITTEN("")},
    };
    XblMultiplayerSessionHandle s = golden_new();

    XblMultiplayerSessionConstantsSetVisibility(NULL, XblMultiplayerSessionVisibility_Open);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        XblMultiplayerSessionConstantsSetVisibility(s, XblMultiplayerSessionVisibility_Open);
        XblMultiplayerSessionConstantsSetVisibility(s, all[i].visibility);
        cr_expect_eq(CONSTANTS(s)->Visibility, all[i].visibility);
        golden_look(s, all[i].written);
    }
    XblMultiplayerSessionCloseHandle(s);
    s = golden_got(9);
    XblMultiplayerSessionConstantsSetVisibility(s, XblMultiplayerSessionVisibility_Open);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetTimeouts)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetTimeouts(NULL, 1, 2, 3, 4), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionConstantsSetTimeouts(s, 1, 2, 3, 4), S_OK);
    cr_expect_eq(XblMultiplayerSessionConstantsSetTimeouts(s, 5, 0, 7, UINT64_MAX), S_OK);
    cr_expect_eq(CONSTANTS(s)->MemberReservedTimeout, 5);
    cr_expect_eq(CONSTANTS(s)->MemberInactiveTimeout, 0);
    cr_expect_eq(CONSTANTS(s)->MemberReadyTimeout, 7);
    cr_expect_eq(CONSTANTS(s)->SessionEmptyTimeout, UINT64_MAX);
    golden_check(s, WRITTEN(",\"reservedRemovalTimeout\":5,\"inactiveRemovalTimeout\":0,"
                            "\"readyRemovalTimeout\":7,\"sessionEmptyTimeout\":null"));
    s = golden_got(9);
    cr_expect_eq(XblMultiplayerSessionConstantsSetTimeouts(s, 1, 2, 3, 4), E_UNEXPECTED);
    cr_expect_eq(CONSTANTS(s)->MemberReservedTimeout, 0);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetArbitrationTimeouts)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetArbitrationTimeouts(NULL, 1, 2), E_NOTIMPL);
    cr_expect_eq(XblMultiplayerSessionConstantsSetArbitrationTimeouts(s, 1, 2), E_NOTIMPL);
    cr_expect_eq(CONSTANTS(s)->ArbitrationTimeout, 0);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetQosConnectivityMetrics)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetQosConnectivityMetrics(NULL, true, true, true, true),
                 E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionConstantsSetQosConnectivityMetrics(s, false, true, false, true), S_OK);
    cr_expect(!CONSTANTS(s)->EnableMetricsLatency && CONSTANTS(s)->EnableMetricsBandwidthDown);
    cr_expect(!CONSTANTS(s)->EnableMetricsBandwidthUp && CONSTANTS(s)->EnableMetricsCustom);
    golden_check(s, WRITTEN(",\"metrics\":{\"latency\":false,\"bandwidthDown\":true,\"bandwidthUp\":false,"
                            "\"custom\":true}"));
    s = golden_got(9);
    cr_expect_eq(XblMultiplayerSessionConstantsSetQosConnectivityMetrics(s, true, true, true, true),
                 E_UNEXPECTED);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetMemberInitialization)
{
    const XblMultiplayerMemberInitialization value = {UINT64_MAX, 2, 3, true, 4};
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetMemberInitialization(NULL, value), E_INVALIDARG);
    cr_expect_null(CONSTANTS(s)->MemberInitialization);
    cr_expect_eq(XblMultiplayerSessionConstantsSetMemberInitialization(s, value), S_OK);
    cr_assert_not_null(CONSTANTS(s)->MemberInitialization);
    cr_expect_eq(CONSTANTS(s)->MemberInitialization->JoinTimeout, UINT64_MAX);
    cr_expect_eq(CONSTANTS(s)->MemberInitialization->MembersNeededToStart, 4);
    /* More than a signed number of 64 bits holds is as much as one holds. */
    golden_check(s, WRITTEN(",\"memberInitialization\":{\"joinTimeout\":9223372036854775807,"
                            "\"measurementTimeout\":2,\"evaluationTimeout\":3,\"externalEvaluation\":true,"
                            "\"membersNeededToStart\":4}"));
    s = golden_got(9);
    cr_expect_eq(XblMultiplayerSessionConstantsSetMemberInitialization(s, value), E_UNEXPECTED);
    cr_expect_null(CONSTANTS(s)->MemberInitialization);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetPeerToPeerRequirements)
{
    const XblMultiplayerPeerToPeerRequirements value = {0, 20};
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToPeerRequirements(NULL, value), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToPeerRequirements(s, value), S_OK);
    cr_expect_eq(CONSTANTS(s)->PeerToPeerRequirements.BandwidthMinimumInKbps, 20);
    golden_check(s, WRITTEN(",\"peerToPeerRequirements\":{\"latencyMaximum\":0,\"bandwidthMinimum\":20}"));
    s = golden_got(9);
    cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToPeerRequirements(s, value), E_UNEXPECTED);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetPeerToHostRequirements)
{
    static const char *const written[] = {
        WRITTEN(",\"peerToHostRequirements\":{\"latencyMaximum\":1,\"bandwidthDownMinimum\":2,"
                "\"bandwidthUpMinimum\":3,\"hostSelectionMetric\":\"unknown\"}"),
        WRITTEN(",\"peerToHostRequirements\":{\"latencyMaximum\":1,\"bandwidthDownMinimum\":2,"
                "\"bandwidthUpMinimum\":3,\"hostSelectionMetric\":\"bandwidthUp\"}"),
        WRITTEN(",\"peerToHostRequirements\":{\"latencyMaximum\":1,\"bandwidthDownMinimum\":2,"
                "\"bandwidthUpMinimum\":3,\"hostSelectionMetric\":\"bandwidthDown\"}"),
        WRITTEN(",\"peerToHostRequirements\":{\"latencyMaximum\":1,\"bandwidthDownMinimum\":2,"
                "\"bandwidthUpMinimum\":3,\"hostSelectionMetric\":\"bandwidth\"}"),
        WRITTEN(",\"peerToHostRequirements\":{\"latencyMaximum\":1,\"bandwidthDownMinimum\":2,"
                "\"bandwidthUpMinimum\":3,\"hostSelectionMetric\":\"latency\"}"),
    };
    XblMultiplayerPeerToHostRequirements value = {1, 2, 3, XblMultiplayerMetrics_Unknown};
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToHostRequirements(NULL, value), E_INVALIDARG);
    for (uint32_t metric = 0; metric < 5; metric++) {
        value.HostSelectionMetric = metric;
        cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToHostRequirements(s, value), S_OK);
        cr_expect_eq(CONSTANTS(s)->PeerToHostRequirements.HostSelectionMetric, metric);
        golden_look(s, written[metric]);
    }
    value.HostSelectionMetric = 5;
    cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToHostRequirements(s, value), E_INVALIDARG);
    golden_check(s, written[4]);
    s = golden_got(9);
    value.HostSelectionMetric = 1;
    cr_expect_eq(XblMultiplayerSessionConstantsSetPeerToHostRequirements(s, value), E_UNEXPECTED);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetMeasurementServerAddressesJson)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(NULL, "{}"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(s, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(s, ""),
                 WEB_E_INVALID_JSON_STRING);
    cr_expect_str_eq(CONSTANTS(s)->MeasurementServerAddressesJson, "");
    cr_expect_eq(XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(s, "[1]"), S_OK);
    cr_expect_str_eq(CONSTANTS(s)->MeasurementServerAddressesJson, "[1]");
    golden_check(s, WRITTEN(",\"measurementServerAddresses\":[1]"));
    s = golden_got(9);
    cr_expect_eq(XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(s, "{"), E_UNEXPECTED);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetCapabilities)
{
    XblMultiplayerSessionCapabilities value = {.Team = true, .Arbitration = true, .Crossplay = true};
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetCapabilities(NULL, value), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionConstantsSetCapabilities(s, value), S_OK);
    cr_expect(CONSTANTS(s)->SessionCapabilities.Team && CONSTANTS(s)->SessionCapabilities.Crossplay);
    golden_look(s, WRITTEN(",\"capabilities\":{\"crossPlay\":true}"));
    /* Replaced whole; without any that is true there is nothing to say. */
    value = (XblMultiplayerSessionCapabilities){.Large = true};
    cr_expect_eq(XblMultiplayerSessionConstantsSetCapabilities(s, value), S_OK);
    golden_look(s, WRITTEN(",\"capabilities\":{\"large\":true}"));
    value.Large = false;
    cr_expect_eq(XblMultiplayerSessionConstantsSetCapabilities(s, value), S_OK);
    golden_check(s, WRITTEN(""));
    s = golden_got(9);
    cr_expect_eq(XblMultiplayerSessionConstantsSetCapabilities(s, value), E_UNEXPECTED);
    golden_check(s, "{}");
}

Test(setters_constants, ConstantsSetCloudComputePackageJson)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionConstantsSetCloudComputePackageJson(NULL, "{}"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionConstantsSetCloudComputePackageJson(s, NULL), E_INVALIDARG);
    golden_look(s, "{}");
    cr_expect_eq(XblMultiplayerSessionConstantsSetCloudComputePackageJson(s, "no"), S_OK);
    cr_expect_str_eq(CONSTANTS(s)->SessionCloudComputePackageConstantsJson, "no");
    golden_look(s, WRITTEN(",\"cloudComputePackage\":null"));
    cr_expect_eq(XblMultiplayerSessionConstantsSetCloudComputePackageJson(s, ""), S_OK);
    golden_check(s, WRITTEN(""));
    s = golden_got(9);
    cr_expect_eq(XblMultiplayerSessionConstantsSetCloudComputePackageJson(s, "{}"), E_UNEXPECTED);
    golden_check(s, "{}");
}
