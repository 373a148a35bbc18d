/* SPDX-License-Identifier: MIT */
/* Contexts: a user each. */
#include "service/context.h"

#include "service/library.h"

#include <xsapi-c/errors_c.h>
#include <xsapi-c/xbox_live_context_c.h>

#include <stdatomic.h>
#include <stdlib.h>

struct XblContext {
    atomic_uint references;
    XUserHandle user;
    uint64_t xuid;
};

uint64_t context_xuid(XblContextHandle context)
{
    return context->xuid;
}

HRESULT XblContextCreateHandle(XblUserHandle user, XblContextHandle *context)
{
    XblContextHandle made;
    HRESULT hr;

    if (!user || !context)
        return E_INVALIDARG;
    if (!library_is_open())
        return E_XBL_NOT_INITIALIZED;
    made = calloc(1, sizeof(*made));
    if (!made)
        return E_OUTOFMEMORY;
    atomic_init(&made->references, 1);
    hr = XUserGetId(user, &made->xuid);
    if (SUCCEEDED(hr))
        hr = XUserDuplicateHandle(user, &made->user);
    if (FAILED(hr)) {
        free(made);
        return hr;
    }
    *context = made;
    return S_OK;
}

HRESULT XblContextDuplicateHandle(XblContextHandle xboxLiveContextHandle, XblContextHandle *duplicatedHandle)
{
    if (!xboxLiveContextHandle || !duplicatedHandle)
        return E_INVALIDARG;
    atomic_fetch_add_explicit(&xboxLiveContextHandle->references, 1, memory_order_relaxed);
    *duplicatedHandle = xboxLiveContextHandle;
    return S_OK;
}

void XblContextCloseHandle(XblContextHandle xboxLiveContextHandle)
{
    XblContextHandle context = xboxLiveContextHandle;

    if (!context || atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) != 1)
        return;
    XUserCloseHandle(context->user);
    free(context);
}

HRESULT XblContextGetUser(XblContextHandle context, XblUserHandle *user)
{
    return context && user ? XUserDuplicateHandle(context->user, user) : E_INVALIDARG;
}

HRESULT XblContextGetXboxUserId(XblContextHandle context, uint64_t *xboxUserId)
{
    if (!context || !xboxUserId)
        return E_INVALIDARG;
    *xboxUserId = context->xuid;
    return S_OK;
}
