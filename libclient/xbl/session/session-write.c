/* SPDX-License-Identifier: MIT */
/* The document to be written: what setters were called for, and nothing else. */
#include "session/object.h"

#include <string.h>

/* Puts a part that was changed under @key; a part that was not stays away. */
static HRESULT put(json_t **parent, const char *key, json_t *part)
{
    return part ? change(parent, key, json_incref(part)) : S_OK;
}

/* The same for a part that was made for this document. Steals @part. */
static HRESULT put_new(json_t **parent, const char *key, json_t *part, HRESULT hr)
{
    if (FAILED(hr)) {
        json_decref(part);
        return hr;
    }
    return part ? change(parent, key, part) : S_OK;
}

static HRESULT write_constants(XblMultiplayerSessionHandle session, json_t **root)
{
    const char *text = session->constants.CustomJson;
    json_t *constants = NULL, *custom;
    HRESULT hr = S_OK;

    if (!session->changes.constants_system)
        return S_OK;
    custom = *text ? json_parse(text, strlen(text), &hr) : json_object();
    if (!custom)
        return FAILED(hr) ? hr : E_OUTOFMEMORY;
    hr = put(&constants, "system", session->changes.constants_system);
    hr = put_new(&constants, "custom", custom, hr);
    return put_new(root, "constants", constants, hr);
}

static HRESULT write_properties(XblMultiplayerSessionHandle session, json_t **root)
{
    json_t *properties = NULL;
    HRESULT hr = S_OK;

    if (json_object_size(session->changes.properties_system) > 0)
        hr = put(&properties, "system", session->changes.properties_system);
    if (SUCCEEDED(hr) && session->changes.custom)
        hr = put(&properties, "custom", session->custom);
    return put_new(root, "properties", properties, hr);
}

/* A member that becomes active does so on a connection, whose end makes it inactive again. */
static HRESULT put_system(const SessionChanges *changes, const char *connection, json_t **properties)
{
    json_t *system;
    HRESULT hr;

    if (json_object_size(changes->me_system) == 0)
        return S_OK;
    if (!connection || !json_is_true(json_object_get(changes->me_system, "active")))
        return put(properties, "system", changes->me_system);
    system = json_copy_of(changes->me_system);
    if (!system)
        return E_OUTOFMEMORY;
    hr = change(&system, "connection", json_string(connection));
    return put_new(properties, "system", system, hr);
}

static HRESULT write_me(XblMultiplayerSessionHandle session, const char *connection, json_t **members)
{
    const SessionChanges *changes = &session->changes;
    json_t *me = NULL, *properties = NULL;
    HRESULT hr;

    if (changes->left)
        return change(members, "me", json_null());
    hr = put(&me, "constants", changes->me_constants);
    if (SUCCEEDED(hr))
        hr = put(&me, "roles", changes->me_roles);
    if (SUCCEEDED(hr))
        hr = put_system(changes, connection, &properties);
    if (SUCCEEDED(hr) && changes->me_custom)
        hr = put(&properties, "custom", session->me_custom);
    hr = put_new(&me, "properties", properties, hr);
    return put_new(members, "me", me, hr);
}

static HRESULT write_members(XblMultiplayerSessionHandle session, const char *connection, json_t **root)
{
    json_t *members = NULL;
    HRESULT hr = S_OK;

    if (session->changes.reservations) {
        members = json_copy_of(session->changes.reservations);
        if (!members)
            return E_OUTOFMEMORY;
    }
    hr = write_me(session, connection, &members);
    return put_new(root, "members", members, hr);
}

HRESULT session_serialize(XblMultiplayerSessionHandle session, const char *connection, char **text,
                          size_t *size)
{
    json_t *root = json_object();
    char *printed = NULL;
    HRESULT hr;

    if (!root)
        return E_OUTOFMEMORY;
    session_lock(session);
    hr = write_constants(session, &root);
    if (SUCCEEDED(hr) && session->changes.roles) {
        json_t *types = role_types_json(session->role_types, session->n_role_types);

        hr = types ? change(&root, "roleTypes", types) : E_OUTOFMEMORY;
    }
    if (SUCCEEDED(hr))
        hr = write_properties(session, &root);
    if (SUCCEEDED(hr))
        hr = write_members(session, connection, &root);
    if (SUCCEEDED(hr))
        hr = put(&root, "servers", session->changes.servers);
    if (SUCCEEDED(hr) && !(printed = json_print(root)))
        hr = E_OUTOFMEMORY;
    /* Parts are shared with the session: their counts change under its lock alone. */
    json_decref(root);
    session_unlock(session);
    if (FAILED(hr))
        return hr;
    *text = printed;
    *size = strlen(printed);
    return S_OK;
}
