/* SPDX-License-Identifier: MIT */
/* Task queues: where the work and the completions of asynchronous calls run. */
#pragma once

#include <httpClient/pal.h>

typedef struct XTaskQueueObject *XTaskQueueHandle;
typedef struct XTaskQueuePortObject *XTaskQueuePortHandle;

HC_ENUM(XTaskQueuePort){
    HC_VALUE(XTaskQueuePort, Work) = 0,
    HC_VALUE(XTaskQueuePort, Completion) = 1,
};

HC_ENUM(XTaskQueueDispatchMode){
    HC_VALUE(XTaskQueueDispatchMode, Manual) = 0,     /* by XTaskQueueDispatch() */
    HC_VALUE(XTaskQueueDispatchMode, ThreadPool) = 1, /* by the library's threads, several at once */
    HC_VALUE(XTaskQueueDispatchMode,
             SerializedThreadPool) = 2, /* by the library's threads, one after the other */
    HC_VALUE(XTaskQueueDispatchMode,
             Immediate) = 3, /* by the thread that submits; delayed items as SerializedThreadPool */
};

typedef struct XTaskQueueRegistrationToken {
    uint64_t token;
} XTaskQueueRegistrationToken;

/* @canceled: the queue was terminated first; called once in any case, so that context can be freed. */
typedef void CALLBACK XTaskQueueCallback(_In_opt_ void *context, _In_ bool canceled);
typedef void CALLBACK XTaskQueueMonitorCallback(_In_opt_ void *context, _In_ XTaskQueueHandle queue,
                                                _In_ XTaskQueuePort port);
typedef void CALLBACK XTaskQueueTerminatedCallback(_In_opt_ void *context);

/*
 * XTaskQueueCreate() - a queue of two ports
 * @queue: set on success; to be closed with XTaskQueueCloseHandle()
 *
 * Return: S_OK, E_INVALIDARG or E_OUTOFMEMORY. Since 0.1.
 */
STDAPI XTaskQueueCreate(_In_ XTaskQueueDispatchMode workDispatchMode,
                        _In_ XTaskQueueDispatchMode completionDispatchMode,
                        _Out_ XTaskQueueHandle *queue) HC_NOEXCEPT;

/*
 * XTaskQueueCreateComposite() - a queue of ports that belong to other queues, which it keeps alive
 *
 * Return: S_OK, E_INVALIDARG, E_HANDLE (no port) or E_OUTOFMEMORY. Since 0.1.
 */
STDAPI XTaskQueueCreateComposite(_In_ XTaskQueuePortHandle workPort, _In_ XTaskQueuePortHandle completionPort,
                                 _Out_ XTaskQueueHandle *queue) HC_NOEXCEPT;

/*
 * XTaskQueueGetPort() - a port of a queue
 * @portHandle: set on success; borrowed, valid as long as @queue
 *
 * Return: S_OK, E_INVALIDARG or E_HANDLE. Since 0.1.
 */
STDAPI XTaskQueueGetPort(_In_ XTaskQueueHandle queue, _In_ XTaskQueuePort port,
                         _Out_ XTaskQueuePortHandle *portHandle) HC_NOEXCEPT;

/* XTaskQueueDuplicateHandle() - another handle, to be closed too. Return: S_OK, E_INVALIDARG, E_HANDLE or E_OUTOFMEMORY. */
STDAPI XTaskQueueDuplicateHandle(_In_ XTaskQueueHandle queueHandle,
                                 _Out_ XTaskQueueHandle *duplicatedHandle) HC_NOEXCEPT;

/*
 * XTaskQueueDispatch() - run one item
 * @timeoutInMs: how long to wait for one; 0: do not wait; INFINITE: as long as it takes
 *
 * Return: whether one ran; it may be one of another queue with the same port. Any thread. Since 0.1.
 */
STDAPI_(bool)
XTaskQueueDispatch(_In_ XTaskQueueHandle queue, _In_ XTaskQueuePort port,
                   _In_ uint32_t timeoutInMs) HC_NOEXCEPT;

/*
 * XTaskQueueCloseHandle() - give a handle back; NULL is allowed
 *
 * The queue lives on until its items have run. Those of a Manual port that nobody can dispatch any more, as no queue
 * with that port has a handle, run here, canceled. Since 0.1.
 */
STDAPI_(void) XTaskQueueCloseHandle(_In_ XTaskQueueHandle queue) HC_NOEXCEPT;

