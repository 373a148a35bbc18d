/* SPDX-License-Identifier: MIT */
/* A hostile directory, as a game on the Xbl interface meets it: sessions and activities. */
#include "fuzz.h"

#include "golden.h"
#include "session/activity.h"
#include "session/session.h"

#include <stdlib.h>
#include <string.h>

const char *const fuzz_seeds[] = {
    "{\"contractVersion\":107,\"branch\":\"b\",\"changeNumber\":3,\"startTime\":\"2014-07-17T04:43:24.1Z\","
    "\"constants\":{\"system\":{\"maxMembersCount\":8,\"visibility\":\"open\",\"initiators\":[\"9\"],"
    "\"capabilities\":{\"large\":false}},\"custom\":{}},\"membersInfo\":{\"first\":0,\"next\":2,\"accepted\":"
    "2},"
    "\"members\":{\"0\":{\"next\":1,\"constants\":{\"system\":{\"xuid\":\"9\"}},\"roles\":{\"squad\":"
    "\"medic\"},"
    "\"properties\":{\"system\":{\"active\":true,\"groups\":[\"g\"],\"subscription\":{\"changeTypes\":["
    "\"host\"]}},"
    "\"custom\":{\"m\":1}}},\"1\":{\"next\":2,\"reserved\":true,\"constants\":{\"system\":{\"xuid\":\"10\"}}}"
    "},"
    "\"properties\":{\"system\":{\"turn\":[1],\"keywords\":[\"k\"],\"matchmaking\":{"
    "\"serverConnectionString\":\"p\"}},"
    "\"custom\":{\"x\":1}},\"roleTypes\":{\"squad\":{\"mutableRoleSettings\":[\"max\"],"
    "\"roles\":{\"medic\":{\"max\":2,\"memberXuids\":[\"9\"]}}}},"
    "\"servers\":{\"matchmaking\":{\"properties\":{\"system\":{\"status\":\"found\",\"typicalWait\":3}}}}}",
    "{\"membersInfo\":{\"first\":0,\"next\":2},\"members\":{\"0\":{\"next\":0}}}",
    golden_document,
    "[{\"type\":\"activity\",\"id\":\"i\",\"titleId\":\"5\",\"ownerXuid\":\"9\","
    "\"sessionRef\":{\"scid\":\"s\",\"templateName\":\"t\",\"name\":\"n\"},"
    "\"relatedInfo\":{\"closed\":false,\"maxMembersCount\":8,\"membersCount\":1,\"visibility\":\"open\"}}]",
};
const size_t fuzz_seeds_count = sizeof fuzz_seeds / sizeof fuzz_seeds[0];

/* What a game does with a session that it got. */
static void play(XblMultiplayerSessionHandle session)
{
    const XblMultiplayerSessionMember *members;
    size_t count, size;
    char *text;

    XblMultiplayerSessionMembers(session, &members, &count);
    for (size_t i = 0; i < count; i++)
        if (members[i].CustomPropertiesJson && strlen(members[i].Gamertag) >= sizeof(members[i].Gamertag))
            abort();
    /* Twice the same user, which only a service can make up, differs from itself. */
    if (XblMultiplayerSessionCompare(session, session) & ~0x120u)
        abort();
    XblMultiplayerSessionCurrentUserSetCustomPropertyJson(session, "hp", "1");
    XblMultiplayerSessionSetCustomPropertyJson(session, "map", "\"cave\"");
    XblMultiplayerSessionJoin(session, NULL, true, true);
    if (FAILED(session_serialize(session, NULL, &text, &size)))
        abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    XblMultiplayerActivityDetails *activities;
    XblMultiplayerSessionHandle session;
    SessionAnswer answer = {.xuid = 9, .document = text, .document_size = size, .etag = "e"};
    size_t count;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    answer.date = text;
    if (SUCCEEDED(session_from_answer(&answer, &session))) {
        play(session);
        XblMultiplayerSessionCloseHandle(session);
    }
    if (SUCCEEDED(activities_from_json(text, &activities, &count)))
        free(activities);
    free(text);
    return 0;
}
