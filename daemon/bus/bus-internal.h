/* SPDX-License-Identifier: MIT */
/* What the files of the bus room share. */
#pragma once

#include "base/util.h"
#include "bus/bus-accounts.h"
#include "bus/bus.h"
#include "ipc/names.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

typedef struct BusCaller BusCaller;
typedef struct BusAnnounce BusAnnounce;
typedef struct BusSignInCall BusSignInCall;
typedef struct BusSignOutCall BusSignOutCall;

struct Bus {
    sd_event *event;
    Core *core;
    BusSettings settings;
    const BusHooks *hooks;
    void *userdata;

    sd_bus *bus; /* NULL: not connected */
    sd_bus_slot *name_call;
    bool named;
    bool ready; /* the name was ours once: the queue is served */

    void *callers; /* tree of BusCaller by unique name */
    unsigned callers_count;
    BusCaller *caller; /* who sent the message that is being dispatched; NULL: nobody known */
    unsigned held;     /* messages that wait for their caller's credentials */

    void *pending; /* tree of calls that wait for their request's commit */
    unsigned pending_count;
    unsigned loading; /* calls that wait for what is read from the store; at most BUS_LOADING_MAX */

    const BusAccountHooks *accounts; /* NULL: there are none */
    void *accounts_userdata;
    BusSignInCall *sign_in_calls;   /* calls that wait for their code */
    BusSignOutCall *sign_out_calls; /* calls that wait for the end of an account */
    unsigned account_calls;         /* of both; at most BUS_ACCOUNT_CALLS_MAX */

    BusAnnounce *announce;
    bool emitting; /* our own signal names an object: whoever called meanwhile does not matter */
};

/* bus_now() - the time and random bits that the core is told. */
CoreNow bus_now(void);

/* bus_path() - the path of a request's object. */
#define BUS_PATH_SIZE (sizeof MPS_REQUEST_PREFIX + MPS_ID_LENGTH)
void bus_path(const char *id, char path[BUS_PATH_SIZE]);
/* bus_path_id() - the id in a request's path. Returns 0 or -EINVAL. */
int bus_path_id(const char *path, char id[MPS_ID_LENGTH + 1]);

/* ---- bus-caller.c ------------------------------------------------------------------------------------------------ */

#define BUS_CALLERS_MAX 4096 /* connections that are remembered */
#define BUS_HELD_MAX 4096    /* messages that wait for credentials, all callers together */

/*
 * bus_caller_enter() - first of all for a method call: find out who sent it
 *
 * Returns 1 when the message is dealt with (it waits for the caller's credentials, or was refused), 0 when it may be
 * dispatched: then bus->caller is set.
 */
int bus_caller_enter(Bus *bus, sd_bus_message *message);
void bus_callers_clear(Bus *bus);

const char *bus_caller_name(const BusCaller *caller);
const char *bus_caller_app_id(const BusCaller *caller);
bool bus_caller_sandboxed(const BusCaller *caller);
/* bus_caller_owns() - it is going to own a request: remembered until it is gone. */
void bus_caller_owns(BusCaller *caller);
/* bus_caller_sees() - whether a request may be shown to the caller of the message being dispatched. */
bool bus_caller_sees(const Bus *bus, const CoreRequest *request);

/* ---- bus-pending.c ----------------------------------------------------------------------------------------------- */

#define BUS_LOADING_MAX 1000
#define BUS_PENDING_MAX 65536 /* calls that wait for a commit */

/* A call waits for its request's commit. Takes a reference of the message. Returns 0, -ENOMEM or -ENOBUFS. */
int bus_pending_add(Bus *bus, CoreRequest *request, sd_bus_message *message);
/* Answers all that wait for the request: with its path, or with the refusal. */
void bus_pending_accept(Bus *bus, CoreRequest *request);
/* Cancel is answered when its result is in the store: what was told as cancelled is never sent. */
void bus_pending_drop(Bus *bus, const CoreRequest *request, const sd_bus_message *message);
void bus_pending_cancelled(Bus *bus, CoreRequest *request);
void bus_pending_refuse(Bus *bus, CoreRequest *request, const CoreRefusal *refusal);
/* Forgets all; told: answers them with ShuttingDown first. */
void bus_pending_clear(Bus *bus, bool told);

/* ---- bus-story.c, bus-facts.c ------------------------------------------------------------------------------------- */

#define BUS_STORY_LINES 140 /* lines of a told story: those of the store, gaps, and what is derived */
#define BUS_STORY_TEXT 700

/* bus_make_utf8() - what is none becomes "?": a D-Bus string has to be. */
void bus_make_utf8(char *text);

/* A line of a story as told. */
typedef struct BusTelling {
    uint64_t wall_usec;
    const char *event; /* static */
    char text[BUS_STORY_TEXT];
} BusTelling;

/*
 * bus_story_tell() - a story in its order
 * @story: what the store has of it; NULL: nothing
 * @request: what the core has of it; NULL: nothing
 *
 * Not both NULL. Returns how many lines there are.
 */
size_t bus_story_tell(const Core *core, const CoreNow *now, const BusStory *story, const CoreRequest *request,
                      BusTelling telling[BUS_STORY_LINES]);
