/* SPDX-License-Identifier: MIT */
/* POST /handles/query: who does what. */
#include "directory/query.h"

#include <string.h>
#include <strings.h>

#include "directory/handle.h"
#include "directory/session.h"
#include "directory/util.h"

/* Whose activities are asked for: a list, or the people one user follows. */
typedef struct Owners {
    const json_t *xuids;
    const char *follower;
} Owners;

static int parse_owners(const json_t *body, Owners *out, Refusal *refusal)
{
    const json_t *owners = json_object_get(body, "owners");
    const json_t *people = json_object_get(owners, "people");
    json_t *item;
    size_t i;

    *out = (Owners){.xuids = json_object_get(owners, "xuids")};
    if (!out->xuids == !people)
        return refuse(refusal, 400, "owners takes either xuids or people.");
    if (people) {
        out->follower = json_text(people, "monikerXuid", NULL);
        if (!out->follower || strcasecmp(json_text(people, "moniker", ""), "people") != 0)
            return refuse(refusal, 400, "people needs the moniker 'people' and monikerXuid.");
        return 0;
    }
    if (!json_is_array(out->xuids))
        return refuse(refusal, 400, "xuids must be an array.");
    json_array_foreach(out->xuids, i, item)
    {
        OWN_TEXT char *xuid = json_xuid(item);

        if (!xuid)
            return refuse(refusal, 400, "xuids must hold decimal XUIDs.");
    }
    return 0;
}

static bool owners_include(const Directory *directory, const Owners *owners, const char *xuid)
{
    json_t *item;
    size_t i;

    if (owners->follower)
        return user_follows(directory, owners->follower, xuid);
    json_array_foreach(owners->xuids, i, item)
    {
        OWN_TEXT char *wanted = json_xuid(item);

        if (strcmp(wanted, xuid) == 0)
            return true;
    }
    return false;
}

static json_t *render_related(const json_t *session)
{
    return json_pack("{s:s, s:s, s:b, s:I, s:I}", "visibility", session_visibility(session),
                     "joinRestriction", session_restriction(session, "joinRestriction"), "closed",
                     session_flag(session, "closed"), "maxMembersCount",
                     (json_int_t)session_capacity(session), "membersCount",
                     (json_int_t)json_array_size(json_object_get(session, "members")));
}

static json_t *render_activity(const json_t *handle, const json_t *session, const char *include)
{
    json_t *out = handle_render(handle);

    if (text_list_has(include, "relatedInfo") && session)
        json_object_set_new(out, "relatedInfo", render_related(session));
    if (text_list_has(include, "customProperties")) {
        const json_t *custom = json_object_get(json_object_get(session, "properties"), "custom");

        json_object_set_new(out, "customProperties", custom ? json_deep_copy(custom) : json_object());
    }
    return out;
}

static json_t *query_activities(Directory *directory, const char *scid, const Owners *owners,
                                const char *include)
{
    OWN_JSON json_t *activities = json_copy(directory->activities);
    json_t *results = json_array();
    const char *slot;
    json_t *id;

    json_object_foreach(activities, slot, id)
    {
        const json_t *handle = handle_find(directory, json_string_value(id));
        const json_t *session;

        if (json_array_size(results) == QUERY_RESULTS_MAX)
            break;
        if (!handle || strcasecmp(json_text(json_object_get(handle, "sessionRef"), "scid", ""), scid) != 0 ||
            !owners_include(directory, owners, json_text(handle, "ownerXuid", "")))
            continue;
        /* The timers may end the activity while we look. */
        session = directory_session(directory, json_text(handle, "key", ""));
        handle = handle_find(directory, json_string_value(id));
        if (handle)
            json_array_append_new(results, render_activity(handle, session, include));
    }
    return results;
}

void query_handles(Directory *directory, const json_t *body, const char *include, Reply *reply)
{
    const char *scid = json_text(body, "scid", "");
    OWN_JSON json_t *answer = NULL;
    Refusal refusal;
    Owners owners;

    if (strcmp(json_text(body, "type", ""), "activity") != 0)
        reply_text(reply, 400, "Only handles of type activity can be queried here.");
    else if (!guid_valid(scid))
        reply_text(reply, 400, "scid must be a GUID.");
    else if (parse_owners(body, &owners, &refusal) != 0)
        reply_text(reply, refusal.status, refusal.text);
    else {
        answer = json_pack("{s:o}", "results", query_activities(directory, scid, &owners, include));
        reply_json(reply, 200, answer);
    }
}
