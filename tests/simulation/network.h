/* SPDX-License-Identifier: MIT */
/* Attempts on their way: delayed, dropped, overtaken, half delivered. */
#pragma once

#include "directory.h"

#include "core/core.h"

typedef struct World World;

#define ATTEMPTS_MAX 4096
#define ETAG_TEXT 40

typedef struct Attempt {
    unsigned job;
    uint16_t life;
    CoreRequest *request;
    CoreVerb verb;
    CorePrecondition precondition;
    char etag[ETAG_TEXT];
    bool by_handle;
    unsigned handle;  /* if by handle */
    unsigned session; /* if not */
    unsigned account, title;
    unsigned token;
    uint64_t sent_at, limit_at;
    const char *body; /* NULL: none, or not loaded yet */
    size_t body_size;
    FaultKind fault; /* what goes wrong with it; FAULTS: nothing */
    bool left;       /* its first byte is out */
    bool arrived;
    bool aborted;
    bool ended;   /* for its agent */
    bool renewed; /* a 401, and there may be a newer token */
    bool maybe;   /* a write that may have been applied, as far as its agent can tell */
    Answer answer;
} Attempt;

typedef struct Network {
    Attempt attempts[ATTEMPTS_MAX];
    unsigned count, under_way;
    bool offline;
} Network;

void network_reset(World *world);

/* network_send() - CORE_EFFECT_SEND; may answer the core at once. */
void network_send(World *world, Job *job, CoreRequest *request, const CoreSend *send);
/* network_loaded() - its document came from the store. */
void network_loaded(World *world, unsigned attempt, int r);
/* network_abort() - CORE_EFFECT_ABORT */
void network_abort(World *world, const CoreRequest *request);

/* network_on_event() - ARRIVE, ANSWER, LIMIT and FAIL. */
void network_on_event(World *world, EventType type, unsigned attempt);

/* network_agent_died() - its connections are gone; what has left may still arrive. */
void network_agent_died(World *world);

/* network_weather() - the network comes or goes. */
void network_weather(World *world);
