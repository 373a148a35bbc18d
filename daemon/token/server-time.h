/* SPDX-License-Identifier: MIT */
/* What time it is for the service, which says when tokens end. Pure. */
#pragma once

#include "base/util.h"

/*
 * The service's time at a moment of boot time: steps of the wall clock do not move it, and a sleep does not stop it.
 * All zero: not known yet.
 */
typedef struct ServerTime {
    bool known;
    bool doubted;        /* a sample that did not fit waits for one that agrees with it */
    int64_t offset_usec; /* the service's time since the epoch minus boot time */
    int64_t doubted_usec;
} ServerTime;

/* One answer of an identity service. */
typedef struct ServerTimeSample {
    int64_t date_sec;                           /* its Date header, since the epoch */
    bool has_age;                               /* it has an Age header: it came out of a cache */
    uint64_t boot_before_usec, boot_after_usec; /* of the transfer */
} ServerTimeSample;

typedef enum ServerTimeTaken {
    SERVER_TIME_TAKEN,
    SERVER_TIME_CACHED,  /* from a cache, or makes no sense: left aside */
    SERVER_TIME_DOUBTED, /* more than a day from what is known: taken when another one agrees with it */
} ServerTimeTaken;

/* server_time_take() - learn from an answer; the first is taken as it is. */
ServerTimeTaken server_time_take(ServerTime *time, const ServerTimeSample *sample);

/*
 * server_time_now() - seconds since the epoch, by the service's clock
 * @wall_usec: is taken while nothing is known of it
 */
int64_t server_time_now(const ServerTime *time, uint64_t boot_usec, uint64_t wall_usec);

/* server_time_boot() - the boot time at which it will be a time of the service; 0: it has been before this boot. */
uint64_t server_time_boot(const ServerTime *time, int64_t seconds, uint64_t boot_usec, uint64_t wall_usec);

/* server_time_usable() - may this token still be sent? Not in its last 60 s. */
bool server_time_usable(int64_t now, int64_t not_after);

/*
 * server_time_fresh() - need it not be renewed yet?
 * @issued: when it began
 *
 * Not in the last max(5 min, min(10 % of its life, 30 min)), nor, however short it lives, in the first half of it: a
 * token that is stale when it comes would be renewed without end.
 */
bool server_time_fresh(int64_t now, int64_t issued, int64_t not_after);
