/* SPDX-License-Identifier: MIT */
/* The library as a whole. */
#pragma once

#include <httpClient/async.h>
#include <xsapi-c/types_c.h>

typedef struct XblInitArgs {
    XTaskQueueHandle queue;     /* NULL: the process's default queue */
    _Field_z_ const char *scid; /* the title's service configuration id */
} XblInitArgs;

/* What handlers of routed calls are given: its layout only, there are no such handlers here. */
typedef struct XblServiceCallRoutedArgs {
    HCCallHandle call;
    uint64_t responseCount;
    _Field_z_ const char *fullResponseFormatted;
} XblServiceCallRoutedArgs;

/*
 * XblInitialize() - start the library
 *
 * Does not wait for the agent: whether there is one shows with the first call.
 *
 * Return: S_OK; E_INVALIDARG: no args or scid; E_NO_TASK_QUEUE; E_XBL_ALREADY_INITIALIZED; E_OUTOFMEMORY. Since 0.1.
 */
STDAPI XblInitialize(_In_ const XblInitArgs *args) XBL_NOEXCEPT;

/*
 * XblCleanupAsync() - end the library
 *
 * Calls that are still open get up to 5 s to complete, then end with E_ABORT; what the agent accepted is written
 * nevertheless. Contexts that are still open stay valid, and answer E_XBL_NOT_INITIALIZED.
 * A callback on an Immediate port must not wait for it: the cleanup waits for that callback.
 *
 * Return: S_OK, E_XBL_NOT_INITIALIZED, or as XAsyncBegin(). Since 0.1.
 */
STDAPI XblCleanupAsync(_In_ XAsyncBlock *async) XBL_NOEXCEPT;

/* XblGetAsyncQueue() - a duplicate of the queue given to XblInitialize(), to be closed; NULL before that. */
STDAPI_(XTaskQueueHandle) XblGetAsyncQueue(void) XBL_NOEXCEPT;

/* XblGetScid() - the scid given to XblInitialize(); valid until the cleanup. */
STDAPI XblGetScid(_Outptr_result_z_ const char **scid) XBL_NOEXCEPT;

/* XblSetOverrideConfiguration() - another scid and title id (0: as it was) than XblInitialize() and the agent say. */
STDAPI XblSetOverrideConfiguration(_In_opt_z_ const char *overrideScid,
                                   _In_ uint32_t overrideTitleId) XBL_NOEXCEPT;
