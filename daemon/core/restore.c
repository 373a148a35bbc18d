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
    /* What was under way when the last agent died has its beginning here, and the service may have counted it at its end. */
    age = age > ATTEMPT_MAX_USEC ? age - ATTEMPT_MAX_USEC : 0;
    if (age >= LIMITER_SUSTAINED_USEC || core_broken(BREAK_LIMITER_PER_PROCESS))
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

void core_restore_newest(Core *core, uint64_t wall_usec)
{
    if (wall_usec > core->newest_wall)
        core->newest_wall = wall_usec;
}

/* May be older than the boot: then it lies before 0, and sums with it come out right all the same. */
static uint64_t boot_of_age(const CoreNow *now, uint64_t age, uint64_t most)
{
    return now->boot_usec - (age < most ? age : most);
}

int core_restore_acknowledged(Core *core, const CoreNow *now, const char *id, const unsigned char hash[32],
                              CoreOutcome outcome, uint64_t age_usec)
{
    if (outcome > CORE_OUTCOME_UNKNOWN)
        return -EBADMSG;
    return remember(core, id, hash, outcome, boot_of_age(now, age_usec, KEEP_USEC + 1));
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
    uint64_t wall = record->accepted_wall_usec;
    uint64_t age = now->wall_usec > wall ? now->wall_usec - wall : 0;
    request->sequence = record->sequence;
    if (record->sequence > core->sequence)
        core->sequence = record->sequence;
    request->kind = (uint8_t)record->kind;
    request->mode = (uint8_t)record->mode;
    request->durability = (uint8_t)record->durability;
    request->title_id = record->title_id;
    WriteFacts facts = write_facts_unpack(record->write_class);
    request->write_class = (uint8_t)facts.write_class;
    request->own_only = facts.own_only;
    request->encounters = facts.encounters;
    request->attempts = record->attempts;
    request->fail_when_offline = record->fail_when_offline;
    request->stored = true;
    memcpy(request->hash, record->hash, sizeof request->hash);
    request->body_size = (uint32_t)record->body_size;
    request->accepted_wall = record->accepted_wall_usec;
    request->accepted_boot = same_boot ? record->accepted_boot_usec : boot_of_age(now, age, UINT64_MAX);
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

/* Only writes are stored. What is beyond is damage, which must not be taken for a number of a name. */
static bool restore_readable(const CoreStored *record)
{
    const char *slash = strchr(record->target, '/');
    bool reference = record->kind == CORE_WRITE_SESSION && slash && strchr(slash + 1, '/');
    return (reference || record->kind == CORE_WRITE_SESSION_BY_HANDLE) && record->mode > CORE_MODE_NONE &&
           record->mode <= CORE_MODE_SYNCHRONIZED_UPDATE && record->durability > CORE_DURABILITY_DEFAULT &&
           record->durability < CORE_DURABILITY_NONE && record->outcome <= CORE_OUTCOME_UNKNOWN;
}

int core_restore(Core *core, const CoreNow *now, const CoreStored *record, bool same_boot, bool clean)
{
    if (!restore_readable(record))
        return -EBADMSG;
    if (core_find(core, record->id) || (record->done && core_broken(BREAK_DROP_RESULT)))
        return 0;
    CoreRequest *request;
    core->restoring = true;
    int r = request_new(core, record->id, record->account, record->app_id, "", record->target, &request);
    if (r < 0)
        return r;
    r = restore_fill(core, now, record, same_boot, request);
    if (r < 0) {
        request_undo(core, request);
        return r;
    }
    request->other_boot = !same_boot;
    core_restore_newest(core, record->accepted_wall_usec);
    core_restore_newest(core, record->done_wall_usec);
    request_count_bytes(core, request, (uint32_t)(record->done ? record->result_size : record->body_size));

    CLEANUP_FREE char *key = lane_key(core, request);
    int behind = key ? leave_restored(core, request, key, record) : -ENOMEM;
    if (behind < 0) {
        request_undo(core, request);
        return behind;
    }
    if (record->done && core_kind_is_write(record->kind) &&
        (record->outcome == CORE_OUTCOME_APPLIED || record->outcome == CORE_OUTCOME_UNKNOWN))
        written_before(core, key, record->sequence, now);
    if (record->done) {
        request->phase = PHASE_DONE;
        request->outcome = (uint8_t)record->outcome;
        request->result_stored = request->told = true;
        request->done_at = boot_of_age(now, record->done_age_usec, KEEP_USEC);
        core->queued--;
        core->unacknowledged++;
        request->state = CORE_STATE_DONE;
        if (request->bytes)
            list_add(&request->app->list, &request->documents);
        request_set_timer(core, request, now);
        return 0;
    }
    request->phase = PHASE_IDLE;
    request->marked = record->marked;
    request->maybe_applied = !core_broken(BREAK_FORGET_MARK) && (record->marked || (!same_boot && !clean));
    request->behind_leave = behind || record->behind_leave;
    request->restored = request->maybe_applied;
    if (request->maybe_applied && record->base)
        request->base = version_unpack(record->base);
    r = lane_join(core, request);
    if (r < 0) {
        request_undo(core, request);
        return r;
    }
    return 0;
}

void core_start(Core *core, const CoreNow *now)
{
    CoreRequest *request, *next;
    core->restoring = false;
    leave_restore_end(core);
    for (request = TAILQ_FIRST(&core->all); request; request = next) {
        next = TAILQ_NEXT(request, all);
        if (request->phase != PHASE_IDLE)
            continue;
        if (request->other_boot && now->wall_usec < core->newest_wall) {
            finish(
                core, request, now,
                finish_result(
                    request->maybe_applied ? CORE_OUTCOME_UNKNOWN : CORE_OUTCOME_EXPIRED,
                    request->maybe_applied ? CORE_APPLIED_UNKNOWN : CORE_APPLIED_NO, ERROR_LOST_CLOCK,
                    "After a restart the clock was earlier than what is stored, so nobody can tell whether "
                    "the deadline has passed. It was not sent again."));
        } else if (request_is_late(request, now)) {
            finish_expired(core, request, now);
        } else if (request->maybe_applied) {
            resolve_restored(core, request, now);
        } else if (request->behind_leave) {
            leave_refuse(core, request, now);
        }
        if (request->phase == PHASE_IDLE && !account_ends(core, request, now)) {
            /* The agent may have died before what this one makes pointless was ended. */
            supersede_older(core, request, now);
            request_set_timer(core, request, now);
            lane_update(core, request->lane, now);
        }
    }
    schedule_run(core, now);
}
