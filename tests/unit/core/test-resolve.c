/* SPDX-License-Identifier: MIT */
/* Unknown outcomes: what a look proves, what is sent again, and what nobody can tell. */
#include "scenario.h"

#include "core/core.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MEMBER(custom)                                                                                       \
    "{\"members\":{\"0\":{\"constants\":{\"system\":{\"xuid\":\"1\"}},\"joinTime\":\"2023-11-14T22:13:"      \
    "10Z\","                                                                                                 \
    "\"properties\":{\"custom\":" custom "}}},\"properties\":{\"custom\":{\"k\":1}}}"
#define NOBODY "{\"members\":{},\"properties\":{\"custom\":{\"k\":1}}}"
#define OWN "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"w\":7}}}}}"
#define JOIN "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"1\"}}}}}"
#define SHARED "{\"properties\":{\"custom\":{\"k\":7}}}"
#define SHARED_IS(value)                                                                                     \
    "{\"members\":{\"0\":{\"constants\":{\"system\":{\"xuid\":\"1\"}}}},\"properties\":{\"custom\":{"        \
    "\"k\":" value "}}}"
#define BOTH                                                                                                 \
    "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"w\":7}}}},\"properties\":{\"custom\":{\"k\":7}}}"
#define LEAVE "{\"members\":{\"me\":null}}"
#define ENCOUNTER "{\"members\":{\"me\":{\"properties\":{\"system\":{\"encounters\":[\"9\"]}}}}}"
#define HOST "{\"properties\":{\"system\":{\"initializationSucceeded\":true}}}"

/* The next attempt, however long its back-off. */
static WorldSend *next_sent(World *world)
{
    while (!world_sent(world))
        cr_assert(world_next(world), "nothing is ever sent again");
    return world_sent(world);
}

/* A world that knows version 1 of the session (or not), with a write whose attempt had no answer. */
static World *doubtful(const WorldWrite *write, bool base)
{
    World *world = world_new(NULL);
    if (base) {
        world_submit(world, &(WorldWrite){.id = 99, .kind = CORE_GET_SESSION_BY_HANDLE}, NULL);
        world_show(world, world_sent(world), 200,
                   &(WorldDocument){.text = MEMBER("{}"), .change = 1, .etag = "e1"});
    }
    world_submit(world, write, NULL);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    cr_assert_eq(world_record(world, write->id)->completed, 0);
    cr_assert(world_record(world, write->id)->marked, "the mark went before the outcome is known");
    return world;
}

typedef struct Row {
    const char *what;
    const char *write;
    bool base;
    unsigned status; /* of the look: 0 = 200 */
    WorldDocument shown;
    /* Either it is sent again with a fence ... */
    bool repeated;
    /* ... or it ends: */
    CoreOutcome outcome;
    CoreApplied applied;
    CoreMode mode; /* 0: update-existing */
} Row;

static void run(const Row *row)
{
    World *world = doubtful(&(WorldWrite){.id = 1, .session = row->write, .mode = row->mode}, row->base);
    WorldSend *look = next_sent(world);
    cr_assert_eq(look->verb, CORE_VERB_READ, "%s: not a look", row->what);
    if (row->shown.text)
        world_show(world, look, row->status ? row->status : 200, &row->shown);
    else
        world_answer(world, look, row->status, NULL);
    if (row->repeated) {
        WorldSend *again = world_sent(world);
        cr_assert_not_null(again, "%s: not sent again", row->what);
        cr_assert_eq(again->verb, CORE_VERB_WRITE, "%s", row->what);
        cr_assert_eq(again->precondition, CORE_PRECONDITION_IF_MATCH, "%s: without a fence", row->what);
        cr_assert_str_eq(again->etag, row->shown.etag, "%s", row->what);
        world_answer(world, again, 200, NULL);
        cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED, "%s", row->what);
        cr_assert(world_record(world, 1)->resolved, "%s", row->what);
    } else {
        cr_assert_null(world_sent(world), "%s: sent again", row->what);
        cr_assert_eq(world_record(world, 1)->completed, 1, "%s: no end", row->what);
        cr_assert_eq(world_record(world, 1)->outcome, row->outcome, "%s: %d", row->what,
                     world_record(world, 1)->outcome);
        cr_assert_eq(world_record(world, 1)->applied, row->applied, "%s: applied %d", row->what,
                     world_record(world, 1)->applied);
        cr_assert_eq(world_record(world, 1)->resolved, row->applied != CORE_APPLIED_UNKNOWN, "%s", row->what);
    }
    cr_assert_gt(world_record(world, 1)->notes, 0, "%s: no story", row->what);
    world_free(world);
}

