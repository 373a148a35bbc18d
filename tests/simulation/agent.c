/* SPDX-License-Identifier: MIT */
/* Its lives: started by a call, stopped, killed at a chosen moment, and buried. */
#include "world.h"

#define STOP_USEC (5 * USEC_PER_SEC)
#define WAKES_AT_ONCE_MAX 200

void agent_reset(World *world)
{
    Agent *agent = &world->agent;
    agent->core = core_free(agent->core);
    agent->phase = AGENT_DOWN;
    agent->life = 1;
    agent->pumping = agent->dying = false;
    for (unsigned i = 0; i < PLANS; i++)
        agent->plans[i].armed = false;
    agent->present = 0;
}

CoreNow agent_now(World *world)
{
    return (CoreNow){
        .boot_usec = world_boot_usec(world),
        .wall_usec = world_wall_usec(world),
        .random = random_next(&world->random),
    };
}

/* ---- Dying --------------------------------------------------------------------------------------------------------------- */

/* How often each moment is chosen: those that come seldom more often, and those that cannot come not at all. */
static unsigned weight_of(const World *world, unsigned point)
{
    switch (point) {
    case CORE_EFFECT_STORE_REMOVE:
        return world->profile.long_sleep ? 600 : 0;
    case CORE_EFFECT_STORE_BEHIND_LEAVE:
        return 400;
    case CORE_EFFECT_STORE_DROP_SESSION:
        return world->profile.small_quotas ? 400 : 0;
    case CORE_EFFECT_ABORT:
        return 150;
    case CORE_EFFECT_LOAD:
        return 150;
    case CORE_EFFECT_REFUSED:
        return world->profile.disk_trouble ? 40 : 0;
    case CORE_EFFECT_STORE_UNMARK:
    case CORE_EFFECT_STORE_HOLD:
    case CORE_EFFECT_STORE_ACKNOWLEDGED:
    case CORE_EFFECT_REMOVED:
    case CORE_EFFECT_STORE_HANDLE:
    case POINT_START:
    case POINT_STOP:
    case POINT_ACCOUNT:
        return 30;
    case CORE_EFFECT_STORE_MARK:
    case CORE_EFFECT_STORE_NOTE:
    case POINT_WAKE:
        return 20;
    case POINT_IDLE:
        return 0;
    default:
        return 10;
    }
}

static void draw_plan(World *world, CrashPlan *plan)
{
    unsigned weights[POINTS];
    plan->armed = world_chance(world, world->profile.plans);
    if (!plan->armed)
        return;
    for (unsigned i = 0; i < POINTS; i++)
        weights[i] = weight_of(world, i);
    plan->point = (Point)random_pick(&world->random, weights, POINTS);
    bool machine = random_chance(&world->random, 400), after = random_chance(&world->random, 500);
    plan->kind = machine ? (after ? CRASH_MACHINE_AFTER : CRASH_MACHINE_BEFORE)
                         : (after ? CRASH_AGENT_AFTER : CRASH_AGENT_BEFORE);
    plan->countdown = 1 + (unsigned)random_below(&world->random, weights[plan->point] > 20 ? 2 : 20);
}

void agent_kill(World *world, unsigned point, CrashKind kind)
{
    Agent *agent = &world->agent;
    if (agent->dying)
        return;
    agent->dying = true;
    agent->dies = kind;
    world->table->crashes[point][kind]++;
    trace(world, "*** the %s dies %s '%s'", kind < CRASH_MACHINE_BEFORE ? "agent" : "machine",
          kind == CRASH_AGENT_BEFORE || kind == CRASH_MACHINE_BEFORE ? "before" : "after",
          table_point_name(point));
}

static bool plan_hits(CrashPlan *plan, unsigned point, bool after)
{
    bool is_after = plan->kind == CRASH_AGENT_AFTER || plan->kind == CRASH_MACHINE_AFTER;
    if (!plan->armed || plan->point != point || after != is_after || --plan->countdown)
        return false;
    plan->armed = false;
    return true;
}

bool agent_point(World *world, unsigned point, bool after)
{
    Agent *agent = &world->agent;
    for (unsigned i = 0; i < PLANS && !agent->dying && !world->settling; i++)
        if (plan_hits(&agent->plans[i], point, after))
            agent_kill(world, point, agent->plans[i].kind);
    return agent->dying;
}

/* What ends with its process, however that ends. */
static void end_life(World *world)
{
    Agent *agent = &world->agent;
    network_agent_died(world);
    identity_agent_died(world);
    agent->core = core_free(agent->core);
    agent->phase = AGENT_DOWN;
    agent->dying = agent->pumping = false;
    agent->present = 0;
    agent->life++;
    agent->life_began = world->now;
    for (unsigned i = 1; i <= world->jobs_count; i++)
        world->jobs[i].in_core = world->jobs[i].attaching = false;
}

