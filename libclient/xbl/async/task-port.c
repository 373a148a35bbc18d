/* SPDX-License-Identifier: MIT */
/* A port: ready items in order, delayed items by due time, and how one is run. */
#include <stdlib.h>

#include "async/task.h"

#define PORT_MARK UINT64_C(0x7461736b706f7274)

static uint64_t last_order;

TaskPort *task_port_new(XTaskQueueDispatchMode mode)
{
    TaskPort *port = calloc(1, sizeof(*port));

    if (!port)
        return NULL;
    if (task_cond_init(&port->changed) < 0) {
        free(port);
        return NULL;
    }
    port->mark = PORT_MARK;
    port->refs = 1;
    port->mode = mode;
    port->ready_tail = &port->ready;
    return port;
}

void task_port_drop(TaskPort *port)
{
    if (--port->refs > 0)
        return;
    port->mark = 0;
    pthread_cond_destroy(&port->changed);
    free(port);
}

bool task_port_valid(const TaskPort *port)
{
    return port && port->mark == PORT_MARK;
}

/* Delayed items of an Immediate port run on the pool one after the other, as if on a timer's thread that may block. */
static bool port_serial(const TaskPort *port)
{
    return port->mode == XTaskQueueDispatchMode_SerializedThreadPool ||
           port->mode == XTaskQueueDispatchMode_Immediate;
}

static TaskItem *heap_meld(TaskItem *a, TaskItem *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->due < a->due || (b->due == a->due && b->order < a->order)) {
        TaskItem *swap = a;

        a = b;
        b = swap;
    }
    b->sibling = a->child;
    a->child = b;
    return a;
}

static TaskItem *heap_pop(TaskItem *root)
{
    TaskItem *pairs = NULL, *result = NULL;
    TaskItem *item = root->child;

    root->child = NULL;
    while (item) {
        TaskItem *a = item, *b = item->sibling;

        item = b ? b->sibling : NULL;
        a->sibling = NULL;
        if (b)
            b->sibling = NULL;
        a = heap_meld(a, b);
        a->sibling = pairs;
        pairs = a;
    }
    while (pairs) {
        TaskItem *next = pairs->sibling;

        pairs->sibling = NULL;
        result = heap_meld(result, pairs);
        pairs = next;
    }
    return result;
}

static void push_ready(TaskPort *port, TaskItem *item)
{
    item->next = NULL;
    *port->ready_tail = item;
    port->ready_tail = &item->next;
    if (port->waiting > 0)
        pthread_cond_signal(&port->changed);
    for (TaskEnd *end = port->pumps > 0 ? port->ends : NULL; end; end = end->next)
        pthread_cond_broadcast(&end->queue->changed);
    task_pool_offer(port);
}

static void push_delayed(TaskPort *port, TaskItem *item)
{
    item->child = item->sibling = NULL;
    port->delayed = heap_meld(port->delayed, item);
    task_timer_add(port);
}

static TaskItem *pop_delayed(TaskPort *port)
{
    TaskItem *item = port->delayed;

    port->delayed = heap_pop(item);
    if (!port->delayed)
        task_timer_remove(port);
    return item;
}

size_t task_port_promote(TaskPort *port, uint64_t now)
{
    size_t count = 0;

    for (; port->delayed && port->delayed->due <= now; count++)
        push_ready(port, pop_delayed(port));
    return count;
}

size_t task_port_cancel(TaskEnd *end)
{
    TaskPort *port = end->port;
    TaskItem *others = NULL;
    size_t count = 0;

    while (port->delayed) {
        TaskItem *item = pop_delayed(port);

        if (item->end == end) {
            push_ready(port, item);
            count++;
        } else {
            item->next = others;
            others = item;
        }
    }
    while (others) {
        TaskItem *next = others->next;

        push_delayed(port, others);
        others = next;
    }
    return count;
}

static bool end_takes(const TaskEnd *end)
{
    return end->queue->phase == TASK_ACTIVE ||
           (end->queue->phase == TASK_DRAINS_WORK && end->id == XTaskQueuePort_Completion);
}

bool task_port_ready(const TaskPort *port)
{
    return port->mode == XTaskQueueDispatchMode_Manual || port->mode == XTaskQueueDispatchMode_Immediate ||
           task_pool_ready();
}

/* An item once taken is always called: the threads for it have to be there. */
static bool threads_ready(const TaskPort *port, const TaskItem *item)
{
    if (item->due > 0 && !task_timer_ready())
        return false;
    if (port->mode == XTaskQueueDispatchMode_Immediate && item->due > 0)
        return task_pool_ready();
    return task_port_ready(port);
}

HRESULT task_port_submit(TaskEnd *end, TaskItem *item)
{
    TaskPort *port = end->port;
    uint64_t now = task_clock();
    size_t count;

    if (!end_takes(end))
        return E_ABORT;
    if ((item->owned && port->items >= TASK_ITEMS_MAX) || !threads_ready(port, item))
        return E_OUTOFMEMORY;
    item->end = end;
    item->order = ++last_order;
    end->pending++;
    end->queue->refs++;
    port->items++;
    if (end->queue->phase != TASK_ACTIVE)
        item->due = 0; /* it will be canceled: there is nothing to wait for */
    if (item->due > now) {
        push_delayed(port, item);
        return S_OK;
    }
    /* What was due before comes first. */
    count = task_port_promote(port, now) + 1;
    if (port->mode == XTaskQueueDispatchMode_Immediate && item->due == 0) {
        task_monitor_notify(port, count);
        task_port_run(port, item, false);
        return S_OK;
    }
    push_ready(port, item);
    task_monitor_notify(port, count);
    return S_OK;
}

bool task_port_inside(const TaskPort *port)
{
    for (const TaskFrame *frame = task_frames; frame; frame = frame->up)
        if (frame->port == port)
            return true;
    return false;
}

bool task_port_runnable(const TaskPort *port)
{
    return port->ready && (!port_serial(port) || !port->busy || task_port_inside(port));
}

TaskItem *task_port_take(TaskPort *port)
{
    TaskItem *item = port->ready;

    if (!task_port_runnable(port))
        return NULL;
    port->ready = item->next;
    if (!port->ready)
        port->ready_tail = &port->ready;
    return item;
}

void task_port_run(TaskPort *port, TaskItem *item, bool canceled)
{
    TaskEnd *end = item->end;
    TaskQueue *queue = end->queue;
    XTaskQueueCallback *callback = item->callback;
    void *context = item->context;
    TaskFrame frame = {.up = task_frames, .queue = queue, .port = port};
    bool was_busy = port->busy;
    bool direct = port->mode == XTaskQueueDispatchMode_Immediate && item->due == 0;
    bool serial = port_serial(port) && !direct;

    canceled |= queue->phase != TASK_ACTIVE;
    port->items--;
    if (item->owned)
        free(item);
    if (serial)
        port->busy = true;
    task_pool_offer(port);
    task_frames = &frame;
    pthread_mutex_unlock(&task_lock);
    callback(context, canceled);
    pthread_mutex_lock(&task_lock);
    task_frames = frame.up;
    if (serial)
        port->busy = was_busy;
    end->pending--;
    task_end_advance(queue);
    task_pool_offer(port);
    if (port->waiting > 0 && port->ready)
        pthread_cond_signal(&port->changed);
    task_queue_drop(queue);
}
