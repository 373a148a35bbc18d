/* SPDX-License-Identifier: MIT */
/* Taking a call: its document, its id, the quotas, its place. */
#include "core/internal.h"

#include "base/digest.h"
#include "ipc/names.h"

#include <stdarg.h>
#include <stdio.h>

int submit_refuse(CoreRefusal *refusal, CoreRefusalCode code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(refusal->message, sizeof refusal->message, format, arguments);
    va_end(arguments);
    refusal->code = code;
    return CORE_E_REFUSED;
}

/* ---- A new request -------------------------------------------------------------------------------------------------- */

int request_new(Core *core, const char *id, const char *account, const char *app_id, const char *owner,
                const char *target, CoreRequest **request)
{
    CoreRequest *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    snprintf(made->id, sizeof made->id, "%s", id);
    made->account = account_ref(core, account);
    made->app = text_ref(&core->apps, app_id);
    made->owner = text_ref(&core->owners, owner);
    made->target = strdup(target);
    if (!made->account || !made->app || !made->owner || !made->target ||
        heap_reserve(&core->timers, (uint32_t)core->by_id.count + 1) < 0 ||
        map_add(&core->by_id, &made->by_id, made->id) < 0) {
        request_free(core, made);
        return -ENOMEM;
    }
    TAILQ_INSERT_TAIL(&core->all, made, all);
    made->app->count++;
    if (*owner)
        list_add(&made->owner->list, &made->owned);
    made->state = CORE_STATE_QUEUED;
    core->queued++;
    *request = made;
    return 0;
}

/* Takes back request_new(), before anybody heard of it. */
void request_undo(Core *core, CoreRequest *request)
{
    request_count_bytes(core, request, 0);
    request->app->count--;
    list_remove(&request->owned);
    core->queued--;
    map_remove(&core->by_id, &request->by_id);
    TAILQ_REMOVE(&core->all, request, all);
    request_free(core, request);
}

static char *submit_target(const CoreSubmit *submit)
{
    char *target = NULL;
    int r;
    if (submit->handle_id)
        r = asprintf(&target, "%s", submit->handle_id);
    else if (submit->kind == CORE_GET_ACTIVITIES)
        r = asprintf(&target, "%s", submit->scid);
    else
        r = asprintf(&target, "%s/%s/%s", submit->scid, submit->template_name, submit->name);
    return r < 0 ? NULL : target;
}

static int submit_xuids(CoreRequest *request, const CoreSubmit *submit)
{
    if (!submit->xuids_count)
        return 0;
    request->xuids = calloc(submit->xuids_count, sizeof(char *));
    if (!request->xuids)
        return -ENOMEM;
    for (size_t i = 0; i < submit->xuids_count; i++) {
        request->xuids[i] = strdup(submit->xuids[i]);
        if (!request->xuids[i])
            return -ENOMEM;
        request->xuids_count++;
    }
    return 0;
}

/* What makes two calls the same: kind, account, target, mode, session bytes, title id, etag, supersedes. */
static int submit_hash(const CoreSubmit *submit, const char *target, unsigned char hash[32])
{
    unsigned char kind = (unsigned char)submit->kind, mode = (unsigned char)submit->mode;
    DigestPart parts[8 + MPS_XUIDS_MAX] = {
        {&kind, 1},
        {submit->account, strlen(submit->account)},
        {target, strlen(target)},
        {&mode, 1},
        {submit->session, submit->session ? submit->session_size : 0},
        {&submit->title_id, sizeof submit->title_id},
        {submit->etag, submit->etag ? strlen(submit->etag) : 0},
        {submit->supersedes, submit->supersedes ? strlen(submit->supersedes) : 0},
    };
    size_t count = 8;
    for (size_t i = 0; i < submit->xuids_count && i < MPS_XUIDS_MAX; i++)
        parts[count++] = (DigestPart){submit->xuids[i], strlen(submit->xuids[i])};
    return digest_parts(parts, count, hash);
}

/* ---- Ids that are known already -------------------------------------------------------------------------------------- */

static int same_id(Core *core, const CoreNow *now, const CoreSubmit *submit, CoreRequest *known,
                   const unsigned char hash[32], CoreRequest **request, CoreRefusal *refusal)
{
    bool foreign = submit->sandboxed && !string_equal(known->app->value, submit->app_id);
    if (foreign || memcmp(known->hash, hash, sizeof known->hash) != 0)
        return submit_refuse(
            refusal, CORE_REFUSED_ID_REUSED,
            "the id %s belongs to a request with other content: use a new id for each request", submit->id);
    if (!*known->owner->value || string_equal(known->owner->value, submit->owner)) {
        int r = core_attach(core, now, known, submit->owner);
        if (r < 0)
            return r;
    }
    *request = known;
    return CORE_E_SAME;
}

