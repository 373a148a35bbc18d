/* SPDX-License-Identifier: MIT */
/* Each attempt's way there and back. One transfer is one delivery. */
#include "world.h"

#include <stdio.h>

void network_reset(World *world)
{
    Network *network = &world->network;
    network->count = network->under_way = 0;
    network->offline = false;
}

/* ---- The end, as its agent hears it -------------------------------------------------------------------------------- */

/* A status after which nobody can tell: DESIGN's "maybe applied". */
static bool status_is_maybe(const Answer *answer)
{
    unsigned status = answer->status;
    if (status == 503)
        return !answer->retry_after;
    return status == 202 || status == 408 || (status >= 500 && status != 501 && status != 505);
}

static void note_held(World *world, const Attempt *attempt)
{
    Agent *agent = &world->agent;
    const Answer *answer = &attempt->answer;
    if (!answer->retry_after || (answer->status != 429 && answer->status != 503))
        return;
    uint64_t told = answer->retry_after_usec < USEC_PER_HOUR ? answer->retry_after_usec : USEC_PER_HOUR;
    uint64_t until = world_boot_usec(world) + told;
    uint64_t *held = answer->status == 503 ? &agent->host_held_until
                                           : &agent->held_until[attempt->account][attempt->title];
    *held = until > *held ? until : *held;
    trace(world, "account %u, title %u: told to wait %.3f s by %u", attempt->account, attempt->title,
          (double)told / 1e6, answer->status);
}

static void note_end(World *world, Attempt *attempt)
{
    const Answer *answer = &attempt->answer;
    Job *job = &world->jobs[attempt->job];
    attempt->ended = true;
    world->network.under_way--;
    if (attempt->verb == CORE_VERB_WRITE)
        job->under_way = false;
    attempt->maybe =
        attempt->verb == CORE_VERB_WRITE && (answer->fate == CORE_FATE_UNCERTAIN ||
                                             (answer->fate == CORE_FATE_ANSWERED && status_is_maybe(answer)));
    job->maybe = job->maybe || attempt->maybe;
    check_refused(world, job, attempt);
    if (answer->fate != CORE_FATE_ANSWERED)
        return;
    note_held(world, attempt);
    Agent *agent = &world->agent;
    if (answer->location && job->handle != BY_REFERENCE && agent->known[job->handle] < 0) {
        agent->known[job->handle] = (int)job->session;
        agent->known_at[job->handle] = world->now;
        world_count(world, HAPPENING_MERGED);
    }
}

/* The core hears it; what follows from it is carried out by whoever called. */
static void tell(World *world, Attempt *attempt, const char *error)
{
    const Answer *answer = &attempt->answer;
    char etag[ETAG_TEXT], branch[40], name[16], handle[40];
    directory_etag(world, answer->version, etag);
    branch_render(answer->branch, branch);
    snprintf(name, sizeof name, "game-%u", world->jobs[attempt->job].session);
    snprintf(handle, sizeof handle, "0a7be2c4-51d3-4f8e-8c7d-%012u", (unsigned)(answer->handle + 1));
    CoreAttempt end = {
        .fate = answer->fate,
        .status = answer->status,
        .etag = answer->version ? etag : NULL,
        .date = answer->fate == CORE_FATE_ANSWERED ? "Tue, 14 Nov 2023 22:13:20 GMT" : NULL,
        .date_usec = answer->fate == CORE_FATE_ANSWERED ? SERVICE_BEGIN * USEC_PER_SEC + world->now : 0,
        .has_retry_after = answer->retry_after,
        .retry_after_usec = answer->retry_after_usec,
        .limit_max = answer->limit ? world->profile.service_burst : 0,
        .limit_period_sec = answer->limit ? 15 : 0,
        .scid = answer->location ? "5f2c0100-7e1b-4c57-9d0e-0000665a1be9" : NULL,
        .template_name = answer->location ? "quickmatch" : NULL,
        .name = answer->location ? name : NULL,
        .document = answer->document_size ? answer->document : NULL,
        .document_size = answer->document_size,
        .branch = answer->branch ? branch : NULL,
        .change_number = answer->change,
        .handle_id = answer->handle >= 0 ? handle : NULL,
        .activities = answer->activities ? "[]" : NULL,
        .error = error,
        .token_renewed = attempt->renewed,
        .body = attempt->body,
        .body_size = attempt->body_size,
    };
    trace(world, "request %u: attempt %u ends: fate %d, status %u%s", attempt->job,
          (unsigned)(attempt - world->network.attempts), (int)end.fate, end.status,
          attempt->maybe ? " (may have been applied)" : "");
    CoreNow now = agent_now(world);
    core_on_attempt_end(world->agent.core, &now, attempt->request, &end);
}

