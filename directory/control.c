/* SPDX-License-Identifier: MIT */
/* /control/: what tests and demos use to look in and to interfere. */
#include "directory/control.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "directory/create.h"
#include "directory/handle.h"
#include "directory/hold.h"
#include "directory/identity-control.h"
#include "directory/release.h"
#include "directory/render.h"
#include "directory/schema.h"
#include "directory/user.h"
#include "directory/util.h"

#define PREFIX "/control/"

bool control_is(const char *path)
{
    return strncasecmp(path, PREFIX, strlen(PREFIX)) == 0;
}

bool control_host_is_loopback(const char *host)
{
    OWN_TEXT char *name = host ? text_copy(host) : NULL;
    struct in_addr address;
    char *end;

    if (!name)
        return false;
    if (name[0] == '[') {
        end = strchr(name, ']');
        if (!end || (end[1] != '\0' && end[1] != ':'))
            return false;
        *end = '\0';
        return strcmp(name + 1, "::1") == 0;
    }
    end = strchr(name, ':');
    if (end)
        *end = '\0';
    if (strcasecmp(name, "localhost") == 0)
        return true;
    return inet_pton(AF_INET, name, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

static void reply_done(Reply *reply)
{
    reply_status(reply, 204);
}

static void control_journal(const Journal *journal, const Call *call, Reply *reply)
{
    size_t length;
    uint64_t after = call->after ? strtoull(call->after, NULL, 10) : 0;
    char *text = journal_text(journal, after, &length);

    reply_take(reply, 200, "application/x-ndjson", text, length);
}

static void get_commits(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    (void)body;
    control_journal(&directory->commits, call, reply);
}

static void get_requests(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    (void)body;
    control_journal(&directory->requests, call, reply);
}

static void post_faults(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    Refusal refusal;

    (void)call;
    if (fault_add(&directory->faults, body, &refusal) != 0)
        reply_text(reply, refusal.status, refusal.text);
    else
        reply_done(reply);
}

static void delete_faults(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    (void)call;
    (void)body;
    fault_clear(&directory->faults);
    reply_done(reply);
}

/* Returns 0 or REFUSED. */
static int set_clock(Clock *clock, const json_t *body, Refusal *refusal)
{
    const json_t *advance = json_object_get(body, "advance"), *frozen = json_object_get(body, "frozen");
    double seconds = json_number_value(advance);

    if (schema_check_shape(body, "The request", "advance,frozen", refusal) != 0)
        return REFUSED;
    if (!advance && !frozen)
        return refuse(refusal, 400, "What is to happen to the clock: advance, frozen?");
    if (frozen && !json_is_boolean(frozen))
        return refuse(refusal, 400, "frozen must be a boolean.");
    if (advance &&
        (!json_is_number(advance) || seconds < 0 || seconds > (double)(CLOCK_OFFSET_MAX_US / SECOND_US) ||
         clock_advance(clock, (int64_t)(seconds * (double)SECOND_US)) < 0))
        return refuse(refusal, 400, "advance must be a number of seconds; the clock only goes forward.");
    if (frozen)
        clock_freeze(clock, json_is_true(frozen));
    return 0;
}

static void post_clock(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    OWN_JSON json_t *answer = NULL;
    char now[CLOCK_ISO_SIZE];
    Refusal refusal;

    (void)call;
    if (set_clock(&directory->clock, body, &refusal) != 0) {
        reply_text(reply, refusal.status, refusal.text);
        return;
    }
    directory->dirty = true;
    clock_format_iso(clock_now(&directory->clock), now);
    answer = json_pack("{s:s}", "now", now);
    reply_json(reply, 200, answer);
}

static void get_handles(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    OWN_JSON json_t *handles = json_copy(directory->handles);
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    const char *id;
    json_t *handle;

    (void)call;
    (void)body;
    if (!stream)
        abort();
    json_object_foreach(handles, id, handle)
    {
        OWN_JSON json_t *shown = handle_find(directory, id) ? handle_render(handle) : NULL;
        OWN_TEXT char *line = shown ? json_dumps(shown, JSON_COMPACT) : NULL;

        if (line)
            fprintf(stream, "%s\n", line);
    }
    fclose(stream);
    reply_take(reply, 200, "application/x-ndjson", text, length);
}

static void post_handles(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    (void)call;
    create_handle_directly(directory, body, reply);
}

static void post_users(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    Refusal refusal;

    (void)call;
    if (user_set(directory, body, &refusal) != 0)
        reply_text(reply, refusal.status, refusal.text);
    else
        reply_done(reply);
}

static void post_sessions(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    const char *action = json_text(body, "action", "");
    OWN_TEXT char *key = NULL;
    SessionReference reference;

    (void)call;
    if (session_reference_parse(body, false, &reference) < 0) {
        reply_text(reply, 400, "A session is named by scid, templateName and name.");
        return;
    }
    key = session_key(&reference);
    if (!directory_session(directory, key)) {
        reply_text(reply, 404, "The session does not exist.");
    } else if (strcmp(action, "delete") == 0) {
        directory_remove(directory, key);
        reply_done(reply);
    } else {
        reply_text(reply, 400, "action is delete.");
    }
}

static void post_branch(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    OWN_JSON json_t *answer = NULL;
    OWN_TEXT char *key = NULL, *etag = NULL;
    const json_t *session;
    SessionReference reference;
    Refusal refusal;

    (void)call;
    if (schema_check_shape(body, "The request", "scid,templateName,name", &refusal) != 0) {
        reply_text(reply, refusal.status, refusal.text);
        return;
    }
    if (session_reference_parse(body, false, &reference) < 0) {
        reply_text(reply, 400, "A session is named by scid, templateName and name.");
        return;
    }
    key = session_key(&reference);
    session = directory_rebranch(directory, key);
    if (!session) {
        reply_text(reply, 404, "The session does not exist.");
        return;
    }
    etag = render_etag(directory, session);
    answer = json_pack("{s:O, s:O, s:s}", "branch", json_object_get(session, "branch"), "changeNumber",
                       json_object_get(session, "changeNumber"), "etag", etag);
    reply_json(reply, 200, answer);
}

static void get_held(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    (void)call;
    (void)body;
    release_list(directory, reply);
}

static void post_release(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    (void)call;
    release_requests(directory, body, reply);
}

static void post_switches(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    bool limited = directory->switches.rate_limit;
    Refusal refusal;

    (void)call;
    if (switches_set(&directory->switches, body, &refusal) != 0) {
        reply_text(reply, refusal.status, refusal.text);
        return;
    }
    /* Who switches the limits on begins with nothing counted. */
    if (directory->switches.rate_limit && !limited)
        limit_clear(&directory->limiter);
    reply_done(reply);
}

static void post_reset(Directory *directory, const Call *call, const json_t *body, Reply *reply)
{
    (void)call;
    (void)body;
    if (directory->hold)
        hold_end_all(directory->hold);
    directory_reset(directory);
    reply_done(reply);
}

static const struct {
    const char *method, *name;
    bool needs_body;
    void (*serve)(Directory *directory, const Call *call, const json_t *body, Reply *reply);
} controls[] = {
    {"GET", "commits", false, get_commits},
    {"GET", "requests", false, get_requests},
    {"POST", "faults", true, post_faults},
    {"DELETE", "faults", false, delete_faults},
    {"POST", "clock", true, post_clock},
    {"GET", "handles", false, get_handles},
    {"POST", "handles", true, post_handles},
    {"POST", "users", true, post_users},
    {"POST", "sessions", true, post_sessions},
    {"POST", "switches", true, post_switches},
    {"POST", "reset", false, post_reset},
    {"POST", "branch", true, post_branch},
    {"GET", "held", false, get_held},
    {"POST", "release", true, post_release},
    {"GET", "identity", false, identity_control_show},
    {"POST", "identity", true, identity_control_set},
    {"GET", "tokens", false, identity_control_tokens},
    {"POST", "approve", true, identity_control_approve},
};

static void control_dispatch(Directory *directory, const Call *call, Reply *reply)
{
    const char *name = call->path + strlen(PREFIX);
    OWN_JSON json_t *body = NULL;
    bool known = false;
    json_error_t error;

    if (call->length > 0)
        body = json_loadb(call->body, call->length, JSON_REJECT_DUPLICATES, &error);
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        if (strcasecmp(name, controls[i].name) != 0)
            continue;
        known = true;
        if (strcmp(call->method, controls[i].method) != 0)
            continue;
        if (controls[i].needs_body && (!json_is_object(body) || !json_depth_fits(body)))
            reply_text(reply, 400, "The body is not a JSON object.");
        else
            controls[i].serve(directory, call, body, reply);
        return;
    }
    if (known)
        reply_text(reply, 405, "That is not supported here.");
    else
        reply_text(reply, 404, "There is no such control.");
}

void control_serve(Directory *directory, const Call *call, bool allowed, Reply *reply)
{
    if (!allowed || call->origin || !control_host_is_loopback(call->host))
        reply_text(reply, 403, "The control interface is for this machine only, and not for web pages.");
    else if (call->too_large)
        reply_text(reply, 413, "The body is too large.");
    else
        control_dispatch(directory, call, reply);
}
