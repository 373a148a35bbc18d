/* SPDX-License-Identifier: MIT */
/* What is promised of calls and queues across threads: a plain program, for ThreadSanitizer too. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

#define THREADS 4
#define ROUNDS 200
#define HOUR 3600000

static unsigned number;
static unsigned failed;

static void check(bool good, const char *what)
{
    printf("%sok %u - thread/contract: %s\n", good ? "" : "not ", ++number, what);
    fflush(stdout);
    failed += !good;
}

static pthread_t start(void *(*run)(void *), void *context)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, context) != 0)
        abort();
    return thread;
}

static XTaskQueueHandle new_queue(XTaskQueueDispatchMode work, XTaskQueueDispatchMode completion)
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

static void event_set(Event *event)
{
    pthread_mutex_lock(&event->lock);
    event->is_set = true;
    pthread_cond_broadcast(&event->changed);
    pthread_mutex_unlock(&event->lock);
}

static void event_wait(Event *event)
{
    pthread_mutex_lock(&event->lock);
    while (!event->is_set)
        pthread_cond_wait(&event->changed, &event->lock);
    pthread_mutex_unlock(&event->lock);
}

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

static HRESULT CALLBACK provide_int(XAsyncOp op, const XAsyncProviderData *data)
{
    if (op == XAsyncOp_Begin)
        return XAsyncSchedule(data->async, 0);
    if (op == XAsyncOp_DoWork)
        XAsyncComplete(data->async, S_OK, sizeof(int));
    if (op == XAsyncOp_GetResult)
        *(int *)data->buffer = 7;
    return S_OK;
}

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

/* ---- queues that are closed in flight ---- */

static atomic_uint to_free;
static Event all_free = EVENT;

static void count_free(void)
{
    if (atomic_fetch_sub(&to_free, 1) == 1)
        event_set(&all_free);
}

static void CALLBACK free_block(XAsyncBlock *block)
{
    free(block);
    count_free();
}

static void CALLBACK free_context(void *context, bool canceled)
{
    free(context);
    atomic_fetch_add(&wrong, canceled);
    count_free();
}

static HRESULT CALLBACK do_nothing(XAsyncBlock *block)
{
    (void)block;
    return S_OK;
}

static void *close_queue(void *queue)
{
    XTaskQueueCloseHandle(queue);
    return NULL;
}

static void run_closes(XTaskQueueDispatchMode mode, const char *what)
{
    wrong = 0;
    to_free = 3 * ROUNDS;
    all_free.is_set = false;
    for (unsigned i = 0; i < ROUNDS; i++) {
        XTaskQueueHandle queue = new_queue(mode, mode);
        XAsyncBlock *block = calloc(1, sizeof(*block));

        if (!block)
            abort();
        *block = (XAsyncBlock){.queue = queue, .callback = free_block};
        if (FAILED(XAsyncRun(block, do_nothing)) ||
            FAILED(XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, malloc(8), free_context)) ||
            FAILED(XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, 2, malloc(8),
                                                   free_context)))
            abort();
        pthread_join(start(close_queue, queue), NULL);
    }
    event_wait(&all_free);
    check(wrong == 0, what);
}

static void CALLBACK set_event(void *context, bool canceled)
{
    (void)canceled;
    event_set(context);
}

static void *dispatch_forever(void *queue)
{
    XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE);
    return XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE) ? queue : NULL;
}

static void run_closed_dispatch(void)
{
    XTaskQueueHandle source = new_queue(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual);
    XTaskQueuePortHandle port;
    bool good = true;

    if (FAILED(XTaskQueueGetPort(source, XTaskQueuePort_Work, &port)))
        abort();
    for (unsigned i = 0; i < ROUNDS; i++) {
        XTaskQueueHandle composite;
        Event dispatched = EVENT;
        pthread_t thread;
        void *ran;

        if (FAILED(XTaskQueueCreateComposite(port, port, &composite)))
            abort();
        XTaskQueueSubmitCallback(source, XTaskQueuePort_Work, &dispatched, set_event);
        thread = start(dispatch_forever, composite);
        event_wait(&dispatched);
        if (i & 1)
            sched_yield();
        XTaskQueueCloseHandle(composite);
        pthread_join(thread, &ran);
        good &= !ran;
    }
    check(good, "a thread that waits to dispatch is let go when its queue is closed");
    XTaskQueueCloseHandle(source);
}

/* ---- waits of threads that others wait for ---- */

typedef struct Nested {
    XTaskQueueHandle queue;
    XAsyncBlock block;
    atomic_uint called;
    HRESULT status;
    bool was_called; /* when the wait came back */
    Event done;
} Nested;

static void CALLBACK count_nested(XAsyncBlock *block)
{
    atomic_fetch_add(&((Nested *)block->context)->called, 1);
}

