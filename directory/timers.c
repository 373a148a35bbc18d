/* SPDX-License-Identifier: MIT */
/* The lazy timers of a session: they run when somebody looks. */
#include "directory/timers.h"

#include "directory/initialize.h"
#include "directory/session.h"
#include "directory/util.h"

#define MILLISECOND_US INT64_C(1000)
/* Beyond this a timeout is as good as infinite, and no sum can overflow. */
#define TIMEOUT_MAX_MS (INT64_C(1000) * 86400 * 365 * 100)

/* In ms; 0 at once, absent the default, null never (TIMERS_NONE). */
static int64_t timeout_of(const json_t *session, const char *name, int64_t fallback)
{
    const json_t *value = session_constant(session, name);

    if (json_is_null(value))
        return TIMERS_NONE;
    if (!json_is_integer(value))
        return fallback;
    return json_integer_value(value) > TIMEOUT_MAX_MS ? TIMERS_NONE : json_integer_value(value);
}

static int64_t due_after(int64_t since, int64_t timeout_ms)
{
    return timeout_ms == TIMERS_NONE ? TIMERS_NONE : since + timeout_ms * MILLISECOND_US;
}

static int64_t member_due(const json_t *session, const json_t *member)
{
    int64_t since = json_number(member, "since", 0);

    if (initialize_concerns(session, member) && member_status(member) != MEMBER_INACTIVE)
        return TIMERS_NONE;
    switch (member_status(member)) {
    case MEMBER_RESERVED:
        return due_after(since, timeout_of(session, "reservedRemovalTimeout", 30000));
    case MEMBER_READY:
        return due_after(since, timeout_of(session, "readyRemovalTimeout", 180000));
    case MEMBER_INACTIVE:
        return due_after(since, timeout_of(session, "inactiveRemovalTimeout", 0));
    case MEMBER_ACTIVE:
        break;
    }
    return TIMERS_NONE;
}

static int64_t empty_due(const json_t *session)
{
    if (json_array_size(json_object_get(session, "members")) > 0)
        return TIMERS_NONE;
    return due_after(json_number(session, "emptySince", 0), timeout_of(session, "sessionEmptyTimeout", 0));
}

static void member_make_inactive(json_t *member, int64_t now)
{
    json_object_del(json_object_get(json_object_get(member, "properties"), "system"), "ready");
    json_object_del(member, "titleId");
    json_object_set_new(member, "since", json_integer(now));
}

bool timers_run(json_t *session, int64_t now)
{
    json_t *members = json_object_get(session, "members");
    size_t i = 0;

    initialize_run(session, now);
    while (i < json_array_size(members)) {
        json_t *member = json_array_get(members, i);

        if (member_due(session, member) > now) {
            i++;
            continue;
        }
        if (member_status(member) == MEMBER_READY) {
            member_make_inactive(member, now);
            /* It stays for this evaluation, unless inactive members are to go at once. */
            if (member_due(session, member) > now) {
                i++;
                continue;
            }
        }
        session_remove_member(session, i, now);
    }
    if (json_array_size(members) > 0) {
        json_object_del(session, "emptySince");
        return true;
    }
    if (!json_object_get(session, "emptySince"))
        json_object_set_new(session, "emptySince", json_integer(now));
    return empty_due(session) > now;
}

int64_t timers_next(const json_t *session)
{
    int64_t next = empty_due(session), stage = initialize_due(session);
    json_t *member;
    size_t i;

    if (stage < next)
        next = stage;
    json_array_foreach(json_object_get(session, "members"), i, member)
    {
        int64_t due = member_due(session, member);

        if (due < next)
            next = due;
    }
    return next;
}
