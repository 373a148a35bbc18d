/* SPDX-License-Identifier: MIT */
/* A request: its fields as others see them, its state, its timer, its memory. */
#include "core/internal.h"

#include "ipc/names.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const kind_names[] = {
    MPS_KIND_WRITE_SESSION_BY_HANDLE,
    MPS_KIND_WRITE_SESSION,
    MPS_KIND_GET_SESSION_BY_HANDLE,
    MPS_KIND_GET_SESSION,
    MPS_KIND_SET_ACTIVITY,
    MPS_KIND_GET_ACTIVITIES,
};
static const char *const mode_names[] = {
    "",
    MPS_MODE_CREATE_NEW,
    MPS_MODE_UPDATE_OR_CREATE_NEW,
    MPS_MODE_UPDATE_EXISTING,
    MPS_MODE_SYNCHRONIZED_UPDATE,
};
static const char *const state_names[] = {
    MPS_STATE_QUEUED, MPS_STATE_SENDING, MPS_STATE_WAITING, MPS_STATE_RESOLVING, MPS_STATE_DONE,
};

static int find_name(const char *const *names, size_t count, size_t first, const char *name)
{
    for (size_t i = first; i < count; i++)
        if (string_equal(names[i], name))
            return (int)i;
    return -EINVAL;
}

const char *core_kind_name(CoreKind kind)
{
    return kind_names[kind];
}

const char *core_mode_name(CoreMode mode)
{
    return mode_names[mode];
}

const char *core_state_name(CoreState state)
{
    return state_names[state];
}

int core_kind_from_name(const char *name, CoreKind *kind)
{
    int r = find_name(kind_names, ELEMENTS(kind_names), 0, name);
    if (r < 0)
        return r;
    *kind = (CoreKind)r;
    return 0;
}

int core_mode_from_name(const char *name, CoreMode *mode)
{
    int r = find_name(mode_names, ELEMENTS(mode_names), 1, name);
    if (r < 0)
        return r;
    *mode = (CoreMode)r;
    return 0;
}

int core_state_from_name(const char *name, CoreState *state)
{
    int r = find_name(state_names, ELEMENTS(state_names), 0, name);
    if (r < 0)
        return r;
    *state = (CoreState)r;
    return 0;
}

const char *core_request_id(const CoreRequest *request)
{
    return request->id;
}

CoreKind core_request_kind(const CoreRequest *request)
{
    return (CoreKind)request->kind;
}

CoreMode core_request_mode(const CoreRequest *request)
{
    return (CoreMode)request->mode;
}

CoreDurability core_request_durability(const CoreRequest *request)
{
    return (CoreDurability)request->durability;
}

CoreState core_request_state(const CoreRequest *request)
{
    return (CoreState)request->state;
}

const char *core_request_account(const CoreRequest *request)
{
    return request->account->value;
}

const char *core_request_app_id(const CoreRequest *request)
{
    return request->app->value;
}

const char *core_request_owner(const CoreRequest *request)
{
    return request->owner->value;
}

const char *core_request_target(const CoreRequest *request)
{
    return request->target;
}

uint32_t core_request_title_id(const CoreRequest *request)
{
    return request->title_id;
}

uint64_t core_request_accepted_at(const CoreRequest *request)
{
    return request->accepted_boot;
}

uint64_t core_request_deadline(const CoreRequest *request)
{
    return request->deadline;
}

uint64_t core_request_next_attempt(const CoreRequest *request)
{
    if (request->state != CORE_STATE_WAITING && request->state != CORE_STATE_RESOLVING)
        return 0;
    return request->not_before ? request->not_before : request->next_shown;
}

unsigned core_request_attempts(const CoreRequest *request)
{
    return request->attempts;
}

const char *core_request_last_error(const CoreRequest *request)
{
    const char *reason = account_reason(request);
    return reason ? reason : request->last_error ? request->last_error : "";
}

const CoreResult *core_request_result(const CoreRequest *request)
{
    return request->phase == PHASE_DONE ? request->result : NULL;
}

CoreOutcome core_request_outcome(const CoreRequest *request)
{
    return (CoreOutcome)request->outcome;
}

bool core_request_stored(const CoreRequest *request)
{
    return request->stored;
}

/* ---- For the core alone ------------------------------------------------------------------------------------------- */

