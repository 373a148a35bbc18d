/* SPDX-License-Identifier: MIT */
/* Random numbers that come from a seed alone. */
#pragma once

#include "base/util.h"

typedef struct Random {
    uint64_t state;
} Random;

/* random_mix() - a number that looks nothing like the one it was made from. */
static inline uint64_t random_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static inline uint64_t random_next(Random *random)
{
    return random_mix(random->state += 0x9e3779b97f4a7c15ULL);
}

/* random_below() - 0 to limit - 1; 0 for a limit of 0. */
static inline uint64_t random_below(Random *random, uint64_t limit)
{
    return limit ? (random_next(random) >> 8) % limit : 0;
}

/* random_between() - first to last, both possible. */
static inline uint64_t random_between(Random *random, uint64_t first, uint64_t last)
{
    return first + random_below(random, last - first + 1);
}

static inline bool random_chance(Random *random, unsigned permille)
{
    return random_below(random, 1000) < permille;
}

/* random_pick() - an index, by weights; at least one must not be 0. */
static inline size_t random_pick(Random *random, const unsigned *weights, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    uint64_t at = random_below(random, sum);
    size_t i = 0;
    while (at >= weights[i])
        at -= weights[i++];
    return i;
}
