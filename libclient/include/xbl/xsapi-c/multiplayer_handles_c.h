/* SPDX-License-Identifier: MIT */
/* Multiplayer sessions: queries, invites, activities with properties, transfer and search handles, change events.
 * multiplayer_c.h includes it. */
#pragma once

#include <XAsync.h>
#include <xsapi-c/multiplayer_types_c.h>

/*
 * A game that calls these can be built and started; they are not here yet. Each answers E_NOTIMPL and leaves its
 * arguments alone; those that return no HRESULT do nothing, and return 0 or false. An async block stays unused: no
 * callback comes. All is since 0.1.
 */

typedef struct XblMultiplayerSearchHandleDetails *XblMultiplayerSearchHandle;

typedef struct XblMultiplayerSessionHandleId {
    char value[XBL_GUID_LENGTH];
} XblMultiplayerSessionHandleId;

typedef struct XblMultiplayerInviteHandle {
    char Data[XBL_GUID_LENGTH];
} XblMultiplayerInviteHandle;

typedef struct XblMultiplayerSessionQuery {
    char Scid[XBL_SCID_LENGTH];
    uint32_t MaxItems;
    bool IncludePrivateSessions;
    bool IncludeReservations;
    bool IncludeInactiveSessions;
    uint64_t *XuidFilters;
    size_t XuidFiltersCount;
    const char *KeywordFilter;
    char SessionTemplateNameFilter[XBL_MULTIPLAYER_SESSION_TEMPLATE_NAME_MAX_LENGTH];
    XblMultiplayerSessionVisibility VisibilityFilter;
    uint32_t ContractVersionFilter;
} XblMultiplayerSessionQuery;

typedef struct XblMultiplayerSessionQueryResult {
    time_t StartTime;
    XblMultiplayerSessionReference SessionReference;
    XblMultiplayerSessionStatus Status;
    XblMultiplayerSessionVisibility Visibility;
    bool IsMyTurn;
    uint64_t Xuid;
    uint32_t AcceptedMemberCount;
    XblMultiplayerSessionRestriction JoinRestriction;
} XblMultiplayerSessionQueryResult;

typedef struct XblMultiplayerSessionTag {
    char value[XBL_MULTIPLAYER_SEARCH_HANDLE_MAX_FIELD_LENGTH];
} XblMultiplayerSessionTag;

typedef struct XblMultiplayerSessionStringAttribute {
    char name[XBL_MULTIPLAYER_SEARCH_HANDLE_MAX_FIELD_LENGTH];
    char value[XBL_MULTIPLAYER_SEARCH_HANDLE_MAX_FIELD_LENGTH];
} XblMultiplayerSessionStringAttribute;

typedef struct XblMultiplayerSessionNumberAttribute {
    char name[XBL_MULTIPLAYER_SEARCH_HANDLE_MAX_FIELD_LENGTH];
    double value;
} XblMultiplayerSessionNumberAttribute;

typedef struct XblMultiplayerSessionChangeEventArgs {
    XblMultiplayerSessionReference SessionReference;
    char Branch[XBL_GUID_LENGTH];
    uint64_t ChangeNumber;
} XblMultiplayerSessionChangeEventArgs;

typedef void CALLBACK XblMultiplayerSessionChangedHandler(void *context,
                                                          XblMultiplayerSessionChangeEventArgs args);
typedef void CALLBACK XblMultiplayerSessionSubscriptionLostHandler(void *context);
typedef void CALLBACK XblMultiplayerConnectionIdChangedHandler(void *context);

/* ---- Queries ---- */

/* Asks which sessions there are, by users or by a keyword. */
STDAPI XblMultiplayerQuerySessionsAsync(XblContextHandle xblContext,
                                        const XblMultiplayerSessionQuery *sessionQuery,
                                        XAsyncBlock *async) XBL_NOEXCEPT;

/* How many sessions a completed query has found. */
STDAPI XblMultiplayerQuerySessionsResultCount(XAsyncBlock *async, size_t *sessionCount) XBL_NOEXCEPT;

/* The sessions, into an array of the caller for exactly that count. */
STDAPI XblMultiplayerQuerySessionsResult(XAsyncBlock *async, size_t sessionCount,
                                         XblMultiplayerSessionQueryResult *sessions) XBL_NOEXCEPT;

/* ---- Activities and invites ---- */

/* Takes back what XblMultiplayerSetActivityAsync() published. */
STDAPI XblMultiplayerClearActivityAsync(XblContextHandle xblContext, const char *scid,
                                        XAsyncBlock *async) XBL_NOEXCEPT;

/* Makes a handle that leads from one session into another. */
STDAPI XblMultiplayerSetTransferHandleAsync(XblContextHandle xblContext,
                                            XblMultiplayerSessionReference targetSessionReference,
                                            XblMultiplayerSessionReference originSessionReference,
                                            XAsyncBlock *async) XBL_NOEXCEPT;

