/* SPDX-License-Identifier: MIT */
/* From a path to what answers it. */
#include "directory/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "directory/auth.h"
#include "directory/create.h"
#include "directory/endpoint.h"
#include "directory/handle.h"
#include "directory/query.h"
#include "directory/search.h"
#include "directory/session-query.h"
#include "directory/util.h"

#define CONTRACT_OLDEST 104

typedef enum RouteKind {
    ROUTE_NONE,
    ROUTE_HANDLES,
    ROUTE_HANDLE_QUERY,
    ROUTE_HANDLE,
    ROUTE_SESSIONS,
    ROUTE_BATCH,
    ROUTE_HANDLE_SESSION,
    ROUTE_SESSION,
    ROUTE_MEMBER_ME,
} RouteKind;

int path_split(const char *path, Path *out)
{
    Path split = {0};
    char *next;

    if (path[0] != '/')
        return -EINVAL;
    split.text = text_copy(path + 1);
    next = split.text;
    while (*next) {
        char *slash = strchr(next, '/');

        if (slash == next || split.count == ROUTE_SEGMENTS_MAX) {
            path_clear(&split);
            return -EINVAL;
        }
        split.segments[split.count++] = next;
        if (!slash)
            break;
        *slash = '\0';
        next = slash + 1;
    }
    *out = split;
    return 0;
}

void path_clear(Path *path)
{
    free(path->text);
    *path = (Path){0};
}

bool path_is(const Path *path, size_t i, const char *word)
{
    return i < path->count && strcasecmp(path->segments[i], word) == 0;
}

/* Questions about all sessions of a service configuration, or of one template. */
static RouteKind listing_kind(const Path *path)
{
    size_t last = path->count - 1;

    if (path->count != 3 && !(path->count == 5 && path_is(path, 2, "sessiontemplates")))
        return ROUTE_NONE;
    if (path_is(path, last, "sessions"))
        return ROUTE_SESSIONS;
    return path_is(path, last, "batch") ? ROUTE_BATCH : ROUTE_NONE;
}

static RouteKind route_kind(const Path *path)
{
    if (path_is(path, 0, "handles")) {
        if (path->count == 1)
            return ROUTE_HANDLES;
        if (path->count == 2)
            return path_is(path, 1, "query") ? ROUTE_HANDLE_QUERY : ROUTE_HANDLE;
        return path->count == 3 && path_is(path, 2, "session") ? ROUTE_HANDLE_SESSION : ROUTE_NONE;
    }
    if (!path_is(path, 0, "serviceconfigs"))
        return ROUTE_NONE;
    if (path_is(path, 2, "sessiontemplates") && path_is(path, 4, "sessions") && path->count > 5) {
        if (path->count == 6)
            return ROUTE_SESSION;
        return path->count == 8 && path_is(path, 6, "members") && path_is(path, 7, "me") ? ROUTE_MEMBER_ME
                                                                                         : ROUTE_NONE;
    }
    return listing_kind(path);
}

static bool verb_allowed(RouteKind kind, const char *method)
{
    static const char *const verbs[] = {
        [ROUTE_NONE] = "",
        [ROUTE_HANDLES] = "POST",
        [ROUTE_HANDLE_QUERY] = "POST",
        [ROUTE_HANDLE] = "GET,DELETE",
        [ROUTE_SESSIONS] = "GET",
        [ROUTE_BATCH] = "POST",
        [ROUTE_HANDLE_SESSION] = "GET,PUT",
        [ROUTE_SESSION] = "GET,PUT",
        [ROUTE_MEMBER_ME] = "DELETE",
    };

    return text_list_has(verbs[kind], method);
}

