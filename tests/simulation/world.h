/* SPDX-License-Identifier: MIT */
/* One run: its clocks, its events, and everything that takes part. */
#pragma once

#include "agent.h"
#include "check.h"
#include "directory.h"
#include "disk.h"
#include "events.h"
#include "game.h"
#include "identity.h"
#include "job.h"
#include "network.h"
#include "random.h"
#include "table.h"
#include "trace.h"

#include "core/break.h"

typedef enum EtagStyle {
    ETAG_BARE,
    ETAG_QUOTED,
    ETAG_WEAK,
    ETAG_STYLES,
} EtagStyle;

/* What a run is like. */
typedef struct Profile {
    unsigned games, accounts, sessions, titles, requests;
    uint64_t gap_usec;     /* between two things a game does, on average */
    uint64_t latency_usec; /* to the directory, one way, at most */
    unsigned trouble;      /* permille of attempts with which something goes wrong */
    unsigned disk_trouble; /* the same of commits */
    unsigned crashes, stops, game_deaths, clock_jumps, sleeps, windows, mishaps, rivals;
    unsigned plans;  /* permille of lives that end at a chosen moment */
    bool calm;       /* nothing goes wrong but other writers */
    bool noop_bumps; /* a write that changes nothing makes a new version */
    bool small_quotas;
    bool long_sleep; /* longer than results are kept */
    EtagStyle etags;
    uint64_t inactive_usec; /* a member that is not active goes after that */
    CoreLimits limits;
    unsigned service_burst,
        service_sustained; /* so many within 15 s and 300 s are one too many; 0: no limit */
} Profile;

typedef struct Violation {
    unsigned promise;
    unsigned job;
    uint64_t when;
    char text[400];
    bool is;
} Violation;

typedef struct World {
    uint64_t seed;
    Random random;
    uint64_t now;        /* true time, in microseconds */
    uint64_t boot_began; /* true time at which this boot's clock was 0 */
    unsigned boot;       /* from 1 */
    uint64_t slept;      /* in this boot */
    int64_t wall_skew;   /* how wrong the wall clock is */
    uint64_t asleep_until;
    bool off;      /* the machine has no power */
    bool settling; /* nothing bad happens any more */
    bool final;    /* results are asked for once more */
    Profile profile;
    Violation violation;
    Table *table;
    Events events;
    Agent agent;
    Disk disk;
    Network network;
    struct {
        Account accounts[ACCOUNTS_MAX];
        bool away; /* the service that gives out tokens does not answer */
    } identity;
    Directory directory;
    Game games[GAMES_MAX];
    Job jobs[JOBS_MAX + 1]; /* by number */
    unsigned jobs_count, order;
} World;

/* world_run() - one run from its seed; the violation, if any, is in the world then. */
void world_run(World *world, uint64_t seed, Table *table);

uint64_t world_boot_usec(const World *world);
uint64_t world_wall_usec(const World *world);
/* world_of_boot() - the true time of a boot time. */
uint64_t world_of_boot(const World *world, uint64_t boot_usec);

/* world_event() - in so many microseconds; of the agent's life that is. */
void world_event(World *world, uint64_t in_usec, EventType type, unsigned index);

/* world_fault() - something goes wrong: counted, and told in the trace. */
void world_fault(World *world, FaultKind fault);
/* world_count() - something worth knowing happened. */
void world_count(World *world, Happening happening);
/* world_exclude() - the checks let something pass. */
void world_exclude(World *world, Excluded excluded, const Job *job);

/* world_chance() - as random_chance(), but never once the world settles. */
bool world_chance(World *world, unsigned permille);
/* world_spread() - a time around a mean: mostly less, seldom much more. */
uint64_t world_spread(World *world, uint64_t mean_usec);

/* world_power_cut() - the machine is off, and comes back later. */
void world_power_cut(World *world);

/* profile_draw() - what this run is like. */
void profile_draw(World *world);
/* chaos_begin() - the times of what goes wrong on this machine. */
void chaos_begin(World *world);
void chaos_on_event(World *world, unsigned what);
