/* SPDX-License-Identifier: MIT */
/* Hints: the network has changed, the machine sleeps and wakes up. */
#include "scenario.h"

#include <criterion/criterion.h>

static const char *const handles[] = {"a", "b", "c", "d", "e"};

/* Conditional writes, in lanes of their own, that wait after answers that tell nothing: for so long. */
static World *world_waiting(uint64_t usec)
{
    World *world = world_new(NULL);
    uint64_t until = world->now.boot_usec + usec;
    for (unsigned id = 1; id <= ELEMENTS(handles); id++)
        world_submit(world,
                     &(WorldWrite){.id = id,
                                   .handle = handles[id - 1],
                                   .mode = CORE_MODE_CREATE_NEW,
                                   .deadline_usec = USEC_PER_HOUR},
                     NULL);
    for (;;) {
        while (world_sent(world))
            world_answer(world, world_sent(world), 500, NULL);
        if (world->now.boot_usec >= until)
            break;
        cr_assert(world_next(world));
    }
    for (unsigned id = 1; id <= ELEMENTS(handles); id++)
        cr_assert_gt(core_request_next_attempt(core_find(world->core, world_id(id))), world->now.boot_usec);
    cr_assert_eq(core_counters(world->core).connectivity, CORE_LIMITED);
    return world;
}

/* A host that cannot be reached, and lanes that wait for it. */
static World *world_offline(void)
{
    World *world = world_new(NULL);
    for (unsigned id = 1; id <= ELEMENTS(handles); id++)
        world_submit(
            world, &(WorldWrite){.id = id, .handle = handles[id - 1], .deadline_usec = USEC_PER_HOUR}, NULL);
    for (unsigned round = 0; round < 12; round++) {
        while (world_sent(world))
            world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
        cr_assert(world_next(world));
    }
    while (world_sent(world))
        world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    cr_assert_eq(core_counters(world->core).connectivity, CORE_OFFLINE);
    return world;
}

static void network(World *world)
{
    core_on_network(world->core, &world->now);
    world_pump(world);
}

static void sleeping(World *world, bool going)
{
    core_on_sleep(world->core, &world->now, going);
    world_pump(world);
}

static void one_then_the_rest(uint64_t waiting_usec)
{
    World *world = world_waiting(waiting_usec);
    network(world);
    cr_assert_eq(world_under_way(world), 1, "one probe, at once: there are %zu", world_under_way(world));
    world_answer(world, world_sent(world), 201, NULL);
    cr_assert_eq(world_under_way(world), ELEMENTS(handles) - 1, "the rest, at once");
    while (world_sent(world))
        world_answer(world, world_sent(world), 201, NULL);
    for (unsigned id = 1; id <= ELEMENTS(handles); id++)
        cr_assert_eq(world_record(world, id)->completed, 1);
    world_free(world);
}

Test(network, one_retry_goes_first_and_the_rest_follow_its_answer)
{
    one_then_the_rest(0);
    /* So long that the retry budget is empty. */
    one_then_the_rest(5 * USEC_PER_MINUTE);
}

Test(network, back_off_begins_anew)
{
    World *world = world_waiting(5 * USEC_PER_MINUTE);
    CoreRequest *request = core_find(world->core, world_id(1));
    network(world);
    while (world_sent(world))
        world_answer(world, world_sent(world), 500, NULL);
    uint64_t next = core_request_next_attempt(request);
    cr_assert_geq(next, world->now.boot_usec);
    cr_assert_leq(next, world->now.boot_usec + 250 * USEC_PER_MSEC, "as after a first failure");
    world_free(world);
}

Test(network, a_first_attempt_waits_for_no_probe)
{
    World *world = world_waiting(0);
    network(world);
    cr_assert_eq(world_under_way(world), 1);
    world_submit(world, &(WorldWrite){.id = 10, .handle = "new"}, NULL);
    cr_assert_eq(world_under_way(world), 2, "a hint held back new work");
    /* Its answer is as good as the probe's. */
    WorldSend *fresh = &world->sends[world->sends_count - 1];
    cr_assert_str_eq(fresh->id, world_id(10));
    world_answer(world, fresh, 200, NULL);
    cr_assert_eq(world_under_way(world), ELEMENTS(handles));
    world_free(world);
}

Test(network, what_the_service_told_to_wait_waits)
{
    static const unsigned statuses[] = {429, 503};
    for (size_t i = 0; i < ELEMENTS(statuses); i++) {
        World *world = world_new(NULL);
        world_submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_HOUR}, NULL);
        CoreAttempt told = {.fate = CORE_FATE_ANSWERED,
                            .status = statuses[i],
                            .has_retry_after = true,
                            .retry_after_usec = 5 * USEC_PER_MINUTE};
        world_end(world, world_sent(world), &told);
        uint64_t next = core_request_next_attempt(core_find(world->core, world_id(1)));
        network(world);
        sleeping(world, true);
        sleeping(world, false);
        cr_assert_null(world_sent(world), "%u: sent in spite of Retry-After", statuses[i]);
        cr_assert_eq(core_request_next_attempt(core_find(world->core, world_id(1))), next);
        world_advance(world, 6 * USEC_PER_MINUTE);
        cr_assert_not_null(world_sent(world));
        world_free(world);
    }
}

