/* SPDX-License-Identifier: MIT */
/* What the original promises of task queues, a test for each promise that has none elsewhere. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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

static XTaskQueuePortHandle port_of(XTaskQueueHandle queue, XTaskQueuePort id)
{
    XTaskQueuePortHandle port = NULL;

    cr_assert(eq(int, XTaskQueueGetPort(queue, id, &port), S_OK));
    return port;
}

static XTaskQueueHandle composite(XTaskQueuePortHandle work, XTaskQueuePortHandle completion)
{
    XTaskQueueHandle queue = NULL;

    cr_assert(eq(int, XTaskQueueCreateComposite(work, completion, &queue), S_OK));
    return queue;
}

/* What was called, in order: an item's own letter, or its capital if it was canceled. */
typedef struct Log {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char text[64];
    pthread_t thread;
    int inside, most;
} Log;

#define LOG                                                                                                  \
    {                                                                                                        \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, "", 0, 0, 0                                     \
    }

typedef struct Letter {
    Log *log;
    char letter;
} Letter;

static void log_add(Log *log, char letter)
{
    pthread_mutex_lock(&log->lock);
    log->text[strlen(log->text)] = letter;
    log->thread = pthread_self();
    pthread_cond_broadcast(&log->changed);
    pthread_mutex_unlock(&log->lock);
}

static void log_wait(Log *log, size_t length)
{
    pthread_mutex_lock(&log->lock);
    while (strlen(log->text) < length)
        pthread_cond_wait(&log->changed, &log->lock);
    pthread_mutex_unlock(&log->lock);
}

static void CALLBACK put(void *context, bool canceled)
{
    Letter *letter = context;

    log_add(letter->log, canceled ? (char)(letter->letter - 'a' + 'A') : letter->letter);
}

static void CALLBACK put_ended(void *context)
{
    log_add(context, 'e');
}

static void CALLBACK put_monitored(void *context, XTaskQueueHandle queue, XTaskQueuePort port)
{
    (void)queue;
    log_add(context, port == XTaskQueuePort_Work ? 'w' : 'c');
}

static void drain(XTaskQueueHandle queue)
{
    while (XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0) ||
           XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0)) {
    }
}

Test(task_queue_contract, a_composite_keeps_the_ports_of_two_queues_alive)
{
    XTaskQueueHandle one = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueHandle two = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueHandle both =
        composite(port_of(one, XTaskQueuePort_Work), port_of(two, XTaskQueuePort_Completion));
    Log log = LOG;
    Letter a = {&log, 'a'}, b = {&log, 'b'}, c = {&log, 'c'};

    XTaskQueueSubmitCallback(one, XTaskQueuePort_Work, &a, put);
    XTaskQueueCloseHandle(one);
    XTaskQueueCloseHandle(two);
    cr_expect(eq(str, log.text, (char *)""));
    XTaskQueueSubmitCallback(both, XTaskQueuePort_Work, &b, put);
    XTaskQueueSubmitCallback(both, XTaskQueuePort_Completion, &c, put);
    drain(both);
    cr_expect(eq(str, log.text, (char *)"abc"));
    XTaskQueueCloseHandle(both);
}

Test(task_queue_contract, a_port_is_work_or_completion_and_borrowed)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual), duplicate;
    XTaskQueuePortHandle port = port_of(queue, XTaskQueuePort_Work), other = port;

    for (unsigned id = 2; id < 6; id++)
        cr_expect(eq(int, XTaskQueueGetPort(queue, id, &other), E_INVALIDARG));
    cr_expect(eq(int, XTaskQueueGetPort(queue, UINT32_MAX, &other), E_INVALIDARG));
    cr_expect(ne(ptr, port, port_of(queue, XTaskQueuePort_Completion)));
    cr_expect(eq(ptr, port, port_of(queue, XTaskQueuePort_Work)));
    cr_assert(eq(int, XTaskQueueDuplicateHandle(queue, &duplicate), S_OK));
    cr_expect(eq(ptr, port, port_of(duplicate, XTaskQueuePort_Work)));
    XTaskQueueCloseHandle(duplicate);
    XTaskQueueCloseHandle(queue);
}

