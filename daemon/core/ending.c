/* SPDX-License-Identifier: MIT */
/* Ends with what the service has told: the result and its words. */
#include "core/internal.h"

#include <stdio.h>

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void take_document(CoreResult *result, const CoreAttempt *attempt)
{
    if (!attempt->document)
        return;
    result->session = malloc(attempt->document_size + 1);
    if (!result->session) {
        result->session_dropped = true;
        return;
    }
    memcpy(result->session, attempt->document, attempt->document_size);
    result->session[attempt->document_size] = '\0';
    result->session_size = attempt->document_size;
}

static void take_status(CoreResult *result, const CoreRequest *request, const CoreAttempt *attempt)
{
    if (!core_kind_is_write((CoreKind)request->kind) || attempt->fate != CORE_FATE_ANSWERED ||
        result->outcome == CORE_OUTCOME_UNKNOWN)
        return;
    result->has_write_status = true;
    if (result->outcome == CORE_OUTCOME_OUT_OF_SYNC)
        result->write_status = CORE_STATUS_OUT_OF_SYNC;
    else if (result->outcome == CORE_OUTCOME_APPLIED && (request->look || attempt->status == 412))
        /* Found by looking: the read's own status says nothing of the write. */
        result->write_status = !attempt->document                      ? CORE_STATUS_SESSION_DELETED
                               : request->mode == CORE_MODE_CREATE_NEW ? CORE_STATUS_CREATED
                                                                       : CORE_STATUS_UPDATED;
    else
        result->write_status = outcome_write_status(attempt->status);
}

void ending(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
            CoreOutcome outcome, CoreApplied applied, const char *error, const char *message)
{
    CoreResult *result = finish_result(outcome, applied, error, message);
    result->http_status = attempt->status;
    result->resolved = request->maybe_applied && applied != CORE_APPLIED_UNKNOWN;
    take_status(result, request, attempt);
    take_document(result, attempt);
    result->etag = copy(attempt->etag);
    result->date = copy(attempt->date);
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

/* What can be said of a write that did not get through in the end. */
CoreApplied ending_doubt(const CoreRequest *request)
{
    return request->maybe_applied && !request->denied ? CORE_APPLIED_UNKNOWN : CORE_APPLIED_NO;
}

void ending_unknown(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                    const char *why)
{
    char message[ENDING_MESSAGE_SIZE];
    snprintf(
        message, sizeof message,
        "It was sent, but %.200s, and %.120s, so nobody can tell whether it was applied. Read the session "
        "before you "
        "write it again.",
        request->last_error ? request->last_error : "no answer came", why);
    ending(core, request, now, attempt, CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, ERROR_NO_ANSWER, message);
}

void ending_rejected(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    char message[ENDING_MESSAGE_SIZE];
    const char *advice = "Change the request before you send it again.";
    if (attempt->status == 404)
        advice = "The handle, session or template is not there (any more): ask for a new handle.";
    else if (attempt->status == 401)
        advice = attempt->server_message ? "The account's token was not taken: see the service's words."
                                         : "The account's token was not taken: sign in again.";
    else if (attempt->status == 403)
        advice = "The account may not do this: see the service's words.";
    /* An earlier attempt may have been applied, whatever this one was told. */
    if (ending_doubt(request) == CORE_APPLIED_UNKNOWN) {
        snprintf(message, sizeof message, "a later attempt was refused with %u", attempt->status);
        ending_unknown(core, request, now, attempt, message);
        return;
    }
    snprintf(message, sizeof message, "The directory refused it with %u. %s", attempt->status, advice);
    ending(core, request, now, attempt, CORE_OUTCOME_REJECTED, CORE_APPLIED_NO,
           outcome_error(attempt->status), message);
}

void ending_out_of_sync(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                        CoreApplied applied)
{
    const char *message =
        applied == CORE_APPLIED_UNKNOWN ? "The session has been changed by someone else since this was sent "
                                          "without an answer, so nobody can tell "
                                          "whether it was applied before that. Make the change again from "
                                          "the document that comes with this result."
        : request->mode == CORE_MODE_CREATE_NEW ? "The session exists already. Nothing was written."
        : attempt->document
            ? "The session is another version than the change was made from; it comes with this result. "
              "Make the change again from it."
            : "The session does not exist, or is another version. Nothing was written.";
    ending(core, request, now, attempt, CORE_OUTCOME_OUT_OF_SYNC, applied, ERROR_OUT_OF_SYNC, message);
}