static void CALLBACK wait_nested(void *context, bool canceled)
{
    Nested *nested = context;

    (void)canceled;
    nested->block = (XAsyncBlock){.queue = nested->queue, .context = nested, .callback = count_nested};
    XAsyncBegin(&nested->block, NULL, NULL, NULL, provide_int);
    nested->status = XAsyncGetStatus(&nested->block, true);
    nested->was_called = nested->called == 1;
    event_set(&nested->done);
}

static void run_nested_wait(XTaskQueuePort port, const char *what)
{
    Nested nested = {.done = EVENT};
    int value;

    nested.queue =
        new_queue(XTaskQueueDispatchMode_SerializedThreadPool, XTaskQueueDispatchMode_SerializedThreadPool);
    XTaskQueueSubmitCallback(nested.queue, port, &nested, wait_nested);
    event_wait(&nested.done);
    check(nested.status == S_OK && nested.was_called &&
              XAsyncGetResult(&nested.block, NULL, sizeof(value), &value, NULL) == S_OK,
          what);
    XTaskQueueTerminate(nested.queue, true, NULL, NULL);
    XTaskQueueCloseHandle(nested.queue);
}

static XAsyncBlock *provided;

static HRESULT CALLBACK provide_later(XAsyncOp op, const XAsyncProviderData *data)
{
    if (op == XAsyncOp_Begin)
        provided = data->async;
    return S_OK;
}

static void *complete_later(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 100; i++)
        sched_yield();
    XAsyncComplete(provided, S_OK, 0);
    return NULL;
}

static void CALLBACK count_end(void *context)
{
    atomic_fetch_add((atomic_uint *)context, 1);
}

static void CALLBACK count_canceled(void *context, bool canceled)
{
    atomic_fetch_add((atomic_uint *)context, canceled);
}

static void run_manual_waits(void)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual);
    atomic_uint ended = 0, canceled = 0;
    Nested nested = {.queue = queue, .done = EVENT};
    XAsyncBlock block = {.queue = queue, .context = &nested, .callback = count_nested};
    pthread_t thread;

    XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0);
    XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0);
    XAsyncBegin(&block, NULL, NULL, NULL, provide_later);
    thread = start(complete_later, NULL);
    check(XAsyncGetStatus(&block, true) == S_OK && nested.called == 1,
          "who dispatches a Manual queue runs the callback that it waits for");
    pthread_join(thread, NULL);

    block.callback = NULL;
    XAsyncBegin(&block, NULL, NULL, NULL, provide_later);
    thread = start(complete_later, NULL);
    check(XAsyncGetStatus(&block, true) == S_OK,
          "who dispatches a Manual queue waits for what comes from elsewhere");
    pthread_join(thread, NULL);

    block.callback = count_nested;
    XAsyncBegin(&block, NULL, NULL, NULL, provide_later);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &canceled, count_canceled);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, HOUR, &canceled, count_canceled);
    thread = start(complete_later, NULL);
    check(SUCCEEDED(XTaskQueueTerminate(queue, true, &ended, count_end)) && ended == 1 && canceled == 2 &&
              nested.called == 2,
          "who dispatches a Manual queue can wait for its end");
    pthread_join(thread, NULL);
    XTaskQueueCloseHandle(queue);
}

/* ---- the process's queue ---- */

static atomic_bool stop;

static void *swap_queues(void *unused)
{
    (void)unused;
    while (!stop) {
        XTaskQueueHandle queue =
            new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool);

        XTaskQueueSetCurrentProcessTaskQueue(queue);
        XTaskQueueCloseHandle(queue);
    }
    return NULL;
}

static void run_swaps(void)
{
    pthread_t thread = start(swap_queues, NULL);

    wrong = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        XTaskQueueHandle queue;
        XAsyncBlock block = {0};

        wrong += FAILED(XAsyncRun(&block, do_nothing)) || XAsyncGetStatus(&block, true) != S_OK;
        if (XTaskQueueGetCurrentProcessTaskQueue(&queue))
            XTaskQueueCloseHandle(queue);
        else
            wrong++;
    }
    stop = true;
    pthread_join(thread, NULL);
    XTaskQueueSetCurrentProcessTaskQueue(NULL);
    check(wrong == 0, "a call keeps the process's queue that it began with");
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
    run_closes(XTaskQueueDispatchMode_ThreadPool, "a closed ThreadPool ends what it has");
    run_closes(XTaskQueueDispatchMode_SerializedThreadPool, "a closed SerializedThreadPool ends what it has");
    run_closes(XTaskQueueDispatchMode_Immediate, "a closed Immediate queue ends what it has");
    run_closed_dispatch();
    run_nested_wait(XTaskQueuePort_Completion, "a wait on a serialized completion port runs its callbacks");
    run_nested_wait(XTaskQueuePort_Work, "a wait on a serialized work port runs its work");
    run_manual_waits();
    run_swaps();
    printf("1..%u\n", number);
    return failed > 0;
}
