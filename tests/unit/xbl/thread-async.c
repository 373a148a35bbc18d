/* SPDX-License-Identifier: MIT */
/* Calls and queues from many threads at once: a plain program, for ThreadSanitizer too. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

#define THREADS 4
#define CALLS 300
#define ITEMS 2000

static unsigned number;
static unsigned failed;

static void check(bool good, const char *what)
{
    printf("%sok %u - thread/async: %s\n", good ? "" : "not ", ++number, what);
    fflush(stdout);
    failed += !good;
}

static void start(pthread_t *threads, unsigned count, void *(*run)(void *), void *context)
{
    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, run, context) != 0)
            abort();
}

static void join(pthread_t *threads, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static XTaskQueueHandle new_queue(XTaskQueueDispatchMode work, XTaskQueueDispatchMode completion)
{
    XTaskQueueHandle queue;

    if (FAILED(XTaskQueueCreate(work, completion, &queue)))
        abort();
    return queue;
}

/* ---- a provider whose results come from another thread, and race with cancels ---- */

static XTaskQueueHandle helpers;
static atomic_uint contexts;

typedef struct Context {
    XAsyncBlock *async;
    atomic_bool decided; /* who sets it completes the call */
    atomic_uint refs;
} Context;

static void drop_context(Context *context)
{
    if (atomic_fetch_sub(&context->refs, 1) == 1) {
        free(context);
        atomic_fetch_sub(&contexts, 1);
    }
}

static void CALLBACK help(void *data, bool canceled)
{
    Context *context = data;

    (void)canceled;
    if (!atomic_exchange(&context->decided, true))
        XAsyncComplete(context->async, S_OK, sizeof(int));
    drop_context(context);
}

static HRESULT CALLBACK provide(XAsyncOp op, const XAsyncProviderData *data)
{
    Context *context = data->context;

    switch (op) {
    case XAsyncOp_Begin:
        context->async = data->async;
        return XTaskQueueSubmitCallback(helpers, XTaskQueuePort_Work, context, help);
    case XAsyncOp_Cancel:
        if (!atomic_exchange(&context->decided, true))
            XAsyncComplete(data->async, E_ABORT, 0);
        return S_OK;
    case XAsyncOp_GetResult:
        *(int *)data->buffer = 7;
        return S_OK;
    case XAsyncOp_Cleanup:
        drop_context(context);
        return S_OK;
    default:
        return S_OK;
    }
}

static HRESULT begin(XAsyncBlock *block)
{
    Context *context = calloc(1, sizeof(*context));

    if (!context)
        abort();
    atomic_init(&context->refs, 2);
    atomic_fetch_add(&contexts, 1);
    return XAsyncBegin(block, context, &contexts, "test", provide);
}

static atomic_uint called, good_results, wrong;
static XTaskQueueHandle shared;

static void CALLBACK on_done(XAsyncBlock *block)
{
    (void)block;
    atomic_fetch_add(&called, 1);
}

/* The block is on the stack and is overwritten as soon as a wait has returned. */
static void *call_many(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < CALLS; i++) {
        XAsyncBlock block;
        int result = 0;
        HRESULT hr;

        memset(&block, 0xa5, sizeof(block));
        block.queue = i % 3 ? shared : NULL;
        block.context = NULL;
        block.callback = i % 2 ? on_done : NULL;
        if (FAILED(begin(&block)))
            abort();
        if (i % 4 == 0)
            XAsyncCancel(&block);
        hr = XAsyncGetStatus(&block, true);
        if (SUCCEEDED(hr))
            hr = XAsyncGetResult(&block, &contexts, sizeof(result), &result, NULL);
        if (SUCCEEDED(hr) ? result != 7 : hr != E_ABORT)
            atomic_fetch_add(&wrong, 1);
        atomic_fetch_add(&good_results, 1);
        memset(&block, 0x5a, sizeof(block));
    }
    return NULL;
}

