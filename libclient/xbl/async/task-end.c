/* SPDX-License-Identifier: MIT */
/* A queue's end: no more work, what waits is canceled, then the completions, then those who want to know. */
#include <stdlib.h>

#include "async/task.h"

struct TaskTermination {
    TaskTermination *next;
    void *context;
    XTaskQueueTerminatedCallback *callback;
};

static void call_terminated(TaskQueue *queue)
{
    TaskFrame frame = {.up = task_frames, .queue = queue};

    queue->calling = true;
    task_frames = &frame;
    while (queue->terminations) {
        TaskTermination termination = *queue->terminations;

        free(queue->terminations);
        queue->terminations = termination.next;
        if (!queue->terminations)
            queue->terminations_tail = &queue->terminations;
        pthread_mutex_unlock(&task_lock);
        termination.callback(termination.context);
        pthread_mutex_lock(&task_lock);
    }
    task_frames = frame.up;
    queue->calling = false;
    pthread_cond_broadcast(&queue->changed);
}

/* A thread that waits to dispatch is woken also for items that were ready before. */
static void cancel_end(TaskEnd *end)
{
    size_t ready = task_port_cancel(end);

    if (ready == 0 && end->pending > 0)
        ready = 1;
    task_monitor_notify(end->port, ready);
}

void task_end_advance(TaskQueue *queue)
{
    if (queue->phase == TASK_ACTIVE)
        return;
    queue->refs++;
    if (queue->phase == TASK_DRAINS_WORK && queue->ends[0].pending == 0 && queue->holds == 0) {
        queue->phase = TASK_DRAINS_COMPLETIONS;
        cancel_end(&queue->ends[1]);
    }
    if (queue->phase == TASK_DRAINS_COMPLETIONS && queue->ends[1].pending == 0) {
        queue->phase = TASK_ENDED;
        for (unsigned i = 0; i < 2; i++)
            pthread_cond_broadcast(&queue->ends[i].port->changed);
        pthread_cond_broadcast(&queue->changed);
    }
    if (queue->phase == TASK_ENDED && queue->terminations && !queue->calling)
        call_terminated(queue);
    task_queue_drop(queue);
}

void task_end_drop_all(TaskQueue *queue)
{
    while (queue->terminations) {
        TaskTermination *next = queue->terminations->next;

        free(queue->terminations);
        queue->terminations = next;
    }
}

/* Whether the queue cannot end before this thread has left what it is inside of. */
static bool inside_queue(const TaskQueue *queue)
{
    for (const TaskFrame *frame = task_frames; frame; frame = frame->up) {
        if (frame->queue == queue)
            return true;
        for (unsigned i = 0; i < 2 && frame->port; i++)
            if (frame->port == queue->ends[i].port && frame->port->mode != XTaskQueueDispatchMode_ThreadPool)
                return true;
        for (unsigned i = 0; i < TASK_MONITORS_MAX && frame->monitor; i++)
            if (frame->monitor == &queue->monitors[i])
                return true;
    }
    return false;
}

static HRESULT terminate(TaskQueue *queue, bool wait, void *context, XTaskQueueTerminatedCallback *callback)
{
    if (queue->permanent)
        return E_ACCESSDENIED;
    if (callback) {
        TaskTermination *termination = malloc(sizeof(*termination));

        if (!termination)
            return E_OUTOFMEMORY;
        *termination = (TaskTermination){.context = context, .callback = callback};
        *queue->terminations_tail = termination;
        queue->terminations_tail = &termination->next;
    }
    if (queue->phase == TASK_ACTIVE) {
        queue->phase = TASK_DRAINS_WORK;
        cancel_end(&queue->ends[0]);
    }
    task_end_advance(queue);
    while (wait && !inside_queue(queue) && (queue->phase != TASK_ENDED || queue->calling))
        task_pump(queue);
    return S_OK;
}

STDAPI XTaskQueueTerminate(XTaskQueueHandle handle, bool wait, void *context,
                           XTaskQueueTerminatedCallback *callback) HC_NOEXCEPT
{
    HRESULT hr = E_HANDLE;
    TaskQueue *queue;

    pthread_mutex_lock(&task_lock);
    queue = task_handle_queue(handle);
    if (queue) {
        hr = terminate(queue, wait, context, callback);
        task_queue_drop(queue);
    }
    pthread_mutex_unlock(&task_lock);
    return hr;
}
