/* SPDX-License-Identifier: MIT */
/* Coming back after a restart. */
#include "core/internal.h"

#include "ipc/names.h"

int core_restore_handle(Core *core, const char *handle_id, const char *scid, const char *template_name,
                        const char *name)
{
    int r = handle_know(core, handle_id, scid, template_name, name);
    return r == -EEXIST ? 0 : r;
}

int core_restore_limiter(Core *core, const CoreNow *now, const char *account, uint32_t title_id,
                         uint64_t ended_wall_usec)
{
    Limiter *limiter;
    uint64_t age = now->wall_usec > ended_wall_usec ? now->wall_usec - ended_wall_usec : 0;
    if (age >= LIMITER_SUSTAINED_USEC)
        return 0;
    int r = limiter_find(core, account, title_id, &limiter);
    if (r < 0)
        return r;
    limiter_restore(&limiter->log, now->boot_usec > age ? now->boot_usec - age : 0);
    return 0;
}

int core_restore_hold(Core *core, const CoreNow *now, const char *account, uint32_t title_id,
                      uint64_t until_wall_usec)
{
    Limiter *limiter;
    if (until_wall_usec <= now->wall_usec)
        return 0;
    uint64_t left = until_wall_usec - now->wall_usec;
    /* A wall clock that was set back must not hold everything for years. */
    uint64_t until = now->boot_usec + (left < HOLD_MAX_USEC ? left : HOLD_MAX_USEC);
    if (!*account) {
        core->host_held_until = until;
        return 0;
    }
    int r = limiter_find(core, account, title_id, &limiter);
    if (r == 0)
        limiter->log.held_until = until;
    return r;
}

int core_restore_acknowledged(Core *core, const char *id, const unsigned char hash[32], CoreOutcome outcome,
                              uint64_t wall_usec)
{
    return remember(core, id, hash, outcome, wall_usec);
}

static uint64_t boot_of_wall(uint64_t wall, const CoreNow *now)
{
    if (wall >= now->wall_usec)
        return now->boot_usec + (wall - now->wall_usec);
    uint64_t age = now->wall_usec - wall;
    return now->boot_usec > age ? now->boot_usec - age : 0;
}

static int restore_fill(Core *core, const CoreNow *now, const CoreStored *record, bool same_boot,
                        CoreRequest *request)
{
    request->sequence = record->sequence;
    if (record->sequence > core->sequence)
        core->sequence = record->sequence;
    request->kind = (uint8_t)record->kind;
    request->mode = (uint8_t)record->mode;
    request->durability = (uint8_t)record->durability;
    request->title_id = record->title_id;
    request->write_class = (uint8_t)record->write_class;
    request->attempts = record->attempts;
    request->fail_when_offline = record->fail_when_offline;
    request->stored = true;
    memcpy(request->hash, record->hash, sizeof request->hash);
    request->body_size = (uint32_t)record->body_size;
    request->accepted_wall = record->accepted_wall_usec;
    request->accepted_boot =
        same_boot ? record->accepted_boot_usec : boot_of_wall(record->accepted_wall_usec, now);
    request->deadline =
        same_boot ? record->deadline_boot_usec : boot_of_wall(record->deadline_wall_usec, now);
    /* A wall clock that was set forward and back must not let a request live for years. */
    if (request->deadline > now->boot_usec + MPS_DEADLINE_MAX_USEC)
        request->deadline = now->boot_usec + MPS_DEADLINE_MAX_USEC;
    if (record->etag && !(request->etag = strdup(record->etag)))
        return -ENOMEM;
    if (record->supersedes && !(request->supersedes = strdup(record->supersedes)))
        return -ENOMEM;
    return 0;
}

int core_restore(Core *core, const CoreNow *now, const CoreStored *record, bool same_boot, bool clean)
{
    if (core_find(core, record->id))
        return 0;
    CoreRequest *request;
    int r = request_new(core, record->id, record->account, record->app_id, "", record->target, &request);
    if (r < 0)
        return r;
    r = restore_fill(core, now, record, same_boot, request);
    if (r < 0) {
        request_undo(core, request);
        return r;
    }
    if (!same_boot && now->wall_usec < record->accepted_wall_usec)
        core->clock_lost = true;
    request_count_bytes(core, request, (uint32_t)(record->done ? record->result_size : record->body_size));

    if (record->done) {
        request->phase = PHASE_DONE;
        request->outcome = (uint8_t)record->outcome;
        request->result_stored = request->told = true;
        request->done_at = boot_of_wall(record->done_wall_usec, now);
        core->queued--;
        core->unacknowledged++;
        request->state = CORE_STATE_DONE;
        TAILQ_INSERT_TAIL(&core->done, request, in_list);
        request_set_timer(core, request, now);
        return 0;
    }
    request->phase = PHASE_IDLE;
    request->marked = record->marked;
    request->maybe_applied = record->marked || (!same_boot && !clean);
    r = lane_join(core, request);
    if (r < 0) {
        request_undo(core, request);
        return r;
    }
    return 0;
}

/* A write that may have gone out before: what is known of it now. */
static void start_ambiguous(Core *core, CoreRequest *request, const CoreNow *now)
{
    request_set_error(request, "the agent ended while it was being sent");
    if (request_is_conditional(request)) {
        request_set_state(core, request, CORE_STATE_RESOLVING);
        return;
    }
    CoreResult *result = finish_result(CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, ERROR_NO_ANSWER,
                                       "The agent ended while it was being sent, so nobody can tell whether "
                                       "it was applied. Read the session before you "
                                       "write it again.");
    result->retryable = true;
    finish(core, request, now, result);
}

void core_start(Core *core, const CoreNow *now)
{
    CoreRequest *request, *next;
    for (request = TAILQ_FIRST(&core->all); request; request = next) {
        next = TAILQ_NEXT(request, all);
        if (request->phase != PHASE_IDLE)
            continue;
        if (core->clock_lost) {
            finish(
                core, request, now,
                finish_result(
                    request->maybe_applied ? CORE_OUTCOME_UNKNOWN : CORE_OUTCOME_EXPIRED,
                    request->maybe_applied ? CORE_APPLIED_UNKNOWN : CORE_APPLIED_NO, ERROR_LOST_CLOCK,
                    "After a restart the clock was earlier than what is stored, so nobody can tell whether "
                    "the deadline has passed. It was not sent again."));
        } else if (now->boot_usec >= request->deadline) {
            finish_expired(core, request, now);
        } else if (request->maybe_applied) {
            start_ambiguous(core, request, now);
        }
        if (request->phase == PHASE_IDLE) {
            request_set_timer(core, request, now);
            lane_update(core, request->lane, now);
        }
    }
    schedule_run(core, now);
}
