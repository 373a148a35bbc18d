/* SPDX-License-Identifier: MIT */
/* What the end of an attempt does to its request. */
#include "core/internal.h"

#include "core/backoff.h"
#include "core/compare.h"

#include <stdio.h>

#define MESSAGE_SIZE 600

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
    if (now->boot_usec >= request->deadline) {
        finish_expired(core, request, now);
        return;
    }
    request_set_state(core, request,
                      request->fetching || request->maybe_applied ? CORE_STATE_RESOLVING
                                                                  : CORE_STATE_WAITING);
    request_set_timer(core, request, now);
    lane_update(core, request->lane, now);
}

static void clear_mark(Core *core, CoreRequest *request)
{
    if (!request->marked || request->maybe_applied)
        return;
    request->marked = false;
    effect_add(core, CORE_EFFECT_STORE_UNMARK, request)->mark.attempts = request->attempts;
}

static void wait_failed(Core *core, CoreRequest *request, const CoreNow *now)
{
    if (!request->failures++)
        request->failing_since = now->boot_usec;
    request->retry_cost = RETRY_COST_TRANSIENT;
    uint64_t delay = backoff_delay(request->failures, now->boot_usec - request->failing_since, now->random);
    request_wait(core, request, now, now->boot_usec + delay);
}

static void describe_failure(CoreRequest *request, const CoreAttempt *attempt)
{
    char text[MESSAGE_SIZE];
    if (attempt->fate == CORE_FATE_ANSWERED)
        snprintf(text, sizeof text, "the directory answered %u%s%.200s", attempt->status,
                 attempt->server_message ? ": " : "", attempt->server_message ? attempt->server_message : "");
    else
        snprintf(text, sizeof text, "%.300s", attempt->error ? attempt->error : "no answer");
    request_set_error(request, text);
}

/* ---- Ending ------------------------------------------------------------------------------------------------------------ */

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void end(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                CoreOutcome outcome, CoreApplied applied, const char *error, const char *message)
{
    CoreResult *result = finish_result(outcome, applied, error, message);
    result->http_status = attempt->status;
    if (core_kind_is_write((CoreKind)request->kind) && attempt->fate == CORE_FATE_ANSWERED) {
        result->has_write_status = true;
        result->write_status = outcome == CORE_OUTCOME_OUT_OF_SYNC ? CORE_STATUS_OUT_OF_SYNC
                                                                   : outcome_write_status(attempt->status);
        /* Found by looking: the read's own status says nothing of the write. */
        if (outcome == CORE_OUTCOME_APPLIED && (request->maybe_applied || request->fetching))
            result->write_status =
                request->mode == CORE_MODE_CREATE_NEW ? CORE_STATUS_CREATED : CORE_STATUS_UPDATED;
    }
    result->resolved = request->maybe_applied && outcome != CORE_OUTCOME_UNKNOWN;
    result->has_write_status = result->has_write_status && outcome != CORE_OUTCOME_UNKNOWN;
    result->etag = copy(attempt->etag);
    result->date = copy(attempt->date);
    if (attempt->document) {
        result->session = malloc(attempt->document_size + 1);
        if (result->session) {
            memcpy(result->session, attempt->document, attempt->document_size);
            result->session[attempt->document_size] = '\0';
            result->session_size = attempt->document_size;
        } else {
            result->session_dropped = true;
        }
    }
    if (attempt->scid) {
        result->scid = copy(attempt->scid);
        result->template_name = copy(attempt->template_name);
        result->name = copy(attempt->name);
    }
    result->handle_id = copy(attempt->handle_id);
    result->activities = copy(attempt->activities);
    result->server_message = copy(attempt->server_message);
    if (attempt->has_retry_after)
        result->retry_after_usec = attempt->retry_after_usec;
    finish(core, request, now, result);
}

static void end_unknown(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    char message[MESSAGE_SIZE];
    snprintf(message, sizeof message,
             "It was sent, but %s, so nobody can tell whether it was applied. Read the session before you "
             "write it again.",
             request->last_error ? request->last_error : "no answer came");
    end(core, request, now, attempt, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, ERROR_NO_ANSWER, message);
}

