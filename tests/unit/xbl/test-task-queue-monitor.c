/* SPDX-License-Identifier: MIT */
/* Unit tests of monitors. */
#include <pthread.h>
#include <stdatomic.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <XTaskQueue.h>

typedef struct Seen {
    atomic_uint count;
    XTaskQueueHandle queue;
    XTaskQueuePort port;
    pthread_t thread;
    atomic_uint ports[2];
} Seen;

static XTaskQueueHandle manual_queue(void)
{
    XTaskQueueHandle queue = NULL;

    cr_assert(eq(int, XTaskQueueCreate(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual, &queue),
                 S_OK));
    return queue;
}

static void CALLBACK nothing(void *context, bool canceled)
{
    (void)context;
    (void)canceled;
}

static void CALLBACK see(void *context, XTaskQueueHandle queue, XTaskQueuePort port)
{
    Seen *seen = context;

    seen->queue = queue;
    seen->port = port;
    seen->thread = pthread_self();
    atomic_fetch_add(&seen->ports[port], 1);
    atomic_fetch_add(&seen->count, 1);
}

static XTaskQueueRegistrationToken monitor(XTaskQueueHandle queue, void *context,
                                           XTaskQueueMonitorCallback *callback)
{
    XTaskQueueRegistrationToken token = {0};

    cr_assert(eq(int, XTaskQueueRegisterMonitor(queue, context, callback, &token), S_OK));
    cr_assert(ne(u64, token.token, 0));
    return token;
}

Test(task_queue_monitor, arguments_and_maximum)
{
    XTaskQueueHandle queue = manual_queue();
    XTaskQueueRegistrationToken token, first = {0};
    Seen seen = {0};

    cr_expect(eq(int, XTaskQueueRegisterMonitor(queue, NULL, NULL, &token), E_POINTER));
    cr_expect(eq(int, XTaskQueueRegisterMonitor(queue, NULL, see, NULL), E_POINTER));
    cr_expect(eq(int, XTaskQueueRegisterMonitor(NULL, NULL, see, &token), E_HANDLE));
    for (unsigned i = 0; i < 32; i++) {
        token = monitor(queue, &seen, see);
        if (i == 0)
            first = token;
    }
    cr_expect(eq(int, XTaskQueueRegisterMonitor(queue, &seen, see, &token), E_OUTOFMEMORY));
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, NULL, nothing);
    cr_expect(eq(uint, seen.count, 32u));
    XTaskQueueUnregisterMonitor(queue, first);
    XTaskQueueUnregisterMonitor(queue, first);
    XTaskQueueUnregisterMonitor(queue, (XTaskQueueRegistrationToken){0});
    XTaskQueueUnregisterMonitor(NULL, first);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, NULL, nothing);
    cr_expect(eq(uint, seen.count, 63u));
    monitor(queue, &seen, see);
    XTaskQueueCloseHandle(queue);
}

Test(task_queue_monitor, is_called_by_who_submits)
{
    XTaskQueueHandle queue = manual_queue();
    Seen seen = {0};

    monitor(queue, &seen, see);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Completion, NULL, nothing);
    cr_expect(eq(uint, seen.count, 1u));
    cr_expect(eq(ptr, seen.queue, queue));
    cr_expect(eq(uint, seen.port, XTaskQueuePort_Completion));
    cr_expect(pthread_equal(seen.thread, pthread_self()));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0));
    cr_expect(eq(uint, seen.count, 1u));
    XTaskQueueCloseHandle(queue);
}

Test(task_queue_monitor, is_called_when_a_delayed_item_is_due)
{
    XTaskQueueHandle queue = manual_queue();
    Seen seen = {0};

    monitor(queue, &seen, see);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 3600000, NULL, nothing);
    XTaskQueueSubmitDelayedCallback(queue, XTaskQueuePort_Work, 10, NULL, nothing);
    cr_expect(eq(uint, seen.count, 0u));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, INFINITE));
    XTaskQueueTerminate(queue, false, NULL, NULL);
    cr_expect(ge(uint, seen.count, 2u));
    cr_expect(eq(uint, seen.port, XTaskQueuePort_Work));
    XTaskQueueCloseHandle(queue);
}

