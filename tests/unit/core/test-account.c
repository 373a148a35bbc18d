/* SPDX-License-Identifier: MIT */
/* Accounts that wait, that are signed out, and tokens that are refused. */
#include "scenario.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SHARED "{\"properties\":{\"custom\":{\"k\":7}}}"
#define OWN "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"w\":7}}}}}"
#define LEAVE "{\"members\":{\"me\":null}}"
#define REASON "the identity service wants you to sign in"

static const char *const handles[] = {"a", "b", "c", "d", "e"};

static void say(World *world, const char *account, CoreAccountState state)
{
    core_on_account(world->core, &world->now, account, state, state == CORE_ACCOUNT_READY ? NULL : REASON);
    world_pump(world);
}

static CoreRequest *find(World *world, unsigned id)
{
    CoreRequest *request = core_find(world->core, world_id(id));
    cr_assert_not_null(request, "request %u", id);
    return request;
}

static void refuse(World *world, bool renewed)
{
    cr_assert_not_null(world_sent(world));
    world_end(world, world_sent(world),
              &(CoreAttempt){.fate = CORE_FATE_ANSWERED,
                             .status = 401,
                             .token_renewed = renewed,
                             .server_message = "the token is not taken"});
}

static void ended(World *world, unsigned id, CoreOutcome outcome, CoreApplied applied, const char *error)
{
    const WorldRecord *record = world_record(world, id);
    cr_assert_eq(record->completed, 1, "request %u completed %u times", id, record->completed);
    cr_assert_eq(record->outcome, outcome, "request %u: %s", id, core_outcome_name(record->outcome));
    cr_assert_eq(record->applied, applied, "request %u", id);
    cr_assert_str_eq(record->error, error, "request %u", id);
}

/* ---- Waiting ------------------------------------------------------------------------------------------------------------ */

Test(account, one_that_waits_sends_nothing_and_keeps_nobody_else)
{
    static const CoreAccountState states[] = {CORE_ACCOUNT_OFFLINE, CORE_ACCOUNT_NEEDS_USER};
    for (size_t i = 0; i < ELEMENTS(states); i++) {
        World *world = world_new(NULL);
        say(world, "1", states[i]);
        world->store_holds = true;
        world_submit(world, &(WorldWrite){.id = 1}, NULL);
        cr_assert_not(world_record(world, 1)->marked, "the mark of one that will not be sent");
        world->store_holds = false;
        world_submit(world, &(WorldWrite){.id = 2, .kind = CORE_GET_SESSION_BY_HANDLE, .handle = "b"}, NULL);
        world_submit(world, &(WorldWrite){.id = 3, .account = "2"}, NULL);
        cr_assert_eq(world_under_way(world), 1);
        cr_assert_str_eq(world_sent(world)->id, world_id(3));
        world_answer(world, world_sent(world), 200, NULL);
        world_advance(world, 20 * USEC_PER_SEC);
        cr_assert_eq(world->sends_count, 1, "an account that waits has sent something");
        cr_assert_not(world_record(world, 1)->marked);
        cr_assert_str_eq(core_request_last_error(find(world, 1)), REASON);
        cr_assert_eq(core_request_waiting(world->core, &world->now, find(world, 1)).what, CORE_WAIT_ACCOUNT);
        cr_assert_eq(core_counters(world->core).connectivity, CORE_ONLINE);
        say(world, "1", CORE_ACCOUNT_READY);
        cr_assert_eq(world_under_way(world), 2);
        cr_assert_str_eq(core_request_last_error(find(world, 1)), "");
        world_free(world);
    }
}

Test(account, ready_wakes_all_in_order_at_the_limiters_pace)
{
    World *world = world_new(NULL);
    char handle[16];
    say(world, "1", CORE_ACCOUNT_NEEDS_USER);
    for (unsigned id = 1; id <= 40; id++) {
        snprintf(handle, sizeof handle, "handle %u", id);
        world_submit(world, &(WorldWrite){.id = id, .handle = handle, .deadline_usec = USEC_PER_HOUR}, NULL);
    }
    world_advance(world, USEC_PER_MINUTE);
    say(world, "1", CORE_ACCOUNT_READY);
    cr_assert_eq(world_under_way(world), 26, "three of 29 are kept: %zu", world_under_way(world));
    for (unsigned i = 0; i < 26; i++)
        cr_assert_str_eq(world->sends[i].id, world_id(i + 1), "overtaken at %u", i);
    world_free(world);
}

