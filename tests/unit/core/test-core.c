/* SPDX-License-Identifier: MIT */
/* Whole lives of requests, as stories. */
#include "scenario.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define DOCUMENT "{\"properties\":{\"system\":{},\"custom\":{\"a\":1,\"b\":2}},\"members\":{}}"
#define OTHER "{\"properties\":{\"system\":{},\"custom\":{\"a\":7}},\"members\":{}}"
#define JOIN                                                                                                 \
    "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"1\"}},\"properties\":{\"system\":{"         \
    "\"active\":true}}}}}"
#define LEAVE "{\"members\":{\"me\":null}}"

Test(core, a_write_is_stored_sent_told_and_forgotten)
{
    World *world = world_new(NULL);
    world->store_holds = true;
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 1}, NULL), CORE_SUBMITTED);
    cr_assert_null(world_sent(world), "sent before the commit");
    cr_assert_eq(world_record(world, 1)->accepted, 0);
    cr_assert(world_record(world, 1)->marked, "the mark is part of the first commit");
    world_commit(world);
    cr_assert_eq(world_record(world, 1)->accepted, 1);
    cr_assert_not_null(world_sent(world));
    cr_assert_eq(world_sent(world)->precondition, CORE_PRECONDITION_IF_MATCH_ANY);
    world_answer(world, world_sent(world), 200, DOCUMENT);
    cr_assert_eq(world_record(world, 1)->completed, 0, "told before its result was stored");
    world_commit(world);
    cr_assert_eq(world_record(world, 1)->completed, 1);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert(world_record(world, 1)->session);
    CoreRequest *request = core_find(world->core, world_id(1));
    cr_assert_eq(core_request_state(request), CORE_STATE_DONE);
    cr_assert_eq(core_acknowledge(world->core, &world->now, request), CORE_OK);
    world_pump(world);
    cr_assert(world_record(world, 1)->acknowledged);
    cr_assert(world_record(world, 1)->removed);
    cr_assert_null(core_find(world->core, world_id(1)));

    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 1}, NULL), CORE_E_REMEMBERED);
    cr_assert_eq(world->sends_count, 1, "an acknowledged id was sent again");
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE}, NULL), CORE_E_REFUSED);
    world_free(world);
}

Test(core, the_same_id_attaches_or_is_refused)
{
    World *world = world_new(NULL);
    CoreRefusal refusal;
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 1}, NULL), CORE_E_SAME);
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE}, &refusal), CORE_E_REFUSED);
    cr_assert_eq(refusal.code, CORE_REFUSED_ID_REUSED);
    cr_assert_eq(world->sends_count, 1);
    world_free(world);
}

Test(core, offline_writes_wait_and_drain_in_order)
{
    World *world = world_new(NULL);
    for (unsigned id = 1; id <= 5; id++)
        world_submit(world, &(WorldWrite){.id = id}, NULL);
    cr_assert_eq(world_under_way(world), 1, "one at a time in a lane");
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    cr_assert(!world_record(world, 1)->marked, "the mark of an attempt that was not sent stays");
    cr_assert_eq(core_counters(world->core).connectivity, CORE_OFFLINE);
    for (int i = 0; i < 6; i++) {
        while (!world_sent(world))
            cr_assert(world_next(world));
        cr_assert_str_eq(world_sent(world)->id, world_id(1));
        world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    }
    for (unsigned id = 1; id <= 5; id++) {
        while (!world_sent(world))
            cr_assert(world_next(world));
        cr_assert_str_eq(world_sent(world)->id, world_id(id));
        world_answer(world, world_sent(world), 200, DOCUMENT);
        cr_assert_eq(world_record(world, id)->completed, 1);
    }
    cr_assert_eq(core_counters(world->core).connectivity, CORE_ONLINE);
    cr_assert_eq(world_under_way(world), 0);
    world_free(world);
}

