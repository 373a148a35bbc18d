/* SPDX-License-Identifier: MIT */
/* The sliding log. */
#include "core/limiter.h"

void limiter_deinit(LimiterLog *log)
{
    free(log->ended);
    *log = (LimiterLog){0};
}

static uint64_t log_at(const LimiterLog *log, uint32_t index)
{
    return log->ended[(log->first + index) % log->room];
}

/* When fewer than limit are under way or ended within the window: the end of the entry that has to leave it. */
static uint64_t window_next(const LimiterLog *log, uint32_t limit, uint64_t window, uint64_t now)
{
    if (log->under_way >= limit)
        return USEC_NEVER;
    uint32_t may_stay = limit - log->under_way - 1;
    if (log->count <= may_stay)
        return now;
    uint64_t leaves = log_at(log, log->count - may_stay - 1) + window;
    return leaves > now ? leaves : now;
}

uint64_t limiter_next(const LimiterLog *log, uint32_t burst, uint32_t sustained, bool urgent, uint64_t now)
{
    uint64_t next = log->held_until > now ? log->held_until : now;
    if (burst) {
        uint32_t kept = urgent || burst <= 2 * LIMITER_BURST_RESERVE ? 0 : LIMITER_BURST_RESERVE;
        uint64_t free_at = window_next(log, burst - kept, LIMITER_BURST_USEC, now);
        next = free_at > next ? free_at : next;
    }
    if (sustained) {
        uint32_t kept = urgent || sustained <= 2 * LIMITER_SUSTAINED_RESERVE ? 0 : LIMITER_SUSTAINED_RESERVE;
        uint64_t free_at = window_next(log, sustained - kept, LIMITER_SUSTAINED_USEC, now);
        next = free_at > next ? free_at : next;
    }
    return next;
}

int limiter_reserve(LimiterLog *log)
{
    if (log->count + log->under_way < log->room || log->room >= LIMITER_LOG_MAX)
        return 0;
    uint32_t room = log->room ? log->room * 2 : 32;
    if (room > LIMITER_LOG_MAX)
        room = LIMITER_LOG_MAX;
    uint64_t *ended = malloc(room * sizeof *ended);
    if (!ended)
        return -ENOMEM;
    for (uint32_t i = 0; i < log->count; i++)
        ended[i] = log_at(log, i);
    free(log->ended);
    log->ended = ended;
    log->first = 0;
    log->room = room;
    return 0;
}

void limiter_start(LimiterLog *log)
{
    log->under_way++;
}

static void log_push(LimiterLog *log, uint64_t when)
{
    if (!log->room)
        return;
    if (log->count == log->room) {
        log->first = (log->first + 1) % log->room;
        log->count--;
    }
    log->ended[(log->first + log->count) % log->room] = when;
    log->count++;
}

void limiter_end(LimiterLog *log, uint64_t now, bool counts)
{
    assert(log->under_way > 0);
    log->under_way--;
    while (log->count && log_at(log, 0) + LIMITER_SUSTAINED_USEC <= now) {
        log->first = (log->first + 1) % log->room;
        log->count--;
    }
    if (counts)
        log_push(log, now);
}

void limiter_told(LimiterLog *log, uint32_t max, uint32_t period_sec)
{
    if (!max || !period_sec)
        return;
    bool sustained = period_sec > 60;
    uint64_t window = (sustained ? LIMITER_SUSTAINED_USEC : LIMITER_BURST_USEC) / USEC_PER_SEC;
    uint32_t *told = sustained ? &log->sustained_told : &log->burst_told;
    /* One less than it says: its window need not begin when ours does. */
    uint64_t scaled = max * window / period_sec;
    uint32_t most = scaled > LIMITER_LOG_MAX ? LIMITER_LOG_MAX : scaled > 1 ? (uint32_t)scaled - 1 : 1;
    if (!*told || most < *told)
        *told = most;
}

uint32_t limiter_least(uint32_t ours, uint32_t told)
{
    return told && (!ours || told < ours) ? told : ours;
}

void limiter_restore(LimiterLog *log, uint64_t ended)
{
    if (limiter_reserve(log) == 0)
        log_push(log, ended);
}

bool limiter_idle(const LimiterLog *log, uint64_t now)
{
    return !log->under_way && log->held_until <= now &&
           (!log->count || log_at(log, log->count - 1) + LIMITER_SUSTAINED_USEC <= now);
}
