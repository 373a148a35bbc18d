/* SPDX-License-Identifier: MIT */
/* Documents of the service: what of them the getters show, and which are refused. */
#include "golden.h"

#include <criterion/criterion.h>
#include <string.h>

Test(session_read, answer_itself)
{
    XblMultiplayerSessionHandle s = golden_from(golden_document);
    const XblMultiplayerSessionInfo *info = XblMultiplayerSessionGetInfo(s);
    const XblMultiplayerSessionInitializationInfo *stage = XblMultiplayerSessionGetInitializationInfo(s);
    const XblDeviceToken *tokens;
    size_t count;

    cr_expect_str_eq(XblMultiplayerSessionEtag(s), "\"7\"");
    cr_expect_eq(XblMultiplayerSessionTimeOfSession(s), 784111777);
    cr_expect_eq(XblMultiplayerSessionWriteStatus(s), XblWriteSessionStatus_Updated);
    cr_expect_str_eq(XblMultiplayerSessionSessionReference(s)->SessionTemplateName, "template");
    cr_expect_eq(info->ContractVersion, 107);
    cr_expect_eq(info->ChangeNumber, 12);
    cr_expect_str_eq(info->Branch, "branch-1");
    cr_expect_str_eq(info->CorrelationId, "corr");
    cr_expect_str_eq(info->SearchHandleId, "search");
    cr_expect_eq(info->StartTime, 1405572204);
    cr_expect_eq(info->NextTimer, 1405573200);
    cr_expect_eq(stage->Stage, XblMultiplayerInitializationStage_Measuring);
    cr_expect_eq(stage->StageStartTime, 1405572240);
    cr_expect_eq(stage->Episode, 2);
    cr_expect_eq(XblMultiplayerSessionHostCandidates(s, &tokens, &count), S_OK);
    cr_assert_eq(count, 2);
    cr_expect_str_eq(tokens[1].Value, "two");
    XblMultiplayerSessionCloseHandle(s);
}

Test(session_read, constants)
{
    XblMultiplayerSessionHandle s = golden_from(golden_document);
    const XblMultiplayerSessionConstants *c = XblMultiplayerSessionSessionConstants(s);

    cr_expect_eq(c->MaxMembersInSession, 8);
    cr_expect_eq(c->Visibility, XblMultiplayerSessionVisibility_Open);
    cr_assert_eq(c->InitiatorXuidsCount, 2);
    cr_expect_eq(c->InitiatorXuids[1], 12);
    cr_expect_eq(c->MemberReservedTimeout, 1);
    cr_expect_eq(c->MemberInactiveTimeout, 2);
    cr_expect_eq(c->MemberReadyTimeout, 3);
    cr_expect_eq(c->SessionEmptyTimeout, 4);
    cr_expect(c->EnableMetricsLatency && c->EnableMetricsCustom && !c->EnableMetricsBandwidthUp);
    cr_expect(c->SessionCapabilities.Gameplay && c->SessionCapabilities.Crossplay &&
              !c->SessionCapabilities.Large);
    cr_assert_not_null(c->MemberInitialization);
    cr_expect_eq(c->MemberInitialization->EvaluationTimeout, 7);
    cr_expect_eq(c->MemberInitialization->MembersNeededToStart, 2);
    cr_expect_eq(c->PeerToPeerRequirements.BandwidthMinimumInKbps, 9);
    cr_expect_eq(c->PeerToHostRequirements.BandwidthUpMinimumInKbps, 12);
    cr_expect_eq(c->PeerToHostRequirements.HostSelectionMetric, XblMultiplayerMetrics_BandwidthUp);
    cr_expect_str_eq(c->CustomJson, "{\"c\":1}");
    cr_expect_str_eq(c->MeasurementServerAddressesJson, "{\"a\":1}");
    cr_expect_str_eq(c->SessionCloudComputePackageConstantsJson, "{\"p\":1}");
    XblMultiplayerSessionCloseHandle(s);
}

