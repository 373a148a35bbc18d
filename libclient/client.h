/* SPDX-License-Identifier: MIT */
/* What the game's threads and the library's share. */
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include "client-call.h"

/* Memory of calls that have not completed yet, bounded as their number is. */
#define CLIENT_BYTES_MAX MPS_PENDING_BYTES_MAX

typedef struct Io Io;

struct MpsClient {
    /* Never changed after opening. */
    pid_t pid; /* of the process that opened it: a forked child has its memory but not its threads */
    unsigned flags;
    char account[24]; /* "": none */
    uint32_t title_id;
    int wake_fd; /* ends the I/O thread's poll */
    int done_fd; /* readable while done is not empty, without MPS_OWN_THREAD */
    pthread_t io_thread;
    pthread_t deliver_thread; /* with MPS_OWN_THREAD */
    Io *io;                   /* the I/O thread's own */

    pthread_mutex_t lock; /* for all that follows */
    pthread_cond_t done_cond;
    CallQueue intake;   /* to the I/O thread: new calls */
    CallQueue returned; /* to the I/O thread: delivered, to be acknowledged and forgotten */
    CallQueue done;     /* to the game */
    size_t pending;     /* calls between the game's call and its callback */
    size_t pending_bytes;
    bool asleep;         /* the I/O thread is, or is about to be, in poll() with nothing of the above to do */
    bool deliver_closed; /* no callback may start any more */
    bool closed;         /* the I/O thread has to end */
};

/* client_wake() - end the I/O thread's sleep; with the lock held or not. */
void client_wake(MpsClient *client);
