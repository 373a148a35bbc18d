/* SPDX-License-Identifier: MIT */
/* Waits of threads that nobody else may replace: they run what they wait for. */
#include "async/task.h"

/* An Immediate port is not held by who runs its items, and a ThreadPool has other threads. */
static bool runs_here(const TaskPort *port)
{
    if (port->mode == XTaskQueueDispatchMode_Manual)
        return port->dispatched && pthread_equal(port->dispatcher, pthread_self());
    return port->mode == XTaskQueueDispatchMode_SerializedThreadPool && task_port_inside(port);
}

bool task_pump_needed(const TaskQueue *queue)
{
    return runs_here(queue->ends[0].port) || runs_here(queue->ends[1].port);
}

/* Return: whether the lock was given up, and the caller has to look again before it waits. */
static bool run_one(TaskPort *port)
{
    size_t count = task_port_promote(port, task_clock());
    TaskItem *item;

    task_monitor_notify(port, count);
    item = task_port_take(port);
    if (item)
        task_port_run(port, item, false);
    return item || count > 0;
}

void task_pump(TaskQueue *queue)
{
    bool changed = false;

    if (runs_here(queue->ends[0].port))
        changed = run_one(queue->ends[0].port);
    /*
     * A termination takes the work first. Otherwise one of each port: what puts itself back into one forever does not
     * keep the other waiting.
     */
    if (changed && queue->phase == TASK_DRAINS_WORK && queue->ends[0].pending > 0)
        return;
    if (runs_here(queue->ends[1].port))
        changed |= run_one(queue->ends[1].port);
    if (changed)
        return;
    for (unsigned i = 0; i < 2; i++)
        queue->ends[i].port->pumps++;
    task_cond_wait(&queue->changed, TASK_NEVER);
    for (unsigned i = 0; i < 2; i++)
        queue->ends[i].port->pumps--;
}
