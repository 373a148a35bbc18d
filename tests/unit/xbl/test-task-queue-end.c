/* SPDX-License-Identifier: MIT */
/* Unit tests of a queue's termination. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

#define HOUR 3600000

static const XTaskQueueDispatchMode modes[] = {
    XTaskQueueDispatchMode_Manual,
    XTaskQueueDispatchMode_ThreadPool,
    XTaskQueueDispatchMode_SerializedThreadPool,
    XTaskQueueDispatchMode_Immediate,
};

static XTaskQueueHandle new_queue(XTaskQueueDispatchMode mode)
{
    XTaskQueueHandle queue = NULL;

    cr_assert(eq(int, XTaskQueueCreate(mode, mode, &queue), S_OK));
    return queue;
}

static XTaskQueueHandle composite_of(XTaskQueueHandle queue)
{
    XTaskQueuePortHandle port;
    XTaskQueueHandle composite = NULL;

    cr_assert(eq(int, XTaskQueueGetPort(queue, XTaskQueuePort_Work, &port), S_OK));
    cr_assert(eq(int, XTaskQueueCreateComposite(port, port, &composite), S_OK));
    return composite;
}

static void CALLBACK count_end(void *context)
{
    atomic_fetch_add((atomic_uint *)context, 1);
}

typedef struct Counts {
    atomic_uint ran, canceled;
} Counts;

static void CALLBACK count_item(void *context, bool canceled)
{
    Counts *counts = context;

    atomic_fetch_add(canceled ? &counts->canceled : &counts->ran, 1);
}

Test(task_queue_end, empty)
{
    for (unsigned i = 0; i < 4; i++) {
        XTaskQueueHandle queue = new_queue(modes[i]);
        atomic_uint ended = 0;

        cr_expect(eq(int, XTaskQueueTerminate(queue, true, &ended, count_end), S_OK));
        cr_expect(eq(uint, ended, 1u));
        cr_expect(eq(int, XTaskQueueTerminate(queue, true, &ended, count_end), S_OK));
        cr_expect(eq(uint, ended, 2u));
        cr_expect(eq(int, XTaskQueueTerminate(queue, false, NULL, NULL), S_OK));
        cr_expect(eq(int, XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, NULL, count_item), E_ABORT));
        cr_expect(
            eq(int, XTaskQueueSubmitCallback(queue, XTaskQueuePort_Completion, NULL, count_item), E_ABORT));
        cr_expect(eq(int, XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 1, NULL, count_item),
                     E_ABORT));
        cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE)));
        XTaskQueueCloseHandle(queue);
    }
    cr_expect(eq(int, XTaskQueueTerminate(NULL, true, NULL, NULL), E_HANDLE));
}

Test(task_queue_end, pending_and_delayed_items_are_canceled)
{
    for (unsigned i = 0; i < 4; i++) {
        XTaskQueueHandle queue = new_queue(modes[i]);
        Counts counts = {0};
        atomic_uint ended = 0;

        for (unsigned j = 0; j < 20; j++) {
            XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, HOUR + j, &counts, count_item);
            XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, HOUR - j, &counts, count_item);
        }
        if (i == 0)
            XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &counts, count_item);
        cr_expect(eq(int, XTaskQueueTerminate(queue, i > 0, &ended, count_end), S_OK));
        while (XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0) ||
               XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0)) {
        }
        cr_expect(eq(uint, counts.canceled, i == 0 ? 41u : 40u));
        cr_expect(eq(uint, counts.ran, 0u));
        cr_expect(eq(uint, ended, 1u));
        XTaskQueueCloseHandle(queue);
    }
}

typedef struct Chain {
    XTaskQueueHandle queue;
    Counts counts;
    HRESULT work, completion;
} Chain;

static void CALLBACK chain(void *context, bool canceled)
{
    Chain *link = context;

    count_item(&link->counts, canceled);
    link->work = XTaskQueueSubmitCallback(link->queue, XTaskQueuePort_Work, &link->counts, count_item);
    link->completion =
        XTaskQueueSubmitCallback(link->queue, XTaskQueuePort_Completion, &link->counts, count_item);
}

Test(task_queue_end, canceled_work_may_still_submit_its_completion)
{
    Chain link = {.queue = new_queue(XTaskQueueDispatchMode_Manual)};
    atomic_uint ended = 0;

    XTaskQueueSubmitCallback(link.queue, XTaskQueuePort_Work, &link, chain);
    XTaskQueueTerminate(link.queue, false, &ended, count_end);
    cr_expect(XTaskQueueDispatch(link.queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(int, link.work, E_ABORT));
    cr_expect(eq(int, link.completion, S_OK));
    cr_expect(eq(uint, ended, 0u));
    cr_expect(
        eq(int, XTaskQueueSubmitCallback(link.queue, XTaskQueuePort_Completion, NULL, count_item), E_ABORT));
    cr_expect(XTaskQueueDispatch(link.queue, XTaskQueuePort_Completion, 0));
    cr_expect(eq(uint, ended, 1u));
    cr_expect(eq(uint, link.counts.canceled, 2u));
    XTaskQueueCloseHandle(link.queue);
}

typedef struct Inside {
    XTaskQueueHandle queue;
    HRESULT hr;
    atomic_uint ended, seen;
} Inside;

static void CALLBACK terminate_inside(void *context, bool canceled)
{
    Inside *inside = context;

    (void)canceled;
    inside->hr = XTaskQueueTerminate(inside->queue, true, &inside->ended, count_end);
    atomic_store(&inside->seen, 1 + inside->ended);
}

Test(task_queue_end, waiting_inside_an_item_does_not_deadlock)
{
    for (unsigned i = 0; i < 4; i++) {
        Inside inside = {.queue = new_queue(modes[i]), .hr = E_FAIL};

        XTaskQueueSubmitCallback(inside.queue, XTaskQueuePort_Work, &inside, terminate_inside);
        XTaskQueueDispatch(inside.queue, XTaskQueuePort_Work, 0);
        cr_expect(eq(int, XTaskQueueTerminate(inside.queue, true, NULL, NULL), S_OK));
        cr_expect(eq(int, inside.hr, S_OK));
        cr_expect(eq(uint, inside.seen, 1u));
        cr_expect(eq(uint, inside.ended, 1u));
        XTaskQueueCloseHandle(inside.queue);
    }
}

static void CALLBACK terminate_again(void *context)
{
    Inside *inside = context;

    inside->hr = XTaskQueueTerminate(inside->queue, true, &inside->ended, count_end);
    XTaskQueueCloseHandle(inside->queue);
    atomic_store(&inside->seen, 1);
}

Test(task_queue_end, terminating_and_closing_inside_the_termination)
{
    for (unsigned i = 0; i < 4; i++) {
        Inside inside = {.queue = new_queue(modes[i]), .hr = E_FAIL};

        cr_expect(eq(int, XTaskQueueTerminate(inside.queue, true, &inside, terminate_again), S_OK));
        cr_expect(eq(int, inside.hr, S_OK));
        cr_expect(eq(uint, inside.seen, 1u));
        cr_expect(eq(uint, inside.ended, 1u));
    }
}

static void CALLBACK terminate_monitor(void *context, XTaskQueueHandle queue, XTaskQueuePort port)
{
    (void)port;
    if (!atomic_exchange((atomic_bool *)context, true))
        XTaskQueueTerminate(queue, true, NULL, NULL);
}

Test(task_queue_end, waiting_inside_a_monitor_does_not_deadlock)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueRegistrationToken token;
    atomic_bool done = false;
    Counts counts = {0};

    XTaskQueueRegisterMonitor(queue, &done, terminate_monitor, &token);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &counts, count_item);
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(uint, counts.canceled, 1u));
    XTaskQueueCloseHandle(queue);
}

static void *dispatch_both(void *queue)
{
    bool ran = true;

    while (ran) {
        ran = XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0);
        ran |= XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0);
    }
    return NULL;
}

static void dispatch_monitor(void *context, XTaskQueueHandle queue, XTaskQueuePort port)
{
    (void)context;
    XTaskQueueDispatch(queue, port, 0);
}

Test(task_queue_end, manual_items_run_where_they_are_dispatched)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueRegistrationToken token;
    atomic_uint ended = 0;
    Counts counts = {0};
    pthread_t thread;

    for (unsigned i = 0; i < 10; i++) {
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &counts, count_item);
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Completion, &counts, count_item);
    }
    XTaskQueueTerminate(queue, false, &ended, count_end);
    cr_expect(eq(uint, ended, 0u));
    pthread_create(&thread, NULL, dispatch_both, queue);
    cr_expect(eq(int, XTaskQueueTerminate(queue, true, NULL, NULL), S_OK));
    pthread_join(thread, NULL);
    cr_expect(eq(uint, ended, 1u));
    cr_expect(eq(uint, counts.canceled, 20u));
    XTaskQueueCloseHandle(queue);

    /* A monitor that dispatches is enough. */
    queue = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, HOUR, &counts, count_item);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, HOUR, &counts, count_item);
    XTaskQueueRegisterMonitor(queue, NULL, dispatch_monitor, &token);
    cr_expect(eq(int, XTaskQueueTerminate(queue, true, &ended, count_end), S_OK));
    cr_expect(eq(uint, ended, 2u));
    cr_expect(eq(uint, counts.canceled, 22u));
    XTaskQueueCloseHandle(queue);
}

