/* SPDX-License-Identifier: MIT */
/* What the agent says about calls. */
#include <string.h>

#include "client-end.h"
#include "client-link.h"
#include "client-reply.h"
#include "client-track.h"
#include "client-wire.h"
#include "client-words.h"

#define HTTP_NO_CONTENT 204

/* The result without the document: it is over, whatever became of that. */
static void reply_end_without_document(Io *io, Call *call)
{
    Result *result = call->result;

    call->result = NULL;
    result_set_session_dropped(result);
    end_call(io, call, result, true);
}

static void reply_take_document(Io *io, Call *call, DBusMessage *message)
{
    bool has_session;
    Result *result;

    result = wire_read_result(message, call->arguments.id, &has_session);
    if (!result || result_view(result)->error != MPS_OK) {
        result_unref(result);
        reply_end_without_document(io, call);
        return;
    }
    end_call(io, call, result, true);
}

static void reply_take_return(Io *io, Call *call, DBusMessage *message)
{
    const char *path;
    char id[MPS_ID_SIZE];

    if (call->state == CALL_FETCHING) {
        reply_take_document(io, call, message);
        return;
    }
    if (!call->by_attach) {
        path = wire_read_text(message, DBUS_TYPE_OBJECT_PATH);
        if (!path || !wire_path_to_id(path, id) || strcmp(id, call->arguments.id) != 0) {
            end_error(io, call, MPS_ERROR_INTERNAL, NULL,
                      "The agent answered with something that is not this request.");
            return;
        }
    }
    track_accepted(io, call);
}

static void reply_take_refusal(Io *io, Call *call, DBusMessage *message)
{
    const char *text = wire_read_text(message, DBUS_TYPE_STRING);
    int error = words_to_error(dbus_message_get_error_name(message));

    if (text && text[0] == '\0')
        text = NULL;
    if (error == MPS_ERROR_NO_SUCH_REQUEST && call->by_attach && call_is_write(call)) {
        if (call->accepted || call->arguments.durability == MPS_DURABILITY_NONE)
            end_error(io, call, MPS_ERROR_LOST, NULL, NULL);
        else
            end_expired(io, call); /* it was never stored, so never sent */
        return;
    }
    if (error == MPS_ERROR_NO_SUCH_REQUEST && call->arguments.kind == CALL_ATTACH && call->accepted) {
        end_error(io, call, MPS_ERROR_LOST, NULL, NULL);
        return;
    }
    /* The agent did not take it now, so it did not keep an earlier copy either: that would have been the answer. */
    if (!call->by_attach)
        call->exposed = false;
    end_error(io, call, (MpsError)error, NULL, text);
}

void reply_take(Io *io, uint32_t serial, DBusMessage *message)
{
    Call *call = table_find_serial(&io->table, serial);
    WordsLoss loss;

    if (!call)
        return;
    if (dbus_message_get_type(message) != DBUS_MESSAGE_TYPE_ERROR) {
        reply_take_return(io, call, message);
        return;
    }
    loss = words_to_loss(dbus_message_get_error_name(message));
    if (loss != WORDS_LOSS_NONE) {
        end_clear_serial(io, call);
        if (loss == WORDS_LOSS_UNCERTAIN && call->state == CALL_SENT)
            call->exposed = true;
        call->state = CALL_PARKED;
        link_lost(io, loss == WORDS_LOSS_LEAVING);
    } else if (call->state == CALL_FETCHING) {
        reply_end_without_document(io, call);
    } else {
        reply_take_refusal(io, call, message);
    }
}

/* Completed leaves a large document out; nothing says so but that it is missing where there should be one. */
static bool reply_wants_document(const Call *call, const MpsResult *result, bool has_session)
{
    CallKind kind = call->arguments.kind;

    return !has_session && !result->session_dropped && result->error == MPS_OK && kind != CALL_SET_ACTIVITY &&
           kind != CALL_GET_ACTIVITIES && result->http_status != 0 &&
           result->http_status != HTTP_NO_CONTENT && result->handle_id[0] == '\0' &&
           result->activities[0] == '\0' &&
           (result->outcome == MPS_OUTCOME_APPLIED || result->outcome == MPS_OUTCOME_OUT_OF_SYNC);
}

void reply_take_completed(Io *io, const char *id, DBusMessage *message)
{
    Call *call = table_find(&io->table, id);
    bool has_session;
    Result *result;
    uint32_t serial;

    if (!call || (call->state == CALL_DONE && !call->has_object)) {
        /* Told before, or given up before: the game has had its one completion. */
        track_acknowledge(io, id);
        return;
    }
    if (call->state == CALL_DONE || call->state == CALL_FETCHING)
        return;
    result = wire_read_result(message, id, &has_session);
    if (result && io->link == IO_PRESENT && reply_wants_document(call, result_view(result), has_session) &&
        bus_send(&io->bus, wire_new_request_call(io->owner, id, WIRE_GET_RESULT), &serial)) {
        end_clear_serial(io, call);
        if (call->state == CALL_WAITING) {
            list_remove(&io->table.waiting, call);
            list_append(&io->table.active, call);
        }
        call->accepted = true;
        call->state = CALL_FETCHING;
        call->result = result;
        table_set_serial(&io->table, call, serial);
        return;
    }
    end_call(io, call, result, true);
}
