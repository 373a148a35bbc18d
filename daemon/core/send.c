/* SPDX-License-Identifier: MIT */
/* An attempt's start: its place is claimed, its mark written, and then it is handed to http. */
#include "core/internal.h"

void send_claim(Core *core, CoreRequest *request)
{
    Limiter *limiter;
    if (limiter_of(core, request, &limiter) == 0) {
        /* Without memory for the entry the log forgets its oldest one early; better than to send nothing any more. */
        (void)limiter_reserve(&limiter->log);
        limiter_start(&limiter->log);
    }
    request->probe = core->down || core->retry_tokens < (int)request->retry_cost;
    if (request->probe)
        core->probing++;
    else
        core->retry_tokens -= request->retry_cost;
    request->lane->busy++;
    request->account->under_way++;
}

void send_unclaim(Core *core, CoreRequest *request, const CoreNow *now, bool counts)
{
    Limiter *limiter;
    if (limiter_of(core, request, &limiter) == 0 && limiter->log.under_way)
        limiter_end(&limiter->log, now->boot_usec, counts);
    if (request->probe)
        core->probing--;
    request->probe = false;
    request->lane->busy--;
    request->account->under_way--;
    if (counts && core->unproven)
        schedule_hurry(core, now, true);
}

static const char *send_account(Core *core, const CoreRequest *request)
{
    if (core_broken(BREAK_FIRST_ACCOUNT) && TAILQ_FIRST(&core->all))
        return TAILQ_FIRST(&core->all)->account->value;
    return request->account->value;
}

static CoreVerb send_verb(const CoreRequest *request)
{
    switch (request->kind) {
    case CORE_SET_ACTIVITY:
        return CORE_VERB_SET_ACTIVITY;
    case CORE_GET_ACTIVITIES:
        return CORE_VERB_GET_ACTIVITIES;
    default:
        return core_kind_is_write((CoreKind)request->kind) && !request->look ? CORE_VERB_WRITE
                                                                             : CORE_VERB_READ;
    }
}

/* min(20 s, max(5 s, half the time left)) */
static uint64_t send_limit(const CoreRequest *request, uint64_t now)
{
    uint64_t half = request->deadline > now ? (request->deadline - now) / 2 : 0;
    uint64_t limit = half > 5 * USEC_PER_SEC ? half : 5 * USEC_PER_SEC;
    return limit < ATTEMPT_MAX_USEC ? limit : ATTEMPT_MAX_USEC;
}

/* The parts of scid/template/name, cut apart in a copy that lives until the attempt's answer. */
static int send_cut(Core *core, CoreRequest *request, CoreSend *send)
{
    const char *reference = request->by_reference ? handle_reference(core, request->target) : NULL;
    free(request->send_parts);
    request->send_parts = strdup(reference ? reference : request->target);
    if (!request->send_parts)
        return -ENOMEM;
    if (!reference &&
        (request->kind == CORE_WRITE_SESSION_BY_HANDLE || request->kind == CORE_GET_SESSION_BY_HANDLE)) {
        send->handle_id = request->send_parts;
        return 0;
    }
    char *rest = request->send_parts;
    send->scid = strsep(&rest, "/");
    send->template_name = rest ? strsep(&rest, "/") : NULL;
    send->name = rest;
    return 0;
}

void send_begin(Core *core, CoreRequest *request, const CoreNow *now)
{
    CoreSend send = {.verb = send_verb(request),
                     .account = send_account(core, request),
                     .title_id = request->title_id,
                     .timeout_usec = send_limit(request, now->boot_usec)};
    if (send_cut(core, request, &send) < 0) {
        send_unclaim(core, request, now, false);
        request->phase = PHASE_IDLE;
        request->not_before = now->boot_usec + USEC_PER_SEC;
        request_set_timer(core, request, now);
        return;
    }
    if (send.verb == CORE_VERB_WRITE) {
        written_by(core, request, USEC_NEVER);
        send.precondition = resolve_precondition(request, &send.etag);
    }
    /* With a look at what became of a write too: it is handed back for comparing. */
    send.needs_body = core_kind_is_write((CoreKind)request->kind);
    send.body = request->body;
    send.body_size = request->body_size;
    send.xuids = (const char *const *)request->xuids;
    send.xuids_count = request->xuids_count;
    request->phase = PHASE_SENDING;
    request->sent_at = now->boot_usec;
    heap_set(&core->timers, &request->timer, USEC_NEVER);
    request_set_state(core, request,
                      request->look || request->maybe_applied ? CORE_STATE_RESOLVING : CORE_STATE_SENDING);
    effect_add(core, CORE_EFFECT_SEND, request)->send = send;
}

void send_note(Core *core, CoreEffectType type, CoreRequest *request)
{
    CoreEffect *effect = effect_add(core, type, request);
    effect->mark.account = request->account->value;
    effect->mark.title_id = request->title_id;
    effect->mark.attempts = request->attempts;
    effect->mark.base = request->base ? request->base->packed : NULL;
}

/* Before the first byte: a write's mark, and of every attempt that the service counts it. A look changes nothing, so no
 * crash can make it doubtful. */
void send_mark(Core *core, CoreRequest *request)
{
    bool marks = request->durability != CORE_DURABILITY_NONE && !request->look;
    request->phase = PHASE_MARKING;
    heap_set(&core->timers, &request->timer, USEC_NEVER);
    send_note(core, marks ? CORE_EFFECT_STORE_MARK : CORE_EFFECT_STORE_ATTEMPT, request);
    core->unstored++;
}
