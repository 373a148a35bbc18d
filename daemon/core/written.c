/* SPDX-License-Identifier: MIT */
/* Who of us wrote a session last. In memory alone: a restart begins with what the store still tells. */
#include "core/internal.h"

void written_forget(Core *core, Written *written)
{
    map_remove(&core->written, &written->node);
    TAILQ_REMOVE(&core->written_list, written, in_order);
    free(written);
}

static Written *written_find(Core *core, const char *key)
{
    MapNode *node = map_find(&core->written, key);
    return node ? container_of(node, Written, node) : NULL;
}

static Written *written_new(Core *core, const char *key)
{
    /* Without memory it is not remembered: then own fields prove more than they should, in a process about to end. */
    size_t size = strlen(key) + 1;
    Written *made = calloc(1, sizeof *made + size);
    if (!made)
        return NULL;
    memcpy(made->key, key, size);
    if (map_add(&core->written, &made->node, made->key) < 0) {
        free(made);
        return NULL;
    }
    TAILQ_INSERT_TAIL(&core->written_list, made, in_order);
    if (core->written.count > SESSIONS_MAX)
        written_forget(core, TAILQ_FIRST(&core->written_list));
    return made;
}

/* Keeps the two that were last. */
static void written_note(Core *core, const char *key, uint64_t sequence, uint64_t when)
{
    Written *written = written_find(core, key);
    if (!sequence || (!written && !(written = written_new(core, key))))
        return;
    int at = written->last[1].sequence == sequence ||
             (written->last[0].sequence != sequence && written->last[1].when < written->last[0].when);
    if (when >= written->last[at].when || written->last[at].sequence == sequence) {
        written->last[at].sequence = sequence;
        written->last[at].when = when;
    }
    TAILQ_REMOVE(&core->written_list, written, in_order);
    TAILQ_INSERT_TAIL(&core->written_list, written, in_order);
}

/* An attempt of a write begins (USEC_NEVER: it may be applied at any time from now), or has ended. */
void written_by(Core *core, const CoreRequest *request, uint64_t when)
{
    written_note(core, request->lane->key, request->sequence, when);
}

/* After a restart: one that is over may have come between those that are in doubt, if they were in two lanes. */
void written_before(Core *core, const char *key, uint64_t sequence, const CoreNow *now)
{
    written_note(core, key, sequence, now->boot_usec);
}

/* A lane has got another name. */
void written_rename(Core *core, const char *from, const char *into)
{
    Written *old = written_find(core, from);
    if (!old)
        return;
    const Written copy = {.last = {old->last[0], old->last[1]}};
    written_forget(core, old);
    written_note(core, into, copy.last[1].sequence, copy.last[1].when);
    written_note(core, into, copy.last[0].sequence, copy.last[0].when);
}

static bool written_since(Core *core, const CoreRequest *request, uint64_t least)
{
    const Written *written = written_find(core, request->lane->key);
    if (!written)
        return false;
    for (size_t i = 0; i < ELEMENTS(written->last); i++)
        if (written->last[i].sequence >= least && written->last[i].sequence != request->sequence &&
            written->last[i].when >= request->doubt_at)
            return true;
    return false;
}

/* Whether another write of its account has come to the session since this one is in doubt: from a lane that was not known
 * to be the same. */
bool written_crossed(Core *core, const CoreRequest *request)
{
    return written_since(core, request, 1);
}

/* Whether it was one that was accepted later. */
bool written_later(Core *core, const CoreRequest *request)
{
    return written_since(core, request, request->sequence + 1);
}
