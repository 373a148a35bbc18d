/* SPDX-License-Identifier: MIT */
/* Never faster than the service allows: a sliding log of attempts for one account and title. */
#pragma once

#include "base/util.h"

#define LIMITER_BURST_USEC (15 * USEC_PER_SEC)
#define LIMITER_SUSTAINED_USEC (300 * USEC_PER_SEC)
#define LIMITER_LOG_MAX 3000
/* Kept for read-backs and leaves, of the burst and of the sustained limit. */
#define LIMITER_BURST_RESERVE 3
#define LIMITER_SUSTAINED_RESERVE 20

typedef struct LimiterLog {
    uint64_t *ended; /* a ring: when attempts ended, rising */
    uint32_t first, count, room;
    uint32_t under_way;
    uint64_t held_until;                 /* a 429 said so */
    uint32_t burst_told, sustained_told; /* what a 429 said of the limits; 0: nothing */
} LimiterLog;

void limiter_deinit(LimiterLog *log);

/*
 * limiter_next() - when an attempt may start
 * @urgent: a read-back or a leave: may use the reserve
 *
 * Returns a time not after now: at once. USEC_NEVER: not before an attempt that is under way has ended. burst and
 * sustained: 0 = no limit.
 */
uint64_t limiter_next(const LimiterLog *log, uint32_t burst, uint32_t sustained, bool urgent, uint64_t now);

/* limiter_start() - an attempt starts. limiter_reserve() has to have made room for its end. */
void limiter_start(LimiterLog *log);
/* limiter_reserve() - room for one more entry. Returns 0 or -ENOMEM. */
int limiter_reserve(LimiterLog *log);
/* limiter_end() - it ended; counts: false when nothing was sent. */
void limiter_end(LimiterLog *log, uint64_t now, bool counts);
/* limiter_told() - a 429 says that only so many requests are taken in so long. It may lower the limits, never raise them. */
void limiter_told(LimiterLog *log, uint32_t max, uint32_t period_sec);
/* limiter_least() - what the service said of its limits counts where it is less than ours; 0: no limit. */
uint32_t limiter_least(uint32_t ours, uint32_t told);
/* limiter_restore() - an attempt of an earlier agent; in rising order. */
void limiter_restore(LimiterLog *log, uint64_t ended);
/* limiter_idle() - whether nothing in it matters any more. */
bool limiter_idle(const LimiterLog *log, uint64_t now);