Test(core, a_dead_host_is_asked_by_one_probe)
{
    World *world = world_new(NULL);
    static const char *const handles[] = {"a", "b", "c", "d"};
    for (unsigned i = 0; i < 4; i++)
        world_submit(world, &(WorldWrite){.id = i, .handle = handles[i]}, NULL);
    cr_assert_eq(world_under_way(world), 4, "lanes do not wait for each other");
    while (world_sent(world))
        world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    for (int i = 0; i < 10; i++) {
        while (!world_sent(world))
            cr_assert(world_next(world));
        cr_assert_eq(world_under_way(world), 1, "more than one probe");
        world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    }
    while (!world_sent(world))
        cr_assert(world_next(world));
    world_answer(world, world_sent(world), 200, DOCUMENT);
    world_advance(world, USEC_PER_SEC);
    cr_assert_eq(world_under_way(world), 3);
    world_free(world);
}

Test(core, nothing_is_sent_after_its_deadline)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = JOIN}, NULL);
    uint64_t begin = world->now.boot_usec;
    while (!world_record(world, 1)->completed) {
        if (world_sent(world)) {
            cr_assert_lt(world_sent(world)->at, begin + 30 * USEC_PER_SEC);
            world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
        } else {
            cr_assert(world_next(world));
        }
    }
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_EXPIRED);
    cr_assert_eq(world_record(world, 1)->applied, CORE_APPLIED_NO);
    cr_assert_str_eq(world_record(world, 1)->error, "expired");
    cr_assert_eq(world->now.boot_usec, begin + 30 * USEC_PER_SEC);
    uint64_t last = world->sends[world->sends_count - 1].at;
    cr_assert_geq(last, begin + 25 * USEC_PER_SEC, "no last attempt before the deadline");
    world_free(world);
}

Test(core, when_offline_fail_ends_at_once)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .fail_when_offline = true}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_EXPIRED);
    cr_assert_str_eq(world_record(world, 1)->error, "offline");
    cr_assert(world_record(world, 1)->retryable);
    world_free(world);
}

static World *ambiguous(const WorldWrite *write)
{
    World *world = world_new(NULL);
    world_submit(world, write, NULL);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    cr_assert_eq(world_record(world, 1)->completed, 0);
    cr_assert(world_record(world, 1)->marked, "the mark went before the outcome is known");
    while (!world_sent(world))
        cr_assert(world_next(world));
    return world;
}

Test(core, a_conditional_write_is_sent_again_and_its_412_shows_our_change)
{
    World *world = ambiguous(&(WorldWrite){.id = 1, .mode = CORE_MODE_SYNCHRONIZED_UPDATE, .etag = "v1"});
    cr_assert_eq(world_sent(world)->precondition, CORE_PRECONDITION_IF_MATCH);
    world_answer(world, world_sent(world), 412, DOCUMENT);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert(world_record(world, 1)->resolved);
    world_free(world);
}

Test(core, a_412_that_shows_another_change_is_out_of_sync)
{
    World *world = ambiguous(&(WorldWrite){.id = 1, .mode = CORE_MODE_SYNCHRONIZED_UPDATE, .etag = "v1"});
    world_answer(world, world_sent(world), 412, OTHER);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_OUT_OF_SYNC);
    cr_assert_eq(world_record(world, 1)->applied, CORE_APPLIED_UNKNOWN, "it may have been overwritten");
    world_free(world);
}

Test(core, a_412_without_a_document_is_looked_into)
{
    World *world = ambiguous(&(WorldWrite){.id = 1, .mode = CORE_MODE_CREATE_NEW});
    cr_assert_eq(world_sent(world)->precondition, CORE_PRECONDITION_IF_NONE_MATCH_ANY);
    world_answer(world, world_sent(world), 412, NULL);
    cr_assert_not_null(world_sent(world));
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ);
    cr_assert_eq(world->attempts, 1, "a look counts for the limiter too");
    world_answer(world, world_sent(world), 200, DOCUMENT);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    cr_assert(world_record(world, 1)->resolved);
    world_free(world);
}

