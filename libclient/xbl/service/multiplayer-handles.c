/* SPDX-License-Identifier: MIT */
/* Calls that are not here yet: queries, invites, activities with properties, transfer and search handles, change events.
 * A game that names them must link; what moves from here to a file of its own leaves the list of the exports' test. */
#include <xsapi-c/multiplayer_c.h>

/* Their arguments are those that they will have. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

HRESULT XblMultiplayerQuerySessionsAsync(XblContextHandle xblContext,
                                         const XblMultiplayerSessionQuery *sessionQuery, XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerQuerySessionsResultCount(XAsyncBlock *async, size_t *sessionCount)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerQuerySessionsResult(XAsyncBlock *async, size_t sessionCount,
                                          XblMultiplayerSessionQueryResult *sessions)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerClearActivityAsync(XblContextHandle xblContext, const char *scid, XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSetTransferHandleAsync(XblContextHandle xblContext,
                                             XblMultiplayerSessionReference targetSessionReference,
                                             XblMultiplayerSessionReference originSessionReference,
                                             XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSetTransferHandleResult(XAsyncBlock *async, XblMultiplayerSessionHandleId *handleId)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSendInvitesAsync(XblContextHandle xblContext,
                                       const XblMultiplayerSessionReference *sessionReference,
                                       const uint64_t *xuids, size_t xuidsCount, uint32_t titleId,
                                       const char *contextStringId, const char *customActivationContext,
                                       XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSendInvitesResult(XAsyncBlock *async, size_t handlesCount,
                                        XblMultiplayerInviteHandle *handles)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetActivitiesForSocialGroupAsync(XblContextHandle xboxLiveContext, const char *scid,
                                                       uint64_t socialGroupOwnerXuid, const char *socialGroup,
                                                       XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetActivitiesWithPropertiesForSocialGroupAsync(XblContextHandle xblContext,
                                                                     const char *scid,
                                                                     uint64_t socialGroupOwnerXuid,
                                                                     const char *socialGroup,
                                                                     XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetActivitiesForSocialGroupResultCount(XAsyncBlock *async, size_t *activityCount)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetActivitiesForSocialGroupResult(XAsyncBlock *async, size_t activityCount,
                                                        XblMultiplayerActivityDetails *activities)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetActivitiesWithPropertiesForSocialGroupResultSize(XAsyncBlock *async,
                                                                          size_t *resultSizeInBytes)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetActivitiesWithPropertiesForSocialGroupResult(
    XAsyncBlock *async, size_t bufferSize, void *buffer, XblMultiplayerActivityDetails **ptrToBuffer,
    size_t *ptrToBufferCount, size_t *bufferUsed)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetActivitiesWithPropertiesForUsersAsync(XblContextHandle xblContext, const char *scid,
                                                               const uint64_t *xuids, size_t xuidsCount,
                                                               XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetActivitiesWithPropertiesForUsersResultSize(XAsyncBlock *async,
                                                                    size_t *resultSizeInBytes)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetActivitiesWithPropertiesForUsersResult(XAsyncBlock *async, size_t bufferSize,
                                                                void *buffer,
                                                                XblMultiplayerActivityDetails **ptrToBuffer,
                                                                size_t *ptrToBufferCount, size_t *bufferUsed)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerCreateSearchHandleAsync(XblContextHandle xblContext,
                                              const XblMultiplayerSessionReference *sessionRef,
                                              const XblMultiplayerSessionTag *tags, size_t tagsCount,
                                              const XblMultiplayerSessionNumberAttribute *numberAttributes,
                                              size_t numberAttributesCount,
                                              const XblMultiplayerSessionStringAttribute *stringAttributes,
                                              size_t stringAttributesCount, XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerCreateSearchHandleResult(XAsyncBlock *async, XblMultiplayerSearchHandle *handle)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerDeleteSearchHandleAsync(XblContextHandle xblContext, const char *handleId,
                                              XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetSearchHandlesAsync(XblContextHandle xblContext, const char *scid,
                                            const char *sessionTemplateName, const char *orderByAttribute,
                                            bool orderAscending, const char *searchFilter,
                                            const char *socialGroup, XAsyncBlock *async)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetSearchHandlesResultCount(XAsyncBlock *async, size_t *searchHandleCount)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerGetSearchHandlesResult(XAsyncBlock *async, XblMultiplayerSearchHandle *searchHandles,
                                             size_t searchHandlesCount)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleDuplicateHandle(XblMultiplayerSearchHandle handle,
                                                  XblMultiplayerSearchHandle *duplicatedHandle)
{
    return E_NOTIMPL;
}

void XblMultiplayerSearchHandleCloseHandle(XblMultiplayerSearchHandle handle)
{
}

HRESULT XblMultiplayerSearchHandleGetSessionReference(XblMultiplayerSearchHandle handle,
                                                      XblMultiplayerSessionReference *sessionRef)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetId(XblMultiplayerSearchHandle handle, const char **id)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetSessionOwnerXuids(XblMultiplayerSearchHandle handle,
                                                       const uint64_t **xuids, size_t *xuidsCount)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetTags(XblMultiplayerSearchHandle handle,
                                          const XblMultiplayerSessionTag **tags, size_t *tagsCount)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetStringAttributes(XblMultiplayerSearchHandle handle,
                                                      const XblMultiplayerSessionStringAttribute **attributes,
                                                      size_t *attributesCount)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetNumberAttributes(XblMultiplayerSearchHandle handle,
                                                      const XblMultiplayerSessionNumberAttribute **attributes,
                                                      size_t *attributesCount)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetVisibility(XblMultiplayerSearchHandle handle,
                                                XblMultiplayerSessionVisibility *visibility)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetJoinRestriction(XblMultiplayerSearchHandle handle,
                                                     XblMultiplayerSessionRestriction *joinRestriction)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetSessionClosed(XblMultiplayerSearchHandle handle, bool *closed)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetMemberCounts(XblMultiplayerSearchHandle handle, size_t *maxMembers,
                                                  size_t *currentMembers)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetCreationTime(XblMultiplayerSearchHandle handle, time_t *creationTime)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSearchHandleGetCustomSessionPropertiesJson(XblMultiplayerSearchHandle handle,
                                                                 const char **customPropertiesJson)
{
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSetSubscriptionsEnabled(XblContextHandle xblContext, bool subscriptionsEnabled)
{
    return E_NOTIMPL;
}

bool XblMultiplayerSubscriptionsEnabled(XblContextHandle xblHandle)
{
    return false;
}

XblFunctionContext XblMultiplayerAddSessionChangedHandler(XblContextHandle xblContext,
                                                          XblMultiplayerSessionChangedHandler *handler,
                                                          void *context)
{
    return 0;
}

void XblMultiplayerRemoveSessionChangedHandler(XblContextHandle xblContext, XblFunctionContext token)
{
}

XblFunctionContext XblMultiplayerAddSubscriptionLostHandler(
    XblContextHandle xblContext, XblMultiplayerSessionSubscriptionLostHandler *handler, void *context)
{
    return 0;
}

void XblMultiplayerRemoveSubscriptionLostHandler(XblContextHandle xblContext, XblFunctionContext token)
{
}

XblFunctionContext XblMultiplayerAddConnectionIdChangedHandler(
    XblContextHandle xblContext, XblMultiplayerConnectionIdChangedHandler *handler, void *context)
{
    return 0;
}

void XblMultiplayerRemoveConnectionIdChangedHandler(XblContextHandle xblContext, XblFunctionContext token)
{
}
