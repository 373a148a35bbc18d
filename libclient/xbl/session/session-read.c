/* SPDX-License-Identifier: MIT */
/* A session from an answer of the service. */
#include "session/object.h"

#include <stdlib.h>
#include <string.h>

static const char *const stage_words[] = {"unknown",    "none",   "joining", "measuring",
                                          "evaluating", "failed", NULL};
static const char *const matchmaking_words[] = {"unknown", "none",     "searching", "expired",
                                                "found",   "canceled", NULL};

/* An enum by its word; absent or unknown: 0, which is Unknown in all of them. */
static uint32_t word(JsonReader *reader, const json_t *parent, const char *key, const char *const *words)
{
    const int index = json_reader_word(reader, parent, key, words);

    return index < 0 ? 0 : (uint32_t)index;
}

/* A JSON text in place of the "" that was there; absent leaves it. */
static void take_json(JsonReader *reader, const json_t *parent, const char *key, const char **field)
{
    char *text = json_reader_print(reader, parent, key);

    if (!text)
        return;
    free((void *)*field);
    *field = text;
}

static void read_info(JsonReader *reader, const json_t *root, XblMultiplayerSessionInfo *info)
{
    info->ContractVersion = (uint32_t)json_reader_number(reader, root, "contractVersion", UINT32_MAX);
    info->ChangeNumber = json_reader_number(reader, root, "changeNumber", UINT64_MAX);
    info->StartTime = json_reader_time(reader, root, "startTime");
    info->NextTimer = json_reader_time(reader, root, "nextTimer");
    json_reader_copy(reader, root, "branch", info->Branch, sizeof(info->Branch));
    json_reader_copy(reader, root, "correlationId", info->CorrelationId, sizeof(info->CorrelationId));
    json_reader_copy(reader, root, "searchHandle", info->SearchHandleId, sizeof(info->SearchHandleId));
}

static void read_capabilities(JsonReader *reader, const json_t *object,
                              XblMultiplayerSessionCapabilities *out)
{
    out->Connectivity = json_reader_bool(reader, object, "connectivity");
    out->SuppressPresenceActivityCheck = json_reader_bool(reader, object, "suppressPresenceActivityCheck");
    out->Gameplay = json_reader_bool(reader, object, "gameplay");
    out->Large = json_reader_bool(reader, object, "large");
    out->ConnectionRequiredForActiveMembers =
        json_reader_bool(reader, object, "connectionRequiredForActiveMembers");
    out->UserAuthorizationStyle = json_reader_bool(reader, object, "userAuthorizationStyle");
    out->Crossplay = json_reader_bool(reader, object, "crossPlay");
    out->Searchable = json_reader_bool(reader, object, "searchable");
    out->HasOwners = json_reader_bool(reader, object, "hasOwners");
}

static void read_requirements(JsonReader *reader, const json_t *system, XblMultiplayerSessionHandle session)
{
    XblMultiplayerSessionConstants *constants = &session->constants;
    const json_t *metrics = json_reader_object(reader, system, "metrics");
    const json_t *initialization = json_reader_object(reader, system, "memberInitialization");
    const json_t *peers = json_reader_object(reader, system, "peerToPeerRequirements");
    const json_t *host = json_reader_object(reader, system, "peerToHostRequirements");

    constants->EnableMetricsLatency = json_reader_bool(reader, metrics, "latency");
    constants->EnableMetricsBandwidthDown = json_reader_bool(reader, metrics, "bandwidthDown");
    constants->EnableMetricsBandwidthUp = json_reader_bool(reader, metrics, "bandwidthUp");
    constants->EnableMetricsCustom = json_reader_bool(reader, metrics, "custom");
    if (initialization) {
        session->member_initialization = (XblMultiplayerMemberInitialization){
            .JoinTimeout = json_reader_number(reader, initialization, "joinTimeout", UINT64_MAX),
            .MeasurementTimeout =
                json_reader_number(reader, initialization, "measurementTimeout", UINT64_MAX),
            .EvaluationTimeout = json_reader_number(reader, initialization, "evaluationTimeout", UINT64_MAX),
            .ExternalEvaluation = json_reader_bool(reader, initialization, "externalEvaluation"),
            .MembersNeededToStart =
                (uint32_t)json_reader_number(reader, initialization, "membersNeededToStart", UINT32_MAX),
        };
        constants->MemberInitialization = &session->member_initialization;
    }
    constants->PeerToPeerRequirements = (XblMultiplayerPeerToPeerRequirements){
        .LatencyMaximum = json_reader_number(reader, peers, "latencyMaximum", UINT64_MAX),
        .BandwidthMinimumInKbps = json_reader_number(reader, peers, "bandwidthMinimum", UINT64_MAX),
    };
    constants->PeerToHostRequirements = (XblMultiplayerPeerToHostRequirements){
        .LatencyMaximum = json_reader_number(reader, host, "latencyMaximum", UINT64_MAX),
        .BandwidthDownMinimumInKbps = json_reader_number(reader, host, "bandwidthDownMinimum", UINT64_MAX),
        .BandwidthUpMinimumInKbps = json_reader_number(reader, host, "bandwidthUpMinimum", UINT64_MAX),
        .HostSelectionMetric = word(reader, host, "hostSelectionMetric", metric_words),
    };
}