#define APPLIED .outcome = CORE_OUTCOME_APPLIED, .applied = CORE_APPLIED_YES
#define UNKNOWN .outcome = CORE_OUTCOME_UNKNOWN, .applied = CORE_APPLIED_UNKNOWN
#define BEHIND .outcome = CORE_OUTCOME_OUT_OF_SYNC

Test(resolve, by_what_a_look_shows)
{
    static const Row rows[] = {
        {"F2: own change there",
         OWN,
         true,
         0,
         {MEMBER("{\"w\":7}"), NULL, 2, "e2", NULL, 0},
         false,
         APPLIED,
         0},
        {"F2 without a base",
         OWN,
         false,
         0,
         {MEMBER("{\"w\":7}"), NULL, 2, "e2", NULL, 0},
         false,
         APPLIED,
         0},
        {"F1: unchanged", OWN, true, 0, {MEMBER("{}"), NULL, 1, "e1", NULL, 0}, true, APPLIED, 0},
        {"F1 without a base: own fields decide",
         OWN,
         false,
         0,
         {MEMBER("{}"), NULL, 1, "e1", NULL, 0},
         true,
         APPLIED,
         0},
        {"F1, and another wrote another key",
         OWN,
         true,
         0,
         {MEMBER("{\"x\":1}"), NULL, 2, "e2", NULL, 0},
         true,
         APPLIED,
         0},
        {"F1: shared, unchanged", SHARED, true, 0, {MEMBER("{}"), NULL, 1, "e1", NULL, 0}, true, APPLIED, 0},
        {"F2: shared change there",
         SHARED,
         true,
         0,
         {SHARED_IS("7"), NULL, 2, "e2", NULL, 0},
         false,
         APPLIED,
         0},
        {"F9: and another key changed since",
         SHARED,
         true,
         0,
         {SHARED_IS("7"), NULL, 3, "e3", NULL, 0},
         false,
         APPLIED,
         0},
        {"F1 and F10 look the same without a base",
         SHARED,
         false,
         0,
         {SHARED_IS("9"), NULL, 3, "e3", NULL, 0},
         false,
         UNKNOWN,
         0},
        {"F10: overtaken, perhaps after ours",
         SHARED,
         true,
         0,
         {SHARED_IS("9"), NULL, 3, "e3", NULL, 0},
         false,
         BEHIND,
         .applied = CORE_APPLIED_UNKNOWN,
         0},
        {"overtaken by the one commit there was",
         SHARED,
         true,
         0,
         {SHARED_IS("9"), NULL, 2, "e2", NULL, 0},
         false,
         BEHIND,
         .applied = CORE_APPLIED_UNKNOWN,
         0},
        {"both, overtaken: the own field tells",
         BOTH,
         true,
         0,
         {SHARED_IS("9"), NULL, 3, "e3", NULL, 0},
         false,
         BEHIND,
         .applied = CORE_APPLIED_UNKNOWN,
         0},
        {"F15: another branch is no older version",
         SHARED,
         true,
         0,
         {SHARED_IS("7"), "c", 1, "f1", NULL, 0},
         false,
         APPLIED,
         0},
        {"F15: another branch, and not there",
         SHARED,
         true,
         0,
         {SHARED_IS("9"), "c", 1, "f1", NULL, 0},
         false,
         BEHIND,
         .applied = CORE_APPLIED_UNKNOWN,
         0},
        {"a join that is there", JOIN, false, 0, {MEMBER("{}"), NULL, 2, "e2", NULL, 0}, false, APPLIED, 0},
        {"a join that is not", JOIN, false, 0, {NOBODY, NULL, 2, "e2", NULL, 0}, true, APPLIED, 0},
        {"no member any more: it must not join again",
         OWN,
         false,
         0,
         {NOBODY, NULL, 2, "e2", NULL, 0},
         false,
         UNKNOWN,
         0},
        {"a leave that is done", LEAVE, true, 0, {NOBODY, NULL, 2, "e2", NULL, 0}, false, APPLIED, 0},
        {"a leave that is not", LEAVE, true, 0, {MEMBER("{}"), NULL, 3, "e3", NULL, 0}, true, APPLIED, 0},
        {"nothing that a read shows",
         HOST,
         true,
         0,
         {MEMBER("{}"), NULL, 1, "e1", NULL, 0},
         false,
         UNKNOWN,
         0},
        {"without an ETag there is no fence",
         OWN,
         false,
         0,
         {MEMBER("{}"), NULL, 1, NULL, NULL, 0},
         false,
         BEHIND,
         .applied = CORE_APPLIED_UNKNOWN,
         0},
        {"F12: no session, a leave", LEAVE, true, 204, {0}, false, APPLIED, 0},
        {"F12: no session, update-existing",
         OWN,
         true,
         204,
         {0},
         false,
         .outcome = CORE_OUTCOME_REJECTED,
         .applied = CORE_APPLIED_UNKNOWN,
         0},
        {"F12: no session that was there",
         OWN,
         true,
         204,
         {0},
         false,
         .outcome = CORE_OUTCOME_REJECTED,
         .applied = CORE_APPLIED_UNKNOWN,
         CORE_MODE_UPDATE_OR_CREATE_NEW},
        {"not allowed to read it any more", OWN, true, 403, {0}, false, UNKNOWN, 0},
        {"F19: the handle is gone, its session unknown", OWN, true, 404, {0}, false, UNKNOWN, 0},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        run(&rows[i]);
}

Test(resolve, what_nobody_ever_saw_is_created_once)
{
    World *world =
        doubtful(&(WorldWrite){.id = 1, .session = JOIN, .mode = CORE_MODE_UPDATE_OR_CREATE_NEW}, false);
    world_answer(world, next_sent(world), 204, NULL);
    cr_assert_eq(world_sent(world)->precondition, CORE_PRECONDITION_IF_NONE_MATCH_ANY);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    cr_assert_eq(next_sent(world)->verb, CORE_VERB_READ);
    world_answer(world, world_sent(world), 204, NULL);
    cr_assert_null(world_sent(world), "once");
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_REJECTED);
    cr_assert_str_eq(world_record(world, 1)->error, "session-gone");
    world_free(world);
}

