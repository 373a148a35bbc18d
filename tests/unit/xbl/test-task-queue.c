/* SPDX-License-Identifier: MIT */
/* Unit tests of task queues: modes, ports, handles, delays. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <XTaskQueue.h>

#define MS UINT64_C(1000000)

static XTaskQueueHandle new_queue(XTaskQueueDispatchMode work, XTaskQueueDispatchMode completion)
{
    XTaskQueueHandle queue = NULL;

    cr_assert(eq(int, XTaskQueueCreate(work, completion, &queue), S_OK));
    cr_assert(ne(ptr, queue, NULL));
    return queue;
}

static XTaskQueueHandle manual_queue(void)
{
    return new_queue(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual);
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

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

/* Items write their digit. */
static char order[64];
static atomic_uint ordered;

typedef struct Digit {
    char digit;
} Digit;

static Digit digits[10] = {{'0'}, {'1'}, {'2'}, {'3'}, {'4'}, {'5'}, {'6'}, {'7'}, {'8'}, {'9'}};

static void CALLBACK put(void *context, bool canceled)
{
    Digit *digit = context;

    order[atomic_fetch_add(&ordered, 1)] = canceled ? 'x' : digit->digit;
}

static unsigned drain(XTaskQueueHandle queue, XTaskQueuePort port)
{
    unsigned count = 0;

    while (XTaskQueueDispatch(queue, port, 0))
        count++;
    return count;
}

/* A count with a wait. */
typedef struct Counter {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned count, inside, most;
    pthread_t thread;
} Counter;

#define COUNTER                                                                                              \
    {                                                                                                        \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0, 0                                      \
    }

static void CALLBACK count_up(void *context, bool canceled)
{
    Counter *counter = context;

    (void)canceled;
    pthread_mutex_lock(&counter->lock);
    counter->count++;
    counter->thread = pthread_self();
    pthread_cond_broadcast(&counter->changed);
    pthread_mutex_unlock(&counter->lock);
}

static void wait_count(Counter *counter, unsigned count)
{
    pthread_mutex_lock(&counter->lock);
    while (counter->count < count)
        pthread_cond_wait(&counter->changed, &counter->lock);
    pthread_mutex_unlock(&counter->lock);
}

Test(task_queue, arguments)
{
    XTaskQueueHandle queue = manual_queue(), other;
    XTaskQueuePortHandle port;

    cr_expect(eq(int, XTaskQueueCreate(0, 0, NULL), E_INVALIDARG));
    cr_expect(eq(int, XTaskQueueCreate(4, 0, &other), E_INVALIDARG));
    cr_expect(eq(int, XTaskQueueCreate(0, 4, &other), E_INVALIDARG));
    cr_expect(eq(int, XTaskQueueGetPort(queue, 2, &port), E_INVALIDARG));
    cr_expect(eq(int, XTaskQueueGetPort(queue, 0, NULL), E_INVALIDARG));
    cr_expect(eq(int, XTaskQueueGetPort(NULL, 0, &port), E_HANDLE));
    port = port_of(queue, XTaskQueuePort_Work);
    cr_expect(eq(int, XTaskQueueCreateComposite(NULL, port, &other), E_HANDLE));
    cr_expect(eq(int, XTaskQueueCreateComposite(port, NULL, &other), E_HANDLE));
    cr_expect(eq(ptr, other, NULL));
    cr_expect(eq(int, XTaskQueueSubmitCallback(queue, 2, NULL, put), E_INVALIDARG));
    cr_expect(eq(int, XTaskQueueSubmitCallback(queue, 0, NULL, NULL), E_INVALIDARG));
    cr_expect(eq(int, XTaskQueueSubmitCallback(NULL, 0, NULL, put), E_HANDLE));
    cr_expect(not(XTaskQueueDispatch(queue, 2, 0)));
    cr_expect(not(XTaskQueueDispatch(NULL, 0, 0)));
    XTaskQueueCloseHandle(queue);
    XTaskQueueCloseHandle(queue);
    XTaskQueueCloseHandle(NULL);
    cr_expect(eq(int, XTaskQueueDuplicateHandle(queue, &other), E_HANDLE));
}