static void end_rejected(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    char message[MESSAGE_SIZE];
    const char *advice = "Change the request before you send it again.";
    if (attempt->status == 404)
        advice = "The handle, session or template is not there (any more): ask for a new handle.";
    else if (attempt->status == 401)
        advice = "The account's token was not taken: sign in again.";
    else if (attempt->status == 403)
        advice = "The account may not do this: see the service's words.";
    snprintf(message, sizeof message, "The directory refused it with %u. %s", attempt->status, advice);
    /* An earlier attempt may have been applied, whatever this one was told. */
    if (request->maybe_applied) {
        end(core, request, now, attempt, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, ERROR_NO_ANSWER,
            message);
        return;
    }
    end(core, request, now, attempt, CORE_OUTCOME_REJECTED, CORE_APPLIED_NO, outcome_error(attempt->status),
        message);
}

static void end_out_of_sync(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    bool create = request->mode == CORE_MODE_CREATE_NEW;
    end(core, request, now, attempt, CORE_OUTCOME_OUT_OF_SYNC, CORE_APPLIED_NO, ERROR_OUT_OF_SYNC,
        create ? "The session exists already. Nothing was written."
        : attempt->document
            ? "The session is another version than the change was made from; it comes with this result. "
              "Make the change again from it."
            : "The session does not exist, or is another version. Nothing was written.");
}

/* ---- Writes -------------------------------------------------------------------------------------------------------------- */

static void fetch(Core *core, CoreRequest *request, const CoreNow *now)
{
    request->fetching = true;
    request_wait(core, request, now, now->boot_usec);
}

/* Somebody refused a conditional write: was it because our first copy had been applied? */
static void judge(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    if (!request->maybe_applied) {
        end_out_of_sync(core, request, now, attempt);
        return;
    }
    int r = attempt->body && attempt->document
                ? compare_documents(attempt->body, attempt->body_size, attempt->document,
                                    attempt->document_size, request->account->value)
                : -EBADMSG;
    if (r == COMPARE_PRESENT)
        end(core, request, now, attempt, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, NULL,
            "No answer came to the first attempt, but the session shows its change.");
    else if (r == COMPARE_ABSENT)
        end_out_of_sync(core, request, now, attempt);
    else
        end_unknown(core, request, now, attempt);
}

static void write_ended(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                        OutcomeClass class)
{
    switch (class) {
    case OUTCOME_APPLIED:
        end(core, request, now, attempt, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, NULL, NULL);
        break;
    case OUTCOME_OUT_OF_SYNC:
        clear_mark(core, request);
        /* Update-existing of a session that is not there has nothing to show, and nothing to fetch. */
        if (attempt->document || request->mode == CORE_MODE_UPDATE_EXISTING)
            judge(core, request, now, attempt);
        else
            fetch(core, request, now);
        break;
    case OUTCOME_MAYBE:
        request->maybe_applied = true;
        if (request_is_conditional(request))
            wait_failed(core, request, now);
        else
            end_unknown(core, request, now, attempt);
        break;
    default:
        end_rejected(core, request, now, attempt);
    }
}

/* The look at the session after a 412 that brought no document. */
static void fetch_ended(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                        OutcomeClass class)
{
    if (class == OUTCOME_APPLIED && attempt->document) {
        judge(core, request, now, attempt);
    } else if (class == OUTCOME_APPLIED && request->maybe_applied && request->mode == CORE_MODE_CREATE_NEW) {
        /* There is none: a second copy can only make what the first one did not. */
        request->fetching = false;
        wait_failed(core, request, now);
    } else if (class == OUTCOME_MAYBE && request->fetch_rounds++ < FETCH_ROUNDS_MAX) {
        wait_failed(core, request, now);
    } else if (request->maybe_applied) {
        end_unknown(core, request, now, attempt);
    } else {
        end_out_of_sync(core, request, now, &(CoreAttempt){.fate = CORE_FATE_ANSWERED, .status = 412});
    }
}

/* ---- Reads and activities ------------------------------------------------------------------------------------------------ */

