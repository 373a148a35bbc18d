/* SPDX-License-Identifier: MIT */
/* The core's life, and the events of time, the network and those who called. */
#include "core/internal.h"

CoreLimits core_limits_default(void)
{
    return (CoreLimits){
        .requests_max = 100000,
        .bytes_max = 512ULL * 1024 * 1024,
        .app_requests_max = 10000,
        .app_bytes_max = 64ULL * 1024 * 1024,
        .owner_unstored_max = 1000,
        .burst = 29,
        .sustained = 290,
    };
}

int core_new(const CoreLimits *limits, Core **core)
{
    Core *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    made->limits = *limits;
    made->retry_tokens = RETRY_TOKENS;
    made->gate_wake = USEC_NEVER;
    made->current.type = CORE_EFFECT_STATE;
    TAILQ_INIT(&made->all);
    TAILQ_INIT(&made->limiter_list);
    TAILQ_INIT(&made->remembered_list);
    TAILQ_INIT(&made->handle_list);
    TAILQ_INIT(&made->session_list);
    TAILQ_INIT(&made->written_list);
    TAILQ_INIT(&made->account_list);
    *core = made;
    return 0;
}

Core *core_free(Core *core)
{
    if (!core)
        return NULL;
    if (core->dying)
        request_free(core, core->dying);
    /* Removed ones whose effect was not taken are only in the ring. */
    for (size_t i = 0; i < core->effects_count; i++) {
        CoreEffect *effect = &core->effects[(core->effects_first + i) % core->effects_room];
        if (effect->type == CORE_EFFECT_REMOVED || effect->type == CORE_EFFECT_REFUSED)
            request_free(core, effect->request);
    }
    free(core->effects);
    CoreRequest *request, *next;
    for (request = TAILQ_FIRST(&core->all); request; request = next) {
        next = TAILQ_NEXT(request, all);
        request_free(core, request);
    }
    MapNode *node;
    while ((node = map_any(&core->lanes))) {
        Lane *lane = container_of(node, Lane, node);
        map_remove(&core->lanes, node);
        judge_free(lane->judging);
        free(lane->fence);
        free(lane);
    }
    Limiter *limiter;
    while ((limiter = TAILQ_FIRST(&core->limiter_list)))
        limiter_free(core, limiter);
    Remembered *remembered;
    while ((remembered = TAILQ_FIRST(&core->remembered_list))) {
        map_remove(&core->remembered, &remembered->node);
        TAILQ_REMOVE(&core->remembered_list, remembered, in_order);
        free(remembered);
    }
    KnownHandle *handle;
    while ((handle = TAILQ_FIRST(&core->handle_list)))
        handle_free(core, handle);
    Session *session;
    while ((session = TAILQ_FIRST(&core->session_list)))
        session_free(core, session);
    leave_restore_end(core);
    Written *written;
    while ((written = TAILQ_FIRST(&core->written_list)))
        written_forget(core, written);
    map_deinit(&core->sessions);
    map_deinit(&core->written);
    map_deinit(&core->superseding);
    map_deinit(&core->left);
    map_deinit(&core->by_id);
    map_deinit(&core->lanes);
    map_deinit(&core->limiters);
    map_deinit(&core->remembered);
    map_deinit(&core->handles);
    heap_deinit(&core->timers);
    accounts_free(core);
    texts_deinit(&core->apps);
    texts_deinit(&core->owners);
    free(core);
    return NULL;
}

/* ---- Looking ------------------------------------------------------------------------------------------------------------- */

CoreRequest *core_find(Core *core, const char *id)
{
    MapNode *node = map_find(&core->by_id, id);
    return node ? container_of(node, CoreRequest, by_id) : NULL;
}

CoreRequest *core_first(Core *core)
{
    return TAILQ_FIRST(&core->all);
}

CoreRequest *core_next(Core *core MPS_UNUSED, CoreRequest *request)
{
    return TAILQ_NEXT(request, all);
}

CoreCounters core_counters(const Core *core)
{
    return (CoreCounters){
        .queued = core->queued,
        .active = core->active,
        .unacknowledged = core->unacknowledged,
        .unstored = core->unstored,
        .connectivity = core->down       ? CORE_OFFLINE
                        : core->troubled ? CORE_LIMITED
                                         : CORE_ONLINE,
    };
}

uint64_t core_next_wake(const Core *core)
{
    const HeapNode *first = heap_first(&core->timers);
    uint64_t timer = first ? first->when : USEC_NEVER;
    return timer < core->gate_wake ? timer : core->gate_wake;
}