Test(resolve, create_new_is_sent_again_as_it_is)
{
    World *world = doubtful(&(WorldWrite){.id = 1, .session = JOIN, .mode = CORE_MODE_CREATE_NEW}, false);
    cr_assert_eq(next_sent(world)->precondition, CORE_PRECONDITION_IF_NONE_MATCH_ANY);
    world_show(world, world_sent(world), 412, &(WorldDocument){.text = NOBODY, .change = 1, .etag = "e1"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_OUT_OF_SYNC);
    cr_assert_eq(world_record(world, 1)->applied, CORE_APPLIED_UNKNOWN, "ours may have come and gone before");
    world_free(world);
}

Test(resolve, create_new_that_is_refused_where_nothing_is_shown_ends)
{
    World *world = doubtful(
        &(WorldWrite){.id = 1, .session = OWN, .mode = CORE_MODE_CREATE_NEW, .deadline_usec = USEC_PER_HOUR},
        false);
    while (!world_record(world, 1)->completed) {
        WorldSend *send = next_sent(world);
        world_answer(world, send, send->verb == CORE_VERB_READ ? 204 : 412, NULL);
        cr_assert_lt(world->sends_count, 20, "without end");
    }
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN);
    world_free(world);
}

Test(resolve, a_fenced_repeat_that_was_overtaken_is_judged_by_its_412)
{
    World *world = doubtful(&(WorldWrite){.id = 1, .session = OWN}, true);
    world_show(world, next_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 1, .etag = "e1"});
    for (unsigned change = 2; change <= 5; change++) {
        char etag[8];
        snprintf(etag, sizeof etag, "e%u", change);
        world_show(world, world_sent(world), 412,
                   &(WorldDocument){.text = MEMBER("{}"), .change = change, .etag = etag});
        cr_assert_not_null(world_sent(world), "round %u", change);
        cr_assert_str_eq(world_sent(world)->etag, etag);
    }
    world_show(world, world_sent(world), 412,
               &(WorldDocument){.text = MEMBER("{}"), .change = 6, .etag = "e6"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_OUT_OF_SYNC, "at most 5 rounds");
    cr_assert_eq(world_record(world, 1)->applied, CORE_APPLIED_NO);
    world_free(world);
}

