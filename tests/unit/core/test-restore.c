/* SPDX-License-Identifier: MIT */
/* Coming back: what was kept goes on, and what may have been sent is not sent blindly. */
#include "scenario.h"

#include "core/version.h"
#include "core/write-class.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <stdio.h>

static CoreStored stored(unsigned id, const World *world)
{
    static char ids[64][37];
    snprintf(ids[id], sizeof ids[id], "%s", world_id(id));
    return (CoreStored){
        .id = ids[id],
        .sequence = id,
        .kind = CORE_WRITE_SESSION_BY_HANDLE,
        .mode = CORE_MODE_UPDATE_EXISTING,
        .durability = CORE_DURABILITY_POWER,
        .account = "1",
        .app_id = "",
        .target = "handle",
        .body_size = 10,
        .accepted_boot_usec = world->now.boot_usec - USEC_PER_SEC,
        .accepted_wall_usec = world->now.wall_usec - USEC_PER_SEC,
        .deadline_boot_usec = world->now.boot_usec + USEC_PER_MINUTE,
        .deadline_wall_usec = world->now.wall_usec + USEC_PER_MINUTE,
    };
}

static void restore(World *world, const CoreStored *record, bool same_boot, bool clean)
{
    cr_assert_eq(core_restore(world->core, &world->now, record, same_boot, clean), 0);
}

static void start(World *world)
{
    core_start(world->core, &world->now);
    world_pump(world);
}

Test(restore, what_waited_goes_on_in_order)
{
    World *world = world_new(NULL);
    for (unsigned id = 1; id <= 3; id++) {
        CoreStored record = stored(id, world);
        restore(world, &record, true, false);
    }
    start(world);
    for (unsigned id = 1; id <= 3; id++) {
        cr_assert_str_eq(world_sent(world)->id, world_id(id));
        world_answer(world, world_sent(world), 200, NULL);
        cr_assert_eq(world_record(world, id)->outcome, CORE_OUTCOME_APPLIED);
    }
    world_free(world);
}

Test(restore, many_in_doubt_leave_no_memory_behind)
{
    World *world = world_new(NULL);
    char id[37];
    for (unsigned n = 1; n <= 20000; n++) {
        CoreStored record = stored(1, world);
        snprintf(id, sizeof id, "00000000-0000-4000-8000-%012u", n);
        record.id = id;
        record.sequence = n;
        restore(world, &record, false, false);
    }
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    core_start(world->core, &world->now);
    while (core_next_effect(world->core))
        ;
    size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    cr_assert_lt(after, before + 4 * 1024 * 1024, "%zu bytes more", after - before);
    world_free(world);
}

Test(restore, what_no_core_has_made_is_refused)
{
    World *world = world_new(NULL);
    CoreStored good = stored(1, world), bad[6];
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        bad[i] = good;
    bad[0].kind = (CoreKind)7;
    bad[1].kind = CORE_GET_SESSION;
    bad[2].kind = CORE_WRITE_SESSION; /* its target is none of a session */
    bad[3].mode = (CoreMode)5;
    bad[4].durability = (CoreDurability)9;
    bad[5].outcome = (CoreOutcome)7;
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        cr_assert_eq(core_restore(world->core, &world->now, &bad[i], true, true), -EBADMSG, "%zu", i);
    unsigned char hash[32] = {0};
    cr_assert_eq(core_restore_acknowledged(world->core, &world->now, world_id(2), hash, (CoreOutcome)7, 0),
                 -EBADMSG);
    cr_assert_null(core_first(world->core));
    world_free(world);
}

Test(restore, a_marked_unconditional_write_is_looked_into)
{
    World *world = world_new(NULL);
    CoreStored record = stored(1, world);
    record.marked = true;
    restore(world, &record, true, false);
    start(world);
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ);
    world_record(world, 1)->body = strdup("{\"properties\":{\"custom\":{\"a\":1}}}");
    world_show(
        world, world_sent(world), 200,
        &(WorldDocument){.text = "{\"properties\":{\"custom\":{\"a\":1}}}", .change = 2, .etag = "e2"});
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert(world_record(world, 1)->resolved);
    cr_assert_eq(world_record(world, 1)->completed, 1);
    world_free(world);
}

Test(restore, a_marked_conditional_write_is_sent_again)
{
    World *world = world_new(NULL);
    CoreStored record = stored(1, world);
    record.marked = true;
    record.etag = "v1";
    record.mode = CORE_MODE_SYNCHRONIZED_UPDATE;
    restore(world, &record, true, false);
    start(world);
    cr_assert_eq(world_under_way(world), 1);
    world_record(world, 1)->body = strdup("{\"properties\":{\"custom\":{\"a\":1}}}");
    world_answer(world, world_sent(world), 412, "{\"properties\":{\"custom\":{\"a\":1}}}");
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert(world_record(world, 1)->resolved);
    world_free(world);
}