Test(account, what_is_under_way_ends_and_what_is_about_to_be_sent_is_not)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .handle = "a"}, NULL);
    world->store_holds = true;
    world_submit(world, &(WorldWrite){.id = 2, .handle = "b"}, NULL);
    world_submit(world, &(WorldWrite){.id = 3, .kind = CORE_GET_SESSION_BY_HANDLE, .handle = "c"}, NULL);
    cr_assert(world_record(world, 2)->marked);
    say(world, "1", CORE_ACCOUNT_NEEDS_USER);
    world->store_holds = false;
    world_pump(world);
    cr_assert_eq(world_under_way(world), 1, "sent after its account had to wait");
    cr_assert_not(world_record(world, 2)->marked, "it was not sent, and has its mark");
    world_answer(world, world_sent(world), 200, NULL);
    ended(world, 1, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, "");
    say(world, "1", CORE_ACCOUNT_READY);
    cr_assert_eq(world_under_way(world), 2);
    world_free(world);
}

Test(account, deadlines_run_on)
{
    static const CoreAccountState states[] = {CORE_ACCOUNT_OFFLINE, CORE_ACCOUNT_NEEDS_USER};
    static const char *const errors[] = {"expired", "needs-sign-in"};
    for (size_t i = 0; i < ELEMENTS(states); i++) {
        World *world = world_new(NULL);
        say(world, "1", states[i]);
        world_submit(world, &(WorldWrite){.id = 1, .session = SHARED}, NULL);
        world_submit(world, &(WorldWrite){.id = 2, .kind = CORE_GET_SESSION_BY_HANDLE, .handle = "b"}, NULL);
        world_advance(world, 31 * USEC_PER_SEC);
        ended(world, 2, CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO, errors[i]);
        cr_assert_eq(world_record(world, 1)->completed, 0);
        world_advance(world, 10 * USEC_PER_MINUTE);
        ended(world, 1, CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO, errors[i]);
        cr_assert(world_record(world, 1)->retryable);
        cr_assert_not_null(strstr(world_record(world, 1)->message, REASON), "%s",
                           world_record(world, 1)->message);
        cr_assert_eq(world->sends_count, 0);
        world_free(world);
    }
}

Test(account, what_must_not_wait_ends_at_once)
{
    static const CoreAccountState states[] = {CORE_ACCOUNT_OFFLINE, CORE_ACCOUNT_NEEDS_USER};
    static const char *const errors[] = {"offline", "needs-sign-in"};
    for (size_t i = 0; i < ELEMENTS(states); i++) {
        World *world = world_new(NULL);
        world_submit(world, &(WorldWrite){.id = 1}, NULL);
        /* Behind another one of its lane. */
        world_submit(world, &(WorldWrite){.id = 2, .fail_when_offline = true}, NULL);
        world_submit(world, &(WorldWrite){.id = 3, .fail_when_offline = true, .handle = "b"}, NULL);
        say(world, "1", states[i]);
        ended(world, 2, CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO, errors[i]);
        cr_assert(world_record(world, 2)->retryable);
        cr_assert_eq(world_record(world, 3)->completed, 0, "it is under way");
        world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
        world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
        ended(world, 3, CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO, errors[i]);
        cr_assert_eq(world_record(world, 1)->completed, 0, "it may wait");
        world_submit(world, &(WorldWrite){.id = 4, .fail_when_offline = true, .handle = "c"}, NULL);
        world_submit(
            world,
            &(WorldWrite){
                .id = 5, .kind = CORE_GET_SESSION_BY_HANDLE, .fail_when_offline = true, .handle = "d"},
            NULL);
        ended(world, 4, CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO, errors[i]);
        ended(world, 5, CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO, errors[i]);
        world_free(world);
    }
}

