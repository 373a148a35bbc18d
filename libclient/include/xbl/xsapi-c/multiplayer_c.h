/* SPDX-License-Identifier: MIT */
/* Multiplayer sessions: the local object, and the calls that write and read it. */
#pragma once

#include <XAsync.h>
#include <xsapi-c/multiplayer_types_c.h>

/*
 * A session object is a document of the game's own: it can be made, changed and read without the library, a user or the
 * network. Its getters tell what was set at once; what they point to belongs to the object, until it is changed there or
 * closed for the last time. Handles are references: a duplicate is the same pointer, and each is closed once. Setters
 * may be called from any thread; reading while another thread changes the object needs the game's own lock.
 *
 * Texts are UTF-8 and are copied. Where nothing else is said a function returns S_OK, E_INVALIDARG (a NULL),
 * E_OUTOFMEMORY, or what its comment names, and NULL or 0 for a NULL handle. All is since 0.1.
 */

/* ---- References ---- */

/* Names a session. A NULL part is empty, a part that is too long is cut; nothing is checked. */
STDAPI_(XblMultiplayerSessionReference)
XblMultiplayerSessionReferenceCreate(const char *scid, const char *sessionTemplateName,
                                     const char *sessionName) XBL_NOEXCEPT;

/* Takes the parts of /serviceconfigs/{scid}/sessiontemplates/{template}/sessions/{name}. */
STDAPI XblMultiplayerSessionReferenceParseFromUriPath(
    const char *path, XblMultiplayerSessionReference *sessionReference) XBL_NOEXCEPT;

/* The opposite: that path for a reference. */
STDAPI XblMultiplayerSessionReferenceToUriPath(const XblMultiplayerSessionReference *sessionReference,
                                               XblMultiplayerSessionReferenceUri *sessionReferenceUri)
    XBL_NOEXCEPT;

/* Whether no part is empty. */
STDAPI_(bool)
XblMultiplayerSessionReferenceIsValid(const XblMultiplayerSessionReference *sessionReference) XBL_NOEXCEPT;

/* ---- Lifetime ---- */

/*
 * XblMultiplayerSessionCreateHandle() - a new local session
 * @xuid: the current user
 * @sessionReference: NULL if it is to be written by handle only
 * @initArgs: constants of the session; NULL: none are sent
 *
 * Return: the object with one reference, NULL without memory.
 */
STDAPI_(XblMultiplayerSessionHandle)
XblMultiplayerSessionCreateHandle(uint64_t xuid, const XblMultiplayerSessionReference *sessionReference,
                                  const XblMultiplayerSessionInitArgs *initArgs) XBL_NOEXCEPT;

/* One reference more on the same object: the same pointer. */
STDAPI XblMultiplayerSessionDuplicateHandle(XblMultiplayerSessionHandle handle,
                                            XblMultiplayerSessionHandle *duplicatedHandle) XBL_NOEXCEPT;