Test(resolve, the_first_copy_that_came_late_is_found_by_the_repeats_412)
{
    World *world = doubtful(&(WorldWrite){.id = 1, .session = SHARED}, true);
    world_show(world, next_sent(world), 200,
               &(WorldDocument){.text = SHARED_IS("1"), .change = 1, .etag = "e1"});
    world_show(world, world_sent(world), 412,
               &(WorldDocument){.text = SHARED_IS("7"), .change = 2, .etag = "e2"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    world_free(world);
}

Test(resolve, a_repeat_without_an_answer_is_in_doubt_again)
{
    World *world = doubtful(&(WorldWrite){.id = 1, .session = SHARED}, true);
    world_show(world, next_sent(world), 200,
               &(WorldDocument){.text = SHARED_IS("1"), .change = 1, .etag = "e1"});
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    cr_assert_eq(next_sent(world)->verb, CORE_VERB_READ);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = SHARED_IS("9"), .change = 3, .etag = "e3"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_OUT_OF_SYNC);
    cr_assert_eq(world_record(world, 1)->applied, CORE_APPLIED_UNKNOWN);
    world_free(world);
}

Test(resolve, an_older_version_is_read_again)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 99, .kind = CORE_GET_SESSION_BY_HANDLE}, NULL);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 4, .etag = "e4"});
    world_submit(world, &(WorldWrite){.id = 1, .session = OWN}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    world_show(world, next_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 3, .etag = "e3"});
    cr_assert_eq(next_sent(world)->verb, CORE_VERB_READ, "a copy that lags proves nothing");
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{\"w\":7}"), .change = 5, .etag = "e5"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    world_free(world);
}

Test(resolve, encounters_are_never_sent_twice)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = ENCOUNTER}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN);
    world_advance(world, USEC_PER_HOUR);
    cr_assert_eq(world->sends_count, 1);
    world_free(world);
}

Test(resolve, a_doubt_that_is_not_resolved_by_the_deadline_is_unknown)
{
    World *world = doubtful(&(WorldWrite){.id = 1, .session = OWN}, true);
    while (!world_record(world, 1)->completed) {
        if (world_sent(world))
            world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
        else
            cr_assert(world_next(world));
    }
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN);
    world_free(world);
}

static void never_sent_again(World *world)
{
    while (!world_record(world, 1)->completed) {
        if (world_sent(world))
            world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
        else
            cr_assert(world_next(world));
    }
}

Test(resolve, what_a_read_did_not_show_may_still_have_been_applied)
{
    World *world = doubtful(&(WorldWrite){.id = 1, .session = OWN}, true);
    world_show(world, next_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 1, .etag = "e1"});
    never_sent_again(world);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN, "the read may have been an old one");
    world_free(world);
}

Test(resolve, what_a_refused_write_did_not_show_was_not_applied)
{
    World *world = doubtful(&(WorldWrite){.id = 1, .session = OWN}, true);
    world_show(world, next_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 1, .etag = "e1"});
    world_show(world, world_sent(world), 412,
               &(WorldDocument){.text = MEMBER("{}"), .change = 2, .etag = "e2"});
    never_sent_again(world);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_EXPIRED);
    cr_assert_eq(world_record(world, 1)->applied, CORE_APPLIED_NO);
    cr_assert(world_record(world, 1)->retryable);
    world_free(world);
}

