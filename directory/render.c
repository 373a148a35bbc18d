/* SPDX-License-Identifier: MIT */
/* A session as the service shows it, and the replies that carry one. */
#include "directory/render.h"

#include <stdio.h>
#include <string.h>

#include "directory/member.h"
#include "directory/role.h"
#include "directory/timers.h"
#include "directory/util.h"

static json_t *render_time(int64_t time_us)
{
    char text[CLOCK_ISO_SIZE];

    clock_format_iso(time_us, text);
    return json_string(text);
}

static json_t *render_member(const json_t *session, const json_t *member, json_int_t next)
{
    json_t *out = json_object();
    json_t *constants = json_deep_copy(json_object_get(member, "constants"));
    OWN_TEXT char *token = member_device_token(member);

    json_object_set(json_child(constants, "system"), "index", json_object_get(member, "index"));
    json_object_set_new(out, "constants", constants);
    json_object_set(out, "properties", json_object_get(member, "properties"));
    if (json_object_size(json_object_get(member, "roles")) > 0)
        json_object_set(out, "roles", json_object_get(member, "roles"));
    if (json_object_get(member, "reserved"))
        json_object_set(out, "reserved", json_true());
    else if (json_object_get(member, "gamertag"))
        json_object_set(out, "gamertag", json_object_get(member, "gamertag"));
    if (token)
        json_object_set_new(out, "deviceToken", json_string(token));
    if (json_object_get(member, "titleId"))
        json_object_set(out, "activeTitleId", json_object_get(member, "titleId"));
    if (json_object_get(member, "episode"))
        json_object_set(out, "initializationEpisode", json_object_get(member, "episode"));
    if (json_object_get(member, "failure"))
        json_object_set(out, "initializationFailure", json_object_get(member, "failure"));
    if (session_turn_is_of(session, member))
        json_object_set(out, "turn", json_true());
    json_object_set_new(out, "joinTime", render_time(json_number(member, "joinTime", 0)));
    json_object_set_new(out, "next", json_integer(next));
    return out;
}

static json_t *render_members(const json_t *session, const char *xuid)
{
    const json_t *members = json_object_get(session, "members");
    json_int_t end = json_number(session, "nextIndex", 0);
    bool large = session_capability(session, "large");
    json_t *out = json_object();
    json_t *member;
    size_t i;

    json_array_foreach(members, i, member)
    {
        const json_t *following = json_array_get(members, i + 1);
        json_t *shown;
        char key[24];

        if (large && strcmp(json_text(member, "xuid", ""), xuid) != 0)
            continue;
        snprintf(key, sizeof(key), "%" JSON_INTEGER_FORMAT, json_number(member, "index", 0));
        shown = render_member(session, member, following ? json_number(following, "index", 0) : end);
        json_object_set_new(out, large ? "me" : key, shown);
    }
    return out;
}

static json_t *render_members_info(const json_t *session)
{
    const json_t *members = json_object_get(session, "members");
    json_int_t next = json_number(session, "nextIndex", 0);
    json_int_t accepted = 0, active = 0;
    json_t *member;
    size_t i;

    json_array_foreach(members, i, member)
    {
        accepted += member_status(member) != MEMBER_RESERVED;
        active += member_status(member) == MEMBER_ACTIVE;
    }
    member = json_array_get(members, 0);
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "first", member ? json_number(member, "index", 0) : next,
                     "next", next, "count", (json_int_t)json_array_size(members), "accepted", accepted,
                     "active", active);
}

static json_t *render_initializing(const json_t *initializing)
{
    json_t *out = json_object();

    json_object_set(out, "stage", json_object_get(initializing, "stage"));
    json_object_set_new(out, "stageStartTime", render_time(json_number(initializing, "since", 0)));
    json_object_set(out, "episode", json_object_get(initializing, "episode"));
    return out;
}

json_t *render_session(const json_t *session, const char *xuid)
{
    json_t *out = json_object();
    json_t *properties = json_deep_copy(json_object_get(session, "properties"));
    int64_t next_timer = timers_next(session);

    if (!session_property(session, "turn") && !session_capability(session, "large"))
        json_object_set_new(json_child(properties, "system"), "turn", json_array());
    json_object_set_new(out, "contractVersion", json_integer(CONTRACT_VERSION));
    json_object_set(out, "branch", json_object_get(session, "branch"));
    json_object_set(out, "changeNumber", json_object_get(session, "changeNumber"));
    json_object_set(out, "correlationId", json_object_get(session, "correlationId"));
    if (json_object_get(session, "searchHandle"))
        json_object_set(out, "searchHandle", json_object_get(session, "searchHandle"));
    json_object_set_new(out, "startTime", render_time(json_number(session, "startTime", 0)));
    if (next_timer != TIMERS_NONE)
        json_object_set_new(out, "nextTimer", render_time(next_timer));
    if (json_object_get(session, "initializing"))
        json_object_set_new(out, "initializing",
                            render_initializing(json_object_get(session, "initializing")));
    json_object_set_new(out, "membersInfo", render_members_info(session));
    json_object_set(out, "constants", json_object_get(session, "constants"));
    json_object_set_new(out, "properties", properties);
    if (json_object_size(json_object_get(session, "roleTypes")) > 0)
        json_object_set_new(out, "roleTypes", role_render(session));
    json_object_set_new(out, "members", render_members(session, xuid));
    json_object_set(out, "servers", json_object_get(session, "servers"));
    return out;
}

char *render_etag(const Directory *directory, const json_t *session)
{
    const char *etag = json_text(session, "etag", "");

    switch (directory->switches.etag_style) {
    case ETAG_QUOTED:
        return text_format("\"%s\"", etag);
    case ETAG_WEAK:
        return text_format("W/\"%s\"", etag);
    case ETAG_BARE:
        break;
    }
    return text_copy(etag);
}

void render_reply(const Directory *directory, const json_t *session, const char *xuid, unsigned status,
                  Reply *reply)
{
    OWN_JSON json_t *document = render_session(session, xuid);
    OWN_TEXT char *etag = render_etag(directory, session);
    OWN_TEXT char *location =
        text_format("/serviceconfigs/%s/sessiontemplates/%s/sessions/%s", json_text(session, "scid", ""),
                    json_text(session, "templateName", ""), json_text(session, "name", ""));
    int64_t next_timer = timers_next(session);

    reply_json(reply, status, document);
    reply_header(reply, "ETag", etag);
    reply_header(reply, "Content-Location", location);
    if (next_timer != TIMERS_NONE) {
        char expires[CLOCK_HTTP_SIZE];

        clock_format_http(next_timer, expires);
        reply_header(reply, "Expires", expires);
    }
}
