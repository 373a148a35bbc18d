/* SPDX-License-Identifier: MIT */
/* Each setter of the session's properties, named after it: what it refuses, shows and has written. */
#include "golden.h"

#include <criterion/criterion.h>
#include <string.h>

#define WRITTEN(system) "{\"properties\":{\"system\":{" system "}}}"
#define PROPERTIES(s) XblMultiplayerSessionSessionProperties(s)

/* Properties are changed alike on a session that is new and on one that is there. */
static void both(void (*setter)(XblMultiplayerSessionHandle s))
{
    setter(golden_new());
    setter(golden_got(9));
    setter(golden_got(77));
}

static void keywords(XblMultiplayerSessionHandle s)
{
    char first[] = "k1";
    const char *words[] = {first, ""}, *holes[] = {"k", NULL}, *no_text[] = {"\xFF"};

    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(NULL, words, 2), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, NULL, 0), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, holes, 2), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, no_text, 1), E_INVALIDARG);
    golden_look(s, "{}");
    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, words, 2), S_OK);
    strcpy(first, "xx");
    cr_assert_eq(PROPERTIES(s)->KeywordCount, 2);
    cr_expect_str_eq(PROPERTIES(s)->Keywords[0], "k1");
    golden_look(s, WRITTEN("\"keywords\":[\"k1\",\"\"]"));
    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, words, 0), S_OK);
    cr_expect_eq(PROPERTIES(s)->KeywordCount, 0);
    golden_check(s, WRITTEN("\"keywords\":[]"));
}

Test(setters_properties, PropertiesSetKeywords)
{
    both(keywords);
}

static void restrictions(XblMultiplayerSessionHandle s)
{
    static const char *const written[][2] = {
        {"{}", "{}"},
        {WRITTEN("\"joinRestriction\":\"none\""), WRITTEN("\"readRestriction\":\"none\"")},
        {WRITTEN("\"joinRestriction\":\"local\""), WRITTEN("\"readRestriction\":\"local\"")},
        {WRITTEN("\"joinRestriction\":\"followed\""), WRITTEN("\"readRestriction\":\"followed\"")},
        {"{}", "{}"},
    };

    for (uint32_t value = 0; value < 5; value++) {
        XblMultiplayerSessionPropertiesSetJoinRestriction(s, value);
        cr_expect_eq(PROPERTIES(s)->JoinRestriction, value);
        golden_look(s, written[value][0]);
        XblMultiplayerSessionPropertiesSetJoinRestriction(s, XblMultiplayerSessionRestriction_Unknown);
        XblMultiplayerSessionPropertiesSetReadRestriction(s, value);
        cr_expect_eq(PROPERTIES(s)->ReadRestriction, value);
        golden_look(s, written[value][1]);
        XblMultiplayerSessionPropertiesSetReadRestriction(s, XblMultiplayerSessionRestriction_Unknown);
    }
    golden_check(s, "{}");
}

Test(setters_properties, PropertiesSetJoinRestriction_and_ReadRestriction)
{
    XblMultiplayerSessionPropertiesSetJoinRestriction(NULL, XblMultiplayerSessionRestriction_None);
    XblMultiplayerSessionPropertiesSetReadRestriction(NULL, XblMultiplayerSessionRestriction_None);
    both(restrictions);
}

static void turn(XblMultiplayerSessionHandle s)
{
    uint32_t ids[] = {7, UINT32_MAX};

    cr_expect_eq(XblMultiplayerSessionPropertiesSetTurnCollection(NULL, ids, 2), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetTurnCollection(s, ids, 0), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetTurnCollection(s, NULL, 0), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetTurnCollection(s, NULL, 2), E_INVALIDARG);
    golden_look(s, "{}");
    cr_expect_eq(XblMultiplayerSessionPropertiesSetTurnCollection(s, ids, 2), S_OK);
    ids[0] = 1;
    cr_assert_eq(PROPERTIES(s)->TurnCollectionCount, 2);
    cr_expect_eq(PROPERTIES(s)->TurnCollection[0], 7);
    golden_check(s, WRITTEN("\"turn\":[7,4294967295]"));
}

Test(setters_properties, PropertiesSetTurnCollection)
{
    both(turn);
}

