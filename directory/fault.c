/* SPDX-License-Identifier: MIT */
/* Scripted faults: which request meets which accident. */
#include "directory/fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "directory/clock.h"
#include "directory/rival.h"
#include "directory/schema.h"
#include "directory/util.h"

/* What every fault takes, and what those take that strike while the request is served. */
#define MATCH "fault,method,path,xuid,count,skip"
#define SERVED MATCH ",rival"
#define EFFECT SERVED ",when,apply"

/* @applies: unless "apply" or "when" says otherwise. @aimed: it meets only requests for one session. */
static const struct {
    const char *name;
    FaultStage stage;
    const char *knobs;
    bool applies, aimed;
} kinds[] = {
    [FAULT_NONE] = {"", FAULT_AT_REQUEST, "", false, false},
    [FAULT_NO_ANSWER] = {"F1", FAULT_AT_REQUEST, EFFECT, false, false},
    [FAULT_LOST_ANSWER] = {"F2", FAULT_AT_REQUEST, EFFECT, true, false},
    [FAULT_LATE] = {"F3", FAULT_AT_REQUEST, SERVED ",delay_ms", false, false},
    [FAULT_CUT_BODY] = {"F4", FAULT_AT_REQUEST, EFFECT, true, false},
    [FAULT_SERVER_ERROR] = {"F5", FAULT_AT_REQUEST, EFFECT ",status,retry_after", false, false},
    [FAULT_UNAVAILABLE] = {"F6", FAULT_AT_REQUEST, EFFECT ",retry_after", false, false},
    [FAULT_THROTTLED] = {"F7", FAULT_AT_REQUEST, EFFECT ",retry_after,limit_type,max_requests,period", false,
                         false},
    [FAULT_UNAUTHORIZED] = {"F8", FAULT_AT_REQUEST, EFFECT, false, false},
    [FAULT_OVERTAKEN] = {"F9", FAULT_AT_REQUEST, EFFECT, true, true},
    [FAULT_OVERWRITTEN] = {"F10", FAULT_AT_REQUEST, EFFECT, true, true},
    [FAULT_STALE_CONNECTION] = {"F11", FAULT_BEFORE_BODY, MATCH, false, false},
    [FAULT_SESSION_GONE] = {"F12", FAULT_AT_REQUEST, EFFECT ",answer", true, true},
    [FAULT_BARE_CONFLICT] = {"F13", FAULT_AT_REPLY, MATCH, true, false},
    [FAULT_NO_LOCATION] = {"F14", FAULT_AT_REPLY, MATCH, true, false},
    [FAULT_NEW_BRANCH] = {"F15", FAULT_AT_REQUEST, EFFECT ",answer", true, true},
    [FAULT_HELD] = {"F16", FAULT_AT_REQUEST, SERVED, false, false},
    [FAULT_HANDLE_GONE] = {"F19", FAULT_AT_REQUEST, EFFECT ",answer", true, true},
    [FAULT_STALE_READ] = {"F20", FAULT_AT_REQUEST, MATCH, true, true},
    [FAULT_GARBAGE] = {"garbage", FAULT_AT_REQUEST, EFFECT, true, false},
    [FAULT_HUGE] = {"huge", FAULT_AT_REQUEST, EFFECT, true, false},
    [FAULT_HALF] = {"half", FAULT_AT_REQUEST, EFFECT, true, false},
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

static const char *default_retry_after(FaultKind kind)
{
    return kind == FAULT_UNAVAILABLE ? "3" : kind == FAULT_THROTTLED ? "9" : "";
}

/* Each kind takes only what means something to it: a misplaced word would be a fault other than the one wanted. */
static int check_knobs(const json_t *json, FaultKind kind, Refusal *refusal)
{
    const char *key;
    json_t *value;

    if (kind == FAULT_NONE)
        return refuse(refusal, 400, "fault is one of F1 to F16, F19, F20, garbage, huge, half.");
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        /* The list is searched without case, the text with it. */
        if (!text_list_has(kinds[kind].knobs, key) || !strstr(kinds[kind].knobs, key))
            return refuse(refusal, 400, "%s takes no '%.60s'.", kinds[kind].name, key);
    }
    return 0;
}

/* Returns 1 with the seconds when @text is a date relative to now, 0 when it is any other text, or -EINVAL. */
static int relative_date(const char *text, int64_t *seconds)
{
    const char *digits = text + strlen("date+");

    if (strncmp(text, "date+", strlen("date+")) != 0 && strncmp(text, "date-", strlen("date-")) != 0)
        return 0;
    if (*digits == '\0' || strlen(digits) > 9 || strspn(digits, "0123456789") != strlen(digits))
        return -EINVAL;
    *seconds = strtoll(digits, NULL, 10);
    if (text[strlen("date")] == '-')
        *seconds = -*seconds;
    return 1;
}

