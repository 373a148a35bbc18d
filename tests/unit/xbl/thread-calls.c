/* SPDX-License-Identifier: MIT */
/* What is promised of calls across threads: a plain program, for ThreadSanitizer too. */
#define PROGRAM "calls"
#include "thread.h"

#include <string.h>

#define THREADS 4

/* ---- operations beside each other ---- */

typedef struct Call {
    XAsyncBlock block;
    bool completes_in_begin;
    bool is_cancelable;
    Event completed, canceled, asked, begun;
    atomic_int inside;    /* Begin or DoWork */
    atomic_bool overlaps; /* another operation than Cancel beside them */
    atomic_bool beside;   /* Cancel beside DoWork */
    atomic_bool too_soon; /* Cancel beside Begin */
    atomic_uint cleanups;
} Call;

#define CALL                                                                                                 \
    {                                                                                                        \
        .completed = EVENT, .canceled = EVENT, .asked = EVENT, .begun = EVENT                                \
    }

/* Completes, and stays in its operation until a thread has asked for the result. */
static void complete_and_stay(Call *call, XAsyncBlock *async)
{
    atomic_fetch_add(&call->inside, 1);
    XAsyncComplete(async, S_OK, sizeof(int));
    event_set(&call->completed);
    event_wait(&call->asked);
    for (unsigned i = 0; i < 100; i++)
        sched_yield();
    atomic_fetch_sub(&call->inside, 1);
}

static HRESULT CALLBACK provide_slowly(XAsyncOp op, const XAsyncProviderData *data)
{
    Call *call = data->context;

    switch (op) {
    case XAsyncOp_Begin:
        if (!call->completes_in_begin)
            return XAsyncSchedule(data->async, 0);
        complete_and_stay(call, data->async);
        return S_OK;
    case XAsyncOp_DoWork:
        complete_and_stay(call, data->async);
        return S_OK;
    case XAsyncOp_GetResult:
        *(int *)data->buffer = 7;
        break;
    case XAsyncOp_Cleanup:
        atomic_fetch_add(&call->cleanups, 1);
        break;
    default:
        break;
    }
    if (call->inside > 0)
        atomic_store(&call->overlaps, true);
    return S_OK;
}

static void *fetch_at_once(void *context)
{
    Call *call = context;
    int value = 0;
    HRESULT hr;

    event_wait(&call->completed);
    event_set(&call->asked);
    hr = XAsyncGetResult(&call->block, NULL, sizeof(value), &value, NULL);
    if (hr != S_OK || value != 7)
        atomic_store(&call->overlaps, true);
    return NULL;
}

static void run_results(void)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool);
    bool good = true;

    for (unsigned i = 0; i < ROUNDS; i++) {
        Call call = CALL;
        pthread_t thread;

        call.block.queue = queue;
        call.completes_in_begin = i & 1;
        thread = start(fetch_at_once, &call);
        XAsyncBegin(&call.block, &call, NULL, NULL, provide_slowly);
        pthread_join(thread, NULL);
        good &= XAsyncGetStatus(&call.block, true) == S_OK && !call.overlaps && call.cleanups == 1;
    }
    XTaskQueueTerminate(queue, true, NULL, NULL);
    XTaskQueueCloseHandle(queue);
    check(good, "a result is not fetched beside the operation that completed the call");
}

/* Works until Cancel comes; begins until somebody has tried to cancel. */
static HRESULT CALLBACK provide_until_canceled(XAsyncOp op, const XAsyncProviderData *data)
{
    Call *call = data->context;

    switch (op) {
    case XAsyncOp_Begin:
        atomic_fetch_add(&call->inside, 1);
        event_set(&call->begun);
        if (call->is_cancelable)
            event_wait(&call->asked);
        atomic_fetch_sub(&call->inside, 1);
        return XAsyncSchedule(data->async, 0);
    case XAsyncOp_DoWork:
        atomic_fetch_add(&call->inside, 1);
        event_set(&call->completed);
        event_wait(&call->canceled);
        atomic_fetch_sub(&call->inside, 1);
        return E_ABORT;
    case XAsyncOp_Cancel:
        if (call->inside > 0)
            atomic_store(call->is_cancelable ? &call->too_soon : &call->beside, true);
        event_set(&call->canceled);
        return S_OK;
    case XAsyncOp_Cleanup:
        atomic_store(&call->overlaps, call->inside > 0);
        atomic_fetch_add(&call->cleanups, 1);
        return S_OK;
    default:
        return S_OK;
    }
}

