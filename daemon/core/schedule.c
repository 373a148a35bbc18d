/* SPDX-License-Identifier: MIT */
/* Whose turn it is: the directory's health, the limiter, and free slots round robin over app ids. */
#include "core/internal.h"

#include "core/backoff.h"

#include <stdio.h>

/* ---- The limiters and their ready lanes ---------------------------------------------------------------------------- */

static int limiter_find_key(Core *core, const char *key, Limiter **limiter)
{
    MapNode *node = map_find(&core->limiters, key);
    if (node) {
        *limiter = container_of(node, Limiter, node);
        return 0;
    }
    size_t size = strlen(key) + 1;
    Limiter *made = calloc(1, sizeof *made + size);
    if (!made)
        return -ENOMEM;
    memcpy(made->key, key, size);
    TAILQ_INIT(&made->last);
    TAILQ_INIT(&made->urgent);
    TAILQ_INIT(&made->spent);
    TAILQ_INIT(&made->apps);
    if (map_add(&core->limiters, &made->node, made->key) < 0) {
        free(made);
        return -ENOMEM;
    }
    TAILQ_INSERT_TAIL(&core->limiter_list, made, all);
    *limiter = made;
    return 0;
}

int limiter_find(Core *core, const char *account, uint32_t title_id, Limiter **limiter)
{
    CLEANUP_FREE char *key = NULL;
    if (asprintf(&key, "%s\n%u", account, title_id) < 0)
        return -ENOMEM;
    return limiter_find_key(core, key, limiter);
}

int limiter_of(Core *core, const CoreRequest *request, Limiter **limiter)
{
    if (core_broken(BREAK_LIMITER_PER_APP))
        return limiter_find(core, request->app->value, request->title_id, limiter);
    return limiter_find(core, request->account->value, request->title_id, limiter);
}

static void limiter_drop_app(Core *core, Limiter *limiter, LimiterApp *app)
{
    TAILQ_REMOVE(&limiter->apps, app, ring);
    text_unref(&core->apps, app->app);
    free(app);
}

void limiter_free(Core *core, Limiter *limiter)
{
    LimiterApp *app;
    while ((app = TAILQ_FIRST(&limiter->apps)))
        limiter_drop_app(core, limiter, app);
    limiter_deinit(&limiter->log);
    map_remove(&core->limiters, &limiter->node);
    TAILQ_REMOVE(&core->limiter_list, limiter, all);
    free(limiter);
}

static LimiterApp *limiter_app(Core *core, Limiter *limiter, const Text *text)
{
    LimiterApp *app;
    TAILQ_FOREACH(app, &limiter->apps, ring)
    if (app->app == text)
        return app;
    app = calloc(1, sizeof *app);
    if (!app)
        return NULL;
    app->app = text_ref(&core->apps, text->value);
    if (!app->app) {
        free(app);
        return NULL;
    }
    TAILQ_INIT(&app->lanes);
    TAILQ_INSERT_TAIL(&limiter->apps, app, ring);
    return app;
}

/* A last attempt before the deadline, or one whose caller wants to know now: neither waits for the host's back-off. */
static bool host_bypassed(const Core *core, const CoreRequest *request)
{
    return request->last_chance || (core->down && request->fail_when_offline && !request->maybe_applied);
}

/* A retry for which no budget is left, while another one is out to see whether it should be. */
static bool budget_spent(const Core *core, const Lane *lane)
{
    const CoreRequest *head = TAILQ_FIRST(&lane->requests);
    return core->probing && !core->down && core->retry_tokens < (int)head->retry_cost &&
           !host_bypassed(core, head);
}

static void ready_in(LaneList *list, Limiter *limiter, Lane *lane)
{
    TAILQ_INSERT_TAIL(list, lane, ready);
    lane->ready_in = list;
    lane->ready_at = limiter;
    limiter->ready_count++;
}

void schedule_ready(Core *core, Lane *lane)
{
    const CoreRequest *head = TAILQ_FIRST(&lane->requests);
    Limiter *limiter;
    if (limiter_of(core, head, &limiter) < 0)
        return; /* no memory: the request's timer comes back to it */
    LaneList *list = &limiter->urgent;
    if (host_bypassed(core, head)) {
        list = &limiter->last;
        core->last_count++;
    } else if (!request_is_urgent(head)) {
        LimiterApp *app = limiter_app(core, limiter, head->app);
        if (!app)
            return;
        list = &app->lanes;
    }
    ready_in(list, limiter, lane);
}

void schedule_unready(Core *core, Lane *lane)
{
    if (!lane->ready_in)
        return;
    if (lane->ready_in == &lane->ready_at->last)
        core->last_count--;
    TAILQ_REMOVE(lane->ready_in, lane, ready);
    lane->ready_at->ready_count--;
    lane->ready_in = NULL;
    lane->ready_at = NULL;
}

/* The lane whose turn it is; closed: the host lets none go but those that do not ask it. */
static Lane *limiter_turn(Core *core, Limiter *limiter, bool closed)
{
    Lane *lane = closed ? NULL : TAILQ_FIRST(&limiter->urgent), *spent = TAILQ_FIRST(&limiter->spent);
    LimiterApp *app;
    if (!lane)
        lane = TAILQ_FIRST(&limiter->last);
    if (closed)
        return lane;
    if (!lane && spent && !budget_spent(core, spent))
        return spent;
    while (!lane && (app = TAILQ_FIRST(&limiter->apps))) {
        lane = TAILQ_FIRST(&app->lanes);
        if (!lane)
            limiter_drop_app(core, limiter, app);
    }
    return lane;
}