/* Finds what a session route is aimed at. Returns 0 or REFUSED: 400 for a handle's text, 404 for the rest. */
static int route_target(Directory *directory, const Path *path, RouteKind kind, Target *out, Refusal *refusal)
{
    Target target = {0};

    if (kind == ROUTE_HANDLE_SESSION) {
        const char *id = path->segments[1];
        json_t *handle;

        if (!guid_valid(id) || guid_nil(id))
            return refuse(refusal, 400, "The handle id is not a valid identifier.");
        handle = handle_find(directory, id);
        /* The session's timers may have ended its owner's activity. */
        if (handle) {
            directory_session(directory, json_text(handle, "key", ""));
            handle = handle_find(directory, id);
        }
        if (!handle ||
            session_reference_parse(json_object_get(handle, "sessionRef"), false, &target.reference) < 0)
            return refuse(refusal, 404, "The requested handle does not exist.");
        target.handle = handle;
    } else {
        target.reference = (SessionReference){path->segments[1], path->segments[3], path->segments[5]};
        if (!guid_valid(target.reference.scid) || !name_valid(target.reference.name))
            return refuse(refusal, 404, "The address of the session is not valid.");
    }
    target.template_json =
        directory_template(directory, target.reference.scid, target.reference.template_name);
    if (!target.template_json)
        return refuse(refusal, 404, "The service configuration or the template does not exist.");
    json_incref(target.handle);
    *out = target;
    return 0;
}

/* DELETE …/members/me is another spelling of a leave. */
static void serve_leave(Directory *directory, const Principal *who, const Target *target, const Call *call,
                        Reply *reply)
{
    static char body[] = "{\"members\":{\"me\":null}}";
    Call leave = *call;

    leave.body = body;
    leave.length = sizeof(body) - 1;
    write_session(directory, who, target, &leave, reply);
}

static void serve_session(Directory *directory, const Principal *who, const Path *path, RouteKind kind,
                          const Call *call, Reply *reply)
{
    Target target;
    Refusal refusal;

    if (route_target(directory, path, kind, &target, &refusal) != 0) {
        reply_text(reply, refusal.status, refusal.text);
        return;
    }
    if (kind == ROUTE_MEMBER_ME)
        serve_leave(directory, who, &target, call, reply);
    else if (strcmp(call->method, "PUT") == 0)
        write_session(directory, who, &target, call, reply);
    else
        read_session(directory, who, &target, call, reply);
    json_decref(target.handle);
}

static void serve_post(Directory *directory, const Principal *who, const Path *path, RouteKind kind,
                       const Call *call, Reply *reply)
{
    const SessionScope scope = {path->segments[1], path->count == 5 ? path->segments[3] : NULL};
    OWN_JSON json_t *body = NULL;
    json_error_t error;

    if (!write_within_rate(who, reply))
        return;
    if (call->length > 0)
        body = json_loadb(call->body, call->length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(body) || !json_depth_fits(body))
        reply_text(reply, 400, "The body is not a JSON object of reasonable depth.");
    else if (kind == ROUTE_HANDLES)
        create_handle(directory, who, body, reply);
    else if (kind == ROUTE_BATCH)
        session_query_serve(directory, who, &scope, call, body, reply);
    else
        query_handles(directory, who, body, call->include, reply);
}

static void serve_sessions(Directory *directory, const Principal *who, const Path *path, const Call *call,
                           Reply *reply)
{
    const SessionScope scope = {path->segments[1], path->count == 5 ? path->segments[3] : NULL};

    if (write_within_rate(who, reply))
        session_query_serve(directory, who, &scope, call, NULL, reply);
}

static void serve_handle_delete(Directory *directory, const Principal *who, const json_t *handle,
                                Reply *reply)
{
    const char *owner = json_text(handle, "ownerXuid", json_text(handle, "senderXuid", who->xuid));
    OWN_TEXT char *id = text_copy(json_text(handle, "id", ""));
    OWN_TEXT char *key = text_copy(json_text(handle, "key", ""));
    const json_t *session = json_object_get(directory->sessions, key);
    bool named = strcmp(json_text(session, "searchHandle", ""), id) == 0;

    if (strcmp(owner, who->xuid) != 0 && !(named && search_may_manage(session, who->xuid))) {
        reply_text(reply, 403, "The handle belongs to somebody else.");
        return;
    }
    if (named)
        search_adopt(directory, key, NULL);
    handle_remove(directory, id);
    reply_status(reply, 204);
}

