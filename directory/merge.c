/* SPDX-License-Identifier: MIT */
/* One PUT's delta merged into a session, all of it or nothing. */
#include "directory/merge.h"

#include <string.h>

#include "directory/initialize.h"
#include "directory/member.h"
#include "directory/role.h"
#include "directory/session.h"
#include "directory/util.h"

void merge_custom(const MergeContext *context, json_t *custom, const json_t *delta)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)delta, key, value)
    {
        if (json_is_null(value)) {
            json_object_del(custom, key);
        } else if (context->deep_custom && json_is_object(value)) {
            merge_custom(context, json_child(custom, key), value);
        } else {
            json_object_set_new(custom, key, json_deep_copy(value));
        }
    }
}

void merge_system(SchemaPart part, json_t *system, const json_t *delta)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)delta, key, value)
    {
        if (!schema_knows(part, key))
            continue;
        if (json_is_absent(value))
            json_object_del(system, key);
        else
            json_object_set_new(system, key, json_deep_copy(value));
    }
}

/* Constants of the request join those that are there; what differs contradicts. */
static int merge_constants(json_t *stored, const json_t *given, const char *whose, bool creating,
                           Refusal *refusal)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)given, key, value)
    {
        json_t *old = json_object_get(stored, key);
        int r;

        if (old && strcmp(key, "capabilities") == 0 && json_is_object(old) && json_is_object(value)) {
            r = merge_constants(old, value, whose, creating, refusal);
            if (r != 0)
                return r;
        } else if (old ? json_equal(old, value) : json_is_false(value)) {
            continue;
        } else if (old || !creating) {
            return refuse(refusal, 409, "Constant %.60s differs from the %s's.", key, whose);
        } else {
            json_object_set_new(stored, key, json_deep_copy(value));
        }
    }
    return 0;
}

/* What a capability forbids or needs besides itself. */
static int check_capabilities(const json_t *session, Refusal *refusal)
{
    static const char *const not_large[] = {"connectivity", "userAuthorizationStyle", "team", "arbitration",
                                            "autoPopulateServerCandidates"};
    bool large = session_capability(session, "large"), gameplay = session_capability(session, "gameplay");

    for (size_t i = 0; large && i < sizeof(not_large) / sizeof(not_large[0]); i++)
        if (session_capability(session, not_large[i]))
            return refuse(refusal, 400, "A large session cannot have the capability %s.", not_large[i]);
    if (large && (!json_is_absent(session_constant(session, "memberInitialization")) ||
                  !json_is_absent(session_constant(session, "measurementServerAddresses"))))
        return refuse(refusal, 400, "A large session initializes no members and measures no servers.");
    if (session_capability(session, "broadcast") && !large)
        return refuse(refusal, 400, "broadcast requires the capability large.");
    if (session_capability(session, "team") && gameplay)
        return refuse(refusal, 400, "team excludes the capability gameplay.");
    if (session_capability(session, "arbitration") && !gameplay)
        return refuse(refusal, 400, "arbitration requires the capability gameplay.");
    if (session_capability(session, "searchable") && session_capability(session, "userAuthorizationStyle") &&
        !session_capability(session, "hasOwners"))
        return refuse(refusal, 400, "searchable needs hasOwners with userAuthorizationStyle.");
    if (!json_is_absent(session_constant(session, "metrics")) && !session_capability(session, "connectivity"))
        return refuse(refusal, 400, "metrics needs the capability connectivity.");
    return 0;
}

