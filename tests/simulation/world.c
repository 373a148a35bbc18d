/* SPDX-License-Identifier: MIT */
/* A run: the clocks, and who gets each event. */
#include "world.h"

/* Far enough from 0 that clocks can be set back. */
#define WALL_BEGIN (SERVICE_BEGIN * USEC_PER_SEC)
#define BOOT_AGE_MAX (100 * USEC_PER_SEC)
/* After the settling nothing may be open so long. */
#define SETTLED_MAX (3 * USEC_PER_HOUR)
#define RUN_EVENTS_MAX 200000

uint64_t world_boot_usec(const World *world)
{
    return world->now - world->boot_began;
}

uint64_t world_wall_usec(const World *world)
{
    return (uint64_t)((int64_t)(WALL_BEGIN + world->now) + world->wall_skew);
}

uint64_t world_of_boot(const World *world, uint64_t boot_usec)
{
    return boot_usec > USEC_NEVER - world->boot_began ? USEC_NEVER : boot_usec + world->boot_began;
}

void world_event(World *world, uint64_t in_usec, EventType type, unsigned index)
{
    events_add(&world->events, world->now + in_usec, type, world->agent.life, index);
}

void world_fault(World *world, FaultKind fault)
{
    world->table->faults[fault]++;
    trace(world, "! %s", table_fault_name(fault));
}

void world_count(World *world, Happening happening)
{
    world->table->happenings[happening]++;
}

void world_exclude(World *world, Excluded excluded, const Job *job)
{
    world->table->excluded[excluded]++;
    trace(world, "(left out by name: %u, request %u)", (unsigned)excluded, job ? job->number : 0);
}

bool world_chance(World *world, unsigned permille)
{
    return !world->settling && random_chance(&world->random, permille);
}

uint64_t world_spread(World *world, uint64_t mean_usec)
{
    uint64_t usec = random_below(&world->random, mean_usec + 1);
    return random_chance(&world->random, 100) ? usec * 5 : usec;
}

void world_power_cut(World *world)
{
    trace(world, "the machine loses power");
    disk_power_cut(world);
    for (unsigned i = 0; i < world->profile.games; i++)
        game_die(world, i);
    world->off = true;
    uint64_t away = 20 * USEC_PER_SEC + world_spread(world, USEC_PER_MINUTE);
    world_event(world, away, EVENT_BOOT, 0);
}

static void boot(World *world)
{
    world->off = false;
    world->slept = 0;
    world->boot++;
    world->boot_began = world->now - random_between(&world->random, USEC_PER_SEC, 20 * USEC_PER_SEC);
    /* A clock without a battery. */
    if (world_chance(world, 150)) {
        world->wall_skew -= (int64_t)random_below(&world->random, 20 * USEC_PER_MINUTE);
        world_fault(world, FAULT_CLOCK_BACK);
    }
    trace(world, "the machine is on again: boot %u", world->boot);
    for (unsigned i = 0; i < world->profile.games; i++)
        if (world->settling || random_chance(&world->random, 700))
            game_revive(world, i);
    agent_need(world);
}

static void settle(World *world)
{
    trace(world, "---- from here on nothing bad happens");
    world->settling = true;
    world->network.offline = false;
    identity_settle(world);
    if (world->off)
        return;
    for (unsigned i = 0; i < world->profile.games; i++)
        game_revive(world, i);
    agent_need(world);
    game_agent_back(world);
}

/* An event of an agent that is dead, or of one that was. */
static bool is_stale(const World *world, const Event *event)
{
    static const bool of_agent[EVENTS_LOCAL] = {
        [EVENT_WAKE] = true,   [EVENT_GROUP] = true,   [EVENT_COMMIT] = true,
        [EVENT_ANSWER] = true, [EVENT_LIMIT] = true,   [EVENT_FAIL] = true,
        [EVENT_START] = true,  [EVENT_STOPPED] = true, [EVENT_LEFT] = true};
    return event->type < EVENTS_LOCAL && of_agent[event->type] && event->life != world->agent.life;
}

static void dispatch(World *world, const Event *event)
{
    switch ((EventType)event->type) {
    case EVENT_WAKE:
        agent_on_wake(world);
        break;
    case EVENT_GROUP:
        disk_on_group(world);
        break;
    case EVENT_COMMIT:
        disk_on_commit(world);
        break;
    case EVENT_ANSWER:
    case EVENT_LIMIT:
    case EVENT_FAIL:
    case EVENT_ARRIVE:
        network_on_event(world, (EventType)event->type, event->index);
        break;
    case EVENT_START:
        agent_on_start(world);
        break;
    case EVENT_STOPPED:
        agent_on_stopped(world);
        break;
    case EVENT_GAME:
        game_on_event(world, event->index);
        break;
    case EVENT_CHAOS:
        chaos_on_event(world, event->index);
        break;
    case EVENT_RIVAL:
        directory_rival(world);
        break;
    case EVENT_WEATHER:
        network_weather(world);
        break;
    case EVENT_TOKEN:
        if (event->index == TOKENS_MISHAP)
            identity_mishap(world);
        else
            identity_on_event(world, event->index);
        break;
    case EVENT_LEFT:
        identity_on_left(world, event->index);
        break;
    case EVENT_BOOT:
        boot(world);
        break;
    case EVENT_SETTLE:
        settle(world);
        break;
    case EVENTS_LOCAL:
        break;
    }
}

static void step(World *world, const Event *event)
{
    if (is_stale(world, event))
        return;
    if (event->type < EVENTS_LOCAL && world->off) {
        /* Games and mishaps wait for the machine. */
        world_event(world, 5 * USEC_PER_SEC, (EventType)event->type, event->index);
        return;
    }
    if (event->type < EVENTS_LOCAL && world->now < world->asleep_until) {
        events_add(&world->events, world->asleep_until, (EventType)event->type, event->life, event->index);
        return;
    }
    dispatch(world, event);
    agent_bury(world);
}

static void reset(World *world, uint64_t seed, Table *table)
{
    world->seed = seed;
    world->random = (Random){seed};
    world->table = table;
    world->now = 1000 * USEC_PER_SEC;
    world->boot = 1;
    world->wall_skew = 0;
    world->asleep_until = world->slept = 0;
    world->off = world->settling = world->final = false;
    world->violation.is = false;
    world->jobs_count = world->order = 0;
    world->boot_began = world->now - random_between(&world->random, USEC_PER_SEC, BOOT_AGE_MAX);
    events_clear(&world->events);
    profile_draw(world);
    agent_reset(world);
    disk_reset(world);
    network_reset(world);
    identity_reset(world);
    directory_reset(world);
    game_reset(world);
    chaos_begin(world);
}

void world_run(World *world, uint64_t seed, Table *table)
{
    reset(world, seed, table);
    Event event;
    unsigned count = 0;
    uint64_t settled_at = 0;
    while (!world->violation.is && events_take(&world->events, &event)) {
        world->now = event.when > world->now ? event.when : world->now;
        step(world, &event);
        if (++count > RUN_EVENTS_MAX)
            check_failed(world, 0, NULL, "%d events and no end", RUN_EVENTS_MAX);
        if (!world->settling || world->violation.is)
            continue;
        settled_at = settled_at ? settled_at : world->now;
        if (game_settle(world))
            break;
        /* Whatever is open by now stays so: the checks say what is wrong with it. */
        if (world->now > settled_at + SETTLED_MAX)
            break;
    }
    agent_bury(world);
    if (!world->violation.is)
        check_end(world);
    table->runs++;
    table->requests += world->jobs_count;
    table->events += count;
    agent_reset(world);
    disk_clear(&world->disk);
}
