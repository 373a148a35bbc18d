/* SPDX-License-Identifier: MIT */
/* Task queues: making, submitting, dispatching. */
#include <stdlib.h>

#include "async/task.h"

#define NS_PER_MS UINT64_C(1000000)

static bool mode_valid(XTaskQueueDispatchMode mode)
{
    return mode <= XTaskQueueDispatchMode_Immediate;
}

static bool port_valid(XTaskQueuePort port)
{
    return port == XTaskQueuePort_Work || port == XTaskQueuePort_Completion;
}

/* A queue of two ports with a handle; takes over a reference of each port, which may be NULL. */
static HRESULT open_queue(TaskPort *work, TaskPort *completion, TaskHandle **handle)
{
    TaskQueue *queue = work && completion ? task_queue_new(work, completion) : NULL;
    TaskHandle *opened = queue ? task_handle_open(queue) : NULL;

    if (queue)
        task_queue_drop(queue);
    if (completion)
        task_port_drop(completion);
    if (work)
        task_port_drop(work);
    if (!opened)
        return E_OUTOFMEMORY;
    *handle = opened;
    return S_OK;
}

STDAPI XTaskQueueCreate(XTaskQueueDispatchMode work_mode, XTaskQueueDispatchMode completion_mode,
                        XTaskQueueHandle *queue) HC_NOEXCEPT
{
    HRESULT hr;

    if (!queue)
        return E_INVALIDARG;
    *queue = NULL;
    if (!mode_valid(work_mode) || !mode_valid(completion_mode))
        return E_INVALIDARG;
    pthread_mutex_lock(&task_lock);
    hr = open_queue(task_port_new(work_mode), task_port_new(completion_mode), queue);
    pthread_mutex_unlock(&task_lock);
    return hr;
}

STDAPI XTaskQueueCreateComposite(XTaskQueuePortHandle work, XTaskQueuePortHandle completion,
                                 XTaskQueueHandle *queue) HC_NOEXCEPT
{
    HRESULT hr = E_HANDLE;

    if (!queue)
        return E_INVALIDARG;
    *queue = NULL;
    pthread_mutex_lock(&task_lock);
    if (task_port_valid(work) && task_port_valid(completion)) {
        work->refs++;
        completion->refs++;
        hr = open_queue(work, completion, queue);
    }
    pthread_mutex_unlock(&task_lock);
    return hr;
}

STDAPI XTaskQueueGetPort(XTaskQueueHandle handle, XTaskQueuePort port,
                         XTaskQueuePortHandle *port_handle) HC_NOEXCEPT
{
    TaskQueue *queue;

    if (!port_handle || !port_valid(port))
        return E_INVALIDARG;
    *port_handle = NULL;
    pthread_mutex_lock(&task_lock);
    queue = task_handle_queue(handle);
    if (queue) {
        *port_handle = queue->ends[port].port;
        task_queue_drop(queue);
    }
    pthread_mutex_unlock(&task_lock);
    return queue ? S_OK : E_HANDLE;
}

STDAPI XTaskQueueDuplicateHandle(XTaskQueueHandle handle, XTaskQueueHandle *duplicate) HC_NOEXCEPT
{
    HRESULT hr = E_HANDLE;
    TaskQueue *queue;

    if (!duplicate)
        return E_INVALIDARG;
    *duplicate = NULL;
    pthread_mutex_lock(&task_lock);
    queue = task_handle_queue(handle);
    if (queue) {
        *duplicate = task_handle_open(queue);
        hr = *duplicate ? S_OK : E_OUTOFMEMORY;
        task_queue_drop(queue);
    }
    pthread_mutex_unlock(&task_lock);
    return hr;
}

STDAPI_(void) XTaskQueueCloseHandle(XTaskQueueHandle handle) HC_NOEXCEPT
{
    pthread_mutex_lock(&task_lock);
    task_handle_close(handle);
    pthread_mutex_unlock(&task_lock);
}

static bool dispatch(TaskQueue *queue, TaskPort *port, uint32_t timeout)
{
    uint64_t now = task_clock();
    uint64_t until = timeout == INFINITE ? TASK_NEVER : now + timeout * NS_PER_MS;

    port->dispatched = true;
    port->dispatcher = pthread_self();
    while (queue->phase != TASK_ENDED && queue->handles) {
        TaskItem *item;
        bool waited;

        task_monitor_notify(port, task_port_promote(port, now));
        item = task_port_take(port);
        if (item) {
            task_port_run(port, item, false);
            return true;
        }
        if (now >= until)
            return false;
        port->waiting++;
        waited = task_cond_wait(&port->changed, until);
        port->waiting--;
        now = waited ? task_clock() : until;
    }
    /* It may have been woken for an item that another queue's thread has to take now. */
    if (port->waiting > 0 && port->ready)
        pthread_cond_signal(&port->changed);
    return false;
}

STDAPI_(bool) XTaskQueueDispatch(XTaskQueueHandle handle, XTaskQueuePort port, uint32_t timeout) HC_NOEXCEPT
{
    bool ran = false;
    TaskQueue *queue;

    if (!port_valid(port))
        return false;
    pthread_mutex_lock(&task_lock);
    queue = task_handle_queue(handle);
    if (queue) {
        ran = dispatch(queue, queue->ends[port].port, timeout);
        task_queue_drop(queue);
    }
    pthread_mutex_unlock(&task_lock);
    return ran;
}

static HRESULT submit(XTaskQueueHandle handle, XTaskQueuePort port, uint32_t delay, void *context,
                      XTaskQueueCallback *callback)
{
    HRESULT hr = E_HANDLE;
    TaskQueue *queue;
    TaskItem *item;

    if (!callback || !port_valid(port))
        return E_INVALIDARG;
    item = calloc(1, sizeof(*item));
    if (!item)
        return E_OUTOFMEMORY;
    item->callback = callback;
    item->context = context;
    item->due = delay > 0 ? task_clock() + delay * NS_PER_MS : 0;
    item->owned = true;
    pthread_mutex_lock(&task_lock);
    queue = task_handle_queue(handle);
    if (queue) {
        hr = task_port_submit(&queue->ends[port], item);
        task_queue_drop(queue);
    }
    pthread_mutex_unlock(&task_lock);
    if (FAILED(hr))
        free(item);
    return hr;
}

STDAPI XTaskQueueSubmitCallback(XTaskQueueHandle queue, XTaskQueuePort port, void *context,
                                XTaskQueueCallback *callback) HC_NOEXCEPT
{
    return submit(queue, port, 0, context, callback);
}

STDAPI XTaskQueueSubmitDelayedCallback(XTaskQueueHandle queue, XTaskQueuePort port, uint32_t delay,
                                       void *context, XTaskQueueCallback *callback) HC_NOEXCEPT
{
    return submit(queue, port, delay, context, callback);
}

/* There is nothing here that a HANDLE could be. */
STDAPI XTaskQueueRegisterWaiter(XTaskQueueHandle queue, XTaskQueuePort port, HANDLE wait_handle,
                                void *context, XTaskQueueCallback *callback,
                                XTaskQueueRegistrationToken *token) HC_NOEXCEPT
{
    (void)port;
    (void)context;
    if (!callback || !token)
        return E_POINTER;
    if (!queue || !wait_handle)
        return E_INVALIDARG;
    return E_NOTIMPL;
}

STDAPI_(void)
XTaskQueueUnregisterWaiter(XTaskQueueHandle queue, XTaskQueueRegistrationToken token) HC_NOEXCEPT
{
    (void)queue;
    (void)token;
}
