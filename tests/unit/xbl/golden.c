/* SPDX-License-Identifier: MIT */
/* Sessions for the tests of the golden requests. */
#include "golden.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char got[] = "{\"contractVersion\":107,\"branch\":\"b1\",\"changeNumber\":3,"
                          "\"constants\":{\"system\":{\"maxMembersCount\":8},\"custom\":{}},"
                          "\"membersInfo\":{\"first\":0,\"next\":2,\"count\":2,\"accepted\":2},"
                          "\"members\":{\"0\":{\"next\":1,\"constants\":{\"system\":{\"xuid\":\"9\"}},"
                          "\"roles\":{\"squad\":\"medic\"},"
                          "\"properties\":{\"system\":{\"active\":true},\"custom\":{\"m\":1}}},"
                          "\"1\":{\"next\":2,\"constants\":{\"system\":{\"xuid\":\"10\"}},\"properties\":{"
                          "\"system\":{\"ready\":true}}}},"
                          "\"properties\":{\"system\":{},\"custom\":{\"x\":1,\"y\":{\"z\":2}}},"
                          "\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":{\"max\":2,\"target\":1}}}}}";

/* A document with every field that is read. */
const char golden_document[] =
    "{\"contractVersion\":107,\"branch\":\"branch-1\",\"changeNumber\":12,\"correlationId\":\"corr\","
    "\"searchHandle\":\"search\",\"startTime\":\"2014-07-17T04:43:24.1234567Z\",\"nextTimer\":\"2014-07-"
    "17T05:00:00Z\","
    "\"initializing\":{\"stage\":\"Measuring\",\"stageStartTime\":\"2014-07-17T04:44:00Z\",\"episode\":2},"
    "\"hostCandidates\":[\"one\",\"two\"],"
    "\"constants\":{\"system\":{\"maxMembersCount\":8,\"visibility\":\"OPEN\",\"initiators\":[\"4\",\"12\"],"
    "\"reservedRemovalTimeout\":1,\"inactiveRemovalTimeout\":2,\"readyRemovalTimeout\":3,"
    "\"sessionEmptyTimeout\":4,"
    "\"metrics\":{\"latency\":true,\"bandwidthDown\":false,\"bandwidthUp\":false,\"custom\":true},"
    "\"capabilities\":{\"gameplay\":true,\"crossPlay\":true},"
    "\"memberInitialization\":{\"joinTimeout\":5,\"measurementTimeout\":6,\"evaluationTimeout\":7,"
    "\"externalEvaluation\":true,\"membersNeededToStart\":2},"
    "\"peerToPeerRequirements\":{\"latencyMaximum\":8,\"bandwidthMinimum\":9},"
    "\"peerToHostRequirements\":{\"latencyMaximum\":10,\"bandwidthDownMinimum\":11,\"bandwidthUpMinimum\":12,"
    "\"hostSelectionMetric\":\"bandwidthup\"},\"measurementServerAddresses\":{\"a\":1},"
    "\"cloudComputePackage\":{\"p\":1}},"
    "\"custom\":{\"c\":1}},"
    "\"membersInfo\":{\"first\":3,\"next\":5,\"count\":2,\"accepted\":2},"
    "\"members\":{\"4\":{\"next\":5,\"reserved\":true,\"constants\":{\"system\":{\"xuid\":\"10\"}}},"
    "\"3\":{\"next\":4,\"gamertag\":\"Stacy\",\"deviceToken\":\"token\",\"nat\":\"Moderate\",\"turn\":true,"
    "\"roles\":{\"squad\":\"medic\"},\"activeTitleId\":\"8397267\",\"joinTime\":\"2014-07-17T02:00:00Z\","
    "\"initializationFailure\":\"latency\",\"initializationEpisode\":1,"
    "\"constants\":{\"system\":{\"xuid\":\"9\",\"initialize\":true,\"matchmakingResult\":{"
    "\"serverMeasurements\":{\"s\":1}}},"
    "\"custom\":{\"matchmakingResult\":{\"initialTeam\":\"red\"}}},"
    "\"properties\":{\"system\":{\"active\":true,\"ready\":true,\"secureDeviceAddress\":\"QUJD\",\"groups\":["
    "\"g\"],"
    "\"encounters\":[\"e\",\"f\"],\"initializationGroup\":[3,4],\"measurements\":{\"m\":1},"
    "\"serverMeasurements\":{\"n\":1},"
    "\"subscription\":{\"id\":\"x\",\"changeTypes\":[\"everything\",\"XblMultiplayerJoinability\"]}},"
    "\"custom\":{\"hp\":3}}}},"
    "\"roleTypes\":{\"squad\":{\"ownerManaged\":true,\"mutableRoleSettings\":[\"max\"],"
    "\"roles\":{\"medic\":{\"count\":1,\"max\":2,\"target\":1,\"memberXuids\":[\"9\"]}}}},"
    "\"properties\":{\"system\":{\"keywords\":[\"k1\",\"k2\"],\"turn\":[3],\"owners\":[\"3\",\"4\"],"
    "\"joinRestriction\":\"Followed\",\"readRestriction\":\"local\",\"closed\":true,\"locked\":true,"
    "\"allocateCloudCompute\":true,\"matchmakingResubmit\":true,\"host\":\"token\","
    "\"serverConnectionStringCandidates\":[\"s\"],"
    "\"matchmaking\":{\"serverConnectionString\":\"path\",\"targetSessionConstants\":{\"t\":1}}},\"custom\":{"
    "\"map\":\"cave\"}},"
    "\"servers\":{\"matchmaking\":{\"properties\":{\"system\":{\"status\":\"found\",\"statusDetails\":\"ok\","
    "\"typicalWait\":30,"
    "\"targetSessionRef\":{\"scid\":\"s\",\"templateName\":\"t\",\"name\":\"n\"}}}}}}";

XblMultiplayerSessionHandle golden_with(const XblMultiplayerSessionInitArgs *arguments)
{
    const XblMultiplayerSessionReference reference =
        XblMultiplayerSessionReferenceCreate("scid", "template", "name");

    return XblMultiplayerSessionCreateHandle(9, &reference, arguments);
}

XblMultiplayerSessionHandle golden_new(void)
{
    return golden_with(NULL);
}

static XblMultiplayerSessionHandle from(const char *document, uint64_t xuid)
{
    const SessionAnswer answer = {
        .xuid = xuid,
        .document = document,
        .document_size = strlen(document),
        .etag = "\"7\"",
        .date = "Sun, 06 Nov 1994 08:49:37 GMT",
        .scid = "scid",
        .template_name = "template",
        .name = "name",
        .write_status = XblWriteSessionStatus_Updated,
    };
    XblMultiplayerSessionHandle session = NULL;
    HRESULT hr = session_from_answer(&answer, &session);

    cr_assert_eq(hr, S_OK, "0x%08x for %s", (unsigned)hr, document);
    return session;
}

XblMultiplayerSessionHandle golden_got(uint64_t xuid)
{
    return from(got, xuid);
}

XblMultiplayerSessionHandle golden_from(const char *document)
{
    return from(document, 9);
}

/* Any id of a subscription, so that documents can be compared. */
static void hide_id(json_t *root)
{
    json_t *me = json_object_get(json_object_get(root, "members"), "me");
    json_t *system = json_object_get(json_object_get(me, "properties"), "system");
    json_t *subscription = json_object_get(system, "subscription");

    if (subscription) {
        cr_expect_eq(strlen(json_string_value(json_object_get(subscription, "id"))), 36);
        json_object_set_new(subscription, "id", json_string("GUID"));
    }
}

static void check(XblMultiplayerSessionHandle session, const char *connection, const char *expected)
{
    json_t *want = json_loads(expected, 0, NULL), *have;
    char *text = NULL;
    size_t size = 0;

    cr_assert_not_null(want, "%s", expected);
    cr_assert_eq(session_serialize(session, connection, &text, &size), S_OK);
    cr_assert_eq(size, strlen(text));
    have = json_loads(text, 0, NULL);
    hide_id(have);
    cr_expect(json_equal(have, want), "written %s\nwanted  %s", text, expected);
    json_decref(want);
    json_decref(have);
    free(text);
}

void golden_check(XblMultiplayerSessionHandle session, const char *expected)
{
    check(session, NULL, expected);
    XblMultiplayerSessionCloseHandle(session);
}

void golden_check_connected(XblMultiplayerSessionHandle session, const char *connection, const char *expected)
{
    check(session, connection, expected);
    XblMultiplayerSessionCloseHandle(session);
}

void golden_look(XblMultiplayerSessionHandle session, const char *expected)
{
    check(session, NULL, expected);
}
