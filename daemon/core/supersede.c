/* SPDX-License-Identifier: MIT */
/* What a newer write makes pointless: by its key. */
#include "core/internal.h"

#include <stdio.h>

void supersede_forget(Core *core, CoreRequest *request)
{
    Superseding *superseding = TAKE(request->superseding);
    if (!superseding)
        return;
    map_remove(&core->superseding, &superseding->node);
    free(superseding);
}

void supersede_end(Core *core, CoreRequest *request, const CoreNow *now)
{
    finish(core, request, now,
           finish_result(CORE_OUTCOME_SUPERSEDED, CORE_APPLIED_NO, ERROR_SUPERSEDED,
                         "A newer write with the same supersedes key took its place."));
}

static char *supersede_key(const CoreRequest *request)
{
    char *key = NULL;
    int r = asprintf(&key, "%s\n%s\n%s\n%s", request->app->value, request->account->value, request->target,
                     request->supersedes);
    return r < 0 ? NULL : key;
}

/* It is the newest with its key. Without memory the older ones are simply sent too. */
void supersede_older(Core *core, CoreRequest *request, const CoreNow *now)
{
    leave_supersede(core, request, now);
    if (!request->supersedes)
        return;
    CLEANUP_FREE char *key = supersede_key(request);
    if (!key)
        return;
    MapNode *node = map_find(&core->superseding, key);
    if (node) {
        CoreRequest *older = container_of(node, Superseding, node)->request;
        /* One that is kept in memory alone was accepted later, but had no commit to wait for. */
        if (older->sequence > request->sequence) {
            request->overtaken = true;
            return;
        }
        supersede_forget(core, older);
        if (older->phase == PHASE_IDLE && !older->maybe_applied && older->look != LOOK_CONFLICT)
            supersede_end(core, older, now);
        else
            older->overtaken = true;
    }
    size_t size = strlen(key) + 1;
    Superseding *made = malloc(sizeof *made + size);
    if (!made)
        return;
    memcpy(made->key, key, size);
    made->request = request;
    if (map_add(&core->superseding, &made->node, made->key) < 0) {
        free(made);
        return;
    }
    request->superseding = made;
}
