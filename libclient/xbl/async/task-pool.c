/* SPDX-License-Identifier: MIT */
/* The threads that run the items of ThreadPool and SerializedThreadPool ports. */
#include <pthread.h>
#include <unistd.h>

#include "async/task.h"

#define POOL_LEAST 2
#define POOL_USUAL_MAX 8
/* Items may wait for other items. When all threads are at one and nothing has moved for so long, one more is started. */
#define POOL_MAX 64
#define POOL_STALL_NS (UINT64_C(50) * 1000 * 1000)

static struct {
    TaskPort *first, *last; /* with something to run */
    unsigned threads;
    unsigned usual; /* threads that stay; 0: not known yet */
    unsigned idle;  /* those waiting that nobody has woken */
    unsigned woken;
    uint64_t taken; /* items so far */
    uint64_t taken_then;
    uint64_t check_at;
} pool = {.check_at = TASK_NEVER};

static pthread_cond_t pool_changed = PTHREAD_COND_INITIALIZER;

static void list_port(TaskPort *port)
{
    port->refs++;
    port->listed = true;
    port->pool_next = NULL;
    if (pool.last)
        pool.last->pool_next = port;
    else
        pool.first = port;
    pool.last = port;
}

static TaskPort *unlist_port(void)
{
    TaskPort *port = pool.first;

    pool.first = port->pool_next;
    if (!pool.first)
        pool.last = NULL;
    port->listed = false;
    return port;
}

static void *pool_main(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&task_lock);
    for (;;) {
        TaskPort *port;
        TaskItem *item;

        if (!pool.first && pool.threads > pool.usual)
            break;
        if (!pool.first) {
            pool.idle++;
            while (pool.woken == 0)
                pthread_cond_wait(&pool_changed, &task_lock);
            pool.woken--;
            continue;
        }
        port = unlist_port();
        item = task_port_take(port);
        if (item) {
            pool.taken++;
            task_port_run(port, item, false);
        }
        task_port_drop(port);
    }
    pool.threads--;
    pthread_mutex_unlock(&task_lock);
    return NULL;
}

static bool start_thread(void)
{
    if (task_thread_start("xbl-pool", pool_main) < 0)
        return false;
    pool.threads++;
    return true;
}

static unsigned usual_threads(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (processors < POOL_LEAST)
        return POOL_LEAST;
    return processors > POOL_USUAL_MAX ? POOL_USUAL_MAX : (unsigned)processors;
}

bool task_pool_ready(void)
{
    if (pool.usual == 0)
        pool.usual = usual_threads();
    return pool.threads > 0 || start_thread();
}

void task_pool_offer(TaskPort *port)
{
    if (port->mode == XTaskQueueDispatchMode_Manual || port->listed || !task_port_runnable(port))
        return;
    /* This thread's own serial item is no reason for another thread to look. */
    if (port->busy && port->mode != XTaskQueueDispatchMode_ThreadPool)
        return;
    list_port(port);
    if (pool.idle > 0) {
        pool.idle--;
        pool.woken++;
        pthread_cond_signal(&pool_changed);
    } else if (pool.threads < pool.usual && start_thread()) {
        return;
    } else if (pool.check_at == TASK_NEVER && task_timer_ready()) {
        pool.taken_then = pool.taken;
        pool.check_at = task_clock() + POOL_STALL_NS;
        task_timer_wake(pool.check_at);
    }
}

uint64_t task_pool_check(uint64_t now)
{
    if (now < pool.check_at)
        return pool.check_at;
    pool.check_at = TASK_NEVER;
    if (!pool.first)
        return TASK_NEVER;
    if (pool.taken == pool.taken_then && pool.threads < POOL_MAX)
        start_thread();
    pool.taken_then = pool.taken;
    pool.check_at = now + POOL_STALL_NS;
    return pool.check_at;
}
