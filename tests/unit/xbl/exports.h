/* SPDX-License-Identifier: MIT */
/*
 * Every function of the original's multiplayer_c.h: what it answers to nothing but NULL and 0, its type, its name.
 *
 * HERE: E_INVALIDARG. NOT_YET: E_NOTIMPL; whoever adds it makes it HERE. NEVER: E_NOTIMPL, as the original answers
 * (arbitration), or a change event. NONE: NULL. ZERO: 0 or false. VOID: nothing. VALUE: something else. HANDLE: a session.
 */
/* clang-format off */
FUNCTION(VALUE, XblMultiplayerSessionReference, XblMultiplayerSessionReferenceCreate,
         (const char *, const char *, const char *),
         (NULL, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionReferenceParseFromUriPath,
         (const char *, XblMultiplayerSessionReference *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionReferenceToUriPath,
         (const XblMultiplayerSessionReference *, XblMultiplayerSessionReferenceUri *),
         (NULL, NULL))
FUNCTION(ZERO, bool, XblMultiplayerSessionReferenceIsValid,
         (const XblMultiplayerSessionReference *),
         (NULL))
FUNCTION(HANDLE, XblMultiplayerSessionHandle, XblMultiplayerSessionCreateHandle,
         (uint64_t, const XblMultiplayerSessionReference *, const XblMultiplayerSessionInitArgs *),
         (0, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionDuplicateHandle,
         (XblMultiplayerSessionHandle, XblMultiplayerSessionHandle *),
         (NULL, NULL))
FUNCTION(VOID, void, XblMultiplayerSessionCloseHandle,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(ZERO, time_t, XblMultiplayerSessionTimeOfSession,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NONE, const XblMultiplayerSessionInitializationInfo *, XblMultiplayerSessionGetInitializationInfo,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(ZERO, XblMultiplayerSessionChangeTypes, XblMultiplayerSessionSubscribedChangeTypes,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionHostCandidates,
         (XblMultiplayerSessionHandle, const XblDeviceToken **, size_t *),
         (NULL, NULL, NULL))
FUNCTION(NONE, const XblMultiplayerSessionReference *, XblMultiplayerSessionSessionReference,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NONE, const XblMultiplayerSessionConstants *, XblMultiplayerSessionSessionConstants,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NONE, const XblMultiplayerSessionProperties *, XblMultiplayerSessionSessionProperties,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionRoleTypes,
         (XblMultiplayerSessionHandle, const XblMultiplayerRoleType **, size_t *),
         (NULL, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionGetRoleByName,
         (XblMultiplayerSessionHandle, const char *, const char *, const XblMultiplayerRole **),
         (NULL, NULL, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionMembers,
         (XblMultiplayerSessionHandle, const XblMultiplayerSessionMember **, size_t *),
         (NULL, NULL, NULL))
FUNCTION(NONE, const XblMultiplayerSessionMember *, XblMultiplayerSessionGetMember,
         (XblMultiplayerSessionHandle, uint32_t),
         (NULL, 0))
FUNCTION(NONE, const XblMultiplayerMatchmakingServer *, XblMultiplayerSessionMatchmakingServer,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(ZERO, uint32_t, XblMultiplayerSessionMembersAccepted,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NONE, const char *, XblMultiplayerSessionRawServersJson,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NONE, const char *, XblMultiplayerSessionEtag,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NONE, const XblMultiplayerSessionMember *, XblMultiplayerSessionCurrentUser,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NONE, const XblMultiplayerSessionInfo *, XblMultiplayerSessionGetInfo,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(ZERO, XblWriteSessionStatus, XblMultiplayerSessionWriteStatus,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(ZERO, XblMultiplayerSessionChangeTypes, XblMultiplayerSessionCompare,
         (XblMultiplayerSessionHandle, XblMultiplayerSessionHandle),
         (NULL, NULL))
FUNCTION(VOID, void, XblMultiplayerSessionConstantsSetMaxMembersInSession,
         (XblMultiplayerSessionHandle, uint32_t),
         (NULL, 0))
FUNCTION(VOID, void, XblMultiplayerSessionConstantsSetVisibility,
         (XblMultiplayerSessionHandle, XblMultiplayerSessionVisibility),
         (NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionConstantsSetTimeouts,
         (XblMultiplayerSessionHandle, uint64_t, uint64_t, uint64_t, uint64_t),
         (NULL, 0, 0, 0, 0))
FUNCTION(NEVER, HRESULT, XblMultiplayerSessionConstantsSetArbitrationTimeouts,
         (XblMultiplayerSessionHandle, uint64_t, uint64_t),
         (NULL, 0, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionConstantsSetQosConnectivityMetrics,
         (XblMultiplayerSessionHandle, bool, bool, bool, bool),
         (NULL, false, false, false, false))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionConstantsSetMemberInitialization,
         (XblMultiplayerSessionHandle, XblMultiplayerMemberInitialization),
         (NULL, (XblMultiplayerMemberInitialization){0}))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionConstantsSetPeerToPeerRequirements,
         (XblMultiplayerSessionHandle, XblMultiplayerPeerToPeerRequirements),
         (NULL, (XblMultiplayerPeerToPeerRequirements){0}))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionConstantsSetPeerToHostRequirements,
         (XblMultiplayerSessionHandle, XblMultiplayerPeerToHostRequirements),
         (NULL, (XblMultiplayerPeerToHostRequirements){0}))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionConstantsSetCapabilities,
         (XblMultiplayerSessionHandle, XblMultiplayerSessionCapabilities),
         (NULL, (XblMultiplayerSessionCapabilities){0}))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionConstantsSetCloudComputePackageJson,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionPropertiesSetKeywords,
         (XblMultiplayerSessionHandle, const char **, size_t),
         (NULL, NULL, 0))
FUNCTION(VOID, void, XblMultiplayerSessionPropertiesSetJoinRestriction,
         (XblMultiplayerSessionHandle, XblMultiplayerSessionRestriction),
         (NULL, 0))
FUNCTION(VOID, void, XblMultiplayerSessionPropertiesSetReadRestriction,
         (XblMultiplayerSessionHandle, XblMultiplayerSessionRestriction),
         (NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionPropertiesSetTurnCollection,
         (XblMultiplayerSessionHandle, const uint32_t *, size_t),
         (NULL, NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionSetMutableRoleSettings,
         (XblMultiplayerSessionHandle, const char *, const char *, uint32_t *, uint32_t *),
         (NULL, NULL, NULL, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionSetRawServersJson,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(VOID, void, XblMultiplayerSessionSetInitializationSucceeded,
         (XblMultiplayerSessionHandle, bool),
         (NULL, false))
FUNCTION(VOID, void, XblMultiplayerSessionSetHostDeviceToken,
         (XblMultiplayerSessionHandle, XblDeviceToken),
         (NULL, (XblDeviceToken){0}))
FUNCTION(VOID, void, XblMultiplayerSessionSetMatchmakingServerConnectionPath,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(VOID, void, XblMultiplayerSessionSetClosed,
         (XblMultiplayerSessionHandle, bool),
         (NULL, false))
FUNCTION(VOID, void, XblMultiplayerSessionSetLocked,
         (XblMultiplayerSessionHandle, bool),
         (NULL, false))
FUNCTION(VOID, void, XblMultiplayerSessionSetAllocateCloudCompute,
         (XblMultiplayerSessionHandle, bool),
         (NULL, false))
FUNCTION(VOID, void, XblMultiplayerSessionSetMatchmakingResubmit,
         (XblMultiplayerSessionHandle, bool),
         (NULL, false))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionSetServerConnectionStringCandidates,
         (XblMultiplayerSessionHandle, const char **, size_t),
         (NULL, NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionSetCustomPropertyJson,
         (XblMultiplayerSessionHandle, const char *, const char *),
         (NULL, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionDeleteCustomPropertyJson,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionAddMemberReservation,
         (XblMultiplayerSessionHandle, uint64_t, const char *, bool),
         (NULL, 0, NULL, false))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionJoin,
         (XblMultiplayerSessionHandle, const char *, bool, bool),
         (NULL, NULL, false, false))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionSetSessionChangeSubscription,
         (XblMultiplayerSessionHandle, XblMultiplayerSessionChangeTypes),
         (NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionLeave,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserSetStatus,
         (XblMultiplayerSessionHandle, XblMultiplayerSessionMemberStatus),
         (NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserSetRoles,
         (XblMultiplayerSessionHandle, const XblMultiplayerSessionMemberRole *, size_t),
         (NULL, NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserSetMembersInGroup,
         (XblMultiplayerSessionHandle, uint32_t *, size_t),
         (NULL, NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserSetGroups,
         (XblMultiplayerSessionHandle, const char **, size_t),
         (NULL, NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserSetEncounters,
         (XblMultiplayerSessionHandle, const char **, size_t),
         (NULL, NULL, 0))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserSetQosMeasurements,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserSetServerQosMeasurements,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserSetCustomPropertyJson,
         (XblMultiplayerSessionHandle, const char *, const char *),
         (NULL, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSessionCurrentUserDeleteCustomPropertyJson,
         (XblMultiplayerSessionHandle, const char *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblFormatSecureDeviceAddress,
         (const char *, XblFormattedSecureDeviceAddress *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerWriteSessionAsync,
         (XblContextHandle, XblMultiplayerSessionHandle, XblMultiplayerSessionWriteMode, XAsyncBlock *),
         (NULL, NULL, 0, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerWriteSessionResult,
         (XAsyncBlock *, XblMultiplayerSessionHandle *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerWriteSessionByHandleAsync,
         (XblContextHandle, XblMultiplayerSessionHandle, XblMultiplayerSessionWriteMode, const char *, XAsyncBlock *),
         (NULL, NULL, 0, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerWriteSessionByHandleResult,
         (XAsyncBlock *, XblMultiplayerSessionHandle *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerGetSessionAsync,
         (XblContextHandle, const XblMultiplayerSessionReference *, XAsyncBlock *),
         (NULL, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerGetSessionResult,
         (XAsyncBlock *, XblMultiplayerSessionHandle *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerGetSessionByHandleAsync,
         (XblContextHandle, const char *, XAsyncBlock *),
         (NULL, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerGetSessionByHandleResult,
         (XAsyncBlock *, XblMultiplayerSessionHandle *),
         (NULL, NULL))
FUNCTION(VALUE, XblTournamentArbitrationStatus, XblMultiplayerSessionArbitrationStatus,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NONE, const XblMultiplayerTournamentsServer *, XblMultiplayerSessionTournamentsServer,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NONE, const XblMultiplayerArbitrationServer *, XblMultiplayerSessionArbitrationServer,
         (XblMultiplayerSessionHandle),
         (NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerQuerySessionsAsync,
         (XblContextHandle, const XblMultiplayerSessionQuery *, XAsyncBlock *),
         (NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerQuerySessionsResultCount,
         (XAsyncBlock *, size_t *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerQuerySessionsResult,
         (XAsyncBlock *, size_t, XblMultiplayerSessionQueryResult *),
         (NULL, 0, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerSetActivityAsync,
         (XblContextHandle, const XblMultiplayerSessionReference *, XAsyncBlock *),
         (NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerClearActivityAsync,
         (XblContextHandle, const char *, XAsyncBlock *),
         (NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSetTransferHandleAsync,
         (XblContextHandle, XblMultiplayerSessionReference, XblMultiplayerSessionReference, XAsyncBlock *),
         (NULL, (XblMultiplayerSessionReference){0}, (XblMultiplayerSessionReference){0}, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSetTransferHandleResult,
         (XAsyncBlock *, XblMultiplayerSessionHandleId *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSendInvitesAsync,
         (XblContextHandle, const XblMultiplayerSessionReference *, const uint64_t *, size_t, uint32_t,
          const char *, const char *, XAsyncBlock *),
         (NULL, NULL, NULL, 0, 0, NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSendInvitesResult,
         (XAsyncBlock *, size_t, XblMultiplayerInviteHandle *),
         (NULL, 0, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetActivitiesForSocialGroupAsync,
         (XblContextHandle, const char *, uint64_t, const char *, XAsyncBlock *),
         (NULL, NULL, 0, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetActivitiesWithPropertiesForSocialGroupAsync,
         (XblContextHandle, const char *, uint64_t, const char *, XAsyncBlock *),
         (NULL, NULL, 0, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetActivitiesForSocialGroupResultCount,
         (XAsyncBlock *, size_t *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetActivitiesForSocialGroupResult,
         (XAsyncBlock *, size_t, XblMultiplayerActivityDetails *),
         (NULL, 0, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetActivitiesWithPropertiesForSocialGroupResultSize,
         (XAsyncBlock *, size_t *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetActivitiesWithPropertiesForSocialGroupResult,
         (XAsyncBlock *, size_t, void *, XblMultiplayerActivityDetails **, size_t *, size_t *),
         (NULL, 0, NULL, NULL, NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerGetActivitiesForUsersAsync,
         (XblContextHandle, const char *, const uint64_t *, size_t, XAsyncBlock *),
         (NULL, NULL, NULL, 0, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetActivitiesWithPropertiesForUsersAsync,
         (XblContextHandle, const char *, const uint64_t *, size_t, XAsyncBlock *),
         (NULL, NULL, NULL, 0, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerGetActivitiesForUsersResultCount,
         (XAsyncBlock *, size_t *),
         (NULL, NULL))
FUNCTION(HERE, HRESULT, XblMultiplayerGetActivitiesForUsersResult,
         (XAsyncBlock *, size_t, XblMultiplayerActivityDetails *),
         (NULL, 0, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetActivitiesWithPropertiesForUsersResultSize,
         (XAsyncBlock *, size_t *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetActivitiesWithPropertiesForUsersResult,
         (XAsyncBlock *, size_t, void *, XblMultiplayerActivityDetails **, size_t *, size_t *),
         (NULL, 0, NULL, NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerCreateSearchHandleAsync,
         (XblContextHandle, const XblMultiplayerSessionReference *, const XblMultiplayerSessionTag *,
          size_t, const XblMultiplayerSessionNumberAttribute *, size_t, const
          XblMultiplayerSessionStringAttribute *, size_t, XAsyncBlock *),
         (NULL, NULL, NULL, 0, NULL, 0, NULL, 0, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerCreateSearchHandleResult,
         (XAsyncBlock *, XblMultiplayerSearchHandle *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerDeleteSearchHandleAsync,
         (XblContextHandle, const char *, XAsyncBlock *),
         (NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetSearchHandlesAsync,
         (XblContextHandle, const char *, const char *, const char *, bool, const char *, const char *,
          XAsyncBlock *),
         (NULL, NULL, NULL, NULL, false, NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetSearchHandlesResultCount,
         (XAsyncBlock *, size_t *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerGetSearchHandlesResult,
         (XAsyncBlock *, XblMultiplayerSearchHandle *, size_t),
         (NULL, NULL, 0))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleDuplicateHandle,
         (XblMultiplayerSearchHandle, XblMultiplayerSearchHandle *),
         (NULL, NULL))
FUNCTION(VOID, void, XblMultiplayerSearchHandleCloseHandle,
         (XblMultiplayerSearchHandle),
         (NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetSessionReference,
         (XblMultiplayerSearchHandle, XblMultiplayerSessionReference *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetId,
         (XblMultiplayerSearchHandle, const char **),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetSessionOwnerXuids,
         (XblMultiplayerSearchHandle, const uint64_t **, size_t *),
         (NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetTags,
         (XblMultiplayerSearchHandle, const XblMultiplayerSessionTag **, size_t *),
         (NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetStringAttributes,
         (XblMultiplayerSearchHandle, const XblMultiplayerSessionStringAttribute **, size_t *),
         (NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetNumberAttributes,
         (XblMultiplayerSearchHandle, const XblMultiplayerSessionNumberAttribute **, size_t *),
         (NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetVisibility,
         (XblMultiplayerSearchHandle, XblMultiplayerSessionVisibility *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetJoinRestriction,
         (XblMultiplayerSearchHandle, XblMultiplayerSessionRestriction *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetSessionClosed,
         (XblMultiplayerSearchHandle, bool *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetMemberCounts,
         (XblMultiplayerSearchHandle, size_t *, size_t *),
         (NULL, NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetCreationTime,
         (XblMultiplayerSearchHandle, time_t *),
         (NULL, NULL))
FUNCTION(NOT_YET, HRESULT, XblMultiplayerSearchHandleGetCustomSessionPropertiesJson,
         (XblMultiplayerSearchHandle, const char **),
         (NULL, NULL))
FUNCTION(NEVER, HRESULT, XblMultiplayerSetSubscriptionsEnabled,
         (XblContextHandle, bool),
         (NULL, false))
FUNCTION(ZERO, bool, XblMultiplayerSubscriptionsEnabled,
         (XblContextHandle),
         (NULL))
FUNCTION(ZERO, XblFunctionContext, XblMultiplayerAddSessionChangedHandler,
         (XblContextHandle, XblMultiplayerSessionChangedHandler *, void *),
         (NULL, NULL, NULL))
FUNCTION(VOID, void, XblMultiplayerRemoveSessionChangedHandler,
         (XblContextHandle, XblFunctionContext),
         (NULL, 0))
FUNCTION(ZERO, XblFunctionContext, XblMultiplayerAddSubscriptionLostHandler,
         (XblContextHandle, XblMultiplayerSessionSubscriptionLostHandler *, void *),
         (NULL, NULL, NULL))
FUNCTION(VOID, void, XblMultiplayerRemoveSubscriptionLostHandler,
         (XblContextHandle, XblFunctionContext),
         (NULL, 0))
FUNCTION(ZERO, XblFunctionContext, XblMultiplayerAddConnectionIdChangedHandler,
         (XblContextHandle, XblMultiplayerConnectionIdChangedHandler *, void *),
         (NULL, NULL, NULL))
FUNCTION(VOID, void, XblMultiplayerRemoveConnectionIdChangedHandler,
         (XblContextHandle, XblFunctionContext),
         (NULL, 0))
