/* SPDX-License-Identifier: MIT */
/* The end of a request: its result, the completion, what is remembered. */
#include "core/internal.h"

#include <stdio.h>

CoreResult *finish_result(CoreOutcome outcome, CoreApplied applied, const char *error, const char *message)
{
    CoreResult *result = calloc(1, sizeof *result);
    /* Without its result a request would never end; see effect_add(). */
    if (!result)
        abort();
    result->outcome = outcome;
    result->applied = applied;
    result->error = error;
    result->message = message ? strdup(message) : NULL;
    return result;
}

/* The end: what comes behind it in its lane may go on, since the store keeps the order of commits. */
void finish(Core *core, CoreRequest *request, const CoreNow *now, CoreResult *result)
{
    result->attempts = request->attempts;
    request->result = result;
    request->outcome = (uint8_t)result->outcome;
    request->phase = PHASE_FINISHING;
    request->done_at = now->boot_usec;
    request->marked = false;
    heap_set(&core->timers, &request->timer, USEC_NEVER);
    if (result->outcome == CORE_OUTCOME_APPLIED || result->outcome == CORE_OUTCOME_UNKNOWN)
        leave_ended(core, request, now);
    /* Whenever it came to the session, it may have been behind another one that is in doubt. */
    if (request->maybe_applied && request->lane)
        written_by(core, request, now->boot_usec);
    lane_leave(core, request, now);
    supersede_forget(core, request);
    request_drop_body(core, request);
    free(TAKE(request->base));
    free(TAKE(request->fence));
    free(request->send_parts);
    request->send_parts = NULL;

    if (request->abandoned) {
        finish_remove(core, request, false);
        return;
    }
    if (request->durability == CORE_DURABILITY_NONE) {
        finish_complete(core, request, now);
        return;
    }
    if (core_broken(BREAK_SIGNAL_BEFORE_STORE)) {
        request->told = true;
        effect_add(core, CORE_EFFECT_COMPLETED, request)->result = request->result;
    }
    finish_store(core, request);
}

void finish_store(Core *core, CoreRequest *request)
{
    request->storing = true;
    effect_add(core, CORE_EFFECT_STORE_RESULT, request)->result = request->result;
    core->unstored++;
}

void finish_expired(Core *core, CoreRequest *request, const CoreNow *now)
{
    CoreResult *result;
    char message[400];
    if (request->look == LOOK_CONFLICT) {
        result = finish_result(
            CORE_OUTCOME_OUT_OF_SYNC, CORE_APPLIED_NO, ERROR_OUT_OF_SYNC,
            "The session is another version than the change was made from. Its document could not "
            "be read before the deadline.");
        result->http_status = 412;
        result->has_write_status = true;
        result->write_status = CORE_STATUS_OUT_OF_SYNC;
    } else if (ending_doubt(request) == CORE_APPLIED_UNKNOWN) {
        snprintf(message, sizeof message,
                 "It was sent, no answer came, and the deadline has passed: nobody can tell whether it was "
                 "applied. "
                 "Read the session before you write it again.");
        result = finish_result(CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, ERROR_NO_ANSWER, message);
    } else {
        const char *why = core_request_last_error(request);
        bool user = request->account->state == CORE_ACCOUNT_NEEDS_USER;
        snprintf(message, sizeof message,
                 "The deadline came before it could be sent%s%.200s. Nothing was written.", *why ? ": " : "",
                 why);
        result = finish_result(CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO,
                               user ? ERROR_NEEDS_SIGN_IN : ERROR_EXPIRED, message);
    }
    result->retryable = true;
    finish(core, request, now, result);
}

