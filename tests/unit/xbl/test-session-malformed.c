/* SPDX-License-Identifier: MIT */
/* Documents that are not what the service says: an error, and never a part of a session. */
#include "golden.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(session_malformed, documents)
{
    static const char *const documents[] = {
        "[]",
        "1",
        "{\"contractVersion\":\"107\"}",
        "{\"changeNumber\":-1}",
        "{\"branch\":1}",
        "{\"startTime\":\"yesterday\"}",
        "{\"constants\":[]}",
        "{\"constants\":{\"system\":{\"maxMembersCount\":\"8\"}}}",
        "{\"constants\":{\"system\":{\"maxMembersCount\":4294967296}}}",
        "{\"constants\":{\"system\":{\"initiators\":[\"x\"]}}}",
        "{\"roleTypes\":{\"squad\":1}}",
        "{\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":[]}}}}",
        "{\"properties\":{\"custom\":[]}}",
        "{\"properties\":{\"system\":{\"keywords\":[1]}}}",
        "{\"properties\":{\"system\":{\"closed\":\"yes\"}}}",
        "{\"hostCandidates\":{}}",
        "{\"servers\":1}",
        /* members that are promised and not there, that lead nowhere, or in a circle */
        "{\"membersInfo\":{\"first\":0,\"next\":2}}",
        "{\"membersInfo\":{\"first\":0,\"next\":2},\"members\":{\"0\":{}}}",
        "{\"membersInfo\":{\"first\":0,\"next\":2},\"members\":{\"0\":{\"next\":0}}}",
        "{\"membersInfo\":{\"first\":0,\"next\":2},\"members\":{\"0\":{\"next\":1},\"1\":{\"next\":0}}}",
        "{\"membersInfo\":{\"first\":0,\"next\":1},\"members\":{\"0\":null}}",
        /* members that nothing leads to */
        "{\"members\":{\"0\":{\"next\":1}}}",
        "{\"membersInfo\":{\"first\":0,\"next\":1},\"members\":{\"0\":{\"next\":1},\"5\":{\"next\":6}}}",
        "{\"membersInfo\":{\"first\":0,\"next\":1},\"members\":{\"0\":{\"next\":1,\"constants\":1}}}",
        "{\"membersInfo\":{\"first\":0,\"next\":1},\"members\":{\"0\":{\"next\":1,\"constants\":{\"system\":{"
        "\"xuid\":\"-9\"}}}}}",
        "{\"membersInfo\":{\"first\":0,\"next\":1},"
        "\"members\":{\"0\":{\"next\":1,\"constants\":{\"system\":{\"xuid\":\"18446744073709551616\"}}}}}",
        "{\"membersInfo\":{\"first\":0,\"next\":1},\"members\":{\"0\":{\"next\":1,\"properties\":{\"custom\":"
        "3}}}}",
    };

    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
        cr_expect_eq(golden_refused(documents[i]), WEB_E_UNEXPECTED_CONTENT, "%s", documents[i]);
    cr_expect_eq(golden_refused(""), WEB_E_INVALID_JSON_STRING);
    cr_expect_eq(golden_refused("{"), WEB_E_INVALID_JSON_STRING);
    cr_expect_eq(golden_refused("{} trailing"), WEB_E_INVALID_JSON_STRING);
}

Test(session_malformed, truncated_at_every_byte)
{
    const size_t size = strlen(golden_document);
    XblMultiplayerSessionHandle session;

    for (size_t i = 0; i < size; i++) {
        /* In memory of its own, so that a byte too far is seen. */
        char *cut = malloc(i ? i : 1);

        memcpy(cut, golden_document, i);
        cr_expect_eq(golden_read(cut, i, &session), WEB_E_INVALID_JSON_STRING, "%zu bytes", i);
        cr_expect_null(session);
        free(cut);
    }
    cr_expect_eq(golden_read(golden_document, size, &session), S_OK);
    XblMultiplayerSessionCloseHandle(session);
}

/* A document with @size bytes, or @depth arrays, in its custom properties. */
static HRESULT with_custom(size_t size, size_t depth)
{
    char *text = malloc(size + 2 * depth + 64), *at = text;
    HRESULT hr;

    at += sprintf(at, "{\"properties\":{\"custom\":{\"a\":\"");
    memset(at, 'a', size);
    at += size;
    at += sprintf(at, "[\\\"\",\"b\":");
    memset(at, '[', depth);
    at += depth;
    memset(at, ']', depth);
    at += depth;
    if (depth == 0)
        *at++ = '0';
    strcpy(at, "}}}");
    hr = golden_refused(text);
    free(text);
    return hr;
}

Test(session_malformed, too_large_or_too_deep)
{
    cr_expect_eq(with_custom(1 << 20, 0), S_OK);
    cr_expect_eq(with_custom(4 << 20, 0), WEB_E_INVALID_JSON_STRING);
    cr_expect_eq(with_custom(0, 125), S_OK);
    cr_expect_eq(with_custom(0, 126), WEB_E_INVALID_JSON_STRING);
    cr_expect_eq(with_custom(0, 100000), WEB_E_INVALID_JSON_STRING);
}

Test(session_malformed, numbers_at_their_limits)
{
    XblMultiplayerSessionHandle s =
        golden_from("{\"changeNumber\":18446744073709551615,\"contractVersion\":4294967295,\"constants\":{"
                    "\"system\":{\"sessionEmptyTimeout\":9223372036854775807,\"readyRemovalTimeout\":1e3,"
                    "\"initiators\":[\"18446744073709551615\",7]}}}");
    const XblMultiplayerSessionConstants *constants = XblMultiplayerSessionSessionConstants(s);

    cr_expect_eq(XblMultiplayerSessionGetInfo(s)->ChangeNumber, UINT64_MAX);
    cr_expect_eq(XblMultiplayerSessionGetInfo(s)->ContractVersion, UINT32_MAX);
    cr_expect_eq(constants->SessionEmptyTimeout, (uint64_t)INT64_MAX);
    cr_expect_eq(constants->MemberReadyTimeout, 1000);
    cr_assert_eq(constants->InitiatorXuidsCount, 2);
    cr_expect_eq(constants->InitiatorXuids[0], UINT64_MAX);
    cr_expect_eq(constants->InitiatorXuids[1], 7);
    XblMultiplayerSessionCloseHandle(s);
}

Test(session_malformed, times)
{
    static const struct {
        const char *text;
        time_t time;
    } times[] = {
        {"2014-07-17T04:43:24Z", 1405572204},        {"2014-07-17T04:43:24.1234567Z", 1405572204},
        {"2014-07-17T04:43:24", 1405572204},         {"2014-07-17T06:43:24+02:00", 1405572204},
        {"2014-07-17T04:13:24.5-00:30", 1405572204}, {"1970-01-01T00:00:00Z", 0},
    };

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        XblMultiplayerSessionHandle s;
        char document[80];

        snprintf(document, sizeof(document), "{\"startTime\":\"%s\"}", times[i].text);
        s = golden_from(document);
        cr_expect_eq(XblMultiplayerSessionGetInfo(s)->StartTime, times[i].time, "%s", times[i].text);
        XblMultiplayerSessionCloseHandle(s);
    }
}
