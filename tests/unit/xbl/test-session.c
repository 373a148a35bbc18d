/* SPDX-License-Identifier: MIT */
/* The session object: what its getters show at once, and which calls it refuses. */
#include "golden.h"

#include <criterion/criterion.h>
#include <string.h>

Test(session, fresh)
{
    XblMultiplayerSessionHandle s = XblMultiplayerSessionCreateHandle(0, NULL, NULL);
    const XblMultiplayerSessionMember *members = NULL;
    size_t count = 7;

    cr_assert_not_null(s);
    cr_expect_eq(XblMultiplayerSessionMembers(s, &members, &count), S_OK);
    cr_expect(members && count == 0);
    cr_expect_null(XblMultiplayerSessionCurrentUser(s));
    cr_expect_str_eq(XblMultiplayerSessionEtag(s), "");
    cr_expect_str_eq(XblMultiplayerSessionRawServersJson(s), "");
    cr_expect_str_eq(XblMultiplayerSessionSessionProperties(s)->SessionCustomPropertiesJson, "{}");
    cr_expect_str_eq(XblMultiplayerSessionSessionConstants(s)->CustomJson, "");
    cr_expect_eq(XblMultiplayerSessionGetInitializationInfo(s)->Stage,
                 XblMultiplayerInitializationStage_Unknown);
    cr_expect_eq(XblMultiplayerSessionWriteStatus(s), XblWriteSessionStatus_Unknown);
    cr_expect_eq(XblMultiplayerSessionSessionReference(s)->Scid[0], '\0');
    golden_check(s, "{}");
}

Test(session, a_duplicate_is_the_same)
{
    XblMultiplayerSessionHandle s = golden_new(), other = NULL;

    cr_expect_eq(XblMultiplayerSessionDuplicateHandle(s, &other), S_OK);
    cr_expect_eq(s, other);
    XblMultiplayerSessionCloseHandle(s);
    XblMultiplayerSessionSetClosed(other, true);
    golden_check(other, "{\"properties\":{\"system\":{\"closed\":true}}}");
    XblMultiplayerSessionCloseHandle(NULL);
    cr_expect_eq(XblMultiplayerSessionDuplicateHandle(NULL, &other), E_INVALIDARG);
}

Test(session, setters_show_at_once)
{
    XblMultiplayerSessionHandle s = golden_new();
    const XblMultiplayerSessionProperties *p = XblMultiplayerSessionSessionProperties(s);
    const char *words[] = {"g1", "g2"};
    uint32_t ids[] = {1, 7};
    const XblMultiplayerSessionMember *me;

    XblMultiplayerSessionSetClosed(s, true);
    XblMultiplayerSessionSetHostDeviceToken(s, (XblDeviceToken){"host"});
    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, words, 2), S_OK);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetTurnCollection(s, ids, 2), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "a", "1"), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "a", "\"x\""), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetRawServersJson(s, "{}"), S_OK);
    cr_expect(p->Closed && p->KeywordCount == 2 && p->TurnCollection[1] == 7);
    cr_expect_str_eq(p->Keywords[0], "g1");
    cr_expect_str_eq(p->HostDeviceToken.Value, "host");
    cr_expect_str_eq(p->SessionCustomPropertiesJson, "{\"a\":\"x\"}");
    cr_expect_str_eq(XblMultiplayerSessionRawServersJson(s), "{}");

    cr_expect_eq(XblMultiplayerSessionJoin(s, "{\"c\":1}", true, true), S_OK);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetGroups(s, words, 2), S_OK);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetCustomPropertyJson(s, "hp", "3"), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 0x11), S_OK);
    me = XblMultiplayerSessionCurrentUser(s);
    cr_assert_not_null(me);
    cr_expect(me->Xuid == 9 && me->IsCurrentUser && me->InitializeRequested);
    cr_expect_eq(me->Status, XblMultiplayerSessionMemberStatus_Active);
    cr_expect_str_eq(me->CustomConstantsJson, "{\"c\":1}");
    cr_expect_str_eq(me->CustomPropertiesJson, "{\"hp\":3}");
    cr_expect_eq(me->GroupsCount, 2);
    cr_expect_eq(XblMultiplayerSessionSubscribedChangeTypes(s), 0x11);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Inactive),
                 S_OK);
    cr_expect_eq(me->Status, XblMultiplayerSessionMemberStatus_Inactive);
    XblMultiplayerSessionCloseHandle(s);
}

