/* SPDX-License-Identifier: MIT */
/* Scripted faults: which request meets which accident. */
#include "directory/fault.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "directory/schema.h"
#include "directory/util.h"

static const struct {
    const char *name;
    FaultStage stage;
} kinds[] = {
    [FAULT_NONE] = {"", FAULT_AT_REQUEST},
    [FAULT_NO_ANSWER] = {"F1", FAULT_AT_REQUEST},
    [FAULT_LOST_ANSWER] = {"F2", FAULT_AT_REQUEST},
    [FAULT_LATE] = {"F3", FAULT_AT_REQUEST},
    [FAULT_CUT_BODY] = {"F4", FAULT_AT_REQUEST},
    [FAULT_SERVER_ERROR] = {"F5", FAULT_AT_REQUEST},
    [FAULT_UNAVAILABLE] = {"F6", FAULT_AT_REQUEST},
    [FAULT_THROTTLED] = {"F7", FAULT_AT_REQUEST},
    [FAULT_UNAUTHORIZED] = {"F8", FAULT_AT_REQUEST},
    [FAULT_STALE_CONNECTION] = {"F11", FAULT_BEFORE_BODY},
    [FAULT_SESSION_GONE] = {"F12", FAULT_AT_REQUEST},
    [FAULT_BARE_CONFLICT] = {"F13", FAULT_AT_REPLY},
    [FAULT_NO_LOCATION] = {"F14", FAULT_AT_REPLY},
    [FAULT_GARBAGE] = {"garbage", FAULT_AT_REQUEST},
    [FAULT_HUGE] = {"huge", FAULT_AT_REQUEST},
    [FAULT_HALF] = {"half", FAULT_AT_REQUEST},
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *fault_name(FaultKind kind)
{
    return kinds[kind].name;
}

static FaultKind fault_kind(const char *name)
{
    for (size_t i = 1; i < N_KINDS; i++)
        if (strcasecmp(kinds[i].name, name) == 0)
            return (FaultKind)i;
    return FAULT_NONE;
}

static int read_number(const json_t *json, const char *key, unsigned fallback, unsigned maximum,
                       unsigned *out, Refusal *refusal)
{
    const json_t *value = json_object_get(json, key);

    if (value &&
        (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > maximum))
        return refuse(refusal, 400, "%s must be a number from 0 to %u.", key, maximum);
    *out = value ? (unsigned)json_integer_value(value) : fallback;
    return 0;
}

static int read_flag(const json_t *json, const char *key, bool fallback, bool *out, Refusal *refusal)
{
    const json_t *value = json_object_get(json, key);

    if (value && !json_is_boolean(value))
        return refuse(refusal, 400, "%s must be a boolean.", key);
    *out = value ? json_is_true(value) : fallback;
    return 0;
}

static int read_text(const json_t *json, const char *key, const char **out, Refusal *refusal)
{
    const json_t *value = json_object_get(json, key);

    if (value && !json_is_string(value))
        return refuse(refusal, 400, "%s must be a string.", key);
    *out = json_string_value(value);
    return 0;
}

/* Whether the write takes effect unless "apply" or "when" says otherwise. */
static bool applies_by_default(FaultKind kind)
{
    return kind != FAULT_NO_ANSWER && kind != FAULT_SERVER_ERROR && kind != FAULT_UNAVAILABLE &&
           kind != FAULT_THROTTLED && kind != FAULT_UNAUTHORIZED;
}

static const char *default_retry_after(FaultKind kind)
{
    return kind == FAULT_UNAVAILABLE ? "3" : kind == FAULT_THROTTLED ? "9" : "";
}

static int fault_parse(const json_t *json, Fault *out, Refusal *refusal)
{
    const char *name = NULL, *method = NULL, *path = NULL, *xuid = NULL, *when = NULL, *retry_after = NULL;
    Fault fault = {0};

    if (schema_check_shape(json, "A fault",
                           "fault,method,path,xuid,count,skip,when,apply,answer,delay_ms,status,retry_after",
                           refusal) != 0 ||
        read_text(json, "fault", &name, refusal) != 0 || read_text(json, "method", &method, refusal) != 0 ||
        read_text(json, "path", &path, refusal) != 0 || read_text(json, "xuid", &xuid, refusal) != 0 ||
        read_text(json, "when", &when, refusal) != 0 ||
        read_text(json, "retry_after", &retry_after, refusal) != 0)
        return REFUSED;
    fault.kind = fault_kind(name ? name : "");
    if (fault.kind == FAULT_NONE)
        return refuse(refusal, 400, "fault is one of F1 to F8, F11 to F14, garbage, huge, half.");
    if (when && strcmp(when, "before") != 0 && strcmp(when, "after") != 0)
        return refuse(refusal, 400, "when is before or after.");
    if (retry_after && strlen(retry_after) >= FAULT_RETRY_AFTER_SIZE)
        return refuse(refusal, 400, "retry_after is longer than %d bytes.", FAULT_RETRY_AFTER_SIZE - 1);
    if (retry_after && strpbrk(retry_after, "\r\n"))
        return refuse(refusal, 400, "retry_after is one line.");
    if (read_number(json, "count", 1, 1000000, &fault.count, refusal) != 0 ||
        read_number(json, "skip", 0, 1000000, &fault.skip, refusal) != 0 ||
        read_number(json, "status", 500, 599, &fault.status, refusal) != 0 ||
        read_number(json, "delay_ms", 8000, FAULT_DELAY_MAX_MS, &fault.delay_ms, refusal) != 0 ||
        read_flag(json, "apply", when ? strcmp(when, "after") == 0 : applies_by_default(fault.kind),
                  &fault.apply, refusal) != 0 ||
        read_flag(json, "answer", false, &fault.answer, refusal) != 0)
        return REFUSED;
    if (fault.status < 200)
        return refuse(refusal, 400, "status is from 200 to 599.");
    snprintf(fault.retry_after, sizeof(fault.retry_after), "%s",
             retry_after ? retry_after : default_retry_after(fault.kind));
    fault.method = method ? text_copy(method) : NULL;
    fault.path = path ? text_copy(path) : NULL;
    fault.xuid = xuid ? text_copy(xuid) : NULL;
    *out = fault;
    return 0;
}

int fault_add(FaultList *list, const json_t *json, Refusal *refusal)
{
    Fault fault;

    if (list->count == FAULTS_MAX)
        return refuse(refusal, 400, "There are %d faults already.", FAULTS_MAX);
    if (fault_parse(json, &fault, refusal) != 0)
        return REFUSED;
    list->faults = memory_resize(list->faults, (list->count + 1) * sizeof(*list->faults));
    list->faults[list->count++] = fault;
    return 0;
}

static void fault_free(Fault *fault)
{
    free(fault->method);
    free(fault->path);
    free(fault->xuid);
}

void fault_clear(FaultList *list)
{
    for (size_t i = 0; i < list->count; i++)
        fault_free(&list->faults[i]);
    free(list->faults);
    *list = (FaultList){0};
}

static bool fault_matches(const Fault *fault, FaultStage stage, const FaultSubject *subject)
{
    if (kinds[fault->kind].stage != stage)
        return false;
    if ((fault->method && strcasecmp(fault->method, subject->method) != 0) ||
        (fault->path && !strcasestr(subject->path, fault->path)) ||
        (fault->xuid && strcmp(fault->xuid, subject->xuid) != 0))
        return false;
    switch (fault->kind) {
    case FAULT_STALE_CONNECTION:
        return subject->kept_alive;
    case FAULT_BARE_CONFLICT:
        return subject->status == 412;
    case FAULT_NO_LOCATION:
        return subject->status == 200 || subject->status == 201;
    default:
        return true;
    }
}

bool fault_take(FaultList *list, FaultStage stage, const FaultSubject *subject, Fault *out)
{
    for (size_t i = 0; i < list->count; i++) {
        Fault *fault = &list->faults[i];

        if (!fault_matches(fault, stage, subject))
            continue;
        if (fault->skip > 0) {
            fault->skip--;
            continue;
        }
        *out = *fault;
        out->method = out->path = out->xuid = NULL;
        if (fault->count == 1) {
            fault_free(fault);
            memmove(fault, fault + 1, (--list->count - i) * sizeof(*fault));
        } else if (fault->count > 1) {
            fault->count--;
        }
        return true;
    }
    return false;
}