static void run_calls(XTaskQueueDispatchMode mode, const char *what)
{
    pthread_t threads[THREADS];

    called = good_results = wrong = 0;
    shared = new_queue(mode, mode);
    helpers = new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_Immediate);
    start(threads, THREADS, call_many, NULL);
    join(threads, THREADS);
    XTaskQueueTerminate(shared, true, NULL, NULL);
    XTaskQueueTerminate(helpers, true, NULL, NULL);
    XTaskQueueCloseHandle(shared);
    XTaskQueueCloseHandle(helpers);
    check(good_results == THREADS * CALLS && wrong == 0 && called == THREADS * CALLS / 2 && contexts == 0,
          what);
}

/* ---- canceled from another thread ---- */

static XAsyncBlock victims[CALLS];

static void *cancel_all(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < CALLS; i++)
        XAsyncCancel(&victims[i]);
    return NULL;
}

static void *wait_all(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < CALLS; i++) {
        HRESULT hr = XAsyncGetStatus(&victims[i], true);

        if (hr != S_OK && hr != E_ABORT)
            atomic_fetch_add(&wrong, 1);
    }
    return NULL;
}

static void run_cancels(void)
{
    pthread_t cancels[2], waits[2];
    int result;

    wrong = 0;
    helpers = new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_Immediate);
    memset(victims, 0, sizeof(victims));
    for (unsigned i = 0; i < CALLS; i++)
        begin(&victims[i]);
    start(cancels, 2, cancel_all, NULL);
    start(waits, 2, wait_all, NULL);
    join(cancels, 2);
    join(waits, 2);
    for (unsigned i = 0; i < CALLS; i++)
        XAsyncGetResult(&victims[i], &contexts, sizeof(result), &result, NULL);
    XTaskQueueTerminate(helpers, true, NULL, NULL);
    XTaskQueueCloseHandle(helpers);
    check(wrong == 0 && contexts == 0, "cancels, waits and completions race");
}

/* ---- items, delayed ones, dispatchers, monitors ---- */

static atomic_uint ran, noticed;
static atomic_bool stop;

static void CALLBACK count_item(void *context, bool canceled)
{
    (void)context;
    (void)canceled;
    atomic_fetch_add(&ran, 1);
}

static void CALLBACK notice(void *context, XTaskQueueHandle queue, XTaskQueuePort port)
{
    (void)context;
    (void)queue;
    (void)port;
    atomic_fetch_add(&noticed, 1);
}

static void *submit_many(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < ITEMS; i++)
        if (FAILED(XTaskQueueSubmitDelayedCallback(shared, i & 1, i % 8 == 0 ? i % 5 : 0, NULL, count_item)))
            abort();
    return NULL;
}

static void *dispatch_many(void *unused)
{
    (void)unused;
    while (ran < THREADS * ITEMS) {
        XTaskQueueDispatch(shared, XTaskQueuePort_Work, 1);
        XTaskQueueDispatch(shared, XTaskQueuePort_Completion, 1);
    }
    return NULL;
}

static void *monitor_many(void *unused)
{
    (void)unused;
    while (!stop) {
        XTaskQueueRegistrationToken token;
        XTaskQueueHandle duplicate;

        if (FAILED(XTaskQueueDuplicateHandle(shared, &duplicate)) ||
            FAILED(XTaskQueueRegisterMonitor(duplicate, NULL, notice, &token)))
            abort();
        XTaskQueueUnregisterMonitor(shared, token);
        XTaskQueueCloseHandle(duplicate);
    }
    return NULL;
}

