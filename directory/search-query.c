/* SPDX-License-Identifier: MIT */
/* POST /handles/query of type search: which sessions are to be found. */
#include <string.h>
#include <strings.h>

#include "directory/access.h"
#include "directory/handle.h"
#include "directory/query.h"
#include "directory/role.h"
#include "directory/schema.h"
#include "directory/search-filter.h"
#include "directory/search.h"
#include "directory/util.h"

/* A question, checked. The texts borrow from the body. */
typedef struct SearchQuery {
    const Principal *who;
    const char *scid, *template_name, *include;
    QueryPeople people; /* somebody of whom is in it; nobody in particular without a user */
    SearchFilter filter;
    bool filtered, ordered;
    SearchOrder order;
} SearchQuery;

/* A session that is found, in the order in which the handles were made. */
typedef struct Found {
    const json_t *handle;  /* borrowed */
    const json_t *session; /* borrowed */
    json_t *facts;         /* owned */
    const json_t *value;   /* to order by; borrowed, or NULL */
    bool descending;
    size_t position;
} Found;

static int query_read(const json_t *body, SearchQuery *query, Refusal *refusal)
{
    const json_t *members = json_object_get(body, "sessionMembers");
    const json_t *filter = json_object_get(body, "filter"), *order = json_object_get(body, "orderBy");
    const json_t *global = json_object_get(body, "global");

    if (schema_check_shape(body, "The query", "type,scid,templateName,global,filter,orderBy,sessionMembers",
                           refusal) != 0)
        return REFUSED;
    query->template_name = json_text(body, "templateName", NULL);
    if (!query->template_name || !name_valid(query->template_name))
        return refuse(refusal, 400, "A search needs templateName.");
    if (global && !json_is_boolean(global))
        return refuse(refusal, 400, "global must be a boolean.");
    if ((filter && !json_is_string(filter)) || (order && !json_is_string(order)))
        return refuse(refusal, 400, "filter and orderBy must be strings.");
    if (members && (schema_check_shape(members, "sessionMembers", "people", refusal) != 0 ||
                    query_people_read(json_object_get(members, "people"), &query->people, refusal) != 0))
        return REFUSED;
    query->filtered = filter != NULL;
    query->ordered = order != NULL;
    if (filter && search_filter_parse(json_string_value(filter), &query->filter, refusal) != 0)
        return REFUSED;
    return order ? search_order_parse(json_string_value(order), &query->order, refusal) : 0;
}

static json_t *owner_xuids(const json_t *session)
{
    json_t *owners = json_array(), *member;
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i, member)
    {
        if (session_owns(session, member))
            json_array_append(owners, json_object_get(member, "xuid"));
    }
    return owners;
}

static json_t *search_facts(const json_t *handle, const json_t *session)
{
    json_t *facts = json_copy(json_object_get(handle, "searchAttributes"));
    json_t *xuids = json_array(), *member;
    size_t i;

    if (!facts)
        facts = json_object();
    json_array_foreach(json_object_get(session, "members"), i, member)
        json_array_append(xuids, json_object_get(member, "xuid"));
    json_object_set_new(facts, "session",
                        json_pack("{s:o, s:I, s:I, s:o}", "ownerXuids", owner_xuids(session), "membersCount",
                                  (json_int_t)json_array_size(xuids), "maxMembersCount",
                                  (json_int_t)session_capacity(session), "memberXuids", xuids));
    return facts;
}

static bool has_people(const Directory *directory, const QueryPeople *people, const json_t *session)
{
    json_t *member;
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i, member)
    {
        if (query_people_include(directory, people, json_text(member, "xuid", "")))
            return true;
    }
    return false;
}

