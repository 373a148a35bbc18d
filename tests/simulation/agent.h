/* SPDX-License-Identifier: MIT */
/* The agent around the core: carries its effects out as the real one does, and dies at every step of that. */
#pragma once

#include "job.h"
#include "disk.h"
#include "table.h"

typedef struct World World;

typedef enum AgentPhase {
    AGENT_DOWN,
    AGENT_STARTING,
    AGENT_SERVING,
    AGENT_STOPPING,
} AgentPhase;

#define PLANS 3

/* Where it dies: at whichever it comes to first. */
typedef struct CrashPlan {
    bool armed;
    Point point;
    CrashKind kind;
    unsigned countdown;
} CrashPlan;

typedef struct Agent {
    Core *core;
    AgentPhase phase;
    uint16_t life;
    uint64_t life_began; /* in true time */
    bool pumping;
    bool dying;
    CrashKind dies; /* how */
    CrashPlan plans[PLANS];
    uint64_t since_boot; /* serving since, or since the machine's last sleep */
    uint64_t wake_set;   /* in true time */
    unsigned wakes_at_once;
    unsigned present;       /* requests that it has to know */
    int known[HANDLES_MAX]; /* the session of each handle, as far as it was told */
    uint64_t known_at[HANDLES_MAX];
    uint64_t host_held_until; /* boot time */
    uint64_t held_until[4][2];
} Agent;

void agent_reset(World *world);

/* agent_need() - start it if it is not there, as a call does. */
void agent_need(World *world);
void agent_on_start(World *world);
/* agent_stop() - a clean stop begins. */
void agent_stop(World *world);
void agent_on_stopped(World *world);
void agent_on_wake(World *world);

/* agent_pump() - carry out effects until none is left. */
void agent_pump(World *world);

/* agent_point() - whether it dies here: then nothing more may be done in its name. */
bool agent_point(World *world, unsigned point, bool after);
/* agent_kill() - it dies now. */
void agent_kill(World *world, unsigned point, CrashKind kind);
/* agent_bury() - after an event: clear up behind one that died. */
void agent_bury(World *world);

/* agent_now() - what it is told of the time. */
CoreNow agent_now(World *world);

/* agent_restore() - hand a new core what the disk has. */
void agent_restore(World *world);

/* effects_carry_out() - one effect. */
void effects_carry_out(World *world, const CoreEffect *effect);
/* effects_answer() - the disk's answer to an operation. */
void effects_answer(World *world, const Operation *operation);
