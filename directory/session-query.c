/* SPDX-License-Identifier: MIT */
/* GET …/sessions and POST …/batch: the sessions that users are in, or that have a keyword. */
#include "directory/session-query.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "directory/form.h"
#include "directory/schema.h"
#include "directory/template.h"
#include "directory/util.h"

/* A question, checked. The texts borrow from what it was read from. */
typedef struct SessionQuery {
    const SessionScope *scope;
    json_t *xuids; /* owned; NULL: nobody in particular */
    const char *keyword, *visibility;
    json_int_t version; /* the newest major version, 0 for all */
    json_int_t take;
    bool include_private, reservations, inactive;
} SessionQuery;

static int read_flag(const json_t *parameters, const char *name, bool *out, Refusal *refusal)
{
    const char *text = json_text(parameters, name, "false");

    if (strcasecmp(text, "true") != 0 && strcasecmp(text, "false") != 0)
        return refuse(refusal, 400, "%s is true or false.", name);
    *out = strcasecmp(text, "true") == 0;
    return 0;
}

/* Leaves @out as it is when the parameter is missing. */
static int read_number(const json_t *parameters, const char *name, long least, long most, json_int_t *out,
                       Refusal *refusal)
{
    const char *text = json_text(parameters, name, NULL);
    long value;
    char *end;

    if (!text)
        return 0;
    errno = 0;
    value = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < least || value > most)
        return refuse(refusal, 400, "%s is a number from %ld to %ld.", name, least, most);
    *out = value;
    return 0;
}

/* A GET asks for one user at most, a batch for those of its body. */
static int read_xuids(const json_t *parameters, const json_t *body, json_t **out, Refusal *refusal)
{
    const json_t *asked = json_object_get(parameters, "xuid"), *list = json_object_get(body, "xuids");
    OWN_JSON json_t *single = asked ? json_pack("[O]", asked) : NULL;
    OWN_JSON json_t *xuids = json_array();
    json_t *item;
    size_t i;

    if (body && asked)
        return refuse(refusal, 400, "A batch names its users in the body.");
    if (body && schema_check_shape(body, "The request", "xuids", refusal) != 0)
        return REFUSED;
    if (body && (json_array_size(list) == 0 || json_array_size(list) > SESSION_QUERY_XUIDS_MAX))
        return refuse(refusal, 400, "xuids must be an array of 1 to %d XUIDs.", SESSION_QUERY_XUIDS_MAX);
    json_array_foreach(body ? list : single, i, item)
    {
        OWN_TEXT char *xuid = json_xuid(item);

        if (!xuid)
            return refuse(refusal, 400, "An XUID is a decimal number.");
        json_array_append_new(xuids, json_string(xuid));
    }
    *out = json_array_size(xuids) > 0 ? json_incref(xuids) : NULL;
    return 0;
}

/* What is not for everybody to see may be asked for about oneself only. */
static int check_rights(const SessionQuery *query, const Principal *who, Refusal *refusal)
{
    json_t *xuid;
    size_t i;

    if (!query->xuids && !query->keyword)
        return refuse(refusal, 400, "The query needs an xuid or a keyword.");
    if (!query->xuids && (query->reservations || query->inactive))
        return refuse(refusal, 400, "reservations and inactive need an xuid.");
    if (!query->include_private && !query->reservations)
        return 0;
    if (!query->xuids)
        return refuse(refusal, 403, "Private sessions are for who asks for their own.");
    json_array_foreach(query->xuids, i,
                       xuid) if (strcmp(json_string_value(xuid), who->xuid) !=
                                 0) return refuse(refusal, 403,
                                                  "Private sessions and reservations are for who asks for "
                                                  "their own.");
    return 0;
}