Test(session_read, properties)
{
    XblMultiplayerSessionHandle s = golden_from(golden_document);
    const XblMultiplayerSessionProperties *p = XblMultiplayerSessionSessionProperties(s);
    const XblMultiplayerMatchmakingServer *server = XblMultiplayerSessionMatchmakingServer(s);

    cr_assert_eq(p->KeywordCount, 2);
    cr_expect_str_eq(p->Keywords[1], "k2");
    cr_assert_eq(p->TurnCollectionCount, 1);
    cr_expect_eq(p->TurnCollection[0], 3);
    cr_assert_eq(p->SessionOwnerMemberIdsCount, 2);
    cr_expect_eq(p->SessionOwnerMemberIds[1], 4);
    cr_expect_eq(p->JoinRestriction, XblMultiplayerSessionRestriction_Followed);
    cr_expect_eq(p->ReadRestriction, XblMultiplayerSessionRestriction_Local);
    cr_expect(p->Closed && p->Locked && p->AllocateCloudCompute && p->MatchmakingResubmit);
    cr_expect_str_eq(p->HostDeviceToken.Value, "token");
    cr_assert_eq(p->ServerConnectionStringCandidatesCount, 1);
    cr_expect_str_eq(p->ServerConnectionStringCandidates[0], "s");
    cr_expect_str_eq(p->MatchmakingServerConnectionString, "path");
    cr_expect_str_eq(p->MatchmakingTargetSessionConstantsJson, "{\"t\":1}");
    cr_expect_str_eq(p->SessionCustomPropertiesJson, "{\"map\":\"cave\"}");
    cr_assert_not_null(server);
    cr_expect_eq(server->Status, XblMatchmakingStatus_Found);
    cr_expect_str_eq(server->StatusDetails, "ok");
    cr_expect_eq(server->TypicalWaitInSeconds, 30);
    cr_expect_str_eq(server->TargetSessionRef.SessionName, "n");
    cr_expect(strstr(XblMultiplayerSessionRawServersJson(s), "typicalWait"));
    XblMultiplayerSessionCloseHandle(s);
}

Test(session_read, members_and_roles)
{
    XblMultiplayerSessionHandle s = golden_from(golden_document);
    const XblMultiplayerSessionMember *members, *me = XblMultiplayerSessionCurrentUser(s);
    const XblMultiplayerRoleType *types;
    const XblMultiplayerRole *role;
    size_t count;

    cr_expect_eq(XblMultiplayerSessionMembers(s, &members, &count), S_OK);
    cr_assert_eq(count, 2);
    cr_expect_eq(XblMultiplayerSessionMembersAccepted(s), 2);
    cr_expect_eq(members[1].MemberId, 4);
    cr_expect_eq(members[1].Xuid, 10);
    cr_expect_eq(members[1].Status, XblMultiplayerSessionMemberStatus_Reserved);
    cr_expect_eq(members[1].InitializationFailureCause, XblMultiplayerMeasurementFailure_None);
    cr_expect_null(members[1].CustomPropertiesJson);
    cr_assert_eq(me, &members[0]);
    cr_expect_eq(XblMultiplayerSessionGetMember(s, 3), me);
    cr_expect_null(XblMultiplayerSessionGetMember(s, 99));
    cr_expect(me->IsCurrentUser && me->InitializeRequested && me->IsTurnAvailable);
    cr_expect_eq(me->Status, XblMultiplayerSessionMemberStatus_Active);
    cr_expect_str_eq(me->Gamertag, "Stacy");
    cr_expect_str_eq(me->DeviceToken.Value, "token");
    cr_expect_str_eq(me->InitialTeam, "red");
    cr_expect_str_eq(me->SecureDeviceBaseAddress64, "QUJD");
    cr_expect_str_eq(me->CustomPropertiesJson, "{\"hp\":3}");
    cr_expect_str_eq(me->QosMeasurementsJson, "{\"m\":1}");
    cr_expect_str_eq(me->ServerMeasurementsJson, "{\"n\":1}");
    cr_expect_str_eq(me->MatchmakingResultServerMeasurementsJson, "{\"s\":1}");
    cr_expect_eq(me->Nat, XblNetworkAddressTranslationSetting_Moderate);
    cr_expect_eq(me->ActiveTitleId, 8397267);
    cr_expect_eq(me->InitializationFailureCause, XblMultiplayerMeasurementFailure_Latency);
    cr_expect_eq(me->InitializationEpisode, 1);
    cr_expect_eq(me->JoinTime, 1405562400);
    cr_expect(me->GroupsCount == 1 && me->EncountersCount == 2 && me->MembersInGroupCount == 2);
    cr_expect_str_eq(me->Encounters[1], "f");
    cr_assert_eq(me->RolesCount, 1);
    cr_expect_str_eq(me->Roles[0].roleName, "medic");
    cr_expect_eq(XblMultiplayerSessionSubscribedChangeTypes(s), 0x41);
    cr_expect_eq(XblMultiplayerSessionRoleTypes(s, &types, &count), S_OK);
    cr_assert_eq(count, 1);
    cr_expect(types[0].OwnerManaged && types[0].MutableRoleSettings == XblMutableRoleSettings_Max);
    cr_expect_eq(XblMultiplayerSessionGetRoleByName(s, "Squad", "MEDIC", &role), S_OK);
    cr_assert_eq(role, &types[0].Roles[0]);
    cr_expect(role->MaxMemberCount == 2 && role->TargetCount == 1 && role->MemberCount == 1);
    cr_expect_eq(role->MemberXuids[0], 9);
    cr_expect_eq(XblMultiplayerSessionGetRoleByName(s, "squad", "cook", &role), S_OK);
    cr_expect_null(role);
    XblMultiplayerSessionCloseHandle(s);
}