static void serve_handle(Directory *directory, const Principal *who, const Path *path, const Call *call,
                         Reply *reply)
{
    const char *id = path->segments[1];
    OWN_JSON json_t *shown = NULL;
    const json_t *handle;

    if (!guid_valid(id) || guid_nil(id)) {
        reply_text(reply, 400, "The handle id is not a valid identifier.");
        return;
    }
    handle = handle_find(directory, id);
    if (handle) {
        directory_session(directory, json_text(handle, "key", ""));
        handle = handle_find(directory, id);
    }
    if (!handle) {
        reply_text(reply, 404, "The requested handle does not exist.");
    } else if (!write_within_rate(who, reply)) {
        return;
    } else if (strcmp(call->method, "GET") == 0) {
        shown = handle_render(handle);
        reply_json(reply, 200, shown);
    } else {
        serve_handle_delete(directory, who, handle, reply);
    }
}

static int check_contract(const Call *call, Refusal *refusal)
{
    const char *version = call->contract_version;
    char *end;
    long value;

    if (!version)
        return refuse(refusal, 400, "The header x-xbl-contract-version is missing.");
    value = strtol(version, &end, 10);
    if (end == version || *end != '\0' || value < CONTRACT_OLDEST || value > 10000)
        return refuse(refusal, 400, "The contract version is not supported.");
    return 0;
}

static void serve_known(Directory *directory, const Principal *who, const Path *path, const Call *call,
                        Reply *reply)
{
    RouteKind kind = route_kind(path);
    Refusal refusal;

    if (kind == ROUTE_NONE)
        reply_text(reply, 404, "There is nothing at this address.");
    else if (!verb_allowed(kind, call->method)) {
        refuse(&refusal, 405, "%.16s is not supported here.", call->method);
        reply_text(reply, refusal.status, refusal.text);
    } else if (check_contract(call, &refusal) != 0)
        reply_text(reply, refusal.status, refusal.text);
    else if (call->too_large || call->length > directory->switches.body_limit)
        reply_text(reply, 413, "The body is too large.");
    else if (kind == ROUTE_HANDLES || kind == ROUTE_HANDLE_QUERY || kind == ROUTE_BATCH)
        serve_post(directory, who, path, kind, call, reply);
    else if (kind == ROUTE_SESSIONS)
        serve_sessions(directory, who, path, call, reply);
    else if (kind == ROUTE_HANDLE)
        serve_handle(directory, who, path, call, reply);
    else
        serve_session(directory, who, path, kind, call, reply);
}

void route_serve(Directory *directory, const Call *call, Reply *reply)
{
    Principal who;
    Path path;

    if (endpoint_is(call->path)) {
        endpoint_serve(directory, call, reply);
        return;
    }
    if (auth_principal(directory, call, &who, reply) != 0)
        return;
    /* Every call counts, also one that fails before its turn to be throttled comes. */
    who.throttled =
        directory->switches.rate_limit &&
        !limit_count(&directory->limiter, who.xuid, who.title_id, clock_now(&directory->clock), &who.verdict);
    if (path_split(call->path, &path) < 0) {
        reply_text(reply, 404, "There is nothing at this address.");
        return;
    }
    serve_known(directory, &who, &path, call, reply);
    path_clear(&path);
}

Aim route_aim(Directory *directory, const Call *call)
{
    Aim aim = {0};
    RouteKind kind;
    Refusal refusal;
    Target target;
    Path path;

    if (path_split(call->path, &path) < 0)
        return aim;
    kind = route_kind(&path);
    if (kind >= ROUTE_HANDLE_SESSION && route_target(directory, &path, kind, &target, &refusal) == 0) {
        aim.reference = session_reference_json(&target.reference);
        aim.key = session_key(&target.reference);
        aim.handle = target.handle ? text_copy(json_text(target.handle, "id", "")) : NULL;
        directory_session(directory, aim.key);
        json_decref(target.handle);
    }
    path_clear(&path);
    return aim;
}

void aim_clear(Aim *aim)
{
    json_decref(aim->reference);
    free(aim->key);
    free(aim->handle);
    *aim = (Aim){0};
}
