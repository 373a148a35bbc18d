/* SPDX-License-Identifier: MIT */
/* Lanes: one per account and session; and which handle is which session. */
#include "core/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

/*
 * Everything about a session goes through its lane in order, reads too, so that a game's read shows what it has
 * written before, and an activity is published after the join. Asking for others' activities waits for nobody: its lane
 * is its own.
 */

static void text_lower(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

static bool kind_has_handle(unsigned kind)
{
    return kind == CORE_WRITE_SESSION_BY_HANDLE || kind == CORE_GET_SESSION_BY_HANDLE;
}

/* Which session it is for, as far as that is known: the part of the lane's key behind the account. */
const char *lane_session(const CoreRequest *request)
{
    return strchr(request->lane->key, '\n') + 1;
}

static KnownHandle *handle_find(Core *core, const char *handle_id)
{
    MapNode *node = map_find(&core->handles, handle_id);
    return node ? container_of(node, KnownHandle, node) : NULL;
}

const char *handle_reference(Core *core, const char *handle_id)
{
    const KnownHandle *known = handle_find(core, handle_id);
    return known ? known->reference : NULL;
}

char *lane_key(Core *core, const CoreRequest *request)
{
    char *key = NULL;
    int r;
    if (request->kind == CORE_GET_ACTIVITIES) {
        r = asprintf(&key, "%s\n*%s", request->account->value, request->id);
    } else {
        const KnownHandle *known = kind_has_handle(request->kind) ? handle_find(core, request->target) : NULL;
        r = asprintf(&key, "%s\n%s", request->account->value, known ? known->reference : request->target);
    }
    if (r < 0)
        return NULL;
    /* Names of sessions go without case. */
    text_lower(key);
    return key;
}

static Lane *lane_find(Core *core, const char *key)
{
    MapNode *node = map_find(&core->lanes, key);
    return node ? container_of(node, Lane, node) : NULL;
}

static int lane_new(Core *core, const char *key, Lane **lane)
{
    size_t size = strlen(key) + 1;
    Lane *made = calloc(1, sizeof *made + size);
    if (!made)
        return -ENOMEM;
    memcpy(made->key, key, size);
    TAILQ_INIT(&made->requests);
    TAILQ_INIT(&made->pointless);
    if (map_add(&core->lanes, &made->node, made->key) < 0) {
        free(made);
        return -ENOMEM;
    }
    *lane = made;
    return 0;
}

static void lane_free(Core *core, Lane *lane)
{
    schedule_unready(core, lane);
    map_remove(&core->lanes, &lane->node);
    free(lane->fence);
    free(lane);
}

static void lane_insert(Lane *lane, CoreRequest *request)
{
    CoreRequest *before = TAILQ_LAST(&lane->requests, RequestList);
    while (before && before->sequence > request->sequence)
        before = TAILQ_PREV(before, RequestList, in_list);
    if (before)
        TAILQ_INSERT_AFTER(&lane->requests, before, request, in_list);
    else
        TAILQ_INSERT_HEAD(&lane->requests, request, in_list);
    request->lane = lane;
    lane->doubts += request->maybe_applied;
    request->account->leaves += request->write_class == WRITE_CLASS_LEAVE;
    leave_track(request);
}

int lane_join(Core *core, CoreRequest *request)
{
    CLEANUP_FREE char *key = lane_key(core, request);
    if (!key)
        return -ENOMEM;
    Lane *lane = lane_find(core, key);
    if (!lane) {
        int r = lane_new(core, key, &lane);
        if (r < 0)
            return r;
    }
    lane_insert(lane, request);
    return 0;
}

void lane_leave(Core *core, CoreRequest *request, const CoreNow *now)
{
    Lane *lane = request->lane;
    if (!lane)
        return;
    leave_untrack(request);
    TAILQ_REMOVE(&lane->requests, request, in_list);
    lane->doubts -= request->maybe_applied;
    request->account->leaves -= request->write_class == WRITE_CLASS_LEAVE;
    request->lane = NULL;
    lane_update(core, lane, now);
}

/* After anything about the head has changed: is it ready to start? */
void lane_update(Core *core, Lane *lane, const CoreNow *now)
{
    const CoreRequest *head = TAILQ_FIRST(&lane->requests);
    if (lane->judging)
        return;
    schedule_unready(core, lane);
    if (!head) {
        if (!lane->busy)
            lane_free(core, lane);
        return;
    }
    if (!lane->busy && head->phase == PHASE_IDLE && head->not_before <= now->boot_usec &&
        account_lets_go(head))
        schedule_ready(core, lane);
}

/*
 * Two lanes are one session: merged by order of acceptance, in one pass over both. What is under way in either goes on, and
 * the merged lane waits for it.
 */
static void lane_merge(Core *core, Lane *from, Lane *into, const CoreNow *now)
{
    CoreRequest *request, *next, *leave = NULL, *place = TAILQ_FIRST(&into->requests);
    for (request = TAILQ_FIRST(&from->requests); request; request = next) {
        next = TAILQ_NEXT(request, in_list);
        leave_untrack(request);
        TAILQ_REMOVE(&from->requests, request, in_list);
        while (place && place->sequence < request->sequence && !core_broken(BREAK_NEWEST_FIRST))
            place = TAILQ_NEXT(place, in_list);
        if (place)
            TAILQ_INSERT_BEFORE(place, request, in_list);
        else
            TAILQ_INSERT_TAIL(&into->requests, request, in_list);
        request->lane = into;
        into->doubts += request->maybe_applied;
        leave_track(request);
    }
    TAILQ_FOREACH(request, &into->requests, in_list)
    {
        if (request->write_class == WRITE_CLASS_LEAVE && request->phase == PHASE_IDLE)
            leave = request;
        /* What was about to be sent again is looked up anew: the other lane may have written since. */
        if (request->absent && request->maybe_applied && request->phase == PHASE_IDLE)
            request->look = LOOK_RESOLVE;
    }
    written_rename(core, from->key, into->key);
    into->busy += from->busy;
    from->doubts = from->busy = 0;
    /* What was judged by either fence keeps the version that it was judged by. */
    free(TAKE(from->fence));
    free(TAKE(into->fence));
    lane_update(core, from, now);
    if (leave)
        leave_supersede(core, leave, now);
    lane_update(core, into, now);
}

void handle_free(Core *core, KnownHandle *handle)
{
    map_remove(&core->handles, &handle->node);
    TAILQ_REMOVE(&core->handle_list, handle, in_order);
    free(handle->reference);
    free(handle);
}

int handle_know(Core *core, const char *handle_id, const char *scid, const char *template_name,
                const char *name)
{
    char *reference;
    if (asprintf(&reference, "%s/%s/%s", scid, template_name, name) < 0)
        return -ENOMEM;
    KnownHandle *known = handle_find(core, handle_id);
    if (known) {
        bool same = strcasecmp(known->reference, reference) == 0;
        free(known->reference);
        known->reference = reference;
        return same ? -EEXIST : 0;
    }
    known = calloc(1, sizeof *known);
    if (!known) {
        free(reference);
        return -ENOMEM;
    }
    known->reference = reference;
    snprintf(known->id, sizeof known->id, "%s", handle_id);
    if (map_add(&core->handles, &known->node, known->id) < 0) {
        free(reference);
        free(known);
        return -ENOMEM;
    }
    TAILQ_INSERT_TAIL(&core->handle_list, known, in_order);
    if (core->handles.count > HANDLES_MAX)
        handle_free(core, TAILQ_FIRST(&core->handle_list));
    return 0;
}

/* A lane whose session may be known by another name now. Afterwards it may be gone. */
void lane_settle(Core *core, Lane *lane, const CoreNow *now)
{
    if (lane->holds) {
        lane->holds->busy--;
        lane_update(core, TAKE(lane->holds), now);
    }
    /* A reference is a session's last name. */
    bool final = strchr(lane->key, '/');
    const CoreRequest *first = final ? NULL : TAILQ_FIRST(&lane->requests);
    CLEANUP_FREE char *key = first ? lane_key(core, first) : NULL;
    Lane *into = NULL;
    /* Without memory the lanes are joined at the next answer. */
    if (key && !string_equal(key, lane->key) && !(into = lane_find(core, key)) &&
        lane_new(core, key, &into) < 0)
        into = NULL;
    if (!into) {
        lane_update(core, lane, now);
    } else if (lane->judging) {
        lane->holds = into;
        into->busy++;
        lane_update(core, into, now);
    } else {
        lane_merge(core, lane, into, now);
    }
}

/* The same handle in the hands of one account: its lane, and who wrote last. */
static void lane_settle_account(Core *core, const char *account, const KnownHandle *known, const CoreNow *now)
{
    CLEANUP_FREE char *old = NULL, *key = NULL;
    if (asprintf(&old, "%s\n%s", account, known->id) < 0 ||
        asprintf(&key, "%s\n%s", account, known->reference) < 0)
        return;
    text_lower(key);
    written_rename(core, old, key);
    Lane *lane = lane_find(core, old);
    if (lane)
        lane_settle(core, lane, now);
}

static void lane_settle_all(Core *core, const char *handle_id, const CoreNow *now)
{
    const KnownHandle *known = handle_find(core, handle_id);
    for (size_t i = 0; i < core->accounts.buckets_count; i++)
        for (MapNode *node = core->accounts.buckets[i]; node; node = node->next)
            lane_settle_account(core, container_of(node, Account, node)->value, known, now);
}

/* An attempt has ended: if its answer told which session a handle is, that is remembered, and the lanes are joined. The
 * attempt must have been unclaimed. */
void lane_learn(Core *core, CoreRequest *request, const CoreAttempt *attempt, const CoreNow *now)
{
    if (!kind_has_handle(request->kind))
        return;
    if (attempt->scid && !request->by_reference &&
        handle_know(core, request->target, attempt->scid, attempt->template_name, attempt->name) == 0) {
        CoreEffect *effect = effect_add(core, CORE_EFFECT_STORE_HANDLE, NULL);
        snprintf(effect->handle.handle_id, sizeof effect->handle.handle_id, "%s", request->target);
        snprintf(effect->handle.scid, sizeof effect->handle.scid, "%s", attempt->scid);
        snprintf(effect->handle.template_name, sizeof effect->handle.template_name, "%s",
                 attempt->template_name);
        snprintf(effect->handle.name, sizeof effect->handle.name, "%s", attempt->name);
        effect->handle.wall_usec = now->wall_usec;
        lane_settle_all(core, request->target, now);
    }
    lane_settle(core, request->lane, now);
}