Test(account, what_is_in_doubt_waits_also_when_it_must_not)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .fail_when_offline = true}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    say(world, "1", CORE_ACCOUNT_NEEDS_USER);
    cr_assert_eq(world_record(world, 1)->completed, 0);
    world_advance(world, 11 * USEC_PER_MINUTE);
    ended(world, 1, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, "no-answer");
    world_free(world);
}

Test(account, a_dead_hosts_probe_is_anothers)
{
    World *world = world_new(NULL);
    for (unsigned id = 1; id <= 2; id++)
        world_submit(world,
                     &(WorldWrite){.id = id, .account = id == 1 ? "1" : "2", .deadline_usec = USEC_PER_HOUR},
                     NULL);
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    say(world, "1", CORE_ACCOUNT_OFFLINE);
    for (unsigned round = 0; round < 10; round++) {
        while (!world_sent(world))
            cr_assert(world_next(world));
        cr_assert_str_eq(world_sent(world)->id, world_id(2));
        world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    }
    /* Its probe ends without having been sent: that says nothing of the host, and another one may go. */
    say(world, "1", CORE_ACCOUNT_READY);
    while (!world_sent(world))
        cr_assert(world_next(world));
    WorldSend *probe = world_sent(world);
    cr_assert_eq(world_under_way(world), 1);
    world_fail(world, probe, CORE_FATE_NO_TOKEN);
    cr_assert_eq(world_under_way(world), 1, "the probe is stuck");
    cr_assert_str_neq(world_sent(world)->id, probe->id);
    world_answer(world, world_sent(world), 200, NULL);
    cr_assert_eq(core_counters(world->core).connectivity, CORE_ONLINE);
    world_free(world);
}

/* Retries that follow the first answer over a new way: the one that tries it may be one of an account that has to wait. */
Test(account, a_new_way_out_is_tried_by_another)
{
    for (unsigned before = 0; before < 2; before++) {
        World *world = world_new(NULL);
        for (unsigned id = 1; id <= 2; id++)
            world_submit(world,
                         &(WorldWrite){.id = id,
                                       .account = id == 1 ? "1" : "2",
                                       .mode = CORE_MODE_CREATE_NEW,
                                       .deadline_usec = USEC_PER_HOUR},
                         NULL);
        uint64_t until = world->now.boot_usec + 10 * USEC_PER_MINUTE;
        while (world->now.boot_usec < until) {
            while (world_sent(world))
                world_answer(world, world_sent(world), 500, NULL);
            cr_assert(world_next(world));
        }
        while (world_sent(world))
            world_answer(world, world_sent(world), 500, NULL);
        if (before)
            say(world, "1", CORE_ACCOUNT_NEEDS_USER);
        core_on_network(world->core, &world->now);
        world_pump(world);
        cr_assert_eq(world_under_way(world), 1);
        if (!before) {
            cr_assert_str_eq(world_sent(world)->id, world_id(1));
            say(world, "1", CORE_ACCOUNT_NEEDS_USER);
            world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
        }
        cr_assert_eq(world_under_way(world), 1, "nobody tries the new way");
        cr_assert_str_eq(world_sent(world)->id, world_id(2));
        world_free(world);
    }
}

