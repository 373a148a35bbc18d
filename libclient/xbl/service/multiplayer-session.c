/* SPDX-License-Identifier: MIT */
/* Writing and reading sessions, by handle and by reference. */
#include "service/call.h"
#include "service/context.h"
#include "session/session.h"

#include <xsapi-c/errors_c.h>

#include <stdlib.h>
#include <string.h>

static int start_write(MpsClient *client, const MpsCallOptions *options, Call *call)
{
    const MpsReference reference = call_reference(call);

    if (call->by_handle)
        return mps_write_session_by_handle(client, call->handle_id, call->mode, call->document,
                                           call->document_size, options, call_completed, call, NULL);
    return mps_write_session(client, &reference, call->mode, call->document, call->document_size, options,
                             call_completed, call, NULL);
}

static int start_get(MpsClient *client, const MpsCallOptions *options, Call *call)
{
    const MpsReference reference = call_reference(call);

    if (call->by_handle)
        return mps_get_session_by_handle(client, call->handle_id, options, call_completed, call, NULL);
    return mps_get_session(client, &reference, options, call_completed, call, NULL);
}

static HRESULT take_text(const char *text, char **copy)
{
    *copy = strdup(text);
    return *copy ? S_OK : E_OUTOFMEMORY;
}

/* A snapshot of the session: what the game changes afterwards belongs to its next write. */
static HRESULT take_write(Call *call, XblMultiplayerSessionHandle session,
                          XblMultiplayerSessionWriteMode mode)
{
    const char *etag = session_etag(session);

    call->start = start_write;
    call->finish = call_take_session;
    call->reference = *session_reference(session);
    call->mode = (MpsWriteMode)mode;
    /* A session that the service does not have yet has no version: nothing may be there then. */
    if (mode == XblMultiplayerSessionWriteMode_SynchronizedUpdate && !*etag)
        call->mode = MPS_CREATE_NEW;
    if (*etag && FAILED(take_text(etag, &call->etag)))
        return E_OUTOFMEMORY;
    return session_serialize(session, NULL, &call->document, &call->document_size);
}

HRESULT XblMultiplayerWriteSessionAsync(XblContextHandle xblContext,
                                        XblMultiplayerSessionHandle multiplayerSession,
                                        XblMultiplayerSessionWriteMode writeMode, XAsyncBlock *async)
{
    Call *call;
    HRESULT hr;

    if (!multiplayerSession)
        return E_INVALIDARG;
    if (!XblMultiplayerSessionReferenceIsValid(session_reference(multiplayerSession)))
        return E_XBL_RUNTIME_ERROR;
    if (!xblContext || !async)
        return E_INVALIDARG;
    call = call_new("XblMultiplayerWriteSessionAsync", context_xuid(xblContext));
    if (!call)
        return E_OUTOFMEMORY;
    hr = take_write(call, multiplayerSession, writeMode);
    if (FAILED(hr)) {
        call_free(call);
        return hr;
    }
    return call_begin(call, async);
}

HRESULT XblMultiplayerWriteSessionByHandleAsync(XblContextHandle xblContext,
                                                XblMultiplayerSessionHandle multiplayerSession,
                                                XblMultiplayerSessionWriteMode writeMode,
                                                const char *handleId, XAsyncBlock *async)
{
    Call *call;
    HRESULT hr;

    if (!handleId || !*handleId || !xblContext || !multiplayerSession || !async)
        return E_INVALIDARG;
    call = call_new("XblMultiplayerWriteSessionByHandleAsync", context_xuid(xblContext));
    if (!call)
        return E_OUTOFMEMORY;
    call->by_handle = true;
    hr = take_write(call, multiplayerSession, writeMode);
    if (SUCCEEDED(hr))
        hr = take_text(handleId, &call->handle_id);
    if (FAILED(hr)) {
        call_free(call);
        return hr;
    }
    return call_begin(call, async);
}

HRESULT XblMultiplayerWriteSessionResult(XAsyncBlock *async, XblMultiplayerSessionHandle *handle)
{
    return call_session_result(async, handle);
}

HRESULT XblMultiplayerWriteSessionByHandleResult(XAsyncBlock *async, XblMultiplayerSessionHandle *handle)
{
    return call_session_result(async, handle);
}

HRESULT XblMultiplayerGetSessionAsync(XblContextHandle xblContext,
                                      const XblMultiplayerSessionReference *sessionReference,
                                      XAsyncBlock *async)
{
    Call *call;

    if (!sessionReference || !xblContext || !async)
        return E_INVALIDARG;
    call = call_new("XblMultiplayerGetSessionAsync", context_xuid(xblContext));
    if (!call)
        return E_OUTOFMEMORY;
    call->start = start_get;
    call->finish = call_take_session;
    call->reference = *sessionReference;
    return call_begin(call, async);
}

HRESULT XblMultiplayerGetSessionByHandleAsync(XblContextHandle xblContext, const char *handleId,
                                              XAsyncBlock *async)
{
    Call *call;

    if (!handleId || !xblContext || !async)
        return E_INVALIDARG;
    call = call_new("XblMultiplayerGetSessionByHandleAsync", context_xuid(xblContext));
    if (!call)
        return E_OUTOFMEMORY;
    call->start = start_get;
    call->finish = call_take_session;
    call->by_handle = true;
    if (FAILED(take_text(handleId, &call->handle_id))) {
        call_free(call);
        return E_OUTOFMEMORY;
    }
    return call_begin(call, async);
}

HRESULT XblMultiplayerGetSessionResult(XAsyncBlock *async, XblMultiplayerSessionHandle *handle)
{
    return handle ? call_session_result(async, handle) : E_INVALIDARG;
}

HRESULT XblMultiplayerGetSessionByHandleResult(XAsyncBlock *async, XblMultiplayerSessionHandle *handle)
{
    return handle ? call_session_result(async, handle) : E_INVALIDARG;
}
