/* SPDX-License-Identifier: MIT */
/* Properties of the session. */
#include "session/object.h"

#include <stdlib.h>
#include <string.h>

static HRESULT property(XblMultiplayerSessionHandle session, const char *key, json_t *value)
{
    return change(&session->changes.properties_system, key, value);
}

/* Of properties.system.matchmaking. */
static HRESULT matchmaking_property(XblMultiplayerSessionHandle session, const char *key, json_t *value)
{
    json_t *part = json_object_get(session->changes.properties_system, "matchmaking");

    if (part)
        return change(&part, key, value);
    part = NULL;
    if (FAILED(change(&part, key, value))) {
        json_decref(part);
        return E_OUTOFMEMORY;
    }
    return property(session, "matchmaking", part);
}

HRESULT XblMultiplayerSessionPropertiesSetKeywords(XblMultiplayerSessionHandle handle, const char **keywords,
                                                   size_t keywordsCount)
{
    const char **words;
    HRESULT hr;

    if (!handle || !words_are_valid(keywords, keywordsCount))
        return E_INVALIDARG;
    words = words_dup(keywords, keywordsCount);
    if (!words)
        return E_OUTOFMEMORY;
    session_lock(handle);
    hr = property(handle, "keywords", words_json(keywords, keywordsCount));
    if (SUCCEEDED(hr)) {
        const char **old = handle->properties.Keywords;

        handle->properties.Keywords = words;
        handle->properties.KeywordCount = keywordsCount;
        words = old;
    }
    session_unlock(handle);
    free(words);
    return hr;
}

HRESULT XblMultiplayerSessionSetServerConnectionStringCandidates(
    XblMultiplayerSessionHandle handle, const char **serverConnectionStringCandidates,
    size_t serverConnectionStringCandidatesCount)
{
    const size_t count = serverConnectionStringCandidatesCount;
    const char **words;
    HRESULT hr;

    if (!handle || !words_are_valid(serverConnectionStringCandidates, count))
        return E_INVALIDARG;
    words = words_dup(serverConnectionStringCandidates, count);
    if (!words)
        return E_OUTOFMEMORY;
    session_lock(handle);
    hr = property(handle, "serverConnectionStringCandidates",
                  words_json(serverConnectionStringCandidates, count));
    if (SUCCEEDED(hr)) {
        const char **old = handle->properties.ServerConnectionStringCandidates;

        handle->properties.ServerConnectionStringCandidates = words;
        handle->properties.ServerConnectionStringCandidatesCount = count;
        words = old;
    }
    session_unlock(handle);
    free(words);
    return hr;
}

HRESULT XblMultiplayerSessionPropertiesSetTurnCollection(XblMultiplayerSessionHandle handle,
                                                         const uint32_t *turnCollectionMemberIds,
                                                         size_t turnCollectionMemberIdsCount)
{
    const size_t count = turnCollectionMemberIdsCount;
    uint32_t *numbers;
    HRESULT hr;

    if (!handle || !turnCollectionMemberIds || count == 0)
        return E_INVALIDARG;
    numbers = numbers_dup(turnCollectionMemberIds, count);
    if (!numbers)
        return E_OUTOFMEMORY;
    session_lock(handle);
    hr = property(handle, "turn", numbers_json(numbers, count));
    if (SUCCEEDED(hr)) {
        uint32_t *old = handle->properties.TurnCollection;

        handle->properties.TurnCollection = numbers;
        handle->properties.TurnCollectionCount = count;
        numbers = old;
    }
    session_unlock(handle);
    free(numbers);
    return hr;
}

static void set_restriction(XblMultiplayerSessionHandle session, const char *key,
                            XblMultiplayerSessionRestriction *field,
                            XblMultiplayerSessionRestriction restriction)
{
    session_lock(session);
    *field = restriction;
    if (restriction > XblMultiplayerSessionRestriction_Unknown &&
        restriction <= XblMultiplayerSessionRestriction_Followed)
        property(session, key, json_string(restriction_words[restriction]));
    else
        json_object_del(session->changes.properties_system, key);
    session_unlock(session);
}

void XblMultiplayerSessionPropertiesSetJoinRestriction(XblMultiplayerSessionHandle handle,
                                                       XblMultiplayerSessionRestriction joinRestriction)
{
    if (handle)
        set_restriction(handle, "joinRestriction", &handle->properties.JoinRestriction, joinRestriction);
}

void XblMultiplayerSessionPropertiesSetReadRestriction(XblMultiplayerSessionHandle handle,
                                                       XblMultiplayerSessionRestriction readRestriction)
{
    if (handle)
        set_restriction(handle, "readRestriction", &handle->properties.ReadRestriction, readRestriction);
}