Test(task_queue_contract, manual_order_is_by_due_time)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueRegistrationToken token;
    Log log = LOG, due = LOG;
    Letter a = {&log, 'a'}, b = {&log, 'b'}, c = {&log, 'c'};

    XTaskQueueRegisterMonitor(queue, &due, put_monitored, &token);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 10, &b, put);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &a, put);
    log_wait(&due, 2);
    /* Later than b was due, though b was not dispatched yet. */
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &c, put);
    drain(queue);
    cr_expect(eq(str, log.text, (char *)"abc"));
    XTaskQueueCloseHandle(queue);
}

Test(task_queue_contract, dispatch_tells_whether_an_item_ran)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    Log log = LOG;
    Letter a = {&log, 'a'};

    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0)));
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &a, put);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &a, put);
    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 1)));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(str, log.text, (char *)"a"));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE));
    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 1)));
    cr_expect(eq(str, log.text, (char *)"aa"));
    XTaskQueueTerminate(queue, true, NULL, NULL);
    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE)));
    XTaskQueueCloseHandle(queue);
}

/* An item that stays until a letter comes after it. */
static void CALLBACK stay(void *context, bool canceled)
{
    Letter *letter = context;

    put(letter, canceled);
    log_wait(letter->log, 2);
}

Test(task_queue_contract, dispatch_works_beside_the_pool)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_SerializedThreadPool);
    Log log = LOG;
    Letter a = {&log, 'a'}, c = {&log, 'c'};

    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &a, stay);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &c, put);
    log_wait(&log, 1);
    /* One at a time, whoever runs it. */
    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0)));
    log_add(&log, 'b');
    XTaskQueueDispatch(queue, XTaskQueuePort_Work, 1);
    XTaskQueueTerminate(queue, true, NULL, NULL);
    cr_expect(eq(sz, strlen(log.text), (size_t)3));
    cr_expect(eq(chr, log.text[1], 'b'));
    XTaskQueueCloseHandle(queue);
}

static void CALLBACK enter(void *context, bool canceled)
{
    Log *log = context;

    (void)canceled;
    pthread_mutex_lock(&log->lock);
    log->inside++;
    if (log->inside > log->most)
        log->most = log->inside;
    pthread_mutex_unlock(&log->lock);
    sched_yield();
    pthread_mutex_lock(&log->lock);
    log->inside--;
    pthread_mutex_unlock(&log->lock);
    log_add(log, '.');
}

Test(task_queue_contract, delayed_items_of_an_immediate_queue_run_elsewhere_one_by_one)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Immediate);
    Log log = LOG;

    for (unsigned i = 0; i < 30; i++)
        XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 1 + i % 3, &log, enter);
    log_wait(&log, 30);
    cr_expect(eq(int, log.most, 1));
    cr_expect(not(pthread_equal(log.thread, pthread_self())));
    XTaskQueueCloseHandle(queue);
}

Test(task_queue_contract, termination_drains_work_then_completions_then_tells_each)
{
    for (unsigned i = 0; i < 4; i++) {
        XTaskQueueHandle queue = new_queue(modes[i]);
        Log log = LOG;
        Letter w = {&log, 'w'}, c = {&log, 'c'};

        XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, HOUR, &c, put);
        XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, HOUR, &c, put);
        XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, HOUR, &w, put);
        XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, HOUR, &w, put);
        cr_expect(eq(int, XTaskQueueTerminate(queue, false, &log, put_ended), S_OK));
        cr_expect(eq(int, XTaskQueueTerminate(queue, false, &log, put_ended), S_OK));
        if (i == 0)
            cr_expect(eq(str, log.text, (char *)""));
        if (i == 0)
            drain(queue);
        log_wait(&log, 6);
        cr_expect(eq(str, log.text, (char *)"WWCCee"));
        XTaskQueueCloseHandle(queue);
    }
}

