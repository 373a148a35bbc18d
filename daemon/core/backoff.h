/* SPDX-License-Identifier: MIT */
/* How long to wait before trying again. */
#pragma once

#include "base/util.h"

/*
 * backoff_delay() - full jitter: anything from 0 to the ceiling of this failure
 * @failures: how many there were in a row, from 1
 * @waiting_usec: since the first of them: beyond 2 minutes the ceilings are 30 s to 10 min
 * @random: 64 fresh bits
 */
uint64_t backoff_delay(unsigned failures, uint64_t waiting_usec, uint64_t random);

/* backoff_ceiling() - the most that backoff_delay() answers. */
uint64_t backoff_ceiling(unsigned failures, uint64_t waiting_usec);

/* backoff_told() - a Retry-After: capped at 1 h, and 0 to 20 % more, so that clients do not come back as one. */
uint64_t backoff_told(uint64_t retry_after_usec, uint64_t random);

/* backoff_random() - a further random number from one, for an event that needs several. */
uint64_t backoff_random(uint64_t *state);
