/* SPDX-License-Identifier: MIT */
/* Random lives from fixed seeds: whatever happens, the promises hold. A failing seed is named. */
#include "scenario.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define REQUESTS 300
#define BURST 29

typedef struct Model {
    World *world;
    uint64_t state;
    unsigned next_id;
    unsigned lane_of[REQUESTS + 1];
    uint64_t deadline[REQUESTS + 1];
    bool refused[REQUESTS + 1];
} Model;

static uint64_t dice(Model *model, uint64_t sides)
{
    model->state = model->state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (model->state >> 33) % sides;
}

static unsigned number_of(const char *id)
{
    return (unsigned)strtoul(id + 24, NULL, 10);
}

static void submit_one(Model *model)
{
    static const char *const handles[] = {"h0", "h1", "h2", "h3", "h4"};
    static const char *const apps[] = {"", "app.one", "app.two"};
    unsigned id = ++model->next_id;
    unsigned lane = (unsigned)dice(model, ELEMENTS(handles));
    static const CoreMode modes[] = {CORE_MODE_UPDATE_EXISTING, CORE_MODE_SYNCHRONIZED_UPDATE,
                                     CORE_MODE_CREATE_NEW};
    CoreMode mode = modes[dice(model, ELEMENTS(modes))];
    uint64_t lifetime = (1 + dice(model, 120)) * USEC_PER_SEC;
    model->lane_of[id] = lane;
    model->deadline[id] = model->world->now.boot_usec + lifetime;
    world_submit(model->world,
                 &(WorldWrite){.id = id,
                               .handle = handles[lane],
                               .app = apps[dice(model, 3)],
                               .deadline_usec = lifetime,
                               .mode = mode,
                               .etag = mode == CORE_MODE_SYNCHRONIZED_UPDATE || dice(model, 2) ? "v" : NULL,
                               .fail_when_offline = dice(model, 10) == 0},
                 NULL);
    model->refused[id] = world_record(model->world, id)->refused;
}

static void end_one(Model *model)
{
    World *world = model->world;
    WorldSend *send = world_sent(world);
    if (!send)
        return;
    static const unsigned statuses[] = {200, 200, 200, 201, 204, 400, 404, 412, 429, 500, 503};
    switch (dice(model, 4)) {
    case 0:
        world_fail(world, send, CORE_FATE_NOT_SENT);
        break;
    case 1:
        world_fail(world, send, CORE_FATE_UNCERTAIN);
        break;
    default:
        world_answer(world, send, statuses[dice(model, ELEMENTS(statuses))],
                     dice(model, 2) ? "{\"properties\":{\"custom\":{\"a\":1}}}" : NULL);
    }
}

/* The network changes, the machine goes to sleep, it wakes up. Returns whether it sleeps. */
static bool hint_one(Model *model, bool sleeping)
{
    World *world = model->world;
    if (dice(model, 2))
        core_on_network(world->core, &world->now);
    else
        core_on_sleep(world->core, &world->now, sleeping = !sleeping);
    world_pump(world);
    return sleeping;
}

/* One attempt at a time in a lane, nothing after its deadline, and first attempts in order of acceptance. */
static void check_sends(const Model *model, uint64_t seed)
{
    const World *world = model->world;
    unsigned first_sent[8] = {0};
    bool seen[REQUESTS + 1] = {false};
    for (size_t i = 0; i < world->sends_count; i++) {
        unsigned id = number_of(world->sends[i].id), lane = model->lane_of[id];
        cr_assert_lt(world->sends[i].at, model->deadline[id], "seed %lu: %u was sent after its deadline",
                     seed, id);
        if (!seen[id]) {
            cr_assert_gt(id, first_sent[lane], "seed %lu: %u overtook %u", seed, id, first_sent[lane]);
            first_sent[lane] = id;
            seen[id] = true;
        }
    }
}

static void check_lanes(const Model *model, uint64_t seed)
{
    const World *world = model->world;
    unsigned under_way[8] = {0};
    for (size_t i = 0; i < world->sends_count; i++)
        if (!world->sends[i].ended)
            cr_assert_eq(++under_way[model->lane_of[number_of(world->sends[i].id)]], 1,
                         "seed %lu: two in a lane", seed);
}

/* Fewer than 29 under way or ended within 15 s when one starts. */
static void check_rate(const Model *model, uint64_t seed)
{
    const World *world = model->world;
    for (size_t i = 0; i < world->sends_count; i++) {
        uint64_t at = world->sends[i].at;
        unsigned in_window = 0;
        for (size_t j = 0; j < i; j++) {
            const WorldSend *other = &world->sends[j];
            bool under_way = !other->ended || other->ended_at > at;
            in_window += under_way || (other->counts && other->ended_at + 15 * USEC_PER_SEC > at);
        }
        cr_assert_lt(in_window, BURST, "seed %lu", seed);
    }
}

static void run(uint64_t seed)
{
    Model *model = calloc(1, sizeof *model);
    model->world = world_new(NULL);
    model->state = seed;
    World *world = model->world;
    bool sleeping = false;
    while (model->next_id < REQUESTS && world->sends_count < WORLD_MAX - 50) {
        size_t sends = world->sends_count;
        bool slept = sleeping;
        switch (dice(model, 7)) {
        case 0:
        case 1:
            submit_one(model);
            break;
        case 2:
        case 3:
            end_one(model);
            break;
        case 4:
            world_advance(world, dice(model, 3 * USEC_PER_SEC));
            break;
        case 5:
            sleeping = hint_one(model, sleeping);
            break;
        default: {
            CoreRequest *request = core_find(world->core, world_id(1 + (unsigned)dice(model, REQUESTS)));
            if (request && dice(model, 8) == 0)
                core_cancel(world->core, &world->now, request);
            world->store_answer = dice(model, 12) ? 0 : -EIO;
            world_pump(world);
        }
        }
        check_lanes(model, seed);
        if (slept && sleeping)
            cr_assert_eq(world->sends_count, sends, "seed %lu: sent while the machine goes to sleep", seed);
    }
    world->store_answer = 0;
    core_on_sleep(world->core, &world->now, false);
    world_pump(world);
    for (int i = 0; i < 20000 && (world_sent(world) || core_counters(world->core).queued); i++) {
        if (world_sent(world))
            world_answer(world, world_sent(world), 200, NULL);
        else
            world_advance(world, 30 * USEC_PER_SEC);
    }
    world_advance(world, USEC_PER_MINUTE);
    for (unsigned id = 1; id <= model->next_id; id++) {
        const WorldRecord *record = world_record(world, id);
        cr_assert_eq(record->accepted + record->refused, 1, "seed %lu: %u was answered %u times", seed, id,
                     record->accepted + record->refused);
        cr_assert_eq(record->completed, record->accepted, "seed %lu: %u completed %u times", seed, id,
                     record->completed);
    }
    check_sends(model, seed);
    check_rate(model, seed);
    world_free(world);
    free(model);
}

Test(invariants, hold_for_fixed_seeds, .timeout = 50)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        run(seed);
}
