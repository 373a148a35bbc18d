/* SPDX-License-Identifier: MIT */
/* Contexts: one user's view of the service. */
#pragma once

#include <xsapi-c/types_c.h>

/*
 * XblContextCreateHandle() - a context for a user
 * @context: set on success; to be closed with XblContextCloseHandle()
 *
 * Return: S_OK, E_INVALIDARG, E_XBL_NOT_INITIALIZED or E_OUTOFMEMORY. Since 0.1.
 */
STDAPI XblContextCreateHandle(_In_ XblUserHandle user, _Out_ XblContextHandle *context) XBL_NOEXCEPT;

/* XblContextDuplicateHandle() - one reference more on the same context. */
STDAPI XblContextDuplicateHandle(_In_ XblContextHandle xboxLiveContextHandle,
                                 _Out_ XblContextHandle *duplicatedHandle) XBL_NOEXCEPT;

/* XblContextCloseHandle() - calls under way keep what they need. NULL is allowed. */
STDAPI_(void) XblContextCloseHandle(_In_ XblContextHandle xboxLiveContextHandle) XBL_NOEXCEPT;

/* XblContextGetUser() - the user, duplicated: to be closed by the caller. */
STDAPI XblContextGetUser(_In_ XblContextHandle context, _Out_ XblUserHandle *user) XBL_NOEXCEPT;
STDAPI XblContextGetXboxUserId(_In_ XblContextHandle context, _Out_ uint64_t *xboxUserId) XBL_NOEXCEPT;
