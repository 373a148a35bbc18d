/* SPDX-License-Identifier: MIT */
/* What the files of the agent share. */
#pragma once

#include "agent.h"
#include "base/util.h"
#include "bus/bus.h"
#include "core/core.h"
#include "mpsd/mpsd.h"
#include "network/route.h"
#include "network/sleep.h"
#include "store/store.h"

#include <systemd/sd-event.h>

typedef enum AgentPhase {
    AGENT_STARTING, /* the name was not ours yet */
    AGENT_SERVING,
    AGENT_LEAVING,  /* idle: the name is being given back */
    AGENT_STOPPING, /* what is under way may end; nothing new */
} AgentPhase;

typedef struct Agent Agent;
typedef struct AgentAttempt AgentAttempt;
typedef struct AgentSignOut AgentSignOut;

/* An answer of the store that is awaited. */
typedef struct AgentOperation {
    struct AgentOperation *next, *previous;
    Agent *agent;
    CoreRequest *request; /* of the core's operations */
    CoreEffectType effect;
    BusLoaded loaded; /* one of these for a call of the bus */
    BusTold told;
    BusLooked looked;
    void *bus_userdata;
    char id[37]; /* of a completion whose result is being loaded */
} AgentOperation;

struct Agent {
    const Config *config;
    sd_event *event;
    Core *core;
    Store *store;
    Mpsd *mpsd;
    Bus *bus;
    RouteWatch *routes; /* NULL: changes of the network are not noticed */
    SleepWatch *sleep;  /* NULL: not yet */
    char boot_id[37];

    AgentPhase phase;
    int status; /* the exit status */
    bool pumping;
    bool served;        /* the name was ours once: work was done */
    bool was_clean;     /* the last agent stopped cleanly */
    bool releasing;     /* stopping: the name is being given back, calls to it may still come */
    bool came_back;     /* work came while it was leaving */
    bool store_failing; /* told in the log already */
    bool sleeping;      /* the machine is about to sleep: nothing is started */

    AgentOperation *operations; /* the store's answers that are awaited; at most STORE_QUEUE_MAX */
    AgentAttempt *attempts;     /* being sent */
    AgentSignOut *sign_outs;    /* that wait for what is under way */

    sd_event_source *store_source;
    sd_event_source *wake_timer;
    uint64_t wake_usec;
    sd_event_source *idle_timer;
    bool idle_armed;
    uint64_t active_usec; /* the last call, or the last moment with work */
    sd_event_source *watchdog_timer;
    uint64_t watchdog_usec;
    bool pinged; /* the store thread was asked and has not answered */
    sd_event_source *stop_timer;
    sd_event_source *reconnect_timer;
    uint64_t reconnect_delay_usec;
    uint64_t reconnect_until_usec; /* 0: the bus is there */

    /* For people: how the directory answered last. Wall time; 0: never. */
    char last_error[300];
    uint64_t last_error_usec, last_success_usec;
};

CoreNow agent_now(void);

/* agent_timer() - set, or make and set, a one-shot CLOCK_BOOTTIME timer. Logs what fails. */
void agent_timer(Agent *agent, sd_event_source **timer, uint64_t due_usec, uint64_t accuracy_usec,
                 sd_event_time_handler_t handler, const char *description);

/* ---- agent-effects.c ---------------------------------------------------------------------------------------------- */

/* agent_pump() - after every event: carry out effects until none is left, then set the timers. */
void agent_pump(Agent *agent);
/* agent_load_result() - for the bus: see BusHooks. */
int agent_load_result(const char *id, BusLoaded done, void *done_userdata, void *userdata);
/* agent_operation_new() - an answer that is awaited; NULL without memory. agent_operation_free() - it was given. */
AgentOperation *agent_operation_new(Agent *agent);
void agent_operation_free(AgentOperation *operation);
/* agent_result_unpack() - a stored result, its document left out when NULL. Returns 0 or a negative errno. */
int agent_result_unpack(const char *meta, const char *document, size_t size, bool dropped,
                        CoreResult **result);
/* agent_operations_clear() - answers of the store are not awaited any more. */
void agent_operations_clear(Agent *agent);
/* agent_store_told() - log that the store fails, or works again, once each. */
void agent_store_told(Agent *agent, int r);

/* ---- agent-look.c ------------------------------------------------------------------------------------------------- */

/* agent_load_story(), agent_look() - for the bus: see BusHooks. */
int agent_load_story(const char *id, BusTold done, void *done_userdata, void *userdata);
int agent_look(BusLooked done, void *done_userdata, void *userdata);
/* agent_look_at() - note how an attempt ended, to be told to people. */
void agent_look_at(Agent *agent, const CoreAttempt *attempt);

/* ---- agent-attempt.c ---------------------------------------------------------------------------------------------- */

/* agent_attempt() - CORE_EFFECT_SEND; the core is answered in any case. */
void agent_attempt(Agent *agent, CoreRequest *request, const CoreSend *send);
void agent_attempt_abort(Agent *agent, CoreRequest *request);
/* agent_load_document() - CORE_EFFECT_LOAD; the core is answered in any case. */
void agent_load_document(Agent *agent, CoreRequest *request);
void agent_attempts_clear(Agent *agent);

/* ---- agent-accounts.c --------------------------------------------------------------------------------------------- */

/* agent_accounts_start() - with an open store and a bus room. Returns 0 or a negative errno. */
int agent_accounts_start(Agent *agent);
/* agent_accounts_check() - after every event: an account that signs out may have nothing under way any more. */
void agent_accounts_check(Agent *agent);
/* agent_accounts_end() - nobody is told of accounts any more. */
void agent_accounts_end(Agent *agent);

/* ---- agent-network.c ---------------------------------------------------------------------------------------------- */

/* agent_network_start() - listen to hints; all work without them, and what cannot be had is told in the log. */
void agent_network_start(Agent *agent);
/* agent_network_look() - before every round of effects: has the machine slept? */
void agent_network_look(Agent *agent);
/* agent_network_check() - after every event: when nothing is under way any more, the machine may sleep. */
void agent_network_check(Agent *agent);
void agent_network_end(Agent *agent);

/* ---- agent-restore.c ---------------------------------------------------------------------------------------------- */

/* agent_open_store() - open the store, refusing a second agent. Returns 0 or an exit status; logs. */
int agent_open_store(Agent *agent, StoreInfo *info);
/* agent_restore() - hand the core what the store kept. Returns 0 or a negative errno. */
int agent_restore(Agent *agent, const StoreInfo *info);

/* ---- agent-life.c ------------------------------------------------------------------------------------------------- */

extern const BusHooks agent_bus_hooks;

/* agent_life_start() - signals and the watchdog. Returns 0 or a negative errno. */
int agent_life_start(Agent *agent);
/* agent_life_check() - after every event: leave when idle, end when stopped. */
void agent_life_check(Agent *agent);
/* agent_stop() - end, with this status; the first one counts. */
void agent_stop(Agent *agent, int status);