static void read_ended(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                       OutcomeClass class)
{
    bool session = request->kind == CORE_GET_SESSION || request->kind == CORE_GET_SESSION_BY_HANDLE;
    if (class == OUTCOME_MAYBE) {
        /* Asking twice does no harm. */
        wait_failed(core, request, now);
    } else if (class != OUTCOME_APPLIED) {
        end_rejected(core, request, now, attempt);
    } else if (session && attempt->status == 204) {
        end(core, request, now, attempt, CORE_OUTCOME_REJECTED, CORE_APPLIED_NO, ERROR_NO_SESSION,
            "There is no session there.");
    } else if ((session && !attempt->document) ||
               (request->kind == CORE_GET_ACTIVITIES && !attempt->activities)) {
        end(core, request, now, attempt, CORE_OUTCOME_REJECTED, CORE_APPLIED_NO, ERROR_BAD_ANSWER,
            "The directory answered with something that cannot be read.");
    } else {
        end(core, request, now, attempt, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, NULL, NULL);
    }
}

/* ---- All ------------------------------------------------------------------------------------------------------------------- */

static void not_sent(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    clear_mark(core, request);
    if (attempt->fate == CORE_FATE_NO_TOKEN) {
        request_set_error(request, "its account has to sign in");
        if (!request->failures++)
            request->failing_since = now->boot_usec;
        request_wait(core, request, now,
                     now->boot_usec +
                         backoff_ceiling(request->failures, now->boot_usec - request->failing_since));
        return;
    }
    host_failed(core, now);
    if (request->fail_when_offline && !request->maybe_applied) {
        char message[MESSAGE_SIZE];
        snprintf(message, sizeof message, "It could not be sent: %s. Nothing was written.",
                 request->last_error);
        CoreResult *result = finish_result(CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO, ERROR_OFFLINE, message);
        result->retryable = true;
        finish(core, request, now, result);
        return;
    }
    /* The host's back-off decides when; its own place in the lane is kept. */
    request->next_shown = core->host_not_before;
    request_wait(core, request, now, 0);
}

static void throttled(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    Limiter *limiter;
    uint64_t told = attempt->has_retry_after ? attempt->retry_after_usec : USEC_PER_SEC;
    uint64_t until = now->boot_usec + backoff_told(told, now->random);
    clear_mark(core, request);
    request->retry_cost = RETRY_COST_THROTTLE;
    request->held = true;
    CoreEffect *effect = effect_add(core, CORE_EFFECT_STORE_HOLD, NULL);
    effect->hold.account = attempt->status == 429 ? request->account->value : "";
    effect->hold.title_id = attempt->status == 429 ? request->title_id : 0;
    effect->hold.until_wall_usec = now->wall_usec + (until - now->boot_usec);
    if (attempt->status != 429)
        core->host_held_until = until;
    else if (limiter_find(core, request->account->value, request->title_id, &limiter) == 0)
        limiter->log.held_until = until;
    request_wait(core, request, now, until);
}

void core_on_attempt_end(Core *core, const CoreNow *now, CoreRequest *request, const CoreAttempt *attempt)
{
    assert(request->phase == PHASE_SENDING);
    OutcomeClass class = outcome_class(attempt->fate, attempt->status, attempt->has_retry_after);
    if (class != OUTCOME_NOT_SENT) {
        request->attempts++;
        host_answered(core, request, attempt->fate == CORE_FATE_ANSWERED ? class : OUTCOME_MAYBE);
    }
    schedule_unclaim(core, request, now, class != OUTCOME_NOT_SENT);
    lane_learn(core, request, attempt, now);
    if (class == OUTCOME_NOT_SENT || class == OUTCOME_MAYBE || class == OUTCOME_THROTTLED)
        describe_failure(request, attempt);

    if (request->abandoned) {
        lane_leave(core, request, now);
        finish_remove(core, request, false);
    } else if (class == OUTCOME_NOT_SENT) {
        not_sent(core, request, now, attempt);
    } else if (class == OUTCOME_THROTTLED) {
        throttled(core, request, now, attempt);
    } else if (!core_kind_is_write((CoreKind)request->kind)) {
        read_ended(core, request, now, attempt, class);
    } else if (request->fetching) {
        fetch_ended(core, request, now, attempt, class);
    } else {
        write_ended(core, request, now, attempt, class);
    }
    schedule_run(core, now);
}
