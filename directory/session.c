/* SPDX-License-Identifier: MIT */
/* The model of one session. */
#include "directory/session.h"

#include <errno.h>
#include <string.h>

#include "directory/util.h"

/* Those who left a locked session and may come back. */
#define FORMER_MAX 1000

char *session_key(const SessionReference *reference)
{
    OWN_TEXT char *joined =
        text_format("%s/%s/%s", reference->scid, reference->template_name, reference->name);

    return text_lower(joined);
}

int session_reference_parse(const json_t *json, bool name_optional, SessionReference *out)
{
    SessionReference reference = {
        .scid = json_text(json, "scid", NULL),
        .template_name = json_text(json, "templateName", NULL),
        .name = json_text(json, "name", NULL),
    };

    if (!reference.scid || !guid_valid(reference.scid))
        return -EINVAL;
    if (!reference.template_name || !name_valid(reference.template_name))
        return -EINVAL;
    if (reference.name ? !name_valid(reference.name) : !name_optional)
        return -EINVAL;
    *out = reference;
    return 0;
}

json_t *session_reference_json(const SessionReference *reference)
{
    return json_pack("{s:s, s:s, s:s}", "scid", reference->scid, "templateName", reference->template_name,
                     "name", reference->name);
}

json_t *session_new(const SessionReference *reference, const char *correlation, int64_t now)
{
    json_t *session = session_reference_json(reference);
    static const char *const halves[] = {"constants", "properties"};
    char guid[GUID_SIZE];

    guid_make(guid, false);
    json_object_set_new(session, "branch", json_string(guid));
    json_object_set_new(session, "changeNumber", json_integer(0));
    guid_make(guid, false);
    json_object_set_new(session, "correlationId", json_string(correlation ? correlation : guid));
    json_object_set_new(session, "startTime", json_integer(now));
    json_object_set_new(session, "nextIndex", json_integer(0));
    for (size_t i = 0; i < 2; i++) {
        json_t *half = json_child(session, halves[i]);

        json_child(half, "system");
        json_child(half, "custom");
    }
    json_child(session, "roleTypes");
    json_child(session, "servers");
    json_object_set_new(session, "members", json_array());
    return session;
}

void session_stamp(json_t *session)
{
    char etag[GUID_SIZE];

    guid_make(etag, true);
    json_object_set_new(session, "etag", json_string(etag));
    json_object_set_new(session, "changeNumber", json_integer(json_number(session, "changeNumber", 0) + 1));
}

void session_rebranch(json_t *session)
{
    char branch[GUID_SIZE];

    guid_make(branch, false);
    json_object_set_new(session, "branch", json_string(branch));
    json_object_set_new(session, "changeNumber", json_integer(0));
    session_stamp(session);
}

char *session_key_of(const json_t *session)
{
    SessionReference reference = {
        .scid = json_text(session, "scid", ""),
        .template_name = json_text(session, "templateName", ""),
        .name = json_text(session, "name", ""),
    };

    return session_key(&reference);
}

const json_t *session_constant(const json_t *session, const char *name)
{
    return json_object_get(json_object_get(json_object_get(session, "constants"), "system"), name);
}

const json_t *session_property(const json_t *session, const char *name)
{
    return json_object_get(json_object_get(json_object_get(session, "properties"), "system"), name);
}

bool session_capability(const json_t *session, const char *name)
{
    return json_is_true(json_object_get(session_constant(session, "capabilities"), name));
}

bool session_flag(const json_t *session, const char *property)
{
    return json_is_true(session_property(session, property));
}

const char *session_restriction(const json_t *session, const char *property)
{
    const json_t *value = session_property(session, property);

    if (json_is_string(value))
        return json_string_value(value);
    return session_capability(session, "userAuthorizationStyle") ? "local" : "none";
}

size_t session_capacity(const json_t *session)
{
    const json_t *value = session_constant(session, "maxMembersCount");

    if (json_is_integer(value))
        return (size_t)json_integer_value(value);
    return session_capability(session, "large") ? MEMBERS_LARGE_MAX : MEMBERS_MAX;
}

const char *session_visibility(const json_t *session)
{
    const json_t *value = session_constant(session, "visibility");

    return json_is_string(value) ? json_string_value(value) : "open";
}

json_t *session_member(const json_t *session, const char *xuid)
{
    json_t *member;
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i,
                       member) if (strcmp(json_text(member, "xuid", ""), xuid) == 0) return member;
    return NULL;
}

MemberStatus member_status(const json_t *member)
{
    const json_t *system = json_object_get(json_object_get(member, "properties"), "system");

    if (json_is_true(json_object_get(member, "reserved")))
        return MEMBER_RESERVED;
    if (json_is_true(json_object_get(system, "active")))
        return MEMBER_ACTIVE;
    if (json_is_true(json_object_get(system, "ready")))
        return MEMBER_READY;
    return MEMBER_INACTIVE;
}

static bool session_lists(const json_t *session, const char *property, const json_t *member)
{
    json_t *index;
    size_t i;

    json_array_foreach(session_property(session, property), i,
                       index) if (json_integer_value(index) == json_number(member, "index", -1)) return true;
    return false;
}

bool session_owns(const json_t *session, const json_t *member)
{
    return session_lists(session, "owners", member);
}

bool session_turn_is_of(const json_t *session, const json_t *member)
{
    return session_lists(session, "turn", member);
}

/* An index that no longer stands for a member has no place in a list of indices. */
static void session_forget_index(json_t *session, const char *property, json_int_t gone)
{
    json_t *system = json_object_get(json_object_get(session, "properties"), "system");
    json_t *list = json_object_get(system, property);
    size_t i = 0;

    while (i < json_array_size(list)) {
        if (json_integer_value(json_array_get(list, i)) == gone)
            json_array_remove(list, i);
        else
            i++;
    }
    if (list && json_array_size(list) == 0)
        json_object_del(system, property);
}

/* The last owner left: the oldest member follows, or the session ends with its members. */
static void session_migrate(json_t *session)
{
    json_t *members = json_object_get(session, "members");
    const char *migration =
        json_text(session_constant(session, "ownershipPolicies"), "migration", "endsession");
    json_t *system = json_object_get(json_object_get(session, "properties"), "system");
    json_t *member;
    size_t i;

    if (strcmp(migration, "oldest") != 0) {
        json_array_clear(members);
        return;
    }
    json_array_foreach(members, i, member)
    {
        if (member_status(member) == MEMBER_RESERVED)
            continue;
        json_object_set_new(system, "owners", json_pack("[I]", json_number(member, "index", 0)));
        return;
    }
}

void session_remove_member(json_t *session, size_t position, int64_t now)
{
    json_t *members = json_object_get(session, "members");
    json_t *member = json_array_get(members, position);
    json_int_t index = json_number(member, "index", -1);
    bool owned = session_property(session, "owners") != NULL;

    if (session_flag(session, "locked")) {
        json_t *former = json_object_get(session, "former");

        if (!former) {
            former = json_array();
            json_object_set_new(session, "former", former);
        }
        if (json_array_size(former) < FORMER_MAX)
            json_array_append(former, json_object_get(member, "xuid"));
    }
    json_array_remove(members, position);
    session_forget_index(session, "turn", index);
    session_forget_index(session, "owners", index);
    if (owned && !session_property(session, "owners"))
        session_migrate(session);
    if (json_array_size(members) == 0 && !json_object_get(session, "emptySince"))
        json_object_set_new(session, "emptySince", json_integer(now));
}
