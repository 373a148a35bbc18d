/* SPDX-License-Identifier: MIT */
/* Carrying out the core's effects: records to the store, news to the bus. */
#include "agent-internal.h"

#include "base/log.h"

AgentOperation *agent_operation_new(Agent *agent)
{
    AgentOperation *operation = calloc(1, sizeof *operation);
    if (!operation)
        return NULL;
    operation->agent = agent;
    operation->next = agent->operations;
    if (operation->next)
        operation->next->previous = operation;
    agent->operations = operation;
    return operation;
}

void agent_operation_free(AgentOperation *operation)
{
    if (operation->next)
        operation->next->previous = operation->previous;
    if (operation->previous)
        operation->previous->next = operation->next;
    else
        operation->agent->operations = operation->next;
    free(operation);
}

void agent_operations_clear(Agent *agent)
{
    while (agent->operations) {
        AgentOperation *operation = agent->operations;
        if (operation->loaded)
            operation->loaded(NULL, operation->bus_userdata);
        if (operation->told)
            operation->told(NULL, operation->bus_userdata);
        if (operation->looked)
            operation->looked(NULL, operation->bus_userdata);
        agent_operation_free(operation);
    }
}

void agent_store_told(Agent *agent, int r)
{
    if (r < 0 && !agent->store_failing)
        log_error("the queue in %s cannot be written: %s; new work is refused until it can",
                  agent->config->state_dir, strerror(-r));
    else if (r >= 0 && agent->store_failing)
        log_notice("the queue can be written again");
    agent->store_failing = r < 0;
}

/* ---- Records ------------------------------------------------------------------------------------------------------- */

static void on_stored(int r, void *userdata)
{
    AgentOperation *operation = userdata;
    Agent *agent = operation->agent;
    CoreNow now = agent_now();
    agent_store_told(agent, r);
    core_on_stored(agent->core, &now, operation->request, operation->effect, r);
    agent_operation_free(operation);
}

static int store_request(Agent *agent, const CoreEffect *effect, AgentOperation *operation)
{
    const CoreStored *record = &effect->store.record;
    StoreRequest row = {
        .id = record->id,
        .sequence = record->sequence,
        .kind = record->kind,
        .mode = record->mode,
        .durability = record->durability,
        .account = record->account,
        .title_id = record->title_id,
        .app_id = record->app_id,
        .target = record->target,
        .etag = record->etag,
        .supersedes = record->supersedes,
        .body = record->body,
        .body_size = record->body_size,
        .accepted_boot_usec = record->accepted_boot_usec,
        .accepted_wall_usec = record->accepted_wall_usec,
        .deadline_boot_usec = record->deadline_boot_usec,
        .deadline_wall_usec = record->deadline_wall_usec,
        .fail_when_offline = record->fail_when_offline,
        .write_class = record->write_class,
        .attempts = record->attempts,
        .marked = effect->store.marked,
        .base = record->base,
        .result_size = record->result_size,
    };
    memcpy(row.hash, record->hash, sizeof row.hash);
    memcpy(row.boot_id, agent->boot_id, sizeof row.boot_id);
    return store_insert(agent->store, &row, store_steady_usec(agent->store),
                        record->durability == CORE_DURABILITY_POWER, on_stored, operation);
}

static int store_result(Agent *agent, const CoreEffect *effect, AgentOperation *operation)
{
    CLEANUP_FREE char *meta = NULL;
    const CoreResult *result = effect->result;
    int r = core_result_pack(result, &meta);
    if (r < 0)
        return r;
    return store_finish(agent->store, core_request_id(effect->request), result->outcome,
                        agent_now().wall_usec, result->attempts, meta, result->session, result->session_size,
                        on_stored, operation);
}

