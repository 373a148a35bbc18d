/* SPDX-License-Identifier: MIT */
/* The end of waiting when the network has changed. */
#include "core/internal.h"

/* What waits without having been refused by the service reaches it, if at all, as a first attempt. */
static bool hurry_next(const CoreRequest *request, bool probed)
{
    const Lane *lane = request->lane;
    if (!request->retry_cost)
        return true;
    return !probed && !lane->busy && TAILQ_FIRST(&lane->requests) == request;
}

/*
 * The network has changed: retries end their waiting; one of them now, all when something was answered. Until then they
 * are not made ready: ready ones that may not go would hold back the new work behind them. What waits for its account is
 * neither: that it is ready ends its waiting.
 */
void schedule_hurry(Core *core, const CoreNow *now, bool answered)
{
    CoreRequest *request = core->queued || core->active ? TAILQ_FIRST(&core->all) : NULL;
    bool probed = false;
    core->unproven = false;
    if (!answered)
        core->probing = 0;
    for (; request; request = TAILQ_NEXT(request, all)) {
        /* A probe over the old way may hang until its limit: another one is allowed. */
        if (!answered)
            request->probe = false;
        if (request->next_shown > now->boot_usec)
            request->next_shown = now->boot_usec;
        if (request->phase != PHASE_IDLE || request->held || request->not_before <= now->boot_usec ||
            !account_lets_go(request))
            continue;
        if (!answered && !hurry_next(request, probed)) {
            core->unproven = true;
            continue;
        }
        probed = probed || request->retry_cost;
        request->not_before = now->boot_usec;
        request->failures = 0;
        request_set_timer(core, request, now);
        lane_update(core, request->lane, now);
    }
}
