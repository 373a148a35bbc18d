/* SPDX-License-Identifier: MIT */
/* The process's default queue, and a queue for an asynchronous call. */
#include "async/task.h"

static struct {
    bool chosen;         /* by the game; NULL is a choice too */
    TaskHandle *current; /* the game's */
    TaskHandle *own;     /* made when first needed; stays */
} process;

static TaskHandle *own_queue(void)
{
    TaskPort *work, *completion;
    TaskQueue *queue;

    if (process.own)
        return process.own;
    work = task_port_new(XTaskQueueDispatchMode_ThreadPool);
    completion = task_port_new(XTaskQueueDispatchMode_ThreadPool);
    queue = work && completion ? task_queue_new(work, completion) : NULL;
    if (queue) {
        queue->permanent = true;
        process.own = task_handle_open(queue);
        task_queue_drop(queue);
    }
    if (completion)
        task_port_drop(completion);
    if (work)
        task_port_drop(work);
    return process.own;
}

static TaskHandle *current_handle(void)
{
    return process.chosen ? process.current : own_queue();
}

STDAPI_(bool) XTaskQueueGetCurrentProcessTaskQueue(XTaskQueueHandle *handle) HC_NOEXCEPT
{
    TaskQueue *queue;

    if (!handle)
        return false;
    *handle = NULL;
    pthread_mutex_lock(&task_lock);
    queue = task_handle_queue(current_handle());
    if (queue) {
        *handle = task_handle_open(queue);
        task_queue_drop(queue);
    }
    pthread_mutex_unlock(&task_lock);
    return *handle != NULL;
}

STDAPI_(void) XTaskQueueSetCurrentProcessTaskQueue(XTaskQueueHandle handle) HC_NOEXCEPT
{
    TaskHandle *before = NULL, *duplicate = NULL;
    TaskQueue *queue;

    pthread_mutex_lock(&task_lock);
    queue = task_handle_queue(handle);
    if (queue) {
        duplicate = task_handle_open(queue);
        task_queue_drop(queue);
    }
    /* What is no handle, or cannot be kept, changes nothing. */
    if (!handle || duplicate) {
        before = process.current;
        process.current = duplicate;
        process.chosen = true;
        task_handle_close(before);
    }
    pthread_mutex_unlock(&task_lock);
}

HRESULT task_call_begin(TaskHandle *wanted, TaskQueue **queue, TaskHandle **handle)
{
    TaskHandle *opened = NULL;
    TaskQueue *found;
    HRESULT hr = S_OK;

    pthread_mutex_lock(&task_lock);
    found = task_handle_queue(wanted ? wanted : current_handle());
    if (!found)
        hr = wanted ? E_HANDLE : E_NO_TASK_QUEUE;
    else if (found->phase != TASK_ACTIVE)
        hr = E_ABORT;
    else if (!task_port_ready(found->ends[1].port))
        hr = E_OUTOFMEMORY;
    else if (!(opened = task_handle_open(found)))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr)) {
        found->holds++;
        *queue = found;
        *handle = opened;
    }
    if (found)
        task_queue_drop(found);
    pthread_mutex_unlock(&task_lock);
    return hr;
}

void task_call_end(TaskQueue *queue)
{
    pthread_mutex_lock(&task_lock);
    queue->holds--;
    task_end_advance(queue);
    pthread_mutex_unlock(&task_lock);
}

HRESULT task_call_submit(TaskQueue *queue, XTaskQueuePort port, uint64_t due, TaskItem *item)
{
    HRESULT hr;

    item->due = due;
    item->owned = false;
    pthread_mutex_lock(&task_lock);
    queue->refs++;
    hr = task_port_submit(&queue->ends[port], item);
    task_queue_drop(queue);
    pthread_mutex_unlock(&task_lock);
    return hr;
}

bool task_call_active(TaskQueue *queue)
{
    bool active;

    pthread_mutex_lock(&task_lock);
    active = queue->phase == TASK_ACTIVE;
    pthread_mutex_unlock(&task_lock);
    return active;
}

bool task_call_pump_needed(TaskQueue *queue)
{
    bool needed;

    pthread_mutex_lock(&task_lock);
    needed = task_pump_needed(queue);
    pthread_mutex_unlock(&task_lock);
    return needed;
}

void task_call_pump(TaskQueue *queue, pthread_mutex_t *held)
{
    pthread_mutex_lock(&task_lock);
    pthread_mutex_unlock(held);
    queue->refs++;
    task_pump(queue);
    task_queue_drop(queue);
    pthread_mutex_unlock(&task_lock);
    pthread_mutex_lock(held);
}

void task_call_wake(TaskQueue *queue)
{
    pthread_mutex_lock(&task_lock);
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&task_lock);
}