void agent_bury(World *world)
{
    Agent *agent = &world->agent;
    if (!agent->dying)
        return;
    bool machine = agent->dies >= CRASH_MACHINE_BEFORE;
    disk_agent_died(world);
    end_life(world);
    if (machine) {
        world_power_cut(world);
        check_remains(world, true);
        return;
    }
    check_remains(world, false);
    /* Started again by whatever watches it, or by the next call. */
    agent->phase = AGENT_STARTING;
    world_event(world, 100 * USEC_PER_MSEC + world_spread(world, 2 * USEC_PER_SEC), EVENT_START, 0);
}

/* ---- Stopping -------------------------------------------------------------------------------------------------------------- */

static void finish_stop(World *world)
{
    if (agent_point(world, POINT_STOP, true))
        return;
    trace(world, "the agent has stopped");
    disk_close(world);
    end_life(world);
    check_remains(world, false);
    world->agent.phase = AGENT_STARTING;
    world_event(world, 200 * USEC_PER_MSEC + world_spread(world, 20 * USEC_PER_SEC), EVENT_START, 0);
}

void agent_stop(World *world)
{
    Agent *agent = &world->agent;
    trace(world, "the agent stops");
    agent->phase = AGENT_STOPPING;
    CoreNow now = agent_now(world);
    core_stop(agent->core, &now);
    if (agent_point(world, POINT_STOP, false))
        return;
    world_event(world, STOP_USEC, EVENT_STOPPED, 0);
    agent_pump(world);
}

void agent_on_stopped(World *world)
{
    if (world->agent.phase == AGENT_STOPPING)
        finish_stop(world);
}

static void check_stop(World *world)
{
    const Agent *agent = &world->agent;
    if (agent->phase == AGENT_STOPPING && !agent->dying && !world->network.under_way &&
        !core_counters(agent->core).unstored && !world->disk.busy)
        finish_stop(world);
}

/* ---- Living ---------------------------------------------------------------------------------------------------------------- */

void agent_need(World *world)
{
    Agent *agent = &world->agent;
    if (agent->phase != AGENT_DOWN || world->off)
        return;
    agent->phase = AGENT_STARTING;
    world_event(world, 50 * USEC_PER_MSEC + world_spread(world, 300 * USEC_PER_MSEC), EVENT_START, 0);
}

void agent_on_start(World *world)
{
    Agent *agent = &world->agent;
    if (agent->phase != AGENT_STARTING)
        return;
    if (core_new(&world->profile.limits, &agent->core) < 0)
        abort();
    trace(world, "the agent starts: life %u, %s", agent->life,
          world->disk.state.clean ? "clean" : "not clean");
    agent->phase = AGENT_SERVING;
    agent->wake_set = USEC_NEVER;
    agent->wakes_at_once = 0;
    agent->since_boot = world_boot_usec(world);
    for (unsigned i = 0; i < PLANS; i++)
        draw_plan(world, &agent->plans[i]);
    agent_restore(world);
    if (agent_point(world, POINT_START, false))
        return;
    CoreNow now = agent_now(world);
    core_start(agent->core, &now);
    check_restored(world);
    if (agent_point(world, POINT_START, true))
        return;
    agent_pump(world);
    if (!agent->dying)
        game_agent_back(world);
}

static void set_wake(World *world)
{
    Agent *agent = &world->agent;
    uint64_t due = core_next_wake(agent->core);
    uint64_t when = due == USEC_NEVER ? USEC_NEVER : world_of_boot(world, due);
    if (when != USEC_NEVER && when < world->now)
        when = world->now;
    if (when == agent->wake_set)
        return;
    agent->wake_set = when;
    if (when != USEC_NEVER)
        world_event(world, when - world->now, EVENT_WAKE, 0);
}

void agent_on_wake(World *world)
{
    Agent *agent = &world->agent;
    /* One that was set anew is not taken away from the events. */
    if (!agent->core || agent->wake_set == USEC_NEVER || world->now < agent->wake_set)
        return;
    if (agent_point(world, POINT_WAKE, false))
        return;
    uint64_t due = agent->wake_set;
    agent->wake_set = USEC_NEVER;
    CoreNow now = agent_now(world);
    core_on_time(agent->core, &now);
    if (agent_point(world, POINT_WAKE, true))
        return;
    agent_pump(world);
    agent->wakes_at_once = agent->wake_set == due ? agent->wakes_at_once + 1 : 0;
    if (agent->wakes_at_once > WAKES_AT_ONCE_MAX)
        check_failed(world, 0, NULL, "the core wants to be woken again and again at one time");
}

void agent_pump(World *world)
{
    Agent *agent = &world->agent;
    if (agent->pumping || agent->dying)
        return;
    agent->pumping = true;
    for (const CoreEffect *effect; (effect = core_next_effect(agent->core));) {
        /* Asked for now: the effect is not to be looked at once it is carried out. */
        unsigned type = effect->type;
        if (agent_point(world, type, false))
            break;
        effects_carry_out(world, effect);
        if (agent_point(world, type, true))
            break;
    }
    agent->pumping = false;
    if (agent->dying)
        return;
    check_present(world);
    set_wake(world);
    identity_pumped(world);
    if (!agent->dying && !agent->pumping)
        check_stop(world);
}