static int check_ownership(const json_t *session, Refusal *refusal)
{
    const json_t *policies = session_constant(session, "ownershipPolicies");
    const json_t *migration = json_object_get(policies, "migration");
    const json_t *invites = json_object_get(policies, "allowNonOwnerInviteHandles");
    const json_t *names = json_object_get(policies, "nonOwnerModifiableSystemProperties");
    json_t *name;
    size_t i;

    if (json_is_absent(policies))
        return 0;
    if (!session_capability(session, "hasOwners"))
        return refuse(refusal, 400, "ownershipPolicies needs the capability hasOwners.");
    if (schema_check_shape(policies, "ownershipPolicies",
                           "migration,allowNonOwnerInviteHandles,nonOwnerModifiableSystemProperties",
                           refusal) != 0)
        return REFUSED;
    if (!json_is_absent(migration) && strcmp(json_text(policies, "migration", ""), "oldest") != 0 &&
        strcmp(json_text(policies, "migration", ""), "endsession") != 0)
        return refuse(refusal, 400, "migration is oldest or endsession.");
    if (!json_is_absent(invites) && !json_is_boolean(invites))
        return refuse(refusal, 400, "allowNonOwnerInviteHandles must be a boolean.");
    if (!json_is_absent(names) && !json_is_array(names))
        return refuse(refusal, 400, "nonOwnerModifiableSystemProperties must be an array.");
    json_array_foreach(names, i, name)
    {
        if (!json_is_string(name) || !schema_knows(SCHEMA_PROPERTIES, json_string_value(name)))
            return refuse(refusal, 400,
                          "nonOwnerModifiableSystemProperties must hold names of system properties.");
    }
    return 0;
}

static int check_constants(const json_t *session, const char *xuid, Refusal *refusal)
{
    bool large = session_capability(session, "large");
    const json_t *count = session_constant(session, "maxMembersCount");
    const json_t *initiators = session_constant(session, "initiators");

    if (count && (json_integer_value(count) < 1 ||
                  json_integer_value(count) > (large ? MEMBERS_LARGE_MAX : MEMBERS_MAX)))
        return refuse(refusal, 400, "maxMembersCount must be from 1 to %d.",
                      large ? MEMBERS_LARGE_MAX : MEMBERS_MAX);
    if (initiators && !json_array_has_text(initiators, xuid))
        return refuse(refusal, 403, "The creator is not one of the initiators.");
    if (check_capabilities(session, refusal) != 0)
        return REFUSED;
    if (check_ownership(session, refusal) != 0)
        return REFUSED;
    return initialize_check(session, refusal);
}

static int apply_constants(const MergeContext *context, json_t *session, const json_t *template_json,
                           const json_t *given, Refusal *refusal)
{
    json_t *stored = json_child(session, "constants");
    const json_t *template_constants = json_object_get(template_json, "constants");
    const json_t *system = json_object_get(given, "system");
    const json_t *custom = json_object_get(given, "custom");
    const char *whose = template_json ? "template" : "session";
    int r = 0;

    if (given)
        r = schema_check_shape(given, "constants", "system,custom", refusal);
    if (r == 0 && ((system && !json_is_object(system)) || (custom && !json_is_object(custom))))
        r = refuse(refusal, 400, "constants.system and constants.custom must be objects.");
    if (r == 0 && system)
        r = schema_check(SCHEMA_CONSTANTS, system, context->ignore_unknown, refusal);
    if (r != 0)
        return r;
    if (template_json) {
        json_object_update(json_child(stored, "system"), json_object_get(template_constants, "system"));
        json_object_update(json_child(stored, "custom"), json_object_get(template_constants, "custom"));
    }
    r = merge_constants(json_child(stored, "system"), system, whose, template_json != NULL, refusal);
    if (r == 0)
        r = merge_constants(json_child(stored, "custom"), custom, whose, template_json != NULL, refusal);
    if (r == 0 && template_json)
        r = check_constants(session, context->xuid, refusal);
    return r;
}

static int apply_properties(const MergeContext *context, json_t *session, const json_t *given,
                            Refusal *refusal)
{
    const json_t *system = json_object_get(given, "system");
    const json_t *custom = json_object_get(given, "custom"), *succeeded;
    json_t *stored = json_child(session, "properties");
    int r = schema_check_shape(given, "properties", "system,custom", refusal);

    if (r == 0 && ((system && !json_is_object(system)) || (custom && !json_is_object(custom))))
        r = refuse(refusal, 400, "properties.system and properties.custom must be objects.");
    if (r == 0 && system)
        r = schema_check(SCHEMA_PROPERTIES, system, context->ignore_unknown, refusal);
    if (r != 0)
        return r;
    succeeded = json_object_get(system, "initializationSucceeded");
    if (json_is_boolean(succeeded))
        r = initialize_decide(session, json_is_true(succeeded), context->now, refusal);
    if (r != 0)
        return r;
    merge_system(SCHEMA_PROPERTIES, json_child(stored, "system"), system);
    /* It acts at once and is not kept. */
    json_object_del(json_child(stored, "system"), "initializationSucceeded");
    merge_custom(context, json_child(stored, "custom"), custom);
    return 0;
}