/* Acknowledged before: a request object with its outcome is there again, and nothing is sent. */
static int remembered_id(Core *core, const CoreNow *now, const CoreSubmit *submit, const Remembered *known,
                         const char *target, const unsigned char hash[32], CoreRequest **request,
                         CoreRefusal *refusal)
{
    if (memcmp(known->hash, hash, sizeof known->hash) != 0)
        return submit_refuse(
            refusal, CORE_REFUSED_ID_REUSED,
            "the id %s belonged to a request with other content: use a new id for each request", submit->id);
    CoreRequest *made;
    int r = request_new(core, submit->id, submit->account, submit->app_id, submit->owner, target, &made);
    if (r < 0)
        return r;
    made->kind = (uint8_t)submit->kind;
    made->mode = (uint8_t)submit->mode;
    made->durability = CORE_DURABILITY_NONE;
    made->sequence = ++core->sequence;
    made->accepted_boot = made->deadline = made->done_at = now->boot_usec;
    made->accepted_wall = now->wall_usec;
    made->stored = true;
    memcpy(made->hash, hash, sizeof made->hash);
    made->outcome = (uint8_t)known->outcome;
    /* No more is remembered than how it ended, which says "no" for certain only of what was never sent. */
    bool never = known->outcome == CORE_OUTCOME_EXPIRED || known->outcome == CORE_OUTCOME_CANCELLED;
    CoreApplied applied = known->outcome == CORE_OUTCOME_APPLIED ? CORE_APPLIED_YES
                          : never                                ? CORE_APPLIED_NO
                                                                 : CORE_APPLIED_UNKNOWN;
    made->result = finish_result(known->outcome, applied, NULL,
                                 "This id was completed and acknowledged before; nothing was sent again.");
    effect_add(core, CORE_EFFECT_ACCEPTED, made);
    finish_complete(core, made, now);
    *request = made;
    return CORE_E_REMEMBERED;
}

/* ---- The call ------------------------------------------------------------------------------------------------------------ */

static unsigned request_facts(const CoreRequest *request)
{
    return write_facts_pack(&(WriteFacts){
        .write_class = (WriteClass)request->write_class,
        .own_only = request->own_only,
        .encounters = request->encounters,
    });
}

/* What is known of the session now: after a power cut it may be all that tells whether this was ever sent. */
static const char *submit_base(Core *core, const CoreRequest *request)
{
    const Version *known = request->base ? request->base : session_version(core, lane_session(request));
    return known ? known->packed : NULL;
}

static void submit_store(Core *core, CoreRequest *request)
{
    bool marked = request->phase == PHASE_ACCEPTING_MARKED;
    CoreEffect *effect = effect_add(core, CORE_EFFECT_STORE_REQUEST, request);
    effect->store.marked = marked;
    effect->store.record = (CoreStored){
        .id = request->id,
        .sequence = request->sequence,
        .kind = (CoreKind)request->kind,
        .mode = (CoreMode)request->mode,
        .durability = (CoreDurability)request->durability,
        .account = request->account->value,
        .title_id = request->title_id,
        .app_id = request->app->value,
        .target = request->target,
        .etag = request->etag,
        .supersedes = request->supersedes,
        .body = request->body,
        .body_size = request->body_size,
        .accepted_boot_usec = request->accepted_boot,
        .accepted_wall_usec = request->accepted_wall,
        .deadline_boot_usec = request->deadline,
        .deadline_wall_usec = request->accepted_wall + (request->deadline - request->accepted_boot),
        .fail_when_offline = request->fail_when_offline,
        .write_class = request_facts(request),
        .base = submit_base(core, request),
        .marked = marked,
    };
    memcpy(effect->store.record.hash, request->hash, sizeof request->hash);
    request->marked = marked;
    core->unstored++;
    request->owner->count++;
}

