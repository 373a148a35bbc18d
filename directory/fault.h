/* SPDX-License-Identifier: MIT */
/* Scripted faults: which request meets which accident. */
#ifndef DIRECTORY_FAULT_H
#define DIRECTORY_FAULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "directory/limit.h"
#include "directory/reply.h"

#define FAULTS_MAX 1000
#define FAULT_RETRY_AFTER_SIZE 64
#define FAULT_LIMIT_TYPE_SIZE 33
#define FAULT_DELAY_MAX_MS 3600000

typedef enum FaultKind {
    FAULT_NONE,
    FAULT_NO_ANSWER,        /* F1: accept and never answer; not applied */
    FAULT_LOST_ANSWER,      /* F2: apply, then close without an answer */
    FAULT_LATE,             /* F3: no answer; applied later */
    FAULT_CUT_BODY,         /* F4: apply, send the headers, cut the body */
    FAULT_SERVER_ERROR,     /* F5: 500 before or after applying */
    FAULT_UNAVAILABLE,      /* F6: 503 with Retry-After */
    FAULT_THROTTLED,        /* F7: 429 */
    FAULT_UNAUTHORIZED,     /* F8: 401 */
    FAULT_OVERTAKEN,        /* F9: F2, and a rival changes something else at once */
    FAULT_OVERWRITTEN,      /* F10: F2, and a rival changes the same at once */
    FAULT_STALE_CONNECTION, /* F11: close a kept-alive connection before the request is read */
    FAULT_SESSION_GONE,     /* F12: the session is deleted after the request */
    FAULT_BARE_CONFLICT,    /* F13: a 412 loses its body */
    FAULT_NO_LOCATION,      /* F14: a 200 or 201 loses its Content-Location */
    FAULT_NEW_BRANCH,       /* F15: the session gets another branch after the request */
    FAULT_HELD,             /* F16: held before it is applied, until it is released */
    FAULT_HANDLE_GONE,      /* F19: the handle it came by is deleted after the request */
    FAULT_STALE_READ,       /* F20: a GET sees the version before the present one */
    FAULT_GARBAGE,          /* 200 with a body that is not JSON */
    FAULT_HUGE,             /* 200 with 10 MB of JSON */
    FAULT_HALF,             /* half a head, then the end */
} FaultKind;

/* When in a request's life a fault can strike. */
typedef enum FaultStage {
    FAULT_BEFORE_BODY,
    FAULT_AT_REQUEST,
    FAULT_AT_REPLY,
} FaultStage;

typedef struct Fault {
    FaultKind kind;
    char *method, *path, *xuid; /* what it matches; NULL: everything. @path: a part of the path */
    json_t *rival;              /* a write that follows at once, see rival.h; NULL: none */
    unsigned skip;              /* so many matching requests pass unharmed first */
    unsigned count;             /* strikes left; 0: until deleted */
    unsigned status;            /* of a server error */
    unsigned delay_ms;
    bool apply, answer;
    char retry_after[FAULT_RETRY_AFTER_SIZE]; /* "": none */
    char limit_type[FAULT_LIMIT_TYPE_SIZE];   /* of a 429's body; "": the service's */
    unsigned max_requests, period_s;          /* of a 429's body; 0: the service's */
} Fault;

typedef struct FaultList {
    Fault *faults;
    size_t count;
} FaultList;

/* What the request is, for matching. */
typedef struct FaultSubject {
    const char *method, *path, *xuid;
    bool kept_alive;
    bool aimed;      /* at one session */
    bool by_handle;  /* and it came by a handle */
    bool previous;   /* and an older version of that session is known */
    unsigned status; /* at the reply */
} FaultSubject;

/* Adds {"fault", "method"?, "path"?, "xuid"?, "count"?, "skip"?} with what the kind takes of "when"?, "apply"?,
 * "answer"?, "rival"?, "delay_ms"?, "status"?, "retry_after"?, "limit_type"?, "max_requests"?, "period"?.
 * Returns 0 or REFUSED. */
int fault_add(FaultList *list, const json_t *json, Refusal *refusal);
void fault_clear(FaultList *list);
/* The first fault of this stage that matches; its count goes down. Returns false when there is none.
 * @out: its texts are NULL, its rival is a new reference. */
bool fault_take(FaultList *list, FaultStage stage, const FaultSubject *subject, Fault *out);
/* "F2", "garbage" and so on; "" for FAULT_NONE. */
const char *fault_name(FaultKind kind);
/* The text of Retry-After: as told, with "date+3" and "date-3" as the date so many seconds from @now (µs). */
void fault_retry_after(const Fault *fault, int64_t now, char out[FAULT_RETRY_AFTER_SIZE]);
/* What the body of a scripted 429 says. Borrows from @fault. */
LimitVerdict fault_verdict(const Fault *fault);

#endif
