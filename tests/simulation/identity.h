/* SPDX-License-Identifier: MIT */
/* Tokens: the identity service, which gives them out, and the agent's token room, which tells the core how an account does. */
#pragma once

#include "core/core.h"

typedef struct World World;
typedef struct Attempt Attempt;

#define TOKENS_MISHAP 100 /* an EVENT_TOKEN that is one; others are identity_on_event()'s */

typedef struct Account {
    /* At the services. Tokens are numbers: each is newer than those before it. */
    unsigned issued; /* the newest one */
    unsigned taken;  /* the directory takes those from this one on */
    bool revoked;    /* no more are given out until its user has signed in */
    bool banned;     /* the directory takes none, until then */
    /* On the disk of the agent. */
    bool signed_out;
    bool asks; /* its user has been told to sign in */
    /* In the agent that lives. */
    unsigned token; /* in its hands; 0: none */
    bool refused;   /* and the directory did not take it */
    bool renewed;   /* it was fetched since the one before it was refused, and has not been taken yet */
    CoreAccountState said;
    uint64_t said_at;
} Account;

void identity_reset(World *world);

/* identity_mishap() - something happens to an account, or to the identity service. */
void identity_mishap(World *world);
/* identity_back() - the network, or the service, is there again. */
void identity_back(World *world);
/* identity_settle() - nothing bad happens any more; but not every user is there yet. */
void identity_settle(World *world);
void identity_on_event(World *world, unsigned what);

/* identity_restore() - a new agent tells its core what it knows. */
void identity_restore(World *world);
void identity_agent_died(World *world);
/* identity_on_left() - it has waited long enough for an account's leaves. */
void identity_on_left(World *world, unsigned account);
/* identity_pumped() - after every event: whether a sign-out need not wait any longer. */
void identity_pumped(World *world);

/* identity_token() - what an attempt goes with; 0: there is none. */
unsigned identity_token(World *world, unsigned account);
/* identity_failed() - an attempt ends since there was none. The agent may be dead afterwards. */
void identity_failed(World *world, unsigned account);
/* identity_answered() - the directory's word on an attempt's token. Of a 401: whether there may be a newer one. */
bool identity_answered(World *world, const Attempt *attempt);
/* identity_takes() - whether the directory takes an attempt's token; else it is answered 401. */
bool identity_takes(World *world, const Attempt *attempt);
