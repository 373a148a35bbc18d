/* SPDX-License-Identifier: MIT */
/* The service's merge rules, as far as the promises depend on them. */
#include "document.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

Member *document_member(Document *document, unsigned xuid)
{
    for (unsigned i = 0; i < document->members_count; i++)
        if (document->members[i].xuid == xuid)
            return &document->members[i];
    return NULL;
}

void document_remove(Document *document, Member *member)
{
    size_t index = (size_t)(member - document->members);
    document->members_count--;
    memmove(member, member + 1, (document->members_count - index) * sizeof *member);
    if (!document->members_count)
        *document = (Document){.version = document->version};
}

bool document_expire(Document *document, uint64_t now, uint64_t reserved_usec, uint64_t inactive_usec)
{
    bool any = false;
    for (unsigned i = 0; i < document->members_count; i++) {
        Member *member = &document->members[i];
        uint64_t keeps = member->reserved ? reserved_usec : inactive_usec;
        if (member->active || now < member->since + keeps)
            continue;
        document_remove(document, member);
        any = true;
        i--;
    }
    return any;
}

/* ---- Merging ----------------------------------------------------------------------------------------------------- */

static void set_joined(Member *member, uint64_t now)
{
    time_t seconds = (time_t)(SERVICE_BEGIN + now / USEC_PER_SEC);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t length = strftime(member->joined, sizeof member->joined, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(member->joined + length, sizeof member->joined - length, ".%07luZ",
             (unsigned long)(now % USEC_PER_SEC * 10));
}

static bool add_member(Document *document, unsigned xuid, bool reserved, uint64_t now, Member **member)
{
    if (document->members_count == DOCUMENT_MEMBERS)
        return false;
    *member = &document->members[document->members_count++];
    **member = (Member){.xuid = xuid, .reserved = reserved, .since = now};
    set_joined(*member, now);
    return true;
}

static bool apply_me(Document *document, const Delta *delta, unsigned xuid, uint64_t now, bool *changed)
{
    Member *member = document_member(document, xuid);
    if (!member) {
        if (!add_member(document, xuid, false, now, &member))
            return false;
        /* Who has just come is not thrown out for being inactive before it could say that it is there. */
        member->active = true;
        *changed = true;
    }
    *changed = *changed || member->reserved || (delta->joins && !member->active) ||
               (delta->own && member->own != delta->own);
    if (member->reserved)
        set_joined(member, now);
    member->reserved = false;
    member->active = member->active || delta->joins;
    if (delta->own)
        member->own = delta->own;
    return true;
}

static void apply_shared(Document *document, const Delta *delta, bool *changed)
{
    for (unsigned key = 0; key < DOCUMENT_KEYS; key++) {
        if (!delta->removes[key] && !delta->shared[key])
            continue;
        unsigned value = delta->removes[key] ? VALUE_ABSENT : delta->shared[key];
        *changed = *changed || document->shared[key] != value;
        document->shared[key] = value;
    }
}

static unsigned apply_leave(Document *document, unsigned xuid, bool *changed)
{
    Member *member = document_member(document, xuid);
    if (!document->exists)
        return 204;
    if (!member)
        return 200;
    document_remove(document, member);
    *changed = true;
    return document->exists ? 200 : 204;
}

unsigned document_apply(Document *document, const Delta *delta, unsigned xuid, uint64_t now, bool *changed)
{
    Document made = *document;
    Member *member;
    bool creates = !document->exists;
    *changed = false;
    if (delta->leaves) {
        unsigned status = apply_leave(&made, xuid, changed);
        *document = made;
        return status;
    }
    if (!delta->me && !creates && !document_member(&made, xuid))
        return 403;
    made.exists = true;
    if (delta->me && !apply_me(&made, delta, xuid, now, changed))
        return 403;
    apply_shared(&made, delta, changed);
    if (delta->reserves && !document_member(&made, delta->reserves)) {
        if (!add_member(&made, delta->reserves, true, now, &member))
            return 403;
        *changed = true;
    }
    if (!made.members_count) {
        /* A session without members is not kept. */
        *changed = false;
        return 204;
    }
    *changed = *changed || creates;
    *document = made;
    return creates ? 201 : 200;
}

/* ---- Comparing --------------------------------------------------------------------------------------------------- */

bool document_shows(const Document *document, const Delta *delta, unsigned xuid)
{
    const Member *member = document_member((Document *)document, xuid);
    if (delta->leaves)
        return !member;
    if (!document->exists)
        return false;
    if (delta->me &&
        (!member || (delta->joins && !member->active) || (delta->own && member->own != delta->own)))
        return false;
    for (unsigned key = 0; key < DOCUMENT_KEYS; key++)
        if ((delta->removes[key] && document->shared[key]) ||
            (delta->shared[key] && document->shared[key] != delta->shared[key]))
            return false;
    return !delta->reserves || document_member((Document *)document, delta->reserves);
}

bool delta_is_unique(const Delta *delta)
{
    for (unsigned key = 0; key < DOCUMENT_KEYS; key++)
        if (delta->shared[key])
            return true;
    return delta->own || delta->reserves >= DELTA_RESERVES_OWN;
}

/* ---- Texts ------------------------------------------------------------------------------------------------------- */

void xuid_render(unsigned xuid, char text[XUID_TEXT])
{
    snprintf(text, XUID_TEXT, "25332749%08u", xuid);
}

void branch_render(unsigned branch, char text[40])
{
    snprintf(text, 40, "91b0c3de-6f30-4a6c-b1ad-%012u", branch);
}

typedef struct Writer {
    char *at, *end;
} Writer;

static void put(Writer *writer, const char *format, ...) MPS_PRINTF(2, 3);

static void put(Writer *writer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(writer->at, (size_t)(writer->end - writer->at), format, arguments);
    va_end(arguments);
    assert(length >= 0 && length < writer->end - writer->at);
    writer->at += length;
}

size_t document_render(const Document *document, char text[DOCUMENT_TEXT])
{
    Writer writer = {text, text + DOCUMENT_TEXT};
    char branch[40], xuid[XUID_TEXT];
    branch_render(document->branch, branch);
    put(&writer,
        "{\"branch\":\"%s\",\"changeNumber\":%u,\"constants\":{\"system\":{},\"custom\":{}},"
        "\"properties\":{\"system\":{},\"custom\":{",
        branch, document->change);
    const char *comma = "";
    for (unsigned key = 0; key < DOCUMENT_KEYS; key++)
        if (document->shared[key]) {
            put(&writer, "%s\"k%u\":%u", comma, key, document->shared[key]);
            comma = ",";
        }
    put(&writer, "}},\"members\":{");
    for (unsigned i = 0; i < document->members_count; i++) {
        const Member *member = &document->members[i];
        xuid_render(member->xuid, xuid);
        put(&writer,
            "%s\"%u\":{\"constants\":{\"system\":{\"xuid\":\"%s\"}},\"properties\":{\"system\":{%s},",
            i ? "," : "", i, xuid, member->active ? "\"active\":true" : "");
        if (member->own)
            put(&writer, "\"custom\":{\"w\":%u}}", member->own);
        else
            put(&writer, "\"custom\":{}}");
        put(&writer, "%s,\"joinTime\":\"%s\"}", member->reserved ? ",\"reserved\":true" : "", member->joined);
    }
    put(&writer, "},\"servers\":{}}");
    return (size_t)(writer.at - text);
}

static void put_me(Writer *writer, const Delta *delta, unsigned xuid)
{
    char text[XUID_TEXT];
    if (delta->leaves) {
        put(writer, "\"me\":null");
        return;
    }
    xuid_render(xuid, text);
    put(writer, "\"me\":{");
    if (delta->joins)
        put(writer, "\"constants\":{\"system\":{\"xuid\":\"%s\"}},", text);
    put(writer, "\"properties\":{\"system\":{%s%s%s}", delta->joins ? "\"active\":true" : "",
        delta->joins && delta->encounter ? "," : "", delta->encounter ? "\"encounters\":[\"met\"]" : "");
    if (delta->own)
        put(writer, ",\"custom\":{\"w\":%u}", delta->own);
    put(writer, "}}");
}

size_t delta_render(const Delta *delta, unsigned xuid, char text[DELTA_TEXT])
{
    Writer writer = {text, text + DELTA_TEXT};
    char other[XUID_TEXT];
    const char *comma = "";
    put(&writer, "{");
    bool shared = false;
    for (unsigned key = 0; key < DOCUMENT_KEYS; key++) {
        if (!delta->removes[key] && !delta->shared[key])
            continue;
        put(&writer, "%s\"k%u\":", shared ? "," : "\"properties\":{\"custom\":{", key);
        if (delta->removes[key])
            put(&writer, "null");
        else
            put(&writer, "%u", delta->shared[key]);
        shared = true;
    }
    if (shared) {
        put(&writer, "}}");
        comma = ",";
    }
    if (delta->me || delta->leaves || delta->reserves) {
        put(&writer, "%s\"members\":{", comma);
        if (delta->me || delta->leaves)
            put_me(&writer, delta, xuid);
        xuid_render(delta->reserves, other);
        if (delta->reserves)
            put(&writer, "%s\"reserve_0\":{\"constants\":{\"system\":{\"xuid\":\"%s\"}}}",
                delta->me || delta->leaves ? "," : "", other);
        put(&writer, "}");
    }
    put(&writer, "}");
    return (size_t)(writer.at - text);
}
