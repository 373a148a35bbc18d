/* SPDX-License-Identifier: MIT */
/* Joining, leaving, and keeping places. */
#include "session/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The constants that a member is added with: {system: {xuid, initialize}, custom}. Steals @custom. */
static json_t *member_constants(uint64_t xuid, bool initialize, json_t *custom)
{
    json_t *system = NULL, *constants = NULL;
    HRESULT hr = change(&system, "xuid", json_sprintf("%llu", (unsigned long long)xuid));

    if (SUCCEEDED(hr) && initialize)
        hr = change(&system, "initialize", json_true());
    if (SUCCEEDED(hr)) {
        hr = change(&constants, "system", system);
        system = NULL;
    }
    if (SUCCEEDED(hr) && custom && !json_is_null(custom)) {
        hr = change(&constants, "custom", custom);
        custom = NULL;
    }
    json_decref(custom);
    json_decref(system);
    if (FAILED(hr)) {
        json_decref(constants);
        return NULL;
    }
    return constants;
}

/* A member at the end of the local list, with the constants to be written for it. */
static HRESULT member_new(XblMultiplayerSessionHandle session, uint64_t xuid, const char *text,
                          bool initialize, XblMultiplayerSessionMember **member, json_t **constants)
{
    XblMultiplayerSessionMember *added;
    json_t *custom = NULL, *made;
    HRESULT hr = S_OK;

    if (text) {
        custom = json_parse(text, strlen(text), &hr);
        if (!custom)
            return hr;
    }
    made = member_constants(xuid, initialize, custom);
    if (!made)
        return E_OUTOFMEMORY;
    added = session_add_member(session);
    if (!added || (text && FAILED(text_replace(&added->CustomConstantsJson, text)))) {
        json_decref(made);
        if (added)
            session_remove_member(session, session->n_members - 1);
        return E_OUTOFMEMORY;
    }
    added->Xuid = xuid;
    added->InitializeRequested = initialize;
    *member = added;
    *constants = made;
    return S_OK;
}

HRESULT XblMultiplayerSessionAddMemberReservation(XblMultiplayerSessionHandle handle, uint64_t xuid,
                                                  const char *memberCustomConstantsJson,
                                                  bool initializeRequested)
{
    XblMultiplayerSessionMember *member;
    json_t *constants, *reservation = NULL;
    char key[32];
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    session_lock(handle);
    hr = member_new(handle, xuid, memberCustomConstantsJson, initializeRequested, &member, &constants);
    if (SUCCEEDED(hr)) {
        member->Status = XblMultiplayerSessionMemberStatus_Reserved;
        snprintf(key, sizeof(key), "reserve_%zu", json_object_size(handle->changes.reservations));
        hr = change(&reservation, "constants", constants);
        if (SUCCEEDED(hr))
            hr = change(&handle->changes.reservations, key, reservation);
    }
    session_unlock(handle);
    return hr;
}

/* A leave and a join in one document would be two values for the key "me". */
static HRESULT join(XblMultiplayerSessionHandle session, const char *text, bool initialize, bool active)
{
    XblMultiplayerSessionMember *member;
    json_t *constants;
    HRESULT hr;

    if (session->changes.joined || session->changes.left)
        return E_UNEXPECTED;
    hr = member_new(session, session->xuid, text, initialize, &member, &constants);
    if (FAILED(hr))
        return hr;
    if (active) {
        hr = change(&session->changes.me_system, "active", json_true());
        json_object_del(session->changes.me_system, "ready");
    }
    /* A new member has no custom properties, whatever the one that was fetched had, but those that the game has set. */
    if (SUCCEEDED(hr) && session->changes.me_custom) {
        member->CustomPropertiesJson = json_print(session->me_custom);
        hr = member->CustomPropertiesJson ? S_OK : E_OUTOFMEMORY;
    }
    if (FAILED(hr)) {
        json_decref(constants);
        session_remove_member(session, session->n_members - 1);
        return hr;
    }
    member->IsCurrentUser = true;
    member->Status =
        active ? XblMultiplayerSessionMemberStatus_Active : XblMultiplayerSessionMemberStatus_Reserved;
    session->current = session->n_members - 1;
    if (!session->changes.me_custom) {
        json_decref(session->me_custom);
        session->me_custom = NULL;
    }
    session->changes.me_constants = constants;
    session->changes.joined = true;
    return S_OK;
}

HRESULT XblMultiplayerSessionJoin(XblMultiplayerSessionHandle handle, const char *memberCustomConstantsJson,
                                  bool initializeRequested, bool joinWithActiveStatus)
{
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    session_lock(handle);
    hr = join(handle, memberCustomConstantsJson, initializeRequested, joinWithActiveStatus);
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionLeave(XblMultiplayerSessionHandle handle)
{
    HRESULT hr = S_OK;

    if (!handle)
        return E_INVALIDARG;
    session_lock(handle);
    if (handle->changes.joined) {
        hr = E_UNEXPECTED;
    } else {
        handle->changes.left = true;
        if (session_current(handle))
            session_remove_member(handle, handle->current);
    }
    session_unlock(handle);
    return hr;
}