Test(task_queue_monitor, tells_its_own_queue_and_port)
{
    XTaskQueueHandle queue = manual_queue(), composite;
    XTaskQueuePortHandle port;
    Seen source = {0}, other = {0};

    cr_assert(eq(int, XTaskQueueGetPort(queue, XTaskQueuePort_Work, &port), S_OK));
    cr_assert(eq(int, XTaskQueueCreateComposite(port, port, &composite), S_OK));
    monitor(queue, &source, see);
    monitor(composite, &other, see);
    XTaskQueueSubmitCallback(composite, XTaskQueuePort_Completion, NULL, nothing);
    cr_expect(eq(uint, source.count, 1u));
    cr_expect(eq(uint, source.ports[XTaskQueuePort_Work], 1u));
    cr_expect(eq(ptr, source.queue, queue));
    cr_expect(eq(ptr, other.queue, composite));
    cr_expect(eq(uint, other.ports[XTaskQueuePort_Work], 1u));
    cr_expect(eq(uint, other.ports[XTaskQueuePort_Completion], 1u));
    cr_expect(eq(uint, other.port, XTaskQueuePort_Completion));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    XTaskQueueCloseHandle(composite);
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, NULL, nothing);
    cr_expect(eq(uint, other.count, 2u));
    XTaskQueueCloseHandle(queue);
}

Test(task_queue_monitor, is_given_a_handle_that_is_open)
{
    XTaskQueueHandle queue = manual_queue(), duplicate;
    Seen seen = {0};

    cr_assert(eq(int, XTaskQueueDuplicateHandle(queue, &duplicate), S_OK));
    monitor(queue, &seen, see);
    XTaskQueueCloseHandle(queue);
    XTaskQueueSubmitCallback(duplicate, XTaskQueuePort_Work, NULL, nothing);
    cr_expect(eq(ptr, seen.queue, duplicate));
    XTaskQueueCloseHandle(duplicate);
}

typedef struct Once {
    XTaskQueueRegistrationToken token;
    unsigned count;
} Once;

static void CALLBACK unregister_inside(void *context, XTaskQueueHandle queue, XTaskQueuePort port)
{
    Once *once = context;

    (void)port;
    once->count++;
    XTaskQueueUnregisterMonitor(queue, once->token);
}

Test(task_queue_monitor, unregisters_inside_itself)
{
    XTaskQueueHandle queue = manual_queue();
    Once once = {0};

    once.token = monitor(queue, &once, unregister_inside);
    for (unsigned i = 0; i < 3; i++)
        XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, NULL, nothing);
    cr_expect(eq(uint, once.count, 1u));
    for (unsigned i = 0; i < 32; i++)
        monitor(queue, &once, unregister_inside);
    XTaskQueueCloseHandle(queue);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool entered, left, released;

static void CALLBACK stay(void *context, XTaskQueueHandle queue, XTaskQueuePort port)
{
    (void)context;
    (void)queue;
    (void)port;
    pthread_mutex_lock(&lock);
    entered = true;
    pthread_cond_broadcast(&changed);
    while (!released)
        pthread_cond_wait(&changed, &lock);
    left = true;
    pthread_mutex_unlock(&lock);
}

static void *submit_one(void *queue)
{
    XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, NULL, nothing);
    return NULL;
}

static void *release_soon(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    released = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

Test(task_queue_monitor, unregistering_waits_for_the_callback)
{
    XTaskQueueHandle queue = manual_queue();
    XTaskQueueRegistrationToken token = monitor(queue, NULL, stay);
    pthread_t submits, releases;

    pthread_create(&submits, NULL, submit_one, queue);
    pthread_mutex_lock(&lock);
    while (!entered)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    pthread_create(&releases, NULL, release_soon, NULL);
    XTaskQueueUnregisterMonitor(queue, token);
    cr_expect(left);
    pthread_join(submits, NULL);
    pthread_join(releases, NULL);
    XTaskQueueCloseHandle(queue);
}
