/* SPDX-License-Identifier: MIT */
/* Results: their words, and how they lie in the store. */
#include "core/result.h"

#include "core/outcome.h"
#include "ipc/names.h"

#include <jansson.h>

static const char *const outcome_names[] = {
    [CORE_OUTCOME_APPLIED] = MPS_OUTCOME_APPLIED,     [CORE_OUTCOME_OUT_OF_SYNC] = MPS_OUTCOME_OUT_OF_SYNC,
    [CORE_OUTCOME_REJECTED] = MPS_OUTCOME_REJECTED,   [CORE_OUTCOME_EXPIRED] = MPS_OUTCOME_EXPIRED,
    [CORE_OUTCOME_CANCELLED] = MPS_OUTCOME_CANCELLED, [CORE_OUTCOME_SUPERSEDED] = MPS_OUTCOME_SUPERSEDED,
    [CORE_OUTCOME_UNKNOWN] = MPS_OUTCOME_UNKNOWN,
};

static const char *const applied_names[] = {MPS_APPLIED_NO, MPS_APPLIED_YES, MPS_APPLIED_UNKNOWN};

static const char *const status_names[] = {"Unknown",        "AccessDenied", "Created",        "Conflict",
                                           "HandleNotFound", "OutOfSync",    "SessionDeleted", "Updated"};

/* Codes are static in memory, so a stored one is looked up here. */
static const char *const error_codes[] = {
    ERROR_REJECTED,     ERROR_UNAUTHORIZED, ERROR_FORBIDDEN,  ERROR_HANDLE_NOT_FOUND, ERROR_OUT_OF_SYNC,
    ERROR_NO_ANSWER,    ERROR_EXPIRED,      ERROR_OFFLINE,    ERROR_NEEDS_SIGN_IN,    ERROR_CANCELLED,
    ERROR_SUPERSEDED,   ERROR_BAD_ANSWER,   ERROR_LOST_CLOCK, ERROR_NO_SESSION,       ERROR_LEFT,
    ERROR_SESSION_GONE, ERROR_SIGNED_OUT,
};

CoreResult *core_result_free(CoreResult *result)
{
    if (!result)
        return NULL;
    free(result->etag);
    free(result->date);
    free(result->session);
    free(result->scid);
    free(result->template_name);
    free(result->name);
    free(result->handle_id);
    free(result->activities);
    free(result->message);
    free(result->server_message);
    free(result);
    return NULL;
}

const char *core_outcome_name(CoreOutcome outcome)
{
    return outcome_names[outcome];
}

const char *core_applied_name(CoreApplied applied)
{
    return applied_names[applied];
}

const char *core_write_status_name(CoreWriteStatus status)
{
    return status_names[status];
}

static int put_text(json_t *object, const char *key, const char *text)
{
    return text ? json_object_set_new(object, key, json_string(text)) : 0;
}

int core_result_pack(const CoreResult *result, char **text)
{
    CLEANUP(json_decrefp)
    json_t *object = json_pack(
        "{s:i, s:i, s:i, s:b, s:i, s:i, s:b, s:b, s:b, s:I}", "outcome", (int)result->outcome, "applied",
        (int)result->applied, "status", (int)result->write_status, "has-status",
        (int)result->has_write_status, "http", (int)result->http_status, "attempts", (int)result->attempts,
        "resolved", (int)result->resolved, "retryable", (int)result->retryable, "dropped",
        (int)result->session_dropped, "retry-after", (json_int_t)result->retry_after_usec);
    if (!object || put_text(object, "etag", result->etag) || put_text(object, "date", result->date) ||
        put_text(object, "scid", result->scid) || put_text(object, "template", result->template_name) ||
        put_text(object, "name", result->name) || put_text(object, "handle", result->handle_id) ||
        put_text(object, "activities", result->activities) || put_text(object, "error", result->error) ||
        put_text(object, "message", result->message) || put_text(object, "server", result->server_message))
        return -ENOMEM;
    char *made = json_dumps(object, JSON_COMPACT);
    if (!made)
        return -ENOMEM;
    *text = made;
    return 0;
}

static int take_text(const json_t *object, const char *key, char **text)
{
    const char *value = json_string_value(json_object_get(object, key));
    if (!value)
        return 0;
    *text = strdup(value);
    return *text ? 0 : -ENOMEM;
}

static const char *known_error(const char *code)
{
    for (size_t i = 0; code && i < ELEMENTS(error_codes); i++)
        if (string_equal(code, error_codes[i]))
            return error_codes[i];
    return NULL;
}

int core_result_unpack(const char *text, char *document, size_t document_size, CoreResult **result)
{
    CLEANUP(json_decrefp) json_t *object = json_loads(text, 0, NULL);
    int outcome, applied, status, has_status, http, attempts, resolved, retryable, dropped;
    json_int_t retry_after;
    if (!object || json_unpack(object, "{s:i, s:i, s:i, s:b, s:i, s:i, s:b, s:b, s:b, s:I}", "outcome",
                               &outcome, "applied", &applied, "status", &status, "has-status", &has_status,
                               "http", &http, "attempts", &attempts, "resolved", &resolved, "retryable",
                               &retryable, "dropped", &dropped, "retry-after", &retry_after) < 0)
        return -EBADMSG;
    if (outcome < 0 || outcome > CORE_OUTCOME_UNKNOWN || applied < 0 || applied > CORE_APPLIED_UNKNOWN ||
        status < 0 || status > CORE_STATUS_UPDATED || http < 0 || attempts < 0 || retry_after < 0)
        return -EBADMSG;

    CLEANUP(core_result_freep) CoreResult *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    made->outcome = (CoreOutcome)outcome;
    made->applied = (CoreApplied)applied;
    made->write_status = (CoreWriteStatus)status;
    made->has_write_status = has_status;
    made->http_status = (unsigned)http;
    made->attempts = (unsigned)attempts;
    made->resolved = resolved;
    made->retryable = retryable;
    made->session_dropped = dropped;
    made->retry_after_usec = (uint64_t)retry_after;
    made->error = known_error(json_string_value(json_object_get(object, "error")));
    if (take_text(object, "etag", &made->etag) || take_text(object, "date", &made->date) ||
        take_text(object, "scid", &made->scid) || take_text(object, "template", &made->template_name) ||
        take_text(object, "name", &made->name) || take_text(object, "handle", &made->handle_id) ||
        take_text(object, "activities", &made->activities) || take_text(object, "message", &made->message) ||
        take_text(object, "server", &made->server_message))
        return -ENOMEM;
    if (made->scid && (!made->template_name || !made->name))
        return -EBADMSG;
    made->session = document;
    made->session_size = document ? document_size : 0;
    *result = TAKE(made);
    return 0;
}
