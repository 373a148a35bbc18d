/* SPDX-License-Identifier: MIT */
/* POST /handles/query: who does what, and what is to be found. */
#include "directory/query.h"

#include <string.h>
#include <strings.h>

#include "directory/handle.h"
#include "directory/schema.h"
#include "directory/search.h"
#include "directory/session.h"
#include "directory/util.h"

/* Whose activities are asked for: those of some users, or of somebody's people. */
typedef struct Owners {
    json_t *xuids; /* owned: an object with a key for each; NULL for people */
    QueryPeople people;
} Owners;

int query_people_read(const json_t *people, QueryPeople *out, Refusal *refusal)
{
    const char *moniker = json_text(people, "moniker", ""), *user = json_text(people, "monikerXuid", "");
    bool favorites = strcasecmp(moniker, "favorites") == 0;

    if (schema_check_shape(people, "people", "moniker,monikerXuid", refusal) != 0)
        return REFUSED;
    if (!favorites && strcasecmp(moniker, "people") != 0)
        return refuse(refusal, 400, "The moniker of people is people or favorites.");
    if (!xuid_valid(user))
        return refuse(refusal, 400, "people needs monikerXuid, a decimal XUID as text.");
    *out = (QueryPeople){.user = user, .favorites = favorites};
    return 0;
}

bool query_people_include(const Directory *directory, const QueryPeople *people, const char *xuid)
{
    return people->favorites ? user_favors(directory, people->user, xuid)
                             : user_follows(directory, people->user, xuid);
}

/* @out is to be released in any case. */
static int owners_read(const json_t *body, Owners *out, Refusal *refusal)
{
    const json_t *owners = json_object_get(body, "owners");
    const json_t *people = json_object_get(owners, "people"), *list = json_object_get(owners, "xuids");
    json_t *item;
    size_t i;

    *out = (Owners){0};
    if (schema_check_shape(body, "The query", "type,scid,owners", refusal) != 0 ||
        schema_check_shape(owners, "owners", "xuids,people", refusal) != 0)
        return REFUSED;
    if (!list == !people)
        return refuse(refusal, 400, "owners takes either xuids or people.");
    if (people)
        return query_people_read(people, &out->people, refusal);
    if (!json_is_array(list) || json_array_size(list) > QUERY_XUIDS_MAX)
        return refuse(refusal, 400, "xuids must be an array of up to %d XUIDs.", QUERY_XUIDS_MAX);
    out->xuids = json_object();
    json_array_foreach(list, i, item)
    {
        OWN_TEXT char *xuid = json_xuid(item);

        if (!xuid)
            return refuse(refusal, 400, "xuids must hold decimal XUIDs.");
        json_object_set_new(out->xuids, xuid, json_true());
    }
    return 0;
}

static bool owners_include(const Directory *directory, const Owners *owners, const char *xuid)
{
    if (owners->xuids)
        return json_object_get(owners->xuids, xuid) != NULL;
    return query_people_include(directory, &owners->people, xuid);
}

static json_t *render_related(const json_t *session)
{
    return json_pack("{s:s, s:s, s:b, s:I, s:I}", "visibility", session_visibility(session),
                     "joinRestriction", session_restriction(session, "joinRestriction"), "closed",
                     session_flag(session, "closed"), "maxMembersCount",
                     (json_int_t)session_capacity(session), "membersCount",
                     (json_int_t)json_array_size(json_object_get(session, "members")));
}

json_t *query_render(const json_t *handle, const json_t *session, const char *include)
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
            json_array_append_new(results, query_render(handle, session, include));
    }
    return results;
}

static void query_serve_activities(Directory *directory, const json_t *body, const char *include,
                                   Reply *reply)
{
    OWN_JSON json_t *answer = NULL;
    Refusal refusal;
    Owners owners;

    if (owners_read(body, &owners, &refusal) != 0) {
        reply_text(reply, refusal.status, refusal.text);
    } else {
        answer = json_pack("{s:o}", "results",
                           query_activities(directory, json_text(body, "scid", ""), &owners, include));
        reply_json(reply, 200, answer);
    }
    json_decref(owners.xuids);
}

void query_handles(Directory *directory, const Principal *who, const json_t *body, const char *include,
                   Reply *reply)
{
    const char *type = json_text(body, "type", "");

    if (!guid_valid(json_text(body, "scid", "")))
        reply_text(reply, 400, "scid must be a GUID.");
    else if (strcmp(type, "activity") == 0)
        query_serve_activities(directory, body, include, reply);
    else if (strcmp(type, "search") == 0)
        search_serve(directory, who, body, include, reply);
    else
        reply_text(reply, 400, "Handles of type activity or search can be queried.");
}
