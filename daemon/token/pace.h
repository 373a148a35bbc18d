/* SPDX-License-Identifier: MIT */
/* How often the identity services may be asked. Times are boot time in microseconds, given by the caller. Pure. */
#pragma once

#include "base/util.h"

/* How long a refusal is remembered that only people can change. */
#define PACE_DENIAL_USEC (15 * USEC_PER_MINUTE)
/* After "this client loops": silence. */
#define PACE_LOOPS_USEC (5 * USEC_PER_MINUTE)

/* pace_ceiling() - 1, 2, 4 … 60 s for the first, second … failure in a row (from 1). */
uint64_t pace_ceiling(unsigned failures);
/* pace_delay() - full jitter: anything from 0 to the ceiling. @random: 64 fresh bits */
uint64_t pace_delay(unsigned failures, uint64_t random);
/* pace_told() - a Retry-After: 1 s to 1 h, and 0 to 20 % more, so that clients do not come back as one. */
uint64_t pace_told(uint64_t retry_after_usec, uint64_t random);

/* What was refused and is not asked for again before its time. All zero: nothing. */
typedef struct PaceDenial {
    uint64_t until;
} PaceDenial;

void pace_denial_set(PaceDenial *denial, uint64_t now);
bool pace_denial_holds(const PaceDenial *denial, uint64_t now);
/* pace_denial_clear() - the player tries again, or the configuration has changed. */
void pace_denial_clear(PaceDenial *denial);

/* Refreshes that a service's 401 forced: no two within 60 s, five within an hour at most. All zero: none yet. */
#define PACE_FORCED_MAX 5
typedef struct PaceForced {
    uint64_t at[PACE_FORCED_MAX]; /* the latest, as a ring */
    unsigned count;
} PaceForced;

/* pace_forced_take() - may there be one now? Then it counts. Else the 401 is handed on, and *again tells when to ask. */
bool pace_forced_take(PaceForced *forced, uint64_t now, uint64_t *again);

/* The polls of a sign-in. */
typedef struct PacePoll {
    uint64_t interval_usec;
} PacePoll;

/* pace_poll_begin() - as the service asks for; at least 1 s. */
void pace_poll_begin(PacePoll *poll, uint64_t interval_usec);
/* pace_poll_slow_down() - 5 s more from now on. */
void pace_poll_slow_down(PacePoll *poll);
/* pace_poll_lost() - no answer came: twice as long from now on. Neither goes beyond 5 min. */
void pace_poll_lost(PacePoll *poll);
