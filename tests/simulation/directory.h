/* SPDX-License-Identifier: MIT */
/* The session directory: sessions, handles, preconditions, its log; and those who write without an agent. */
#pragma once

#include "disk.h"
#include "document.h"
#include "events.h"
#include "job.h"
#include "table.h"

typedef struct World World;
typedef struct Attempt Attempt;

#define SESSIONS_MAX 3
#define TITLES_MAX 2
#define ACCOUNTS_MAX 3
#define RIVAL_XUID 50 /* the first of RIVALS other players */
#define RIVALS 3
#define WINDOW_MAX 1024 /* requests of one account and title that are remembered for the limits */

typedef struct Session {
    Document now;
    Document before; /* what a stale read shows */
} Session;

typedef struct Handle {
    bool made, alive;
    unsigned session;
    unsigned owner; /* an xuid: when it goes, the handle goes; 0: an invitation */
} Handle;

/* What an attempt is told, if the network lets it. */
typedef struct Answer {
    CoreFate fate;
    unsigned status;
    unsigned version; /* 0: no ETag */
    unsigned branch, change;
    bool location, retry_after, limit, activities;
    bool claim; /* a 401 that a newer token does not help */
    uint64_t retry_after_usec;
    int handle; /* made by it; -1: none */
    size_t document_size;
    char document[DOCUMENT_TEXT];
} Answer;

typedef struct Window {
    uint64_t times[WINDOW_MAX];
    unsigned count;
} Window;

typedef struct Directory {
    Session sessions[SESSIONS_MAX];
    Handle handles[HANDLES_MAX];
    unsigned handles_count;
    unsigned branch, version, rival_value;
    Window windows[ACCOUNTS_MAX][TITLES_MAX];
} Directory;

void directory_reset(World *world);

/* directory_clear_answer() - nothing was said. */
void directory_clear_answer(Answer *answer);

/* directory_serve() - a request has come in: perform it, and make its answer. */
void directory_serve(World *world, Attempt *attempt);

/* directory_rival() - somebody else does something. */
void directory_rival(World *world);

/* directory_etag() - a version as the service writes it in this run. */
void directory_etag(const World *world, unsigned version, char text[40]);

/* directory_commit() - a session is another one now, or is gone. */
void directory_commit(World *world, unsigned session, const Document *document);
/* directory_disown() - somebody else, or the service, has changed an account's own member. */
void directory_disown(World *world, unsigned session, unsigned xuid);
/* directory_settle() - the lazy timers of a session. */
void directory_settle(World *world, unsigned session);
