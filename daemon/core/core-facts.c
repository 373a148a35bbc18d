/* SPDX-License-Identifier: MIT */
/* What people ask: why a request waits, what is used of the limits, how the directory does. Changes nothing. */
#include "core/internal.h"

#include <stdio.h>

/* How many of a log count in a window that ends now. */
static uint32_t facts_used(const LimiterLog *log, uint64_t window, uint64_t now)
{
    uint32_t used = log->under_way;
    for (uint32_t i = 0; i < log->count; i++)
        used += log->ended[(log->first + i) % log->room] + window > now;
    return used;
}

/* Whether no slot is free; some are kept for what is urgent. */
static bool facts_full(const Core *core, const Limiter *limiter, const CoreRequest *request, uint64_t now)
{
    uint32_t burst = limiter_least(core->limits.burst, limiter->log.burst_told);
    uint32_t sustained = limiter_least(core->limits.sustained, limiter->log.sustained_told);
    bool urgent = request_is_urgent(request);
    uint32_t burst_kept = urgent || burst <= 2 * LIMITER_BURST_RESERVE ? 0 : LIMITER_BURST_RESERVE;
    uint32_t sustained_kept =
        urgent || sustained <= 2 * LIMITER_SUSTAINED_RESERVE ? 0 : LIMITER_SUSTAINED_RESERVE;
    return (burst && facts_used(&limiter->log, LIMITER_BURST_USEC, now) >= burst - burst_kept) ||
           (sustained &&
            facts_used(&limiter->log, LIMITER_SUSTAINED_USEC, now) >= sustained - sustained_kept);
}

static const Limiter *facts_limiter(const Core *core, const CoreRequest *request)
{
    char key[64];
    snprintf(key, sizeof key, "%.40s\n%u", request->account->value, request->title_id);
    MapNode *node = map_find(&core->limiters, key);
    return node ? container_of(node, Limiter, node) : NULL;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* One that stands at the head of its lane. */
static CoreWaiting facts_head(const Core *core, uint64_t now, const CoreRequest *request)
{
    if (!account_lets_go(request))
        return (CoreWaiting){.what = CORE_WAIT_ACCOUNT};
    const Limiter *limiter = facts_limiter(core, request);
    uint64_t held = later(core->host_held_until, limiter ? limiter->log.held_until : 0);
    if (held > now)
        return (CoreWaiting){.what = CORE_WAIT_TOLD, .until_usec = held};
    if (request->not_before > now)
        return (CoreWaiting){.what = CORE_WAIT_AGAIN, .until_usec = request->not_before};
    if (core->down)
        return (CoreWaiting){.what = CORE_WAIT_DIRECTORY,
                             .until_usec = core->host_not_before > now ? core->host_not_before : 0};
    if (limiter && facts_full(core, limiter, request, now))
        return (CoreWaiting){.what = CORE_WAIT_LIMITER};
    return (CoreWaiting){.what = CORE_WAIT_TURN};
}

CoreWaiting core_request_waiting(const Core *core, const CoreNow *now, const CoreRequest *request)
{
    const CoreRequest *head = request->lane ? TAILQ_FIRST(&request->lane->requests) : NULL;
    switch (request->phase) {
    case PHASE_DONE:
        return (CoreWaiting){.what = CORE_WAIT_NOTHING};
    case PHASE_SENDING:
    case PHASE_JUDGING:
        return (CoreWaiting){.what = CORE_WAIT_ANSWER};
    case PHASE_IDLE:
        break;
    default:
        return (CoreWaiting){.what = CORE_WAIT_STORE};
    }
    if (head && head != request)
        return (CoreWaiting){.what = CORE_WAIT_BEFORE, .before = head};
    return facts_head(core, now->boot_usec, request);
}

uint64_t core_request_done_at(const CoreRequest *request)
{
    return request->phase == PHASE_DONE ? request->done_at : 0;
}

size_t core_limiter_facts(const Core *core, const CoreNow *now, CoreLimiterFacts *facts, size_t room)
{
    size_t count = 0;
    const Limiter *limiter;
    TAILQ_FOREACH(limiter, &core->limiter_list, all)
    {
        const LimiterLog *log = &limiter->log;
        if (count++ >= room)
            continue;
        CoreLimiterFacts *one = &facts[count - 1];
        const char *end = strchr(limiter->key, '\n');
        *one = (CoreLimiterFacts){
            .title_id = (uint32_t)strtoul(end + 1, NULL, 10),
            .burst_used = facts_used(log, LIMITER_BURST_USEC, now->boot_usec),
            .burst_limit = limiter_least(core->limits.burst, log->burst_told),
            .sustained_used = facts_used(log, LIMITER_SUSTAINED_USEC, now->boot_usec),
            .sustained_limit = limiter_least(core->limits.sustained, log->sustained_told),
            .held_until_usec = log->held_until > now->boot_usec ? log->held_until : 0,
        };
        snprintf(one->account, sizeof one->account, "%.*s", (int)(end - limiter->key), limiter->key);
    }
    return count;
}

CoreHostFacts core_host_facts(const Core *core, const CoreNow *now)
{
    return (CoreHostFacts){
        .probing = core->probing,
        .next_attempt_usec = core->down && core->host_not_before > now->boot_usec ? core->host_not_before : 0,
        .held_until_usec = core->host_held_until > now->boot_usec ? core->host_held_until : 0,
        .retry_tokens = core->retry_tokens > 0 ? (uint32_t)core->retry_tokens : 0,
        .retry_tokens_max = RETRY_TOKENS,
    };
}