Test(restore, after_a_power_cut_an_unmarked_one_may_have_been_sent_too)
{
    World *world = world_new(NULL);
    CoreStored record = stored(1, world);
    restore(world, &record, false, false);
    start(world);
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ);
    world_free(world);

    world = world_new(NULL);
    restore(world, &record, false, true);
    start(world);
    cr_assert_eq(world_under_way(world), 1, "a clean stop is no power cut");
    world_free(world);
}

Test(restore, deadlines_go_by_wall_time_after_a_reboot)
{
    World *world = world_new(NULL);
    CoreStored record = stored(1, world);
    record.deadline_boot_usec = 1; /* of another boot: means nothing */
    restore(world, &record, false, true);
    CoreStored late = stored(2, world);
    late.deadline_wall_usec = world->now.wall_usec - 1;
    restore(world, &late, false, true);
    start(world);
    cr_assert_eq(world_under_way(world), 1);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_EXPIRED);
    world_free(world);
}

Test(restore, a_clock_that_went_back_expires_all)
{
    World *world = world_new(NULL);
    CoreStored record = stored(1, world);
    record.accepted_wall_usec = world->now.wall_usec + USEC_PER_HOUR;
    restore(world, &record, false, true);
    start(world);
    cr_assert_eq(world->sends_count, 0);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_EXPIRED);
    cr_assert_str_eq(world_record(world, 1)->error, "lost-clock");
    world_free(world);
}

Test(restore, results_wait_for_their_owner)
{
    World *world = world_new(NULL);
    CoreStored record = stored(1, world);
    record.done = true;
    record.outcome = CORE_OUTCOME_APPLIED;
    /* The wall clock was set forward since. */
    record.done_wall_usec = world->now.wall_usec - 720 * USEC_PER_HOUR;
    record.done_age_usec = USEC_PER_SEC;
    restore(world, &record, true, false);
    start(world);
    cr_assert_eq(world->sends_count, 0);
    CoreRequest *request = core_find(world->core, world_id(1));
    cr_assert_eq(core_request_state(request), CORE_STATE_DONE);
    cr_assert_null(core_request_result(request), "it is in the store");
    core_attach(world->core, &world->now, request, ":1.2");
    world_pump(world);
    cr_assert_eq(world_record(world, 1)->completed, 1);
    core_acknowledge(world->core, &world->now, request);
    world_pump(world);
    cr_assert(world_record(world, 1)->removed);
    world_free(world);
}

Test(restore, acknowledged_ids_are_remembered_for_a_day)
{
    World *world = world_new(NULL);
    unsigned char hash[32] = {1};
    for (unsigned id = 1; id <= 2; id++)
        cr_assert_eq(core_restore_acknowledged(world->core, &world->now, world_id(id), hash,
                                               CORE_OUTCOME_APPLIED,
                                               id == 1 ? 24 * USEC_PER_HOUR - USEC_PER_SEC : USEC_PER_SEC),
                     0);
    start(world);
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 1}, NULL), CORE_E_REFUSED, "it is known");
    world->now.wall_usec += 720 * USEC_PER_HOUR;
    world_submit(world, &(WorldWrite){.id = 3}, NULL);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(core_acknowledge(world->core, &world->now, core_find(world->core, world_id(3))), CORE_OK);
    world_pump(world);
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 1}, NULL), CORE_E_REFUSED, "a clock that was set");

    world->now.boot_usec += 2 * USEC_PER_SEC;
    world_submit(world, &(WorldWrite){.id = 4}, NULL);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(core_acknowledge(world->core, &world->now, core_find(world->core, world_id(4))), CORE_OK);
    world_pump(world);
    cr_assert_neq(world_submit(world, &(WorldWrite){.id = 1}, NULL), CORE_E_REFUSED, "its day is over");
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 2}, NULL), CORE_E_REFUSED, "its day is not over");
    world_free(world);
}

Test(restore, the_limiter_remembers)
{
    World *world = world_new(NULL);
    for (int i = 0; i < 29; i++)
        core_restore_limiter(world->core, &world->now, "1", 0, world->now.wall_usec - 5 * USEC_PER_SEC);
    CoreStored record = stored(1, world);
    restore(world, &record, true, true);
    start(world);
    uint64_t begin = world->now.boot_usec;
    cr_assert_eq(world->sends_count, 0);
    while (!world_sent(world))
        cr_assert(world_next(world));
    cr_assert_eq(world_sent(world)->at, begin + 15 * USEC_PER_SEC,
                 "it may have been under way until just now");
    world_free(world);
}