Test(account, only_so_many_are_remembered)
{
    World *world = world_new(NULL);
    char account[16];
    world_submit(world, &(WorldWrite){.id = 1, .account = "0"}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
    for (unsigned i = 0; i < CORE_ACCOUNTS_MAX; i++) {
        snprintf(account, sizeof account, "%u", i);
        say(world, account, CORE_ACCOUNT_NEEDS_USER);
    }
    world_advance(world, USEC_PER_MINUTE);
    cr_assert_null(world_sent(world));
    say(world, "more", CORE_ACCOUNT_NEEDS_USER);
    cr_assert_not_null(world_sent(world), "the first one counts as ready again");
    /* What was said last counts, and forgets nobody. */
    say(world, "more", CORE_ACCOUNT_OFFLINE);
    say(world, "1", CORE_ACCOUNT_READY);
    say(world, "0", CORE_ACCOUNT_NEEDS_USER);
    world_submit(world, &(WorldWrite){.id = 2, .account = "2"}, NULL);
    cr_assert_eq(world_under_way(world), 1);
    world_free(world);
}

Test(account, a_long_reason_is_cut_between_letters)
{
    World *world = world_new(NULL);
    char reason[301] = "";
    for (unsigned i = 0; i < 100; i++)
        memcpy(reason + 3 * i, "\xe2\x82\xac", 4);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    core_on_account(world->core, &world->now, "1", CORE_ACCOUNT_OFFLINE, reason);
    cr_assert_eq(strlen(core_request_last_error(find(world, 1))), 198);
    core_on_account(world->core, &world->now, "1", CORE_ACCOUNT_OFFLINE, NULL);
    cr_assert_str_eq(core_request_last_error(find(world, 1)), "it failed");
    world_free(world);
}

Test(account, before_the_start_it_is_only_noted)
{
    World *world = world_new(NULL);
    CoreStored record = {.id = world_id(1),
                         .sequence = 1,
                         .kind = CORE_WRITE_SESSION_BY_HANDLE,
                         .mode = CORE_MODE_UPDATE_EXISTING,
                         .durability = CORE_DURABILITY_POWER,
                         .account = "1",
                         .app_id = "",
                         .target = "handle",
                         .body_size = 10,
                         .accepted_boot_usec = world->now.boot_usec,
                         .accepted_wall_usec = world->now.wall_usec,
                         .deadline_boot_usec = world->now.boot_usec + USEC_PER_HOUR,
                         .deadline_wall_usec = world->now.wall_usec + USEC_PER_HOUR};
    for (unsigned i = 1; i <= 4; i++) {
        record.id = world_id(i);
        record.sequence = i;
        record.account = i < 3 ? "1" : "2";
        record.target = handles[i];
        record.marked = i == 4;
        record.fail_when_offline = i == 2;
        cr_assert_eq(core_restore(world->core, &world->now, &record, true, false), 0);
    }
    say(world, "1", CORE_ACCOUNT_NEEDS_USER);
    say(world, "2", CORE_ACCOUNT_SIGNED_OUT);
    cr_assert_eq(world_under_way(world), 0);
    cr_assert_eq(world_record(world, 2)->completed, 0);
    core_start(world->core, &world->now);
    world_pump(world);
    cr_assert_eq(world_under_way(world), 0);
    ended(world, 2, CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO, "needs-sign-in");
    ended(world, 3, CORE_OUTCOME_CANCELLED, CORE_APPLIED_NO, "signed-out");
    ended(world, 4, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, "signed-out");
    say(world, "1", CORE_ACCOUNT_READY);
    cr_assert_str_eq(world_sent(world)->id, world_id(1));
    world_free(world);
}

/* ---- No token ------------------------------------------------------------------------------------------------------------ */

Test(token, without_one_it_waits_and_nobody_is_to_blame)
{
    World *world = world_new(NULL);
    CoreLimiterFacts facts;
    world_submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_HOUR}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .handle = "b"}, NULL);
    uint32_t tokens = core_host_facts(world->core, &world->now).retry_tokens;
    for (unsigned round = 0; round < 14; round++) {
        cr_assert_str_eq(world_sent(world)->id, world_id(1));
        world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
        cr_assert_not(world_record(world, 1)->marked);
        cr_assert_eq(core_request_attempts(find(world, 1)), 0);
        if (round == 0)
            world_answer(world, world_sent(world), 200, NULL);
        cr_assert_eq(core_limiter_facts(world->core, &world->now, &facts, 1), 1);
        cr_assert_leq(facts.sustained_used, 1, "what was not sent has used up a slot");
        cr_assert_eq(core_host_facts(world->core, &world->now).retry_tokens, tokens);
        cr_assert_eq(core_counters(world->core).connectivity, CORE_ONLINE);
        cr_assert_eq(core_request_state(find(world, 1)), CORE_STATE_WAITING);
        uint64_t next = core_request_next_attempt(find(world, 1));
        cr_assert_geq(next, world->now.boot_usec + 250 * USEC_PER_MSEC);
        world_advance(world, next - world->now.boot_usec);
    }
    /* Slow in the end: the back-off of one that has waited for two minutes. */
    world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
    cr_assert_geq(core_request_next_attempt(find(world, 1)), world->now.boot_usec + 30 * USEC_PER_SEC);
    cr_assert_eq(world_record(world, 1)->notes, 1, "%u notes of one change", world_record(world, 1)->notes);
    say(world, "1", CORE_ACCOUNT_READY);
    cr_assert_str_eq(world_sent(world)->id, world_id(1));
    world_answer(world, world_sent(world), 200, NULL);
    ended(world, 1, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, "");
    world_free(world);
}

