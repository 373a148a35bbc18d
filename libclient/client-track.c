/* SPDX-License-Identifier: MIT */
/* Calls on their way to the agent. */
#include "client-deliver.h"
#include "client-end.h"
#include "client-link.h"
#include "client-track.h"
#include "client-wire.h"

/* ---- Handing over ---- */

static bool track_uses_attach(const Call *call, uint64_t now)
{
    if (call->arguments.kind == CALL_ATTACH)
        return true;
    if (!call_is_write(call))
        return false;
    /*
     * A write that an agent has had is not handed over again where that could send it twice, or too late: if it was kept,
     * Attach finds it.
     */
    return call->accepted ||
           (call->exposed && (call->arguments.durability == MPS_DURABILITY_NONE ||
                              (call->deadline_boot_usec != 0 && now >= call->deadline_boot_usec)));
}

static void track_send(Io *io, Call *call, uint64_t now)
{
    bool attach = track_uses_attach(call, now);
    DBusMessage *m;
    uint32_t serial;

    if (!attach && call->deadline_boot_usec != 0 && now >= call->deadline_boot_usec) {
        if (call->exposed && call->arguments.kind == CALL_SET_ACTIVITY)
            end_error(io, call, MPS_ERROR_AGENT_LOST, NULL, NULL);
        else
            end_expired(io, call);
        return;
    }
    m = attach ? wire_new_request_call(io->owner, call->arguments.id, WIRE_ATTACH)
               : wire_new_call(io->owner, call);
    if (!bus_send(&io->bus, m, &serial)) {
        end_error(io, call, MPS_ERROR_NO_MEMORY, NULL, NULL);
        return;
    }
    list_remove(&io->table.waiting, call);
    list_append(&io->table.active, call);
    call->by_attach = attach;
    call->state = CALL_SENT;
    table_set_serial(&io->table, call, serial);
    io->in_flight++;
    io->in_flight_bytes += call->bytes;
}

void track_issue(Io *io, uint64_t now)
{
    while (io->table.waiting.first && io->in_flight < IO_WINDOW_CALLS) {
        Call *call = io->table.waiting.first;

        if (io->in_flight > 0 && io->in_flight_bytes + call->bytes > IO_WINDOW_BYTES)
            return;
        track_send(io, call, now);
    }
}

static void track_send_plain(Io *io, const char *id, WireMember member)
{
    (void)bus_send(&io->bus, wire_new_request_call(io->owner, id, member), NULL);
}

void track_acknowledge(Io *io, const char *id)
{
    if (io->link == IO_PRESENT)
        track_send_plain(io, id, WIRE_ACKNOWLEDGE);
    else
        io_note(io, id, false);
}

void track_flush_notes(Io *io)
{
    for (size_t i = 0; i < io->notes_count; i++)
        track_send_plain(io, io->notes[i].id, io->notes[i].cancel ? WIRE_CANCEL : WIRE_ACKNOWLEDGE);
    io->notes_count = 0;
    io->cancels = 0;
}

void track_accepted(Io *io, Call *call)
{
    end_clear_serial(io, call);
    call->accepted = true;
    call->state = CALL_ACCEPTED;
    if (call->cancel && io->link == IO_PRESENT)
        track_send_plain(io, call->arguments.id, WIRE_CANCEL);
}

/* ---- From the game ---- */

static void track_cancel(Io *io, const char *id)
{
    Call *call = table_find(&io->table, id);

    if (!call) {
        if (io->link == IO_PRESENT)
            track_send_plain(io, id, WIRE_CANCEL);
        else
            io_note(io, id, true);
        link_hurry(io);
        return;
    }
    if (call->state == CALL_DONE)
        return;
    call->cancel = true;
    if (call->state == CALL_WAITING && !call->accepted && !call->exposed &&
        call->arguments.kind != CALL_ATTACH)
        end_cancelled(io, call);
    else if (call->state == CALL_ACCEPTED && io->link == IO_PRESENT)
        track_send_plain(io, id, WIRE_CANCEL);
    /* Otherwise it is sent by track_accepted(): the agent shows a request to nobody before it is stored. */
}

/* A call whose id is taken by an earlier one of this client. */
static void track_follow(Io *io, Call *first, Call *call)
{
    bool either_attaches = first->arguments.kind == CALL_ATTACH || call->arguments.kind == CALL_ATTACH;
    Call **p = &first->followers;

    if (first->state != CALL_DONE && !either_attaches && !call_is_same(first, call)) {
        call->state = CALL_DONE;
        call->result = result_new_error(call->arguments.id, MPS_ERROR_ID_REUSED, MPS_APPLIED_NO, NULL, NULL);
        deliver_push(io->client, call);
        return;
    }
    while (*p)
        p = &(*p)->queue_next;
    *p = call;
}

void track_add(Io *io, Call *call)
{
    Call *first;

    call->queue_next = NULL;
    if (call->arguments.kind == CALL_CANCEL) {
        track_cancel(io, call->arguments.id);
        pthread_mutex_lock(&io->client->lock);
        io->client->pending--;
        io->client->pending_bytes -= call->bytes;
        pthread_mutex_unlock(&io->client->lock);
        call_free(call);
        return;
    }
    first = table_find(&io->table, call->arguments.id);
    if (first) {
        track_follow(io, first, call);
        return;
    }
    table_add(&io->table, call);
    list_append(&io->table.waiting, call);
    if (call_due_usec(call) < io->due_usec)
        io->due_usec = call_due_usec(call);
    link_hurry(io);
}

void track_returned(Io *io, Call *call)
{
    Call *followers = call->followers;

    /* A follower that shared another's end is in no table, and the other acknowledges. */
    if (table_find(&io->table, call->arguments.id) == call) {
        table_remove(&io->table, call);
        if (call->has_object)
            track_acknowledge(io, call->arguments.id);
    }
    call_free(call);
    while (followers) {
        Call *next = followers->queue_next;

        track_add(io, followers);
        followers = next;
    }
}

/* ---- From one agent to the next ---- */

void track_reset(Io *io)
{
    for (Call *call = io->table.active.first; call; call = call->next) {
        bool unanswered = call->state == CALL_SENT;

        end_clear_serial(io, call);
        call->result = result_unref(call->result);
        if (unanswered)
            call->exposed = true;
        if (call->accepted && call->arguments.kind != CALL_ATTACH && !call_is_write(call)) {
            /* The agent does not keep these: they are issued again. */
            call->accepted = false;
            call->exposed = true;
        }
        call->state = CALL_WAITING;
        if (call_due_usec(call) < io->due_usec)
            io->due_usec = call_due_usec(call);
    }
    list_put_before(&io->table.waiting, &io->table.active);
}

void track_unreachable(Io *io, const char *message)
{
    size_t kept = 0;

    end_unreachable(io, message);
    for (size_t i = 0; i < io->notes_count; i++) {
        if (!io->notes[i].cancel)
            io->notes[kept++] = io->notes[i];
    }
    io->notes_count = kept;
    io->cancels = 0;
}

static bool list_has_unhanded(const CallList *list)
{
    for (const Call *call = list->first; call; call = call->next) {
        bool changes = call_is_write(call) || call->arguments.kind == CALL_SET_ACTIVITY;

        if (changes && !call->accepted && call->state != CALL_FETCHING)
            return true;
    }
    return false;
}

bool track_has_unhanded(const Io *io)
{
    return io->cancels > 0 || list_has_unhanded(&io->table.waiting) || list_has_unhanded(&io->table.active);
}