Test(session_read, little_is_enough)
{
    XblMultiplayerSessionHandle s = golden_from("{}");

    cr_expect_eq(XblMultiplayerSessionGetInitializationInfo(s)->Stage,
                 XblMultiplayerInitializationStage_None);
    cr_expect_str_eq(XblMultiplayerSessionSessionProperties(s)->SessionCustomPropertiesJson, "{}");
    cr_expect_str_eq(XblMultiplayerSessionRawServersJson(s), "");
    cr_expect_null(XblMultiplayerSessionCurrentUser(s));
    cr_expect_null(XblMultiplayerSessionMatchmakingServer(s));
    cr_expect_null(XblMultiplayerSessionSessionConstants(s)->MemberInitialization);
    golden_check(s, "{}");
}

Test(session_read, unknown_words_are_unknown)
{
    XblMultiplayerSessionHandle s =
        golden_from("{\"constants\":{\"system\":{\"visibility\":\"zzz\",\"maxMembersCount\":5}}}");

    cr_expect_eq(XblMultiplayerSessionSessionConstants(s)->Visibility,
                 XblMultiplayerSessionVisibility_Unknown);
    cr_expect_eq(XblMultiplayerSessionSessionConstants(s)->MaxMembersInSession, 5);
    XblMultiplayerSessionCloseHandle(s);
}

Test(session_read, a_large_session_shows_me)
{
    XblMultiplayerSessionHandle s =
        golden_from("{\"constants\":{\"system\":{\"capabilities\":{\"large\":true}}},"
                    "\"membersInfo\":{\"first\":4,\"next\":9,\"accepted\":5},"
                    "\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}}}}}");
    const XblMultiplayerSessionMember *members;
    size_t count;

    XblMultiplayerSessionMembers(s, &members, &count);
    cr_assert_eq(count, 1);
    cr_expect_eq(members[0].MemberId, 4);
    cr_expect_eq(members[0].Status, XblMultiplayerSessionMemberStatus_Inactive);
    cr_expect_eq(XblMultiplayerSessionMembersAccepted(s), 5);
    XblMultiplayerSessionCloseHandle(s);
}

Test(session_read, long_texts_are_cut_at_a_character)
{
    XblMultiplayerSessionHandle s =
        golden_from("{\"branch\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xC3\xA9zz\"}");

    cr_expect_str_eq(XblMultiplayerSessionGetInfo(s)->Branch, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    XblMultiplayerSessionCloseHandle(s);
}
