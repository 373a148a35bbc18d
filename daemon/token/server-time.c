/* SPDX-License-Identifier: MIT */
/* The service's clock, told by its Date headers. */
#include "token/server-time.h"

#define JUMP_USEC (24 * (int64_t)USEC_PER_HOUR)
/* Dates that fit into microseconds with room to spare: up to the year 9999. */
#define DATE_MAX_SEC 253402300799
#define USABLE_SEC 60
#define FRESH_LEAST_SEC 300
#define FRESH_MOST_SEC 1800

static bool near(int64_t a, int64_t b)
{
    int64_t apart = a > b ? a - b : b - a;
    return apart <= JUMP_USEC;
}

ServerTimeTaken server_time_take(ServerTime *time, const ServerTimeSample *sample)
{
    if (sample->has_age || sample->date_sec < 0 || sample->date_sec > DATE_MAX_SEC ||
        sample->boot_after_usec < sample->boot_before_usec || sample->boot_after_usec > INT64_MAX / 2)
        return SERVER_TIME_CACHED;
    uint64_t middle = sample->boot_before_usec + (sample->boot_after_usec - sample->boot_before_usec) / 2;
    int64_t offset = sample->date_sec * (int64_t)USEC_PER_SEC - (int64_t)middle;
    if (time->known && !near(offset, time->offset_usec)) {
        bool confirmed = time->doubted && near(offset, time->doubted_usec);
        time->doubted = !confirmed;
        time->doubted_usec = offset;
        if (!confirmed)
            return SERVER_TIME_DOUBTED;
    }
    *time = (ServerTime){.known = true, .offset_usec = offset};
    return SERVER_TIME_TAKEN;
}

static int64_t server_time_offset(const ServerTime *time, uint64_t boot_usec, uint64_t wall_usec)
{
    return time->known ? time->offset_usec : (int64_t)wall_usec - (int64_t)boot_usec;
}

int64_t server_time_now(const ServerTime *time, uint64_t boot_usec, uint64_t wall_usec)
{
    int64_t now = server_time_offset(time, boot_usec, wall_usec) + (int64_t)boot_usec;
    return now > 0 ? now / (int64_t)USEC_PER_SEC : 0;
}

uint64_t server_time_boot(const ServerTime *time, int64_t seconds, uint64_t boot_usec, uint64_t wall_usec)
{
    if (seconds > DATE_MAX_SEC)
        seconds = DATE_MAX_SEC;
    int64_t then = seconds * (int64_t)USEC_PER_SEC - server_time_offset(time, boot_usec, wall_usec);
    return then > 0 ? (uint64_t)then : 0;
}

bool server_time_usable(int64_t now, int64_t not_after)
{
    return now < not_after - USABLE_SEC;
}

bool server_time_fresh(int64_t now, int64_t issued, int64_t not_after)
{
    int64_t life = not_after > issued ? not_after - issued : 0;
    int64_t margin = life / 10 < FRESH_MOST_SEC ? life / 10 : FRESH_MOST_SEC;
    if (margin < FRESH_LEAST_SEC)
        margin = FRESH_LEAST_SEC;
    if (margin > life / 2)
        margin = life / 2;
    return now < not_after - margin;
}
