/* SPDX-License-Identifier: MIT */
/* Whose turn it is: the directory's health, the limiter, and free slots round robin over app ids. */
#include "core/internal.h"

#include "core/backoff.h"

#include <stdio.h>

/* ---- The limiters and their ready lanes ---------------------------------------------------------------------------- */

int limiter_find(Core *core, const char *account, uint32_t title_id, Limiter **limiter)
{
    CLEANUP_FREE char *key = NULL;
    if (asprintf(&key, "%s\n%u", account, title_id) < 0)
        return -ENOMEM;
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
    TAILQ_INIT(&made->urgent);
    TAILQ_INIT(&made->apps);
    if (map_add(&core->limiters, &made->node, made->key) < 0) {
        free(made);
        return -ENOMEM;
    }
    TAILQ_INSERT_TAIL(&core->limiter_list, made, all);
    *limiter = made;
    return 0;
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

void schedule_ready(Core *core, Lane *lane)
{
    const CoreRequest *head = TAILQ_FIRST(&lane->requests);
    Limiter *limiter;
    if (limiter_find(core, head->account->value, head->title_id, &limiter) < 0)
        return; /* no memory: the request's timer comes back to it */
    LaneList *list = &limiter->urgent;
    if (!request_is_urgent(head)) {
        LimiterApp *app = limiter_app(core, limiter, head->app);
        if (!app)
            return;
        list = &app->lanes;
    }
    TAILQ_INSERT_TAIL(list, lane, ready);
    lane->ready_in = list;
    lane->ready_at = limiter;
    limiter->ready_count++;
}

void schedule_unready(Lane *lane)
{
    if (!lane->ready_in)
        return;
    TAILQ_REMOVE(lane->ready_in, lane, ready);
    lane->ready_at->ready_count--;
    lane->ready_in = NULL;
    lane->ready_at = NULL;
}

/* The lane whose turn it is. */
static Lane *limiter_turn(Core *core, Limiter *limiter)
{
    Lane *lane = TAILQ_FIRST(&limiter->urgent);
    LimiterApp *app;
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

/* When the host lets this request go: not after now = at once; USEC_NEVER = when the probe has ended. */
static uint64_t host_next(const Core *core, const CoreRequest *request, uint64_t now)
{
    if (core->host_held_until > now)
        return core->host_held_until;
    if (request->last_chance && now < request->deadline)
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
    uint64_t slot = limiter_next(&limiter->log, core->limits.burst, core->limits.sustained,
                                 request_is_urgent(request), now);
    return slot > host ? slot : host;
}

bool schedule_may_start(Core *core, CoreRequest *request, const CoreNow *now)
{
    Limiter *limiter;
    if (core->stopping || core->sleeping || request->lane->busy ||
        TAILQ_FIRST(&request->lane->requests) != request ||
        limiter_find(core, request->account->value, request->title_id, &limiter) < 0)
        return false;
    /* Those that wait already go first. */
    if (limiter->ready_count)
        return false;
    return start_at(core, request, limiter, now->boot_usec) <= now->boot_usec &&
           now->boot_usec < request->deadline;
}

/* ---- Starting an attempt ----------------------------------------------------------------------------------------------- */

void schedule_claim(Core *core, CoreRequest *request)
{
    Limiter *limiter;
    if (limiter_find(core, request->account->value, request->title_id, &limiter) == 0) {
        /* Without memory for the entry the log forgets its oldest one early; better than to send nothing any more. */
        (void)limiter_reserve(&limiter->log);
        limiter_start(&limiter->log);
    }
    request->probe = core->down || core->retry_tokens < (int)request->retry_cost;
    if (request->probe)
        core->probing = true;
    else
        core->retry_tokens -= request->retry_cost;
    request->lane->busy = request;
}

void schedule_unclaim(Core *core, CoreRequest *request, const CoreNow *now, bool counts)
{
    Limiter *limiter;
    if (limiter_find(core, request->account->value, request->title_id, &limiter) == 0 &&
        limiter->log.under_way)
        limiter_end(&limiter->log, now->boot_usec, counts);
    if (request->probe)
        core->probing = false;
    request->probe = false;
    if (request->lane && request->lane->busy == request)
        request->lane->busy = NULL;
    if (counts && core->unproven)
        schedule_hurry(core, now, true);
}

static CorePrecondition send_precondition(const CoreRequest *request)
{
    switch (request->mode) {
    case CORE_MODE_CREATE_NEW:
        return CORE_PRECONDITION_IF_NONE_MATCH_ANY;
    case CORE_MODE_UPDATE_EXISTING:
        return CORE_PRECONDITION_IF_MATCH_ANY;
    case CORE_MODE_SYNCHRONIZED_UPDATE:
        return CORE_PRECONDITION_IF_MATCH;
    default:
        return CORE_PRECONDITION_NONE;
    }
}

static CoreVerb send_verb(const CoreRequest *request)
{
    switch (request->kind) {
    case CORE_SET_ACTIVITY:
        return CORE_VERB_SET_ACTIVITY;
    case CORE_GET_ACTIVITIES:
        return CORE_VERB_GET_ACTIVITIES;
    default:
        return core_kind_is_write((CoreKind)request->kind) && !request->fetching ? CORE_VERB_WRITE
                                                                                 : CORE_VERB_READ;
    }
}

/* min(20 s, max(5 s, half the time left)) */
static uint64_t send_limit(const CoreRequest *request, uint64_t now)
{
    uint64_t half = request->deadline > now ? (request->deadline - now) / 2 : 0;
    uint64_t limit = half > 5 * USEC_PER_SEC ? half : 5 * USEC_PER_SEC;
    return limit < 20 * USEC_PER_SEC ? limit : 20 * USEC_PER_SEC;
}

/* The parts of scid/template/name, cut apart in a copy that lives until the attempt's answer. */
static int send_cut(CoreRequest *request, CoreSend *send)
{
    free(request->send_parts);
    request->send_parts = strdup(request->target);
    if (!request->send_parts)
        return -ENOMEM;
    if (request->kind == CORE_WRITE_SESSION_BY_HANDLE || request->kind == CORE_GET_SESSION_BY_HANDLE) {
        send->handle_id = request->send_parts;
        return 0;
    }
    char *rest = request->send_parts;
    send->scid = strsep(&rest, "/");
    send->template_name = rest ? strsep(&rest, "/") : NULL;
    send->name = rest;
    return 0;
}

void schedule_send(Core *core, CoreRequest *request, const CoreNow *now)
{
    CoreSend send = {.verb = send_verb(request), .timeout_usec = send_limit(request, now->boot_usec)};
    if (send_cut(request, &send) < 0) {
        schedule_unclaim(core, request, now, false);
        request->phase = PHASE_IDLE;
        request->not_before = now->boot_usec + USEC_PER_SEC;
        request_set_timer(core, request, now);
        return;
    }
    if (send.verb == CORE_VERB_WRITE) {
        send.precondition = send_precondition(request);
        send.etag = request->etag;
    }
    /* With a look at what became of a write too: it is handed back for comparing. */
    send.needs_body = core_kind_is_write((CoreKind)request->kind);
    send.body = request->body;
    send.body_size = request->body_size;
    send.xuids = (const char *const *)request->xuids;
    send.xuids_count = request->xuids_count;
    request->phase = PHASE_SENDING;
    heap_set(&core->timers, &request->timer, USEC_NEVER);
    request_set_state(core, request,
                      request->fetching || request->maybe_applied ? CORE_STATE_RESOLVING
                                                                  : CORE_STATE_SENDING);
    effect_add(core, CORE_EFFECT_SEND, request)->send = send;
}

void schedule_note(Core *core, CoreEffectType type, CoreRequest *request)
{
    CoreEffect *effect = effect_add(core, type, request);
    effect->mark.account = request->account->value;
    effect->mark.title_id = request->title_id;
    effect->mark.attempts = request->attempts;
}

static void schedule_start(Core *core, CoreRequest *request, const CoreNow *now)
{
    schedule_unready(request->lane);
    schedule_claim(core, request);
    request->not_before = 0;
    request->held = false;
    request->last_chance_used = request->last_chance_used || request->last_chance;
    request->last_chance = false;
    if (request->durability == CORE_DURABILITY_NONE || request->fetching) {
        /* A look changes nothing, so no crash can make it doubtful; but the service counts it. */
        schedule_note(core, CORE_EFFECT_STORE_ATTEMPT, request);
        schedule_send(core, request, now);
        return;
    }
    request->phase = PHASE_MARKING;
    heap_set(&core->timers, &request->timer, USEC_NEVER);
    schedule_note(core, CORE_EFFECT_STORE_MARK, request);
    core->unstored++;
}

void schedule_run(Core *core, const CoreNow *now)
{
    core->gate_wake = USEC_NEVER;
    Limiter *limiter, *next;
    for (limiter = TAILQ_FIRST(&core->limiter_list); limiter; limiter = next) {
        next = TAILQ_NEXT(limiter, all);
        while (limiter->ready_count && !core->stopping && !core->sleeping) {
            Lane *lane = limiter_turn(core, limiter);
            CoreRequest *head = TAILQ_FIRST(&lane->requests);
            uint64_t when = start_at(core, head, limiter, now->boot_usec);
            if (when > now->boot_usec) {
                if (when < core->gate_wake)
                    core->gate_wake = when;
                break;
            }
            limiter_turn_over(limiter, lane);
            if (now->boot_usec >= head->deadline)
                finish_expired(core, head, now);
            else
                schedule_start(core, head, now);
        }
        limiter_tidy(core, limiter, now->boot_usec);
    }
}

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
 * are not made ready: ready ones that may not go would hold back the new work behind them.
 */
void schedule_hurry(Core *core, const CoreNow *now, bool answered)
{
    CoreRequest *request = core->queued || core->active ? TAILQ_FIRST(&core->all) : NULL;
    bool probed = false;
    core->unproven = false;
    if (!answered)
        core->probing = false;
    for (; request; request = TAILQ_NEXT(request, all)) {
        /* A probe over the old way may hang until its limit: another one is allowed. */
        if (!answered)
            request->probe = false;
        if (request->next_shown > now->boot_usec)
            request->next_shown = now->boot_usec;
        if (request->phase != PHASE_IDLE || request->held || request->not_before <= now->boot_usec)
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
