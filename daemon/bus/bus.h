/* SPDX-License-Identifier: MIT */
/* D-Bus: the agent's objects, who calls them, and what they are told. */
#pragma once

#include "base/util.h"
#include "core/core.h"

#include <sys/types.h>

struct sd_event;

typedef struct Bus Bus;

/* The answer to a load: the result, borrowed for the call; NULL: there is none any more. */
typedef void (*BusLoaded)(const CoreResult *result, void *userdata);

/* What is kept of a request's life; texts are borrowed. */
typedef struct BusStoryLine {
    uint64_t wall_usec;
    unsigned number; /* what is missing between two was left out */
    const char *text;
} BusStoryLine;
typedef struct BusStory {
    const char *app_id;          /* "": none */
    uint64_t accepted_wall_usec; /* 0: not known */
    uint64_t done_wall_usec;
    uint64_t acknowledged_wall_usec; /* 0: it is not */
    unsigned attempts;
    bool done;
    CoreOutcome outcome;      /* of a done one */
    const CoreResult *result; /* of a done one, if it is still kept */
    const BusStoryLine *lines;
    size_t lines_count;
} BusStory;
/* The answer to a load: borrowed for the call; NULL: nothing is kept of this id. */
typedef void (*BusTold)(const BusStory *story, void *userdata);

/* How the agent's store and its directory are; texts are borrowed, NULL = none. Times are wall time, 0 = none. */
typedef struct BusFacts {
    const char *state_folder;
    unsigned store_format;
    uint64_t store_bytes;
    const char *store_error; /* why the last write failed */
    uint64_t disk_free;
    bool reserve;
    unsigned quarantined, quarantined_now, moved_aside;
    const char *newest_moved;
    const char *last_error;
    uint64_t last_error_usec, last_success_usec;
    const char *ca_file, *proxy;
    const char *identity_url, *secret_store; /* NULL: unknown */
    bool has_skew;
    int64_t skew_usec; /* of the identity service's clock */
} BusFacts;
/* NULL: the store cannot be read. */
typedef void (*BusLooked)(const BusFacts *facts, void *userdata);

/* What the bus asks of the agent, and tells it. None may free the bus. */
typedef struct BusHooks {
    /* The core was called: its effects wait. */
    void (*touched)(void *userdata);
    /* Somebody called a method: the agent is not idle. */
    void (*called)(void *userdata);
    /* Whether there is an account of this XUID, and which one is meant when a call names none (NULL: none). */
    bool (*account_known)(const char *account, void *userdata);
    const char *(*default_account)(void *userdata);
    /* Read a stored result back; done is called once, later, or a negative errno is returned. */
    int (*load_result)(const char *id, BusLoaded done, void *done_userdata, void *userdata);
    /* The same with a story, and with the facts. */
    int (*load_story)(const char *id, BusTold done, void *done_userdata, void *userdata);
    int (*look)(BusLooked done, void *done_userdata, void *userdata);
    /* The name is ours: the agent is ready. */
    void (*name_acquired)(void *userdata);
    /* Another connection has the name; holder: its PID, 0 if unknown. */
    void (*name_taken)(pid_t holder, void *userdata);
    /* The name is not ours any more, and all calls that were sent to it have been taken. */
    void (*name_lost)(void *userdata);
    /* The connection died; r: a negative errno. Every owner is gone already. */
    void (*disconnected)(int r, void *userdata);
} BusHooks;

typedef struct BusSettings {
    const char *version;
    const char *directory_url;
} BusSettings;

/*
 * bus_new() - the bus room, not connected
 * @core, @settings' texts: borrowed
 *
 * Returns 0 or -ENOMEM.
 */
int bus_new(struct sd_event *event, Core *core, const BusSettings *settings, const BusHooks *hooks,
            void *userdata, Bus **bus);
/* bus_free() - closes the connection; calls that wait are answered with ShuttingDown. NULL is allowed. Returns NULL. */
Bus *bus_free(Bus *bus);
DEFINE_CLEANUP(Bus *, bus_free)

/*
 * bus_connect() - begin a connection to the session bus, export the objects, and ask for the name last
 *
 * Nothing here waits: name_acquired, name_taken or disconnected tells how it went. Returns 0 or a negative errno.
 */
int bus_connect(Bus *bus);

/* bus_release_name() - give the name back; name_lost follows. Calls are served until then. Returns 0 or an errno. */
int bus_release_name(Bus *bus);

/* bus_has_name() - whether the name is ours, or is being asked for: a release is followed by name_lost or name_taken. */
bool bus_has_name(const Bus *bus);

/* bus_request_name() - ask for the name (again). name_acquired or name_taken follows. Returns 0 or an errno. */
int bus_request_name(Bus *bus);

/* bus_busy() - whether calls wait for an answer or for their caller's credentials. */
bool bus_busy(const Bus *bus);

/*
 * bus_name_holder() - who has the name on the session bus
 *
 * Blocks: only for a start that is about to fail. Returns the PID, 0 if nobody has it, or a negative errno.
 */
pid_t bus_name_holder(void);

/* ---- The core's effects --------------------------------------------------------------------------------------- */

/* CORE_EFFECT_ACCEPTED, _REFUSED, _STATE, _REMOVED. */
void bus_on_accepted(Bus *bus, CoreRequest *request);
void bus_on_refused(Bus *bus, CoreRequest *request, const CoreRefusal *refusal);
void bus_on_state(Bus *bus, CoreRequest *request);
void bus_on_removed(Bus *bus, CoreRequest *request);
/* CORE_EFFECT_COMPLETED: the signal to the owner, if there is one. */
void bus_on_completed(Bus *bus, CoreRequest *request, const CoreResult *result);
/* The counters may have changed: told at most once a second. */
void bus_on_counters(Bus *bus);
