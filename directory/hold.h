/* SPDX-License-Identifier: MIT */
/* Requests that wait for an answer: until their client goes, until their time comes, until they are released. */
#ifndef DIRECTORY_HOLD_H
#define DIRECTORY_HOLD_H

#include "directory/directory.h"

struct MHD_Connection;

/* Requests held at a time, and their bodies together. */
#define HOLD_MAX 2000
#define HOLD_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* How a request is held. */
typedef struct HoldTerms {
    const char *fault; /* a literal */
    bool applied;      /* it has taken effect already: it only waits */
    bool stays;        /* even when its client goes */
    int64_t delay_ms;  /* of real time, then it is applied; negative: until it is released */
} HoldTerms;

typedef struct Held {
    struct Held *previous, *next;
    struct MHD_Connection *connection; /* NULL when its client went */
    Reply *answer;                     /* what the connection finds when it comes back */
    int fd;
    Call call;
    HoldTerms terms;
    int64_t due_ms; /* CLOCK_MONOTONIC; INT64_MAX: never */
    Reply later;    /* what is answered when it is due; status 0: nothing, it is applied then */
} Held;

typedef struct Hold {
    int epoll;
    int timer;
    Held *first, *last; /* in the order in which they came */
    size_t count, bytes;
    bool resumed; /* a connection came back since the server last looked: it has to be run */
    bool closed;  /* nothing more is held */
} Hold;

/* @epoll: the server's own; held clients are watched there, with the Held as data. Returns 0 or a negative errno. */
int hold_open(Hold *hold, int epoll);
void hold_close(Hold *hold);
/* Suspends @connection and keeps @call (taken over, cleared). @answer: with status 0 it stands for none. Returns
 * false, having done nothing, when too much is held or the hold is closed. */
bool hold_request(Hold *hold, struct MHD_Connection *connection, Reply *answer, Call *call,
                  const HoldTerms *terms);
/* The same for a call that is served already: it is answered with @reply (taken over) when its time comes. */
bool hold_reply(Hold *hold, struct MHD_Connection *connection, Reply *answer, Call *call,
                const HoldTerms *terms, Reply *reply);
/* The client of @held went: the connection comes back to its handler, the request only stays if its terms say so. */
void hold_leave(Hold *hold, Held *held);
/* Ends @held. Its connection comes back to its handler with @reply (taken over), or without an answer for NULL. */
void hold_end(Hold *hold, Held *held, Reply *reply);
void hold_end_all(Hold *hold);
/* Before the connections are closed for good: ends all, and no more are held. */
void hold_stop(Hold *hold);
/* The one that is due first, or NULL when none is due. */
Held *hold_due(Hold *hold);

#endif