static void read_constants(JsonReader *reader, const json_t *root, XblMultiplayerSessionHandle session)
{
    XblMultiplayerSessionConstants *constants = &session->constants;
    const json_t *object = json_reader_object(reader, root, "constants");
    const json_t *system = json_reader_object(reader, object, "system");

    constants->MaxMembersInSession =
        (uint32_t)json_reader_number(reader, system, "maxMembersCount", UINT32_MAX);
    constants->Visibility = word(reader, system, "visibility", visibility_words);
    constants->MemberReservedTimeout =
        json_reader_number(reader, system, "reservedRemovalTimeout", UINT64_MAX);
    constants->MemberInactiveTimeout =
        json_reader_number(reader, system, "inactiveRemovalTimeout", UINT64_MAX);
    constants->MemberReadyTimeout = json_reader_number(reader, system, "readyRemovalTimeout", UINT64_MAX);
    constants->SessionEmptyTimeout = json_reader_number(reader, system, "sessionEmptyTimeout", UINT64_MAX);
    take_json(reader, object, "custom", &constants->CustomJson);
    take_json(reader, system, "measurementServerAddresses", &constants->MeasurementServerAddressesJson);
    take_json(reader, system, "cloudComputePackage", &constants->SessionCloudComputePackageConstantsJson);
    constants->InitiatorXuids =
        json_reader_xuids(reader, system, "initiators", &constants->InitiatorXuidsCount);
    read_requirements(reader, system, session);
    read_capabilities(reader, json_reader_object(reader, system, "capabilities"),
                      &constants->SessionCapabilities);
    session->is_large = constants->SessionCapabilities.Large;
}

static void read_initialization(JsonReader *reader, const json_t *root,
                                XblMultiplayerSessionInitializationInfo *info)
{
    const json_t *object = json_reader_object(reader, root, "initializing");

    info->Stage =
        object ? word(reader, object, "stage", stage_words) : XblMultiplayerInitializationStage_None;
    info->StageStartTime = json_reader_time(reader, object, "stageStartTime");
    info->Episode = (uint32_t)json_reader_number(reader, object, "episode", UINT32_MAX);
}

static void read_host_candidates(JsonReader *reader, const json_t *root, XblMultiplayerSessionHandle session)
{
    size_t count;
    const char **words = json_reader_words(reader, root, "hostCandidates", &count);

    if (count > 0)
        session->host_candidates = calloc(count, sizeof(*session->host_candidates));
    if (count > 0 && !session->host_candidates)
        reader->no_memory = true;
    for (size_t i = 0; session->host_candidates && i < count; i++)
        strncat(session->host_candidates[i].Value, words[i], sizeof(session->host_candidates[i].Value) - 1);
    session->n_host_candidates = session->host_candidates ? count : 0;
    free(words);
}