Test(token, ready_since_the_attempt_began_is_at_once)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    world_advance(world, USEC_PER_SEC);
    say(world, "1", CORE_ACCOUNT_NEEDS_USER);
    say(world, "1", CORE_ACCOUNT_READY);
    world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
    cr_assert_not_null(world_sent(world), "its account is ready, and it waits");
    /* That is one word, good for one attempt. */
    world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
    cr_assert_null(world_sent(world));
    world_free(world);
}

Test(token, ready_ends_no_other_waiting)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_HOUR}, NULL);
    world_end(world, world_sent(world),
              &(CoreAttempt){.fate = CORE_FATE_ANSWERED,
                             .status = 429,
                             .has_retry_after = true,
                             .retry_after_usec = USEC_PER_MINUTE});
    world_submit(
        world,
        &(WorldWrite){.id = 2, .mode = CORE_MODE_CREATE_NEW, .account = "2", .deadline_usec = USEC_PER_HOUR},
        NULL);
    world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
    world_advance(world, core_request_next_attempt(find(world, 2)) - world->now.boot_usec);
    world_answer(world, world_sent(world), 500, NULL);
    say(world, "1", CORE_ACCOUNT_READY);
    say(world, "2", CORE_ACCOUNT_READY);
    cr_assert_null(world_sent(world));
    world_free(world);
}

/* ---- A token that is refused -------------------------------------------------------------------------------------------- */

static void applied(World *world, WorldSend *send)
{
    CoreAttempt answer = {.fate = CORE_FATE_ANSWERED,
                          .status = 200,
                          .document = SHARED,
                          .document_size = strlen(SHARED),
                          .activities = "[]"};
    world_end(world, send, &answer);
}

Test(token, refused_is_tried_once_more_whatever_it_is)
{
    static const CoreKind kinds[] = {CORE_WRITE_SESSION_BY_HANDLE, CORE_GET_SESSION_BY_HANDLE};
    for (size_t i = 0; i < ELEMENTS(kinds); i++) {
        World *world = world_new(NULL);
        world_submit(world, &(WorldWrite){.id = 1, .kind = kinds[i]}, NULL);
        world_submit(world, &(WorldWrite){.id = 2}, NULL);
        uint32_t tokens = core_host_facts(world->core, &world->now).retry_tokens;
        world->store_holds = true;
        refuse(world, true);
        cr_assert_eq(core_request_attempts(find(world, 1)), 1);
        if (kinds[i] == CORE_WRITE_SESSION_BY_HANDLE) {
            cr_assert_eq(world_record(world, 1)->notes, 1);
            cr_assert_str_eq(world_record(world, 1)->note,
                             "The directory did not take the token (401): a new one is fetched.");
        }
        cr_assert_not_null(strstr(core_request_last_error(find(world, 1)), "401"));
        world->store_holds = false;
        world_pump(world);
        cr_assert_eq(world_under_way(world), 1);
        cr_assert_str_eq(world_sent(world)->id, world_id(1), "it lost its place");
        cr_assert_eq(core_host_facts(world->core, &world->now).retry_tokens, tokens);
        applied(world, world_sent(world));
        ended(world, 1, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, "");
        world_free(world);
    }
}

Test(token, its_mark_goes_before_it_is_sent_again)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    cr_assert(world_record(world, 1)->marked);
    core_on_account(world->core, &world->now, "1", CORE_ACCOUNT_OFFLINE, NULL);
    refuse(world, true);
    cr_assert_not(world_record(world, 1)->marked, "a refused write counts as one that may have been applied");
    cr_assert_null(world_sent(world));
    world_free(world);
}