Test(setters_properties, SetMutableRoleSettings)
{
    XblMultiplayerSessionHandle s =
        golden_from("{\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":{\"max\":2,\"target\":1},\"cook\":{}}},"
                    "\"team\":{\"roles\":{\"red\":{\"max\":5}}}}}");
    const XblMultiplayerRole *role;
    uint32_t max = 9, target = 3;

    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(NULL, "squad", "medic", &max, NULL),
                 E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, NULL, "medic", &max, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "squad", NULL, &max, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "team", "medic", &max, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "crew", "medic", &max, NULL), E_INVALIDARG);
    golden_look(s, "{}");
    /* The service says whether it may be changed; all roles of all types are sent. */
    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "Squad", "Cook", &max, &target), S_OK);
    cr_expect_eq(XblMultiplayerSessionGetRoleByName(s, "squad", "cook", &role), S_OK);
    cr_expect(role->MaxMemberCount == 9 && role->TargetCount == 3);
    golden_check(
        s, "{\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":{\"max\":2,\"target\":1},\"cook\":{\"max\":9,"
           "\"target\":3}}},\"team\":{\"roles\":{\"red\":{\"max\":5}}}}}");
    s = golden_new();
    cr_expect_eq(XblMultiplayerSessionSetMutableRoleSettings(s, "squad", "cook", &max, &target),
                 E_INVALIDARG);
    golden_check(s, "{}");
}

/* Flags alike: each value is sent, and the one that was sent last. */
#define FLAG(name, key, shown)                                                                               \
    static void flag_##name(XblMultiplayerSessionHandle s)                                                   \
    {                                                                                                        \
        XblMultiplayerSession##name(NULL, true);                                                             \
        XblMultiplayerSession##name(s, false);                                                               \
        cr_expect_not(shown);                                                                                \
        golden_look(s, WRITTEN("\"" key "\":false"));                                                        \
        XblMultiplayerSession##name(s, true);                                                                \
        golden_look(s, WRITTEN("\"" key "\":true"));                                                         \
        cr_expect(shown || strcmp(key, "initializationSucceeded") == 0);                                     \
        XblMultiplayerSession##name(s, false);                                                               \
        golden_check(s, WRITTEN("\"" key "\":false"));                                                       \
    }                                                                                                        \
    Test(setters_properties, name)                                                                           \
    {                                                                                                        \
        both(flag_##name);                                                                                   \
    }

FLAG(SetInitializationSucceeded, "initializationSucceeded", false)
FLAG(SetClosed, "closed", PROPERTIES(s)->Closed)
FLAG(SetLocked, "locked", PROPERTIES(s)->Locked)
FLAG(SetAllocateCloudCompute, "allocateCloudCompute", PROPERTIES(s)->AllocateCloudCompute)
FLAG(SetMatchmakingResubmit, "matchmakingResubmit", PROPERTIES(s)->MatchmakingResubmit)

static void host(XblMultiplayerSessionHandle s)
{
    XblDeviceToken token;

    memset(&token, 'h', sizeof(token));
    XblMultiplayerSessionSetHostDeviceToken(NULL, token);
    /* Without an end it has one. */
    XblMultiplayerSessionSetHostDeviceToken(s, token);
    cr_expect_eq(strlen(PROPERTIES(s)->HostDeviceToken.Value), 39);
    golden_look(s, WRITTEN("\"host\":\"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh\""));
    XblMultiplayerSessionSetHostDeviceToken(s, (XblDeviceToken){""});
    cr_expect_str_eq(PROPERTIES(s)->HostDeviceToken.Value, "");
    golden_check(s, WRITTEN("\"host\":\"\""));
}

Test(setters_properties, SetHostDeviceToken)
{
    both(host);
}

static void path(XblMultiplayerSessionHandle s)
{
    XblMultiplayerSessionSetMatchmakingServerConnectionPath(NULL, "path");
    XblMultiplayerSessionSetMatchmakingServerConnectionPath(s, NULL);
    XblMultiplayerSessionSetMatchmakingServerConnectionPath(s, "\xFF");
    golden_look(s, "{}");
    XblMultiplayerSessionSetMatchmakingServerConnectionPath(s, "path");
    cr_expect_str_eq(PROPERTIES(s)->MatchmakingServerConnectionString, "path");
    golden_look(s, WRITTEN("\"matchmaking\":{\"serverConnectionString\":\"path\"}"));
    XblMultiplayerSessionSetMatchmakingServerConnectionPath(s, "");
    golden_check(s, WRITTEN("\"matchmaking\":{\"serverConnectionString\":\"\"}"));
}

Test(setters_properties, SetMatchmakingServerConnectionPath)
{
    both(path);
}

static void candidates(XblMultiplayerSessionHandle s)
{
    const char *words[] = {"a", "b"}, *holes[] = {NULL};

    cr_expect_eq(XblMultiplayerSessionSetServerConnectionStringCandidates(NULL, words, 2), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetServerConnectionStringCandidates(s, NULL, 0), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetServerConnectionStringCandidates(s, holes, 1), E_INVALIDARG);
    golden_look(s, "{}");
    cr_expect_eq(XblMultiplayerSessionSetServerConnectionStringCandidates(s, words, 2), S_OK);
    cr_assert_eq(PROPERTIES(s)->ServerConnectionStringCandidatesCount, 2);
    cr_expect_str_eq(PROPERTIES(s)->ServerConnectionStringCandidates[1], "b");
    golden_look(s, WRITTEN("\"serverConnectionStringCandidates\":[\"a\",\"b\"]"));
    cr_expect_eq(XblMultiplayerSessionSetServerConnectionStringCandidates(s, words, 0), S_OK);
    golden_check(s, WRITTEN("\"serverConnectionStringCandidates\":[]"));
}

Test(setters_properties, SetServerConnectionStringCandidates)
{
    both(candidates);
}

static void target(XblMultiplayerSessionHandle s)
{
    cr_expect_eq(XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson(NULL, "{}"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson(s, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson(s, "{,}"),
                 WEB_E_INVALID_JSON_STRING);
    golden_look(s, "{}");
    cr_expect_eq(XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson(s, "{\"a\":1}"), S_OK);
    cr_expect_str_eq(PROPERTIES(s)->MatchmakingTargetSessionConstantsJson, "{\"a\":1}");
    XblMultiplayerSessionSetMatchmakingServerConnectionPath(s, "p");
    golden_check(s, WRITTEN("\"matchmaking\":{\"targetSessionConstants\":{\"a\":1},"
                            "\"serverConnectionString\":\"p\"}"));
}

Test(setters_properties, SetMatchmakingTargetSessionConstantsJson)
{
    both(target);
}

Test(setters_properties, SetCustomPropertyJson)
{
    XblMultiplayerSessionHandle s = golden_got(77);

    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(NULL, "a", "1"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, NULL, "1"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "a", NULL), E_INVALIDARG);
    /* The value is looked at before the name. */
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "", "{"), WEB_E_INVALID_JSON_STRING);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "", "1"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "a", "[1,]"), WEB_E_INVALID_JSON_STRING);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "a", "// 1\n1"), WEB_E_INVALID_JSON_STRING);
    cr_expect_str_eq(PROPERTIES(s)->SessionCustomPropertiesJson, "{\"x\":1,\"y\":{\"z\":2}}");
    golden_look(s, "{}");
    /* The last value counts; the order is the service's, with what is new at the end. */
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "n", "{}"), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "x", "[true]"), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "x", " \"\" "), S_OK);
    cr_expect_str_eq(PROPERTIES(s)->SessionCustomPropertiesJson, "{\"x\":\"\",\"y\":{\"z\":2},\"n\":{}}");
    golden_look(s, "{\"properties\":{\"custom\":{\"x\":\"\",\"y\":{\"z\":2},\"n\":{}}}}");
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "y", "null"), S_OK);
    golden_check(s, "{\"properties\":{\"custom\":{\"x\":\"\",\"y\":null,\"n\":{}}}}");
}

