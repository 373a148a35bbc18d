/* SPDX-License-Identifier: MIT */
/* Completions on their way to the game. */
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "client-deliver.h"

/* With the lock held: for the count it has completed. */
static void deliver_count(MpsClient *client, const Call *call)
{
    client->pending--;
    client->pending_bytes -= call->bytes;
}

void deliver_push(MpsClient *client, Call *call)
{
    pthread_mutex_lock(&client->lock);
    if (!call->completion) {
        /* Nobody asks, so it does not wait for the game to dispatch. The I/O thread looks again before it sleeps. */
        deliver_count(client, call);
        call_queue_push(&client->returned, call);
        pthread_mutex_unlock(&client->lock);
        return;
    }
    if (!client->done.first) {
        if (client->flags & MPS_OWN_THREAD) {
            pthread_cond_signal(&client->done_cond);
        } else {
            uint64_t one = 1;

            (void)!write(client->done_fd, &one, sizeof(one));
        }
    }
    call_queue_push(&client->done, call);
    pthread_mutex_unlock(&client->lock);
}

/* Takes all that is done, so that a callback whose new call ends at once does not keep the game here for ever. */
static Call *deliver_take(MpsClient *client)
{
    Call *calls = NULL;

    pthread_mutex_lock(&client->lock);
    if (!client->deliver_closed && client->done.first) {
        calls = call_queue_take(&client->done);
        if (!(client->flags & MPS_OWN_THREAD)) {
            uint64_t value;

            (void)!read(client->done_fd, &value, sizeof(value));
        }
    }
    pthread_mutex_unlock(&client->lock);
    return calls;
}

static void deliver_run(MpsClient *client, Call *call)
{
    MpsResult poor = {
        .struct_size = sizeof(poor),
        .id = call->arguments.id,
        .error = MPS_ERROR_NO_MEMORY,
        .applied = MPS_APPLIED_UNKNOWN,
        .etag = "",
        .date = "",
        .session = "",
        .reference = {"", "", ""},
        .handle_id = "",
        .activities = "",
        .code = "no-memory",
        .message = mps_error_text(MPS_ERROR_NO_MEMORY),
        .server_message = "",
    };

    /* It has completed for the count before its callback runs, which may call again. */
    pthread_mutex_lock(&client->lock);
    deliver_count(client, call);
    pthread_mutex_unlock(&client->lock);
    call->completion(call->result ? result_view(call->result) : &poor, call->userdata);
    pthread_mutex_lock(&client->lock);
    call_queue_push(&client->returned, call);
    pthread_mutex_unlock(&client->lock);
}

static bool deliver_may_run(MpsClient *client)
{
    bool may;

    pthread_mutex_lock(&client->lock);
    may = !client->deliver_closed;
    pthread_mutex_unlock(&client->lock);
    return may;
}

/* Returns how many ran. On closing, the rest goes back to where it is freed. */
static int deliver_run_all(MpsClient *client, Call *calls)
{
    int ran = 0;

    while (calls && deliver_may_run(client)) {
        Call *next = calls->queue_next;

        deliver_run(client, calls);
        calls = next;
        ran++;
    }
    while (calls) {
        Call *next = calls->queue_next;

        pthread_mutex_lock(&client->lock);
        call_queue_push(&client->done, calls);
        pthread_mutex_unlock(&client->lock);
        calls = next;
    }
    /* One wake-up for all: acknowledgements are in no hurry. */
    if (ran > 0)
        client_wake(client);
    return ran;
}

static int64_t now_msec(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int deliver_dispatch(MpsClient *client, int timeout_msec)
{
    int64_t until = timeout_msec > 0 ? now_msec() + timeout_msec : 0;
    Call *calls;

    while (!(calls = deliver_take(client)) && timeout_msec != 0) {
        struct pollfd fd = {.fd = client->done_fd, .events = POLLIN};

        poll(&fd, 1, timeout_msec);
        if (timeout_msec > 0) {
            int64_t left = until - now_msec();

            timeout_msec = left > 0 ? (int)left : 0;
        }
    }
    return deliver_run_all(client, calls);
}

void *deliver_thread(void *userdata)
{
    MpsClient *client = userdata;

    for (;;) {
        bool closed;

        pthread_mutex_lock(&client->lock);
        while (!client->done.first && !client->deliver_closed)
            pthread_cond_wait(&client->done_cond, &client->lock);
        closed = client->deliver_closed;
        pthread_mutex_unlock(&client->lock);
        if (closed)
            return NULL;
        deliver_run_all(client, deliver_take(client));
    }
}