/* The operations that the core awaits. */
static void store_answered(Agent *agent, const CoreEffect *effect)
{
    AgentOperation *operation = agent_operation_new(agent);
    CoreRequest *request = effect->request;
    CoreEffectType type = effect->type;
    int r = -ENOMEM;
    if (operation) {
        operation->request = request;
        operation->effect = type;
        if (type == CORE_EFFECT_STORE_REQUEST)
            r = store_request(agent, effect, operation);
        else if (type == CORE_EFFECT_STORE_MARK)
            r = store_mark(agent->store, core_request_id(request), effect->mark.account,
                           effect->mark.title_id, store_steady_usec(agent->store), effect->mark.base,
                           on_stored, operation);
        else if (type == CORE_EFFECT_STORE_ATTEMPT)
            r = store_attempt(agent->store, effect->mark.account, effect->mark.title_id,
                              store_steady_usec(agent->store), on_stored, operation);
        else
            r = store_result(agent, effect, operation);
    }
    if (r >= 0)
        return;
    if (operation)
        agent_operation_free(operation);
    CoreNow now = agent_now();
    core_on_stored(agent->core, &now, request, type, r);
}

static void on_noted(int r, void *userdata)
{
    agent_store_told(userdata, r);
}

/* The operations that nobody awaits. */
static void store_noted(Agent *agent, const CoreEffect *effect)
{
    Store *store = agent->store;
    const char *id = effect->request ? core_request_id(effect->request) : NULL;
    int r = 0;
    if (effect->type == CORE_EFFECT_STORE_UNMARK)
        r = store_unmark(store, id, effect->mark.attempts, on_noted, agent);
    else if (effect->type == CORE_EFFECT_STORE_BEHIND_LEAVE)
        r = store_behind_leave(store, id);
    else if (effect->type == CORE_EFFECT_STORE_DROP_SESSION)
        r = store_drop_document(store, id);
    else if (effect->type == CORE_EFFECT_STORE_ACKNOWLEDGED)
        r = store_acknowledge(store, id, effect->acknowledged.hash, effect->acknowledged.outcome,
                              effect->acknowledged.wall_usec);
    else if (effect->type == CORE_EFFECT_STORE_REMOVE)
        r = store_remove(store, effect->id);
    else if (effect->type == CORE_EFFECT_STORE_HANDLE)
        r = store_keep_handle(store, effect->handle.handle_id, effect->handle.scid,
                              effect->handle.template_name, effect->handle.name, effect->handle.wall_usec);
    else if (effect->type == CORE_EFFECT_STORE_HOLD)
        r = store_hold(store, effect->hold.account, effect->hold.title_id,
                       effect->hold.until_wall_usec - agent_now().wall_usec + store_steady_usec(store));
    else if (effect->type == CORE_EFFECT_STORE_NOTE)
        r = store_note(store, id, agent_now().wall_usec, effect->note);
    if (r < 0)
        log_warning("a note for the queue is lost: %s", strerror(-r));
}

/* ---- Results that are in the store alone ----------------------------------------------------------------------------- */

int agent_result_unpack(const char *meta, const char *document, size_t size, bool dropped,
                        CoreResult **result)
{
    CLEANUP_FREE char *copy = document ? strndup(document, size) : NULL;
    if (document && !copy)
        return -ENOMEM;
    int r = core_result_unpack(meta, copy, document ? size : 0, result);
    if (r < 0)
        return r;
    (void)TAKE(copy);
    (*result)->session_dropped = (*result)->session_dropped || dropped;
    return 0;
}

/* Its details are lost with the row; how it ended is not, and who waits for it must not wait for ever. */
static CoreResult *result_lost(const CoreRequest *request)
{
    CoreResult *result = calloc(1, sizeof *result);
    if (!result)
        return NULL;
    result->outcome = core_request_outcome(request);
    result->applied = result->outcome == CORE_OUTCOME_APPLIED ? CORE_APPLIED_YES : CORE_APPLIED_UNKNOWN;
    result->attempts = core_request_attempts(request);
    result->session_dropped = true;
    result->message =
        strdup("The details of this result cannot be read from the agent's disk: only its outcome is known.");
    return result;
}

static void on_loaded(int r, const char *meta, const char *document, size_t size, bool dropped,
                      void *userdata)
{
    AgentOperation *operation = userdata;
    Agent *agent = operation->agent;
    CLEANUP(core_result_freep) CoreResult *result = NULL;
    if (r >= 0)
        r = agent_result_unpack(meta, document, size, dropped, &result);
    if (r < 0)
        log_error("the result of request %s cannot be read: %s", operation->id, strerror(-r));
    if (operation->loaded)
        operation->loaded(result, operation->bus_userdata);
    else {
        /* It may have been acknowledged meanwhile. */
        CoreRequest *request = core_find(agent->core, operation->id);
        if (request && !result)
            result = result_lost(request);
        if (request && result)
            bus_on_completed(agent->bus, request, result);
    }
    agent_operation_free(operation);
}