Test(setters_properties, DeleteCustomPropertyJson)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionDeleteCustomPropertyJson(NULL, "a"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionDeleteCustomPropertyJson(s, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionDeleteCustomPropertyJson(s, ""), E_INVALIDARG);
    golden_look(s, "{}");
    cr_expect_eq(XblMultiplayerSessionDeleteCustomPropertyJson(s, "x"), S_OK);
    cr_expect_eq(XblMultiplayerSessionDeleteCustomPropertyJson(s, "q"), S_OK);
    cr_expect_str_eq(PROPERTIES(s)->SessionCustomPropertiesJson, "{\"x\":null,\"y\":{\"z\":2},\"q\":null}");
    golden_check(s, "{\"properties\":{\"custom\":{\"x\":null,\"y\":{\"z\":2},\"q\":null}}}");
}

static void servers(XblMultiplayerSessionHandle s)
{
    cr_expect_eq(XblMultiplayerSessionSetRawServersJson(NULL, "{}"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetRawServersJson(s, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetRawServersJson(s, ""), WEB_E_INVALID_JSON_STRING);
    golden_look(s, "{}");
    cr_expect_eq(XblMultiplayerSessionSetRawServersJson(s, "{\"a\":null}"), S_OK);
    cr_expect_str_eq(XblMultiplayerSessionRawServersJson(s), "{\"a\":null}");
    golden_look(s, "{\"servers\":{\"a\":null}}");
    cr_expect_eq(XblMultiplayerSessionSetRawServersJson(s, "null"), S_OK);
    golden_check(s, "{\"servers\":null}");
}

Test(setters_properties, SetRawServersJson)
{
    both(servers);
}
