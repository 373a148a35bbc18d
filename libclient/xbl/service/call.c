/* SPDX-License-Identifier: MIT */
/* The life of a call. */
#include "service/call.h"

#include "service/hresult.h"
#include "session/session.h"

#include <XAsyncProvider.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What results are told apart by: a session is not read into an array of activities. */
static const char session_identity[] = "session";
static const char activities_identity[] = "activities";

Call *call_new(const char *name, uint64_t xuid)
{
    Call *call = calloc(1, sizeof(*call));

    if (!call)
        return NULL;
    call->name = name;
    call->xuid = xuid;
    /* Made here, not by the native library: the call may be gone before that could hand one out. */
    uuid_make(call->id);
    return call;
}

void call_free(Call *call)
{
    if (!call)
        return;
    XblMultiplayerSessionCloseHandle(call->session);
    free(call->activities);
    free(call->handle_id);
    free(call->document);
    free(call->etag);
    free(call->xuids);
    free(call);
}

static Call *call_of(CallLink *link)
{
    return (Call *)((char *)link - offsetof(Call, link));
}

MpsReference call_reference(const Call *call)
{
    return (MpsReference){call->reference.Scid, call->reference.SessionTemplateName,
                          call->reference.SessionName};
}

static int start(MpsClient *client, uint32_t title_id, CallLink *link)
{
    Call *call = call_of(link);
    char account[24];
    const MpsCallOptions options = {
        .struct_size = sizeof(options),
        .id = call->id,
        .account = account,
        .title_id = title_id,
        .etag = call->etag,
    };

    snprintf(account, sizeof(account), "%llu", (unsigned long long)call->xuid);
    return call->start(client, &options, call);
}

void call_abort(CallLink *link)
{
    XAsyncComplete(call_of(link)->async, E_ABORT, 0);
}

void call_completed(const MpsResult *result, void *userdata)
{
    Call *call = userdata;
    HRESULT hr = hresult_of_result(result);
    size_t size = 0;

    library_take(&call->link);
    if (SUCCEEDED(hr))
        hr = call->finish(call, result, &size);
    if (FAILED(hr))
        library_say("%s: 0x%08x: %s%s%s%s%s", call->name, (unsigned)hr, result->code,
                    *result->message ? ": " : "", result->message,
                    *result->server_message ? "; the service says: " : "", result->server_message);
    XAsyncComplete(call->async, hr, size);
}

static HRESULT provider(XAsyncOp op, const XAsyncProviderData *data)
{
    Call *call = data->context;

    switch (op) {
    case XAsyncOp_Begin:
        call->async = data->async;
        return library_start(&call->link, start);
    case XAsyncOp_GetResult:
        if (call->activities) {
            memcpy(data->buffer, call->activities, call->n_activities * sizeof(*call->activities));
        } else {
            memcpy(data->buffer, &call->session, sizeof(call->session));
            call->session = NULL;
        }
        return S_OK;
    case XAsyncOp_Cancel:
        library_cancel(call->id);
        return S_OK;
    case XAsyncOp_Cleanup:
        call_free(call);
        return S_OK;
    default:
        return E_UNEXPECTED;
    }
}

HRESULT call_begin(Call *call, XAsyncBlock *async)
{
    const char *identity = call->xuids ? activities_identity : session_identity;
    HRESULT hr = XAsyncBegin(async, call, identity, call->name, provider);

    /* A call that did not begin gets no Cleanup. */
    if (FAILED(hr))
        call_free(call);
    return hr;
}

HRESULT call_take_session(Call *call, const MpsResult *result, size_t *size)
{
    /* By handle the service tells which session it is; what the object was made with may be another. */
    const bool is_told = *result->reference.scid;
    const SessionAnswer answer = {
        .xuid = call->xuid,
        .document = result->session,
        .document_size = result->session_size,
        .etag = result->etag,
        .date = result->date,
        .scid = is_told ? result->reference.scid : call->reference.Scid,
        .template_name = is_told ? result->reference.template_name : call->reference.SessionTemplateName,
        .name = is_told ? result->reference.name : call->reference.SessionName,
        .write_status =
            call->document ? (XblWriteSessionStatus)result->write_status : XblWriteSessionStatus_Unknown,
    };
    HRESULT hr;

    *size = sizeof(call->session);
    if (result->session_size == 0)
        return S_OK;
    if (!*answer.scid)
        return call->document ? E_FAIL : E_INVALIDARG;
    hr = session_from_answer(&answer, &call->session);
    /* A write is done, whatever it was answered with; a read that brought nothing is not. */
    return hr == WEB_E_INVALID_JSON_STRING && call->document ? S_OK : hr;
}

HRESULT call_session_result(XAsyncBlock *async, XblMultiplayerSessionHandle *session)
{
    XblMultiplayerSessionHandle fetched = NULL;
    HRESULT hr = E_INVALIDARG;

    if (async)
        hr = XAsyncGetResult(async, session_identity, sizeof(fetched), &fetched, NULL);
    if (session)
        *session = SUCCEEDED(hr) ? fetched : NULL;
    else if (SUCCEEDED(hr))
        XblMultiplayerSessionCloseHandle(fetched);
    return hr;
}

HRESULT call_activities_result(XAsyncBlock *async, size_t size, void *buffer)
{
    return XAsyncGetResult(async, activities_identity, size, buffer, NULL);
}
