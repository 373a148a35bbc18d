/* SPDX-License-Identifier: MIT */
/* What the end of an attempt does to its request. */
#include "core/internal.h"

#include "core/backoff.h"

#include <stdio.h>

/* ---- The directory's health ------------------------------------------------------------------------------------------ */

static void host_failed(Core *core, const CoreNow *now)
{
    if (!core->down) {
        core->down = true;
        core->down_failures = 0;
        core->down_since = now->boot_usec;
    }
    core->down_failures++;
    uint64_t delay = backoff_delay(core->down_failures, now->boot_usec - core->down_since, now->random);
    core->host_not_before = now->boot_usec + delay;
}

static void host_answered(Core *core, const CoreRequest *request, OutcomeClass class)
{
    if (core->down) {
        core->down = false;
        core->host_not_before = 0;
    }
    core->troubled = class == OUTCOME_MAYBE || class == OUTCOME_THROTTLED;
    if (core->troubled)
        return;
    if (request->probe)
        core->retry_tokens = RETRY_TOKENS;
    else if (!request->retry_cost && core->retry_tokens < RETRY_TOKENS)
        core->retry_tokens++;
}

/* ---- Trying again ------------------------------------------------------------------------------------------------------ */

void request_wait(Core *core, CoreRequest *request, const CoreNow *now, uint64_t not_before)
{
    request->phase = PHASE_IDLE;
    request->not_before = not_before;
    if (request_is_late(request, now)) {
        finish_expired(core, request, now);
        return;
    }
    /* What waits lies on the disk alone, if it is there. */
    if (request->durability != CORE_DURABILITY_NONE)
        request_drop_body(core, request);
    bool unsent = ending_doubt(request) == CORE_APPLIED_NO && request->look != LOOK_CONFLICT;
    if (unsent && request->behind_leave) {
        leave_refuse(core, request, now);
        return;
    }
    if (unsent && request->overtaken) {
        supersede_end(core, request, now);
        return;
    }
    if (account_ends(core, request, now))
        return;
    request_set_state(core, request,
                      request->look || request->maybe_applied ? CORE_STATE_RESOLVING : CORE_STATE_WAITING);
    request_set_timer(core, request, now);
    lane_update(core, request->lane, now);
}

void attempt_clear_mark(Core *core, CoreRequest *request)
{
    if (!request->marked || request->maybe_applied)
        return;
    request->marked = false;
    effect_add(core, CORE_EFFECT_STORE_UNMARK, request)->mark.attempts = request->attempts;
}

void attempt_wait_failed(Core *core, CoreRequest *request, const CoreNow *now)
{
    if (!request->failures++)
        request->failing_since = now->boot_usec;
    request->retry_cost = RETRY_COST_TRANSIENT;
    uint64_t delay = backoff_delay(request->failures, now->boot_usec - request->failing_since, now->random);
    request_wait(core, request, now, now->boot_usec + delay);
}

static void describe_failure(CoreRequest *request, const CoreAttempt *attempt)
{
    char text[ENDING_MESSAGE_SIZE];
    if (attempt->fate == CORE_FATE_ANSWERED)
        snprintf(text, sizeof text, "the directory answered %u%s%.200s", attempt->status,
                 attempt->server_message ? ": " : "", attempt->server_message ? attempt->server_message : "");
    else
        snprintf(text, sizeof text, "%.300s", attempt->error ? attempt->error : "no answer");
    request_set_error(request, text);
}

/* What was not sent, for a reason that says nothing of the directory. */
static void wait_slowly(Core *core, CoreRequest *request, const CoreNow *now)
{
    if (!request->failures++)
        request->failing_since = now->boot_usec;
    uint64_t delay = backoff_ceiling(request->failures, now->boot_usec - request->failing_since);
    request_wait(core, request, now, now->boot_usec + delay);
}