static int parse_retry_after(const json_t *json, Fault *fault, Refusal *refusal)
{
    const char *text = NULL;
    int64_t seconds;

    if (read_text(json, "retry_after", &text, refusal) != 0)
        return REFUSED;
    if (!text)
        text = default_retry_after(fault->kind);
    if (strlen(text) >= FAULT_RETRY_AFTER_SIZE)
        return refuse(refusal, 400, "retry_after is longer than %d bytes.", FAULT_RETRY_AFTER_SIZE - 1);
    if (strpbrk(text, "\r\n"))
        return refuse(refusal, 400, "retry_after is one line.");
    if (relative_date(text, &seconds) < 0)
        return refuse(refusal, 400, "After date+ or date- come at most 9 digits, the seconds.");
    snprintf(fault->retry_after, sizeof(fault->retry_after), "%s", text);
    return 0;
}

static int parse_limit(const json_t *json, Fault *fault, Refusal *refusal)
{
    const char *type = NULL;

    if (read_text(json, "limit_type", &type, refusal) != 0 ||
        read_number(json, "max_requests", 0, 1000000, &fault->max_requests, refusal) != 0 ||
        read_number(json, "period", 0, 1000000, &fault->period_s, refusal) != 0)
        return REFUSED;
    if (type && strlen(type) >= FAULT_LIMIT_TYPE_SIZE)
        return refuse(refusal, 400, "limit_type is longer than %d bytes.", FAULT_LIMIT_TYPE_SIZE - 1);
    snprintf(fault->limit_type, sizeof(fault->limit_type), "%s", type ? type : "");
    return 0;
}

static int parse_effect(const json_t *json, Fault *fault, Refusal *refusal)
{
    const json_t *rival = json_object_get(json, "rival");
    const char *when = NULL;

    if (read_text(json, "when", &when, refusal) != 0)
        return REFUSED;
    if (when && strcmp(when, "before") != 0 && strcmp(when, "after") != 0)
        return refuse(refusal, 400, "when is before or after.");
    if (when && json_object_get(json, "apply"))
        return refuse(refusal, 400, "apply and when say the same: give one of them.");
    if (!rival && (fault->kind == FAULT_OVERTAKEN || fault->kind == FAULT_OVERWRITTEN))
        return refuse(refusal, 400, "%s needs a rival: {\"xuid\", \"delta\"}.", fault_name(fault->kind));
    if (rival && rival_check(rival, refusal) != 0)
        return REFUSED;
    if (read_flag(json, "apply", when ? strcmp(when, "after") == 0 : kinds[fault->kind].applies,
                  &fault->apply, refusal) != 0 ||
        read_flag(json, "answer", false, &fault->answer, refusal) != 0 ||
        read_number(json, "status", 500, 599, &fault->status, refusal) != 0 ||
        read_number(json, "delay_ms", 8000, FAULT_DELAY_MAX_MS, &fault->delay_ms, refusal) != 0)
        return REFUSED;
    if (fault->status < 200)
        return refuse(refusal, 400, "status is from 200 to 599.");
    return 0;
}

static int fault_parse(const json_t *json, Fault *out, Refusal *refusal)
{
    const char *method = NULL, *path = NULL, *xuid = NULL;
    Fault fault = {.kind = fault_kind(json_text(json, "fault", ""))};

    if (check_knobs(json, fault.kind, refusal) != 0 || read_text(json, "method", &method, refusal) != 0 ||
        read_text(json, "path", &path, refusal) != 0 || read_text(json, "xuid", &xuid, refusal) != 0 ||
        read_number(json, "count", 1, 1000000, &fault.count, refusal) != 0 ||
        read_number(json, "skip", 0, 1000000, &fault.skip, refusal) != 0 ||
        parse_effect(json, &fault, refusal) != 0 || parse_retry_after(json, &fault, refusal) != 0 ||
        parse_limit(json, &fault, refusal) != 0)
        return REFUSED;
    fault.method = method ? text_copy(method) : NULL;
    fault.path = path ? text_copy(path) : NULL;
    fault.xuid = xuid ? text_copy(xuid) : NULL;
    fault.rival = json_deep_copy(json_object_get(json, "rival"));
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
    json_decref(fault->rival);
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
    if ((kinds[fault->kind].aimed || fault->rival) && !subject->aimed)
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
    case FAULT_HANDLE_GONE:
        return subject->by_handle;
    case FAULT_STALE_READ:
        return subject->previous && strcmp(subject->method, "GET") == 0;
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
        json_incref(out->rival);
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

void fault_retry_after(const Fault *fault, int64_t now, char out[FAULT_RETRY_AFTER_SIZE])
{
    int64_t seconds;

    if (relative_date(fault->retry_after, &seconds) > 0)
        clock_format_http(now + seconds * SECOND_US, out);
    else
        memcpy(out, fault->retry_after, FAULT_RETRY_AFTER_SIZE);
}

LimitVerdict fault_verdict(const Fault *fault)
{
    LimitVerdict verdict = limit_example();

    if (fault->max_requests > 0) {
        verdict.maximum = fault->max_requests;
        verdict.current = fault->max_requests + 1;
    }
    if (fault->period_s > 0)
        verdict.period_s = fault->period_s;
    if (fault->limit_type[0])
        verdict.type = fault->limit_type;
    return verdict;
}