Test(core, a_first_412_is_out_of_sync)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .mode = CORE_MODE_SYNCHRONIZED_UPDATE, .etag = "v1"}, NULL);
    world_answer(world, world_sent(world), 412, DOCUMENT);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_OUT_OF_SYNC);
    cr_assert(world_record(world, 1)->session);
    cr_assert(!world_record(world, 1)->resolved);
    world_submit(world, &(WorldWrite){.id = 2, .mode = CORE_MODE_SYNCHRONIZED_UPDATE, .etag = "v1"}, NULL);
    world_answer(world, world_sent(world), 412, NULL);
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ, "the document is fetched");
    world_answer(world, world_sent(world), 204, NULL);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_OUT_OF_SYNC);
    world_free(world);
}

Test(core, a_refusal_is_final_and_does_not_fail_the_next)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    world_submit(world, &(WorldWrite){.id = 2}, NULL);
    world_answer(world, world_sent(world), 404, NULL);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_REJECTED);
    cr_assert_str_eq(world_record(world, 1)->error, "handle-not-found");
    world_answer(world, world_sent(world), 200, DOCUMENT);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_APPLIED);
    world_free(world);
}

Test(core, a_429_holds_the_account_back_as_told)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .handle = "a"}, NULL);
    uint64_t told = world->now.boot_usec;
    world_end(world, world_sent(world),
              &(CoreAttempt){.fate = CORE_FATE_ANSWERED,
                             .status = 429,
                             .has_retry_after = true,
                             .retry_after_usec = 9 * USEC_PER_SEC});
    world_submit(world, &(WorldWrite){.id = 2, .handle = "b"}, NULL);
    world_submit(world, &(WorldWrite){.id = 3, .handle = "c", .account = "2"}, NULL);
    cr_assert_eq(world_under_way(world), 1, "only the other account goes on");
    world_answer(world, world_sent(world), 200, DOCUMENT);
    while (!world_sent(world))
        cr_assert(world_next(world));
    cr_assert_geq(world_sent(world)->at, told + 9 * USEC_PER_SEC);
    cr_assert_leq(world_sent(world)->at, told + 11 * USEC_PER_SEC);
    world_free(world);
}

Test(core, cancel_ends_what_was_not_sent)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    world_submit(world, &(WorldWrite){.id = 2}, NULL);
    cr_assert_eq(core_cancel(world->core, &world->now, core_find(world->core, world_id(1))), CORE_E_TOO_LATE);
    cr_assert_eq(core_cancel(world->core, &world->now, core_find(world->core, world_id(2))), CORE_OK);
    world_pump(world);
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_CANCELLED);
    world_answer(world, world_sent(world), 200, DOCUMENT);
    cr_assert_eq(world_under_way(world), 0, "a cancelled write was sent");
    world_free(world);
}

Test(core, a_newer_write_supersedes_an_unsent_one)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .supersedes = "k"}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .supersedes = "k"}, NULL);
    world_submit(world, &(WorldWrite){.id = 3, .supersedes = "other"}, NULL);
    world_submit(world, &(WorldWrite){.id = 4, .supersedes = "k"}, NULL);
    cr_assert_eq(world_record(world, 1)->completed, 0, "it is being sent");
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_SUPERSEDED);
    cr_assert_eq(world_record(world, 3)->completed, 0);
    world_free(world);
}

Test(core, the_newest_with_a_key_is_told_by_acceptance_not_by_commits)
{
    World *world = world_new(NULL);
    world->store_holds = true;
    for (unsigned id = 1; id <= 3; id++)
        world_submit(world,
                     &(WorldWrite){.id = id,
                                   .supersedes = id > 1 ? "k" : NULL,
                                   .durability = id == 3 ? CORE_DURABILITY_NONE : CORE_DURABILITY_DEFAULT},
                     NULL);
    world->store_holds = false;
    world_commit(world);
    cr_assert_eq(world_record(world, 3)->completed, 0, "the newest one had no commit to wait for");
    cr_assert_eq(world_record(world, 2)->outcome, CORE_OUTCOME_SUPERSEDED);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_str_eq(world_sent(world)->id, world_id(3));
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(world_record(world, 3)->outcome, CORE_OUTCOME_APPLIED);
    world_free(world);
}

