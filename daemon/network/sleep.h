/* SPDX-License-Identifier: MIT */
/* Sleep and resume of the machine: by logind's word, or by what the clocks show. Hints, no more. */
#pragma once

#include "base/util.h"

struct sd_event;

typedef struct SleepWatch SleepWatch;

typedef struct SleepHooks {
    void (*going)(
        void *userdata); /* it is about to sleep; sleep_watch_ready() when nothing is under way any more */
    void (*back)(void *userdata); /* it has slept, or does not sleep after all */
} SleepHooks;

/*
 * sleep_watch_new() - connects to the system bus without waiting for it
 *
 * Without that bus, or without logind on it, only sleep_watch_look() finds anything. logind may come and go; a system bus
 * that dies is not connected to again, since it does not die before the machine's end. Returns 0 or -ENOMEM.
 */
int sleep_watch_new(struct sd_event *event, const SleepHooks *hooks, void *userdata, SleepWatch **watch);
/* sleep_watch_free() - lets the machine sleep; NULL is allowed. Returns NULL. */
SleepWatch *sleep_watch_free(SleepWatch *watch);
DEFINE_CLEANUP(SleepWatch *, sleep_watch_free)

/* sleep_watch_ready() - nothing is under way: it may sleep. Two seconds after going() it may in any case. */
void sleep_watch_ready(SleepWatch *watch);

/* sleep_watch_look() - for one who is awake anyway: calls back() if the machine has slept and nobody has told. */
void sleep_watch_look(SleepWatch *watch);

/* How long the machine has slept since it was started, as far as it was seen. */
typedef struct SleepClock {
    uint64_t slept_usec;
} SleepClock;

/*
 * sleep_clock_look() - compare the clock that runs on in sleep with the one that does not
 * @boot_usec: CLOCK_BOOTTIME, read first
 * @monotonic_usec: CLOCK_MONOTONIC, read after it: a pause in between makes a sleep look shorter, never longer
 *
 * Returns whether there was a second or more of sleep since the last look.
 */
bool sleep_clock_look(SleepClock *clock, uint64_t boot_usec, uint64_t monotonic_usec);
