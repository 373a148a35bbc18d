/* SPDX-License-Identifier: MIT */
/* Carrying effects out, and bringing the disk's answers back. */
#include "world.h"

static int queue(World *world, const CoreEffect *effect, Operation *operation)
{
    operation->request = effect->request;
    operation->wall = world_wall_usec(world);
    operation->steady = disk_steady_usec(world);
    operation->slept = world->slept;
    operation->boot = world->boot;
    return disk_queue(world, operation);
}

static unsigned account_of(const char *account)
{
    return (unsigned)strtoul(account + 8, NULL, 10) - 1;
}

/* ---- Records that the core waits for ------------------------------------------------------------------------------- */

static int store_request(World *world, const CoreEffect *effect, const Job *job)
{
    const CoreStored *record = &effect->store.record;
    check_record(world, job, record);
    Operation operation = {.type = OPERATION_INSERT,
                           .job = job->number,
                           .power = record->durability == CORE_DURABILITY_POWER,
                           .account = account_of(record->account),
                           .title = record->title_id ? 1 : 0};
    operation.row = (Row){
        .present = true,
        .marked = effect->store.marked,
        .entry = -1,
        .result = -1,
        .sequence = record->sequence,
        .accepted_boot = record->accepted_boot_usec,
        .accepted_wall = record->accepted_wall_usec,
        .deadline_boot = record->deadline_boot_usec,
        .deadline_wall = record->deadline_wall_usec,
        .boot = world->boot,
        .write_class = record->write_class,
        .attempts = record->attempts,
        .kind = record->kind,
        .mode = record->mode,
        .durability = record->durability,
        .fail_when_offline = record->fail_when_offline,
    };
    memcpy(operation.row.hash, record->hash, sizeof operation.row.hash);
    if (record->base)
        strncpy(operation.row.base, record->base, BASE_MAX - 1);
    return queue(world, effect, &operation);
}

static int store_mark(World *world, const CoreEffect *effect, const Job *job)
{
    Operation operation = {.type = OPERATION_MARK,
                           .job = job->number,
                           .account = account_of(effect->mark.account),
                           .title = effect->mark.title_id ? 1 : 0};
    if (effect->mark.base)
        strncpy(operation.base, effect->mark.base, BASE_MAX - 1);
    return queue(world, effect, &operation);
}

static int store_attempt(World *world, const CoreEffect *effect, const Job *job)
{
    Operation operation = {.type = OPERATION_ATTEMPT,
                           .job = job->number,
                           .account = account_of(effect->mark.account),
                           .title = effect->mark.title_id ? 1 : 0};
    return queue(world, effect, &operation);
}

static int store_result(World *world, const CoreEffect *effect, Job *job)
{
    const CoreResult *result = effect->result;
    char *meta;
    if (core_result_pack(result, &meta) < 0)
        abort();
    check_decided(world, job, result);
    char *document = result->session ? strndup(result->session, result->session_size) : NULL;
    Operation operation = {.type = OPERATION_FINISH,
                           .job = job->number,
                           .outcome = result->outcome,
                           .attempts = result->attempts,
                           .result = disk_keep(world, meta, document, result->session_size),
                           .result_size = result->session_size};
    return queue(world, effect, &operation);
}

static void store_answered(World *world, const CoreEffect *effect, Job *job)
{
    /* It goes on, whatever comes of that. */
    if (effect->type == CORE_EFFECT_STORE_MARK || effect->type == CORE_EFFECT_STORE_ATTEMPT)
        job->tokenless = false;
    int r = effect->type == CORE_EFFECT_STORE_REQUEST   ? store_request(world, effect, job)
            : effect->type == CORE_EFFECT_STORE_MARK    ? store_mark(world, effect, job)
            : effect->type == CORE_EFFECT_STORE_ATTEMPT ? store_attempt(world, effect, job)
                                                        : store_result(world, effect, job);
    if (r >= 0)
        return;
    CoreRequest *request = effect->request;
    CoreEffectType type = effect->type;
    job->unstored = job->unstored || type == CORE_EFFECT_STORE_RESULT;
    CoreNow now = agent_now(world);
    core_on_stored(world->agent.core, &now, request, type, r);
}