Test(task_queue, a_handle_is_no_other_memory)
{
    char memory[256] = "not a queue";
    XTaskQueueHandle other;

    cr_expect(eq(int, XTaskQueueDuplicateHandle((XTaskQueueHandle)(void *)memory, &other), E_HANDLE));
    cr_expect(eq(int, XTaskQueueTerminate((XTaskQueueHandle)(void *)memory, true, NULL, NULL), E_HANDLE));
    XTaskQueueCloseHandle((XTaskQueueHandle)(void *)memory);
}

Test(task_queue, duplicates_are_closed_each)
{
    XTaskQueueHandle queue = manual_queue();
    XTaskQueueHandle handles[10];

    for (unsigned i = 0; i < 10; i++) {
        cr_assert(eq(int, XTaskQueueDuplicateHandle(queue, &handles[i]), S_OK));
        cr_expect(ne(ptr, handles[i], queue));
    }
    cr_expect(eq(int, XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &digits[1], put), S_OK));
    XTaskQueueCloseHandle(queue);
    for (unsigned i = 0; i < 9; i++)
        XTaskQueueCloseHandle(handles[i]);
    cr_expect(eq(str, order, (char *)""));
    cr_expect(XTaskQueueDispatch(handles[9], XTaskQueuePort_Work, 0));
    cr_expect(eq(str, order, (char *)"1"));
    XTaskQueueCloseHandle(handles[9]);
}

Test(task_queue, waiters_are_not_implemented)
{
    XTaskQueueHandle queue = manual_queue();
    XTaskQueueRegistrationToken token = {0};

    cr_expect(eq(int, XTaskQueueRegisterWaiter(queue, 0, &token, NULL, NULL, &token), E_POINTER));
    cr_expect(eq(int, XTaskQueueRegisterWaiter(queue, 0, &token, NULL, put, NULL), E_POINTER));
    cr_expect(eq(int, XTaskQueueRegisterWaiter(queue, 0, NULL, NULL, put, &token), E_INVALIDARG));
    cr_expect(eq(int, XTaskQueueRegisterWaiter(queue, 0, &token, NULL, put, &token), E_NOTIMPL));
    XTaskQueueUnregisterWaiter(queue, token);
    XTaskQueueCloseHandle(queue);
}

Test(task_queue, manual_runs_one_for_each_dispatch_in_order)
{
    XTaskQueueHandle queue = manual_queue();

    for (unsigned i = 0; i < 5; i++)
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &digits[i], put);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Completion, &digits[9], put);
    cr_expect(eq(str, order, (char *)""));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(str, order, (char *)"0"));
    cr_expect(eq(uint, drain(queue, XTaskQueuePort_Work), 4u));
    cr_expect(eq(str, order, (char *)"01234"));
    cr_expect(eq(uint, drain(queue, XTaskQueuePort_Completion), 1u));
    cr_expect(eq(str, order, (char *)"012349"));
    XTaskQueueCloseHandle(queue);
}

static void CALLBACK put_and_submit(void *context, bool canceled)
{
    XTaskQueueHandle *queue = context;

    put(&digits[1], canceled);
    XTaskQueueSubmitCallback(*queue, XTaskQueuePort_Work, &digits[2], put);
    put(&digits[3], canceled);
}

Test(task_queue, immediate_runs_inside_the_submission)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Immediate, XTaskQueueDispatchMode_Immediate);
    Counter counter = COUNTER;

    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &queue, put_and_submit);
    cr_expect(eq(str, order, (char *)"123"));
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Completion, &counter, count_up);
    cr_expect(counter.count == 1 && pthread_equal(counter.thread, pthread_self()));
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Completion, 1, &counter, count_up);
    wait_count(&counter, 2);
    cr_expect(not(pthread_equal(counter.thread, pthread_self())));
    XTaskQueueTerminate(queue, true, NULL, NULL);
    XTaskQueueCloseHandle(queue);
}

static void CALLBACK come_together(void *context, bool canceled)
{
    Counter *counter = context;

    (void)canceled;
    pthread_mutex_lock(&counter->lock);
    counter->count++;
    pthread_cond_broadcast(&counter->changed);
    while (counter->count < 2)
        pthread_cond_wait(&counter->changed, &counter->lock);
    pthread_mutex_unlock(&counter->lock);
}

Test(task_queue, thread_pool_runs_several_at_once)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool);
    Counter counter = COUNTER;

    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &counter, come_together);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &counter, come_together);
    XTaskQueueTerminate(queue, true, NULL, NULL);
    cr_expect(eq(uint, counter.count, 2u));
    XTaskQueueCloseHandle(queue);
}