Test(restore, a_clock_that_went_back_says_nothing_of_this_boots_deadlines)
{
    World *world = world_new(NULL);
    CoreStored record = stored(1, world);
    restore(world, &record, true, false);
    core_restore_newest(world->core, world->now.wall_usec + USEC_PER_HOUR);
    CoreStored other = stored(2, world);
    restore(world, &other, false, true);
    start(world);
    cr_assert_eq(world_record(world, 1)->completed, 0);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_EXPIRED,
                 "newer things are stored than the clock knows");
    world_free(world);
}

Test(restore, what_the_service_told_to_wait_for_is_waited_for)
{
    World *world = world_new(NULL);
    cr_assert_eq(core_restore_hold(world->core, &world->now, "1", 0, world->now.wall_usec + 7 * USEC_PER_SEC),
                 0);
    CoreStored record = stored(1, world);
    restore(world, &record, true, false);
    start(world);
    cr_assert_null(world_sent(world));
    cr_assert_eq(core_next_wake(world->core), world->now.boot_usec + 7 * USEC_PER_SEC);
    world_free(world);
}

Test(restore, what_was_behind_a_leave_does_not_join_again)
{
    World *world = world_new(NULL);
    CoreStored leave = stored(1, world), behind = stored(2, world), join = stored(3, world),
               after = stored(4, world);
    leave.write_class = WRITE_CLASS_LEAVE;
    leave.done = true;
    leave.outcome = CORE_OUTCOME_APPLIED;
    leave.done_wall_usec = world->now.wall_usec;
    behind.write_class = after.write_class = WRITE_CLASS_OWN;
    join.write_class = WRITE_CLASS_JOIN;
    restore(world, &leave, true, false);
    restore(world, &behind, true, false);
    restore(world, &join, true, false);
    restore(world, &after, true, false);
    start(world);
    cr_assert_str_eq(world_record(world, 2)->error, "left");
    cr_assert_str_eq(world_sent(world)->id, world_id(3));
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_str_eq(world_sent(world)->id, world_id(4));
    world_free(world);
}

Test(restore, what_is_in_doubt_behind_a_forgotten_leave_does_not_join_again)
{
    for (int behind = 0; behind < 2; behind++) {
        World *world = world_new(NULL);
        CoreStored record = stored(1, world);
        record.mode = CORE_MODE_UPDATE_OR_CREATE_NEW;
        record.write_class = WRITE_CLASS_OWN;
        record.marked = true;
        record.behind_leave = behind;
        restore(world, &record, true, true);
        start(world);
        cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ);
        world_answer(world, world_sent(world), 204, NULL);
        cr_assert_eq(world_under_way(world), behind ? 0 : 1, "%d", behind);
        cr_assert_eq(world_record(world, 1)->completed, behind ? 1 : 0);
        world_free(world);
    }
}

Test(restore, what_was_superseded_just_before_the_end_stays_so)
{
    World *world = world_new(NULL);
    CoreStored older = stored(1, world), newer = stored(2, world);
    older.supersedes = newer.supersedes = "k";
    restore(world, &older, true, false);
    restore(world, &newer, true, false);
    start(world);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_SUPERSEDED);
    cr_assert_str_eq(world_sent(world)->id, world_id(2));
    world_free(world);
}

/* A leave of one who was no member makes no version: what has made one since may be a joining that came after it. */
Test(restore, a_leave_is_not_sent_again_over_what_may_be_a_later_join)
{
    for (unsigned later = 0; later < 2; later++) {
        World *world = world_new(NULL);
        CLEANUP_FREE Version *base = version_new("b", 2, "e2");
        WriteFacts leave = {.write_class = WRITE_CLASS_LEAVE, .own_only = true};
        WriteFacts join = {.write_class = WRITE_CLASS_JOIN, .own_only = true};
        CoreStored record = stored(1, world);
        record.marked = true;
        record.base = base->packed;
        record.write_class = write_facts_pack(&leave);
        restore(world, &record, true, false);
        if (later) {
            record = stored(2, world);
            record.marked = true;
            record.write_class = write_facts_pack(&join);
            record.deadline_boot_usec = world->now.boot_usec - 1;
            restore(world, &record, true, false);
        }
        start(world);
        cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ);
        world_record(world, 1)->body = strdup("{\"members\":{\"me\":null}}");
        world_show(
            world, world_sent(world), 200,
            &(WorldDocument){.text = "{\"members\":{\"0\":{\"constants\":{\"system\":{\"xuid\":\"1\"}}}}}",
                             .change = 3,
                             .etag = "e3"});
        if (later) {
            cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_UNKNOWN);
            cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_UNKNOWN);
            cr_assert_null(world_sent(world));
        } else {
            cr_assert_eq(world_sent(world)->verb, CORE_VERB_WRITE);
            cr_assert_str_eq(world_sent(world)->etag, "e3");
        }
        world_free(world);
    }
}