static void fail_now(Core *core, CoreRequest *request, const CoreNow *now, const char *why)
{
    char message[ENDING_MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s: %s. Nothing was written.", why, core_request_last_error(request));
    CoreResult *result = finish_result(CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO, ERROR_OFFLINE, message);
    result->retryable = true;
    finish(core, request, now, result);
}

/* ---- Tokens -------------------------------------------------------------------------------------------------------------- */

/* Until its account is ready; if nobody says a word of that, it finds out by itself, by and by. */
static void wait_for_token(Core *core, CoreRequest *request, const CoreNow *now)
{
    const Account *account = request->account;
    /* What it costs to try again is paid, and was not had. */
    request->retry_cost = 0;
    if (account->state == CORE_ACCOUNT_READY && account->ready_at > request->sent_at) {
        request_wait(core, request, now, now->boot_usec);
        return;
    }
    /* Its title alone has none: of the account nothing is said that would end it. */
    if (account->state == CORE_ACCOUNT_READY && request->fail_when_offline && !request->maybe_applied &&
        request->look != LOOK_CONFLICT) {
        fail_now(core, request, now, "There is no token for it");
        return;
    }
    if (!request->wants_token)
        request_note(core, request, "It waits %s.",
                     account->state == CORE_ACCOUNT_NEEDS_USER ? "until its account has signed in again"
                                                               : "for a token of its account");
    request->wants_token = true;
    wait_slowly(core, request, now);
}

/* A 401 comes before any effect, so the same is sent once more, write or look. */
static void token_refused(Core *core, CoreRequest *request, const CoreNow *now)
{
    attempt_clear_mark(core, request);
    if (request->token_refused) {
        wait_for_token(core, request, now);
        return;
    }
    request->token_refused = true;
    request->retry_cost = 0;
    request_note(core, request, "The directory did not take the token (401): a new one is fetched.");
    request_wait(core, request, now, now->boot_usec);
}

/* ---- Reads and activities ------------------------------------------------------------------------------------------------ */

static void read_ended(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                       OutcomeClass class)
{
    bool session = request->kind == CORE_GET_SESSION || request->kind == CORE_GET_SESSION_BY_HANDLE;
    if (class == OUTCOME_MAYBE) {
        /* Asking twice does no harm. */
        attempt_wait_failed(core, request, now);
    } else if (class != OUTCOME_APPLIED) {
        ending_rejected(core, request, now, attempt);
    } else if (session && attempt->status == 204) {
        ending(core, request, now, attempt, CORE_OUTCOME_REJECTED, CORE_APPLIED_NO, ERROR_NO_SESSION,
               "There is no session there.");
    } else if ((session && !attempt->document) ||
               (request->kind == CORE_GET_ACTIVITIES && !attempt->activities)) {
        ending(core, request, now, attempt, CORE_OUTCOME_REJECTED, CORE_APPLIED_NO, ERROR_BAD_ANSWER,
               "The directory answered with something that cannot be read.");
    } else {
        ending(core, request, now, attempt, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, NULL, NULL);
    }
}

/* ---- All ------------------------------------------------------------------------------------------------------------------- */

static void not_sent(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    attempt_clear_mark(core, request);
    if (attempt->fate == CORE_FATE_NO_TOKEN) {
        wait_for_token(core, request, now);
        return;
    }
    if (attempt->fate != CORE_FATE_NOT_SENT) {
        wait_slowly(core, request, now);
        return;
    }
    host_failed(core, now);
    request_note(core, request, "It could not be sent: %.160s.", request->last_error);
    if (request->fail_when_offline && !request->maybe_applied) {
        fail_now(core, request, now, "It could not be sent");
        return;
    }
    /* The host's back-off decides when; its own place in the lane is kept. */
    request->next_shown = core->host_not_before;
    request_wait(core, request, now, 0);
}

/* What one answer said of waiting does not end what an earlier one said. Returns until when all of it is waited for. */
static uint64_t hold(Core *core, const CoreRequest *request, const CoreAttempt *attempt, uint64_t until)
{
    Limiter *limiter = NULL;
    bool account = attempt->status == 429;
    if (account && limiter_of(core, request, &limiter) < 0)
        return until;
    uint64_t *held = account ? &limiter->log.held_until : &core->host_held_until;
    if (until > *held)
        *held = until;
    if (account)
        limiter_told(&limiter->log, attempt->limit_max, attempt->limit_period_sec);
    return *held;
}

/* All that the answer stands for wait, whether or not anybody still wants what was asked. Returns until when. */
static uint64_t told_to_wait(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    uint64_t told = attempt->has_retry_after ? attempt->retry_after_usec : USEC_PER_SEC;
    if (!request->failures++)
        request->failing_since = now->boot_usec;
    /* "At once" is no advice while it refuses: then the back-off decides. */
    uint64_t least = backoff_delay(request->failures, now->boot_usec - request->failing_since, now->random);
    uint64_t wait = backoff_told(told, now->random);
    uint64_t until = hold(core, request, attempt, now->boot_usec + (wait > least ? wait : least));
    if (core_broken(BREAK_IGNORE_RETRY_AFTER))
        until = core->host_held_until = now->boot_usec;
    CoreEffect *effect = effect_add(core, CORE_EFFECT_STORE_HOLD, NULL);
    effect->hold.account = attempt->status == 429 ? request->account->value : "";
    effect->hold.title_id = attempt->status == 429 ? request->title_id : 0;
    effect->hold.until_wall_usec = now->wall_usec + (until - now->boot_usec);
    return until;
}

static void throttled(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    uint64_t until = told_to_wait(core, request, now, attempt);
    attempt_clear_mark(core, request);
    request->retry_cost = RETRY_COST_THROTTLE;
    request->held = true;
    request_note(core, request, "The directory answered %u: it is not asked again for %.1f s.",
                 attempt->status, (double)(until - now->boot_usec) / USEC_PER_SEC);
    request_wait(core, request, now, until);
}

void core_on_attempt_end(Core *core, const CoreNow *now, CoreRequest *request, const CoreAttempt *attempt)
{
    assert(request->phase == PHASE_SENDING);
    request->ended_at = now->boot_usec;
    OutcomeClass class = outcome_class(attempt->fate, attempt->status, attempt->has_retry_after);
    bool renewed = class == OUTCOME_REFUSED && attempt->token_renewed;
    if (!renewed && attempt->fate != CORE_FATE_NO_TOKEN)
        request->wants_token = false;
    if (!renewed && attempt->fate == CORE_FATE_ANSWERED)
        request->token_refused = false;
    if (class != OUTCOME_NOT_SENT) {
        request->attempts++;
        host_answered(core, request, attempt->fate == CORE_FATE_ANSWERED ? class : OUTCOME_MAYBE);
    }
    send_unclaim(core, request, now, class != OUTCOME_NOT_SENT);
    lane_learn(core, request, attempt, now);
    if (core_kind_is_write((CoreKind)request->kind) && !request->look)
        written_by(core, request, now->boot_usec);
    /* What a look shows is held against what was known before it. */
    if (!request->look && request->lane)
        session_note(core, lane_session(request), attempt);
    if (class == OUTCOME_NOT_SENT || class == OUTCOME_MAYBE || class == OUTCOME_THROTTLED || renewed)
        describe_failure(request, attempt);

    if (request->abandoned) {
        if (class == OUTCOME_THROTTLED)
            told_to_wait(core, request, now, attempt);
        lane_leave(core, request, now);
        finish_remove(core, request, false);
    } else if (class == OUTCOME_NOT_SENT) {
        not_sent(core, request, now, attempt);
    } else if (class == OUTCOME_THROTTLED) {
        throttled(core, request, now, attempt);
    } else if (renewed) {
        token_refused(core, request, now);
    } else if (!core_kind_is_write((CoreKind)request->kind)) {
        read_ended(core, request, now, attempt, class);
    } else if (request->look) {
        resolve_look_ended(core, request, now, attempt, class);
    } else {
        resolve_write_ended(core, request, now, attempt, class);
    }
    schedule_run(core, now);
}