static void *dispatch_forever(void *queue)
{
    return XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE) ? queue : NULL;
}

Test(task_queue_end, a_thread_that_waits_to_dispatch_is_let_go)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    pthread_t thread;
    void *ran;

    pthread_create(&thread, NULL, dispatch_forever, queue);
    XTaskQueueTerminate(queue, true, NULL, NULL);
    pthread_join(thread, &ran);
    cr_expect(eq(ptr, ran, NULL));
    XTaskQueueCloseHandle(queue);
}

Test(task_queue_end, a_composite_ends_alone)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueHandle composite = composite_of(queue);
    Counts mine = {0}, others = {0};
    atomic_uint ended = 0;

    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &mine, count_item);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 30, &mine, count_item);
    XTaskQueueSubmitCallback(composite, XTaskQueuePort_Work, &others, count_item);
    XTaskQueueSubmitDelayedCallback(composite, XTaskQueuePort_Work, HOUR, &others, count_item);
    XTaskQueueSubmitDelayedCallback(composite, XTaskQueuePort_Completion, HOUR, &others, count_item);
    XTaskQueueTerminate(composite, false, &ended, count_end);
    /* The source's delayed item is not hurried by the composite's end. */
    for (unsigned i = 0; i < 4; i++)
        cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(uint, mine.ran, 1u));
    cr_expect(eq(uint, others.canceled, 3u));
    cr_expect(eq(uint, ended, 1u));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE));
    cr_expect(eq(uint, mine.ran, 2u));
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &mine, count_item);
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(uint, mine.ran, 3u));
    cr_expect(eq(uint, mine.canceled, 0u));
    XTaskQueueCloseHandle(composite);
    XTaskQueueCloseHandle(queue);
}