Test(resolve, a_read_that_shows_what_a_412_has_refused_is_an_old_one)
{
    World *world = doubtful(
        &(WorldWrite){.id = 1, .session = SHARED, .mode = CORE_MODE_SYNCHRONIZED_UPDATE, .etag = "e1"},
        false);
    world_answer(world, next_sent(world), 412, NULL);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = SHARED_IS("1"), .change = 1, .etag = "e1"});
    cr_assert_eq(world_record(world, 1)->completed, 0);
    world_show(world, next_sent(world), 200,
               &(WorldDocument){.text = SHARED_IS("7"), .change = 2, .etag = "e2"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    world_free(world);
}

Test(resolve, who_may_have_been_removed_meanwhile_is_not_joined_again)
{
    World *world =
        doubtful(&(WorldWrite){.id = 1, .session = JOIN, .deadline_usec = 5 * USEC_PER_MINUTE}, false);
    uint64_t begin = world->now.boot_usec;
    while (world->now.boot_usec < begin + 21 * USEC_PER_SEC) {
        if (world_sent(world))
            world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
        else
            cr_assert(world_next(world));
    }
    world_show(world, next_sent(world), 200, &(WorldDocument){.text = NOBODY, .change = 2, .etag = "e2"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN);
    world_free(world);
}

/* ---- Several at once: after a power cut ---------------------------------------------------------------------------------- */

static World *after_power_cut(const char *const *bodies, unsigned count)
{
    World *world = world_new(NULL);
    for (unsigned id = 1; id <= count; id++) {
        CoreStored record = {
            .id = world_id(id),
            .sequence = id,
            .kind = CORE_WRITE_SESSION_BY_HANDLE,
            .mode = CORE_MODE_UPDATE_EXISTING,
            .durability = CORE_DURABILITY_POWER,
            .account = "1",
            .app_id = "",
            .target = "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001",
            .body_size = strlen(bodies[id - 1]),
            .accepted_wall_usec = world->now.wall_usec - 10 * USEC_PER_SEC,
            .deadline_wall_usec = world->now.wall_usec + USEC_PER_HOUR,
            .write_class = 3,
        };
        world_record(world, id)->body = strdup(bodies[id - 1]);
        cr_assert_eq(core_restore(world->core, &world->now, &record, false, false), 0);
    }
    core_start(world->core, &world->now);
    world_pump(world);
    return world;
}

#define OWN_IS(key, value) "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"" key "\":" value "}}}}}"

Test(resolve, one_look_serves_all_of_a_lane)
{
    static const char *const bodies[] = {OWN_IS("a", "1"), OWN_IS("b", "2"), OWN_IS("c", "3"),
                                         OWN_IS("d", "4")};
    World *world = after_power_cut(bodies, 4);
    cr_assert_eq(world_under_way(world), 1);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{\"a\":1,\"b\":2}"), .change = 2, .etag = "e2"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert_eq(world->loaded, 4U);
    /* The other two are sent, in their order; the second one for the version that the first one made. */
    cr_assert_str_eq(world_sent(world)->id, world_id(3));
    cr_assert_str_eq(world_sent(world)->etag, "e2");
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{\"a\":1,\"b\":2,\"c\":3}"), .change = 3, .etag = "e3"});
    cr_assert_str_eq(world_sent(world)->id, world_id(4));
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_WRITE, "a look of its own");
    cr_assert_str_eq(world_sent(world)->etag, "e3");
    world_answer(world, world_sent(world), 200, NULL);
    for (unsigned id = 1; id <= 4; id++)
        cr_assert_eq(world_record(world, id)->completed, 1);
    cr_assert_eq(world->sends_count, 3);
    world_free(world);
}

Test(resolve, a_repeat_is_never_sent_for_a_version_without_an_etag)
{
    static const char *const bodies[] = {OWN_IS("a", "1"), OWN_IS("b", "2")};
    World *world = after_power_cut(bodies, 2);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 2, .etag = "e2"});
    world_show(world, world_sent(world), 200, &(WorldDocument){.text = MEMBER("{\"a\":1}"), .change = 3});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ, "sent for '%s'", world_sent(world)->etag);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{\"a\":1}"), .change = 3, .etag = "e3"});
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_UNKNOWN, "the first one may have undone it");
    world_free(world);
}