/* Gives a reference back. A write under way needs it no more. NULL is allowed. */
STDAPI_(void) XblMultiplayerSessionCloseHandle(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* ---- What a session holds ---- */

/* The service's time of the answer that the session came with; 0 for a local one. */
STDAPI_(time_t) XblMultiplayerSessionTimeOfSession(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* How far the managed initialization is; never NULL for a session. */
STDAPI_(const XblMultiplayerSessionInitializationInfo *)
XblMultiplayerSessionGetInitializationInfo(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* What the current user has subscribed to. */
STDAPI_(XblMultiplayerSessionChangeTypes)
XblMultiplayerSessionSubscribedChangeTypes(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* Device tokens, the best first. */
STDAPI XblMultiplayerSessionHostCandidates(XblMultiplayerSessionHandle handle,
                                           const XblDeviceToken **deviceTokens,
                                           size_t *deviceTokensCount) XBL_NOEXCEPT;

/* Which session it is; never NULL for a session. */
STDAPI_(const XblMultiplayerSessionReference *)
XblMultiplayerSessionSessionReference(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* What was set when it was created. */
STDAPI_(const XblMultiplayerSessionConstants *)
XblMultiplayerSessionSessionConstants(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* What can be changed. */
STDAPI_(const XblMultiplayerSessionProperties *)
XblMultiplayerSessionSessionProperties(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* All role types with their roles. */
STDAPI XblMultiplayerSessionRoleTypes(XblMultiplayerSessionHandle handle,
                                      const XblMultiplayerRoleType **roleTypes,
                                      size_t *roleTypesCount) XBL_NOEXCEPT;

/* One role, by names in any case; S_OK with NULL if there is none. */
STDAPI XblMultiplayerSessionGetRoleByName(XblMultiplayerSessionHandle handle, const char *roleTypeName,
                                          const char *roleName, const XblMultiplayerRole **role) XBL_NOEXCEPT;

/* All members, in the order of the service; of a large session the current user alone. */
STDAPI XblMultiplayerSessionMembers(XblMultiplayerSessionHandle handle,
                                    const XblMultiplayerSessionMember **members,
                                    size_t *membersCount) XBL_NOEXCEPT;

/* The member of an index, or NULL. Local members have 0 until they are written. */
STDAPI_(const XblMultiplayerSessionMember *)
XblMultiplayerSessionGetMember(XblMultiplayerSessionHandle handle, uint32_t memberId) XBL_NOEXCEPT;

/* What the matchmaking says, or NULL. */
STDAPI_(const XblMultiplayerMatchmakingServer *)
XblMultiplayerSessionMatchmakingServer(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* How many members the service counts. */
STDAPI_(uint32_t) XblMultiplayerSessionMembersAccepted(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* The whole of servers, "" if there is none. */
STDAPI_(const char *) XblMultiplayerSessionRawServersJson(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* The version, with its quotes; "" for a local session. */
STDAPI_(const char *) XblMultiplayerSessionEtag(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* The member that the object belongs to, or NULL: not a member. */
STDAPI_(const XblMultiplayerSessionMember *)
XblMultiplayerSessionCurrentUser(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* Versions, branch, times. */
STDAPI_(const XblMultiplayerSessionInfo *)
XblMultiplayerSessionGetInfo(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* How the write that this session came from ended. */
STDAPI_(XblWriteSessionStatus)
XblMultiplayerSessionWriteStatus(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* What differs between a session and an older copy of it. */
STDAPI_(XblMultiplayerSessionChangeTypes)
XblMultiplayerSessionCompare(XblMultiplayerSessionHandle currentSessionHandle,
                             XblMultiplayerSessionHandle oldSessionHandle) XBL_NOEXCEPT;

/* ---- Constants: only for a session that the service does not have yet, else E_UNEXPECTED ---- */

/* At most so many members; 0: the template says. */
STDAPI_(void)
XblMultiplayerSessionConstantsSetMaxMembersInSession(XblMultiplayerSessionHandle handle,
                                                     uint32_t maxMembersInSession) XBL_NOEXCEPT;

/* Who may see and join it. Any and Unknown are not sent. */
STDAPI_(void)
XblMultiplayerSessionConstantsSetVisibility(XblMultiplayerSessionHandle handle,
                                            XblMultiplayerSessionVisibility visibility) XBL_NOEXCEPT;

/* Milliseconds until members and the empty session are removed. */
STDAPI XblMultiplayerSessionConstantsSetTimeouts(XblMultiplayerSessionHandle handle,
                                                 uint64_t memberReservedTimeout,
                                                 uint64_t memberInactiveTimeout, uint64_t memberReadyTimeout,
                                                 uint64_t sessionEmptyTimeout) XBL_NOEXCEPT;

/* Always E_NOTIMPL. */
STDAPI XblMultiplayerSessionConstantsSetArbitrationTimeouts(XblMultiplayerSessionHandle handle,
                                                            uint64_t arbitrationTimeout,
                                                            uint64_t forfeitTimeout) XBL_NOEXCEPT;

/* Which measurements members take. */
STDAPI XblMultiplayerSessionConstantsSetQosConnectivityMetrics(XblMultiplayerSessionHandle handle,
                                                               bool enableLatencyMetric,
                                                               bool enableBandwidthDownMetric,
                                                               bool enableBandwidthUpMetric,
                                                               bool enableCustomMetric) XBL_NOEXCEPT;

/* Has the service lead the members through joining, measuring and evaluating. */
STDAPI XblMultiplayerSessionConstantsSetMemberInitialization(
    XblMultiplayerSessionHandle handle, XblMultiplayerMemberInitialization memberInitialization) XBL_NOEXCEPT;

/* What each pair of members must reach. */
STDAPI XblMultiplayerSessionConstantsSetPeerToPeerRequirements(
    XblMultiplayerSessionHandle handle, XblMultiplayerPeerToPeerRequirements requirements) XBL_NOEXCEPT;

/* What members must reach towards the host. */
STDAPI XblMultiplayerSessionConstantsSetPeerToHostRequirements(
    XblMultiplayerSessionHandle handle, XblMultiplayerPeerToHostRequirements requirements) XBL_NOEXCEPT;

/* Servers to measure against. WEB_E_INVALID_JSON_STRING. */
STDAPI XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(
    XblMultiplayerSessionHandle handle, const char *measurementServerAddressesJson) XBL_NOEXCEPT;

/* What the session can do; only what is true is sent. */
STDAPI XblMultiplayerSessionConstantsSetCapabilities(
    XblMultiplayerSessionHandle handle, XblMultiplayerSessionCapabilities capabilities) XBL_NOEXCEPT;

/* The package of the cloud host; a text that is no JSON is sent as null. */
STDAPI XblMultiplayerSessionConstantsSetCloudComputePackageJson(
    XblMultiplayerSessionHandle handle, const char *sessionCloudComputePackageConstantsJson) XBL_NOEXCEPT;

/* ---- Properties ---- */

/* Words for queries; a count of 0 clears them. */
STDAPI XblMultiplayerSessionPropertiesSetKeywords(XblMultiplayerSessionHandle handle, const char **keywords,
                                                  size_t keywordsCount) XBL_NOEXCEPT;

/* Who may join. Unknown is not sent. */
STDAPI_(void)
XblMultiplayerSessionPropertiesSetJoinRestriction(
    XblMultiplayerSessionHandle handle, XblMultiplayerSessionRestriction joinRestriction) XBL_NOEXCEPT;

/* Who may read. Unknown is not sent. */
STDAPI_(void)
XblMultiplayerSessionPropertiesSetReadRestriction(
    XblMultiplayerSessionHandle handle, XblMultiplayerSessionRestriction readRestriction) XBL_NOEXCEPT;

/* Whose turn it is: members, by index. At least one. */
STDAPI XblMultiplayerSessionPropertiesSetTurnCollection(XblMultiplayerSessionHandle handle,
                                                        const uint32_t *turnCollectionMemberIds,
                                                        size_t turnCollectionMemberIdsCount) XBL_NOEXCEPT;

/* Limits of a role that the session has; NULL keeps one. */
STDAPI XblMultiplayerSessionSetMutableRoleSettings(XblMultiplayerSessionHandle handle,
                                                   const char *roleTypeName, const char *roleName,
                                                   uint32_t *maxMemberCount,
                                                   uint32_t *targetMemberCount) XBL_NOEXCEPT;

/* Replaces servers. WEB_E_INVALID_JSON_STRING. */
STDAPI XblMultiplayerSessionSetRawServersJson(XblMultiplayerSessionHandle handle,
                                              const char *rawServersJson) XBL_NOEXCEPT;

/* The result of an evaluation by the game. */
STDAPI_(void)
XblMultiplayerSessionSetInitializationSucceeded(XblMultiplayerSessionHandle handle,
                                                bool initializationSucceeded) XBL_NOEXCEPT;

/* Makes a device the host. */
STDAPI_(void)
XblMultiplayerSessionSetHostDeviceToken(XblMultiplayerSessionHandle handle,
                                        XblDeviceToken hostDeviceToken) XBL_NOEXCEPT;

/* Where the matched game is played. */
STDAPI_(void)
XblMultiplayerSessionSetMatchmakingServerConnectionPath(XblMultiplayerSessionHandle handle,
                                                        const char *serverConnectionPath) XBL_NOEXCEPT;

/* Closed: nobody joins. */
STDAPI_(void) XblMultiplayerSessionSetClosed(XblMultiplayerSessionHandle handle, bool closed) XBL_NOEXCEPT;

/* Locked: members cannot come back either. */
STDAPI_(void) XblMultiplayerSessionSetLocked(XblMultiplayerSessionHandle handle, bool locked) XBL_NOEXCEPT;

/* Asks for a cloud host. */
STDAPI_(void)
XblMultiplayerSessionSetAllocateCloudCompute(XblMultiplayerSessionHandle handle,
                                             bool allocateCloudCompute) XBL_NOEXCEPT;

/* Looks for more players. */
STDAPI_(void)
XblMultiplayerSessionSetMatchmakingResubmit(XblMultiplayerSessionHandle handle,
                                            bool matchResubmit) XBL_NOEXCEPT;

/* Servers that could host; a count of 0 clears them. */
STDAPI XblMultiplayerSessionSetServerConnectionStringCandidates(
    XblMultiplayerSessionHandle handle, const char **serverConnectionStringCandidates,
    size_t serverConnectionStringCandidatesCount) XBL_NOEXCEPT;

/* Constants of the session to be matched into. WEB_E_INVALID_JSON_STRING. */
STDAPI XblMultiplayerSessionSetMatchmakingTargetSessionConstantsJson(
    XblMultiplayerSessionHandle handle, const char *matchmakingTargetSessionConstantsJson) XBL_NOEXCEPT;

/* Sets a property of the game's own to any JSON value; null deletes it. WEB_E_INVALID_JSON_STRING. */
STDAPI XblMultiplayerSessionSetCustomPropertyJson(XblMultiplayerSessionHandle handle, const char *name,
                                                  const char *valueJson) XBL_NOEXCEPT;

/* Has the property deleted, whether it is there or not. */
STDAPI XblMultiplayerSessionDeleteCustomPropertyJson(XblMultiplayerSessionHandle handle,
                                                     const char *name) XBL_NOEXCEPT;

/* ---- Members ---- */

/* Keeps a place for a user. Constants may be NULL. WEB_E_INVALID_JSON_STRING. */
STDAPI XblMultiplayerSessionAddMemberReservation(XblMultiplayerSessionHandle handle, uint64_t xuid,
                                                 const char *memberCustomConstantsJson,
                                                 bool initializeRequested) XBL_NOEXCEPT;

/*
 * XblMultiplayerSessionJoin() - add the current user
 * @memberCustomConstantsJson: NULL: none
 * @initializeRequested: takes part in the managed initialization
 * @joinWithActiveStatus: is active at once
 *
 * Return: also E_UNEXPECTED (joined or left before, on this object) and WEB_E_INVALID_JSON_STRING.
 */
STDAPI XblMultiplayerSessionJoin(XblMultiplayerSessionHandle handle, const char *memberCustomConstantsJson,
                                 bool initializeRequested, bool joinWithActiveStatus) XBL_NOEXCEPT;

/* Asks to be told of changes. E_UNEXPECTED without a current user. */
STDAPI XblMultiplayerSessionSetSessionChangeSubscription(
    XblMultiplayerSessionHandle handle, XblMultiplayerSessionChangeTypes changeTypes) XBL_NOEXCEPT;

/* Takes the current user out of the session. E_UNEXPECTED after a join on this object. */
STDAPI XblMultiplayerSessionLeave(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* ---- The current user, who must be a member (fetched, or joined), else E_UNEXPECTED ---- */

/* Active or Inactive, else E_UNEXPECTED. */
STDAPI XblMultiplayerSessionCurrentUserSetStatus(XblMultiplayerSessionHandle handle,
                                                 XblMultiplayerSessionMemberStatus status) XBL_NOEXCEPT;

/* Sets the address as it is. */
STDAPI XblMultiplayerSessionCurrentUserSetSecureDeviceAddressBase64(XblMultiplayerSessionHandle handle,
                                                                    const char *value) XBL_NOEXCEPT;

/* Takes on roles; a count of 0 sends nothing. */
STDAPI XblMultiplayerSessionCurrentUserSetRoles(XblMultiplayerSessionHandle handle,
                                                const XblMultiplayerSessionMemberRole *roles,
                                                size_t rolesCount) XBL_NOEXCEPT;

/* Who initializes together: members, by index. */
STDAPI XblMultiplayerSessionCurrentUserSetMembersInGroup(XblMultiplayerSessionHandle session,
                                                         uint32_t *memberIds,
                                                         size_t memberIdsCount) XBL_NOEXCEPT;

/* Groups of the member; a count of 0 clears them. */
STDAPI XblMultiplayerSessionCurrentUserSetGroups(XblMultiplayerSessionHandle handle, const char **groups,
                                                 size_t groupsCount) XBL_NOEXCEPT;

/* Groups met just now, for "recent players". */
STDAPI XblMultiplayerSessionCurrentUserSetEncounters(XblMultiplayerSessionHandle handle,
                                                     const char **encounters,
                                                     size_t encountersCount) XBL_NOEXCEPT;

/* Measurements towards members. WEB_E_INVALID_JSON_STRING. */
STDAPI XblMultiplayerSessionCurrentUserSetQosMeasurements(XblMultiplayerSessionHandle handle,
                                                          const char *measurements) XBL_NOEXCEPT;

/* Measurements towards servers. WEB_E_INVALID_JSON_STRING. */
STDAPI XblMultiplayerSessionCurrentUserSetServerQosMeasurements(XblMultiplayerSessionHandle handle,
                                                                const char *measurements) XBL_NOEXCEPT;

/* As XblMultiplayerSessionSetCustomPropertyJson(), for the member. */
STDAPI XblMultiplayerSessionCurrentUserSetCustomPropertyJson(XblMultiplayerSessionHandle handle,
                                                             const char *name,
                                                             const char *valueJson) XBL_NOEXCEPT;

/* As XblMultiplayerSessionDeleteCustomPropertyJson(), for the member. */
STDAPI XblMultiplayerSessionCurrentUserDeleteCustomPropertyJson(XblMultiplayerSessionHandle handle,
                                                                const char *name) XBL_NOEXCEPT;

/* ---- Helpers ---- */

/* Wraps a device id so that it can stand for a secure device address. */
STDAPI XblFormatSecureDeviceAddress(const char *deviceId,
                                    XblFormattedSecureDeviceAddress *address) XBL_NOEXCEPT;

/* ---- Calls ---- */

/*
 * XblMultiplayerWriteSessionAsync() - write a session by its reference
 * @multiplayerSession: as it is now; may be changed and closed as soon as this returns
 * @async: stays valid until it has completed
 *
 * The agent keeps the write and delivers it when it can, also after the game has ended.
 *
 * Return: S_OK; E_INVALIDARG; E_XBL_RUNTIME_ERROR: the reference is not complete; E_NO_TASK_QUEUE; E_ABORT: the queue was
 * terminated. Any thread.
 */
STDAPI XblMultiplayerWriteSessionAsync(XblContextHandle xblContext,
                                       XblMultiplayerSessionHandle multiplayerSession,
                                       XblMultiplayerSessionWriteMode writeMode,
                                       XAsyncBlock *async) XBL_NOEXCEPT;

/*
 * XblMultiplayerWriteSessionResult() - what a completed write brought
 * @handle: set to the session as the service has it now, to be closed; NULL if it failed, was deleted (its last member
 * left), or was not told. NULL is allowed: the result is dropped
 *
 * Return: S_OK, also if the session was out of sync (see XblMultiplayerSessionWriteStatus()); E_PENDING;
 * E_ILLEGAL_METHOD_CALL: fetched already; HTTP_E_STATUS_*: the service refused it; E_HC_NO_NETWORK: its time ran out
 * before it could be sent; HRESULT_FROM_WIN32(ERROR_TIMEOUT): sent, and nobody knows whether it was applied;
 * E_HC_NETWORK_NOT_INITIALIZED: there is no agent; E_XBL_AUTH_NO_TOKEN: the user has to sign in; E_ABORT: cancelled.
 */
STDAPI XblMultiplayerWriteSessionResult(XAsyncBlock *async, XblMultiplayerSessionHandle *handle) XBL_NOEXCEPT;

/*
 * XblMultiplayerWriteSessionByHandleAsync() - write a new or updated session through a handle
 * @multiplayerSession: as it is now; may be changed and closed as soon as this returns. Its reference is not used
 * @writeMode: what the session must be for it
 * @handleId: a GUID, from an activity or an invite
 * @async: stays valid until it has completed
 *
 * Return: as XblMultiplayerWriteSessionAsync(). Any thread.
 */
STDAPI XblMultiplayerWriteSessionByHandleAsync(XblContextHandle xblContext,
                                               XblMultiplayerSessionHandle multiplayerSession,
                                               XblMultiplayerSessionWriteMode writeMode, const char *handleId,
                                               XAsyncBlock *async) XBL_NOEXCEPT;

/* As XblMultiplayerWriteSessionResult(). E_FAIL: the service did not say which session it is. */
STDAPI XblMultiplayerWriteSessionByHandleResult(XAsyncBlock *async,
                                                XblMultiplayerSessionHandle *handle) XBL_NOEXCEPT;

/* Reads a session. Return: S_OK, or as XblMultiplayerWriteSessionAsync(). Any thread. */
STDAPI XblMultiplayerGetSessionAsync(XblContextHandle xblContext,
                                     const XblMultiplayerSessionReference *sessionReference,
                                     XAsyncBlock *async) XBL_NOEXCEPT;

/*
 * The session, to be closed; NULL if it failed: HRESULT_FROM_WIN32(ERROR_RESOURCE_DATA_NOT_FOUND) if there is none, else as
 * XblMultiplayerWriteSessionResult().
 */
STDAPI XblMultiplayerGetSessionResult(XAsyncBlock *async, XblMultiplayerSessionHandle *handle) XBL_NOEXCEPT;

/* Reads the session that a handle stands for. */
STDAPI XblMultiplayerGetSessionByHandleAsync(XblContextHandle xblContext, const char *handleId,
                                             XAsyncBlock *async) XBL_NOEXCEPT;

/* As XblMultiplayerGetSessionResult(). E_INVALIDARG: the service did not say which session it is. */
STDAPI XblMultiplayerGetSessionByHandleResult(XAsyncBlock *async,
                                              XblMultiplayerSessionHandle *handle) XBL_NOEXCEPT;

/* ---- Of tournaments, which the service has ended ---- */

/* Always Incomplete. */
STDAPI_(XblTournamentArbitrationStatus)
XblMultiplayerSessionArbitrationStatus(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* Always NULL. */
STDAPI_(const XblMultiplayerTournamentsServer *)
XblMultiplayerSessionTournamentsServer(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* Always NULL. */
STDAPI_(const XblMultiplayerArbitrationServer *)
XblMultiplayerSessionArbitrationServer(XblMultiplayerSessionHandle handle) XBL_NOEXCEPT;

/* Publishes a session as what the user is doing. It has no result but its status. */
STDAPI XblMultiplayerSetActivityAsync(XblContextHandle xblContext,
                                      const XblMultiplayerSessionReference *sessionReference,
                                      XAsyncBlock *async) XBL_NOEXCEPT;

/* Asks what users are doing: where handle ids come from. 1 to 100 users. */
STDAPI XblMultiplayerGetActivitiesForUsersAsync(XblContextHandle xblContext, const char *scid,
                                                const uint64_t *xuids, size_t xuidsCount,
                                                XAsyncBlock *async) XBL_NOEXCEPT;

/* How many activities a completed call has brought. */
STDAPI XblMultiplayerGetActivitiesForUsersResultCount(XAsyncBlock *async, size_t *activityCount) XBL_NOEXCEPT;

/* The activities, into an array of the caller for exactly that count. CustomSessionPropertiesJson is NULL. */
STDAPI XblMultiplayerGetActivitiesForUsersResult(XAsyncBlock *async, size_t activityCount,
                                                 XblMultiplayerActivityDetails *activities) XBL_NOEXCEPT;

#include <xsapi-c/multiplayer_handles_c.h>