/* ---- calls hold the end up ---- */

static XAsyncBlock *provided;
static char ops[16];

static HRESULT CALLBACK provide_later(XAsyncOp op, const XAsyncProviderData *data)
{
    size_t length = strlen(ops);

    ops[length] = "bwrcx"[op];
    if (op == XAsyncOp_Begin)
        provided = data->async;
    return S_OK;
}

static HRESULT CALLBACK provide_work(XAsyncOp op, const XAsyncProviderData *data)
{
    provide_later(op, data);
    return op == XAsyncOp_Begin ? XAsyncSchedule(data->async, data->context ? HOUR : 0) : S_OK;
}

static void CALLBACK count_call(XAsyncBlock *block)
{
    atomic_fetch_add((atomic_uint *)block->context, 1);
}

Test(task_queue_end, a_call_in_flight_holds_it_up)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_ThreadPool);
    atomic_uint ended = 0, called = 0;
    XAsyncBlock block = {.queue = queue, .context = &called, .callback = count_call};
    XAsyncBlock other = {.queue = queue};

    cr_expect(eq(int, XAsyncBegin(&block, NULL, NULL, NULL, provide_later), S_OK));
    XTaskQueueTerminate(queue, false, &ended, count_end);
    cr_expect(eq(uint, ended, 0u));
    cr_expect(eq(int, XAsyncBegin(&other, NULL, NULL, NULL, provide_later), E_ABORT));
    cr_expect(eq(int, XAsyncGetStatus(&other, true), E_ABORT));
    cr_expect(eq(int, XAsyncSchedule(provided, 0), E_ABORT));
    XAsyncComplete(provided, S_OK, 0);
    XTaskQueueTerminate(queue, true, NULL, NULL);
    cr_expect(eq(uint, ended, 1u));
    cr_expect(eq(uint, called, 1u));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(eq(str, ops, (char *)"bx"));
    XTaskQueueCloseHandle(queue);
}

Test(task_queue_end, a_call_whose_work_has_not_begun_is_canceled)
{
    for (unsigned delayed = 0; delayed < 2; delayed++) {
        XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
        atomic_uint ended = 0, called = 0;
        XAsyncBlock block = {.queue = queue, .context = &called, .callback = count_call};

        memset(ops, 0, sizeof(ops));
        cr_expect(eq(int, XAsyncBegin(&block, delayed ? &block : NULL, NULL, NULL, provide_work), S_OK));
        XTaskQueueTerminate(queue, false, &ended, count_end);
        XTaskQueueTerminate(queue, false, &ended, count_end);
        dispatch_both(queue);
        cr_expect(eq(str, ops, (char *)"bcx"));
        cr_expect(eq(int, XAsyncGetStatus(&block, true), E_ABORT));
        cr_expect(eq(uint, called, 1u));
        cr_expect(eq(uint, ended, 2u));
        XTaskQueueCloseHandle(queue);
    }
}

static void CALLBACK terminate_in_callback(XAsyncBlock *block)
{
    XTaskQueueTerminate(block->queue, true, block->context, count_end);
}

static HRESULT CALLBACK terminate_in_begin(XAsyncOp op, const XAsyncProviderData *data)
{
    if (op == XAsyncOp_Begin) {
        XTaskQueueTerminate(data->async->queue, true, data->context, count_end);
        XAsyncComplete(data->async, S_OK, 0);
    }
    return S_OK;
}

Test(task_queue_end, waiting_inside_a_call_does_not_deadlock)
{
    for (unsigned i = 0; i < 4; i++) {
        XTaskQueueHandle queue = new_queue(modes[i]);
        atomic_uint ended = 0;
        XAsyncBlock block = {.queue = queue, .context = &ended, .callback = terminate_in_callback};

        cr_expect(eq(int, XAsyncBegin(&block, &ended, NULL, NULL, terminate_in_begin), S_OK));
        XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0);
        XTaskQueueTerminate(queue, true, NULL, NULL);
        cr_expect(eq(uint, ended, 2u));
        XTaskQueueCloseHandle(queue);
    }
}