static int load_result(Agent *agent, const char *id, BusLoaded done, void *userdata)
{
    AgentOperation *operation = agent_operation_new(agent);
    if (!operation)
        return -ENOMEM;
    memcpy(operation->id, id, sizeof operation->id);
    int r = store_load_result(agent->store, id, on_loaded, operation);
    if (r < 0) {
        agent_operation_free(operation);
        return r;
    }
    operation->loaded = done;
    operation->bus_userdata = userdata;
    return 0;
}

int agent_load_result(const char *id, BusLoaded done, void *done_userdata, void *userdata)
{
    return load_result(userdata, id, done, done_userdata);
}

static void completed(Agent *agent, const CoreEffect *effect)
{
    if (effect->result) {
        bus_on_completed(agent->bus, effect->request, effect->result);
        return;
    }
    int r = load_result(agent, core_request_id(effect->request), NULL, NULL);
    if (r < 0)
        log_error("the result of request %s cannot be read: %s", core_request_id(effect->request),
                  strerror(-r));
}

/* ---- The pump ----------------------------------------------------------------------------------------------------------- */

static void carry_out(Agent *agent, const CoreEffect *effect)
{
    switch (effect->type) {
    case CORE_EFFECT_STORE_REQUEST:
    case CORE_EFFECT_STORE_MARK:
    case CORE_EFFECT_STORE_ATTEMPT:
    case CORE_EFFECT_STORE_RESULT:
        store_answered(agent, effect);
        break;
    case CORE_EFFECT_STORE_UNMARK:
    case CORE_EFFECT_STORE_BEHIND_LEAVE:
    case CORE_EFFECT_STORE_DROP_SESSION:
    case CORE_EFFECT_STORE_ACKNOWLEDGED:
    case CORE_EFFECT_STORE_REMOVE:
    case CORE_EFFECT_STORE_HANDLE:
    case CORE_EFFECT_STORE_HOLD:
    case CORE_EFFECT_STORE_NOTE:
        store_noted(agent, effect);
        break;
    case CORE_EFFECT_ACCEPTED:
        bus_on_accepted(agent->bus, effect->request);
        break;
    case CORE_EFFECT_REFUSED:
        bus_on_refused(agent->bus, effect->request, &effect->refusal);
        break;
    case CORE_EFFECT_SEND:
        agent_attempt(agent, effect->request, &effect->send);
        break;
    case CORE_EFFECT_LOAD:
        agent_load_document(agent, effect->request);
        break;
    case CORE_EFFECT_ABORT:
        agent_attempt_abort(agent, effect->request);
        break;
    case CORE_EFFECT_STATE:
        bus_on_state(agent->bus, effect->request);
        break;
    case CORE_EFFECT_COMPLETED:
        completed(agent, effect);
        break;
    case CORE_EFFECT_REMOVED:
        bus_on_removed(agent->bus, effect->request);
        break;
    }
}

static int on_wake(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    Agent *agent = userdata;
    CoreNow now = agent_now();
    agent->wake_usec = USEC_NEVER;
    core_on_time(agent->core, &now);
    agent_pump(agent);
    return 0;
}

static void set_wake(Agent *agent)
{
    uint64_t due = core_next_wake(agent->core);
    if (due == agent->wake_usec)
        return;
    agent->wake_usec = due;
    if (due != USEC_NEVER)
        agent_timer(agent, &agent->wake_timer, due, USEC_PER_MSEC, on_wake, "agent-wake");
    else if (agent->wake_timer)
        sd_event_source_set_enabled(agent->wake_timer, SD_EVENT_OFF);
}

void agent_pump(Agent *agent)
{
    /* An effect's answer may come while effects are carried out: the outer round takes what follows from it. */
    if (agent->pumping)
        return;
    agent_network_look(agent);
    agent->pumping = true;
    for (const CoreEffect *effect; (effect = core_next_effect(agent->core));)
        carry_out(agent, effect);
    agent->pumping = false;
    set_wake(agent);
    bus_on_counters(agent->bus);
    agent_network_check(agent);
    agent_accounts_check(agent);
    agent_life_check(agent);
}
