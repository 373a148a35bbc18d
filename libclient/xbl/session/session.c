/* SPDX-License-Identifier: MIT */
/* The session object: life and ownership. */
#include "session/object.h"

#include <stdlib.h>
#include <string.h>

const char *const visibility_words[] = {"unknown", "any", "private", "visible", "full", "open", NULL};
const char *const restriction_words[] = {"unknown", "none", "local", "followed", NULL};
const char *const metric_words[] = {"unknown", "bandwidthUp", "bandwidthDown", "bandwidth", "latency", NULL};
const char *const change_type_words[] = {
    "everything",    "host",        "initialization", "matchmakingStatus",     "membersList",
    "membersStatus", "joinability", "customProperty", "membersCustomProperty", NULL,
};

HRESULT text_replace(const char **field, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        return E_OUTOFMEMORY;
    free((void *)*field);
    *field = copy;
    return S_OK;
}

HRESULT change(json_t **part, const char *key, json_t *value)
{
    /* jansson makes no string of what is not UTF-8: there is no value then. */
    if (!value)
        return E_INVALIDARG;
    if (!*part)
        *part = json_object();
    return json_object_set_new_nocheck(*part, key, value) < 0 ? E_OUTOFMEMORY : S_OK;
}

HRESULT custom_value(const char *name, const char *text, json_t **value)
{
    HRESULT hr;
    json_t *parsed;

    if (!name || !text)
        return E_INVALIDARG;
    parsed = json_parse(text, strlen(text), &hr);
    if (!parsed)
        return hr;
    if (!*name) {
        json_decref(parsed);
        return E_INVALIDARG;
    }
    *value = parsed;
    return S_OK;
}

HRESULT custom_set(json_t **custom, const char **field, const char *name, json_t *value)
{
    char *text;

    if (!*custom)
        *custom = json_object();
    /* Checked: a name that is not UTF-8 would make a document that nobody can read. */
    if (json_object_set_new(*custom, name, value) < 0)
        return *custom ? E_INVALIDARG : E_OUTOFMEMORY;
    text = json_print(*custom);
    if (!text)
        return E_OUTOFMEMORY;
    free((void *)*field);
    *field = text;
    return S_OK;
}

static void member_clear(XblMultiplayerSessionMember *member)
{
    free((void *)member->InitialTeam);
    free((void *)member->CustomConstantsJson);
    free((void *)member->SecureDeviceBaseAddress64);
    free((void *)member->Roles);
    free((void *)member->CustomPropertiesJson);
    free((void *)member->MatchmakingResultServerMeasurementsJson);
    free((void *)member->ServerMeasurementsJson);
    free((void *)member->MembersInGroupIds);
    free((void *)member->QosMeasurementsJson);
    free((void *)member->Groups);
    free((void *)member->Encounters);
}

XblMultiplayerSessionMember *session_add_member(XblMultiplayerSessionHandle session)
{
    XblMultiplayerSessionMember *members = session->members, *member;
    size_t room = session->members_room;

    if (session->n_members == room) {
        room = room == 0 ? MEMBERS_ROOM : room * 2;
        members = realloc(members, room * sizeof(*members));
        if (!members)
            return NULL;
        session->members = members;
        session->members_room = room;
    }
    member = &members[session->n_members];
    *member = (XblMultiplayerSessionMember){
        .InitializationFailureCause = XblMultiplayerMeasurementFailure_None,
        .ArbitrationStatus = XblTournamentArbitrationStatus_Incomplete,
    };
    session->n_members++;
    return member;
}

void session_remove_member(XblMultiplayerSessionHandle session, size_t index)
{
    member_clear(&session->members[index]);
    session->n_members--;
    memmove(&session->members[index], &session->members[index + 1],
            (session->n_members - index) * sizeof(*session->members));
    if (session->current == index)
        session->current = SIZE_MAX;
    else if (session->current != SIZE_MAX && session->current > index)
        session->current--;
}

XblMultiplayerSessionMember *session_current(XblMultiplayerSessionHandle session)
{
    return session->current < session->n_members ? &session->members[session->current] : NULL;
}

