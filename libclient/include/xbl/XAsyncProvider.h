/* SPDX-License-Identifier: MIT */
/* Asynchronous calls: for those who make their own. */
#pragma once

#include <XAsync.h>

HC_ENUM(XAsyncOp){
    HC_VALUE(XAsyncOp, Begin) = 0,     /* on the caller's thread, inside XAsyncBegin() */
    HC_VALUE(XAsyncOp, DoWork) = 1,    /* on the work port, for each XAsyncSchedule() */
    HC_VALUE(XAsyncOp, GetResult) = 2, /* copy the result to buffer */
    HC_VALUE(XAsyncOp, Cancel) =
        3, /* at most once, on the thread that cancels, or after a Begin that still runs; may run beside DoWork */
    HC_VALUE(XAsyncOp, Cleanup) = 4, /* last, after all others have returned: free context */
};

typedef struct XAsyncProviderData {
    XAsyncBlock *
        async; /* a copy of the caller's block, whose queue is never NULL: for XAsyncSchedule() and XAsyncComplete() */
    size_t bufferSize; /* the caller's, which may be more than the result */
    void *buffer;
    void *context;
} XAsyncProviderData;

typedef HRESULT CALLBACK XAsyncProvider(XAsyncOp op, const XAsyncProviderData *data);

/*
 * XAsyncBegin() - start a call
 * @context: the provider's own, in each XAsyncProviderData
 * @identity: what XAsyncGetResult() has to give again; NULL is allowed
 * @identityName: for debuggers; kept as a pointer; may be NULL
 *
 * A provider whose Begin fails completes the call with that: S_OK is returned nevertheless.
 *
 * Return: S_OK: the call will complete. E_INVALIDARG: the block is in use, or an argument is NULL. E_NO_TASK_QUEUE:
 * the block has no queue, and the process has none. E_ABORT: the queue was terminated. E_OUTOFMEMORY. Any thread.
 * Since 0.1.
 */
STDAPI XAsyncBegin(_Inout_ XAsyncBlock *asyncBlock, _In_opt_ void *context, _In_opt_ const void *identity,
                   _In_opt_ const char *identityName, _In_ XAsyncProvider *provider) HC_NOEXCEPT;

/*
 * XAsyncSchedule() - have DoWork called on the work port
 * @delayInMs: milliseconds from now
 *
 * From inside Begin or DoWork it takes effect when that has returned: they never run beside each other.
 *
 * Return: S_OK; E_UNEXPECTED: one is scheduled already; E_INVALIDARG or the failure: the call has completed. Since 0.1.
 */
STDAPI XAsyncSchedule(_Inout_ XAsyncBlock *asyncBlock, _In_ uint32_t delayInMs) HC_NOEXCEPT;

/*
 * XAsyncComplete() - end a call
 * @result: E_PENDING is ignored
 * @requiredBufferSize: bytes of the result; 0: none, and Cleanup follows at once
 *
 * The first one counts. The provider's copy of the block is there until Cleanup returns: who may come after another
 * one's completion has to know of it. Since 0.1.
 */
STDAPI_(void)
XAsyncComplete(_Inout_ XAsyncBlock *asyncBlock, _In_ HRESULT result,
               _In_ size_t requiredBufferSize) HC_NOEXCEPT;

/*
 * XAsyncGetResult() - fetch the result of a completed call, once
 * @bufferUsed: set on success to the bytes of the result; NULL: not wanted
 *
 * It waits for a Begin or DoWork of another thread that completed the call and has not returned yet.
 *
 * Return: S_OK; E_PENDING; what the call failed with; E_ILLEGAL_METHOD_CALL: it was fetched already;
 * E_NOT_SUFFICIENT_BUFFER, E_INVALIDARG (another identity, no buffer): the result is kept. A result that is never
 * fetched stays until its block's memory begins another call. Any thread. Since 0.1.
 */
STDAPI XAsyncGetResult(_Inout_ XAsyncBlock *asyncBlock, _In_opt_ const void *identity, _In_ size_t bufferSize,
                       _Out_writes_bytes_to_opt_(bufferSize, *bufferUsed) void *buffer,
                       _Out_opt_ size_t *bufferUsed) HC_NOEXCEPT;