/* Fills in @found when the handle is an answer. */
static bool search_finds(Directory *directory, const SearchQuery *query, const char *id, Found *found)
{
    const json_t *handle = handle_find(directory, id);
    const json_t *session;

    if (!handle)
        return false;
    session = json_object_get(directory->sessions, json_text(handle, "key", ""));
    if (!session || !access_may_read(directory, session, query->who, handle) ||
        (query->people.user && !has_people(directory, &query->people, session)))
        return false;
    *found = (Found){.handle = handle, .session = session, .facts = search_facts(handle, session)};
    if (query->filtered && !search_filter_matches(&query->filter, found->facts)) {
        json_decref(found->facts);
        return false;
    }
    if (query->ordered)
        found->value = search_order_value(&query->order, found->facts);
    found->descending = query->order.descending;
    return true;
}

/* Numbers, then texts, then what has nothing to be ordered by; otherwise the order in which they were made. */
static int compare_found(const void *left, const void *right)
{
    const Found *one = left, *other = right;
    int order = 0;

    if (!one->value || !other->value)
        order = (one->value == NULL) - (other->value == NULL);
    else if (json_is_string(one->value) != json_is_string(other->value))
        order = json_is_string(one->value) ? 1 : -1;
    else if (json_is_string(one->value))
        order = strcmp(json_string_value(one->value), json_string_value(other->value));
    else
        order = (json_number_value(one->value) > json_number_value(other->value)) -
                (json_number_value(one->value) < json_number_value(other->value));
    if (one->value && other->value && one->descending)
        order = order > 0 ? -1 : order < 0;
    if (order == 0)
        order = one->position > other->position ? 1 : -1;
    return order;
}

/* The ids of the handles that the question may be about, the timers of their sessions run. Owned. */
static json_t *search_candidates(Directory *directory, const SearchQuery *query)
{
    OWN_JSON json_t *handles = json_copy(directory->handles);
    json_t *ids = json_array(), *handle;
    const char *id;

    json_object_foreach(handles, id, handle)
    {
        const json_t *reference = json_object_get(handle, "sessionRef");

        if (strcmp(json_text(handle, "type", ""), "search") != 0 ||
            strcasecmp(json_text(reference, "scid", ""), query->scid) != 0 ||
            strcasecmp(json_text(reference, "templateName", ""), query->template_name) != 0)
            continue;
        directory_session(directory, json_text(handle, "key", ""));
        json_array_append_new(ids, json_string(id));
    }
    return ids;
}

static json_t *render_found(const SearchQuery *query, const Found *found)
{
    json_t *out = query_render(found->handle, found->session, query->include);
    json_t *related = json_object_get(out, "relatedInfo");

    if (related)
        json_object_set_new(related, "sessionOwners", owner_xuids(found->session));
    if (text_list_has(query->include, "roleInfo"))
        json_object_set_new(out, "roleInfo", json_pack("{s:o}", "roleTypes", role_render(found->session)));
    return out;
}

static json_t *search_run(Directory *directory, const SearchQuery *query)
{
    OWN_JSON json_t *ids = search_candidates(directory, query);
    Found *found = memory_new(json_array_size(ids) * sizeof(*found));
    json_t *results = json_array(), *id;
    size_t count = 0, i;

    json_array_foreach(ids, i, id)
    {
        if (!search_finds(directory, query, json_string_value(id), &found[count]))
            continue;
        found[count].position = count;
        count++;
    }
    if (query->ordered && count > 0)
        qsort(found, count, sizeof(*found), compare_found);
    for (i = 0; i < count; i++) {
        if (i < QUERY_RESULTS_MAX)
            json_array_append_new(results, render_found(query, &found[i]));
        json_decref(found[i].facts);
    }
    free(found);
    return results;
}

void search_serve(Directory *directory, const Principal *who, const json_t *body, const char *include,
                  Reply *reply)
{
    SearchQuery query = {.who = who, .scid = json_text(body, "scid", ""), .include = include};
    OWN_JSON json_t *answer = NULL;
    Refusal refusal;

    if (query_read(body, &query, &refusal) != 0) {
        reply_text(reply, refusal.status, refusal.text);
    } else if (!directory_template(directory, query.scid, query.template_name)) {
        reply_text(reply, 404, "The service configuration or the template does not exist.");
    } else {
        answer = json_pack("{s:o}", "results", search_run(directory, &query));
        reply_json(reply, 200, answer);
    }
    search_filter_clear(&query.filter);
}