Test(task_queue_contract, termination_by_the_thread_that_dispatches_does_not_hang)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueHandle other =
        composite(port_of(queue, XTaskQueuePort_Work), port_of(queue, XTaskQueuePort_Work));
    Log log = LOG;
    Letter a = {&log, 'a'}, w = {&log, 'w'}, c = {&log, 'c'};

    drain(queue);
    XTaskQueueSubmitCallback(other, XTaskQueuePort_Completion, &a, put);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &w, put);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Completion, &c, put);
    cr_expect(eq(int, XTaskQueueTerminate(queue, true, &log, put_ended), S_OK));
    /* As a dispatch would, it runs what another queue has in the same port. */
    cr_expect(eq(str, log.text, (char *)"aWCe"));
    XTaskQueueCloseHandle(queue);
    XTaskQueueCloseHandle(other);
}

typedef struct Busy {
    XTaskQueueHandle queue;
    bool stop;
} Busy;

static void CALLBACK again(void *context, bool canceled)
{
    Busy *busy = context;

    if (!canceled && !busy->stop)
        XTaskQueueSubmitCallback(busy->queue, XTaskQueuePort_Work, busy, again);
}

Test(task_queue_contract, a_termination_does_not_starve_behind_a_busy_sibling)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueuePortHandle port = port_of(queue, XTaskQueuePort_Work);
    Busy busy = {.queue = composite(port, port)};
    Log log = LOG;
    Letter w = {&log, 'w'}, c = {&log, 'c'};

    drain(queue);
    XTaskQueueSubmitCallback(busy.queue, XTaskQueuePort_Work, &busy, again);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &w, put);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Completion, &c, put);
    cr_expect(eq(int, XTaskQueueTerminate(queue, true, &log, put_ended), S_OK));
    cr_expect(eq(str, log.text, (char *)"WCe"));
    busy.stop = true;
    XTaskQueueCloseHandle(queue);
    XTaskQueueCloseHandle(busy.queue);
}

Test(task_queue_contract, a_source_ends_without_its_composites)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueHandle other =
        composite(port_of(queue, XTaskQueuePort_Work), port_of(queue, XTaskQueuePort_Work));
    Log log = LOG;
    Letter a = {&log, 'a'}, b = {&log, 'b'};

    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &a, put);
    XTaskQueueSubmitCallback(other, XTaskQueuePort_Work, &b, put);
    XTaskQueueTerminate(queue, false, &log, put_ended);
    cr_expect(eq(int, XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &a, put), E_ABORT));
    cr_expect(eq(int, XTaskQueueSubmitCallback(other, XTaskQueuePort_Completion, &b, put), S_OK));
    drain(other);
    cr_expect(eq(str, log.text, (char *)"Aebb"));
    XTaskQueueCloseHandle(queue);
    XTaskQueueCloseHandle(other);
}

Test(task_queue_contract, closing_does_not_terminate)
{
    for (unsigned i = 1; i < 4; i++) {
        XTaskQueueHandle queue = new_queue(modes[i]);
        Log log = LOG;
        Letter a = {&log, 'a'};

        XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 10, &a, put);
        XTaskQueueCloseHandle(queue);
        log_wait(&log, 1);
        cr_expect(eq(str, log.text, (char *)"a"));
    }
}

Test(task_queue_contract, a_manual_queue_that_nobody_can_dispatch_is_canceled)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    Log log = LOG;
    Letter a = {&log, 'a'}, b = {&log, 'b'};

    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &a, put);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, HOUR, &b, put);
    XTaskQueueCloseHandle(queue);
    cr_expect(eq(str, log.text, (char *)"AB"));
}

Test(task_queue_contract, a_termination_wakes_monitors_of_what_waits)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XTaskQueueRegistrationToken token;
    Log log = LOG, items = LOG;
    Letter a = {&items, 'a'};

    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &a, put);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, HOUR, &a, put);
    XTaskQueueRegisterMonitor(queue, &log, put_monitored, &token);
    XTaskQueueTerminate(queue, false, NULL, NULL);
    cr_expect(eq(str, log.text, (char *)"w"));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(str, log.text, (char *)"wc"));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0));
    cr_expect(eq(str, items.text, (char *)"AA"));
    XTaskQueueCloseHandle(queue);
}
