/* SPDX-License-Identifier: MIT */
/* Leaving: what it makes pointless before it, and what must not join again behind it. */
#include "core/internal.h"

/* What touches the leaver's own member alone is undone by the leave, so it need not be sent. */
void leave_track(CoreRequest *request)
{
    if (!request->own_only ||
        (request->write_class != WRITE_CLASS_JOIN && request->write_class != WRITE_CLASS_OWN))
        return;
    TAILQ_INSERT_TAIL(&request->lane->pointless, request, pointless);
    request->in_pointless = true;
}

void leave_untrack(CoreRequest *request)
{
    if (!request->in_pointless)
        return;
    TAILQ_REMOVE(&request->lane->pointless, request, pointless);
    request->in_pointless = false;
}

void leave_supersede(Core *core, CoreRequest *leave, const CoreNow *now)
{
    CoreRequest *older, *next;
    if (leave->write_class != WRITE_CLASS_LEAVE || !leave->lane)
        return;
    for (older = TAILQ_FIRST(&leave->lane->pointless); older; older = next) {
        next = TAILQ_NEXT(older, pointless);
        if (older->sequence > leave->sequence || older->phase != PHASE_IDLE || older->maybe_applied ||
            older->look == LOOK_CONFLICT)
            continue;
        finish(core, older, now,
               finish_result(
                   CORE_OUTCOME_SUPERSEDED, CORE_APPLIED_NO, ERROR_SUPERSEDED,
                   "The account leaves the session, which makes this write pointless. It was not sent."));
    }
}

static bool joins_again(const CoreRequest *request)
{
    return core_kind_is_write((CoreKind)request->kind) && request->write_class != WRITE_CLASS_LEAVE;
}

void leave_refuse(Core *core, CoreRequest *request, const CoreNow *now)
{
    finish(core, request, now,
           finish_result(
               CORE_OUTCOME_REJECTED, CORE_APPLIED_NO, ERROR_LEFT,
               "The account had left the session when its turn came, and this write would have made it a "
               "member again. Join first."));
}

/* The leave may be acknowledged, and so forgotten, before this one is over: it is kept with it. */
static void set_behind(Core *core, CoreRequest *request)
{
    if (request->behind_leave)
        return;
    request->behind_leave = true;
    if (request->durability != CORE_DURABILITY_NONE)
        effect_add(core, CORE_EFFECT_STORE_BEHIND_LEAVE, request);
}

/*
 * Any write makes its account a member. So what was accepted before the leave was done, and does not say that it wants to
 * join, is refused; from the first join on, all goes on.
 */
void leave_ended(Core *core, CoreRequest *leave, const CoreNow *now)
{
    CoreRequest *behind, *next;
    if (leave->write_class != WRITE_CLASS_LEAVE || !leave->lane)
        return;
    for (behind = TAILQ_NEXT(leave, in_list); behind; behind = next) {
        next = TAILQ_NEXT(behind, in_list);
        if (!joins_again(behind))
            continue;
        if (behind->write_class == WRITE_CLASS_JOIN)
            return;
        bool waits = behind->phase == PHASE_IDLE && behind->look != LOOK_CONFLICT;
        if (waits && ending_doubt(behind) == CORE_APPLIED_NO) {
            leave_refuse(core, behind, now);
            continue;
        }
        set_behind(core, behind);
        /* In doubt, and about to be sent again: it is only looked up now. */
        if (waits && !behind->look)
            behind->look = LOOK_RESOLVE;
    }
}

/* ---- After a restart: the agent may have died between the leave's end and that of those behind it ---------------------- */

static Left *left_find(Core *core, const char *key)
{
    MapNode *node = map_find(&core->left, key);
    return node ? container_of(node, Left, node) : NULL;
}

static void left_free(Core *core, Left *left)
{
    map_remove(&core->left, &left->node);
    free(left);
}

static int left_add(Core *core, const char *key, uint64_t done_wall)
{
    size_t size = strlen(key) + 1;
    Left *made = calloc(1, sizeof *made + size);
    if (!made)
        return -ENOMEM;
    memcpy(made->key, key, size);
    made->done_wall = done_wall;
    int r = map_add(&core->left, &made->node, made->key);
    if (r < 0)
        free(made);
    return r;
}

/* Called by rising sequence. Returns 1 for a request that is behind a leave, 0, or -ENOMEM. */
int leave_restored(Core *core, const CoreRequest *request, const char *lane_key, const CoreStored *record)
{
    if (!core_kind_is_write((CoreKind)request->kind))
        return 0;
    Left *left = left_find(core, lane_key);
    if (request->write_class == WRITE_CLASS_LEAVE) {
        if (!record->done ||
            (record->outcome != CORE_OUTCOME_APPLIED && record->outcome != CORE_OUTCOME_UNKNOWN))
            return 0;
        if (!left)
            return left_add(core, lane_key, record->done_wall_usec);
        left->done_wall = record->done_wall_usec;
        return 0;
    }
    if (!left)
        return 0;
    if (request->write_class == WRITE_CLASS_JOIN) {
        left_free(core, left);
        return 0;
    }
    /* One in doubt is never sent behind it, whatever the wall clock has done since; it is only looked up. */
    if (!record->marked && record->accepted_wall_usec > left->done_wall)
        return 0;
    return !record->done;
}

void leave_restore_end(Core *core)
{
    MapNode *node;
    while ((node = map_any(&core->left)))
        left_free(core, container_of(node, Left, node));
}
