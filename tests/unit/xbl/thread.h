/* SPDX-License-Identifier: MIT */
/* For plain programs with threads: TAP, threads, events, a provider. PROGRAM is the program's name. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

#define ROUNDS 200

static unsigned number;
static unsigned failed;

static inline void check(bool good, const char *what)
{
    printf("%sok %u - thread/%s: %s\n", good ? "" : "not ", ++number, PROGRAM, what);
    fflush(stdout);
    failed += !good;
}

static inline pthread_t start(void *(*run)(void *), void *context)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, context) != 0)
        abort();
    return thread;
}

static inline XTaskQueueHandle new_queue(XTaskQueueDispatchMode work, XTaskQueueDispatchMode completion)
{
    XTaskQueueHandle queue;

    if (FAILED(XTaskQueueCreate(work, completion, &queue)))
        abort();
    return queue;
}

/* Something that happens once. */
typedef struct Event {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_set;
} Event;

#define EVENT                                                                                                \
    {                                                                                                        \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false                                           \
    }

static inline void event_set(Event *event)
{
    pthread_mutex_lock(&event->lock);
    event->is_set = true;
    pthread_cond_broadcast(&event->changed);
    pthread_mutex_unlock(&event->lock);
}

static inline void event_wait(Event *event)
{
    pthread_mutex_lock(&event->lock);
    while (!event->is_set)
        pthread_cond_wait(&event->changed, &event->lock);
    pthread_mutex_unlock(&event->lock);
}

/* Its result is a 7, made by its work. */
static inline HRESULT CALLBACK provide_int(XAsyncOp op, const XAsyncProviderData *data)
{
    if (op == XAsyncOp_Begin)
        return XAsyncSchedule(data->async, 0);
    if (op == XAsyncOp_DoWork)
        XAsyncComplete(data->async, S_OK, sizeof(int));
    if (op == XAsyncOp_GetResult)
        *(int *)data->buffer = 7;
    return S_OK;
}
