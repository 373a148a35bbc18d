/* SPDX-License-Identifier: MIT */
/* All that the directory knows, and the call it answers. One thread; no locks. */
#ifndef DIRECTORY_DIRECTORY_H
#define DIRECTORY_DIRECTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "directory/clock.h"
#include "directory/fault.h"
#include "directory/identity.h"
#include "directory/journal.h"
#include "directory/limit.h"
#include "directory/options.h"
#include "directory/reply.h"
#include "directory/session.h"
#include "directory/switches.h"

#define CONTRACT_VERSION 107
#define SESSIONS_MAX 200000
#define HANDLES_MAX 200000
#define CORRELATIONS_MAX 20000
/* Sessions whose version before the present one is kept, for stale reads. */
#define PREVIOUS_MAX 1000
#define COMMITS_MAX 500000
#define REQUESTS_MAX 200000

struct Hold;

typedef struct Directory {
    const Options *options;
    Clock clock;
    json_t *sessions;     /* key -> session */
    json_t *handles;      /* id -> handle */
    json_t *activities;   /* "xuid/title" -> id of the activity handle */
    json_t *correlations; /* key -> correlation id of a session that ended */
    json_t *previous;     /* key -> the version before the present one, of the same branch; or the last one */
    json_t *users;        /* xuid -> claims and relations */
    json_t *templates;    /* name -> template */
    Switches switches;    /* set by POST /control/switches */
    Journal commits;
    Journal requests;
    Limiter limiter;
    FaultList faults;
    Identity identity; /* the services that say who calls */
    struct Hold *hold; /* of the server; NULL without one */
    bool dirty;        /* something that the state file keeps has changed */
} Directory;

/* One request, free of the HTTP library. All texts are owned; a header that was not sent is NULL. */
typedef struct Call {
    uint64_t number; /* its line in GET /control/requests; of a rival's: the line that brought it on */
    bool rival;      /* nobody sent it */
    bool stale;      /* it sees the version before the present one */
    char *method;
    char *path;   /* as sent: nothing is unescaped */
    char *target; /* the same with the query */
    char *include;
    char *after;
    bool no_commit;
    char *authorization;
    char *contract_version;
    char *if_match;
    char *if_none_match;
    char *host;
    char *origin;
    char *content_type;
    char *cookie;
    char *signature;
    char *subject; /* the account that a call to the identity services concerns */
    bool secure;   /* it came by TLS */
    char *body;    /* NUL terminated, or NULL */
    size_t length;
    bool too_large;
} Call;

void call_clear(Call *call);

/* @options must outlive the directory. Returns 0 or a negative errno, with a line on stderr. */
int directory_open(Directory *directory, const Options *options);
void directory_close(Directory *directory);
/* Forgets sessions, handles, users, faults, journals, switches and the clock's advance. */
void directory_reset(Directory *directory);

/* The session at @key with its timers run, or NULL. Borrowed until the next call that changes it. */
json_t *directory_session(Directory *directory, const char *key);
/* Keeps @session (a new reference is taken) as the committed state at @key. */
void directory_store(Directory *directory, const char *key, json_t *session);
/* Ends the session at @key; handles that cannot outlive it die with it. */
void directory_remove(Directory *directory, const char *key);
/* The version of the session that a stale read sees, or NULL. Borrowed. */
const json_t *directory_previous(const Directory *directory, const char *key);
/* Gives the session at @key another branch. Returns it, or NULL when there is none. Borrowed. */
const json_t *directory_rebranch(Directory *directory, const char *key);
/* The session template, or NULL when the template does not exist or not for this scid. Borrowed. */
const json_t *directory_template(const Directory *directory, const char *scid, const char *name);

#endif