Test(resolve, an_earlier_write_never_undoes_a_later_one)
{
    static const char *const bodies[] = {OWN_IS("a", "1"), OWN_IS("a", "2"), OWN_IS("b", "3")};
    World *world = after_power_cut(bodies, 3);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{\"a\":2}"), .change = 2, .etag = "e2"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN,
                 "the second overwrote it, or it never came");
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert_str_eq(world_sent(world)->id, world_id(3));
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(world_record(world, 3)->outcome, CORE_OUTCOME_APPLIED);
    world_free(world);
}

Test(resolve, after_a_power_cut_another_value_may_be_a_later_one)
{
    static const char *const bodies[] = {OWN_IS("a", "1")};
    World *world = after_power_cut(bodies, 1);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{\"a\":2}"), .change = 2, .etag = "e2"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN, "what wrote it may be forgotten");
    cr_assert_null(world_sent(world));
    world_free(world);
}

Test(resolve, a_repeats_412_puts_the_others_to_the_test_again)
{
    static const char *const bodies[] = {OWN_IS("a", "1"), OWN_IS("b", "2")};
    World *world = after_power_cut(bodies, 2);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 2, .etag = "e2"});
    cr_assert_str_eq(world_sent(world)->id, world_id(1));
    world_show(world, world_sent(world), 412,
               &(WorldDocument){.text = MEMBER("{\"b\":2}"), .change = 3, .etag = "e3"});
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_APPLIED, "its first copy came late");
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN);
    world_free(world);
}

Test(resolve, a_document_that_cannot_be_read_back_is_unknown)
{
    static const char *const bodies[] = {OWN_IS("a", "1"), OWN_IS("b", "2")};
    World *world = after_power_cut(bodies, 2);
    world->loads_fail = true;
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 2, .etag = "e2"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_UNKNOWN);
    world_free(world);
}

Test(resolve, no_session_settles_all_of_a_lane)
{
    static const char *const bodies[] = {OWN_IS("a", "1"), OWN_IS("b", "2"), OWN_IS("c", "3")};
    World *world = after_power_cut(bodies, 3);
    world_answer(world, world_sent(world), 204, NULL);
    for (unsigned id = 1; id <= 3; id++)
        cr_assert_eq(world_record(world, id)->outcome, CORE_OUTCOME_REJECTED);
    cr_assert_eq(world->sends_count, 1);
    world_free(world);
}

/* ---- Handles that die ------------------------------------------------------------------------------------------------------ */

static World *handle_known(void)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 99, .kind = CORE_GET_SESSION_BY_HANDLE}, NULL);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 1, .etag = "e1", .handle_is = "game"});
    return world;
}

Test(resolve, a_members_write_outlives_its_handle)
{
    World *world = handle_known();
    world_submit(world, &(WorldWrite){.id = 1, .session = OWN}, NULL);
    world_answer(world, world_sent(world), 404, NULL);
    cr_assert(world_sent(world)->by_reference);
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"), .change = 1, .etag = "e1"});
    cr_assert(world_sent(world)->by_reference);
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_WRITE);
    cr_assert_eq(world_sent(world)->precondition, CORE_PRECONDITION_IF_MATCH_ANY);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    world_free(world);
}

Test(resolve, a_join_dies_with_its_handle)
{
    World *world = handle_known();
    world_submit(world, &(WorldWrite){.id = 1, .session = JOIN}, NULL);
    world_answer(world, world_sent(world), 404, NULL);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_REJECTED);
    cr_assert_str_eq(world_record(world, 1)->error, "handle-not-found");
    world_submit(world, &(WorldWrite){.id = 2, .session = OWN}, NULL);
    world_answer(world, world_sent(world), 404, NULL);
    world_show(world, world_sent(world), 200, &(WorldDocument){.text = NOBODY, .change = 2, .etag = "e2"});
    cr_assert_str_eq(world_record(world, 2)->error, "handle-not-found",
                     "nor does another write make a member");
    world_free(world);
}