static void end(World *world, Attempt *attempt, CoreFate fate, const char *error)
{
    if (fate != CORE_FATE_ANSWERED) {
        directory_clear_answer(&attempt->answer);
        attempt->answer.fate = fate;
    }
    note_end(world, attempt);
    tell(world, attempt, error);
}

/* ---- Leaving -------------------------------------------------------------------------------------------------------- */

static FaultKind draw_fault(World *world)
{
    static const struct {
        FaultKind fault;
        unsigned weight;
    } rows[] = {{FAULT_NOT_SENT, 20}, {FAULT_REQUEST_LOST, 12}, {FAULT_ANSWER_LOST, 18},
                {FAULT_LATE, 5},      {FAULT_SLOW_ANSWER, 5},   {FAULT_HALF_DOCUMENT, 5},
                {FAULT_HALF_CUT, 5},  {FAULT_NOT_STARTED, 3},   {FAULTS, 40}};
    unsigned weights[ELEMENTS(rows)];
    if (!world_chance(world, world->profile.trouble))
        return FAULTS;
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        weights[i] = rows[i].weight;
    /* The last one leaves it to the directory. */
    return rows[random_pick(&world->random, weights, ELEMENTS(rows))].fault;
}

static uint64_t travel(World *world)
{
    return world_spread(world, world->profile.latency_usec) + 200;
}

static unsigned index_of(const World *world, const Attempt *attempt)
{
    return (unsigned)(attempt - world->network.attempts);
}

static void leave(World *world, Attempt *attempt)
{
    Network *network = &world->network;
    unsigned index = index_of(world, attempt);
    uint64_t limit = attempt->limit_at - world->now;
    attempt->token = identity_token(world, attempt->account);
    if (!attempt->token) {
        world_fault(world, FAULT_NO_TOKEN);
        attempt->fault = FAULT_NO_TOKEN;
        world_event(world, random_below(&world->random, USEC_PER_SEC), EVENT_FAIL, index);
        return;
    }
    attempt->fault = network->offline ? FAULT_OFFLINE : draw_fault(world);
    if (attempt->fault < FAULTS && attempt->fault != FAULT_NOT_STARTED)
        world_fault(world, attempt->fault);
    world_event(world, limit, EVENT_LIMIT, index);
    if (attempt->fault == FAULT_NOT_SENT || attempt->fault == FAULT_OFFLINE) {
        world_event(world, random_below(&world->random, limit), EVENT_FAIL, index);
        return;
    }
    attempt->left = true;
    if (attempt->fault == FAULT_REQUEST_LOST) {
        world_event(world, random_below(&world->random, limit * 2), EVENT_FAIL, index);
        return;
    }
    uint64_t usec = travel(world);
    if (attempt->fault == FAULT_LATE)
        usec = limit + random_below(&world->random, USEC_PER_MINUTE);
    world_event(world, usec, EVENT_ARRIVE, index);
}

/* One that cannot even be begun is answered at once. */
static void begin(World *world, Attempt *attempt)
{
    if (!world_chance(world, world->profile.trouble / 40)) {
        leave(world, attempt);
        return;
    }
    world_fault(world, FAULT_NOT_STARTED);
    end(world, attempt, CORE_FATE_NOT_BEGUN, "out of memory");
}

static void read_target(World *world, const CoreSend *send, Attempt *attempt)
{
    attempt->by_handle = send->handle_id;
    if (send->handle_id)
        attempt->handle = (unsigned)strtoul(send->handle_id + 24, NULL, 10) - 1;
    else if (send->name)
        attempt->session = (unsigned)strtoul(send->name + 5, NULL, 10);
    if (attempt->session >= SESSIONS_MAX ||
        (attempt->by_handle && attempt->handle >= world->directory.handles_count)) {
        fprintf(stderr, "an attempt goes where there is nothing\n");
        abort();
    }
}

void network_send(World *world, Job *job, CoreRequest *request, const CoreSend *send)
{
    Network *network = &world->network;
    if (network->count == ATTEMPTS_MAX)
        abort();
    Attempt *attempt = &network->attempts[network->count++];
    /* Its answer is filled in when there is one. */
    memset(attempt, 0, offsetof(Attempt, answer));
    attempt->job = job->number;
    attempt->life = world->agent.life;
    attempt->request = request;
    attempt->verb = send->verb;
    attempt->precondition = send->precondition;
    attempt->account = (unsigned)strtoul(send->account + 8, NULL, 10) - 1;
    attempt->title = send->title_id ? 1 : 0;
    attempt->sent_at = world->now;
    attempt->limit_at = world->now + send->timeout_usec;
    attempt->body = send->body;
    attempt->body_size = send->body_size;
    attempt->fault = FAULTS;
    directory_clear_answer(&attempt->answer);
    if (send->etag)
        snprintf(attempt->etag, sizeof attempt->etag, "%s", send->etag);
    read_target(world, send, attempt);
    network->under_way++;
    if (!send->needs_body || send->body) {
        begin(world, attempt);
        return;
    }
    Operation load = {.type = OPERATION_LOAD_SEND,
                      .job = job->number,
                      .request = request,
                      .attempt = index_of(world, attempt)};
    int r = disk_queue(world, &load);
    if (r < 0)
        end(world, attempt, CORE_FATE_NOT_BEGUN, "the store is busy");
}

