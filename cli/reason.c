/* SPDX-License-Identifier: MIT */
/* Why a request is not done yet, in words. */
#include "cli/reason.h"

#include "cli/duration.h"
#include "cli/json-out.h"
#include "ipc/names.h"

#include <stdio.h>
#include <string.h>

static bool has_text(const json_t *request, const char *key, const char *value)
{
    return strcmp(json_text(request, key), value) == 0;
}

/* Whether an older one of the same account and session is not done: it goes first. */
static bool has_predecessor(const json_t *requests, size_t index, const json_t *request)
{
    for (size_t i = 0; requests && i < index; i++) {
        const json_t *other = json_array_get(requests, i);
        if (!has_text(other, "State", MPS_STATE_DONE) &&
            has_text(other, "Account", json_text(request, "Account")) &&
            has_text(other, "Target", json_text(request, "Target")))
            return true;
    }
    return false;
}

const char *reason_anonymous(const json_t *requests, size_t index, const json_t *request)
{
    const char *state = json_text(request, "State");

    if (strcmp(state, MPS_STATE_DONE) == 0)
        return "done";
    if (strcmp(state, MPS_STATE_SENDING) == 0)
        return "being sent";
    if (strcmp(state, MPS_STATE_RESOLVING) == 0)
        return "outcome being found out";
    if (has_predecessor(requests, index, request))
        return "behind an earlier one";
    if (strcmp(state, MPS_STATE_WAITING) == 0)
        return *json_text(request, "LastError") ? "next attempt, after an error" : "next attempt";
    return *json_text(request, "LastError") ? "its turn, after an error" : "its turn";
}

const char *reason_format(const json_t *requests, size_t index, const json_t *request, bool offline,
                          uint64_t now, char *buffer)
{
    const char *state = json_text(request, "State"), *error = json_text(request, "LastError");
    uint64_t attempts = json_number(request, "Attempts"), next = json_number(request, "NextAttempt");
    char when[DURATION_SIZE];

    if (strcmp(state, MPS_STATE_DONE) == 0) {
        snprintf(buffer, REASON_SIZE, "result kept until it is acknowledged");
    } else if (strcmp(state, MPS_STATE_SENDING) == 0) {
        snprintf(buffer, REASON_SIZE, "being sent now");
    } else if (strcmp(state, MPS_STATE_RESOLVING) == 0) {
        snprintf(buffer, REASON_SIZE, "attempt %llu had no answer: finding out whether it was applied",
                 (unsigned long long)attempts);
    } else if (has_predecessor(requests, index, request)) {
        snprintf(buffer, REASON_SIZE, "an earlier request for this session goes first");
    } else if (*error) {
        if (next)
            snprintf(buffer, REASON_SIZE, "%.300s; next attempt %s", error,
                     next <= now ? "now" : duration_format_relative(next, now, when));
        else
            snprintf(buffer, REASON_SIZE, "%.300s", error);
    } else if (next > now) {
        snprintf(buffer, REASON_SIZE, "next attempt %s", duration_format_relative(next, now, when));
    } else if (offline) {
        snprintf(buffer, REASON_SIZE, "the directory cannot be reached; another request tries it first");
    } else {
        snprintf(buffer, REASON_SIZE, "waiting for its turn");
    }
    return buffer;
}

const char *reason_kind(const char *kind)
{
    if (strncmp(kind, "write-session", 13) == 0)
        return "write";
    if (strncmp(kind, "get-session", 11) == 0)
        return "read";
    if (strcmp(kind, MPS_KIND_SET_ACTIVITY) == 0)
        return "activity";
    if (strcmp(kind, MPS_KIND_GET_ACTIVITIES) == 0)
        return "activities";
    return kind;
}