/* The result is safe, or cannot be made so: tell it. */
void finish_complete(Core *core, CoreRequest *request, const CoreNow *now)
{
    request->phase = PHASE_DONE;
    request_count_bytes(core, request, (uint32_t)request->result->session_size);
    if (request->bytes)
        list_add(&request->app->list, &request->documents);
    request_set_state(core, request, CORE_STATE_DONE);
    request->told = true;
    effect_add(core, CORE_EFFECT_COMPLETED, request)->result = request->result;
    quota_keep(core, request->app);
    request_set_timer(core, request, now);
}

void finish_remove(Core *core, CoreRequest *request, bool from_store)
{
    if (request->removed)
        return;
    request->removed = true;
    if (from_store && request->durability != CORE_DURABILITY_NONE) {
        CoreEffect *effect = effect_add(core, CORE_EFFECT_STORE_REMOVE, NULL);
        snprintf(effect->id, sizeof effect->id, "%s", request->id);
    }
    request_count_bytes(core, request, 0);
    request->app->count--;
    list_remove(&request->owned);
    list_remove(&request->documents);
    switch (request->state) {
    case CORE_STATE_SENDING:
    case CORE_STATE_RESOLVING:
        core->active--;
        break;
    case CORE_STATE_DONE:
        core->unacknowledged--;
        break;
    default:
        core->queued--;
    }
    heap_set(&core->timers, &request->timer, USEC_NEVER);
    map_remove(&core->by_id, &request->by_id);
    TAILQ_REMOVE(&core->all, request, all);
    effect_add(core, CORE_EFFECT_REMOVED, request);
}

/* ---- Acknowledged ids ------------------------------------------------------------------------------------------------ */

void remember_forget(Core *core, Remembered *remembered, bool from_store)
{
    if (from_store) {
        CoreEffect *effect = effect_add(core, CORE_EFFECT_STORE_REMOVE, NULL);
        snprintf(effect->id, sizeof effect->id, "%s", remembered->id);
    }
    map_remove(&core->remembered, &remembered->node);
    TAILQ_REMOVE(&core->remembered_list, remembered, in_order);
    free(remembered);
}

int remember(Core *core, const char *id, const unsigned char hash[32], CoreOutcome outcome, uint64_t at)
{
    if (map_find(&core->remembered, id))
        return 0;
    Remembered *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    snprintf(made->id, sizeof made->id, "%s", id);
    memcpy(made->hash, hash, sizeof made->hash);
    made->outcome = outcome;
    made->at = at;
    if (map_add(&core->remembered, &made->node, made->id) < 0) {
        free(made);
        return -ENOMEM;
    }
    TAILQ_INSERT_TAIL(&core->remembered_list, made, in_order);
    return 0;
}

/* Pruned when something happens, not by a timer: an idle agent is not woken for it. */
static void remember_prune(Core *core, const CoreNow *now)
{
    Remembered *oldest;
    while ((oldest = TAILQ_FIRST(&core->remembered_list)) &&
           (core->remembered.count > REMEMBERED_MAX || now->boot_usec - oldest->at > KEEP_USEC))
        remember_forget(core, oldest, true);
}

int core_acknowledge(Core *core, const CoreNow *now, CoreRequest *request)
{
    if (request->phase != PHASE_DONE)
        return CORE_E_NOT_DONE;
    /* Its answer is still to come, and needs the request. */
    if (request->storing) {
        request->abandoned = true;
        return CORE_OK;
    }
    if (core_kind_is_write((CoreKind)request->kind) &&
        remember(core, request->id, request->hash, (CoreOutcome)request->outcome, now->boot_usec) == 0) {
        CoreEffect *effect = effect_add(core, CORE_EFFECT_STORE_ACKNOWLEDGED, request);
        memcpy(effect->acknowledged.hash, request->hash, sizeof effect->acknowledged.hash);
        effect->acknowledged.outcome = (CoreOutcome)request->outcome;
        effect->acknowledged.wall_usec = now->wall_usec;
        finish_remove(core, request, false);
    } else {
        finish_remove(core, request, true);
    }
    remember_prune(core, now);
    return CORE_OK;
}