Test(session, leave_takes_the_member_away)
{
    XblMultiplayerSessionHandle s = golden_got(9);
    const XblMultiplayerSessionMember *members;
    size_t count;

    cr_expect_eq(XblMultiplayerSessionLeave(s), S_OK);
    cr_expect_null(XblMultiplayerSessionCurrentUser(s));
    XblMultiplayerSessionMembers(s, &members, &count);
    cr_assert_eq(count, 1);
    cr_expect_eq(members[0].Xuid, 10);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetStatus(s, XblMultiplayerSessionMemberStatus_Active),
                 E_UNEXPECTED);
    /* The document has room for one value of "me". */
    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), E_UNEXPECTED);
    golden_check(s, "{\"members\":{\"me\":null}}");
}

Test(session, a_failed_join_does_not_count)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, "{", false, true), WEB_E_INVALID_JSON_STRING);
    cr_expect_null(XblMultiplayerSessionCurrentUser(s));
    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, false), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}}}}}");
}

Test(session, many_members_stay_where_they_are)
{
    XblMultiplayerSessionHandle s = golden_new();
    const XblMultiplayerSessionMember *me, *members;
    size_t count;

    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), S_OK);
    me = XblMultiplayerSessionCurrentUser(s);
    for (uint64_t xuid = 100; xuid < 199; xuid++)
        cr_expect_eq(XblMultiplayerSessionAddMemberReservation(s, xuid, NULL, false), S_OK);
    cr_expect_eq(XblMultiplayerSessionCurrentUser(s), me);
    for (uint64_t xuid = 199; xuid < 400; xuid++)
        cr_expect_eq(XblMultiplayerSessionAddMemberReservation(s, xuid, NULL, false), S_OK);
    XblMultiplayerSessionMembers(s, &members, &count);
    cr_expect_eq(count, 301);
    cr_expect_eq(XblMultiplayerSessionCurrentUser(s)->Xuid, 9);
    XblMultiplayerSessionCloseHandle(s);
}

Test(session, numbers_that_are_too_large_lose_digits)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(
        XblMultiplayerSessionSetCustomPropertyJson(s, "n", "[1e2,9223372036854775807,18446744073709551615]"),
        S_OK);
    golden_check(s,
                 "{\"properties\":{\"custom\":{\"n\":[100.0,9223372036854775807,1.8446744073709552e19]}}}");
    s = golden_new();
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(
                     s, "n", "[-9223372036854775808,-9223372036854775809,\"\\\"18446744073709551615\",1]"),
                 S_OK);
    golden_check(s, "{\"properties\":{\"custom\":{\"n\":[-9223372036854775808,-9.2233720368547758e18,"
                    "\"\\\"18446744073709551615\",1]}}}");
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s = golden_new(), "n", "18446744073709551616x"),
                 WEB_E_INVALID_JSON_STRING);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "n", "1e999"), WEB_E_INVALID_JSON_STRING);
    golden_check(s, "{}");
    s = golden_new();
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(
                     s, "n", "[9223372036854775807,\"\\u00e9\\ud83d\\ude00\\u0001\"]"),
                 S_OK);
    golden_check(
        s, "{\"properties\":{\"custom\":{\"n\":[9223372036854775807,\"\xC3\xA9\xF0\x9F\x98\x80\\u0001\"]}}}");
}

Test(session, initial_custom_that_is_no_json_cannot_be_written)
{
    const XblMultiplayerSessionInitArgs arguments = {.CustomJson = "{"};
    XblMultiplayerSessionHandle s = golden_with(&arguments);
    char *text;
    size_t size;

    cr_expect_eq(session_serialize(s, NULL, &text, &size), WEB_E_INVALID_JSON_STRING);
    XblMultiplayerSessionCloseHandle(s);
}

