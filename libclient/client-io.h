/* SPDX-License-Identifier: MIT */
/*
 * The I/O thread's state. It alone touches libdbus.
 *
 * client-io.c has the loop and takes in what the game wants, client-link.c finds the agent and starts it, client-track.c
 * hands calls over and follows each to its end. Calls go to the agent's unique name, never to the well-known one: what
 * was sent to an agent that died fails then, all of it, and is handed over again in the order in which it was made.
 */
#pragma once

#include "client-bus.h"
#include "client-table.h"
#include "client.h"

typedef enum IoLink {
    IO_DOWN,     /* no bus */
    IO_GREETING, /* Hello is sent */
    IO_ASKING,   /* GetNameOwner is sent */
    IO_ABSENT,   /* nobody owns the name */
    IO_STARTING, /* StartServiceByName is sent */
    IO_PRESENT,  /* calls go to owner */
    IO_DRAINING, /* the agent is gone or leaving: wait for the replies, which are errors, before anything is sent again */
} IoLink;

/* What an id is noted for while the agent is away. */
typedef struct IoNote {
    char id[MPS_ID_SIZE];
    bool cancel; /* Cancel: starts the agent. Otherwise Acknowledge: does not */
} IoNote;

/* Beyond that a note is lost: the agent then keeps a result its 24 hours. */
#define IO_NOTES_MAX 4096

/* Unanswered calls. The agent takes 1000 of a connection, and a bus without a session's limits takes 128. */
#define IO_WINDOW_CALLS 100
#define IO_WINDOW_BYTES (4u * 1024 * 1024)

struct Io {
    MpsClient *client;
    char *address; /* NULL: there is no bus */
    Bus bus;
    Table table;

    IoLink link;
    bool disconnected;       /* the filter saw the bus go */
    char owner[256];         /* the agent's unique name, "" for none: the only one that is believed */
    char last_owner[256];    /* IO_DRAINING: who gave the name up, and may still answer */
    bool answered;           /* owner has answered something */
    uint32_t control_serial; /* the reply that the link waits for */
    uint64_t control_usec;   /* and until when */
    uint64_t up_usec;        /* when the bus greeted us */
    uint64_t retry_usec;     /* IO_DOWN, IO_ABSENT: not before */
    uint64_t failed_usec;    /* when reaching the agent failed last */
    unsigned failures;       /* in a row */
    uint64_t hold_usec;      /* IO_DRAINING: not before, unless the owner changes, which sets it to 0 */
    uint64_t drain_usec;     /* IO_DRAINING: not later */

    unsigned in_flight; /* calls with a serial that are CALL_SENT */
    size_t in_flight_bytes;
    uint64_t due_usec; /* no call is due before; UINT64_MAX: none at all */

    IoNote *notes;
    size_t notes_count;
    size_t notes_capacity;
    size_t cancels; /* among the notes */

    bool closing;
    uint64_t close_usec; /* the latest */
};

/* io_new(), io_free() - before the thread starts, after it has ended. @address: taken over. NULL without memory. */
Io *io_new(MpsClient *client, char *address);
Io *io_free(Io *io);

/* io_thread() - the thread. @io: an Io. */
void *io_thread(void *io);

/* io_note() - remember an id until the agent is there. */
void io_note(Io *io, const char *id, bool cancel);