int bus_get_story(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_diagnose(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* ---- bus-accounts.c, bus-account.c, bus-sign-in.c ------------------------------------------------------------------ */

#define BUS_ACCOUNT_CALLS_MAX 64
#define BUS_SIGN_INS_MAX 100 /* nodes of the enumerator */

int bus_accounts_export(Bus *bus);
int bus_account_export(Bus *bus);
int bus_sign_in_export(Bus *bus);
/* bus_accounts_clear() - the calls that wait are answered by nobody any more; told: with ShuttingDown. */
void bus_accounts_clear(Bus *bus, bool told);
void bus_sign_in_calls_clear(Bus *bus, bool told);
void bus_sign_out_calls_clear(Bus *bus, bool told);

/* bus_accounts_refuse() - 0, or a negative errno with AccessDenied set: accounts are no business of a sandbox. */
int bus_accounts_refuse(const Bus *bus, sd_bus_error *error);
/* bus_cut_utf8() - how many bytes of a text to show: at most so many, and no character in part. */
size_t bus_cut_utf8(const char *text, size_t most);
/* bus_accounts_which() - InvalidOption for a call that names no account where it has to. Returns a negative errno. */
int bus_accounts_which(const Bus *bus, sd_bus_error *error);

int bus_sign_in(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_list_sign_ins(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_sign_out(sd_bus_message *message, void *userdata, sd_bus_error *error);
int bus_list_accounts(sd_bus_message *message, void *userdata, sd_bus_error *error);

/* The path of an account's or a sign-in's object, and the id in one: 0 or -EINVAL. */
#define BUS_ACCOUNT_PATH_SIZE (sizeof MPS_ACCOUNT_PREFIX + sizeof MPS_SIGN_IN_PREFIX + MPS_ID_LENGTH)
void bus_account_path(const char *prefix, const char *id, char path[BUS_ACCOUNT_PATH_SIZE]);
int bus_account_path_id(const char *prefix, const char *path, char id[MPS_ID_LENGTH + 1]);
/* bus_accounts_paths() - an ao reply, or the enumerator's list, of what @id_at tells. Return 0 or a negative errno. */
typedef const char *(*BusIdAt)(const Bus *bus, size_t index);
int bus_accounts_reply_paths(const Bus *bus, sd_bus_message *message, const char *prefix, size_t most,
                             BusIdAt id_at);
int bus_accounts_nodes(const Bus *bus, const char *prefix, size_t most, BusIdAt id_at, char ***nodes);

/* A property that is a member of a struct of texts and times: what its getter appends. */
typedef struct BusMember {
    const char *name;
    char type; /* 's', 't', 'b' */
    size_t offset;
} BusMember;
int bus_member_append(sd_bus_message *reply, const BusMember *members, size_t count, const char *name,
                      const void *base);

/* ---- bus-root.c, bus-request.c, bus-list.c ------------------------------------------------------------------------ */

int bus_root_export(Bus *bus);
int bus_request_export(Bus *bus);
int bus_list_requests(sd_bus_message *message, void *userdata, sd_bus_error *error);
/* bus_connectivity_name() - the contract's word, static. */
const char *bus_connectivity_name(CoreConnectivity connectivity);
/* bus_wall() - a point of boot time as microseconds since the epoch; 0 = none. */
uint64_t bus_wall(const CoreNow *now, uint64_t boot_usec);
/* bus_request_append() - a request's properties as a{sv}. Returns 0 or a negative errno. */
int bus_request_append(sd_bus_message *reply, const CoreRequest *request);

/* ---- bus-result.c ------------------------------------------------------------------------------------------------- */

/* bus_result_append() - a result as a{sv}; session_max: a longer document is left out. Returns 0 or a negative errno. */
int bus_result_append(sd_bus_message *message, const CoreResult *result, size_t session_max);

/* ---- bus-properties.c --------------------------------------------------------------------------------------------- */

#define BUS_ANNOUNCE_MAX 4096 /* young requests whose state is told when they are 100 ms old */

int bus_announce_new(Bus *bus, BusAnnounce **announce);
BusAnnounce *bus_announce_free(BusAnnounce *announce);
/* A new connection: nothing was told there yet. */
void bus_announce_reset(BusAnnounce *announce);
void bus_announce_young(BusAnnounce *announce, const CoreRequest *request);
void bus_announce_state(BusAnnounce *announce, const CoreRequest *request);
void bus_announce_counters(BusAnnounce *announce);
CoreCounters bus_announced(const BusAnnounce *announce);

/* ---- bus-error.c -------------------------------------------------------------------------------------------------- */

/* bus_error_set() - one of MPS_ERROR_NAME_…, with a sentence. Returns a negative errno, for a handler to return. */
int bus_error_set(sd_bus_error *error, const char *name, const char *format, ...) MPS_PRINTF(3, 4);
/* bus_error_refusal() - the error for a refusal of the core. Returns as above. */
int bus_error_refusal(sd_bus_error *error, const CoreRefusal *refusal);
/* bus_error_name() - the name of a refusal, static. */
const char *bus_error_name(CoreRefusalCode code);