static int query_read(const Principal *who, const Call *call, const json_t *parameters, const json_t *body,
                      SessionQuery *query, Refusal *refusal)
{
    /* Documents are rendered as version 100 * major + minor; a session's own version is of the minor ones. */
    long newest = strtol(call->contract_version, NULL, 10) % 100;
    int r;

    query->keyword = json_text(parameters, "keyword", NULL);
    query->visibility = json_text(parameters, "visibility", NULL);
    if (query->keyword && query->keyword[0] == '\0')
        return refuse(refusal, 400, "keyword is empty.");
    if (query->visibility &&
        (query->visibility[0] == '\0' || !text_list_has("private,visible,full,open", query->visibility)))
        return refuse(refusal, 400, "visibility is private, visible, full or open.");
    r = read_number(parameters, "version", 1, newest, &query->version, refusal);
    if (r == 0)
        r = read_number(parameters, "take", 0, SESSION_QUERY_TAKE_MAX, &query->take, refusal);
    if (r == 0)
        r = read_flag(parameters, "private", &query->include_private, refusal);
    if (r == 0)
        r = read_flag(parameters, "reservations", &query->reservations, refusal);
    if (r == 0)
        r = read_flag(parameters, "inactive", &query->inactive, refusal);
    if (r == 0)
        r = read_xuids(parameters, body, &query->xuids, refusal);
    if (r == 0)
        r = check_rights(query, who, refusal);
    return r;
}

/* An open session without a place left is shown as full. */
static const char *shown_visibility(const json_t *session)
{
    const char *visibility = session_visibility(session);
    bool full = json_array_size(json_object_get(session, "members")) >= session_capacity(session);

    return full && strcmp(visibility, "open") == 0 ? "full" : visibility;
}

static bool has_keyword(const json_t *session, const char *keyword)
{
    json_t *item;
    size_t i;

    json_array_foreach(session_property(session, "keywords"), i,
                       item) if (strcasecmp(json_string_value(item), keyword) == 0) return true;
    return false;
}

static bool query_matches(const SessionQuery *query, const json_t *session)
{
    const json_t *version = session_constant(session, "version");

    if (!query->include_private && strcmp(session_visibility(session), "private") == 0)
        return false;
    if (query->visibility && strcasecmp(shown_visibility(session), query->visibility) != 0)
        return false;
    if (query->version > 0 && version && json_integer_value(version) > query->version)
        return false;
    return !query->keyword || has_keyword(session, query->keyword);
}

/* The sessions that the question may be about, with their timers run. Owned. */
static json_t *query_candidates(Directory *directory, const SessionQuery *query)
{
    OWN_JSON json_t *keys = json_array();
    json_t *candidates = json_array();
    const char *key;
    json_t *item;
    size_t i;

    json_object_foreach(directory->sessions, key, item)
    {
        if (strcasecmp(json_text(item, "scid", ""), query->scope->scid) == 0 &&
            (!query->scope->template_name ||
             strcasecmp(json_text(item, "templateName", ""), query->scope->template_name) == 0))
            json_array_append_new(keys, json_string(key));
    }
    /* Apart, as timers end sessions. */
    json_array_foreach(keys, i, item)
    {
        json_t *session = directory_session(directory, json_string_value(item));

        if (session && query_matches(query, session))
            json_array_append(candidates, session);
    }
    return candidates;
}

/* A user's state in a session; ready counts as inactive. */
static const char *status_name(const json_t *member)
{
    switch (member_status(member)) {
    case MEMBER_RESERVED:
        return "reserved";
    case MEMBER_ACTIVE:
        return "active";
    case MEMBER_READY:
    case MEMBER_INACTIVE:
        break;
    }
    return "inactive";
}

static bool membership_counts(const SessionQuery *query, const json_t *member)
{
    switch (member_status(member)) {
    case MEMBER_RESERVED:
        return query->reservations;
    case MEMBER_ACTIVE:
        return true;
    case MEMBER_READY:
    case MEMBER_INACTIVE:
        break;
    }
    return query->inactive;
}

