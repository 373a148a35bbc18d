/* SPDX-License-Identifier: MIT */
/* Members of a session, from an answer of the service. */
#include "session/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const nat_words[] = {"unknown", "open", "moderate", "strict", NULL};
static const char *const failure_words[] = {"unknown",       "none",  "timeout", "latency", "bandwidthUp",
                                            "bandwidthDown", "group", "network", "episode", NULL};

static XblMultiplayerSessionMemberStatus status_of(JsonReader *reader, const json_t *member,
                                                   const json_t *system)
{
    const bool active = json_reader_bool(reader, system, "active");
    const bool ready = json_reader_bool(reader, system, "ready");
    const bool reserved = json_reader_bool(reader, member, "reserved");

    return active     ? XblMultiplayerSessionMemberStatus_Active
           : ready    ? XblMultiplayerSessionMemberStatus_Ready
           : reserved ? XblMultiplayerSessionMemberStatus_Reserved
                      : XblMultiplayerSessionMemberStatus_Inactive;
}

static XblMultiplayerSessionChangeTypes change_types_of(JsonReader *reader, const json_t *system)
{
    const json_t *subscription = json_reader_object(reader, system, "subscription");
    size_t count;
    const char **words = json_reader_words(reader, subscription, "changeTypes", &count);
    XblMultiplayerSessionChangeTypes types = XblMultiplayerSessionChangeTypes_None;

    for (size_t i = 0; i < count; i++) {
        for (int bit = 0; change_type_words[bit]; bit++)
            if (strcmp(words[i], change_type_words[bit]) == 0)
                types |= (uint32_t)1 << bit;
        if (strcmp(words[i], "XblMultiplayerJoinability") == 0)
            types |= XblMultiplayerSessionChangeTypes_SessionJoinabilityChange;
    }
    free(words);
    return types;
}

static void read_constants(JsonReader *reader, const json_t *object, XblMultiplayerSessionMember *member)
{
    const json_t *constants = json_reader_object(reader, object, "constants");
    const json_t *system = json_reader_object(reader, constants, "system");
    const json_t *custom = json_object_get(constants, "custom");
    const json_t *result = json_reader_object(reader, system, "matchmakingResult");

    member->Xuid = json_reader_xuid(reader, json_object_get(system, "xuid"));
    member->InitializeRequested = json_reader_bool(reader, system, "initialize");
    member->CustomConstantsJson = json_reader_print(reader, constants, "custom");
    member->MatchmakingResultServerMeasurementsJson = json_reader_print(reader, result, "serverMeasurements");
    /* What a game keeps in custom may be of any form. */
    result = json_object_get(custom, "matchmakingResult");
    if (json_is_string(json_object_get(result, "initialTeam")))
        member->InitialTeam = json_reader_dup(reader, result, "initialTeam");
}

static void read_properties(JsonReader *reader, const json_t *object, XblMultiplayerSessionMember *member)
{
    const json_t *properties = json_reader_object(reader, object, "properties");
    const json_t *system = json_reader_object(reader, properties, "system");

    json_reader_object(reader, properties, "custom"); /* an object, or the game cannot change it */
    member->CustomPropertiesJson = json_reader_print(reader, properties, "custom");
    member->Status = status_of(reader, object, system);
    member->SecureDeviceBaseAddress64 = json_reader_dup(reader, system, "secureDeviceAddress");
    member->ServerMeasurementsJson = json_reader_print(reader, system, "serverMeasurements");
    member->QosMeasurementsJson = json_reader_print(reader, system, "measurements");
    member->MembersInGroupIds =
        json_reader_numbers(reader, system, "initializationGroup", &member->MembersInGroupCount);
    member->Groups = json_reader_words(reader, system, "groups", &member->GroupsCount);
    member->Encounters = json_reader_words(reader, system, "encounters", &member->EncountersCount);
}

static void read_member(JsonReader *reader, const json_t *object, uint32_t id,
                        XblMultiplayerSessionHandle session)
{
    XblMultiplayerSessionMember *member = session_add_member(session);
    const json_t *properties;
    int failure, nat;

    if (!member) {
        reader->no_memory = true;
        return;
    }
    if (!json_is_object(object)) {
        reader->malformed = true;
        return;
    }
    failure = json_reader_word(reader, object, "initializationFailure", failure_words);
    if (failure >= 0)
        member->InitializationFailureCause = (uint32_t)failure;
    else if (json_object_get(object, "initializationFailure"))
        member->InitializationFailureCause = XblMultiplayerMeasurementFailure_Unknown;
    member->MemberId = id;
    read_constants(reader, object, member);
    read_properties(reader, object, member);
    member->Roles = roles_from_json(reader, json_reader_object(reader, object, "roles"), &member->RolesCount);
    member->ActiveTitleId = json_reader_id(reader, json_object_get(object, "activeTitleId"));
    member->InitializationEpisode =
        (uint32_t)json_reader_number(reader, object, "initializationEpisode", UINT32_MAX);
    member->JoinTime = json_reader_time(reader, object, "joinTime");
    member->IsTurnAvailable = json_reader_bool(reader, object, "turn");
    nat = json_reader_word(reader, object, "nat", nat_words);
    member->Nat = nat < 0 ? XblNetworkAddressTranslationSetting_Unknown : (uint32_t)nat;
    json_reader_copy(reader, object, "gamertag", member->Gamertag, sizeof(member->Gamertag));
    json_reader_copy(reader, object, "deviceToken", member->DeviceToken.Value,
                     sizeof(member->DeviceToken.Value));
    member->IsCurrentUser = member->Xuid == session->xuid;
    if (!member->IsCurrentUser || session_current(session))
        return;
    session->current = session->n_members - 1;
    properties = json_reader_object(reader, object, "properties");
    session->subscribed = change_types_of(reader, json_reader_object(reader, properties, "system"));
}

/* Each member names the next; one that names none, or one that was there already, ends it. */
static void read_chain(JsonReader *reader, const json_t *members, uint64_t index, uint64_t end,
                       XblMultiplayerSessionHandle session)
{
    const size_t wanted = json_object_size(members) - (json_object_get(members, "me") != NULL);
    char key[16];
    size_t count = 0;

    for (; index != end; count++) {
        const json_t *member;

        snprintf(key, sizeof(key), "%u", (unsigned)index);
        member = json_object_get(members, key);
        if (!member || count == wanted || !json_object_get(member, "next")) {
            reader->malformed = true;
            return;
        }
        read_member(reader, member, (uint32_t)index, session);
        index = json_reader_number(reader, member, "next", UINT32_MAX);
    }
    /* A member that nobody names would be missing in silence. */
    if (count != wanted)
        reader->malformed = true;
}

void members_from_json(JsonReader *reader, const json_t *root, XblMultiplayerSessionHandle session)
{
    const json_t *members = json_reader_object(reader, root, "members");
    const json_t *info = json_reader_object(reader, root, "membersInfo");
    const uint64_t first = json_reader_number(reader, info, "first", UINT32_MAX);
    const uint64_t next = json_reader_number(reader, info, "next", UINT32_MAX);

    if (!session->is_large)
        read_chain(reader, members, first, next, session);
    else if (json_reader_object(reader, members, "me"))
        read_member(reader, json_object_get(members, "me"), (uint32_t)first, session);
}