/*
 * XTaskQueueTerminate() - end a queue
 * @wait: wait until it has ended; inside one of its callbacks it does not wait. The thread that dispatched a Manual
 * queue last runs its items meanwhile
 * @callback: NULL, or called when it has ended, by the thread that ran the last item, or this one
 *
 * New work is refused with E_ABORT, and all items that wait run with canceled, delayed ones at once: those of a
 * Manual queue when they are dispatched. Completions are taken until the work is done. Calls that have begun hold the
 * end up. A composite ends alone, without the queues whose ports it has.
 *
 * Return: S_OK, E_HANDLE, E_ACCESSDENIED (the process's default queue that the game did not make) or E_OUTOFMEMORY.
 * Since 0.1.
 */
STDAPI XTaskQueueTerminate(_In_ XTaskQueueHandle queue, _In_ bool wait, _In_opt_ void *callbackContext,
                           _In_opt_ XTaskQueueTerminatedCallback *callback) HC_NOEXCEPT;

/*
 * XTaskQueueSubmitCallback() - an item for a port
 *
 * Return: S_OK, E_ABORT (terminated), E_INVALIDARG, E_HANDLE, or E_OUTOFMEMORY (also at 2^20 items of one port). Since 0.1.
 */
STDAPI XTaskQueueSubmitCallback(_In_ XTaskQueueHandle queue, _In_ XTaskQueuePort port,
                                _In_opt_ void *callbackContext,
                                _In_ XTaskQueueCallback *callback) HC_NOEXCEPT;

/* XTaskQueueSubmitDelayedCallback() - the same, @delayMs milliseconds from now. */
STDAPI XTaskQueueSubmitDelayedCallback(_In_ XTaskQueueHandle queue, _In_ XTaskQueuePort port,
                                       _In_ uint32_t delayMs, _In_opt_ void *callbackContext,
                                       _In_ XTaskQueueCallback *callback) HC_NOEXCEPT;

/* XTaskQueueRegisterWaiter() - needs Windows' events. Return: E_POINTER, E_INVALIDARG or E_NOTIMPL. */
STDAPI XTaskQueueRegisterWaiter(_In_ XTaskQueueHandle queue, _In_ XTaskQueuePort port, _In_ HANDLE waitHandle,
                                _In_opt_ void *callbackContext, _In_ XTaskQueueCallback *callback,
                                _Out_ XTaskQueueRegistrationToken *token) HC_NOEXCEPT;
STDAPI_(void)
XTaskQueueUnregisterWaiter(_In_ XTaskQueueHandle queue, _In_ XTaskQueueRegistrationToken token) HC_NOEXCEPT;

/*
 * XTaskQueueRegisterMonitor() - be told of each item that becomes ready, on the thread that makes it so
 *
 * For waking the thread that dispatches. 32 for each queue. @queue is the handle it was registered with, or another one
 * of the queue when that is closed.
 *
 * Return: S_OK, E_POINTER, E_HANDLE or E_OUTOFMEMORY. Since 0.1.
 */
STDAPI XTaskQueueRegisterMonitor(_In_ XTaskQueueHandle queue, _In_opt_ void *callbackContext,
                                 _In_ XTaskQueueMonitorCallback *callback,
                                 _Out_ XTaskQueueRegistrationToken *token) HC_NOEXCEPT;

/* XTaskQueueUnregisterMonitor() - waits while the callback runs, except inside it. */
STDAPI_(void)
XTaskQueueUnregisterMonitor(_In_ XTaskQueueHandle queue, _In_ XTaskQueueRegistrationToken token) HC_NOEXCEPT;

/*
 * XTaskQueueGetCurrentProcessTaskQueue() - the queue of blocks that have none
 * @queue: set; to be closed; NULL if there is none
 *
 * Made at the first need, on a thread pool, unless the game has set one, or NULL. Since 0.1.
 */
STDAPI_(bool) XTaskQueueGetCurrentProcessTaskQueue(_Out_ XTaskQueueHandle *queue) HC_NOEXCEPT;

/* XTaskQueueSetCurrentProcessTaskQueue() - set it; NULL: none. It is duplicated. Since 0.1. */
STDAPI_(void) XTaskQueueSetCurrentProcessTaskQueue(_In_opt_ XTaskQueueHandle queue) HC_NOEXCEPT;
