/* SPDX-License-Identifier: MIT */
/* Sessions in a plain program: Criterion hides leaks from LeakSanitizer. */
#include "session/activity.h"
#include "session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned number;
static unsigned failed;

static void check(bool good, const char *what)
{
    printf("%sok %u - leak/session: %s\n", good ? "" : "not ", ++number, what);
    fflush(stdout);
    failed += !good;
}

static HRESULT from(const char *document, XblMultiplayerSessionHandle *session)
{
    const SessionAnswer answer = {
        .xuid = 9, .document = document, .document_size = strlen(document), .etag = "e"};

    *session = NULL;
    return session_from_answer(&answer, session);
}

/* Each setter twice: what the second replaces must be given back. */
static void set_all(XblMultiplayerSessionHandle s)
{
    const char *words[] = {"a", "b"};
    const XblMultiplayerSessionMemberRole roles[] = {{"squad", "medic"}};
    uint32_t ids[] = {1, 2}, limit = 4;

    for (int i = 0; i < 2; i++) {
        XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(s, "{}");
        XblMultiplayerSessionConstantsSetCloudComputePackageJson(s, i ? "{}" : "{");
        XblMultiplayerSessionConstantsSetCapabilities(
            s, (XblMultiplayerSessionCapabilities){.Gameplay = i == 0});
        XblMultiplayerSessionConstantsSetTimeouts(s, 1, 2, 3, 4);
        XblMultiplayerSessionPropertiesSetKeywords(s, words, 2);
        XblMultiplayerSessionPropertiesSetTurnCollection(s, ids, 2);
        XblMultiplayerSessionSetServerConnectionStringCandidates(s, words, 2);
        XblMultiplayerSessionSetMatchmakingServerConnectionPath(s, "path");
        XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson(s, "{}");
        XblMultiplayerSessionSetRawServersJson(s, "{}");
        XblMultiplayerSessionSetCustomPropertyJson(s, "a", "[1,2]");
        XblMultiplayerSessionSetMutableRoleSettings(s, "squad", "medic", &limit, &limit);
        XblMultiplayerSessionAddMemberReservation(s, 10, "{}", true);
        XblMultiplayerSessionJoin(s, "{}", true, true);
        XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(s, "QUJD");
        XblMultiplayerSessionCurrentUserSetRoles(s, roles, 1);
        XblMultiplayerSessionCurrentUserSetMembersInGroup(s, ids, 2);
        XblMultiplayerSessionCurrentUserSetGroups(s, words, 2);
        XblMultiplayerSessionCurrentUserSetEncounters(s, words, 2);
        XblMultiplayerSessionCurrentUserSetQosMeasurements(s, "{}");
        XblMultiplayerSessionCurrentUserSetServerQosMeasurements(s, "{}");
        XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "hp", i ? "1" : "x");
        XblMultiplayerSessionSetSessionChangeSubscription(s, XblMultiplayerSessionChangeTypes_Everything);
    }
}

static bool written(XblMultiplayerSessionHandle session)
{
    char *text = NULL;
    size_t size = 0;
    HRESULT hr = session_serialize(session, NULL, &text, &size);

    free(text);
    return SUCCEEDED(hr) && size > 2;
}

int main(void)
{
    static const char document[] =
        "{\"hostCandidates\":[\"h\"],\"constants\":{\"system\":{\"initiators\":[\"1\"]},\"custom\":{}},"
        "\"membersInfo\":{\"first\":0,\"next\":1},\"members\":{\"0\":{\"next\":1,\"roles\":{\"squad\":"
        "\"medic\"},"
        "\"constants\":{\"system\":{\"xuid\":\"9\"},\"custom\":{}},\"properties\":{\"system\":{\"groups\":["
        "\"g\"],"
        "\"initializationGroup\":[0]},\"custom\":{\"m\":1}}}},"
        "\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":{\"memberXuids\":[\"9\"]}}}},"
        "\"properties\":{\"system\":{\"keywords\":[\"k\"],\"owners\":[\"0\"],\"turn\":[0]},\"custom\":{\"x\":"
        "1}},"
        "\"servers\":{\"matchmaking\":{\"properties\":{\"system\":{\"statusDetails\":\"d\"}}}}}";
    const uint64_t initiators[] = {1, 2};
    const XblMultiplayerSessionInitArgs arguments = {
        .InitiatorXuids = initiators, .InitiatorXuidsCount = 2, .CustomJson = "{}"};
    XblMultiplayerActivityDetails *activities = NULL;
    XblMultiplayerSessionHandle session;
    size_t count = 0;

    session = XblMultiplayerSessionCreateHandle(9, NULL, &arguments);
    set_all(session);
    check(written(session), "a local session");
    XblMultiplayerSessionCloseHandle(session);

    check(SUCCEEDED(from(document, &session)), "an answer");
    set_all(session);
    check(written(session), "and what was changed in it");
    XblMultiplayerSessionCloseHandle(session);

    check(SUCCEEDED(from(document, &session)), "an answer that is left");
    XblMultiplayerSessionLeave(session);
    check(written(session), "and written");
    XblMultiplayerSessionCloseHandle(session);

    /* Each document that ends too early, as an object: what was made up to there is given back. */
    for (size_t i = 0; i < sizeof(document); i++) {
        char cut[sizeof(document)];

        memcpy(cut, document, sizeof(document));
        cut[i] = cut[i] == '[' ? '{' : cut[i] == '"' ? ' ' : cut[i];
        if (SUCCEEDED(from(cut, &session)))
            XblMultiplayerSessionCloseHandle(session);
    }
    check(FAILED(from("{\"servers\":1,\"hostCandidates\":[\"h\"],\"properties\":{\"custom\":[]}}", &session)),
          "a bad answer");

    check(SUCCEEDED(activities_from_json("[{\"id\":\"i\"}]", &activities, &count)) && count == 1,
          "activities");
    free(activities);
    check(FAILED(activities_from_json("[1]", &activities, &count)), "activities that are none");
    printf("1..%u\n", number);
    return failed != 0;
}
