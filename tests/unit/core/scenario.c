/* SPDX-License-Identifier: MIT */
/* The world. */
#include "scenario.h"

#include <stdio.h>

World *world_new(const CoreLimits *limits)
{
    World *world = calloc(1, sizeof *world);
    CoreLimits defaults = core_limits_default();
    if (!world || core_new(limits ? limits : &defaults, &world->core) < 0)
        abort();
    world->now = (CoreNow){1000 * USEC_PER_SEC, 1700000000 * USEC_PER_SEC, 12345};
    return world;
}

void world_free(World *world)
{
    core_free(world->core);
    for (size_t i = 0; i < world->records_count; i++)
        free(world->records[i].body);
    free(world);
}

const char *world_id(unsigned id)
{
    static char text[8][37];
    static unsigned turn;
    char *slot = text[turn++ % 8];
    snprintf(slot, 37, "00000000-0000-4000-8000-%012u", id);
    return slot;
}

static WorldRecord *record_of(World *world, const char *id)
{
    for (size_t i = 0; i < world->records_count; i++)
        if (string_equal(world->records[i].id, id))
            return &world->records[i];
    assert(world->records_count < WORLD_MAX);
    WorldRecord *record = &world->records[world->records_count++];
    snprintf(record->id, sizeof record->id, "%s", id);
    return record;
}

WorldRecord *world_record(World *world, unsigned id)
{
    return record_of(world, world_id(id));
}

static void take_result(WorldRecord *record, const CoreResult *result)
{
    record->completed++;
    if (!result)
        return;
    record->outcome = result->outcome;
    record->applied = result->applied;
    record->resolved = result->resolved;
    record->retryable = result->retryable;
    record->session = result->session;
    record->http_status = result->http_status;
    record->write_status = result->has_write_status ? result->write_status : CORE_STATUS_UNKNOWN;
    snprintf(record->error, sizeof record->error, "%s", result->error ? result->error : "");
    snprintf(record->message, sizeof record->message, "%s", result->message ? result->message : "");
    snprintf(record->server_message, sizeof record->server_message, "%s",
             result->server_message ? result->server_message : "");
}

static void commit(World *world, CoreRequest *request, CoreEffectType type)
{
    assert(world->commits_count < WORLD_MAX);
    world->commits[world->commits_count].request = request;
    world->commits[world->commits_count++].type = type;
}

static void carry_out(World *world, const CoreEffect *effect)
{
    WorldRecord *record = effect->request ? record_of(world, core_request_id(effect->request)) : NULL;
    switch (effect->type) {
    case CORE_EFFECT_STORE_REQUEST:
    case CORE_EFFECT_STORE_MARK:
    case CORE_EFFECT_STORE_RESULT:
        commit(world, effect->request, effect->type);
        if (effect->type == CORE_EFFECT_STORE_MARK ||
            (effect->type == CORE_EFFECT_STORE_REQUEST && effect->store.marked))
            record->marked = true;
        if (effect->type == CORE_EFFECT_STORE_MARK)
            snprintf(record->base, sizeof record->base, "%s", effect->mark.base ? effect->mark.base : "");
        else if (effect->type == CORE_EFFECT_STORE_REQUEST)
            snprintf(record->base, sizeof record->base, "%s",
                     effect->store.record.base ? effect->store.record.base : "");
        break;
    case CORE_EFFECT_STORE_NOTE:
        record->notes++;
        snprintf(record->note, sizeof record->note, "%s", effect->note);
        break;
    case CORE_EFFECT_STORE_HOLD:
        world->holds++;
        break;
    case CORE_EFFECT_LOAD:
        assert(world->loads_count < WORLD_MAX);
        world->loads[world->loads_count++] = effect->request;
        break;
    case CORE_EFFECT_STORE_ATTEMPT:
        world->attempts++;
        commit(world, effect->request, effect->type);
        break;
    case CORE_EFFECT_STORE_UNMARK:
        record->marked = false;
        break;
    case CORE_EFFECT_STORE_BEHIND_LEAVE:
        record->behind_leave = true;
        break;
    case CORE_EFFECT_STORE_DROP_SESSION:
        world->dropped++;
        break;
    case CORE_EFFECT_STORE_ACKNOWLEDGED:
        record->acknowledged = true;
        break;
    case CORE_EFFECT_STORE_HANDLE:
        world->handles++;
        break;
    case CORE_EFFECT_ACCEPTED:
        record->accepted++;
        break;
    case CORE_EFFECT_REFUSED:
        record->refused++;
        break;
    case CORE_EFFECT_SEND: {
        assert(world->sends_count < WORLD_MAX);
        WorldSend *send = &world->sends[world->sends_count++];
        *send = (WorldSend){.verb = effect->send.verb,
                            .precondition = effect->send.precondition,
                            .at = world->now.boot_usec,
                            .timeout_usec = effect->send.timeout_usec};
        snprintf(send->id, sizeof send->id, "%s", record->id);
        snprintf(send->etag, sizeof send->etag, "%s", effect->send.etag ? effect->send.etag : "");
        send->by_reference = !effect->send.handle_id;
        break;
    }
    case CORE_EFFECT_ABORT:
        world->aborts++;
        break;
    case CORE_EFFECT_COMPLETED:
        take_result(record, effect->result);
        break;
    case CORE_EFFECT_REMOVED:
        record->removed = true;
        break;
    default:
        break;
    }
}

static void drain(World *world)
{
    const CoreEffect *effect;
    for (;;) {
        while ((effect = core_next_effect(world->core)))
            carry_out(world, effect);
        if (!world->loads_count)
            return;
        CoreRequest *request = world->loads[--world->loads_count];
        const char *body = record_of(world, core_request_id(request))->body;
        world->loaded++;
        core_on_loaded(world->core, &world->now, request, world->loads_fail ? -EIO : 0,
                       world->loads_fail ? NULL : body, body ? strlen(body) : 0);
    }
}