Test(network, a_dead_host_gets_one_probe_for_each_hint)
{
    World *world = world_offline();
    network(world);
    cr_assert_eq(world_under_way(world), 1);
    cr_assert_eq(core_counters(world->core).connectivity, CORE_OFFLINE, "a hint is no answer");
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    cr_assert_eq(world_under_way(world), 0, "its failure let another one go");
    uint64_t next = core_next_wake(world->core);
    cr_assert_leq(next, world->now.boot_usec + 250 * USEC_PER_MSEC, "as after a first failure");
    world_advance(world, USEC_PER_SEC);
    cr_assert_eq(world_under_way(world), 1);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(world_under_way(world), ELEMENTS(handles) - 1);
    world_free(world);
}

Test(network, a_probe_that_hangs_does_not_hold_up_the_next)
{
    World *world = world_offline();
    network(world);
    WorldSend *hung = world_sent(world);
    network(world);
    cr_assert_eq(world_under_way(world), 2, "the old way's probe is waited for");
    /* The end of the old one says nothing about the new one. */
    world_fail(world, hung, CORE_FATE_NOT_SENT);
    cr_assert_eq(world_under_way(world), 1);
    world_advance(world, USEC_PER_SEC);
    cr_assert_eq(world_under_way(world), 1, "two probes");
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(core_counters(world->core).connectivity, CORE_ONLINE);
    cr_assert_eq(world_under_way(world), ELEMENTS(handles) - 1);
    world_free(world);
}

Test(network, nothing_happens_to_an_idle_core)
{
    World *world = world_new(NULL);
    network(world);
    sleeping(world, true);
    cr_assert_eq(core_next_wake(world->core), USEC_NEVER);
    sleeping(world, false);
    cr_assert_eq(core_next_wake(world->core), USEC_NEVER);
    cr_assert_eq(core_counters(world->core).connectivity, CORE_ONLINE);
    world_free(world);
}

Test(sleeping, work_is_taken_and_nothing_starts)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .handle = "a"}, NULL);
    cr_assert_eq(world_under_way(world), 1);
    sleeping(world, true);
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 2, .handle = "b"}, NULL), CORE_SUBMITTED);
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 3, .handle = "a"}, NULL), CORE_SUBMITTED);
    cr_assert_eq(world_record(world, 2)->accepted, 1);
    cr_assert(!world_record(world, 2)->marked);
    /* What is under way ends, and is told; what is behind it in the lane stays there. */
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(world_record(world, 1)->completed, 1);
    world_advance(world, USEC_PER_MINUTE);
    cr_assert_eq(world->sends_count, 1, "sent while the machine goes to sleep");
    sleeping(world, false);
    cr_assert_eq(world_under_way(world), 2);
    world_free(world);
}

Test(sleeping, a_request_whose_mark_is_being_stored_is_under_way)
{
    World *world = world_new(NULL);
    world->store_holds = true;
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    cr_assert(world_record(world, 1)->marked);
    sleeping(world, true);
    cr_assert_eq(core_counters(world->core).unstored, 1, "the agent has to see that it is awaited");
    world_commit(world);
    cr_assert_eq(world_under_way(world), 1);
    world_free(world);
}

Test(sleeping, deadlines_pass)
{
    World *world = world_new(NULL);
    sleeping(world, true);
    world_submit(world, &(WorldWrite){.id = 1, .handle = "a", .deadline_usec = 10 * USEC_PER_SEC}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .handle = "b", .deadline_usec = 40 * USEC_PER_SEC}, NULL);
    world_advance(world, 11 * USEC_PER_SEC);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_EXPIRED);
    /* Asleep itself: the clock jumps, and the first event after it is the resume. */
    world->now.boot_usec += USEC_PER_HOUR;
    sleeping(world, false);
    cr_assert_eq(world_record(world, 2)->completed, 1);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_EXPIRED);
    cr_assert_eq(world->sends_count, 0, "sent after its deadline");
    world_free(world);
}

Test(sleeping, back_off_ends_with_it)
{
    World *world = world_offline();
    sleeping(world, true);
    world_advance(world, 20 * USEC_PER_MINUTE);
    cr_assert_eq(world_under_way(world), 0, "a probe while the machine goes to sleep");
    sleeping(world, false);
    cr_assert_eq(world_under_way(world), 1);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(world_under_way(world), ELEMENTS(handles) - 1);
    world_free(world);
}

Test(sleeping, a_change_of_the_network_before_it_starts_nothing)
{
    World *world = world_offline();
    sleeping(world, true);
    network(world);
    cr_assert_eq(world_under_way(world), 0);
    sleeping(world, false);
    cr_assert_eq(world_under_way(world), 1);
    world_free(world);
}