Test(resolve, a_look_goes_on_by_reference_when_the_handle_dies)
{
    World *world = handle_known();
    world_submit(world, &(WorldWrite){.id = 1, .session = OWN}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    world_answer(world, next_sent(world), 404, NULL);
    cr_assert(next_sent(world)->by_reference);
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{\"w\":7}"), .change = 2, .etag = "e2"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    world_free(world);
}

/* ---- Leaving ----------------------------------------------------------------------------------------------------------------- */

Test(resolve, an_old_leave_is_sent_only_after_a_look)
{
    static const struct {
        WorldDocument shown;
        CoreOutcome outcome;
        bool sent;
    } rows[] = {
        {{NOBODY, NULL, 3, "e3", NULL, 0}, CORE_OUTCOME_APPLIED, false},
        {{MEMBER("{}"), NULL, 3, "e3", NULL, 0}, CORE_OUTCOME_APPLIED, true},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        World *world = world_new(NULL);
        world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE}, NULL);
        uint64_t begin = world->now.boot_usec;
        while (world->now.boot_usec < begin + 40 * USEC_PER_SEC) {
            if (world_sent(world))
                world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
            else
                cr_assert(world_next(world));
        }
        cr_assert_eq(next_sent(world)->verb, CORE_VERB_READ);
        world_show(world, world_sent(world), 200, &rows[i].shown);
        if (rows[i].sent) {
            cr_assert_eq(world_sent(world)->precondition, CORE_PRECONDITION_IF_MATCH);
            world_answer(world, world_sent(world), 200, NULL);
        }
        cr_assert_eq(world_record(world, 1)->outcome, rows[i].outcome);
        cr_assert_null(world_sent(world));
        world_free(world);
    }
}

Test(resolve, who_joined_again_since_is_not_made_to_leave)
{
    World *world = world_new(NULL);
    world->now.wall_usec =
        1700000000 * USEC_PER_SEC; /* 2023-11-14T22:13:20Z: ten seconds after the joinTime */
    world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    next_sent(world);
    /* By the service's clock the member joined a minute later than this leave was accepted. */
    world_show(world, world_sent(world), 200,
               &(WorldDocument){.text = MEMBER("{}"),
                                .change = 3,
                                .etag = "e3",
                                .date_usec = 1699999995 * USEC_PER_SEC - 60 * USEC_PER_SEC});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_SUPERSEDED);
    world_free(world);
}

Test(resolve, a_leave_makes_the_unsent_pointless)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = SHARED}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .session = JOIN}, NULL);
    world_submit(world, &(WorldWrite){.id = 3, .session = OWN}, NULL);
    world_submit(world, &(WorldWrite){.id = 4, .session = SHARED}, NULL);
    world_submit(world, &(WorldWrite){.id = 5, .session = OWN, .account = "2"}, NULL);
    world_submit(world, &(WorldWrite){.id = 6, .session = LEAVE}, NULL);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_SUPERSEDED);
    cr_assert_eq(world_record(world, 3)->outcome, CORE_OUTCOME_SUPERSEDED);
    cr_assert_eq(world_record(world, 4)->completed, 0, "others see the session's own properties");
    cr_assert_eq(world_record(world, 5)->completed, 0, "another account");
    world_free(world);
}

Test(resolve, nothing_behind_a_leave_joins_again_unasked)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .session = OWN}, NULL);
    world_submit(world, &(WorldWrite){.id = 3, .session = SHARED}, NULL);
    world_submit(world, &(WorldWrite){.id = 4, .session = JOIN}, NULL);
    world_submit(world, &(WorldWrite){.id = 5, .session = OWN}, NULL);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    for (unsigned id = 2; id <= 3; id++) {
        cr_assert_eq(world_record(world, id)->outcome, CORE_OUTCOME_REJECTED);
        cr_assert_str_eq(world_record(world, id)->error, "left");
    }
    cr_assert_str_eq(world_sent(world)->id, world_id(4));
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_str_eq(world_sent(world)->id, world_id(5));
    /* What comes after the leave is done was meant. */
    world_answer(world, world_sent(world), 200, NULL);
    world_submit(world, &(WorldWrite){.id = 6, .session = LEAVE}, NULL);
    world_answer(world, world_sent(world), 200, NULL);
    world_submit(world, &(WorldWrite){.id = 7, .session = OWN}, NULL);
    cr_assert_not_null(world_sent(world));
    world_free(world);
}