static void session_free(XblMultiplayerSessionHandle session)
{
    for (size_t i = 0; i < session->n_members; i++)
        member_clear(&session->members[i]);
    free(session->members);
    role_types_free(session->role_types, session->n_role_types);
    free(session->host_candidates);
    free(session->constants.InitiatorXuids);
    free((void *)session->constants.CustomJson);
    free((void *)session->constants.SessionCloudComputePackageConstantsJson);
    free((void *)session->constants.MeasurementServerAddressesJson);
    free((void *)session->properties.Keywords);
    free(session->properties.TurnCollection);
    free((void *)session->properties.MatchmakingTargetSessionConstantsJson);
    free((void *)session->properties.SessionCustomPropertiesJson);
    free((void *)session->properties.MatchmakingServerConnectionString);
    free((void *)session->properties.ServerConnectionStringCandidates);
    free(session->properties.SessionOwnerMemberIds);
    free((void *)session->matchmaking.StatusDetails);
    free(session->servers);
    free(session->etag);
    json_decref(session->custom);
    json_decref(session->me_custom);
    json_decref(session->changes.constants_system);
    json_decref(session->changes.properties_system);
    json_decref(session->changes.servers);
    json_decref(session->changes.reservations);
    json_decref(session->changes.me_constants);
    json_decref(session->changes.me_roles);
    json_decref(session->changes.me_system);
    pthread_mutex_destroy(&session->lock);
    free(session);
}

XblMultiplayerSessionHandle session_new(uint64_t xuid)
{
    XblMultiplayerSessionHandle session = calloc(1, sizeof(*session));
    HRESULT hr = S_OK;

    if (!session)
        return NULL;
    atomic_init(&session->references, 1);
    pthread_mutex_init(&session->lock, NULL);
    session->xuid = xuid;
    session->current = SIZE_MAX;
    session->custom = json_object();
    session->servers = strdup("");
    session->etag = strdup("");
    hr |= text_replace(&session->constants.CustomJson, "");
    hr |= text_replace(&session->constants.SessionCloudComputePackageConstantsJson, "");
    hr |= text_replace(&session->constants.MeasurementServerAddressesJson, "");
    hr |= text_replace(&session->properties.MatchmakingTargetSessionConstantsJson, "");
    hr |= text_replace(&session->properties.MatchmakingServerConnectionString, "");
    hr |= text_replace(&session->properties.SessionCustomPropertiesJson, "{}");
    if (FAILED(hr) || !session->custom || !session->servers || !session->etag) {
        session_free(session);
        return NULL;
    }
    return session;
}

static int compare_xuids(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Initial constants, and that they are to be written. */
static HRESULT take_arguments(XblMultiplayerSessionHandle session, const XblMultiplayerSessionInitArgs *args)
{
    const size_t count = args->InitiatorXuids ? args->InitiatorXuidsCount : 0;
    json_t *initiators;

    if (FAILED(constants_set_maximum(session, args->MaxMembersInSession)) ||
        FAILED(constants_set_visibility(session, args->Visibility)))
        return E_OUTOFMEMORY;
    if (count > 0) {
        session->constants.InitiatorXuids = calloc(count, sizeof(uint64_t));
        initiators = json_array();
        if (!session->constants.InitiatorXuids || !initiators) {
            json_decref(initiators);
            return E_OUTOFMEMORY;
        }
        memcpy(session->constants.InitiatorXuids, args->InitiatorXuids, count * sizeof(uint64_t));
        qsort(session->constants.InitiatorXuids, count, sizeof(uint64_t), compare_xuids);
        session->constants.InitiatorXuidsCount = count;
        for (size_t i = 0; i < count; i++)
            json_array_append_new(
                initiators, json_sprintf("%llu", (unsigned long long)session->constants.InitiatorXuids[i]));
        if (json_array_size(initiators) != count) {
            json_decref(initiators);
            return E_OUTOFMEMORY;
        }
        if (FAILED(change(&session->changes.constants_system, "initiators", initiators)))
            return E_OUTOFMEMORY;
    }
    return args->CustomJson ? text_replace(&session->constants.CustomJson, args->CustomJson) : S_OK;
}

XblMultiplayerSessionHandle XblMultiplayerSessionCreateHandle(
    uint64_t xuid, const XblMultiplayerSessionReference *sessionReference,
    const XblMultiplayerSessionInitArgs *initArgs)
{
    XblMultiplayerSessionHandle session = session_new(xuid);

    if (!session)
        return NULL;
    session->is_local = true;
    if (sessionReference)
        session->reference = *sessionReference;
    if (initArgs && FAILED(take_arguments(session, initArgs))) {
        session_free(session);
        return NULL;
    }
    return session;
}

HRESULT XblMultiplayerSessionDuplicateHandle(XblMultiplayerSessionHandle handle,
                                             XblMultiplayerSessionHandle *duplicatedHandle)
{
    if (!handle || !duplicatedHandle)
        return E_INVALIDARG;
    atomic_fetch_add_explicit(&handle->references, 1, memory_order_relaxed);
    *duplicatedHandle = handle;
    return S_OK;
}

void XblMultiplayerSessionCloseHandle(XblMultiplayerSessionHandle handle)
{
    if (handle && atomic_fetch_sub_explicit(&handle->references, 1, memory_order_acq_rel) == 1)
        session_free(handle);
}