/* ---- Time and the network ---------------------------------------------------------------------------------------------------- */

static void on_timer(Core *core, CoreRequest *request, const CoreNow *now)
{
    if (request->phase == PHASE_DONE) {
        if (now->boot_usec >= request->done_at + KEEP_USEC && !request->storing) {
            finish_remove(core, request, true);
        } else {
            if (!request->result_stored && !request->storing && request->result &&
                request->durability != CORE_DURABILITY_NONE)
                finish_store(core, request);
            heap_set(&core->timers, &request->timer,
                     request->done_at + KEEP_USEC > now->boot_usec ? request->done_at + KEEP_USEC
                                                                   : now->boot_usec + RESULT_RETRY_USEC);
        }
        return;
    }
    if (request_is_late(request, now)) {
        finish_expired(core, request, now);
        return;
    }
    if (now->boot_usec + LAST_CHANCE_USEC >= request->deadline && !request->last_chance_used &&
        !request->held) {
        request->last_chance = true;
        request->not_before = 0;
    }
    request_set_timer(core, request, now);
    lane_update(core, request->lane, now);
}

void core_on_time(Core *core, const CoreNow *now)
{
    HeapNode *node;
    while ((node = heap_first(&core->timers)) && node->when <= now->boot_usec)
        on_timer(core, container_of(node, CoreRequest, timer), now);
    schedule_run(core, now);
}

void core_on_network(Core *core, const CoreNow *now)
{
    core->host_not_before = 0;
    core->down_failures = 0;
    core->down_since = now->boot_usec;
    schedule_hurry(core, now, false);
    schedule_run(core, now);
}

void core_on_sleep(Core *core, const CoreNow *now, bool going)
{
    core->sleeping = going;
    if (!going)
        core_on_network(core, now);
}

void core_stop(Core *core, const CoreNow *now MPS_UNUSED)
{
    core->stopping = true;
}

/* ---- From the bus ---------------------------------------------------------------------------------------------------------------- */

int core_cancel(Core *core, const CoreNow *now, CoreRequest *request)
{
    if (request->phase != PHASE_IDLE || request->maybe_applied || request->look == LOOK_CONFLICT)
        return CORE_E_TOO_LATE;
    finish(core, request, now,
           finish_result(CORE_OUTCOME_CANCELLED, CORE_APPLIED_NO, ERROR_CANCELLED,
                         "It was cancelled before it was sent."));
    schedule_run(core, now);
    return CORE_OK;
}

int core_attach(Core *core, const CoreNow *now MPS_UNUSED, CoreRequest *request, const char *owner)
{
    Text *text = text_ref(&core->owners, owner);
    if (!text)
        return -ENOMEM;
    list_remove(&request->owned);
    /* The count of what is on its way to the store stays with the one who called. */
    bool unstored = request->phase == PHASE_ACCEPTING || request->phase == PHASE_ACCEPTING_MARKED;
    if (unstored) {
        request->owner->count--;
        text->count++;
    }
    text_unref(&core->owners, request->owner);
    request->owner = text;
    if (*owner)
        list_add(&text->list, &request->owned);
    if (*owner && request->phase == PHASE_DONE)
        effect_add(core, CORE_EFFECT_COMPLETED, request)->result = request->result;
    return 0;
}

/* Nobody waits for what it reads any more. */
static void abandon(Core *core, CoreRequest *request, const CoreNow *now)
{
    if (request->phase == PHASE_SENDING) {
        request->abandoned = true;
        effect_add(core, CORE_EFFECT_ABORT, request);
        return;
    }
    if (request->phase == PHASE_MARKING) {
        request->abandoned = true;
        return;
    }
    if (request->phase != PHASE_DONE)
        lane_leave(core, request, now);
    finish_remove(core, request, false);
}

void core_owner_gone(Core *core, const CoreNow *now, const char *owner)
{
    MapNode *node = map_find(&core->owners.map, owner);
    if (!node || !*owner)
        return;
    /* Held on to: its last request lets go of it. */
    Text *gone = text_ref(&core->owners, container_of(node, Text, node)->value);
    ListNode *first;
    while ((first = list_first(&gone->list))) {
        CoreRequest *request = container_of(first, CoreRequest, owned);
        /* Without memory it stays named as owned by one who is gone: anybody may attach to it. */
        if (core_attach(core, now, request, "") < 0)
            list_remove(&request->owned);
        if (!core_kind_is_write((CoreKind)request->kind))
            abandon(core, request, now);
    }
    text_unref(&core->owners, gone);
    schedule_run(core, now);
}
