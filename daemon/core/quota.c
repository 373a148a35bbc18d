/* SPDX-License-Identifier: MIT */
/* How much the agent holds, in all and for each app. */
#include "core/internal.h"

static bool over_bytes(const Core *core, const Text *app, size_t more)
{
    return core->bytes + more > core->limits.bytes_max ||
           (app ? app->bytes : 0) + more > core->limits.app_bytes_max;
}

static void drop_document(Core *core, CoreRequest *request)
{
    list_remove(&request->documents);
    request_count_bytes(core, request, 0);
    if (request->durability != CORE_DURABILITY_NONE)
        effect_add(core, CORE_EFFECT_STORE_DROP_SESSION, request);
    if (request->result && request->result->session) {
        free(request->result->session);
        request->result->session = NULL;
        request->result->session_size = 0;
        request->result->session_dropped = true;
    }
}

static CoreRequest *oldest_document(const Text *app)
{
    const ListNode *node = app ? list_first(&app->list) : NULL;
    return node ? container_of(node, CoreRequest, documents) : NULL;
}

static CoreRequest *oldest_of_all(const Core *core)
{
    CoreRequest *oldest = NULL;
    for (size_t i = 0; i < core->apps.map.buckets_count; i++)
        for (const MapNode *node = core->apps.map.buckets[i]; node; node = node->next) {
            CoreRequest *request = oldest_document(container_of(node, Text, node));
            if (request && (!oldest || request->done_at + KEEP_USEC < oldest->done_at + KEEP_USEC))
                oldest = request;
        }
    return oldest;
}

/* The oldest results lose their documents first: their outcome stays. */
static void drop_documents(Core *core, const Text *app, size_t more)
{
    CoreRequest *request;
    while (over_bytes(core, app, more)) {
        bool all = core->bytes + more > core->limits.bytes_max;
        request = all ? oldest_of_all(core) : oldest_document(app);
        if (!request)
            return;
        drop_document(core, request);
    }
}

/* A result has come: what was small when it was taken may bring a large document. */
void quota_keep(Core *core, const Text *app)
{
    drop_documents(core, app, 0);
}

static const Text *find_text(const Texts *texts, const char *value)
{
    MapNode *node = map_find(&texts->map, value);
    return node ? container_of(node, Text, node) : NULL;
}

/* What a queue must not do; for the simulator's proof alone. */
static void drop_silently(Core *core, const Text *app, const CoreNow *now)
{
    CoreRequest *request;
    if (core->by_id.count < core->limits.requests_max && (!app || app->count < core->limits.app_requests_max))
        return;
    TAILQ_FOREACH(request, &core->all, all)
    {
        if (request->phase == PHASE_IDLE && request->stored) {
            lane_leave(core, request, now);
            finish_remove(core, request, true);
            return;
        }
    }
}

int quota_check(Core *core, const CoreNow *now, const CoreSubmit *submit, CoreRefusal *refusal)
{
    const Text *app = find_text(&core->apps, submit->app_id);
    const Text *owner = find_text(&core->owners, submit->owner);
    if (core_broken(BREAK_DROP_SILENTLY))
        drop_silently(core, app, now);
    if (core->by_id.count >= core->limits.requests_max)
        return submit_refuse(
            refusal, CORE_REFUSED_QUOTA,
            "the agent holds %u requests, which is its most: call Acknowledge on results that were "
            "read, or wait",
            core->limits.requests_max);
    if (app && app->count >= core->limits.app_requests_max)
        return submit_refuse(
            refusal, CORE_REFUSED_QUOTA,
            "this app has %u requests, which is its most: call Acknowledge on results that were "
            "read, or wait",
            core->limits.app_requests_max);
    if (owner && owner->count >= core->limits.owner_unstored_max)
        return submit_refuse(
            refusal, CORE_REFUSED_QUOTA,
            "%u requests of this connection are on their way to the disk: wait for their replies",
            core->limits.owner_unstored_max);
    if (over_bytes(core, app, submit->session_size))
        drop_documents(core, app, submit->session_size);
    if (over_bytes(core, app, submit->session_size))
        return submit_refuse(
            refusal, CORE_REFUSED_QUOTA,
            "the waiting documents and results fill the agent's quota: call Acknowledge on results that were "
            "read, or wait");
    return 0;
}
