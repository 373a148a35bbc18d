/* SPDX-License-Identifier: MIT */
/* Reading and writing one session: checks in the service's order, merge, commit. */
#include "directory/write.h"

#include <stdio.h>
#include <string.h>

#include "directory/access.h"
#include "directory/merge.h"
#include "directory/render.h"
#include "directory/timers.h"
#include "directory/util.h"

/* One write on its way through the checks. */
typedef struct Write {
    Directory *directory;
    const Principal *who;
    const Target *target;
    const Call *call;
    char *key;
    json_t *before; /* the committed session, or NULL */
    json_t *after;  /* the merged copy */
    json_t *body;   /* NULL when it is not JSON */
    Refusal unreadable;
} Write;

static void write_clear(Write *write)
{
    free(write->key);
    json_decref(write->before);
    json_decref(write->after);
    json_decref(write->body);
}

bool write_within_rate(const Principal *who, Reply *reply)
{
    char seconds[16];
    char *body;

    if (!who->throttled)
        return true;
    body = limit_body(&who->verdict);
    reply_take(reply, 429, "application/json", body, strlen(body));
    snprintf(seconds, sizeof(seconds), "%u", who->verdict.retry_after_s);
    reply_header(reply, "Retry-After", seconds);
    return false;
}

static void reply_refusal(const Directory *directory, const json_t *session, const Principal *who,
                          const Refusal *refusal, Reply *reply)
{
    if (refusal->document && session)
        render_reply(directory, session, who->xuid, refusal->status, reply);
    else
        reply_text(reply, refusal->status, refusal->text);
}

static void write_parse(Write *write)
{
    json_error_t error;

    if (write->call->length > 0)
        write->body = json_loadb(write->call->body, write->call->length, JSON_REJECT_DUPLICATES, &error);
    if (!write->body)
        refuse(&write->unreadable, 400, "The body is not JSON%s%s.", write->call->length > 0 ? ": " : "",
               write->call->length > 0 ? error.text : "");
    else if (!json_depth_fits(write->body))
        refuse(&write->unreadable, 400, "The body is nested deeper than %d.", JSON_DEPTH_MAX);
    else if (!json_is_object(write->body))
        refuse(&write->unreadable, 400, "The body is not a JSON object.");
    else
        return;
    json_decref(write->body);
    write->body = NULL;
}

/* 412: with the document when there is one and the caller may see it. */
static void reply_conflict(const Write *write, Reply *reply)
{
    const Directory *directory = write->directory;

    if (!write->before || !access_may_read(directory, write->before, write->who, write->target->handle) ||
        (directory->switches.bare_create_conflict && write->call->if_none_match))
        reply_status(reply, 412);
    else
        render_reply(directory, write->before, write->who->xuid, 412, reply);
}

/* Returns 0 with @write->after merged, or REFUSED with the reply made. */
static int write_merge(Write *write, Reply *reply)
{
    Directory *directory = write->directory;
    const MergeContext context = {
        .xuid = write->who->xuid,
        .title_id = write->who->title_id,
        .gamertag = write->who->gamertag,
        .now = clock_now(&directory->clock),
        .ignore_unknown = directory->switches.ignore_unknown,
        .deep_custom = directory->switches.deep_custom,
    };
    Refusal refusal;

    if (write->before)
        write->after = json_deep_copy(write->before);
    else
        write->after = session_new(&write->target->reference,
                                   json_text(directory->correlations, write->key, NULL), context.now);
    if (merge_apply(&context, write->after, write->before ? NULL : write->target->template_json, write->body,
                    &refusal) == 0)
        return 0;
    reply_refusal(directory, write->before, write->who, &refusal, reply);
    return REFUSED;
}