/* @member: of the user that was asked for, or NULL. */
static json_t *render_result(const json_t *session, const json_t *member)
{
    const SessionReference reference = {json_text(session, "scid", ""),
                                        json_text(session, "templateName", ""),
                                        json_text(session, "name", "")};
    const json_t *keywords = session_property(session, "keywords");
    json_t *out = json_object(), *other;
    json_int_t accepted = 0;
    char start[CLOCK_ISO_SIZE];
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i, other) accepted +=
        member_status(other) != MEMBER_RESERVED;
    clock_format_iso(json_number(session, "startTime", 0), start);
    if (member)
        json_object_set(out, "xuid", json_object_get(member, "xuid"));
    json_object_set_new(out, "startTime", json_string(start));
    json_object_set_new(out, "sessionRef", session_reference_json(&reference));
    json_object_set_new(out, "accepted", json_integer(accepted));
    if (member)
        json_object_set_new(out, "status", json_string(status_name(member)));
    json_object_set_new(out, "visibility", json_string(shown_visibility(session)));
    json_object_set_new(out, "joinRestriction", json_string(session_restriction(session, "joinRestriction")));
    if (member && session_turn_is_of(session, member))
        json_object_set_new(out, "myTurn", json_true());
    if (keywords)
        json_object_set_new(out, "keywords", json_deep_copy(keywords));
    return out;
}

static void list_sessions_of(const SessionQuery *query, const json_t *candidates, const char *xuid,
                             json_t *results)
{
    json_t *session;
    size_t i;

    json_array_foreach(candidates, i, session)
    {
        const json_t *member = xuid ? session_member(session, xuid) : NULL;

        if (json_array_size(results) == (size_t)query->take)
            return;
        if (!xuid || (member && membership_counts(query, member)))
            json_array_append_new(results, render_result(session, member));
    }
}

/* XUID -> the candidates that the user is in, for those who were asked for: looking through all sessions for each of
 * many users would take seconds. Owned. */
static json_t *sort_by_user(const SessionQuery *query, const json_t *candidates)
{
    json_t *sorted = json_object(), *xuid, *session, *member;
    size_t i, j;

    json_array_foreach(query->xuids, i, xuid)
    {
        if (!json_object_get(sorted, json_string_value(xuid)))
            json_object_set_new(sorted, json_string_value(xuid), json_array());
    }
    json_array_foreach(candidates, i, session)
    {
        json_array_foreach(json_object_get(session, "members"), j, member)
            json_array_append(json_object_get(sorted, json_text(member, "xuid", "")), session);
    }
    return sorted;
}

/* In the order of the users: a session comes once for each of them who is in it. */
static json_t *query_run(Directory *directory, const SessionQuery *query)
{
    OWN_JSON json_t *candidates = query_candidates(directory, query);
    OWN_JSON json_t *sorted = sort_by_user(query, candidates);
    json_t *results = json_array();
    json_t *xuid;
    size_t i;

    if (!query->xuids)
        list_sessions_of(query, candidates, NULL, results);
    json_array_foreach(query->xuids, i, xuid) list_sessions_of(
        query, json_object_get(sorted, json_string_value(xuid)), json_string_value(xuid), results);
    return results;
}

static bool scope_exists(const Directory *directory, const SessionScope *scope)
{
    const char *name;
    json_t *entry;

    if (!guid_valid(scope->scid))
        return false;
    if (scope->template_name)
        return directory_template(directory, scope->scid, scope->template_name) != NULL;
    json_object_foreach(directory->templates, name,
                        entry) if (template_find(directory->templates, scope->scid, name)) return true;
    return false;
}

void session_query_serve(Directory *directory, const Principal *who, const SessionScope *scope,
                         const Call *call, const json_t *body, Reply *reply)
{
    const char *question = strchr(call->target, '?');
    OWN_JSON json_t *parameters = question ? form_parse(question + 1, strlen(question + 1)) : json_object();
    SessionQuery query = {.scope = scope, .take = SESSION_QUERY_TAKE_MAX};
    OWN_JSON json_t *answer = NULL;
    Refusal refusal;

    if (!scope_exists(directory, scope)) {
        reply_text(reply, 404, "The service configuration or the template does not exist.");
    } else if (!parameters) {
        reply_text(reply, 400, "The query is not well formed, or a parameter comes twice.");
    } else if (query_read(who, call, parameters, body, &query, &refusal) != 0) {
        reply_text(reply, refusal.status, refusal.text);
    } else {
        answer = json_pack("{s:o}", "results", query_run(directory, &query));
        reply_json(reply, 200, answer);
    }
    json_decref(query.xuids);
}