/* Its id. */
STDAPI XblMultiplayerSetTransferHandleResult(XAsyncBlock *async,
                                             XblMultiplayerSessionHandleId *handleId) XBL_NOEXCEPT;

/* Invites users into a session. */
STDAPI XblMultiplayerSendInvitesAsync(XblContextHandle xblContext,
                                      const XblMultiplayerSessionReference *sessionReference,
                                      const uint64_t *xuids, size_t xuidsCount, uint32_t titleId,
                                      const char *contextStringId, const char *customActivationContext,
                                      XAsyncBlock *async) XBL_NOEXCEPT;

/* The ids of the invites, into an array of the caller. */
STDAPI XblMultiplayerSendInvitesResult(XAsyncBlock *async, size_t handlesCount,
                                       XblMultiplayerInviteHandle *handles) XBL_NOEXCEPT;

/* Asks what a social group of a user ("people", "favorites") is doing. */
STDAPI XblMultiplayerGetActivitiesForSocialGroupAsync(XblContextHandle xboxLiveContext, const char *scid,
                                                      uint64_t socialGroupOwnerXuid, const char *socialGroup,
                                                      XAsyncBlock *async) XBL_NOEXCEPT;

/* The same, with the sessions' custom properties. */
STDAPI XblMultiplayerGetActivitiesWithPropertiesForSocialGroupAsync(XblContextHandle xblContext,
                                                                    const char *scid,
                                                                    uint64_t socialGroupOwnerXuid,
                                                                    const char *socialGroup,
                                                                    XAsyncBlock *async) XBL_NOEXCEPT;

/* How many activities a completed call has brought. */
STDAPI XblMultiplayerGetActivitiesForSocialGroupResultCount(XAsyncBlock *async,
                                                            size_t *activityCount) XBL_NOEXCEPT;

/* The activities, into an array of the caller for exactly that count. */
STDAPI XblMultiplayerGetActivitiesForSocialGroupResult(
    XAsyncBlock *async, size_t activityCount, XblMultiplayerActivityDetails *activities) XBL_NOEXCEPT;

/* Bytes that activities with their texts take. */
STDAPI XblMultiplayerGetActivitiesWithPropertiesForSocialGroupResultSize(
    XAsyncBlock *async, size_t *resultSizeInBytes) XBL_NOEXCEPT;

/* The activities and their texts, into a buffer of the caller's; ptrToBuffer is set to the first. */
STDAPI XblMultiplayerGetActivitiesWithPropertiesForSocialGroupResult(
    XAsyncBlock *async, size_t bufferSize, void *buffer, XblMultiplayerActivityDetails **ptrToBuffer,
    size_t *ptrToBufferCount, size_t *bufferUsed) XBL_NOEXCEPT;

/* Asks what users are doing, with the sessions' custom properties. */
STDAPI XblMultiplayerGetActivitiesWithPropertiesForUsersAsync(XblContextHandle xblContext, const char *scid,
                                                              const uint64_t *xuids, size_t xuidsCount,
                                                              XAsyncBlock *async) XBL_NOEXCEPT;

/* As for social groups. */
STDAPI XblMultiplayerGetActivitiesWithPropertiesForUsersResultSize(XAsyncBlock *async,
                                                                   size_t *resultSizeInBytes) XBL_NOEXCEPT;

/* As for social groups. */
STDAPI XblMultiplayerGetActivitiesWithPropertiesForUsersResult(XAsyncBlock *async, size_t bufferSize,
                                                               void *buffer,
                                                               XblMultiplayerActivityDetails **ptrToBuffer,
                                                               size_t *ptrToBufferCount,
                                                               size_t *bufferUsed) XBL_NOEXCEPT;

/* ---- Search handles ---- */

/* Makes a session findable, by tags and attributes. */
STDAPI XblMultiplayerCreateSearchHandleAsync(XblContextHandle xblContext,
                                             const XblMultiplayerSessionReference *sessionRef,
                                             const XblMultiplayerSessionTag *tags, size_t tagsCount,
                                             const XblMultiplayerSessionNumberAttribute *numberAttributes,
                                             size_t numberAttributesCount,
                                             const XblMultiplayerSessionStringAttribute *stringAttributes,
                                             size_t stringAttributesCount, XAsyncBlock *async) XBL_NOEXCEPT;

/* The search handle, to be closed. */
STDAPI XblMultiplayerCreateSearchHandleResult(XAsyncBlock *async,
                                              XblMultiplayerSearchHandle *handle) XBL_NOEXCEPT;

/* Makes it unfindable again. It has no result but its status. */
STDAPI XblMultiplayerDeleteSearchHandleAsync(XblContextHandle xblContext, const char *handleId,
                                             XAsyncBlock *async) XBL_NOEXCEPT;