Test(token, refused_twice_waits_for_its_account)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_HOUR}, NULL);
    refuse(world, true);
    say(world, "1", CORE_ACCOUNT_NEEDS_USER);
    refuse(world, true);
    cr_assert_null(world_sent(world));
    cr_assert_str_eq(world_record(world, 1)->note, "It waits until its account has signed in again.");
    world_advance(world, 10 * USEC_PER_MINUTE);
    cr_assert_eq(world->sends_count, 2);
    cr_assert_eq(world_record(world, 1)->notes, 2);
    /* Ready again: so may it be tried once more. */
    say(world, "1", CORE_ACCOUNT_READY);
    refuse(world, true);
    cr_assert_not_null(world_sent(world));
    world_answer(world, world_sent(world), 200, NULL);
    ended(world, 1, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, "");
    world_free(world);
}

Test(token, without_a_word_it_is_tried_by_and_by)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .deadline_usec = USEC_PER_HOUR}, NULL);
    refuse(world, true);
    for (unsigned round = 0; round < 10; round++) {
        refuse(world, true);
        cr_assert_null(world_sent(world), "tried again and again");
        while (!world_sent(world))
            cr_assert(world_next(world));
    }
    cr_assert_gt(world->now.boot_usec, 1060 * USEC_PER_SEC);
    /* Any other answer begins anew. */
    world_end(world, world_sent(world),
              &(CoreAttempt){.fate = CORE_FATE_ANSWERED, .status = 429, .has_retry_after = true});
    while (!world_sent(world))
        cr_assert(world_next(world));
    refuse(world, true);
    cr_assert_not_null(world_sent(world));
    world_free(world);
}

Test(token, refused_for_good_is_rejected)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1}, NULL);
    refuse(world, true);
    refuse(world, false);
    ended(world, 1, CORE_OUTCOME_REJECTED, CORE_APPLIED_NO, "unauthorized");
    cr_assert_str_eq(world_record(world, 1)->server_message, "the token is not taken");
    world_free(world);
}

Test(token, a_look_goes_on_being_a_look)
{
    for (unsigned renewed = 0; renewed < 2; renewed++) {
        World *world = world_new(NULL);
        world_submit(world, &(WorldWrite){.id = 1, .session = SHARED, .deadline_usec = USEC_PER_HOUR}, NULL);
        world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
        while (!world_sent(world))
            cr_assert(world_next(world));
        cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ);
        refuse(world, renewed);
        if (!renewed) {
            ended(world, 1, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, "no-answer");
            world_free(world);
            continue;
        }
        cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ);
        cr_assert(world_record(world, 1)->marked, "what may have been applied lost its mark");
        refuse(world, true);
        cr_assert_null(world_sent(world));
        say(world, "1", CORE_ACCOUNT_READY);
        cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ);
        world_show(world, world_sent(world), 200,
                   &(WorldDocument){.text = SHARED, .change = 2, .etag = "e2"});
        ended(world, 1, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, "");
        cr_assert(world_record(world, 1)->resolved);
        world_free(world);
    }
}

/* ---- Signing out --------------------------------------------------------------------------------------------------------- */

Test(signing_out, leaves_go_first_and_all_else_ends)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = SHARED, .handle = "a"}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .session = SHARED, .handle = "a"}, NULL);
    world_submit(world, &(WorldWrite){.id = 3, .session = LEAVE, .handle = "a"}, NULL);
    world_submit(world, &(WorldWrite){.id = 4, .session = SHARED, .handle = "b"}, NULL);
    world_submit(world, &(WorldWrite){.id = 5, .session = SHARED, .handle = "b", .account = "2"}, NULL);
    world_answer(world, &world->sends[2], 200, NULL);
    world_fail(world, &world->sends[1], CORE_FATE_UNCERTAIN);
    cr_assert_eq(core_account_active(world->core, "1"), 2, "one attempt, and a leave");
    cr_assert_eq(core_account_active(world->core, "2"), 0);
    cr_assert_eq(core_account_active(world->core, "3"), 0);

    say(world, "1", CORE_ACCOUNT_LEAVING);
    ended(world, 2, CORE_OUTCOME_CANCELLED, CORE_APPLIED_NO, "signed-out");
    ended(world, 4, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, "signed-out");
    cr_assert_eq(world_record(world, 1)->completed, 0, "it is under way");
    world_answer(world, world_sent(world), 200, NULL);
    ended(world, 1, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, "");
    cr_assert_str_eq(world_sent(world)->id, world_id(3), "the leave goes");
    /* Tried again like any other. */
    refuse(world, true);
    cr_assert_str_eq(world_sent(world)->id, world_id(3));
    cr_assert_eq(core_account_active(world->core, "1"), 2);
    world_answer(world, world_sent(world), 204, NULL);
    ended(world, 3, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, "");
    cr_assert_eq(core_account_active(world->core, "1"), 0);
    world_free(world);
}

