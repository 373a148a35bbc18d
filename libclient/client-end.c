/* SPDX-License-Identifier: MIT */
/* The one end of each call. */
#include "client-deliver.h"
#include "client-end.h"

void end_clear_serial(Io *io, Call *call)
{
    if (call->state == CALL_SENT && call->serial != 0) {
        io->in_flight--;
        io->in_flight_bytes -= call->bytes;
    }
    table_set_serial(&io->table, call, 0);
}

/*
 * Calls of the same id: those that asked for the same share the end. A request that waited behind an Attach of its own id
 * is left: it starts when the call comes back, since the id is not free before.
 */
static void end_followers(Io *io, Call *call)
{
    Call **p = &call->followers;

    while (*p) {
        Call *follower = *p;

        if (call->arguments.kind == CALL_ATTACH && follower->arguments.kind != CALL_ATTACH) {
            p = &follower->queue_next;
            continue;
        }
        *p = follower->queue_next;
        follower->state = CALL_DONE;
        follower->result = result_ref(call->result);
        deliver_push(io->client, follower);
    }
}

void end_call(Io *io, Call *call, Result *result, bool has_object)
{
    end_clear_serial(io, call);
    list_remove(call->state == CALL_WAITING ? &io->table.waiting : &io->table.active, call);
    result_unref(call->result);
    call->result = result;
    call->has_object = has_object;
    call->state = CALL_DONE;
    end_followers(io, call);
    deliver_push(io->client, call);
}

static bool call_only_looks(const Call *call)
{
    CallKind kind = call->arguments.kind;

    return kind == CALL_GET || kind == CALL_GET_BY_HANDLE || kind == CALL_GET_ACTIVITIES;
}

void end_error(Io *io, Call *call, MpsError error, const char *code, const char *message)
{
    bool unknown = error == MPS_ERROR_AGENT_LOST || error == MPS_ERROR_LOST || error == MPS_ERROR_INTERNAL ||
                   call->arguments.kind == CALL_ATTACH || call->accepted || call->exposed;
    MpsApplied applied = unknown && !call_only_looks(call) ? MPS_APPLIED_UNKNOWN : MPS_APPLIED_NO;

    end_call(io, call, result_new_error(call->arguments.id, error, applied, code, message), false);
}

static void end_outcome(Io *io, Call *call, MpsOutcome outcome, bool retryable, const char *code,
                        const char *message)
{
    MpsResult draft = {
        .id = call->arguments.id,
        .outcome = outcome,
        .applied = MPS_APPLIED_NO,
        .retryable = retryable,
        .code = code,
        .message = message,
    };

    end_call(io, call, result_new(&draft), false);
}

void end_expired(Io *io, Call *call)
{
    end_outcome(io, call, MPS_OUTCOME_EXPIRED, true, "expired",
                "The deadline came before the agent had the request; nothing was sent.");
}

void end_cancelled(Io *io, Call *call)
{
    end_outcome(io, call, MPS_OUTCOME_CANCELLED, false, "cancelled",
                "It was cancelled before the agent had it.");
}

static uint64_t end_overdue_list(Io *io, CallList *list, uint64_t now, uint64_t next_due)
{
    Call *next;

    for (Call *call = list->first; call; call = next) {
        uint64_t due = call_due_usec(call);

        next = call->next;
        if (due > now)
            next_due = due < next_due ? due : next_due;
        else if (call->state == CALL_FETCHING)
            end_call(io, call, result_ref(call->result), true);
        else if (call->accepted || call->exposed || call->state != CALL_WAITING)
            end_error(io, call, MPS_ERROR_AGENT_LOST, NULL, NULL);
        else
            end_expired(io, call);
    }
    return next_due;
}

void end_overdue(Io *io, uint64_t now)
{
    uint64_t next_due;

    if (now < io->due_usec)
        return;
    next_due = end_overdue_list(io, &io->table.active, now, UINT64_MAX);
    io->due_usec = end_overdue_list(io, &io->table.waiting, now, next_due);
}

void end_unreachable(Io *io, const char *message)
{
    Call *next;

    for (Call *call = io->table.waiting.first; call; call = next) {
        next = call->next;
        /* What an agent may have had is kept: it may come back. */
        if (!call->accepted && !call->exposed)
            end_error(io, call, MPS_ERROR_NO_AGENT, NULL, message);
    }
}