static void *cancel_in_begin(void *context)
{
    Call *call = context;

    event_wait(&call->begun);
    XAsyncCancel(&call->block);
    event_set(&call->asked);
    return NULL;
}

static void run_cancels(void)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool);
    Call working = CALL, beginning = CALL;
    pthread_t thread;

    working.block.queue = beginning.block.queue = queue;
    XAsyncBegin(&working.block, &working, NULL, NULL, provide_until_canceled);
    event_wait(&working.completed);
    XAsyncCancel(&working.block);
    check(XAsyncGetStatus(&working.block, true) == E_ABORT && working.beside && !working.overlaps &&
              working.cleanups == 1,
          "Cancel runs beside DoWork, Cleanup after both");

    beginning.is_cancelable = true;
    thread = start(cancel_in_begin, &beginning);
    XAsyncBegin(&beginning.block, &beginning, NULL, NULL, provide_until_canceled);
    check(XAsyncGetStatus(&beginning.block, true) == E_ABORT && !beginning.too_soon && !beginning.overlaps &&
              beginning.cleanups == 1,
          "a Cancel from another thread comes after Begin");
    pthread_join(thread, NULL);
    XTaskQueueTerminate(queue, true, NULL, NULL);
    XTaskQueueCloseHandle(queue);
}

/* ---- one block, several threads ---- */

static atomic_uint begun, fetched, wrong;
static pthread_barrier_t together;

static void *share_block(void *context)
{
    XAsyncBlock *block = context;

    for (unsigned i = 0; i < ROUNDS; i++) {
        int value = 0;
        HRESULT hr;

        pthread_barrier_wait(&together);
        hr = XAsyncBegin(block, NULL, NULL, NULL, provide_int);
        atomic_fetch_add(&begun, hr == S_OK);
        atomic_fetch_add(&wrong, hr != S_OK && hr != E_INVALIDARG);
        pthread_barrier_wait(&together);
        hr = XAsyncGetStatus(block, true);
        atomic_fetch_add(&wrong, hr != S_OK);
        hr = XAsyncGetResult(block, NULL, sizeof(value), &value, NULL);
        atomic_fetch_add(&fetched, hr == S_OK && value == 7);
        atomic_fetch_add(&wrong, hr != S_OK && hr != E_ILLEGAL_METHOD_CALL);
    }
    return NULL;
}

static void run_shared_block(void)
{
    pthread_t threads[THREADS];
    XAsyncBlock block = {0};

    pthread_barrier_init(&together, NULL, THREADS);
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(share_block, &block);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&together);
    check(begun == ROUNDS && fetched == ROUNDS && wrong == 0,
          "of several threads one begins, and one has the result");
}

typedef struct Again {
    XAsyncBlock block;
    atomic_uint left;
    Event done;
} Again;

static void CALLBACK begin_again(XAsyncBlock *block)
{
    Again *again = block->context;
    int value = 0;

    if (XAsyncGetResult(block, NULL, sizeof(value), &value, NULL) != S_OK || value != 7)
        atomic_fetch_add(&wrong, 1);
    memset(block->internal, 0x77, sizeof(block->internal));
    if (atomic_fetch_sub(&again->left, 1) == 1)
        event_set(&again->done);
    else if (FAILED(XAsyncBegin(block, NULL, NULL, NULL, provide_int)))
        abort();
}

static void run_again(XTaskQueueDispatchMode mode, const char *what)
{
    XTaskQueueHandle queue = new_queue(mode, mode);
    Again again = {
        .block = {.queue = queue, .context = &again, .callback = begin_again}, .left = ROUNDS, .done = EVENT};

    wrong = 0;
    XAsyncBegin(&again.block, NULL, NULL, NULL, provide_int);
    event_wait(&again.done);
    XTaskQueueTerminate(queue, true, NULL, NULL);
    XTaskQueueCloseHandle(queue);
    check(wrong == 0, what);
}

int main(void)
{
    run_results();
    run_cancels();
    run_shared_block();
    run_again(XTaskQueueDispatchMode_ThreadPool, "a callback uses its block again on a ThreadPool");
    run_again(XTaskQueueDispatchMode_SerializedThreadPool,
              "a callback uses its block again on a SerializedThreadPool");
    run_again(XTaskQueueDispatchMode_Immediate, "a callback uses its block again where it is");
    printf("1..%u\n", number);
    return failed > 0;
}
