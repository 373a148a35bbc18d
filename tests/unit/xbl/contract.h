/* SPDX-License-Identifier: MIT */
/* Calls for tests of what is promised of them: a provider that writes down what it is asked, a callback that looks. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

#define MS UINT64_C(1000000)

/* A provider that does what it is told and writes down what it is asked. */
typedef struct Plan {
    bool completes_in_begin, waits; /* waits: nothing is scheduled */
    uint32_t delay;
    HRESULT work;
    size_t size; /* of the result */
    char ops[32];
    XAsyncBlock *async;
    XTaskQueueHandle queue; /* the copy's */
    size_t buffer_size;
    pthread_t threads[5]; /* by operation */
    uint64_t worked_at;
} Plan;

static inline uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

static inline HRESULT CALLBACK provide(XAsyncOp op, const XAsyncProviderData *data)
{
    Plan *plan = data->context;

    plan->ops[strlen(plan->ops)] = "bwrcx"[op];
    plan->threads[op] = pthread_self();
    plan->async = data->async;
    plan->queue = data->async->queue;
    switch (op) {
    case XAsyncOp_Begin:
        if (plan->completes_in_begin)
            XAsyncComplete(data->async, plan->work, plan->size);
        return plan->completes_in_begin || plan->waits ? S_OK : XAsyncSchedule(data->async, plan->delay);
    case XAsyncOp_DoWork:
        plan->worked_at = clock_ns();
        if (SUCCEEDED(plan->work))
            XAsyncComplete(data->async, plan->work, plan->size);
        return plan->work;
    case XAsyncOp_GetResult:
        plan->buffer_size = data->bufferSize;
        memset(data->buffer, 'r', plan->size);
        return S_OK;
    default:
        return S_OK;
    }
}

static inline HRESULT begin(XAsyncBlock *block, Plan *plan)
{
    return XAsyncBegin(block, plan, NULL, "contract", provide);
}

static inline XTaskQueueHandle new_queue(XTaskQueueDispatchMode mode)
{
    XTaskQueueHandle queue = NULL;

    cr_assert(eq(int, XTaskQueueCreate(mode, mode, &queue), S_OK));
    return queue;
}

static inline void drain(XTaskQueueHandle queue)
{
    while (XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0) ||
           XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0)) {
    }
}

/* What a completion callback saw. */
typedef struct Seen {
    atomic_uint calls;
    HRESULT status;
    XAsyncBlock *block;
    pthread_t thread;
} Seen;

static inline void CALLBACK see(XAsyncBlock *block)
{
    Seen *seen = block->context;

    seen->status = XAsyncGetStatus(block, false);
    seen->block = block;
    seen->thread = pthread_self();
    atomic_fetch_add(&seen->calls, 1);
}