static void read_properties(JsonReader *reader, const json_t *root, XblMultiplayerSessionHandle session)
{
    XblMultiplayerSessionProperties *properties = &session->properties;
    const json_t *object = json_reader_object(reader, root, "properties");
    const json_t *system = json_reader_object(reader, object, "system");
    const json_t *matchmaking = json_reader_object(reader, system, "matchmaking");
    json_t *custom = json_reader_object(reader, object, "custom");
    const char *path = json_reader_text(reader, matchmaking, "serverConnectionString");

    properties->Keywords = json_reader_words(reader, system, "keywords", &properties->KeywordCount);
    properties->JoinRestriction = word(reader, system, "joinRestriction", restriction_words);
    properties->ReadRestriction = word(reader, system, "readRestriction", restriction_words);
    properties->TurnCollection =
        json_reader_numbers(reader, system, "turn", &properties->TurnCollectionCount);
    properties->ServerConnectionStringCandidates =
        json_reader_words(reader, system, "serverConnectionStringCandidates",
                          &properties->ServerConnectionStringCandidatesCount);
    properties->SessionOwnerMemberIds =
        json_reader_numbers(reader, system, "owners", &properties->SessionOwnerMemberIdsCount);
    json_reader_copy(reader, system, "host", properties->HostDeviceToken.Value,
                     sizeof(properties->HostDeviceToken.Value));
    properties->Closed = json_reader_bool(reader, system, "closed");
    properties->Locked = json_reader_bool(reader, system, "locked");
    properties->AllocateCloudCompute = json_reader_bool(reader, system, "allocateCloudCompute");
    properties->MatchmakingResubmit = json_reader_bool(reader, system, "matchmakingResubmit");
    take_json(reader, matchmaking, "targetSessionConstants",
              &properties->MatchmakingTargetSessionConstantsJson);
    take_json(reader, object, "custom", &properties->SessionCustomPropertiesJson);
    if (path && FAILED(text_replace(&properties->MatchmakingServerConnectionString, path)))
        reader->no_memory = true;
    if (custom) {
        json_decref(session->custom);
        session->custom = json_incref(custom);
    }
}

static void read_servers(JsonReader *reader, const json_t *root, XblMultiplayerSessionHandle session)
{
    const json_t *servers = json_reader_object(reader, root, "servers");
    const json_t *matchmaking = json_reader_object(reader, servers, "matchmaking");
    const json_t *properties = json_reader_object(reader, matchmaking, "properties");
    const json_t *system = json_reader_object(reader, properties, "system");
    const json_t *target = json_reader_object(reader, system, "targetSessionRef");
    XblMultiplayerMatchmakingServer *out = &session->matchmaking;

    take_json(reader, root, "servers", (const char **)&session->servers);
    session->has_matchmaking = matchmaking;
    out->Status = word(reader, system, "status", matchmaking_words);
    out->StatusDetails = json_reader_dup(reader, system, "statusDetails");
    out->TypicalWaitInSeconds = (uint32_t)json_reader_number(reader, system, "typicalWait", UINT32_MAX);
    json_reader_copy(reader, target, "scid", out->TargetSessionRef.Scid, sizeof(out->TargetSessionRef.Scid));
    json_reader_copy(reader, target, "templateName", out->TargetSessionRef.SessionTemplateName,
                     sizeof(out->TargetSessionRef.SessionTemplateName));
    json_reader_copy(reader, target, "name", out->TargetSessionRef.SessionName,
                     sizeof(out->TargetSessionRef.SessionName));
}

static HRESULT read_document(const json_t *root, XblMultiplayerSessionHandle session)
{
    JsonReader reader = {0};

    read_info(&reader, root, &session->info);
    read_constants(&reader, root, session);
    read_initialization(&reader, root, &session->initialization);
    read_host_candidates(&reader, root, session);
    session->role_types =
        role_types_from_json(&reader, json_reader_object(&reader, root, "roleTypes"), &session->n_role_types);
    members_from_json(&reader, root, session);
    read_properties(&reader, root, session);
    session->accepted = (uint32_t)json_reader_number(
        &reader, json_reader_object(&reader, root, "membersInfo"), "accepted", UINT32_MAX);
    read_servers(&reader, root, session);
    if (reader.no_memory)
        return E_OUTOFMEMORY;
    return reader.malformed ? WEB_E_UNEXPECTED_CONTENT : S_OK;
}

HRESULT session_from_answer(const SessionAnswer *answer, XblMultiplayerSessionHandle *session)
{
    XblMultiplayerSessionHandle made;
    json_t *root;
    HRESULT hr;

    root = json_parse(answer->document, answer->document_size, &hr);
    if (!root)
        return hr;
    made = session_new(answer->xuid);
    if (!made)
        hr = E_OUTOFMEMORY;
    else if (!json_is_object(root))
        hr = WEB_E_UNEXPECTED_CONTENT;
    else
        hr = read_document(root, made);
    json_decref(root);
    if (SUCCEEDED(hr) && answer->etag)
        hr = text_replace((const char **)&made->etag, answer->etag);
    if (FAILED(hr)) {
        XblMultiplayerSessionCloseHandle(made);
        return hr;
    }
    made->reference = XblMultiplayerSessionReferenceCreate(answer->scid, answer->template_name, answer->name);
    made->time = time_from_http(answer->date);
    made->write_status = answer->write_status;
    *session = made;
    return S_OK;
}