static int openness(const char *restriction)
{
    return strcmp(restriction, "none") == 0 ? 2 : strcmp(restriction, "followed") == 0 ? 1 : 0;
}

static int check_turn(const json_t *session, Refusal *refusal)
{
    json_t *index, *member;
    size_t i, j;

    json_array_foreach(session_property(session, "turn"), i, index)
    {
        bool found = false;

        json_array_foreach(json_object_get(session, "members"), j,
                           member) if (json_number(member, "index", -1) == json_integer_value(index)) found =
            true;
        if (!found)
            return refuse(refusal, 400, "turn must be an array of member indices.");
    }
    return 0;
}

static int check_properties(const json_t *session, Refusal *refusal)
{
    const json_t *join = session_property(session, "joinRestriction");
    const json_t *read = session_property(session, "readRestriction");

    if (session_flag(session, "locked") && !session_flag(session, "closed"))
        return refuse(refusal, 400, "locked requires closed.");
    if (session_property(session, "keywords") && strcmp(session_visibility(session), "private") == 0)
        return refuse(refusal, 400, "A private session has no keywords.");
    if (join && read && openness(json_string_value(read)) < openness(json_string_value(join)))
        return refuse(refusal, 400, "readRestriction must be at least as open as joinRestriction.");
    if (read && session_capability(session, "userAuthorizationStyle") &&
        strcmp(json_string_value(read), "none") == 0)
        return refuse(refusal, 400, "readRestriction must not be none with userAuthorizationStyle.");
    if (session_capability(session, "large") &&
        (session_property(session, "turn") || session_property(session, "host") ||
         (join && strcmp(json_string_value(join), "none") != 0)))
        return refuse(refusal, 400, "A large session has no turn, host or join restriction.");
    return check_turn(session, refusal);
}

/* The host is a member's device or nobody. */
static void settle_host(json_t *session)
{
    const json_t *host = session_property(session, "host");
    json_t *member;
    size_t i;

    if (!host)
        return;
    json_array_foreach(json_object_get(session, "members"), i, member)
    {
        OWN_TEXT char *token = member_device_token(member);

        if (token && strcmp(token, json_string_value(host)) == 0)
            return;
    }
    json_object_del(json_object_get(json_object_get(session, "properties"), "system"), "host");
}

static void settle_owner(json_t *session)
{
    json_t *system = json_object_get(json_object_get(session, "properties"), "system");
    const json_t *first = json_array_get(json_object_get(session, "members"), 0);

    if (first && session_capability(session, "hasOwners"))
        json_object_set_new(system, "owners", json_pack("[I]", json_number(first, "index", 0)));
}

int merge_apply(const MergeContext *context, json_t *session, const json_t *template_json, const json_t *body,
                Refusal *refusal)
{
    const json_t *properties = json_object_get(body, "properties");
    const json_t *role_types = json_object_get(body, "roleTypes");
    const json_t *members = json_object_get(body, "members");
    int r;

    r = schema_check_shape(body, "The request", "constants,properties,roleTypes,members,servers", refusal);
    if (r == 0 && ((members && !json_is_object(members)) || (role_types && !json_is_object(role_types))))
        r = refuse(refusal, 400, "members and roleTypes must be objects.");
    if (r == 0 && (template_json || json_object_get(body, "constants")))
        r = apply_constants(context, session, template_json, json_object_get(body, "constants"), refusal);
    if (r == 0 && template_json && json_object_get(template_json, "roleTypes"))
        json_object_set_new(session, "roleTypes",
                            json_deep_copy(json_object_get(template_json, "roleTypes")));
    if (r == 0 && properties)
        r = apply_properties(context, session, properties, refusal);
    if (r == 0 && role_types)
        r = role_configure(context, session, role_types, refusal);
    if (r == 0 && members)
        r = member_apply(context, session, members, refusal);
    if (r == 0)
        r = check_properties(session, refusal);
    if (r != 0)
        return r;
    if (template_json)
        settle_owner(session);
    settle_host(session);
    return 0;
}
