/* SPDX-License-Identifier: MIT */
/* What people are told of the core: why each request waits, what is used of the limits, how the directory does. */
#include "scenario.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MEMBER "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"a\":1}}}}}"

static CoreWaiting waiting(World *world, unsigned id)
{
    CoreRequest *request = core_find(world->core, world_id(id));
    cr_assert_not_null(request, "request %u", id);
    return core_request_waiting(world->core, &world->now, request);
}

static void submit(World *world, const WorldWrite *write)
{
    CoreRefusal refusal;
    cr_assert_eq(world_submit(world, write, &refusal), CORE_SUBMITTED);
}

Test(facts, under_way_behind_and_done)
{
    World *world = world_new(NULL);
    submit(world, &(WorldWrite){.id = 1});
    submit(world, &(WorldWrite){.id = 2});
    cr_assert_eq(waiting(world, 1).what, CORE_WAIT_ANSWER);
    CoreWaiting second = waiting(world, 2);
    cr_assert_eq(second.what, CORE_WAIT_BEFORE);
    cr_assert_str_eq(core_request_id(second.before), world_id(1));
    CoreRequest *first = core_find(world->core, world_id(1));
    cr_assert_eq(core_request_done_at(first), 0);
    world_advance(world, USEC_PER_SEC);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(waiting(world, 1).what, CORE_WAIT_NOTHING);
    cr_assert_eq(core_request_done_at(first), world->now.boot_usec);
    cr_assert_eq(waiting(world, 2).what, CORE_WAIT_ANSWER);
    world_free(world);
}

Test(facts, on_its_way_to_the_store)
{
    World *world = world_new(NULL);
    world->store_holds = true;
    submit(world, &(WorldWrite){.id = 1});
    cr_assert_eq(waiting(world, 1).what, CORE_WAIT_STORE);
    world_commit(world);
    world_commit(world);
    cr_assert_eq(waiting(world, 1).what, CORE_WAIT_ANSWER);
    world_free(world);
}

Test(facts, directory_away)
{
    World *world = world_new(NULL);
    submit(world, &(WorldWrite){.id = 1});
    CoreHostFacts host = core_host_facts(world->core, &world->now);
    cr_assert_eq(host.next_attempt_usec, 0);
    cr_assert_eq(host.retry_tokens, host.retry_tokens_max);
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    CoreWaiting first = waiting(world, 1);
    cr_assert_eq(first.what, CORE_WAIT_DIRECTORY);
    host = core_host_facts(world->core, &world->now);
    cr_assert_eq(first.until_usec, host.next_attempt_usec);
    cr_assert_not(host.probing);
    while (!world_sent(world))
        cr_assert(world_next(world));
    cr_assert(core_host_facts(world->core, &world->now).probing);
    world_free(world);
}

Test(facts, told_to_wait)
{
    World *world = world_new(NULL);
    submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_HOUR});
    CoreAttempt throttled = {.fate = CORE_FATE_ANSWERED,
                             .status = 429,
                             .has_retry_after = true,
                             .retry_after_usec = 30 * USEC_PER_SEC};
    world_end(world, world_sent(world), &throttled);
    CoreWaiting first = waiting(world, 1);
    cr_assert_eq(first.what, CORE_WAIT_TOLD);
    cr_assert_geq(first.until_usec, world->now.boot_usec + 30 * USEC_PER_SEC);
    CoreLimiterFacts facts[2];
    cr_assert_eq(core_limiter_facts(world->core, &world->now, facts, 2), 1);
    cr_assert_eq(facts[0].held_until_usec, first.until_usec);
    cr_assert_eq(core_host_facts(world->core, &world->now).held_until_usec, 0, "one account alone");
    world_free(world);

    world = world_new(NULL);
    submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_HOUR});
    throttled.status = 503;
    world_end(world, world_sent(world), &throttled);
    first = waiting(world, 1);
    cr_assert_eq(first.what, CORE_WAIT_TOLD);
    cr_assert_eq(core_host_facts(world->core, &world->now).held_until_usec, first.until_usec);
    world_free(world);
}

Test(facts, its_own_next_attempt)
{
    World *world = world_new(NULL);
    submit(world, &(WorldWrite){.id = 1, .mode = CORE_MODE_CREATE_NEW, .deadline_usec = USEC_PER_HOUR});
    world_answer(world, world_sent(world), 500, NULL);
    CoreWaiting first = waiting(world, 1);
    cr_assert_eq(first.what, CORE_WAIT_AGAIN);
    cr_assert_gt(first.until_usec, world->now.boot_usec);
    world_free(world);
}

Test(facts, limits_used_up)
{
    World *world = world_new(NULL);
    char handle[16];
    CoreLimits limits = core_limits_default();
    /* Others than leaves leave three of 29 free. */
    for (unsigned id = 1; id <= 30; id++) {
        snprintf(handle, sizeof handle, "handle %u", id);
        submit(world, &(WorldWrite){.id = id, .handle = handle, .session = MEMBER});
    }
    CoreLimiterFacts facts[2] = {0};
    cr_assert_eq(core_limiter_facts(world->core, &world->now, facts, 2), 1);
    cr_assert_eq(facts[0].burst_used, 26);
    cr_assert_eq(facts[0].burst_limit, limits.burst);
    cr_assert_eq(facts[0].sustained_used, 26);
    cr_assert_eq(facts[0].sustained_limit, limits.sustained);
    cr_assert_eq(facts[0].title_id, 0);
    cr_assert_eq(facts[0].held_until_usec, 0);
    cr_assert(facts[0].account[0] >= '0' && facts[0].account[0] <= '9', "%s", facts[0].account);
    cr_assert_eq(waiting(world, 26).what, CORE_WAIT_ANSWER);
    cr_assert_eq(waiting(world, 27).what, CORE_WAIT_LIMITER);
    while (world_sent(world))
        world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(waiting(world, 27).what, CORE_WAIT_LIMITER, "those that ended count");
    world_advance(world, 16 * USEC_PER_SEC);
    cr_assert_eq(waiting(world, 27).what, CORE_WAIT_ANSWER);
    cr_assert_eq(core_limiter_facts(world->core, &world->now, facts, 2), 1);
    cr_assert_eq(facts[0].burst_used, 4);
    cr_assert_eq(facts[0].sustained_used, 30);
    world_free(world);
}

Test(facts, more_limiters_than_room)
{
    World *world = world_new(NULL);
    submit(world, &(WorldWrite){.id = 1, .account = "1", .handle = "a"});
    submit(world, &(WorldWrite){.id = 2, .account = "2", .handle = "b"});
    submit(world, &(WorldWrite){.id = 3, .account = "3", .handle = "c"});
    CoreLimiterFacts facts[2];
    cr_assert_eq(core_limiter_facts(world->core, &world->now, facts, 2), 3);
    cr_assert_str_eq(facts[0].account, "1");
    cr_assert_str_eq(facts[1].account, "2");
    world_free(world);
}