static void set_flag(XblMultiplayerSessionHandle session, const char *key, bool *field, bool value)
{
    session_lock(session);
    if (SUCCEEDED(property(session, key, json_boolean(value))) && field)
        *field = value;
    session_unlock(session);
}

void XblMultiplayerSessionSetInitializationSucceeded(XblMultiplayerSessionHandle handle,
                                                     bool initializationSucceeded)
{
    if (handle)
        set_flag(handle, "initializationSucceeded", NULL, initializationSucceeded);
}

void XblMultiplayerSessionSetClosed(XblMultiplayerSessionHandle handle, bool closed)
{
    if (handle)
        set_flag(handle, "closed", &handle->properties.Closed, closed);
}

void XblMultiplayerSessionSetLocked(XblMultiplayerSessionHandle handle, bool locked)
{
    if (handle)
        set_flag(handle, "locked", &handle->properties.Locked, locked);
}

void XblMultiplayerSessionSetAllocateCloudCompute(XblMultiplayerSessionHandle handle,
                                                  bool allocateCloudCompute)
{
    if (handle)
        set_flag(handle, "allocateCloudCompute", &handle->properties.AllocateCloudCompute,
                 allocateCloudCompute);
}

void XblMultiplayerSessionSetMatchmakingResubmit(XblMultiplayerSessionHandle handle, bool matchResubmit)
{
    if (handle)
        set_flag(handle, "matchmakingResubmit", &handle->properties.MatchmakingResubmit, matchResubmit);
}

void XblMultiplayerSessionSetHostDeviceToken(XblMultiplayerSessionHandle handle,
                                             XblDeviceToken hostDeviceToken)
{
    if (!handle)
        return;
    hostDeviceToken.Value[sizeof(hostDeviceToken.Value) - 1] = '\0';
    session_lock(handle);
    if (SUCCEEDED(property(handle, "host", json_string(hostDeviceToken.Value))))
        handle->properties.HostDeviceToken = hostDeviceToken;
    session_unlock(handle);
}

void XblMultiplayerSessionSetMatchmakingServerConnectionPath(XblMultiplayerSessionHandle handle,
                                                             const char *serverConnectionPath)
{
    if (!handle || !serverConnectionPath)
        return;
    session_lock(handle);
    if (SUCCEEDED(matchmaking_property(handle, "serverConnectionString", json_string(serverConnectionPath))))
        text_replace(&handle->properties.MatchmakingServerConnectionString, serverConnectionPath);
    session_unlock(handle);
}

HRESULT
XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson(
    XblMultiplayerSessionHandle handle, const char *matchmakingTargetSessionConstantsJson)
{
    const char *text = matchmakingTargetSessionConstantsJson;
    json_t *value;
    HRESULT hr;

    if (!handle || !text)
        return E_INVALIDARG;
    value = json_parse(text, strlen(text), &hr);
    if (!value)
        return hr;
    session_lock(handle);
    hr = matchmaking_property(handle, "targetSessionConstants", value);
    if (SUCCEEDED(hr))
        hr = text_replace(&handle->properties.MatchmakingTargetSessionConstantsJson, text);
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionSetRawServersJson(XblMultiplayerSessionHandle handle, const char *rawServersJson)
{
    json_t *value;
    char *text;
    HRESULT hr;

    if (!handle || !rawServersJson)
        return E_INVALIDARG;
    value = json_parse(rawServersJson, strlen(rawServersJson), &hr);
    if (!value)
        return hr;
    text = strdup(rawServersJson);
    if (!text) {
        json_decref(value);
        return E_OUTOFMEMORY;
    }
    session_lock(handle);
    json_decref(handle->changes.servers);
    handle->changes.servers = value;
    free(handle->servers);
    handle->servers = text;
    session_unlock(handle);
    return S_OK;
}

HRESULT XblMultiplayerSessionSetCustomPropertyJson(XblMultiplayerSessionHandle handle, const char *name,
                                                   const char *valueJson)
{
    json_t *value;
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    hr = custom_value(name, valueJson, &value);
    if (FAILED(hr))
        return hr;
    session_lock(handle);
    hr = custom_set(&handle->custom, &handle->properties.SessionCustomPropertiesJson, name, value);
    if (SUCCEEDED(hr))
        handle->changes.custom = true;
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionDeleteCustomPropertyJson(XblMultiplayerSessionHandle handle, const char *name)
{
    return XblMultiplayerSessionSetCustomPropertyJson(handle, name, "null");
}
