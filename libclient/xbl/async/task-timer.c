/* SPDX-License-Identifier: MIT */
/* Time: the clock, the threads' making, and the thread that makes delayed items ready. */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "async/task.h"

#define NS_PER_S UINT64_C(1000000000)

pthread_mutex_t task_lock = PTHREAD_MUTEX_INITIALIZER;
_Thread_local TaskFrame *task_frames;

static struct {
    bool running;
    TaskPort *ports; /* that have delayed items */
    uint64_t wakes;  /* when the thread will look by itself */
    pthread_cond_t changed;
} timer;

uint64_t task_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int task_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    int r = pthread_condattr_init(&attributes);

    if (r != 0)
        return -r;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    r = pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
    return -r;
}

bool task_cond_wait(pthread_cond_t *cond, uint64_t until)
{
    struct timespec at = {.tv_sec = (time_t)(until / NS_PER_S), .tv_nsec = (long)(until % NS_PER_S)};

    if (until == TASK_NEVER)
        return pthread_cond_wait(cond, &task_lock) == 0;
    return pthread_cond_timedwait(cond, &task_lock, &at) != ETIMEDOUT;
}

int task_thread_start(const char *name, void *(*run)(void *))
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;
    int r = pthread_attr_init(&attributes);

    if (r != 0)
        return -r;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    /* The game's signal handlers expect the game's threads. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&thread, &attributes, run, NULL);
    if (r == 0)
        pthread_setname_np(thread, name);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -r;
}

/* One port whose first delayed item is due, or NULL; @next becomes the time of the first that is not. */
static TaskPort *due_port(uint64_t now, uint64_t *next)
{
    for (TaskPort *port = timer.ports; port; port = port->timer_next) {
        if (port->delayed->due <= now)
            return port;
        if (port->delayed->due < *next)
            *next = port->delayed->due;
    }
    return NULL;
}

static void *timer_main(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&task_lock);
    for (;;) {
        uint64_t now = task_clock();
        uint64_t next = task_pool_check(now);
        TaskPort *port = due_port(now, &next);

        if (port) {
            port->refs++;
            task_monitor_notify(port, task_port_promote(port, now));
            task_port_drop(port);
            continue;
        }
        timer.wakes = next;
        task_cond_wait(&timer.changed, next);
        timer.wakes = 0;
    }
    return NULL;
}

bool task_timer_ready(void)
{
    if (timer.running)
        return true;
    if (task_cond_init(&timer.changed) < 0)
        return false;
    if (task_thread_start("xbl-timer", timer_main) < 0) {
        pthread_cond_destroy(&timer.changed);
        return false;
    }
    timer.running = true;
    return true;
}

void task_timer_add(TaskPort *port)
{
    if (!port->timed) {
        port->timed = true;
        port->timer_previous = NULL;
        port->timer_next = timer.ports;
        if (timer.ports)
            timer.ports->timer_previous = port;
        timer.ports = port;
    }
    task_timer_wake(port->delayed->due);
}

void task_timer_remove(TaskPort *port)
{
    if (port->timer_previous)
        port->timer_previous->timer_next = port->timer_next;
    else
        timer.ports = port->timer_next;
    if (port->timer_next)
        port->timer_next->timer_previous = port->timer_previous;
    port->timed = false;
}

void task_timer_wake(uint64_t at)
{
    if (timer.running && at < timer.wakes) {
        timer.wakes = at;
        pthread_cond_signal(&timer.changed);
    }
}
