/* SPDX-License-Identifier: MIT */
/* Asynchronous calls: the block that stands for one. */
#pragma once

#include <XTaskQueue.h>

struct XAsyncBlock;
typedef struct XAsyncBlock XAsyncBlock;

typedef void CALLBACK XAsyncCompletionRoutine(struct XAsyncBlock *asyncBlock);
typedef HRESULT CALLBACK XAsyncWork(struct XAsyncBlock *asyncBlock);

/*
 * One asynchronous call. The caller fills queue, context and callback, and keeps the block where it is until the call
 * has completed. internal need not be cleared.
 */
struct XAsyncBlock {
    XTaskQueueHandle queue; /* NULL: the process's default queue */
    void *context;          /* the caller's own */
    XAsyncCompletionRoutine
        *callback; /* NULL: none; called once, on the queue's completion port; may free the block */
    unsigned char internal[sizeof(void *) * 4];
};

/*
 * XAsyncGetStatus() - how a call stands
 * @wait: wait until it has completed and its callback, if any, has returned
 *
 * Return: E_PENDING or what the call ended with; S_OK for a block that was never used. With @wait inside the call's own
 * work or callback it does not wait; nor, when the call has completed without a result, for a callback that a Manual
 * queue has not run yet. The thread that dispatches a Manual queue of the call, and a SerializedThreadPool's inside an
 * item, run that queue's items meanwhile. Any thread. Since 0.1.
 */
STDAPI XAsyncGetStatus(_Inout_ XAsyncBlock *asyncBlock, _In_ bool wait) HC_NOEXCEPT;

/*
 * XAsyncGetResultSize() - the bytes of a completed call's result
 * @bufferSize: set on return; 0 if there is none, or it was fetched already
 *
 * Return: S_OK, E_PENDING, or what the call failed with. Any thread. Since 0.1.
 */
STDAPI XAsyncGetResultSize(_Inout_ XAsyncBlock *asyncBlock, _Out_ size_t *bufferSize) HC_NOEXCEPT;

/*
 * XAsyncCancel() - ask that a call end early
 *
 * Does not wait. A call that honours it completes with E_ABORT, if it was not too late. Any thread. Since 0.1.
 */
STDAPI_(void) XAsyncCancel(_Inout_ XAsyncBlock *asyncBlock) HC_NOEXCEPT;

/*
 * XAsyncRun() - run a function on the queue's work port
 * @work: its HRESULT is what the call completes with
 *
 * Return: S_OK, or as XAsyncBegin(). Any thread. Since 0.1.
 */
STDAPI XAsyncRun(_Inout_ XAsyncBlock *asyncBlock, _In_ XAsyncWork *work) HC_NOEXCEPT;
