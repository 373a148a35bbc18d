/* SPDX-License-Identifier: MIT */
/* Roles: of the session, and of its members. */
#include "session/object.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void role_types_free(XblMultiplayerRoleType *types, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < types[i].RoleCount; k++) {
            free((void *)types[i].Roles[k].Name);
            free(types[i].Roles[k].MemberXuids);
        }
        free(types[i].Roles);
        free((void *)types[i].Name);
    }
    free(types);
}

/* A zeroed array of at least one. */
static void *array_new(JsonReader *reader, size_t count, size_t size)
{
    void *array = calloc(count ? count : 1, size);

    if (!array)
        reader->no_memory = true;
    return array;
}

static char *name_dup(JsonReader *reader, const char *name)
{
    char *copy = strdup(name);

    if (!copy)
        reader->no_memory = true;
    return copy;
}

static void role_read(JsonReader *reader, json_t *object, XblMultiplayerRole *role)
{
    size_t count;

    if (!json_is_object(object))
        reader->malformed = true;
    role->TargetCount = (uint32_t)json_reader_number(reader, object, "target", UINT32_MAX);
    role->MaxMemberCount = (uint32_t)json_reader_number(reader, object, "max", UINT32_MAX);
    /* MemberCount is how many can be read, whatever the service counts. */
    json_reader_number(reader, object, "count", UINT32_MAX);
    role->MemberXuids = json_reader_xuids(reader, object, "memberXuids", &count);
    role->MemberCount = (uint32_t)count;
}

static void role_type_read(JsonReader *reader, json_t *object, XblMultiplayerRoleType *type)
{
    json_t *roles = json_reader_object(reader, object, "roles"), *value;
    json_t *mutable_settings = json_reader_array(reader, object, "mutableRoleSettings");
    const char *name;
    size_t index;

    if (!json_is_object(object))
        reader->malformed = true;
    type->OwnerManaged = json_reader_bool(reader, object, "ownerManaged");
    json_array_foreach(mutable_settings, index, value)
    {
        const char *word = json_string_value(value);

        if (!word)
            reader->malformed = true;
        else if (strcasecmp(word, "max") == 0)
            type->MutableRoleSettings |= XblMutableRoleSettings_Max;
        else if (strcasecmp(word, "target") == 0)
            type->MutableRoleSettings |= XblMutableRoleSettings_Target;
    }
    type->Roles = array_new(reader, json_object_size(roles), sizeof(*type->Roles));
    if (!type->Roles)
        return;
    json_object_foreach(roles, name, value)
    {
        XblMultiplayerRole *role = &type->Roles[type->RoleCount++];

        role->RoleType = type;
        role->Name = name_dup(reader, name);
        role_read(reader, value, role);
    }
}

XblMultiplayerRoleType *role_types_from_json(JsonReader *reader, json_t *object, size_t *count)
{
    XblMultiplayerRoleType *types;
    const char *name;
    json_t *value;

    *count = 0;
    if (json_object_size(object) == 0)
        return NULL;
    types = array_new(reader, json_object_size(object), sizeof(*types));
    if (!types)
        return NULL;
    json_object_foreach(object, name, value)
    {
        XblMultiplayerRoleType *type = &types[(*count)++];

        type->Name = name_dup(reader, name);
        role_type_read(reader, value, type);
    }
    return types;
}

XblMultiplayerSessionMemberRole *roles_from_json(JsonReader *reader, json_t *object, size_t *count)
{
    const size_t wanted = json_object_size(object);
    size_t size = wanted * sizeof(XblMultiplayerSessionMemberRole), made = 0;
    XblMultiplayerSessionMemberRole *roles;
    const char *name;
    json_t *value;
    char *text;

    *count = 0;
    if (wanted == 0)
        return NULL;
    json_object_foreach(object, name, value)
    {
        if (!json_is_string(value))
            reader->malformed = true;
        else
            size += strlen(name) + strlen(json_string_value(value)) + 2;
    }
    roles = array_new(reader, 1, size);
    if (!roles)
        return NULL;
    text = (char *)(roles + wanted);
    json_object_foreach(object, name, value)
    {
        if (!json_is_string(value))
            continue;
        roles[made].roleTypeName = text;
        text = stpcpy(text, name) + 1;
        roles[made].roleName = text;
        text = stpcpy(text, json_string_value(value)) + 1;
        made++;
    }
    *count = made;
    return roles;
}