void network_loaded(World *world, unsigned index, int r)
{
    Attempt *attempt = &world->network.attempts[index];
    const Job *job = &world->jobs[attempt->job];
    if (r < 0 || attempt->aborted) {
        end(world, attempt, CORE_FATE_NOT_BEGUN, "the document cannot be read from the queue");
        return;
    }
    attempt->body = job->body;
    attempt->body_size = job->body_size;
    attempt->limit_at = attempt->limit_at > world->now ? attempt->limit_at : world->now + USEC_PER_SEC;
    begin(world, attempt);
}

void network_abort(World *world, const CoreRequest *request)
{
    Network *network = &world->network;
    for (unsigned i = 0; i < network->count; i++) {
        Attempt *attempt = &network->attempts[i];
        if (attempt->ended || attempt->request != request || attempt->life != world->agent.life)
            continue;
        attempt->aborted = true;
        world_event(world, 1000, EVENT_FAIL, i);
    }
}

/* ---- On the way ---------------------------------------------------------------------------------------------------------- */

/* Both ends may be late: for the directory it counts as any other, for its agent it is over. */
static void arrive(World *world, Attempt *attempt)
{
    attempt->arrived = true;
    directory_serve(world, attempt);
    if (attempt->ended)
        return;
    uint64_t usec = travel(world);
    unsigned index = index_of(world, attempt);
    if (attempt->fault == FAULT_SLOW_ANSWER)
        usec = (attempt->limit_at > world->now ? attempt->limit_at - world->now : 0) + USEC_PER_SEC;
    bool lost = attempt->fault == FAULT_ANSWER_LOST || attempt->fault == FAULT_HALF_CUT;
    world_event(world, usec, lost ? EVENT_FAIL : EVENT_ANSWER, index);
}

static void answered(World *world, Attempt *attempt)
{
    if (attempt->fault == FAULT_HALF_DOCUMENT) {
        /* The status came, and what follows cannot be read. */
        attempt->answer.document_size = attempt->answer.change = attempt->answer.branch = 0;
    }
    attempt->renewed = identity_answered(world, attempt);
    if (!world->agent.dying)
        end(world, attempt, CORE_FATE_ANSWERED, NULL);
}

static void without_token(World *world, Attempt *attempt)
{
    bool first = random_chance(&world->random, 500);
    if (first)
        identity_failed(world, attempt->account);
    if (world->agent.dying)
        return;
    end(world, attempt, CORE_FATE_NO_TOKEN, "there is no token");
    if (!first)
        identity_failed(world, attempt->account);
}

void network_on_event(World *world, EventType type, unsigned index)
{
    Attempt *attempt = &world->network.attempts[index];
    if (type == EVENT_ARRIVE) {
        arrive(world, attempt);
        return;
    }
    if (attempt->ended || agent_point(world, POINT_ANSWER, false))
        return;
    if (type == EVENT_ANSWER)
        answered(world, attempt);
    else if (attempt->fault == FAULT_NO_TOKEN)
        without_token(world, attempt);
    else
        end(world, attempt, attempt->left ? CORE_FATE_UNCERTAIN : CORE_FATE_NOT_SENT,
            type == EVENT_LIMIT ? "no answer in time" : "the connection ended");
    /* It may have stopped with that. */
    if (!world->agent.core || agent_point(world, POINT_ANSWER, true))
        return;
    agent_pump(world);
    if (world->agent.core && !world->agent.dying)
        check_account(world, attempt->account);
}

void network_agent_died(World *world)
{
    Network *network = &world->network;
    for (unsigned i = 0; i < network->count && network->under_way; i++) {
        Attempt *attempt = &network->attempts[i];
        if (attempt->ended)
            continue;
        attempt->ended = true;
        network->under_way--;
        if (attempt->verb != CORE_VERB_WRITE)
            continue;
        /* Its mark says that it may have gone out. */
        world->jobs[attempt->job].maybe = true;
        world->jobs[attempt->job].under_way = false;
    }
}

void network_weather(World *world)
{
    Network *network = &world->network;
    if (world->settling)
        return;
    network->offline = !network->offline;
    trace(world, "the network is %s", network->offline ? "away" : "back");
    if (network->offline)
        world_event(world, world_spread(world, USEC_PER_MINUTE), EVENT_WEATHER, 0);
    else
        identity_back(world);
}
