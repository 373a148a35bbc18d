/* SPDX-License-Identifier: MIT */
/* Games: they call, wait, cancel, repeat, acknowledge, die and come back, as a client library does for them. */
#pragma once

#include "job.h"

typedef struct World World;

#define GAMES_MAX 5

typedef struct Game {
    bool alive;
    char app[16];
    char owner[16]; /* its connection: another one in each life */
    unsigned lives;
    unsigned account;
    unsigned left;     /* calls that it still wants to make */
    char etags[3][40]; /* of each session, as last heard */
} Game;

void game_reset(World *world);
void game_on_event(World *world, unsigned game);

/* game_die(), game_revive() - its process ends; another one begins. */
void game_die(World *world, unsigned game);
void game_revive(World *world, unsigned game);

/* game_agent_back() - there is an agent again: what is not over is asked for. */
void game_agent_back(World *world);
/* game_settle() - nothing bad happens any more: whether all is over, and every result that is kept came once more. */
bool game_settle(World *world);

/* News from the agent. */
void game_accepted(World *world, Job *job, const char *owner);
void game_removed(World *world, Job *job);
void game_refused(World *world, Job *job, const CoreRefusal *refusal);
void game_completed(World *world, Job *job, const char *owner, const CoreResult *result);