static void write_record(const Write *write, bool changed, bool exists, unsigned status)
{
    const json_t *handle = write->target->handle;
    OWN_TEXT char *etag = render_etag(write->directory, write->after);
    json_t *entry = json_object();
    char now[CLOCK_ISO_SIZE];

    clock_format_iso(clock_now(&write->directory->clock), now);
    json_object_set_new(entry, "time", json_string(now));
    json_object_set_new(entry, write->call->rival ? "rivalOf" : "request",
                        json_integer((json_int_t)write->call->number));
    json_object_set_new(entry, "xuid", json_string(write->who->xuid));
    json_object_set_new(entry, "titleId", json_string(write->who->title_id));
    json_object_set_new(entry, "session",
                        json_pack("{s:s, s:s, s:s}", "scid", write->target->reference.scid, "templateName",
                                  write->target->reference.template_name, "name",
                                  write->target->reference.name));
    if (handle)
        json_object_set(entry, "handle", json_object_get(handle, "id"));
    json_object_set_new(entry, "mode",
                        json_string(precondition_mode(write->call->if_match, write->call->if_none_match)));
    json_object_set(entry, "delta", write->body);
    if (write->before) {
        json_object_set(entry, "before", json_object_get(write->before, "changeNumber"));
        json_object_set(entry, "branch", json_object_get(write->before, "branch"));
    }
    if (exists) {
        json_object_set(entry, "branch", json_object_get(write->after, "branch"));
        json_object_set(entry, "changeNumber", json_object_get(write->after, "changeNumber"));
        json_object_set_new(entry, "etag", json_string(etag));
    }
    json_object_set_new(entry, "changed", json_boolean(changed));
    json_object_set_new(entry, "status", json_integer(status));
    journal_append(&write->directory->commits, entry);
    write->directory->dirty = true;
}

static void write_commit(Write *write, Reply *reply)
{
    Directory *directory = write->directory;
    bool exists = timers_run(write->after, clock_now(&directory->clock));
    bool changed = write->before ? !exists || !json_equal(write->before, write->after) : exists;
    bool stored = exists && (changed || directory->switches.bump_noop);
    unsigned status = !exists ? 204 : write->before ? 200 : 201;

    if (exists && !write->before && json_object_size(directory->sessions) >= SESSIONS_MAX) {
        reply_text(reply, 503, "The directory holds as many sessions as it can.");
        return;
    }
    if (stored)
        session_stamp(write->after);
    if (exists)
        render_reply(directory, write->after, write->who->xuid, status, reply);
    else
        reply_status(reply, status);
    if (write->call->no_commit)
        return;
    if (stored)
        directory_store(directory, write->key, write->after);
    else if (!exists)
        directory_remove(directory, write->key);
    write_record(write, changed, exists, status);
}

static void write_run(Write *write, Reply *reply)
{
    const Directory *directory = write->directory;
    OWN_TEXT char *etag = write->before ? render_etag(directory, write->before) : NULL;
    Refusal refusal;

    write_parse(write);
    if (access_check_write(directory, write->before, write->who, write->target->handle, write->body,
                           &refusal) != 0)
        reply_refusal(directory, write->before, write->who, &refusal, reply);
    else if (!precondition_holds(write->call->if_match, write->call->if_none_match, etag))
        reply_conflict(write, reply);
    else if (!write->body)
        reply_text(reply, write->unreadable.status, write->unreadable.text);
    else if (write_merge(write, reply) == 0)
        write_commit(write, reply);
}

void write_session(Directory *directory, const Principal *who, const Target *target, const Call *call,
                   Reply *reply)
{
    Write write = {.directory = directory, .who = who, .target = target, .call = call};

    write.key = session_key(&target->reference);
    write.before = json_incref(directory_session(directory, write.key));
    if (write_within_rate(who, reply))
        write_run(&write, reply);
    write_clear(&write);
}

void read_session(Directory *directory, const Principal *who, const Target *target, const Call *call,
                  Reply *reply)
{
    OWN_TEXT char *key = session_key(&target->reference);
    const json_t *present = directory_session(directory, key);
    const json_t *session = call->stale ? directory_previous(directory, key) : present;
    OWN_TEXT char *etag = session ? render_etag(directory, session) : NULL;
    Refusal refusal;

    if (!write_within_rate(who, reply))
        return;
    if (access_check_handle(directory, target->handle, who, &refusal) != 0)
        reply_text(reply, refusal.status, refusal.text);
    else if (!session)
        reply_status(reply, 204);
    else if (!access_may_read(directory, session, who, target->handle))
        reply_text(reply, 403, "The caller may not read the session.");
    else if (!precondition_holds(NULL, call->if_none_match, etag)) {
        reply_status(reply, 304);
        reply_header(reply, "ETag", etag);
    } else {
        render_reply(directory, session, who->xuid, 200, reply);
    }
}
