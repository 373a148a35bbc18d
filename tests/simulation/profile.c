/* SPDX-License-Identifier: MIT */
/* What a run is like, and when something goes wrong on its machine. */
#include "world.h"

/* Far below every limit of an attempt. */
#define CALM_LATENCY_USEC (100 * USEC_PER_MSEC)

typedef enum Chaos {
    CHAOS_AGENT,
    CHAOS_MACHINE,
    CHAOS_STOP,
    CHAOS_GAME,
    CHAOS_CLOCK,
    CHAOS_SLEEP,
    CHAOS_HINT,
} Chaos;

static const char *const chaos_names[] = {"agent dies",  "machine dies", "clean stop",  "game dies",
                                          "clock jumps", "sleep",        "network hint"};

/* ---- What it is like --------------------------------------------------------------------------------------------- */

static void draw_limits(World *world)
{
    Profile *profile = &world->profile;
    CoreLimits *limits = &profile->limits;
    static const unsigned weights[] = {60, 25, 10, 5};
    *limits = core_limits_default();
    switch (random_pick(&world->random, weights, ELEMENTS(weights))) {
    case 1:
        /* So low that a run of some dozen requests gets there; the reserves are kept as they are. */
        limits->burst = (uint32_t)random_between(&world->random, 7, 11);
        break;
    case 2:
        limits->burst = (uint32_t)random_between(&world->random, 7, 29);
        limits->sustained = (uint32_t)random_between(&world->random, 41, 50);
        break;
    case 3:
        limits->sustained = (uint32_t)random_between(&world->random, 41, 44);
        break;
    default:
        break;
    }
    profile->service_burst = limits->burst + 1;
    profile->service_sustained = limits->sustained == 290 ? 300 : limits->sustained + 1;
    profile->small_quotas = random_chance(&world->random, 120);
    if (profile->small_quotas) {
        limits->requests_max = (uint32_t)random_between(&world->random, 5, 12);
        limits->app_requests_max = (uint32_t)random_between(&world->random, 3, 8);
        limits->bytes_max = random_between(&world->random, 900, 4000);
        limits->app_bytes_max = random_between(&world->random, 600, 2000);
        limits->owner_unstored_max = (uint32_t)random_between(&world->random, 1, 4);
    }
}

static void draw_trouble(World *world)
{
    Profile *profile = &world->profile;
    static const unsigned trouble[] = {0, 60, 150, 300, 550};
    static const uint64_t latencies[] = {10 * USEC_PER_MSEC, 60 * USEC_PER_MSEC, 300 * USEC_PER_MSEC,
                                         2 * USEC_PER_SEC};
    static const uint64_t gaps[] = {50 * USEC_PER_MSEC, 400 * USEC_PER_MSEC, 2 * USEC_PER_SEC,
                                    8 * USEC_PER_SEC, 40 * USEC_PER_SEC};
    profile->trouble = trouble[random_below(&world->random, ELEMENTS(trouble))];
    profile->disk_trouble =
        random_chance(&world->random, 400) ? (unsigned)random_below(&world->random, 150) : 0;
    profile->latency_usec = latencies[random_below(&world->random, ELEMENTS(latencies))];
    profile->gap_usec = gaps[random_below(&world->random, ELEMENTS(gaps))];
    profile->crashes = (unsigned)random_below(&world->random, 4);
    profile->plans =
        random_chance(&world->random, 750) ? (unsigned)random_between(&world->random, 300, 1000) : 0;
    profile->stops = (unsigned)random_below(&world->random, 3);
    profile->game_deaths = (unsigned)random_below(&world->random, 4);
    profile->clock_jumps = random_chance(&world->random, 400) ? (unsigned)random_below(&world->random, 4) : 0;
    profile->long_sleep = random_chance(&world->random, 80);
    profile->sleeps = profile->long_sleep || random_chance(&world->random, 120) ? 1 : 0;
    profile->windows = random_chance(&world->random, 500) ? (unsigned)random_below(&world->random, 4) : 0;
    profile->mishaps = random_chance(&world->random, 450) ? 1 + (unsigned)random_below(&world->random, 4) : 0;
    profile->rivals = random_chance(&world->random, 800) ? (unsigned)random_below(&world->random, 60) : 0;
}

static void calm_down(Profile *profile)
{
    profile->trouble = profile->disk_trouble = profile->crashes = profile->plans = profile->stops = 0;
    profile->game_deaths = profile->clock_jumps = profile->sleeps = profile->windows = profile->mishaps = 0;
    profile->long_sleep = false;
    profile->latency_usec = CALM_LATENCY_USEC;
}

void profile_draw(World *world)
{
    Profile *profile = &world->profile;
    *profile = (Profile){0};
    profile->games = (unsigned)random_between(&world->random, 3, GAMES_MAX);
    profile->accounts = (unsigned)random_between(&world->random, 2, ACCOUNTS_MAX);
    profile->sessions = (unsigned)random_between(&world->random, 1, SESSIONS_MAX);
    profile->titles = random_chance(&world->random, 150) ? 2 : 1;
    profile->requests = (unsigned)random_between(&world->random, 14, 34);
    profile->noop_bumps = random_chance(&world->random, 200);
    profile->etags = (EtagStyle)random_below(&world->random, ETAG_STYLES);
    profile->inactive_usec = random_below(&world->random, 60) * USEC_PER_SEC;
    profile->calm = random_chance(&world->random, 50);
    draw_trouble(world);
    draw_limits(world);
    if (profile->calm)
        calm_down(profile);
    /* Enough of them, fast enough, that the limits are felt. */
    if (profile->limits.burst < 29 || profile->limits.sustained < 290 || random_chance(&world->random, 20)) {
        profile->requests = (unsigned)random_between(&world->random, 40, 90);
        profile->gap_usec = random_between(&world->random, 20, 1500) * USEC_PER_MSEC;
    }
}

