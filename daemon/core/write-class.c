/* SPDX-License-Identifier: MIT */
/* Reading a document just far enough. */
#include "core/write-class.h"

#include "ipc/names.h"

#include <jansson.h>
#include <stdio.h>

bool core_kind_is_write(CoreKind kind)
{
    return kind == CORE_WRITE_SESSION || kind == CORE_WRITE_SESSION_BY_HANDLE;
}

/* jansson recurses while it parses, so depth is checked before it sees the text. */
static unsigned document_depth(const char *text, size_t size)
{
    unsigned depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest)
                deepest = depth;
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return deepest;
}

static bool is_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static WriteClass class_of_me(const json_t *me)
{
    if (json_is_null(me))
        return WRITE_CLASS_LEAVE;
    const json_t *system = json_object_get(json_object_get(me, "properties"), "system");
    /* An empty member has no purpose but to be one. */
    if (json_object_get(me, "constants") || is_true(system, "active") || is_true(system, "ready") ||
        json_object_size(me) == 0)
        return WRITE_CLASS_JOIN;
    if (json_object_get(system, "encounters"))
        return WRITE_CLASS_ENCOUNTER;
    return WRITE_CLASS_OWN;
}

/* A document may do several things; the one with the shortest life decides, but a leave is never cut short. */
static WriteFacts facts_of(const json_t *session)
{
    const json_t *members = json_object_get(session, "members");
    const json_t *me = json_object_get(members, "me");
    const json_t *system = json_object_get(json_object_get(me, "properties"), "system");
    WriteClass own = me ? class_of_me(me) : WRITE_CLASS_NONE;
    WriteFacts facts = {
        .write_class = own,
        .own_only = me && json_object_size(session) == 1 && json_object_size(members) == 1,
        .encounters = json_object_get(system, "encounters") != NULL,
    };
    if (own == WRITE_CLASS_LEAVE || own == WRITE_CLASS_JOIN)
        return facts;
    bool shared = json_object_get(session, "properties") || json_object_get(session, "constants") ||
                  json_object_get(session, "roleTypes") || json_object_get(session, "servers");
    if (!shared && own != WRITE_CLASS_NONE)
        return facts;
    facts.write_class =
        !shared && json_object_size(members) > 0 ? WRITE_CLASS_RESERVATION : WRITE_CLASS_SHARED;
    return facts;
}

#define PACKED_OWN_ONLY 0x10
#define PACKED_ENCOUNTERS 0x20

unsigned write_facts_pack(const WriteFacts *facts)
{
    return (unsigned)facts->write_class | (facts->own_only ? PACKED_OWN_ONLY : 0) |
           (facts->encounters ? PACKED_ENCOUNTERS : 0);
}

WriteFacts write_facts_unpack(unsigned packed)
{
    unsigned write_class = packed & 0xf;
    return (WriteFacts){
        /* One of a later version: what lives neither long nor short. */
        .write_class = write_class <= WRITE_CLASS_ENCOUNTER ? (WriteClass)write_class : WRITE_CLASS_SHARED,
        .own_only = packed & PACKED_OWN_ONLY,
        .encounters = packed & PACKED_ENCOUNTERS,
    };
}

static int check_members(const json_t *session, char *message, size_t message_size)
{
    static const char *const known[] = {"constants", "properties", "roleTypes", "members", "servers"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)session, key, value)
    {
        size_t i = 0;
        while (i < ELEMENTS(known) && !string_equal(key, known[i]))
            i++;
        if (i == ELEMENTS(known)) {
            snprintf(message, message_size,
                     "the session has the top-level member '%.60s', which the service refuses: only "
                     "constants, properties, "
                     "roleTypes, members and servers may be there",
                     key);
            return -EINVAL;
        }
        if (!json_is_object(value)) {
            snprintf(message, message_size, "the session's member '%s' must be a JSON object", key);
            return -EINVAL;
        }
    }
    return 0;
}

int write_class_check(const char *session, size_t session_size, WriteFacts *facts, char *message,
                      size_t message_size)
{
    if (session_size > MPS_SESSION_MAX) {
        snprintf(message, message_size,
                 "the session has %zu bytes; at most %d are taken: send only what changes", session_size,
                 MPS_SESSION_MAX);
        return -EINVAL;
    }
    unsigned depth = document_depth(session, session_size);
    if (depth > MPS_SESSION_DEPTH_MAX) {
        snprintf(message, message_size, "the session is nested %u deep; at most %d levels are taken", depth,
                 MPS_SESSION_DEPTH_MAX);
        return -EINVAL;
    }
    json_error_t error;
    CLEANUP(json_decrefp) json_t *root = json_loadb(session, session_size, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        if (json_error_code(&error) == json_error_out_of_memory)
            return -ENOMEM;
        snprintf(message, message_size, "the session is not a JSON object: %.120s (line %d, column %d)",
                 error.text, error.line, error.column);
        return -EINVAL;
    }
    if (!json_is_object(root)) {
        snprintf(message, message_size,
                 "the session is not a JSON object: it must begin with { and end with }");
        return -EINVAL;
    }
    int r = check_members(root, message, message_size);
    if (r < 0)
        return r;
    *facts = facts_of(root);
    return 0;
}

uint64_t write_class_lifetime(CoreKind kind, WriteClass write_class)
{
    if (!core_kind_is_write(kind) || write_class == WRITE_CLASS_JOIN)
        return 30 * USEC_PER_SEC;
    return write_class == WRITE_CLASS_LEAVE ? 2 * USEC_PER_HOUR : 10 * USEC_PER_MINUTE;
}

CoreDurability write_class_durability(CoreKind kind, uint64_t lifetime_usec)
{
    if (!core_kind_is_write(kind))
        return CORE_DURABILITY_NONE;
    return lifetime_usec <= 60 * USEC_PER_SEC ? CORE_DURABILITY_CRASH : CORE_DURABILITY_POWER;
}
