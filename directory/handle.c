/* SPDX-License-Identifier: MIT */
/* Handles: activity, invite, search, transfer. */
#include "directory/handle.h"

#include <errno.h>
#include <string.h>

#include "directory/util.h"

static char *activity_slot(const json_t *handle)
{
    return text_format("%s/%s", json_text(handle, "ownerXuid", ""), json_text(handle, "titleId", ""));
}

static bool handle_is(const json_t *handle, const char *type)
{
    return strcmp(json_text(handle, "type", ""), type) == 0;
}

json_t *handle_find(Directory *directory, const char *id)
{
    OWN_TEXT char *key = text_lower(id);
    json_t *handle = json_object_get(directory->handles, key);
    json_int_t expiration = json_number(handle, "expiration", 0);

    if (handle && expiration > 0 && expiration <= clock_now(&directory->clock)) {
        handle_remove(directory, key);
        return NULL;
    }
    return handle;
}

json_t *handle_new(const char *type, const char *id, const SessionReference *reference, int64_t now)
{
    json_t *handle = json_object();
    char made[GUID_SIZE];
    OWN_TEXT char *lower = id ? text_lower(id) : NULL;
    OWN_TEXT char *key = session_key(reference);

    guid_make(made, false);
    json_object_set_new(handle, "id", json_string(lower ? lower : made));
    json_object_set_new(handle, "type", json_string(type));
    json_object_set_new(handle, "version", json_integer(1));
    json_object_set_new(handle, "sessionRef", session_reference_json(reference));
    json_object_set_new(handle, "key", json_string(key));
    json_object_set_new(handle, "createTime", json_integer(now));
    return handle;
}

int handle_store(Directory *directory, json_t *handle)
{
    const char *id = json_text(handle, "id", "");

    if (json_object_size(directory->handles) >= HANDLES_MAX) {
        json_decref(handle);
        return -ENOSPC;
    }
    if (handle_is(handle, "activity")) {
        OWN_TEXT char *slot = activity_slot(handle);
        OWN_TEXT char *earlier = text_copy(json_text(directory->activities, slot, ""));

        handle_remove(directory, earlier);
        json_object_set_new(directory->activities, slot, json_string(id));
    }
    json_object_set_new(directory->handles, id, handle);
    directory->dirty = true;
    return 0;
}

void handle_remove(Directory *directory, const char *id)
{
    OWN_TEXT char *key = text_lower(id);
    OWN_JSON json_t *handle = json_incref(json_object_get(directory->handles, key));

    if (!handle)
        return;
    if (handle_is(handle, "activity")) {
        OWN_TEXT char *slot = activity_slot(handle);

        json_object_del(directory->activities, slot);
    }
    json_object_del(directory->handles, key);
    directory->dirty = true;
}

json_t *handle_render(const json_t *handle)
{
    static const char *const times[] = {"createTime", "expiration"};
    json_t *out = json_copy((json_t *)(uintptr_t)handle);

    json_object_del(out, "key");
    json_object_del(out, "originKey");
    for (size_t i = 0; i < 2; i++) {
        char text[CLOCK_ISO_SIZE];

        if (!json_object_get(handle, times[i]))
            continue;
        clock_format_iso(json_number(handle, times[i], 0), text);
        json_object_set_new(out, times[i], json_string(text));
    }
    return out;
}

static bool is_active(const json_t *session, const char *xuid)
{
    const json_t *member = session ? session_member(session, xuid) : NULL;

    return member && member_status(member) == MEMBER_ACTIVE;
}

void handle_follow_session(Directory *directory, const char *key, const json_t *before, const json_t *after)
{
    const json_t *members = json_object_get(before, "members");
    const char *id;
    json_t *value, *member;
    void *next;
    size_t i;

    json_array_foreach(members, i, member)
    {
        const char *xuid = json_text(member, "xuid", "");

        if (!is_active(before, xuid) || is_active(after, xuid))
            continue;
        json_object_foreach_safe(directory->activities, next, id, value)
        {
            const json_t *handle = json_object_get(directory->handles, json_string_value(value));

            if (strcmp(json_text(handle, "ownerXuid", ""), xuid) == 0 &&
                strcmp(json_text(handle, "key", ""), key) == 0)
                handle_remove(directory, json_string_value(value));
        }
    }
    if (after)
        return;
    json_object_foreach_safe(directory->handles, next, id,
                             value) if (strcmp(json_text(value, "key", ""), key) == 0 &&
                                        (handle_is(value, "search") || handle_is(value, "transfer")))
        handle_remove(directory, id);
}