static void CALLBACK count_inside(void *context, bool canceled)
{
    Counter *counter = context;

    (void)canceled;
    pthread_mutex_lock(&counter->lock);
    counter->inside++;
    if (counter->inside > counter->most)
        counter->most = counter->inside;
    pthread_mutex_unlock(&counter->lock);
    sched_yield();
    pthread_mutex_lock(&counter->lock);
    counter->inside--;
    counter->count++;
    pthread_cond_broadcast(&counter->changed);
    pthread_mutex_unlock(&counter->lock);
}

Test(task_queue, serialized_runs_one_at_a_time_in_order)
{
    XTaskQueueHandle queue =
        new_queue(XTaskQueueDispatchMode_SerializedThreadPool, XTaskQueueDispatchMode_SerializedThreadPool);
    Counter counter = COUNTER;

    for (unsigned i = 0; i < 10; i++)
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &digits[i], put);
    for (unsigned i = 0; i < 500; i++) {
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &counter, count_inside);
        XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0);
    }
    wait_count(&counter, 500);
    cr_expect(eq(str, order, (char *)"0123456789"));
    cr_expect(eq(uint, counter.most, 1u));
    XTaskQueueCloseHandle(queue);
}

static void CALLBACK dispatch_inside(void *context, bool canceled)
{
    XTaskQueueHandle *queue = context;

    XTaskQueueSubmitCallback(*queue, XTaskQueuePort_Work, &digits[1], put);
    XTaskQueueDispatch(*queue, XTaskQueuePort_Work, INFINITE);
    put(&digits[2], canceled);
}

Test(task_queue, an_item_may_dispatch_its_own_port)
{
    XTaskQueueDispatchMode modes[] = {XTaskQueueDispatchMode_Manual,
                                      XTaskQueueDispatchMode_SerializedThreadPool};

    for (unsigned i = 0; i < 2; i++) {
        XTaskQueueHandle queue = new_queue(modes[i], modes[i]);
        Counter counter = COUNTER;

        ordered = 0;
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &queue, dispatch_inside);
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &counter, count_up);
        while (i == 0 && ordered + counter.count < 3 && XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0)) {
        }
        wait_count(&counter, 1);
        XTaskQueueTerminate(queue, i > 0, NULL, NULL);
        cr_expect(eq(uint, ordered, 2u));
        XTaskQueueCloseHandle(queue);
    }
}

static void *submit_soon(void *queue)
{
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Completion, &digits[4], put);
    return NULL;
}

Test(task_queue, dispatch_waits)
{
    XTaskQueueHandle queue = manual_queue();
    pthread_t thread;

    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 1)));
    pthread_create(&thread, NULL, submit_soon, queue);
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Completion, INFINITE));
    pthread_join(thread, NULL);
    cr_expect(eq(str, order, (char *)"4"));
    XTaskQueueCloseHandle(queue);
}

static void *dispatch_rest(void *queue)
{
    while (ordered < 40)
        XTaskQueueDispatch(queue, XTaskQueuePort_Work, 1);
    return NULL;
}

Test(task_queue, several_threads_dispatch)
{
    XTaskQueueHandle queue = manual_queue();
    pthread_t threads[3];

    for (unsigned i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, dispatch_rest, queue);
    for (unsigned i = 0; i < 40; i++)
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &digits[i % 10], put);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    cr_expect(eq(uint, ordered, 40u));
    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0)));
    XTaskQueueCloseHandle(queue);
}

Test(task_queue, delayed_items_come_by_due_time_and_not_before)
{
    XTaskQueueHandle queue = manual_queue();
    uint64_t start = clock_ns();

    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 60, &digits[3], put);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 20, &digits[1], put);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 40, &digits[2], put);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 0, &digits[0], put);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 3600000, &digits[9], put);
    for (unsigned i = 0; i < 4; i++) {
        cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE));
        cr_expect(ge(u64, clock_ns() - start, i * 20 * MS));
    }
    cr_expect(eq(str, order, (char *)"0123"));
    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 1)));
    XTaskQueueCloseHandle(queue);
    cr_expect(eq(str, order, (char *)"0123x"));
}

Test(task_queue, many_delayed_items_in_order)
{
    XTaskQueueHandle queue = manual_queue();
    uint32_t delays[] = {7, 3, 9, 1, 8, 2, 6, 4, 5};

    for (unsigned i = 0; i < 9; i++)
        XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, delays[i] * 20, &digits[delays[i]], put);
    for (unsigned i = 0; i < 9; i++)
        cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE));
    cr_expect(eq(str, order, (char *)"123456789"));
    XTaskQueueCloseHandle(queue);
}