void world_commit(World *world)
{
    drain(world);
    while (world->commits_count) {
        CoreRequest *request = world->commits[0].request;
        CoreEffectType type = world->commits[0].type;
        world->commits_count--;
        memmove(world->commits, world->commits + 1, world->commits_count * sizeof world->commits[0]);
        if (type == CORE_EFFECT_STORE_REQUEST)
            record_of(world, core_request_id(request))->stored = world->store_answer == 0;
        core_on_stored(world->core, &world->now, request, type, world->store_answer);
        drain(world);
    }
}

void world_pump(World *world)
{
    drain(world);
    if (!world->store_holds)
        world_commit(world);
}

int world_submit(World *world, const WorldWrite *write, CoreRefusal *refusal)
{
    CoreRefusal ignored;
    CoreRequest *request;
    CoreKind kind = write->kind;
    CoreSubmit submit = {
        .id = world_id(write->id),
        .kind = kind,
        .mode = write->mode ? write->mode : CORE_MODE_UPDATE_EXISTING,
        .account = write->account ? write->account : "1",
        .app_id = write->app ? write->app : "",
        .owner = write->owner ? write->owner : ":1.1",
        .handle_id = write->handle ? write->handle : "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001",
        .session = write->session ? write->session : "{\"properties\":{\"custom\":{\"a\":1}}}",
        .etag = write->etag,
        .supersedes = write->supersedes,
        .deadline_boot_usec = write->deadline_usec ? world->now.boot_usec + write->deadline_usec : 0,
        .fail_when_offline = write->fail_when_offline,
        .durability = write->durability,
    };
    if (kind == CORE_GET_SESSION_BY_HANDLE) {
        submit.session = NULL;
        submit.mode = CORE_MODE_NONE;
    }
    if (kind == CORE_WRITE_SESSION) {
        submit.handle_id = NULL;
        submit.scid = "5f2c0100-7e1b-4c57-9d0e-0000665a1be9";
        submit.template_name = "quickmatch";
        submit.name = write->handle ? write->handle : "game";
    }
    submit.session_size = submit.session ? strlen(submit.session) : 0;
    WorldRecord *record = world_record(world, write->id);
    if (submit.session && !record->body)
        record->body = strdup(submit.session);
    int r = core_submit(world->core, &world->now, &submit, &request, refusal ? refusal : &ignored);
    world_pump(world);
    return r;
}

WorldSend *world_sent(World *world)
{
    for (size_t i = 0; i < world->sends_count; i++)
        if (!world->sends[i].ended)
            return &world->sends[i];
    return NULL;
}

size_t world_under_way(World *world)
{
    size_t count = 0;
    for (size_t i = 0; i < world->sends_count; i++)
        count += !world->sends[i].ended;
    return count;
}

void world_end(World *world, WorldSend *send, const CoreAttempt *attempt)
{
    send->ended = true;
    send->ended_at = world->now.boot_usec;
    send->counts = attempt->fate == CORE_FATE_ANSWERED || attempt->fate == CORE_FATE_UNCERTAIN;
    core_on_attempt_end(world->core, &world->now, core_find(world->core, send->id), attempt);
    world_pump(world);
}

void world_answer(World *world, WorldSend *send, unsigned status, const char *document)
{
    const char *body = record_of(world, send->id)->body;
    world_end(world, send,
              &(CoreAttempt){.fate = CORE_FATE_ANSWERED,
                             .status = status,
                             .document = document,
                             .document_size = document ? strlen(document) : 0,
                             .body = body,
                             .body_size = body ? strlen(body) : 0});
}

void world_show(World *world, WorldSend *send, unsigned status, const WorldDocument *document)
{
    const char *body = record_of(world, send->id)->body;
    world_end(world, send,
              &(CoreAttempt){.fate = CORE_FATE_ANSWERED,
                             .status = status,
                             .etag = document->etag,
                             .date_usec = document->date_usec,
                             .document = document->text,
                             .document_size = strlen(document->text),
                             .branch = document->branch ? document->branch : "b",
                             .change_number = document->change,
                             .scid = document->handle_is ? "5f2c0100-7e1b-4c57-9d0e-0000665a1be9" : NULL,
                             .template_name = document->handle_is ? "quickmatch" : NULL,
                             .name = document->handle_is,
                             .body = body,
                             .body_size = body ? strlen(body) : 0});
}

void world_fail(World *world, WorldSend *send, CoreFate fate)
{
    world_end(world, send, &(CoreAttempt){.fate = fate, .error = "it failed"});
}

void world_advance(World *world, uint64_t usec)
{
    uint64_t until = world->now.boot_usec + usec;
    for (;;) {
        uint64_t next = core_next_wake(world->core);
        if (next > until)
            break;
        if (next > world->now.boot_usec) {
            world->now.wall_usec += next - world->now.boot_usec;
            world->now.boot_usec = next;
        }
        world->now.random = world->now.random * 6364136223846793005ULL + 1442695040888963407ULL;
        core_on_time(world->core, &world->now);
        world_pump(world);
        if (core_next_wake(world->core) == next)
            abort(); /* it would spin in the agent */
    }
    world->now.wall_usec += until - world->now.boot_usec;
    world->now.boot_usec = until;
}

bool world_next(World *world)
{
    uint64_t next = core_next_wake(world->core);
    if (next == USEC_NEVER)
        return false;
    world_advance(world, next > world->now.boot_usec ? next - world->now.boot_usec : 0);
    return true;
}
