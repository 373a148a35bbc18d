/* SPDX-License-Identifier: MIT */
/* The directory's own clock: wall time plus what tests advanced it by. */
#ifndef DIRECTORY_CLOCK_H
#define DIRECTORY_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_ISO_SIZE 32
#define CLOCK_HTTP_SIZE 32
#define SECOND_US INT64_C(1000000)
/* The clock can be moved forward by at most 100 years in all. */
#define CLOCK_OFFSET_MAX_US (INT64_C(100) * 366 * 86400 * SECOND_US)

typedef struct Clock {
    int64_t offset_us;
    int64_t frozen_us; /* it stands still at this instant; 0: it runs */
} Clock;

/* Returns µs since the epoch. */
int64_t clock_now(const Clock *clock);
/* Returns µs of CLOCK_BOOTTIME, which no test moves. */
int64_t clock_boot(void);
/* Moves the clock forward. Returns 0; -EINVAL when that is backwards or beyond the maximum. */
int clock_advance(Clock *clock, int64_t by_us);
/* Lets the clock stand still, or run on from where it would be by now. Also a clock that stands can be advanced. */
void clock_freeze(Clock *clock, bool frozen);
/* ISO 8601 with seven digits of fraction, as the service writes it. */
void clock_format_iso(int64_t time_us, char out[CLOCK_ISO_SIZE]);
/* RFC 1123, as in Date and Expires. */
void clock_format_http(int64_t time_us, char out[CLOCK_HTTP_SIZE]);

#endif