Test(core, a_full_disk_refuses_new_work_and_keeps_the_old)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    world->store_answer = -ENOSPC;
    world_submit(world, &(WorldWrite){.id = 2}, NULL);
    cr_assert_eq(world_record(world, 2)->refused, 1);
    cr_assert_eq(world_record(world, 2)->accepted, 0);
    cr_assert_null(core_find(world->core, world_id(2)));
    world_answer(world, world_sent(world), 200, DOCUMENT);
    cr_assert_eq(world_record(world, 1)->completed, 1, "a result that cannot be stored is told all the same");
    world->store_answer = 0;
    world_advance(world, USEC_PER_MINUTE);
    cr_assert_eq(world_record(world, 1)->completed, 1);
    world_free(world);
}

Test(core, nothing_is_sent_without_its_mark)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    world_submit(world, &(WorldWrite){.id = 2}, NULL);
    world->store_answer = -EIO;
    world_answer(world, world_sent(world), 200, DOCUMENT);
    cr_assert_eq(world_under_way(world), 0);
    world->store_answer = 0;
    world_advance(world, 2 * USEC_PER_SEC);
    cr_assert_eq(world_under_way(world), 1);
    world_free(world);
}

Test(core, reads_of_a_dead_game_end_and_its_writes_run_on)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .kind = CORE_GET_SESSION_BY_HANDLE, .handle = "r"}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .handle = "w"}, NULL);
    core_owner_gone(world->core, &world->now, ":1.1");
    world_pump(world);
    cr_assert_eq(world->aborts, 1);
    cr_assert_str_eq(core_request_owner(core_find(world->core, world_id(2))), "");
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    cr_assert(world_record(world, 1)->removed);
    cr_assert_eq(world_record(world, 1)->completed, 0);
    world_answer(world, world_sent(world), 200, DOCUMENT);
    CoreRequest *request = core_find(world->core, world_id(2));
    cr_assert_eq(core_request_state(request), CORE_STATE_DONE);
    unsigned told = world_record(world, 2)->completed;
    core_attach(world->core, &world->now, request, ":1.9");
    world_pump(world);
    cr_assert_eq(world_record(world, 2)->completed, told + 1, "Attach repeats the completion");
    world_free(world);
}

Test(core, what_a_dead_games_read_was_told_holds_for_all)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .kind = CORE_GET_SESSION_BY_HANDLE, .handle = "r"}, NULL);
    core_owner_gone(world->core, &world->now, ":1.1");
    world_pump(world);
    world_end(world, world_sent(world),
              &(CoreAttempt){.status = 429, .has_retry_after = true, .retry_after_usec = 7 * USEC_PER_SEC});
    cr_assert(world_record(world, 1)->removed);
    cr_assert_eq(world->holds, 1);
    uint64_t begin = world->now.boot_usec;
    world_submit(world, &(WorldWrite){.id = 2, .handle = "w"}, NULL);
    while (!world_sent(world))
        cr_assert(world_next(world));
    cr_assert_geq(world_sent(world)->at, begin + 7 * USEC_PER_SEC);
    world_free(world);
}

Test(core, two_handles_of_one_session_become_one_lane)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .handle = "a"}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .handle = "b"}, NULL);
    world_submit(world, &(WorldWrite){.id = 3, .handle = "b"}, NULL);
    world_submit(world, &(WorldWrite){.id = 4, .handle = "a"}, NULL);
    CoreAttempt answer = {
        .fate = CORE_FATE_ANSWERED, .status = 200, .scid = "S", .template_name = "T", .name = "N"};
    cr_assert_eq(world_under_way(world), 2);
    WorldSend *first = &world->sends[0], *second = &world->sends[1];
    world_end(world, first, &answer);
    world_end(world, second, &answer);
    cr_assert_eq(world->handles, 2);
    cr_assert_eq(world_under_way(world), 1, "they are one session now");
    cr_assert_str_eq(world_sent(world)->id, world_id(4) /* started before the lanes were joined */);
    world_end(world, world_sent(world), &answer);
    cr_assert_str_eq(world_sent(world)->id, world_id(3));
    world_end(world, world_sent(world), &answer);
    cr_assert_eq(world_under_way(world), 0);
    world_free(world);
}

