/* SPDX-License-Identifier: MIT */
/* Activities: where handle ids come from. */
#include "service/call.h"
#include "service/context.h"
#include "session/activity.h"

#include <xsapi-c/errors_c.h>

#include <stdlib.h>
#include <string.h>

static int start_set(MpsClient *client, const MpsCallOptions *options, Call *call)
{
    const MpsReference reference = call_reference(call);

    return mps_set_activity(client, &reference, options, call_completed, call, NULL);
}

static int start_get(MpsClient *client, const MpsCallOptions *options, Call *call)
{
    return mps_get_activities(client, call->scid, call->xuids, call->n_xuids, options, call_completed, call,
                              NULL);
}

static HRESULT finish_set(Call *call, const MpsResult *result, size_t *size)
{
    (void)call;
    (void)result;
    (void)size;
    return S_OK;
}

static HRESULT finish_get(Call *call, const MpsResult *result, size_t *size)
{
    HRESULT hr = activities_from_json(result->activities, &call->activities, &call->n_activities);

    if (SUCCEEDED(hr))
        *size = call->n_activities * sizeof(*call->activities);
    return hr;
}

HRESULT XblMultiplayerSetActivityAsync(XblContextHandle xblContext,
                                       const XblMultiplayerSessionReference *sessionReference,
                                       XAsyncBlock *async)
{
    Call *call;

    if (!xblContext || !sessionReference || !async)
        return E_INVALIDARG;
    call = call_new("XblMultiplayerSetActivityAsync", context_xuid(xblContext));
    if (!call)
        return E_OUTOFMEMORY;
    call->start = start_set;
    call->finish = finish_set;
    call->reference = *sessionReference;
    return call_begin(call, async);
}

HRESULT XblMultiplayerGetActivitiesForUsersAsync(XblContextHandle xblContext, const char *scid,
                                                 const uint64_t *xuids, size_t xuidsCount, XAsyncBlock *async)
{
    Call *call;

    if (!xblContext || !scid || !xuids || xuidsCount == 0 || !async || strlen(scid) >= XBL_SCID_LENGTH)
        return E_INVALIDARG;
    call = call_new("XblMultiplayerGetActivitiesForUsersAsync", context_xuid(xblContext));
    if (!call)
        return E_OUTOFMEMORY;
    call->start = start_get;
    call->finish = finish_get;
    strcpy(call->scid, scid);
    call->xuids = calloc(xuidsCount, sizeof(*xuids));
    if (!call->xuids) {
        call_free(call);
        return E_OUTOFMEMORY;
    }
    memcpy(call->xuids, xuids, xuidsCount * sizeof(*xuids));
    call->n_xuids = xuidsCount;
    return call_begin(call, async);
}

HRESULT XblMultiplayerGetActivitiesForUsersResultCount(XAsyncBlock *async, size_t *activityCount)
{
    size_t size;
    HRESULT hr;

    if (!async || !activityCount)
        return E_INVALIDARG;
    hr = XAsyncGetResultSize(async, &size);
    *activityCount = SUCCEEDED(hr) ? size / sizeof(XblMultiplayerActivityDetails) : 0;
    return hr;
}

HRESULT XblMultiplayerGetActivitiesForUsersResult(XAsyncBlock *async, size_t activityCount,
                                                  XblMultiplayerActivityDetails *activities)
{
    size_t count;
    HRESULT hr;

    if (!async)
        return E_INVALIDARG;
    hr = XblMultiplayerGetActivitiesForUsersResultCount(async, &count);
    if (FAILED(hr))
        return hr;
    /* Nobody does anything: there is nothing to be fetched. */
    if (count == 0 && activityCount == 0)
        return S_OK;
    if (!activities)
        return E_INVALIDARG;
    return call_activities_result(async, activityCount * sizeof(*activities), activities);
}
