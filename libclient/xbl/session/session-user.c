/* SPDX-License-Identifier: MIT */
/* What the current user changes of itself. */
#include "session/object.h"
#include "session/uuid.h"

#include <stdlib.h>
#include <string.h>

/* Locks, and finds the current user: without one the setters are of no use. */
static HRESULT begin(XblMultiplayerSessionHandle session, XblMultiplayerSessionMember **member)
{
    session_lock(session);
    *member = session_current(session);
    if (*member)
        return S_OK;
    session_unlock(session);
    return E_UNEXPECTED;
}

static HRESULT property(XblMultiplayerSessionHandle session, const char *key, json_t *value)
{
    return change(&session->changes.me_system, key, value);
}

HRESULT XblMultiplayerSessionCurrentUserSetStatus(XblMultiplayerSessionHandle handle,
                                                  XblMultiplayerSessionMemberStatus status)
{
    const bool active = status == XblMultiplayerSessionMemberStatus_Active;
    XblMultiplayerSessionMember *member;
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    if (!active && status != XblMultiplayerSessionMemberStatus_Inactive)
        return E_UNEXPECTED;
    hr = begin(handle, &member);
    if (FAILED(hr))
        return hr;
    hr = property(handle, "active", json_boolean(active));
    if (SUCCEEDED(hr) && !active)
        hr = property(handle, "ready", json_false());
    else
        json_object_del(handle->changes.me_system, "ready");
    if (SUCCEEDED(hr))
        member->Status = status;
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(XblMultiplayerSessionHandle handle,
                                                                     const char *value)
{
    XblMultiplayerSessionMember *member;
    HRESULT hr;

    if (!handle || !value)
        return E_INVALIDARG;
    hr = begin(handle, &member);
    if (FAILED(hr))
        return hr;
    hr = property(handle, "secureDeviceAddress", json_string(value));
    if (SUCCEEDED(hr))
        hr = text_replace(&member->SecureDeviceBaseAddress64, *value ? value : NULL);
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionCurrentUserSetRoles(XblMultiplayerSessionHandle handle,
                                                 const XblMultiplayerSessionMemberRole *roles,
                                                 size_t rolesCount)
{
    XblMultiplayerSessionMemberRole *taken = NULL;
    XblMultiplayerSessionMember *member;
    JsonReader reader = {0};
    json_t *object = NULL;
    size_t count = 0;
    HRESULT hr = S_OK;

    if (!handle || !roles)
        return E_INVALIDARG;
    for (size_t i = 0; i < rolesCount; i++)
        if (!roles[i].roleTypeName || !roles[i].roleName)
            return E_INVALIDARG;
    hr = begin(handle, &member);
    if (FAILED(hr))
        return hr;
    for (size_t i = 0; i < rolesCount && SUCCEEDED(hr); i++)
        if (!object && !(object = json_object()))
            hr = E_OUTOFMEMORY;
        else if (json_object_set_new(object, roles[i].roleTypeName, json_string(roles[i].roleName)) < 0)
            hr = E_INVALIDARG;
    if (SUCCEEDED(hr) && object && !(taken = roles_from_json(&reader, object, &count)))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && object) {
        free((void *)member->Roles);
        member->Roles = taken;
        member->RolesCount = count;
        json_decref(handle->changes.me_roles);
        handle->changes.me_roles = json_incref(object);
    }
    json_decref(object);
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionCurrentUserSetMembersInGroup(XblMultiplayerSessionHandle session,
                                                          uint32_t *memberIds, size_t memberIdsCount)
{
    XblMultiplayerSessionMember *member;
    uint32_t *numbers;
    HRESULT hr;

    if (!session || !memberIds)
        return E_INVALIDARG;
    numbers = numbers_dup(memberIds, memberIdsCount);
    if (!numbers)
        return E_OUTOFMEMORY;
    hr = begin(session, &member);
    if (FAILED(hr)) {
        free(numbers);
        return hr;
    }
    hr = property(session, "initializationGroup", numbers_json(memberIds, memberIdsCount));
    if (SUCCEEDED(hr)) {
        uint32_t *old = (uint32_t *)member->MembersInGroupIds;

        member->MembersInGroupIds = numbers;
        member->MembersInGroupCount = memberIdsCount;
        numbers = old;
    }
    session_unlock(session);
    free(numbers);
    return hr;
}

/* Groups and encounters alike: words, under @key, shown in a field of the member. */
static HRESULT set_words(XblMultiplayerSessionHandle session, const char *key, size_t field,
                         size_t count_field, const char *const *words, size_t count)
{
    XblMultiplayerSessionMember *member;
    const char **copy;
    HRESULT hr;

    if (!session || !words_are_valid(words, count))
        return E_INVALIDARG;
    copy = words_dup(words, count);
    if (!copy)
        return E_OUTOFMEMORY;
    hr = begin(session, &member);
    if (FAILED(hr)) {
        free(copy);
        return hr;
    }
    hr = property(session, key, words_json(words, count));
    if (SUCCEEDED(hr)) {
        const char ***shown = (const char ***)((char *)member + field);
        const char **old = *shown;

        *shown = copy;
        *(size_t *)((char *)member + count_field) = count;
        copy = old;
    }
    session_unlock(session);
    free(copy);
    return hr;
}

HRESULT XblMultiplayerSessionCurrentUserSetGroups(XblMultiplayerSessionHandle handle, const char **groups,
                                                  size_t groupsCount)
{
    return set_words(handle, "groups", offsetof(XblMultiplayerSessionMember, Groups),
                     offsetof(XblMultiplayerSessionMember, GroupsCount), groups, groupsCount);
}

HRESULT XblMultiplayerSessionCurrentUserSetEncounters(XblMultiplayerSessionHandle handle,
                                                      const char **encounters, size_t encountersCount)
{
    return set_words(handle, "encounters", offsetof(XblMultiplayerSessionMember, Encounters),
                     offsetof(XblMultiplayerSessionMember, EncountersCount), encounters, encountersCount);
}

/* Measurements alike: any JSON, under @key, shown in a field of the member. */
static HRESULT set_json(XblMultiplayerSessionHandle session, const char *key, size_t field, const char *text)
{
    XblMultiplayerSessionMember *member;
    json_t *value;
    HRESULT hr;

    if (!session || !text)
        return E_INVALIDARG;
    hr = begin(session, &member);
    if (FAILED(hr))
        return hr;
    value = json_parse(text, strlen(text), &hr);
    if (value)
        hr = property(session, key, value);
    if (SUCCEEDED(hr))
        hr = text_replace((const char **)((char *)member + field), text);
    session_unlock(session);
    return hr;
}

HRESULT XblMultiplayerSessionCurrentUserSetQosMeasurements(XblMultiplayerSessionHandle handle,
                                                           const char *measurements)
{
    return set_json(handle, "measurements", offsetof(XblMultiplayerSessionMember, QosMeasurementsJson),
                    measurements);
}

HRESULT XblMultiplayerSessionCurrentUserSetServerQosMeasurements(XblMultiplayerSessionHandle handle,
                                                                 const char *measurements)
{
    return set_json(handle, "serverMeasurements",
                    offsetof(XblMultiplayerSessionMember, ServerMeasurementsJson), measurements);
}

/* The custom properties that the member was fetched with are the ones to go on from. */
static HRESULT load_custom(XblMultiplayerSessionHandle session, const XblMultiplayerSessionMember *member)
{
    HRESULT hr = S_OK;

    if (session->me_custom || !member->CustomPropertiesJson)
        return S_OK;
    session->me_custom = json_parse(member->CustomPropertiesJson, strlen(member->CustomPropertiesJson), &hr);
    return hr;
}

HRESULT XblMultiplayerSessionCurrentUserSetCustomPropertyJson(XblMultiplayerSessionHandle handle,
                                                              const char *name, const char *valueJson)
{
    XblMultiplayerSessionMember *member;
    json_t *value;
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    hr = custom_value(name, valueJson, &value);
    if (FAILED(hr))
        return hr;
    hr = begin(handle, &member);
    if (FAILED(hr)) {
        json_decref(value);
        return hr;
    }
    hr = load_custom(handle, member);
    if (SUCCEEDED(hr))
        hr = custom_set(&handle->me_custom, &member->CustomPropertiesJson, name, value);
    else
        json_decref(value);
    if (SUCCEEDED(hr))
        handle->changes.me_custom = true;
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionCurrentUserDeleteCustomPropertyJson(XblMultiplayerSessionHandle handle,
                                                                 const char *name)
{
    return XblMultiplayerSessionCurrentUserSetCustomPropertyJson(handle, name, "null");
}

HRESULT XblMultiplayerSessionSetSessionChangeSubscription(XblMultiplayerSessionHandle handle,
                                                          XblMultiplayerSessionChangeTypes changeTypes)
{
    const char *wanted[32];
    XblMultiplayerSessionMember *member;
    json_t *words, *value;
    size_t count = 0;
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    hr = begin(handle, &member);
    if (FAILED(hr))
        return hr;
    if (!handle->changes.subscription_id[0])
        uuid_make(handle->changes.subscription_id);
    for (int i = 0; change_type_words[i]; i++)
        if (changeTypes & (uint32_t)1 << i)
            wanted[count++] = change_type_words[i];
    words = words_json(wanted, count);
    value = json_pack("{s:s, s:o}", "id", handle->changes.subscription_id, "changeTypes", words);
    hr = value ? property(handle, "subscription", value) : E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
        handle->subscribed = changeTypes;
    session_unlock(handle);
    return hr;
}