bool request_is_conditional(const CoreRequest *request)
{
    /* In the other modes the ETag is only the version to compare with: two writes made from one version both apply. */
    return request->mode == CORE_MODE_CREATE_NEW || request->mode == CORE_MODE_SYNCHRONIZED_UPDATE;
}

/* When it ends, if it has not before. */
static uint64_t request_end(const CoreRequest *request)
{
    return request->deadline + (core_broken(BREAK_IGNORE_DEADLINE) ? BROKEN_DEADLINE_USEC : 0);
}

bool request_is_late(const CoreRequest *request, const CoreNow *now)
{
    return now->boot_usec >= request_end(request);
}

bool request_is_urgent(const CoreRequest *request)
{
    return request->look || request->write_class == WRITE_CLASS_LEAVE;
}

static uint32_t *state_counter(Core *core, CoreState state)
{
    switch (state) {
    case CORE_STATE_SENDING:
    case CORE_STATE_RESOLVING:
        return &core->active;
    case CORE_STATE_DONE:
        return &core->unacknowledged;
    default:
        return &core->queued;
    }
}

void request_set_state(Core *core, CoreRequest *request, CoreState state)
{
    if (request->state == state)
        return;
    --*state_counter(core, (CoreState)request->state);
    ++*state_counter(core, state);
    request->state = (uint8_t)state;
    if (request->stored)
        effect_add(core, CORE_EFFECT_STATE, request);
}

/* A line of its story: what is out of the ordinary. Only what is stored has one. */
void request_note(Core *core, CoreRequest *request, const char *format, ...)
{
    if (request->durability == CORE_DURABILITY_NONE || !request->stored || request->notes >= NOTES_MAX)
        return;
    request->notes++;
    CoreEffect *effect = effect_add(core, CORE_EFFECT_STORE_NOTE, request);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(effect->note, sizeof effect->note, format, arguments);
    va_end(arguments);
}

void request_set_error(CoreRequest *request, const char *text)
{
    free(request->last_error);
    /* What people read of a waiting request; without memory it is left out. */
    request->last_error = text ? strdup(text) : NULL;
}

/* One timer serves all: the next attempt, the last chance, the deadline, the end of the result's keeping. */
void request_set_timer(Core *core, CoreRequest *request, const CoreNow *now)
{
    uint64_t when = USEC_NEVER;
    if (request->phase == PHASE_DONE) {
        when = request->done_at + KEEP_USEC;
        if (!request->result_stored && request->not_before > now->boot_usec && request->not_before < when)
            when = request->not_before;
    } else if (request->phase == PHASE_IDLE) {
        when = request_end(request);
        if (!request->last_chance && !request->last_chance_used && !request->held &&
            request->deadline - request->accepted_boot > LAST_CHANCE_USEC &&
            request->deadline > LAST_CHANCE_USEC)
            when = request->deadline - LAST_CHANCE_USEC;
        if (request->not_before > now->boot_usec && request->not_before < when)
            when = request->not_before;
    }
    heap_set(&core->timers, &request->timer, when);
}

void request_drop_body(Core *core, CoreRequest *request)
{
    if (!request->body)
        return;
    core->resident -= request->body_size;
    free(request->body);
    request->body = NULL;
}

void request_count_bytes(Core *core, CoreRequest *request, uint32_t bytes)
{
    core->bytes = core->bytes - request->bytes + bytes;
    request->app->bytes = request->app->bytes - request->bytes + bytes;
    request->bytes = bytes;
}

CoreRequest *request_free(Core *core, CoreRequest *request)
{
    heap_set(&core->timers, &request->timer, USEC_NEVER);
    request_drop_body(core, request);
    supersede_forget(core, request);
    free(request->base);
    free(request->fence);
    core_result_free(request->result);
    list_remove(&request->owned);
    list_remove(&request->documents);
    request->account = account_unref(core, request->account);
    request->app = text_unref(&core->apps, request->app);
    request->owner = text_unref(&core->owners, request->owner);
    for (uint32_t i = 0; i < request->xuids_count; i++)
        free(request->xuids[i]);
    free(request->xuids);
    free(request->target);
    free(request->etag);
    free(request->supersedes);
    free(request->last_error);
    free(request->send_parts);
    free(request);
    return NULL;
}
