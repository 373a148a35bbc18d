/* SPDX-License-Identifier: MIT */
/* Connections that wait for nothing, and writes that are applied later. */
#ifndef DIRECTORY_HOLD_H
#define DIRECTORY_HOLD_H

#include "directory/directory.h"

struct MHD_Connection;

/* Writes that wait at a time; beyond that a late one is applied at once. */
#define HOLD_LATE_MAX 1000

/* A connection without an answer, until its client goes. */
typedef struct HeldConnection {
    struct HeldConnection *previous, *next;
    struct MHD_Connection *connection;
    int fd;
} HeldConnection;

typedef struct LateCall {
    Call call;
    int64_t due_ms;       /* CLOCK_MONOTONIC */
    HeldConnection *held; /* NULL when its client went */
} LateCall;

typedef struct Hold {
    int epoll;
    int timer;
    HeldConnection *first;
    LateCall *late;
    size_t n_late;
} Hold;

/* @epoll: the server's own; held clients are watched there, with the HeldConnection as data. Returns 0 or a
 * negative errno. */
int hold_open(Hold *hold, int epoll);
void hold_close(Hold *hold);
/* Suspends @connection. It comes back when its client goes or the hold ends. */
HeldConnection *hold_connection(Hold *hold, struct MHD_Connection *connection);
/* Lets a held connection come back to its handler. */
void hold_release(Hold *hold, HeldConnection *held);
void hold_release_all(Hold *hold);
/* Keeps @call (taken over, cleared) for @delay_ms of real time. Returns false when there are too many. */
bool hold_call(Hold *hold, Call *call, HeldConnection *held, unsigned delay_ms);
/* Takes a call that is due; its connection is released. Returns false when none is. */
bool hold_take_due(Hold *hold, Call *out);

#endif