/* Looks for sessions that were made findable. */
STDAPI XblMultiplayerGetSearchHandlesAsync(XblContextHandle xblContext, const char *scid,
                                           const char *sessionTemplateName, const char *orderByAttribute,
                                           bool orderAscending, const char *searchFilter,
                                           const char *socialGroup, XAsyncBlock *async) XBL_NOEXCEPT;

/* How many were found. */
STDAPI XblMultiplayerGetSearchHandlesResultCount(XAsyncBlock *async, size_t *searchHandleCount) XBL_NOEXCEPT;

/* The search handles, into an array of the caller; each is to be closed. */
STDAPI XblMultiplayerGetSearchHandlesResult(XAsyncBlock *async, XblMultiplayerSearchHandle *searchHandles,
                                            size_t searchHandlesCount) XBL_NOEXCEPT;

/* One reference more on the same search handle. */
STDAPI XblMultiplayerSearchHandleDuplicateHandle(XblMultiplayerSearchHandle handle,
                                                 XblMultiplayerSearchHandle *duplicatedHandle) XBL_NOEXCEPT;

/* Gives a reference back. NULL is allowed. */
STDAPI_(void) XblMultiplayerSearchHandleCloseHandle(XblMultiplayerSearchHandle handle) XBL_NOEXCEPT;

/* Which session it leads to. */
STDAPI XblMultiplayerSearchHandleGetSessionReference(XblMultiplayerSearchHandle handle,
                                                     XblMultiplayerSessionReference *sessionRef) XBL_NOEXCEPT;

/* What follows is what it shows; what is pointed to belongs to it. */
STDAPI XblMultiplayerSearchHandleGetId(XblMultiplayerSearchHandle handle, const char **id) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetSessionOwnerXuids(XblMultiplayerSearchHandle handle,
                                                      const uint64_t **xuids,
                                                      size_t *xuidsCount) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetTags(XblMultiplayerSearchHandle handle,
                                         const XblMultiplayerSessionTag **tags,
                                         size_t *tagsCount) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetStringAttributes(XblMultiplayerSearchHandle handle,
                                                     const XblMultiplayerSessionStringAttribute **attributes,
                                                     size_t *attributesCount) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetNumberAttributes(XblMultiplayerSearchHandle handle,
                                                     const XblMultiplayerSessionNumberAttribute **attributes,
                                                     size_t *attributesCount) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetVisibility(XblMultiplayerSearchHandle handle,
                                               XblMultiplayerSessionVisibility *visibility) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetJoinRestriction(
    XblMultiplayerSearchHandle handle, XblMultiplayerSessionRestriction *joinRestriction) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetSessionClosed(XblMultiplayerSearchHandle handle,
                                                  bool *closed) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetMemberCounts(XblMultiplayerSearchHandle handle, size_t *maxMembers,
                                                 size_t *currentMembers) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetCreationTime(XblMultiplayerSearchHandle handle,
                                                 time_t *creationTime) XBL_NOEXCEPT;
STDAPI XblMultiplayerSearchHandleGetCustomSessionPropertiesJson(
    XblMultiplayerSearchHandle handle, const char **customPropertiesJson) XBL_NOEXCEPT;

/* ---- Change events ---- */

/* Starts or ends being told of changes. */
STDAPI XblMultiplayerSetSubscriptionsEnabled(XblContextHandle xblContext,
                                             bool subscriptionsEnabled) XBL_NOEXCEPT;

/* Whether changes are told: false. */
STDAPI_(bool) XblMultiplayerSubscriptionsEnabled(XblContextHandle xblHandle) XBL_NOEXCEPT;

/* Has a function called when a session has changed. 0: it will not be. */
STDAPI_(XblFunctionContext)
XblMultiplayerAddSessionChangedHandler(XblContextHandle xblContext,
                                       XblMultiplayerSessionChangedHandler *handler,
                                       void *context) XBL_NOEXCEPT;

/* Ends that. What is not known is ignored. */
STDAPI_(void)
XblMultiplayerRemoveSessionChangedHandler(XblContextHandle xblContext, XblFunctionContext token) XBL_NOEXCEPT;

/* Likewise, when changes are told no more. */
STDAPI_(XblFunctionContext)
XblMultiplayerAddSubscriptionLostHandler(XblContextHandle xblContext,
                                         XblMultiplayerSessionSubscriptionLostHandler *handler,
                                         void *context) XBL_NOEXCEPT;
STDAPI_(void)
XblMultiplayerRemoveSubscriptionLostHandler(XblContextHandle xblContext,
                                            XblFunctionContext token) XBL_NOEXCEPT;

/* Likewise, when the connection is another one. */
STDAPI_(XblFunctionContext)
XblMultiplayerAddConnectionIdChangedHandler(XblContextHandle xblContext,
                                            XblMultiplayerConnectionIdChangedHandler *handler,
                                            void *context) XBL_NOEXCEPT;
STDAPI_(void)
XblMultiplayerRemoveConnectionIdChangedHandler(XblContextHandle xblContext,
                                               XblFunctionContext token) XBL_NOEXCEPT;