/* ---- Records that nobody waits for ------------------------------------------------------------------------------------ */

static void store_hold(World *world, const CoreEffect *effect)
{
    Operation operation = {.type = OPERATION_HOLD,
                           .until_steady = effect->hold.until_wall_usec - world_wall_usec(world) +
                                           disk_steady_usec(world)};
    operation.account = *effect->hold.account ? account_of(effect->hold.account) + 1 : 0;
    operation.title = effect->hold.title_id ? 1 : 0;
    (void)queue(world, effect, &operation);
}

static void store_noted(World *world, const CoreEffect *effect)
{
    Operation operation = {.job = effect->request ? job_by_id(world, core_request_id(effect->request))->number
                                                  : 0};
    switch (effect->type) {
    case CORE_EFFECT_STORE_UNMARK:
        operation.type = OPERATION_UNMARK;
        operation.attempts = effect->mark.attempts;
        break;
    case CORE_EFFECT_STORE_BEHIND_LEAVE:
        operation.type = OPERATION_BEHIND_LEAVE;
        break;
    case CORE_EFFECT_STORE_DROP_SESSION:
        operation.type = OPERATION_DROP;
        break;
    case CORE_EFFECT_STORE_ACKNOWLEDGED:
        operation.type = OPERATION_ACKNOWLEDGE;
        operation.outcome = effect->acknowledged.outcome;
        memcpy(operation.hash, effect->acknowledged.hash, sizeof operation.hash);
        break;
    case CORE_EFFECT_STORE_REMOVE:
        operation.type = OPERATION_REMOVE;
        operation.job = job_by_id(world, effect->id)->number;
        check_forgotten(world, &world->jobs[operation.job]);
        break;
    case CORE_EFFECT_STORE_HANDLE:
        operation.type = OPERATION_HANDLE;
        operation.handle = (unsigned)strtoul(effect->handle.handle_id + 24, NULL, 10) - 1;
        operation.session = (unsigned)strtoul(effect->handle.name + 5, NULL, 10);
        break;
    default:
        operation.type = OPERATION_NOTE;
    }
    (void)queue(world, effect, &operation);
}

static void load(World *world, const CoreEffect *effect, const Job *job, OperationType type)
{
    Operation operation = {.type = type, .job = job->number};
    CoreRequest *request = effect->request;
    int r = queue(world, effect, &operation);
    if (r >= 0 || type != OPERATION_LOAD_COMPARE)
        return;
    CoreNow now = agent_now(world);
    core_on_loaded(world->agent.core, &now, request, r, NULL, 0);
}

/* ---- All ------------------------------------------------------------------------------------------------------------------ */

static void completed(World *world, const CoreEffect *effect, Job *job)
{
    if (job->durability == CORE_DURABILITY_NONE && effect->result)
        check_decided(world, job, effect->result);
    check_completed(world, job);
    if (effect->result)
        game_completed(world, job, core_request_owner(effect->request), effect->result);
    else
        load(world, effect, job, OPERATION_LOAD_RESULT);
}

static void removed(World *world, Job *job)
{
    check_removed(world, job);
    job->in_core = job->attaching = false;
    world->agent.present--;
    game_removed(world, job);
}

static void trace_effect(World *world, const CoreEffect *effect, const Job *job)
{
    static const char *const verbs[] = {"PUT", "GET", "set activity", "get activities"};
    static const char *const conditions[] = {"", "If-None-Match: *", "If-Match: *", "If-Match:"};
    const CoreSend *send = &effect->send;
    if (effect->type == CORE_EFFECT_SEND)
        trace(world, "request %u: send %s %s %s %s", job->number, verbs[send->verb],
              send->handle_id ? "by handle" : "by reference", conditions[send->precondition],
              send->precondition == CORE_PRECONDITION_IF_MATCH ? send->etag : "");
    else if (effect->type == CORE_EFFECT_STORE_NOTE)
        trace(world, "request %u: note: %s", job->number, effect->note);
    else
        trace(world, "request %u: %s", job ? job->number : 0, table_point_name(effect->type));
}

