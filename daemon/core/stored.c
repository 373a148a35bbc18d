/* SPDX-License-Identifier: MIT */
/* The store has answered: what waited for it goes on. */
#include "core/internal.h"

#include <stdio.h>

#define STORE_RETRY_USEC USEC_PER_SEC

static void refused(Core *core, CoreRequest *request, const CoreNow *now, int r)
{
    CoreEffect *effect = effect_add(core, CORE_EFFECT_REFUSED, request);
    effect->refusal.code = CORE_REFUSED_STORE_FAILED;
    snprintf(
        effect->refusal.message, sizeof effect->refusal.message,
        r == -ENOSPC
            ? "the disk that holds the agent's state is full, so the request could not be kept: free some "
              "space and call again"
            : "the request could not be kept: %s. See the agent's log",
        strerror(-r));
    if (request->phase == PHASE_ACCEPTING_MARKED)
        send_unclaim(core, request, now, false);
    lane_leave(core, request, now);
    request_count_bytes(core, request, 0);
    request->app->count--;
    list_remove(&request->owned);
    core->queued--;
    heap_set(&core->timers, &request->timer, USEC_NEVER);
    map_remove(&core->by_id, &request->by_id);
    TAILQ_REMOVE(&core->all, request, all);
}

/*
 * Its turn had come, but while its mark was written the deadline passed, the service told to wait, its account had to
 * wait or has left the session, or its lane was joined with one that has something under way or an older head. Returns
 * whether.
 */
static bool turn_lost(Core *core, CoreRequest *request, const CoreNow *now)
{
    bool late = request_is_late(request, now);
    bool joined = request->lane->busy > 1 || TAILQ_FIRST(&request->lane->requests) != request;
    joined = joined || resolve_stale(request);
    uint64_t held = core_broken(BREAK_IGNORE_RETRY_AFTER) ? 0 : schedule_held(core, request);
    bool doubt = ending_doubt(request) != CORE_APPLIED_NO;
    bool left = request->behind_leave && request->look != LOOK_CONFLICT && (!doubt || !request->look);
    if (!late && !left && account_lets_go(request) && held <= now->boot_usec &&
        (!joined || core_broken(BREAK_TWO_IN_FLIGHT)))
        return false;
    send_unclaim(core, request, now, false);
    if (late) {
        finish_expired(core, request, now);
        return true;
    }
    /* One in doubt is not sent again behind a leave: it is only looked up. */
    if (left && doubt)
        request->look = LOOK_RESOLVE;
    attempt_clear_mark(core, request);
    request->held = held > now->boot_usec;
    request_wait(core, request, now, held);
    return true;
}

static void on_request_stored(Core *core, CoreRequest *request, const CoreNow *now, int r)
{
    request->owner->count--;
    if (r < 0) {
        refused(core, request, now, r);
        return;
    }
    bool sends = request->phase == PHASE_ACCEPTING_MARKED;
    request->stored = true;
    request->phase = PHASE_IDLE;
    if (!core_broken(BREAK_ACCEPT_BEFORE_COMMIT))
        effect_add(core, CORE_EFFECT_ACCEPTED, request);
    supersede_older(core, request, now);
    if (sends) {
        if (!turn_lost(core, request, now))
            send_begin(core, request, now);
        return;
    }
    /* Kept for those that are sent soon. */
    if (core->resident > RESIDENT_MAX || core->down || core->sleeping)
        request_drop_body(core, request);
    if (request->behind_leave) {
        leave_refuse(core, request, now);
        return;
    }
    if (request->overtaken) {
        supersede_end(core, request, now);
        return;
    }
    if (account_ends(core, request, now))
        return;
    request_set_timer(core, request, now);
    lane_update(core, request->lane, now);
}

static void on_marked(Core *core, CoreRequest *request, const CoreNow *now, int r)
{
    if (r < 0) {
        /* Never sent without its mark: after a crash nobody would know. */
        send_unclaim(core, request, now, false);
        request_set_error(request, "the agent's store cannot be written");
        request_wait(core, request, now, now->boot_usec + STORE_RETRY_USEC);
        return;
    }
    request->marked = true;
    if (!turn_lost(core, request, now))
        send_begin(core, request, now);
}

/* The limiter entry of an attempt without a mark. One that cannot be written keeps nothing back: this agent counts it. */
static void on_counted(Core *core, CoreRequest *request, const CoreNow *now)
{
    if (request->abandoned) {
        send_unclaim(core, request, now, false);
        lane_leave(core, request, now);
        finish_remove(core, request, false);
    } else if (!turn_lost(core, request, now)) {
        send_begin(core, request, now);
    }
}

static void on_result_stored(Core *core, CoreRequest *request, const CoreNow *now, int r)
{
    request->storing = false;
    request->result_stored = r == 0;
    if (!request->told)
        finish_complete(core, request, now);
    if (r < 0)
        request->not_before = now->boot_usec + RESULT_RETRY_USEC;
    if (request->abandoned)
        core_acknowledge(core, now, request);
    else
        request_set_timer(core, request, now);
}

void core_on_stored(Core *core, const CoreNow *now, CoreRequest *request, CoreEffectType effect, int r)
{
    core->unstored--;
    switch (effect) {
    case CORE_EFFECT_STORE_REQUEST:
        on_request_stored(core, request, now, r);
        break;
    case CORE_EFFECT_STORE_MARK:
        on_marked(core, request, now, r);
        break;
    case CORE_EFFECT_STORE_ATTEMPT:
        on_counted(core, request, now);
        break;
    case CORE_EFFECT_STORE_RESULT:
        on_result_stored(core, request, now, r);
        break;
    default:
        assert(false);
    }
    schedule_run(core, now);
}

void core_on_loaded(Core *core, const CoreNow *now, CoreRequest *request, int r, const char *body,
                    size_t body_size)
{
    judge_loaded(core, request, now, r, body, body_size);
    schedule_run(core, now);
}