Test(resolve, what_a_leave_finds_half_accepted_is_kept_as_behind_it)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .session = OWN}, NULL);
    world->store_holds = true;
    world_submit(world, &(WorldWrite){.id = 3, .session = OWN}, NULL);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_not(world_record(world, 2)->behind_leave, "it is over already");
    cr_assert(world_record(world, 3)->behind_leave, "the leave may be forgotten before it");
    world_commit(world);
    cr_assert_str_eq(world_record(world, 2)->error, "left");
    cr_assert_str_eq(world_record(world, 3)->error, "left");
    cr_assert_null(world_sent(world));
    world_free(world);
}

Test(resolve, a_leave_that_was_refused_lets_the_others_go_on)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .session = OWN}, NULL);
    world_answer(world, world_sent(world), 403, NULL);
    cr_assert_str_eq(world_sent(world)->id, world_id(2));
    world_free(world);
}

/* ---- supersedes -------------------------------------------------------------------------------------------------------------- */

Test(resolve, what_was_overtaken_while_it_was_sent_is_not_sent_again)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = OWN_IS("a", "1"), .supersedes = "k"}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .session = OWN_IS("a", "2"), .supersedes = "k"}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_SUPERSEDED);
    cr_assert_str_eq(next_sent(world)->id, world_id(2));
    world_free(world);
}

Test(resolve, what_is_left_while_its_mark_is_written_is_only_looked_up)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE, .deadline_usec = USEC_PER_HOUR}, NULL);
    world_submit(world,
                 &(WorldWrite){.id = 2,
                               .kind = CORE_WRITE_SESSION,
                               .mode = CORE_MODE_UPDATE_OR_CREATE_NEW,
                               .session = OWN,
                               .deadline_usec = USEC_PER_HOUR},
                 NULL);
    while (world_sent(world))
        world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    while (world_under_way(world) < 2)
        cr_assert(world_next(world));
    WorldSend *leaves = world_sent(world), *writes = leaves + 1;
    if (string_equal(leaves->id, world_id(2)))
        writes = leaves, leaves = writes + 1;
    /* No session: the write is about to create it. */
    world->store_holds = true;
    world_answer(world, writes, 204, NULL);
    /* And nothing to leave, for it is the same one. */
    world_end(world, leaves,
              &(CoreAttempt){.fate = CORE_FATE_ANSWERED,
                             .status = 204,
                             .scid = "5f2c0100-7e1b-4c57-9d0e-0000665a1be9",
                             .template_name = "quickmatch",
                             .name = "game"});
    world->store_holds = false;
    world_pump(world);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert(world_record(world, 2)->behind_leave);
    cr_assert_str_eq(next_sent(world)->id, world_id(2));
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ, "it makes its account a member again");
    world_answer(world, world_sent(world), 204, NULL);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_UNKNOWN);
    world_free(world);
}

/* Another one's refusal shows a version. It proves nothing of what may still be applied to just that one. */
Test(resolve, anothers_refusal_does_not_deny_what_may_still_come)
{
    World *world = world_new(NULL);
    world_submit(
        world,
        &(WorldWrite){
            .id = 1, .mode = CORE_MODE_CREATE_NEW, .session = SHARED, .deadline_usec = USEC_PER_HOUR},
        NULL);
    world_submit(world,
                 &(WorldWrite){.id = 2,
                               .kind = CORE_WRITE_SESSION,
                               .mode = CORE_MODE_SYNCHRONIZED_UPDATE,
                               .etag = "e1",
                               .session = OWN,
                               .deadline_usec = USEC_PER_HOUR},
                 NULL);
    while (world_sent(world))
        world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    while (string_equal(next_sent(world)->id, world_id(2)) || world_under_way(world) > 1)
        world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    world_show(world, world_sent(world), 412,
               &(WorldDocument){.text = MEMBER("{}"), .change = 1, .etag = "e1", .handle_is = "game"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_OUT_OF_SYNC);
    cr_assert_eq(world_record(world, 2)->completed, 1);
    cr_assert_eq(world_record(world, 2)->applied, CORE_APPLIED_UNKNOWN, "a guess");
    world_free(world);
}
