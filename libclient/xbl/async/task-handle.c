/* SPDX-License-Identifier: MIT */
/* Handles of queues, and a queue's life. A handle is looked up, never trusted. */
#include <stdlib.h>

#include "async/task.h"

#define HANDLE_BUCKETS 1024

static TaskHandle *buckets[HANDLE_BUCKETS];
static size_t open_handles;

static TaskHandle **bucket_of(const TaskHandle *handle)
{
    uintptr_t hash = (uintptr_t)handle >> 4;

    return &buckets[(hash ^ (hash >> 10) ^ (hash >> 20)) & (HANDLE_BUCKETS - 1)];
}

TaskQueue *task_handle_queue(TaskHandle *handle)
{
    TaskHandle *found = *bucket_of(handle);

    while (found && found != handle)
        found = found->bucket_next;
    if (!found)
        return NULL;
    found->queue->refs++;
    return found->queue;
}

TaskHandle *task_handle_open(TaskQueue *queue)
{
    TaskHandle **bucket;
    TaskHandle *handle;

    if (open_handles >= TASK_HANDLES_MAX)
        return NULL;
    handle = malloc(sizeof(*handle));
    if (!handle)
        return NULL;
    bucket = bucket_of(handle);
    *handle = (TaskHandle){.queue = queue, .bucket_next = *bucket, .next = queue->handles};
    *bucket = handle;
    queue->handles = handle;
    queue->refs++;
    open_handles++;
    return handle;
}

static bool port_reachable(const TaskPort *port)
{
    for (const TaskEnd *end = port->ends; end; end = end->next)
        if (end->queue->handles)
            return true;
    return false;
}

/* Nobody can dispatch a Manual port without a handle: what it has left is canceled here, so that contexts are freed. */
static void abandon_port(TaskPort *port)
{
    TaskItem *item;

    if (port->mode != XTaskQueueDispatchMode_Manual || port_reachable(port))
        return;
    port->refs++;
    task_port_promote(port, TASK_NEVER);
    while ((item = task_port_take(port)))
        task_port_run(port, item, true);
    task_port_drop(port);
}

static void unlink_handle(TaskHandle **bucket, TaskHandle *handle)
{
    TaskHandle **link = &handle->queue->handles;

    while (*bucket != handle)
        bucket = &(*bucket)->bucket_next;
    *bucket = handle->bucket_next;
    while (*link != handle)
        link = &(*link)->next;
    *link = handle->next;
    open_handles--;
}

void task_handle_close(TaskHandle *handle)
{
    TaskQueue *queue = task_handle_queue(handle);

    if (!queue)
        return;
    unlink_handle(bucket_of(handle), handle);
    task_monitor_rehandle(queue, handle);
    free(handle);
    if (!queue->handles) {
        abandon_port(queue->ends[0].port);
        abandon_port(queue->ends[1].port);
        /* Threads that wait to dispatch by that handle. */
        for (unsigned i = 0; i < 2; i++)
            pthread_cond_broadcast(&queue->ends[i].port->changed);
    }
    task_queue_drop(queue); /* the handle's */
    task_queue_drop(queue); /* this function's */
}

static void attach_end(TaskEnd *end, TaskQueue *queue, TaskPort *port, XTaskQueuePort id)
{
    TaskEnd **link = &port->ends;

    *end = (TaskEnd){.queue = queue, .port = port, .id = id};
    for (; *link; link = &(*link)->next)
        end->previous = *link;
    *link = end;
    port->refs++;
}

static void detach_end(TaskEnd *end)
{
    if (end->previous)
        end->previous->next = end->next;
    else
        end->port->ends = end->next;
    if (end->next)
        end->next->previous = end->previous;
    task_port_drop(end->port);
}

TaskQueue *task_queue_new(TaskPort *work, TaskPort *completion)
{
    TaskQueue *queue = calloc(1, sizeof(*queue));

    if (!queue)
        return NULL;
    if (task_cond_init(&queue->changed) < 0) {
        free(queue);
        return NULL;
    }
    queue->refs = 1;
    queue->terminations_tail = &queue->terminations;
    attach_end(&queue->ends[0], queue, work, XTaskQueuePort_Work);
    attach_end(&queue->ends[1], queue, completion, XTaskQueuePort_Completion);
    return queue;
}

void task_queue_drop(TaskQueue *queue)
{
    if (--queue->refs > 0)
        return;
    detach_end(&queue->ends[0]);
    detach_end(&queue->ends[1]);
    task_end_drop_all(queue);
    pthread_cond_destroy(&queue->changed);
    free(queue);
}
