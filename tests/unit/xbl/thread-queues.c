/* SPDX-License-Identifier: MIT */
/* What is promised of queues across threads: a plain program, for ThreadSanitizer too. */
#define PROGRAM "queues"
#include "thread.h"

#define HOUR 3600000

/* ---- queues that are closed in flight ---- */

static atomic_uint to_free, wrong;
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

static void *complete_later(void *size)
{
    for (unsigned i = 0; i < 100; i++)
        sched_yield();
    XAsyncComplete(provided, S_OK, *(size_t *)size);
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
    size_t none = 0, one = 1;
    pthread_t thread;
    char result;

    XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0);
    XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0);
    XAsyncBegin(&block, NULL, NULL, NULL, provide_later);
    thread = start(complete_later, &one);
    check(XAsyncGetStatus(&block, true) == S_OK && nested.called == 1 &&
              XAsyncGetResult(&block, NULL, sizeof(result), &result, NULL) == S_OK,
          "who dispatches a Manual queue runs the callback that it waits for");
    pthread_join(thread, NULL);

    block.callback = NULL;
    XAsyncBegin(&block, NULL, NULL, NULL, provide_later);
    thread = start(complete_later, &none);
    check(XAsyncGetStatus(&block, true) == S_OK,
          "who dispatches a Manual queue waits for what comes from elsewhere");
    pthread_join(thread, NULL);

    block.callback = count_nested;
    XAsyncBegin(&block, NULL, NULL, NULL, provide_later);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &canceled, count_canceled);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, HOUR, &canceled, count_canceled);
    thread = start(complete_later, &none);
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