Test(core, quotas_drop_documents_and_then_refuse)
{
    CoreLimits limits = core_limits_default();
    limits.bytes_max = 200;
    limits.app_requests_max = 6;
    World *world = world_new(&limits);
    CoreRefusal refusal;
    for (unsigned id = 1; id <= 6; id++) {
        cr_assert_eq(world_submit(world, &(WorldWrite){.id = id}, &refusal), CORE_SUBMITTED, "%u", id);
        world_answer(world, world_sent(world), 200, DOCUMENT);
    }
    cr_assert_gt(world->dropped, 0);
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 7}, &refusal), CORE_E_REFUSED);
    cr_assert_eq(refusal.code, CORE_REFUSED_QUOTA);
    cr_assert_not_null(strstr(refusal.message, "Acknowledge"));
    cr_assert_eq(world_submit(world, &(WorldWrite){.id = 7, .app = "another"}, &refusal), CORE_SUBMITTED);
    world_free(world);
}

Test(core, results_that_come_keep_to_the_quota_too)
{
    CoreLimits limits = core_limits_default();
    limits.app_bytes_max = 1000;
    World *world = world_new(&limits);
    static char document[601];
    snprintf(document, sizeof document, "{\"a\":\"%0590d\"}", 1);
    for (unsigned id = 1; id <= 4; id++)
        world_submit(world, &(WorldWrite){.id = id}, NULL);
    for (unsigned id = 1; id <= 4; id++) {
        world_answer(world, world_sent(world), 200, document);
        cr_assert(world_record(world, id)->session, "the newest one is told whole");
    }
    cr_assert_eq(world->dropped, 3);
    world_free(world);
}

Test(core, results_are_forgotten_after_a_day)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    world_answer(world, world_sent(world), 200, DOCUMENT);
    world_advance(world, 23 * USEC_PER_HOUR);
    cr_assert(!world_record(world, 1)->removed);
    world_advance(world, 2 * USEC_PER_HOUR);
    cr_assert(world_record(world, 1)->removed);
    cr_assert_eq(core_next_wake(world->core), USEC_NEVER, "an idle core wants to be woken");
    world_free(world);
}

Test(core, nothing_is_sent_when_its_first_commit_came_too_late)
{
    World *world = world_new(NULL);
    world->store_holds = true;
    world_submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_SEC}, NULL);
    world->now.boot_usec += 2 * USEC_PER_SEC;
    world_commit(world);
    cr_assert_eq(world->sends_count, 0);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_EXPIRED);
    world_free(world);
}

Test(core, a_network_that_comes_back_is_probed_at_once)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_HOUR}, NULL);
    for (int i = 0; i < 12; i++) {
        while (!world_sent(world))
            cr_assert(world_next(world));
        world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    }
    cr_assert_gt(core_request_next_attempt(core_find(world->core, world_id(1))), world->now.boot_usec);
    core_on_network(world->core, &world->now);
    world_pump(world);
    cr_assert_eq(world_under_way(world), 1);
    world_free(world);
}

Test(core, when_offline_fail_is_told_at_once_while_it_is_known_to_be_down)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .handle = "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0002"}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    cr_assert_null(world_sent(world));
    world_submit(world, &(WorldWrite){.id = 2, .fail_when_offline = true}, NULL);
    cr_assert_not_null(world_sent(world), "it does not wait for the host's back-off");
    cr_assert_str_eq(world_sent(world)->id, world_id(2));
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    cr_assert_str_eq(world_record(world, 2)->error, "offline");
    cr_assert_eq(world_record(world, 1)->completed, 0);
    world_free(world);
}

Test(core, a_last_chance_is_not_held_back_by_another_lane)
{
    World *world = world_new(NULL);
    uint64_t begin = world->now.boot_usec;
    world_submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_HOUR}, NULL);
    world_submit(world,
                 &(WorldWrite){.id = 2,
                               .handle = "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0002",
                               .deadline_usec = 20 * USEC_PER_MINUTE},
                 NULL);
    uint64_t last = 0;
    while (!world_record(world, 2)->completed) {
        WorldSend *send = world_sent(world);
        if (send) {
            last = string_equal(send->id, world_id(2)) ? send->at : last;
            world_fail(world, send, CORE_FATE_NOT_SENT);
        } else {
            cr_assert(world_next(world));
        }
    }
    cr_assert_eq(last, begin + 20 * USEC_PER_MINUTE - 5 * USEC_PER_SEC);
    world_free(world);
}

