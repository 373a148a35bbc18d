/* SPDX-License-Identifier: MIT */
/* Back-off and floors for the identity services. */
#include "token/pace.h"

#define CEILING_USEC (60 * USEC_PER_SEC)
#define TOLD_LEAST_USEC USEC_PER_SEC
#define TOLD_MOST_USEC USEC_PER_HOUR
#define FORCED_APART_USEC (60 * USEC_PER_SEC)
#define FORCED_PERIOD_USEC USEC_PER_HOUR
#define POLL_SLOWER_USEC (5 * USEC_PER_SEC)
#define POLL_MOST_USEC (5 * USEC_PER_MINUTE)

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

uint64_t pace_ceiling(unsigned failures)
{
    uint64_t ceiling = USEC_PER_SEC;
    for (unsigned i = 1; i < failures && ceiling < CEILING_USEC; i++)
        ceiling *= 2;
    return clamp(ceiling, 0, CEILING_USEC);
}

uint64_t pace_delay(unsigned failures, uint64_t random)
{
    return random % (pace_ceiling(failures) + 1);
}

uint64_t pace_told(uint64_t retry_after_usec, uint64_t random)
{
    uint64_t told = clamp(retry_after_usec, TOLD_LEAST_USEC, TOLD_MOST_USEC);
    return told + random % (told / 5 + 1);
}

void pace_denial_set(PaceDenial *denial, uint64_t now)
{
    denial->until = now + PACE_DENIAL_USEC;
}

bool pace_denial_holds(const PaceDenial *denial, uint64_t now)
{
    return now < denial->until;
}

void pace_denial_clear(PaceDenial *denial)
{
    denial->until = 0;
}

bool pace_forced_take(PaceForced *forced, uint64_t now, uint64_t *again)
{
    uint64_t when = 0;
    if (forced->count > 0)
        when = forced->at[(forced->count - 1) % PACE_FORCED_MAX] + FORCED_APART_USEC;
    if (forced->count >= PACE_FORCED_MAX) {
        /* The one whose place would be taken. */
        uint64_t oldest = forced->at[forced->count % PACE_FORCED_MAX] + FORCED_PERIOD_USEC;
        when = when > oldest ? when : oldest;
    }
    if (now < when) {
        *again = when;
        return false;
    }
    forced->at[forced->count % PACE_FORCED_MAX] = now;
    forced->count++;
    /* A ring that is full stays full. */
    if (forced->count == 2 * PACE_FORCED_MAX)
        forced->count = PACE_FORCED_MAX;
    return true;
}

static void poll_set(PacePoll *poll, uint64_t interval_usec)
{
    poll->interval_usec = clamp(interval_usec, USEC_PER_SEC, POLL_MOST_USEC);
}

void pace_poll_begin(PacePoll *poll, uint64_t interval_usec)
{
    poll_set(poll, interval_usec);
}

void pace_poll_slow_down(PacePoll *poll)
{
    poll_set(poll, poll->interval_usec + POLL_SLOWER_USEC);
}

void pace_poll_lost(PacePoll *poll)
{
    poll_set(poll, 2 * poll->interval_usec);
}