/* ---- What goes wrong on the machine ---------------------------------------------------------------------------------- */

static void scatter(World *world, uint64_t over, unsigned count, Chaos what)
{
    while (count--)
        world_event(world, random_below(&world->random, over), EVENT_CHAOS, (unsigned)what);
}

void chaos_begin(World *world)
{
    const Profile *profile = &world->profile;
    uint64_t length = profile->gap_usec * profile->requests * 3 / profile->games + 20 * USEC_PER_SEC;
    unsigned machine =
        profile->crashes ? (unsigned)random_below(&world->random, profile->crashes + 1) / 2 : 0;
    scatter(world, length, profile->crashes - machine, CHAOS_AGENT);
    scatter(world, length, machine, CHAOS_MACHINE);
    scatter(world, length, profile->stops, CHAOS_STOP);
    scatter(world, length, profile->game_deaths, CHAOS_GAME);
    scatter(world, length, profile->clock_jumps, CHAOS_CLOCK);
    scatter(world, length, profile->sleeps, CHAOS_SLEEP);
    scatter(world, length, (unsigned)random_below(&world->random, 3), CHAOS_HINT);
    for (unsigned i = 0; i < profile->windows; i++)
        world_event(world, random_below(&world->random, length), EVENT_WEATHER, 0);
    for (unsigned i = 0; i < profile->mishaps; i++)
        world_event(world, random_below(&world->random, length), EVENT_TOKEN, TOKENS_MISHAP);
    for (unsigned i = 0; i < profile->rivals; i++)
        world_event(world, random_below(&world->random, length), EVENT_RIVAL, 0);
    for (unsigned i = 0; i < profile->games; i++)
        world_event(world, random_below(&world->random, USEC_PER_SEC), EVENT_GAME, i);
    world_event(world, length, EVENT_SETTLE, 0);
}

static void clock_jump(World *world)
{
    bool far = random_chance(&world->random, 300);
    int64_t by = (int64_t)random_below(&world->random, far ? 48 * USEC_PER_HOUR : 2 * USEC_PER_MINUTE);
    bool back = random_chance(&world->random, 500);
    world_fault(world, back ? FAULT_CLOCK_BACK : FAULT_CLOCK_FORWARD);
    trace(world, "the wall clock jumps by %+.1f s", (back ? -1.0 : 1.0) * (double)by / 1e6);
    world->wall_skew += back ? -by : by;
}

static void sleep_now(World *world)
{
    uint64_t usec = random_between(&world->random, USEC_PER_SEC, 5 * USEC_PER_MINUTE);
    if (random_chance(&world->random, 200))
        usec = random_below(&world->random, 24 * USEC_PER_HOUR);
    if (world->profile.long_sleep)
        usec = 24 * USEC_PER_HOUR + random_below(&world->random, 2 * USEC_PER_HOUR);
    world_fault(world, FAULT_SLEEP);
    trace(world, "the machine sleeps for %.1f s", (double)usec / 1e6);
    world->asleep_until = world->now + usec;
    world->slept += usec;
    world->agent.since_boot = world_boot_usec(world) + usec;
}

static void hint(World *world)
{
    if (world->agent.phase != AGENT_SERVING)
        return;
    world_fault(world, FAULT_HINT);
    check_forget_tokens(world);
    CoreNow now = agent_now(world);
    core_on_network(world->agent.core, &now);
    agent_pump(world);
}

void chaos_on_event(World *world, unsigned what)
{
    if (world->settling)
        return;
    trace(world, "chaos: %s", chaos_names[what]);
    bool alive = world->agent.phase == AGENT_SERVING || world->agent.phase == AGENT_STOPPING;
    switch ((Chaos)what) {
    case CHAOS_AGENT:
        if (alive)
            agent_kill(world, POINT_IDLE,
                       random_chance(&world->random, 500) ? CRASH_AGENT_BEFORE : CRASH_AGENT_AFTER);
        break;
    case CHAOS_MACHINE:
        if (alive)
            agent_kill(world, POINT_IDLE,
                       random_chance(&world->random, 500) ? CRASH_MACHINE_BEFORE : CRASH_MACHINE_AFTER);
        break;
    case CHAOS_STOP:
        if (world->agent.phase == AGENT_SERVING) {
            world_fault(world, FAULT_CLEAN_STOP);
            agent_stop(world);
        }
        break;
    case CHAOS_GAME:
        game_die(world, (unsigned)random_below(&world->random, world->profile.games));
        break;
    case CHAOS_CLOCK:
        clock_jump(world);
        break;
    case CHAOS_SLEEP:
        sleep_now(world);
        break;
    case CHAOS_HINT:
        hint(world);
        break;
    }
}
