/* SPDX-License-Identifier: MIT */
/* Monitors: who is told that an item became ready. */
#include "async/task.h"

static uint64_t last_token;

static unsigned own_calls(const TaskMonitor *monitor)
{
    unsigned count = 0;

    for (const TaskFrame *frame = task_frames; frame; frame = frame->up)
        count += frame->monitor == monitor;
    return count;
}

static void call_monitor(TaskQueue *queue, TaskMonitor *monitor, XTaskQueuePort port, size_t count)
{
    TaskFrame frame = {.up = task_frames, .monitor = monitor};

    monitor->calls++;
    task_frames = &frame;
    for (; count > 0 && !monitor->removed; count--) {
        XTaskQueueMonitorCallback *callback = monitor->callback;
        void *context = monitor->context;
        TaskHandle *handle = monitor->handle;

        pthread_mutex_unlock(&task_lock);
        callback(context, handle, port);
        pthread_mutex_lock(&task_lock);
    }
    task_frames = frame.up;
    monitor->calls--;
    if (monitor->removed) {
        if (monitor->calls == 0)
            *monitor = (TaskMonitor){0};
        pthread_cond_broadcast(&queue->changed);
    }
}

static void notify_end(TaskEnd *end, size_t count)
{
    TaskQueue *queue = end->queue;

    for (unsigned i = 0; i < TASK_MONITORS_MAX && queue->handles; i++) {
        TaskMonitor *monitor = &queue->monitors[i];

        if (monitor->token != 0 && !monitor->removed)
            call_monitor(queue, monitor, end->id, count);
    }
}

static bool has_monitors(const TaskQueue *queue)
{
    for (unsigned i = 0; i < TASK_MONITORS_MAX; i++)
        if (queue->monitors[i].token != 0)
            return true;
    return false;
}

void task_monitor_notify(TaskPort *port, size_t count)
{
    TaskQueue *held = NULL;

    if (count == 0)
        return;
    for (TaskEnd *end = port->ends; end; end = end->next) {
        if (!has_monitors(end->queue))
            continue;
        /* The reference keeps the end in the port's list while the lock is given up, and until the next is found. */
        end->queue->refs++;
        if (held)
            task_queue_drop(held);
        held = end->queue;
        notify_end(end, count);
    }
    if (held)
        task_queue_drop(held);
}

void task_monitor_rehandle(TaskQueue *queue, const TaskHandle *closed)
{
    for (unsigned i = 0; i < TASK_MONITORS_MAX; i++)
        if (queue->monitors[i].handle == closed)
            queue->monitors[i].handle = queue->handles;
}

STDAPI XTaskQueueRegisterMonitor(XTaskQueueHandle handle, void *context, XTaskQueueMonitorCallback *callback,
                                 XTaskQueueRegistrationToken *token) HC_NOEXCEPT
{
    TaskMonitor *monitor = NULL;
    TaskQueue *queue;
    HRESULT hr = E_HANDLE;

    if (!callback || !token)
        return E_POINTER;
    pthread_mutex_lock(&task_lock);
    queue = task_handle_queue(handle);
    if (queue) {
        for (unsigned i = 0; i < TASK_MONITORS_MAX && !monitor; i++)
            if (queue->monitors[i].token == 0)
                monitor = &queue->monitors[i];
        hr = monitor ? S_OK : E_OUTOFMEMORY;
        if (monitor) {
            *monitor = (TaskMonitor){
                .token = ++last_token, .callback = callback, .context = context, .handle = handle};
            token->token = monitor->token;
        }
        task_queue_drop(queue);
    }
    pthread_mutex_unlock(&task_lock);
    return hr;
}

STDAPI_(void)
XTaskQueueUnregisterMonitor(XTaskQueueHandle handle, XTaskQueueRegistrationToken token) HC_NOEXCEPT
{
    TaskMonitor *monitor = NULL;
    TaskQueue *queue;

    pthread_mutex_lock(&task_lock);
    queue = token.token != 0 ? task_handle_queue(handle) : NULL;
    for (unsigned i = 0; queue && i < TASK_MONITORS_MAX && !monitor; i++)
        if (queue->monitors[i].token == token.token)
            monitor = &queue->monitors[i];
    if (monitor) {
        monitor->removed = true;
        if (monitor->calls == 0)
            *monitor = (TaskMonitor){0};
        while (monitor->token == token.token && monitor->calls > own_calls(monitor))
            task_cond_wait(&queue->changed, TASK_NEVER);
    }
    if (queue)
        task_queue_drop(queue);
    pthread_mutex_unlock(&task_lock);
}