/* An item that puts itself back forever must not keep a delayed one from running, polled or not. */
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

static void CALLBACK stop_busy(void *context, bool canceled)
{
    Busy *busy = context;

    (void)canceled;
    busy->stop = true;
}

Test(task_queue, busy_siblings_do_not_starve_delayed_items)
{
    XTaskQueueHandle queue = manual_queue();
    XTaskQueuePortHandle port = port_of(queue, XTaskQueuePort_Work);
    Busy busy = {.queue = composite(port, port)};

    XTaskQueueSubmitCallback(busy.queue, XTaskQueuePort_Work, &busy, again);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 20, &busy, stop_busy);
    while (XTaskQueueDispatch(busy.queue, XTaskQueuePort_Work, 0)) {
    }
    cr_expect(busy.stop);
    XTaskQueueCloseHandle(busy.queue);
    XTaskQueueCloseHandle(queue);
}

Test(task_queue, polling_finds_what_is_due)
{
    XTaskQueueHandle queue = manual_queue();

    for (unsigned i = 0; i < 5; i++) {
        XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 2, &digits[i], put);
        while (!XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0)) {
        }
    }
    cr_expect(eq(str, order, (char *)"01234"));
    XTaskQueueCloseHandle(queue);
}

Test(task_queue, composites_share_ports)
{
    XTaskQueueHandle outer = manual_queue();
    XTaskQueuePortHandle port = port_of(outer, XTaskQueuePort_Work);
    XTaskQueueHandle middle = composite(port, port);
    XTaskQueuePortHandle same = port_of(middle, XTaskQueuePort_Completion);
    XTaskQueueHandle inner = composite(same, same);

    cr_expect(eq(ptr, same, port));
    XTaskQueueSubmitCallback(outer, XTaskQueuePort_Work, &digits[1], put);
    XTaskQueueSubmitCallback(inner, XTaskQueuePort_Work, &digits[2], put);
    XTaskQueueSubmitCallback(middle, XTaskQueuePort_Completion, &digits[3], put);
    XTaskQueueSubmitCallback(outer, XTaskQueuePort_Completion, &digits[9], put);
    XTaskQueueCloseHandle(inner);
    XTaskQueueCloseHandle(outer);
    cr_expect(eq(uint, drain(middle, XTaskQueuePort_Completion), 3u));
    cr_expect(eq(str, order, (char *)"x123"));
    XTaskQueueCloseHandle(middle);
}

Test(task_queue, process_queue)
{
    XTaskQueueHandle own, other, mine = manual_queue();
    Counter counter = COUNTER;

    cr_assert(XTaskQueueGetCurrentProcessTaskQueue(&own));
    cr_assert(XTaskQueueGetCurrentProcessTaskQueue(&other));
    cr_expect(ne(ptr, own, other));
    XTaskQueueSubmitCallback(own, XTaskQueuePort_Work, &counter, count_up);
    wait_count(&counter, 1);
    cr_expect(not(pthread_equal(counter.thread, pthread_self())));
    cr_expect(eq(int, XTaskQueueTerminate(own, true, NULL, NULL), E_ACCESSDENIED));
    XTaskQueueCloseHandle(other);

    XTaskQueueSetCurrentProcessTaskQueue(mine);
    XTaskQueueCloseHandle(mine);
    cr_assert(XTaskQueueGetCurrentProcessTaskQueue(&other));
    XTaskQueueSubmitCallback(other, XTaskQueuePort_Work, &digits[5], put);
    cr_expect(XTaskQueueDispatch(other, XTaskQueuePort_Work, 0));
    cr_expect(eq(str, order, (char *)"5"));
    XTaskQueueCloseHandle(other);

    XTaskQueueSetCurrentProcessTaskQueue(NULL);
    cr_expect(not(XTaskQueueGetCurrentProcessTaskQueue(&other)));
    cr_expect(eq(ptr, other, NULL));
    XTaskQueueSetCurrentProcessTaskQueue(own);
    cr_expect(XTaskQueueGetCurrentProcessTaskQueue(&other));
    XTaskQueueCloseHandle(other);
    XTaskQueueCloseHandle(own);
}