static int submit_fill(Core *core, const CoreNow *now, const CoreSubmit *submit, const WriteFacts *facts,
                       CoreRequest *request)
{
    uint64_t lifetime = write_class_lifetime(submit->kind, facts->write_class);
    request->deadline = submit->deadline_boot_usec ? submit->deadline_boot_usec : now->boot_usec + lifetime;
    lifetime = request->deadline > now->boot_usec ? request->deadline - now->boot_usec : 0;
    request->kind = (uint8_t)submit->kind;
    request->mode = (uint8_t)submit->mode;
    request->write_class = (uint8_t)facts->write_class;
    request->own_only = facts->own_only;
    request->encounters = facts->encounters;
    request->durability =
        (uint8_t)(submit->durability == CORE_DURABILITY_DEFAULT || !core_kind_is_write(submit->kind)
                      ? write_class_durability(submit->kind, lifetime)
                      : submit->durability);
    request->title_id = submit->title_id;
    request->fail_when_offline = submit->fail_when_offline;
    request->sequence = ++core->sequence;
    request->accepted_boot = now->boot_usec;
    request->accepted_wall = now->wall_usec;
    if (submit->etag && !(request->etag = strdup(submit->etag)))
        return -ENOMEM;
    if (submit->supersedes && !(request->supersedes = strdup(submit->supersedes)))
        return -ENOMEM;
    if (submit->session) {
        request->body = malloc(submit->session_size + 1);
        if (!request->body)
            return -ENOMEM;
        memcpy(request->body, submit->session, submit->session_size);
        request->body[submit->session_size] = '\0';
        request->body_size = (uint32_t)submit->session_size;
        core->resident += request->body_size;
    }
    request_count_bytes(core, request, request->body_size);
    int r = submit_xuids(request, submit);
    return r < 0 ? r : lane_join(core, request);
}

static int check_submit(Core *core, const CoreNow *now, const CoreSubmit *submit, WriteFacts *facts,
                        CoreRefusal *refusal)
{
    char message[300];
    if (core->stopping)
        return submit_refuse(refusal, CORE_REFUSED_SHUTTING_DOWN,
                             "the agent is stopping: call again, which starts it again");
    if (core_kind_is_write(submit->kind)) {
        if (submit->session_size > MPS_SESSION_MAX)
            return submit_refuse(refusal, CORE_REFUSED_TOO_LARGE,
                                 "the session has %zu bytes; at most %d are taken: send only what changes",
                                 submit->session_size, MPS_SESSION_MAX);
        int r = write_class_check(submit->session, submit->session_size, facts, message, sizeof message);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            return submit_refuse(refusal, CORE_REFUSED_INVALID_SESSION, "%s", message);
    }
    if (submit->mode == CORE_MODE_SYNCHRONIZED_UPDATE && !submit->etag)
        return submit_refuse(
            refusal, CORE_REFUSED_INVALID_OPTION,
            "synchronized-update needs the option etag: the version that the change was made from");
    if (submit->deadline_boot_usec && submit->deadline_boot_usec > now->boot_usec + MPS_DEADLINE_MAX_USEC)
        return submit_refuse(refusal, CORE_REFUSED_INVALID_OPTION, "the deadline is more than 7 days away");
    return 0;
}

int core_submit(Core *core, const CoreNow *now, const CoreSubmit *submit, CoreRequest **request,
                CoreRefusal *refusal)
{
    WriteFacts facts = {.write_class = WRITE_CLASS_NONE};
    int r = check_submit(core, now, submit, &facts, refusal);
    if (r)
        return r;
    CLEANUP_FREE char *target = submit_target(submit);
    unsigned char hash[32];
    if (!target || submit_hash(submit, target, hash) < 0)
        return -ENOMEM;

    CoreRequest *known = core_find(core, submit->id);
    if (known)
        return same_id(core, now, submit, known, hash, request, refusal);
    r = quota_check(core, now, submit, refusal);
    if (r)
        return r;
    MapNode *node = map_find(&core->remembered, submit->id);
    if (node)
        return remembered_id(core, now, submit, container_of(node, Remembered, node), target, hash, request,
                             refusal);

    CoreRequest *made;
    r = request_new(core, submit->id, submit->account, submit->app_id, submit->owner, target, &made);
    if (r < 0)
        return r;
    memcpy(made->hash, hash, sizeof made->hash);
    r = submit_fill(core, now, submit, &facts, made);
    if (r < 0) {
        request_undo(core, made);
        return r;
    }
    bool starts = schedule_may_start(core, made, now);
    if (starts) {
        resolve_start(core, made, now);
        send_claim(core, made);
    }
    if (made->durability == CORE_DURABILITY_NONE) {
        made->stored = true;
        made->phase = PHASE_IDLE;
        effect_add(core, CORE_EFFECT_ACCEPTED, made);
        supersede_older(core, made, now);
        if (starts) {
            send_mark(core, made);
        } else if (!account_ends(core, made, now)) {
            request_set_timer(core, made, now);
            lane_update(core, made->lane, now);
        }
    } else {
        made->phase = starts ? PHASE_ACCEPTING_MARKED : PHASE_ACCEPTING;
        if (core_broken(BREAK_ACCEPT_BEFORE_COMMIT))
            effect_add(core, CORE_EFFECT_ACCEPTED, made);
        submit_store(core, made);
    }
    schedule_run(core, now);
    *request = made;
    return CORE_SUBMITTED;
}