void effects_carry_out(World *world, const CoreEffect *effect)
{
    Job *job = effect->request ? job_by_id(world, core_request_id(effect->request)) : NULL;
    trace_effect(world, effect, job);
    switch (effect->type) {
    case CORE_EFFECT_STORE_REQUEST:
    case CORE_EFFECT_STORE_MARK:
    case CORE_EFFECT_STORE_ATTEMPT:
    case CORE_EFFECT_STORE_RESULT:
        store_answered(world, effect, job);
        break;
    case CORE_EFFECT_STORE_UNMARK:
    case CORE_EFFECT_STORE_BEHIND_LEAVE:
    case CORE_EFFECT_STORE_DROP_SESSION:
    case CORE_EFFECT_STORE_ACKNOWLEDGED:
    case CORE_EFFECT_STORE_REMOVE:
    case CORE_EFFECT_STORE_HANDLE:
    case CORE_EFFECT_STORE_NOTE:
        store_noted(world, effect);
        break;
    case CORE_EFFECT_STORE_HOLD:
        store_hold(world, effect);
        break;
    case CORE_EFFECT_LOAD:
        load(world, effect, job, OPERATION_LOAD_COMPARE);
        break;
    case CORE_EFFECT_ACCEPTED:
        game_accepted(world, job, core_request_owner(effect->request));
        break;
    case CORE_EFFECT_REFUSED:
        game_refused(world, job, &effect->refusal);
        job->in_core = false;
        world->agent.present--;
        break;
    case CORE_EFFECT_SEND:
        check_send(world, job, &effect->send);
        network_send(world, job, effect->request, &effect->send);
        break;
    case CORE_EFFECT_ABORT:
        network_abort(world, effect->request);
        break;
    case CORE_EFFECT_STATE:
        break;
    case CORE_EFFECT_COMPLETED:
        completed(world, effect, job);
        break;
    case CORE_EFFECT_REMOVED:
        removed(world, job);
        break;
    }
}

static void loaded_result(World *world, const Operation *operation)
{
    Job *job = &world->jobs[operation->job];
    CoreRequest *request = core_find(world->agent.core, job->id);
    /* It may have been acknowledged meanwhile. */
    if (operation->r < 0 || !request)
        return;
    const Row *row = &world->disk.state.rows[job->number];
    const DiskResult *kept = &world->disk.results[row->result];
    bool whole = kept->document && !row->document_dropped;
    char *document = whole ? strndup(kept->document, kept->size) : NULL;
    CLEANUP(core_result_freep) CoreResult *result = NULL;
    if (core_result_unpack(kept->meta, document, whole ? kept->size : 0, &result) < 0)
        abort();
    game_completed(world, job, core_request_owner(request), result);
}

void effects_answer(World *world, const Operation *operation)
{
    Core *core = world->agent.core;
    Job *job = &world->jobs[operation->job];
    CoreNow now = agent_now(world);
    switch (operation->type) {
    case OPERATION_INSERT:
        core_on_stored(core, &now, operation->request, CORE_EFFECT_STORE_REQUEST, operation->r);
        break;
    case OPERATION_MARK:
        core_on_stored(core, &now, operation->request, CORE_EFFECT_STORE_MARK, operation->r);
        break;
    case OPERATION_ATTEMPT:
        core_on_stored(core, &now, operation->request, CORE_EFFECT_STORE_ATTEMPT, operation->r);
        break;
    case OPERATION_FINISH:
        job->stored = operation->r == 0;
        job->unstored = operation->r < 0;
        core_on_stored(core, &now, operation->request, CORE_EFFECT_STORE_RESULT, operation->r);
        break;
    case OPERATION_LOAD_SEND:
        network_loaded(world, operation->attempt, operation->r);
        break;
    case OPERATION_LOAD_COMPARE:
        core_on_loaded(core, &now, operation->request, operation->r, operation->r < 0 ? NULL : job->body,
                       operation->r < 0 ? 0 : job->body_size);
        break;
    case OPERATION_LOAD_RESULT:
        loaded_result(world, operation);
        break;
    default:
        break;
    }
}