static void run_items(XTaskQueueDispatchMode mode, const char *what)
{
    pthread_t submits[THREADS], dispatches[2], monitors[2];
    XTaskQueueRegistrationToken token;

    ran = noticed = 0;
    stop = false;
    shared = new_queue(mode, mode);
    XTaskQueueRegisterMonitor(shared, NULL, notice, &token);
    start(monitors, 2, monitor_many, NULL);
    start(dispatches, 2, dispatch_many, NULL);
    start(submits, THREADS, submit_many, NULL);
    join(submits, THREADS);
    join(dispatches, 2);
    stop = true;
    join(monitors, 2);
    XTaskQueueTerminate(shared, true, NULL, NULL);
    XTaskQueueCloseHandle(shared);
    check(ran == THREADS * ITEMS && noticed >= THREADS * ITEMS, what);
}

/* ---- terminations while others submit and begin ---- */

static atomic_uint accepted, terminated;

static void CALLBACK on_terminated(void *context)
{
    (void)context;
    atomic_fetch_add(&terminated, 1);
}

static void *use_until_ended(void *context)
{
    XTaskQueueHandle queue = context;

    for (unsigned i = 0; i < ITEMS; i++) {
        HRESULT hr = XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, i % 16 == 0 ? 3600000 : 0,
                                                     NULL, count_item);

        if (SUCCEEDED(hr))
            atomic_fetch_add(&accepted, 1);
        else if (hr != E_ABORT)
            atomic_fetch_add(&wrong, 1);
    }
    XTaskQueueTerminate(queue, true, NULL, on_terminated);
    return NULL;
}

static void run_terminations(void)
{
    accepted = ran = terminated = wrong = 0;
    for (unsigned round = 0; round < 20; round++) {
        XTaskQueueHandle source =
            new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool);
        XTaskQueuePortHandle port;
        XTaskQueueHandle composite;
        pthread_t threads[THREADS];

        if (FAILED(XTaskQueueGetPort(source, XTaskQueuePort_Work, &port)) ||
            FAILED(XTaskQueueCreateComposite(port, port, &composite)))
            abort();
        start(threads, THREADS, use_until_ended, composite);
        XTaskQueueTerminate(source, true, NULL, on_terminated);
        XTaskQueueCloseHandle(source);
        join(threads, THREADS);
        XTaskQueueCloseHandle(composite);
    }
    check(ran == accepted && wrong == 0, "all that was accepted ran, canceled or not");
    check(terminated == 20 * (THREADS + 1), "each termination was told once");
}

/* ---- items that wait for a later one ---- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
static bool gate_open;

static void CALLBACK wait_gate(void *context, bool canceled)
{
    (void)context;
    (void)canceled;
    pthread_mutex_lock(&gate);
    while (!gate_open)
        pthread_cond_wait(&gate_changed, &gate);
    pthread_mutex_unlock(&gate);
}

static void CALLBACK open_gate(void *context, bool canceled)
{
    (void)context;
    (void)canceled;
    pthread_mutex_lock(&gate);
    gate_open = true;
    pthread_cond_broadcast(&gate_changed);
    pthread_mutex_unlock(&gate);
}

static void run_blocked(void)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool);

    for (unsigned i = 0; i < 20; i++)
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, NULL, wait_gate);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, NULL, open_gate);
    check(SUCCEEDED(XTaskQueueTerminate(queue, true, NULL, NULL)),
          "the pool grows for items that wait for others");
    XTaskQueueCloseHandle(queue);
}

int main(void)
{
    run_calls(XTaskQueueDispatchMode_ThreadPool, "calls on a ThreadPool");
    run_calls(XTaskQueueDispatchMode_SerializedThreadPool, "calls on a SerializedThreadPool");
    run_calls(XTaskQueueDispatchMode_Immediate, "calls that complete where they are");
    run_cancels();
    run_items(XTaskQueueDispatchMode_Manual, "items on a Manual queue");
    run_items(XTaskQueueDispatchMode_ThreadPool, "items on a ThreadPool");
    run_items(XTaskQueueDispatchMode_SerializedThreadPool, "items on a SerializedThreadPool");
    run_items(XTaskQueueDispatchMode_Immediate, "items on an Immediate queue");
    run_terminations();
    run_blocked();
    printf("1..%u\n", number);
    return failed > 0;
}
