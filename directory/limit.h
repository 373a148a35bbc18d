/* SPDX-License-Identifier: MIT */
/* The service's rate limits: 30 calls in 15 s and 300 in 300 s for each user and title, in fixed windows. */
#ifndef DIRECTORY_LIMIT_H
#define DIRECTORY_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMIT_WINDOWS 2
/* Users and titles counted at a time; beyond that the counters start anew. */
#define LIMIT_ENTRIES_MAX 4096

typedef struct LimitEntry {
    char *key; /* "xuid/title" */
    int64_t window[LIMIT_WINDOWS];
    unsigned count[LIMIT_WINDOWS];
} LimitEntry;

typedef struct Limiter {
    LimitEntry *entries;
    size_t count;
} Limiter;

/* What a refused call is told. */
typedef struct LimitVerdict {
    unsigned current, maximum, period_s, retry_after_s;
    const char *type; /* a literal, or borrowed */
} LimitVerdict;

void limit_clear(Limiter *limiter);
/* Counts one call, refused ones included. Returns whether it may pass; otherwise @verdict is set. */
bool limit_count(Limiter *limiter, const char *xuid, const char *title_id, int64_t now,
                 LimitVerdict *verdict);
/* The verdict of a scripted 429: the first call too many in the shorter window. */
LimitVerdict limit_example(void);
/* The JSON body of a 429. Owned. */
char *limit_body(const LimitVerdict *verdict);

#endif