static HRESULT roles_json(const XblMultiplayerRoleType *type, json_t **roles)
{
    HRESULT hr = S_OK;

    *roles = json_object();
    for (size_t i = 0; i < type->RoleCount && SUCCEEDED(hr); i++) {
        const XblMultiplayerRole *role = &type->Roles[i];
        json_t *limits = json_object();

        if (limits && role->MaxMemberCount > 0)
            hr = change(&limits, "max", json_integer(role->MaxMemberCount));
        if (limits && SUCCEEDED(hr) && role->TargetCount > 0)
            hr = change(&limits, "target", json_integer(role->TargetCount));
        if (FAILED(hr))
            json_decref(limits);
        else
            hr = change(roles, role->Name, limits);
    }
    return *roles ? hr : E_OUTOFMEMORY;
}

json_t *role_types_json(const XblMultiplayerRoleType *types, size_t count)
{
    json_t *all = json_object();
    HRESULT hr = all ? S_OK : E_OUTOFMEMORY;

    for (size_t i = 0; i < count && SUCCEEDED(hr); i++) {
        json_t *type = NULL, *roles;

        hr = roles_json(&types[i], &roles);
        if (SUCCEEDED(hr))
            hr = change(&type, "roles", roles);
        else
            json_decref(roles);
        if (SUCCEEDED(hr))
            hr = change(&all, types[i].Name, type);
        else
            json_decref(type);
    }
    if (SUCCEEDED(hr))
        return all;
    json_decref(all);
    return NULL;
}

/* Names of roles are of any case. */
static XblMultiplayerRole *find(XblMultiplayerSessionHandle session, const char *type_name, const char *name)
{
    for (size_t i = 0; i < session->n_role_types; i++) {
        const XblMultiplayerRoleType *type = &session->role_types[i];

        for (size_t k = 0; strcasecmp(type->Name, type_name) == 0 && k < type->RoleCount; k++)
            if (strcasecmp(type->Roles[k].Name, name) == 0)
                return &type->Roles[k];
    }
    return NULL;
}

HRESULT XblMultiplayerSessionRoleTypes(XblMultiplayerSessionHandle handle,
                                       const XblMultiplayerRoleType **roleTypes, size_t *roleTypesCount)
{
    if (!handle || !roleTypes || !roleTypesCount)
        return E_INVALIDARG;
    *roleTypes = handle->role_types;
    *roleTypesCount = handle->n_role_types;
    return S_OK;
}

HRESULT XblMultiplayerSessionGetRoleByName(XblMultiplayerSessionHandle handle, const char *roleTypeName,
                                           const char *roleName, const XblMultiplayerRole **role)
{
    if (!handle || !roleTypeName || !roleName || !role)
        return E_INVALIDARG;
    *role = find(handle, roleTypeName, roleName);
    return S_OK;
}

HRESULT XblMultiplayerSessionSetMutableRoleSettings(XblMultiplayerSessionHandle handle,
                                                    const char *roleTypeName, const char *roleName,
                                                    uint32_t *maxMemberCount, uint32_t *targetMemberCount)
{
    XblMultiplayerRole *role;

    if (!handle || !roleTypeName || !roleName)
        return E_INVALIDARG;
    session_lock(handle);
    role = find(handle, roleTypeName, roleName);
    if (role) {
        if (maxMemberCount)
            role->MaxMemberCount = *maxMemberCount;
        if (targetMemberCount)
            role->TargetCount = *targetMemberCount;
        handle->changes.roles = true;
    }
    session_unlock(handle);
    return role ? S_OK : E_INVALIDARG;
}
