/* SPDX-License-Identifier: MIT */
/* The directory's own clock: wall time plus what tests advanced it by. */
#include "directory/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_now(const Clock *clock)
{
    struct timespec now;

    if (clock->frozen_us > 0)
        return clock->frozen_us;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000 + clock->offset_us;
}

int64_t clock_boot(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int clock_advance(Clock *clock, int64_t by_us)
{
    if (by_us < 0 || by_us > CLOCK_OFFSET_MAX_US - clock->offset_us)
        return -EINVAL;
    clock->offset_us += by_us;
    if (clock->frozen_us > 0)
        clock->frozen_us += by_us;
    return 0;
}

void clock_freeze(Clock *clock, bool frozen)
{
    int64_t now = clock_now(clock);

    clock->frozen_us = frozen ? now : 0;
}

void clock_format_iso(int64_t time_us, char out[CLOCK_ISO_SIZE])
{
    time_t seconds = (time_t)(time_us / SECOND_US);
    struct tm broken;
    size_t used;

    gmtime_r(&seconds, &broken);
    used = strftime(out, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%S", &broken);
    snprintf(out + used, CLOCK_ISO_SIZE - used, ".%06u0Z", (unsigned)(time_us % SECOND_US));
}

void clock_format_http(int64_t time_us, char out[CLOCK_HTTP_SIZE])
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(time_us / SECOND_US);
    struct tm broken;

    gmtime_r(&seconds, &broken);
    snprintf(out, CLOCK_HTTP_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[broken.tm_wday % 7],
             (unsigned)broken.tm_mday % 32, months[broken.tm_mon % 12],
             (unsigned)(broken.tm_year + 1900) % 10000, (unsigned)broken.tm_hour % 24,
             (unsigned)broken.tm_min % 60, (unsigned)broken.tm_sec % 61);
}
