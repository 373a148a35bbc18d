/* SPDX-License-Identifier: MIT */
/* Exponential back-off with full jitter. */
#include "core/backoff.h"

#define BASE_USEC (250 * USEC_PER_MSEC)
#define CAP_USEC (20 * USEC_PER_SEC)
#define LONG_AFTER_USEC (2 * USEC_PER_MINUTE)
#define LONG_FIRST_USEC (30 * USEC_PER_SEC)
#define LONG_CAP_USEC (10 * USEC_PER_MINUTE)
#define TOLD_CAP_USEC USEC_PER_HOUR

static uint64_t doubled(uint64_t first, unsigned times, uint64_t cap)
{
    while (times-- && first < cap)
        first *= 2;
    return first < cap ? first : cap;
}

/* A number below the limit; the bias of a remainder of 64 bits does not matter here. */
static uint64_t below(uint64_t random, uint64_t limit)
{
    return limit ? random % (limit + 1) : 0;
}

uint64_t backoff_ceiling(unsigned failures, uint64_t waiting_usec)
{
    unsigned times = failures ? failures - 1 : 0;
    if (waiting_usec < LONG_AFTER_USEC)
        return doubled(BASE_USEC, times, CAP_USEC);
    /* About ten failures fit into the first two minutes; from there the long ceilings begin. */
    return doubled(LONG_FIRST_USEC, times > 10 ? times - 10 : 0, LONG_CAP_USEC);
}

uint64_t backoff_delay(unsigned failures, uint64_t waiting_usec, uint64_t random)
{
    return below(random, backoff_ceiling(failures, waiting_usec));
}

uint64_t backoff_told(uint64_t retry_after_usec, uint64_t random)
{
    uint64_t told = retry_after_usec < TOLD_CAP_USEC ? retry_after_usec : TOLD_CAP_USEC;
    return told + below(random, told / 5);
}

uint64_t backoff_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}