Test(core, one_that_cannot_be_made_says_nothing_of_the_directory)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = "{\"members\":{\"me\":null}}"}, NULL);
    for (int i = 0; i < 12; i++) {
        while (!world_sent(world))
            cr_assert(world_next(world));
        world_fail(world, world_sent(world), CORE_FATE_NOT_BEGUN);
        cr_assert_eq(core_counters(world->core).connectivity, CORE_ONLINE);
    }
    world_submit(world, &(WorldWrite){.id = 2, .handle = "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0002"}, NULL);
    cr_assert_not_null(world_sent(world), "it waits for another one's document");
    world_free(world);
}

Test(core, retries_without_a_budget_hold_back_nobody)
{
    CoreLimits limits = core_limits_default();
    limits.burst = limits.sustained = 0;
    World *world = world_new(&limits);
    char handle[] = "0a7be2c4-51d3-4f8e-8c7d-000000000000";
    for (unsigned id = 1; id <= 60; id++) {
        snprintf(handle + 30, 7, "%06u", id);
        world_submit(world, &(WorldWrite){.id = id, .handle = handle, .deadline_usec = USEC_PER_HOUR}, NULL);
    }
    while (world_sent(world))
        world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    /* Each is looked up; 50 looks use up the budget, one is the probe, and none has an answer yet. */
    world_advance(world, USEC_PER_MINUTE);
    cr_assert_eq(world_under_way(world), 51);
    cr_assert_eq(core_host_facts(world->core, &world->now).retry_tokens, 0);
    world_submit(world, &(WorldWrite){.id = 100}, NULL);
    cr_assert_eq(world_under_way(world), 52, "a first attempt needs no budget");
    cr_assert_str_eq(world->sends[world->sends_count - 1].id, world_id(100));
    /* When the probe has ended the next one goes, and so on. */
    while (world_sent(world) || world_next(world))
        if (world_sent(world))
            world_answer(world, world_sent(world), 403, NULL);
    for (unsigned id = 1; id <= 60; id++)
        cr_assert_eq(world_record(world, id)->outcome, CORE_OUTCOME_UNKNOWN, "%u", id);
    cr_assert_lt(world->sends_count, 130);
    world_free(world);
}

Test(core, a_connection_that_goes_takes_its_reads_and_no_others)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .owner = ":1.7"}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .owner = ":1.7", .kind = CORE_GET_SESSION_BY_HANDLE}, NULL);
    world_submit(world, &(WorldWrite){.id = 3, .owner = ":1.8", .kind = CORE_GET_SESSION_BY_HANDLE}, NULL);
    core_owner_gone(world->core, &world->now, ":1.7");
    world_pump(world);
    cr_assert(world_record(world, 2)->removed);
    cr_assert(!world_record(world, 1)->removed && !world_record(world, 3)->removed);
    cr_assert_str_eq(core_request_owner(core_find(world->core, world_id(1))), "");
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(world_record(world, 1)->outcome, CORE_OUTCOME_APPLIED);
    world_free(world);
}

Test(core, retry_after_zero_is_no_invitation_to_spin)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    unsigned sent = 0;
    uint64_t until = world->now.boot_usec + USEC_PER_MINUTE;
    while (world->now.boot_usec < until) {
        if (!world_sent(world)) {
            cr_assert(world_next(world));
            continue;
        }
        sent++;
        world_end(world, world_sent(world),
                  &(CoreAttempt){.fate = CORE_FATE_ANSWERED, .status = 503, .has_retry_after = true});
    }
    cr_assert_lt(sent, 30, "%u attempts in a minute", sent);
    cr_assert_gt(world->holds, 0);
    world_free(world);
}