Test(signing_out, in_the_end_leaves_end_too)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE, .handle = "a"}, NULL);
    world_submit(world, &(WorldWrite){.id = 2, .session = SHARED, .handle = "b"}, NULL);
    world_submit(world, &(WorldWrite){.id = 3, .session = LEAVE, .handle = "c"}, NULL);
    world_submit(world, &(WorldWrite){.id = 4, .session = SHARED, .handle = "c"}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    say(world, "1", CORE_ACCOUNT_LEAVING);
    ended(world, 4, CORE_OUTCOME_CANCELLED, CORE_APPLIED_NO, "signed-out");
    say(world, "1", CORE_ACCOUNT_SIGNED_OUT);
    ended(world, 1, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, "signed-out");
    cr_assert_eq(world_under_way(world), 2, "what is under way may end");
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    ended(world, 2, CORE_OUTCOME_CANCELLED, CORE_APPLIED_NO, "signed-out");
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    ended(world, 3, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, "signed-out");
    cr_assert_eq(core_account_active(world->core, "1"), 0);
    /* What comes all the same does not wait for ever. */
    world_submit(world, &(WorldWrite){.id = 5, .handle = "d"}, NULL);
    world_submit(world, &(WorldWrite){.id = 6, .kind = CORE_GET_SESSION_BY_HANDLE, .handle = "e"}, NULL);
    ended(world, 5, CORE_OUTCOME_CANCELLED, CORE_APPLIED_NO, "signed-out");
    ended(world, 6, CORE_OUTCOME_CANCELLED, CORE_APPLIED_NO, "signed-out");
    say(world, "1", CORE_ACCOUNT_READY);
    world_submit(world, &(WorldWrite){.id = 7, .handle = "f"}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_NOT_SENT);
    cr_assert_eq(world_record(world, 7)->completed, 0);
    world_free(world);
}

Test(signing_out, what_was_refused_by_its_version_says_so)
{
    World *world = world_new(NULL);
    world_submit(
        world, &(WorldWrite){.id = 1, .mode = CORE_MODE_SYNCHRONIZED_UPDATE, .etag = "e", .session = SHARED},
        NULL);
    world_answer(world, world_sent(world), 412, NULL);
    cr_assert_eq(world_sent(world)->verb, CORE_VERB_READ, "its document is fetched");
    say(world, "1", CORE_ACCOUNT_SIGNED_OUT);
    world_fail(world, world_sent(world), CORE_FATE_NO_TOKEN);
    ended(world, 1, CORE_OUTCOME_OUT_OF_SYNC, CORE_APPLIED_NO, "out-of-sync");
    world_free(world);
}

Test(signing_out, newest_first_so_that_none_ends_as_left)
{
    World *world = world_new(NULL);
    world_submit(world, &(WorldWrite){.id = 1, .session = LEAVE}, NULL);
    world_fail(world, world_sent(world), CORE_FATE_UNCERTAIN);
    world_submit(world, &(WorldWrite){.id = 2, .session = OWN}, NULL);
    say(world, "1", CORE_ACCOUNT_SIGNED_OUT);
    ended(world, 2, CORE_OUTCOME_CANCELLED, CORE_APPLIED_NO, "signed-out");
    ended(world, 1, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, "signed-out");
    world_free(world);
}