/* The app that had its turn goes to the end of the ring. */
static void limiter_turn_over(Limiter *limiter, const Lane *lane)
{
    LimiterApp *app = TAILQ_FIRST(&limiter->apps);
    if (app && lane->ready_in == &app->lanes) {
        TAILQ_REMOVE(&limiter->apps, app, ring);
        TAILQ_INSERT_TAIL(&limiter->apps, app, ring);
    }
}

/* Nothing waits and nothing of the past matters: it can be made again. */
static void limiter_tidy(Core *core, Limiter *limiter, uint64_t now)
{
    LimiterApp *app;
    if (limiter->ready_count)
        return;
    while ((app = TAILQ_FIRST(&limiter->apps)))
        limiter_drop_app(core, limiter, app);
    if (limiter_idle(&limiter->log, now))
        limiter_free(core, limiter);
}

/* ---- The directory's health ------------------------------------------------------------------------------------------ */

/* Whether nothing goes but what bypasses the back-off: it is down, or it told all to wait. */
static bool host_closed(const Core *core, uint64_t now)
{
    return core->host_held_until > now || (core->down && (core->probing || core->host_not_before > now));
}

/* When that is over; USEC_NEVER: when the probe has ended. */
static uint64_t host_opens(const Core *core, uint64_t now)
{
    if (core->host_held_until > now)
        return core->host_held_until;
    return core->probing ? USEC_NEVER : core->host_not_before;
}

/* When the host lets this request go: not after now = at once; USEC_NEVER = when the probe has ended. */
static uint64_t host_next(const Core *core, const CoreRequest *request, uint64_t now)
{
    if (core->host_held_until > now)
        return core->host_held_until;
    if (host_bypassed(core, request))
        return now;
    bool needs_probe = core->down || core->retry_tokens < (int)request->retry_cost;
    if (needs_probe && core->probing)
        return USEC_NEVER;
    return core->host_not_before > now ? core->host_not_before : now;
}

/* When both let it go. */
static uint64_t start_at(Core *core, const CoreRequest *request, const Limiter *limiter, uint64_t now)
{
    uint64_t host = host_next(core, request, now);
    if (host == USEC_NEVER)
        return host;
    uint64_t slot = limiter_next(&limiter->log, limiter_least(core->limits.burst, limiter->log.burst_told),
                                 limiter_least(core->limits.sustained, limiter->log.sustained_told),
                                 request_is_urgent(request), now);
    return slot > host ? slot : host;
}

bool schedule_may_start(Core *core, CoreRequest *request, const CoreNow *now)
{
    Limiter *limiter;
    bool its_turn = core_broken(BREAK_TWO_IN_FLIGHT) ||
                    (!request->lane->busy && TAILQ_FIRST(&request->lane->requests) == request);
    if (core->stopping || core->sleeping || !its_turn || !account_lets_go(request) ||
        limiter_of(core, request, &limiter) < 0)
        return false;
    /* Those that wait already go first. */
    if (limiter->ready_count)
        return false;
    return start_at(core, request, limiter, now->boot_usec) <= now->boot_usec &&
           now->boot_usec < request->deadline;
}

/* Until when the service has told this request's account, or all, to wait. */
uint64_t schedule_held(Core *core, const CoreRequest *request)
{
    Limiter *limiter;
    uint64_t until = core->host_held_until;
    if (limiter_of(core, request, &limiter) == 0 && limiter->log.held_until > until)
        until = limiter->log.held_until;
    return until;
}

/* ---- Turns --------------------------------------------------------------------------------------------------------------- */

static void schedule_start(Core *core, CoreRequest *request, const CoreNow *now)
{
    schedule_unready(core, request->lane);
    resolve_start(core, request, now);
    send_claim(core, request);
    request->not_before = 0;
    request->held = false;
    request->last_chance_used = request->last_chance_used || request->last_chance;
    request->last_chance = false;
    send_mark(core, request);
}

void schedule_run(Core *core, const CoreNow *now)
{
    core->gate_wake = USEC_NEVER;
    Limiter *limiter, *next;
    bool closed = host_closed(core, now->boot_usec);
    if (closed)
        core->gate_wake = host_opens(core, now->boot_usec);
    if (closed && !core->last_count)
        return;
    for (limiter = TAILQ_FIRST(&core->limiter_list); limiter; limiter = next) {
        next = TAILQ_NEXT(limiter, all);
        Lane *lane;
        while (limiter->ready_count && !core->stopping && !core->sleeping &&
               (lane = limiter_turn(core, limiter, closed))) {
            if (budget_spent(core, lane)) {
                /* Those behind it need no budget. */
                schedule_unready(core, lane);
                ready_in(&limiter->spent, limiter, lane);
                continue;
            }
            CoreRequest *head = TAILQ_FIRST(&lane->requests);
            uint64_t when = start_at(core, head, limiter, now->boot_usec);
            if (when > now->boot_usec) {
                if (when < core->gate_wake)
                    core->gate_wake = when;
                break;
            }
            limiter_turn_over(limiter, lane);
            if (request_is_late(head, now))
                finish_expired(core, head, now);
            else
                schedule_start(core, head, now);
        }
        limiter_tidy(core, limiter, now->boot_usec);
    }
}
