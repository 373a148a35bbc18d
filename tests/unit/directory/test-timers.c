/* SPDX-License-Identifier: MIT */
/* The lazy timers: what is due, what is next, what is never stacked. */
#include <criterion/criterion.h>

#include "directory/session.h"
#include "directory/timers.h"
#include "directory/util.h"

#define MS INT64_C(1000)
#define START INT64_C(1000000000)

static const SessionReference reference = {"5f2c0100-7e1b-4c57-9d0e-0000665a1be9", "quickmatch", "one"};

/* One member with these system properties, in its status since START. */
static json_t *session_of(const char *constants, const char *system, bool reserved)
{
    json_t *session = session_new(&reference, NULL, START);
    json_t *member = json_pack("{s:i, s:s, s:{s:o, s:{}}, s:I}", "index", 0, "xuid", "1", "properties",
                               "system", json_loads(system, 0, NULL), "custom", "since", (json_int_t)START);

    if (reserved)
        json_object_set_new(member, "reserved", json_true());
    json_object_set_new(json_object_get(session, "constants"), "system", json_loads(constants, 0, NULL));
    json_array_append_new(json_object_get(session, "members"), member);
    return session;
}

static size_t members_of(const json_t *session)
{
    return json_array_size(json_object_get(session, "members"));
}

Test(timers, reservation_ends_after_its_timeout)
{
    OWN_JSON json_t *session = session_of("{\"sessionEmptyTimeout\":null}", "{}", true);

    cr_assert_eq(timers_next(session), START + 30000 * MS);
    cr_assert(timers_run(session, START + 30000 * MS - 1));
    cr_assert_eq(members_of(session), 1);
    cr_assert(timers_run(session, START + 30000 * MS));
    cr_assert_eq(members_of(session), 0);
    cr_assert_eq(timers_next(session), TIMERS_NONE);
}

Test(timers, active_members_have_none)
{
    OWN_JSON json_t *session = session_of("{}", "{\"active\":true}", false);

    cr_assert_eq(timers_next(session), TIMERS_NONE);
    cr_assert(timers_run(session, START + 1000000000 * MS));
    cr_assert_eq(members_of(session), 1);
}

Test(timers, two_transitions_are_not_stacked)
{
    OWN_JSON json_t *session = session_of("{\"inactiveRemovalTimeout\":1000}", "{\"ready\":true}", false);
    int64_t late = START + 999999999 * MS;

    cr_assert(timers_run(session, late));
    cr_assert_eq(members_of(session), 1);
    cr_assert_eq(timers_next(session), late + 1000 * MS);
    cr_assert_not(timers_run(session, late + 1000 * MS));
}

Test(timers, zero_acts_at_once)
{
    OWN_JSON json_t *session = session_of("{}", "{\"ready\":true}", false);

    cr_assert(timers_run(session, START + 180000 * MS - 1));
    cr_assert_not(timers_run(session, START + 180000 * MS));
}

Test(timers, null_is_never)
{
    OWN_JSON json_t *session = session_of("{\"inactiveRemovalTimeout\":null}", "{}", false);

    cr_assert_eq(timers_next(session), TIMERS_NONE);
    cr_assert(timers_run(session, INT64_MAX - 1));
}

Test(timers, absurd_timeouts_do_not_overflow)
{
    OWN_JSON json_t *session = session_of("{\"inactiveRemovalTimeout\":9223372036854775807}", "{}", false);

    cr_assert_eq(timers_next(session), TIMERS_NONE);
    cr_assert(timers_run(session, START));
}

Test(timers, empty_sessions_wait_for_their_timeout)
{
    OWN_JSON json_t *session = session_of("{\"sessionEmptyTimeout\":5000}", "{}", false);

    cr_assert(timers_run(session, START));
    cr_assert_eq(members_of(session), 0);
    cr_assert_eq(timers_next(session), START + 5000 * MS);
    cr_assert(timers_run(session, START + 4999 * MS));
    cr_assert_not(timers_run(session, START + 5000 * MS));
}
