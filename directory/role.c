/* SPDX-License-Identifier: MIT */
/* Role types: their settings, who takes a role, and how they are shown. */
#include "directory/role.h"

#include <string.h>

#include "directory/schema.h"
#include "directory/session.h"
#include "directory/util.h"

static json_t *role_find(const json_t *session, const char *type, const char *role)
{
    const json_t *types = json_object_get(session, "roleTypes");

    return json_object_get(json_object_get(json_object_get(types, type), "roles"), role);
}

/* The XUIDs of the members in this role. Owned. */
static json_t *role_holders(const json_t *session, const char *type, const char *role)
{
    json_t *holders = json_array();
    json_t *member;
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i,
                       member) if (strcmp(json_text(json_object_get(member, "roles"), type, ""), role) == 0)
        json_array_append(holders, json_object_get(member, "xuid"));
    return holders;
}

static int role_set(const json_t *type, const char *type_name, json_t *role, const json_t *settings,
                    Refusal *refusal)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)settings, name, value)
    {
        if (strcmp(name, "max") != 0 && strcmp(name, "target") != 0)
            return refuse(refusal, 400, "Unrecognised member '%.60s' in a role.", name);
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return refuse(refusal, 400, "%s of a role must be a number.", name);
        /* The stock library writes both settings of all roles, changed or not. */
        if (json_equal(json_object_get(role, name), value))
            continue;
        if (!json_array_has_text(json_object_get(type, "mutableRoleSettings"), name))
            return refuse(refusal, 400, "The setting %s of role type %.60s cannot be changed.", name,
                          type_name);
        json_object_set(role, name, value);
    }
    return 0;
}

int role_configure(const MergeContext *context, json_t *session, const json_t *role_types, Refusal *refusal)
{
    const json_t *member = session_member(session, context->xuid);
    const char *type_name;
    json_t *requested;

    if (session_capability(session, "hasOwners") && json_object_size(role_types) > 0 && member &&
        !session_owns(session, member))
        return refuse(refusal, 403, "Only an owner may change roles.");
    json_object_foreach((json_t *)(uintptr_t)role_types, type_name, requested)
    {
        json_t *type = json_object_get(json_object_get(session, "roleTypes"), type_name);
        const json_t *roles = json_object_get(requested, "roles");
        const char *role_name;
        json_t *settings;

        if (schema_check_shape(requested, "A role type", "roles", refusal) != 0)
            return REFUSED;
        if (roles && !json_is_object(roles))
            return refuse(refusal, 400, "roles of a role type must be an object.");
        if (!type)
            return refuse(refusal, 400, "The session has no role type '%.60s'.", type_name);
        json_object_foreach((json_t *)(uintptr_t)roles, role_name, settings)
        {
            json_t *role = role_find(session, type_name, role_name);
            int r;

            if (!role || !json_is_object(settings))
                return refuse(refusal, 400, "Role type '%.60s' has no role '%.60s'.", type_name, role_name);
            r = role_set(type, type_name, role, settings, refusal);
            if (r != 0)
                return r;
        }
    }
    return 0;
}

int role_take(json_t *session, json_t *member, const json_t *roles, Refusal *refusal)
{
    json_t *held = json_child(member, "roles");
    const char *type;
    json_t *value;

    if (json_is_null(roles))
        json_object_clear(held);
    else if (!json_is_object(roles))
        return refuse(refusal, 400, "roles must be an object.");

    json_object_foreach((json_t *)(uintptr_t)roles, type, value)
    {
        OWN_JSON json_t *holders = NULL;
        const json_t *role;

        if (json_is_null(value)) {
            json_object_del(held, type);
            continue;
        }
        role = json_is_string(value) ? role_find(session, type, json_string_value(value)) : NULL;
        if (!role)
            return refuse(refusal, 400, "Role type '%.60s' has no such role.", type);
        if (json_equal(json_object_get(held, type), value))
            continue;
        if (json_is_true(json_object_get(json_object_get(json_object_get(session, "roleTypes"), type),
                                         "ownerManaged")) &&
            !session_owns(session, member))
            return refuse(refusal, 403, "Roles of type '%.60s' are given by owners.", type);
        holders = role_holders(session, type, json_string_value(value));
        if (json_object_get(role, "max") &&
            (json_int_t)json_array_size(holders) >= json_number(role, "max", 0))
            return refuse(refusal, 400, "The role '%.60s' is full.", json_string_value(value));
        json_object_set(held, type, value);
    }
    return 0;
}

json_t *role_render(const json_t *session)
{
    json_t *types = json_deep_copy(json_object_get(session, "roleTypes"));
    const char *type_name, *role_name;
    json_t *type, *role;

    json_object_foreach(types, type_name, type)
    {
        json_object_foreach(json_object_get(type, "roles"), role_name, role)
        {
            json_t *holders = role_holders(session, type_name, role_name);

            json_object_set_new(role, "count", json_integer((json_int_t)json_array_size(holders)));
            json_object_set_new(role, "memberXuids", holders);
        }
    }
    return types;
}
