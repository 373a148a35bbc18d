/* SPDX-License-Identifier: MIT */
/* What is going to happen, by time. */
#pragma once

#include "base/util.h"

typedef enum EventType {
    EVENT_WAKE,    /* the core's timer */
    EVENT_GROUP,   /* the store's thread takes what is queued */
    EVENT_COMMIT,  /* its transaction ends */
    EVENT_ANSWER,  /* an attempt's answer comes back */
    EVENT_LIMIT,   /* an attempt's time is over */
    EVENT_FAIL,    /* an attempt's connection ends */
    EVENT_START,   /* the agent starts */
    EVENT_STOPPED, /* a stopping agent has waited long enough */
    EVENT_GAME,    /* a game does its next thing */
    EVENT_CHAOS,   /* something bad happens on this machine */
    EVENT_TOKEN,   /* a user signs in, the identity service is back, or something happens to a token */
    EVENT_LEFT,    /* an account that is signed out has had its time to leave */
    EVENT_SETTLE,  /* from here on nothing bad happens */
    EVENTS_LOCAL,  /* those before it do not happen while the machine is asleep or off */
    EVENT_ARRIVE,  /* a request gets to the directory */
    EVENT_RIVAL,   /* somebody else writes */
    EVENT_WEATHER, /* the network's state changes */
    EVENT_BOOT,    /* the machine is on again */
} EventType;

typedef struct Event {
    uint64_t when;
    uint32_t order; /* of what happens at the same time, the first one set comes first */
    uint16_t type;
    uint16_t life; /* of the agent's events: whose; a later agent does not get them */
    uint32_t index;
} Event;

#define EVENTS_MAX 8192

typedef struct Events {
    Event heap[EVENTS_MAX];
    uint32_t count, order;
} Events;

/* events_clear() - none is left. */
void events_clear(Events *events);
/* events_add() - more than EVENTS_MAX ends the program. */
void events_add(Events *events, uint64_t when, EventType type, uint16_t life, uint32_t index);
/* events_take() - the next one; false: none. */
bool events_take(Events *events, Event *event);
