/* SPDX-License-Identifier: MIT */
/* What a session holds. */
#include "session/object.h"

const XblMultiplayerSessionReference *session_reference(XblMultiplayerSessionHandle session)
{
    return &session->reference;
}

const char *session_etag(XblMultiplayerSessionHandle session)
{
    return session->etag;
}

time_t XblMultiplayerSessionTimeOfSession(XblMultiplayerSessionHandle handle)
{
    return handle ? handle->time : 0;
}

const XblMultiplayerSessionInitializationInfo *XblMultiplayerSessionGetInitializationInfo(
    XblMultiplayerSessionHandle handle)
{
    return handle ? &handle->initialization : NULL;
}

XblMultiplayerSessionChangeTypes XblMultiplayerSessionSubscribedChangeTypes(
    XblMultiplayerSessionHandle handle)
{
    return handle ? handle->subscribed : XblMultiplayerSessionChangeTypes_None;
}

HRESULT XblMultiplayerSessionHostCandidates(XblMultiplayerSessionHandle handle,
                                            const XblDeviceToken **deviceTokens, size_t *deviceTokensCount)
{
    if (!handle || !deviceTokens || !deviceTokensCount)
        return E_INVALIDARG;
    *deviceTokens = handle->host_candidates;
    *deviceTokensCount = handle->n_host_candidates;
    return S_OK;
}

const XblMultiplayerSessionReference *XblMultiplayerSessionSessionReference(
    XblMultiplayerSessionHandle handle)
{
    return handle ? &handle->reference : NULL;
}

const XblMultiplayerSessionConstants *XblMultiplayerSessionSessionConstants(
    XblMultiplayerSessionHandle handle)
{
    return handle ? &handle->constants : NULL;
}

const XblMultiplayerSessionProperties *XblMultiplayerSessionSessionProperties(
    XblMultiplayerSessionHandle handle)
{
    return handle ? &handle->properties : NULL;
}

HRESULT XblMultiplayerSessionMembers(XblMultiplayerSessionHandle handle,
                                     const XblMultiplayerSessionMember **members, size_t *membersCount)
{
    /* Games take the address of the first element without a look at the count. */
    static const XblMultiplayerSessionMember none;

    if (!handle || !members || !membersCount)
        return E_INVALIDARG;
    session_lock(handle);
    *members = handle->members ? handle->members : &none;
    *membersCount = handle->n_members;
    session_unlock(handle);
    return S_OK;
}

const XblMultiplayerSessionMember *XblMultiplayerSessionGetMember(XblMultiplayerSessionHandle handle,
                                                                  uint32_t memberId)
{
    const XblMultiplayerSessionMember *found = NULL;

    if (!handle)
        return NULL;
    session_lock(handle);
    for (size_t i = 0; !found && i < handle->n_members; i++)
        if (handle->members[i].MemberId == memberId)
            found = &handle->members[i];
    session_unlock(handle);
    return found;
}

const XblMultiplayerMatchmakingServer *XblMultiplayerSessionMatchmakingServer(
    XblMultiplayerSessionHandle handle)
{
    return handle && handle->has_matchmaking ? &handle->matchmaking : NULL;
}

uint32_t XblMultiplayerSessionMembersAccepted(XblMultiplayerSessionHandle handle)
{
    return handle ? handle->accepted : 0;
}

const char *XblMultiplayerSessionRawServersJson(XblMultiplayerSessionHandle handle)
{
    return handle ? handle->servers : NULL;
}

const char *XblMultiplayerSessionEtag(XblMultiplayerSessionHandle handle)
{
    return handle ? handle->etag : NULL;
}

const XblMultiplayerSessionMember *XblMultiplayerSessionCurrentUser(XblMultiplayerSessionHandle handle)
{
    const XblMultiplayerSessionMember *member;

    if (!handle)
        return NULL;
    session_lock(handle);
    member = session_current(handle);
    session_unlock(handle);
    return member;
}

const XblMultiplayerSessionInfo *XblMultiplayerSessionGetInfo(XblMultiplayerSessionHandle handle)
{
    return handle ? &handle->info : NULL;
}

XblWriteSessionStatus XblMultiplayerSessionWriteStatus(XblMultiplayerSessionHandle handle)
{
    return handle ? handle->write_status : XblWriteSessionStatus_Unknown;
}

XblTournamentArbitrationStatus XblMultiplayerSessionArbitrationStatus(XblMultiplayerSessionHandle handle)
{
    (void)handle;
    return XblTournamentArbitrationStatus_Incomplete;
}

const XblMultiplayerTournamentsServer *XblMultiplayerSessionTournamentsServer(
    XblMultiplayerSessionHandle handle)
{
    (void)handle;
    return NULL;
}

const XblMultiplayerArbitrationServer *XblMultiplayerSessionArbitrationServer(
    XblMultiplayerSessionHandle handle)
{
    (void)handle;
    return NULL;
}