Test(session, bad_arguments)
{
    XblMultiplayerSessionHandle s = golden_got(9);
    const char *holes[] = {"a", NULL};
    const XblMultiplayerSessionMemberRole no_role[] = {{"a", NULL}};
    size_t count;
    uint32_t id = 1;

    cr_expect_eq(XblMultiplayerSessionMembers(s, NULL, &count), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, NULL, 0), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetKeywords(s, holes, 2), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetTurnCollection(s, &id, 0), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionPropertiesSetTurnCollection(s, NULL, 1), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, NULL, "1"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "a", NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionSetCustomPropertyJson(s, "\xFF", "1"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionDeleteCustomPropertyJson(s, ""), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetGroups(s, holes, 2), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetRoles(s, no_role, 1), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(s, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(s, "\xFF"), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionCurrentUserSetQosMeasurements(s, NULL), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionConstantsSetArbitrationTimeouts(NULL, 1, 2), E_NOTIMPL);
    XblMultiplayerSessionSetClosed(NULL, true);
    XblMultiplayerSessionSetMatchmakingServerConnectionPath(s, NULL);
    cr_expect_null(XblMultiplayerSessionGetInfo(NULL));
    cr_expect_eq(XblMultiplayerSessionJoin(NULL, NULL, false, false), E_INVALIDARG);
    golden_check(s, "{}");
}

Test(session, compare)
{
    XblMultiplayerSessionHandle old = golden_got(9), now = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionCompare(now, old), 0);
    cr_expect_eq(XblMultiplayerSessionCompare(now, NULL), 0);
    XblMultiplayerSessionSetClosed(now, true);
    XblMultiplayerSessionSetCustomPropertyJson(now, "x", "2");
    XblMultiplayerSessionCurrentUserSetCustomPropertyJson(now, "m", "2");
    cr_expect_eq(XblMultiplayerSessionCompare(now, old), 0x1C0);
    XblMultiplayerSessionSetHostDeviceToken(now, (XblDeviceToken){"h"});
    XblMultiplayerSessionCurrentUserSetStatus(now, XblMultiplayerSessionMemberStatus_Inactive);
    cr_expect_eq(XblMultiplayerSessionCompare(now, old), 0x1E2);
    XblMultiplayerSessionAddMemberReservation(now, 55, NULL, false);
    cr_expect_eq(XblMultiplayerSessionCompare(now, old), 0x1F2);
    XblMultiplayerSessionCloseHandle(now);
    now = golden_from("{\"initializing\":{\"stage\":\"failed\"},\"servers\":{\"matchmaking\":{}}}");
    cr_expect_eq(XblMultiplayerSessionCompare(now, old) & 0xC, 0xC);
    XblMultiplayerSessionCloseHandle(old);
    XblMultiplayerSessionCloseHandle(now);
}

Test(reference, parts)
{
    XblMultiplayerSessionReference reference = XblMultiplayerSessionReferenceCreate("S", "T", NULL);
    XblMultiplayerSessionReferenceUri uri;

    cr_expect_not(XblMultiplayerSessionReferenceIsValid(&reference));
    cr_expect_not(XblMultiplayerSessionReferenceIsValid(NULL));
    reference = XblMultiplayerSessionReferenceCreate("S", "T", "N");
    cr_expect(XblMultiplayerSessionReferenceIsValid(&reference));
    cr_expect_eq(XblMultiplayerSessionReferenceToUriPath(&reference, &uri), S_OK);
    cr_expect_str_eq(uri.value, "/serviceconfigs/S/sessiontemplates/T/sessions/N");
    memset(&reference, 0, sizeof(reference));
    cr_expect_eq(XblMultiplayerSessionReferenceParseFromUriPath("/x/S/y//T/z/N/more", &reference), S_OK);
    cr_expect_str_eq(reference.Scid, "S");
    cr_expect_str_eq(reference.SessionTemplateName, "T");
    cr_expect_str_eq(reference.SessionName, "N");
    cr_expect_eq(XblMultiplayerSessionReferenceParseFromUriPath("/x/S/y/T/z", &reference), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionReferenceParseFromUriPath(NULL, &reference), E_INVALIDARG);
    cr_expect_eq(XblMultiplayerSessionReferenceParseFromUriPath("/x/S/y/T/z/N", NULL), E_INVALIDARG);
}

Test(reference, too_long_is_cut)
{
    char name[200];
    XblMultiplayerSessionReference reference;

    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    reference = XblMultiplayerSessionReferenceCreate(name, name, name);
    cr_expect_eq(strlen(reference.Scid), 39);
    cr_expect_eq(strlen(reference.SessionName), 99);
}

Test(reference, device_address)
{
    XblFormattedSecureDeviceAddress address;

    cr_expect_eq(XblFormatSecureDeviceAddress("12345678901234567890", &address), S_OK);
    cr_expect_str_eq(address.value, "QUFBQUFBQUExMjM0NTY3ODkwMTIzNDU2Nzg5MA==");
    cr_expect_eq(XblFormatSecureDeviceAddress("A1B2C3D4E5F6", &address), S_OK);
    cr_expect_str_eq(address.value, "QUFBQUFBQUFBMUIyQzNENEU1RjY=");
    cr_expect_eq(XblFormatSecureDeviceAddress("1", &address), S_OK);
    cr_expect_str_eq(address.value, "QUFBQUFBQUEx");
    cr_expect_eq(XblFormatSecureDeviceAddress("", &address), E_INVALIDARG);
    cr_expect_eq(XblFormatSecureDeviceAddress(NULL, &address), E_INVALIDARG);
    cr_expect_eq(XblFormatSecureDeviceAddress("1", NULL), E_INVALIDARG);
}
