/* SPDX-License-Identifier: MIT */
/* What differs between two copies of a session. */
#include "session/object.h"

#include <string.h>
#include <strings.h>

static bool same_text(const char *a, const char *b)
{
    return strcasecmp(a ? a : "", b ? b : "") == 0;
}

static bool same_reference(const XblMultiplayerSessionReference *a, const XblMultiplayerSessionReference *b)
{
    return same_text(a->Scid, b->Scid) && same_text(a->SessionTemplateName, b->SessionTemplateName) &&
           same_text(a->SessionName, b->SessionName);
}

static bool same_matchmaking(const struct XblMultiplayerSession *a, const struct XblMultiplayerSession *b)
{
    if (a->has_matchmaking != b->has_matchmaking)
        return false;
    return !a->has_matchmaking ||
           (a->matchmaking.Status == b->matchmaking.Status &&
            same_reference(&a->matchmaking.TargetSessionRef, &b->matchmaking.TargetSessionRef));
}

static bool is_full(const struct XblMultiplayerSession *session)
{
    return session->n_members == session->constants.MaxMembersInSession;
}

static const XblMultiplayerSessionMember *find(const struct XblMultiplayerSession *session, uint64_t xuid)
{
    for (size_t i = 0; i < session->n_members; i++)
        if (session->members[i].Xuid == xuid)
            return &session->members[i];
    return NULL;
}

static XblMultiplayerSessionChangeTypes compare_members(const struct XblMultiplayerSession *current,
                                                        const struct XblMultiplayerSession *old)
{
    XblMultiplayerSessionChangeTypes types = XblMultiplayerSessionChangeTypes_None;

    if (current->n_members != old->n_members)
        types |= XblMultiplayerSessionChangeTypes_MemberListChange;
    for (size_t i = 0; i < current->n_members; i++) {
        const XblMultiplayerSessionMember *now = &current->members[i], *before = find(old, now->Xuid);

        if (!before) {
            types |= XblMultiplayerSessionChangeTypes_MemberListChange;
            continue;
        }
        if (now->Status != before->Status)
            types |= XblMultiplayerSessionChangeTypes_MemberStatusChange;
        if (!same_text(now->CustomPropertiesJson, before->CustomPropertiesJson))
            types |= XblMultiplayerSessionChangeTypes_MemberCustomPropertyChange;
    }
    return types;
}

XblMultiplayerSessionChangeTypes XblMultiplayerSessionCompare(
    XblMultiplayerSessionHandle currentSessionHandle, XblMultiplayerSessionHandle oldSessionHandle)
{
    const struct XblMultiplayerSession *current = currentSessionHandle, *old = oldSessionHandle;
    XblMultiplayerSessionChangeTypes types;

    if (!current || !old)
        return XblMultiplayerSessionChangeTypes_None;
    types = compare_members(current, old);
    if (!same_text(current->properties.HostDeviceToken.Value, old->properties.HostDeviceToken.Value))
        types |= XblMultiplayerSessionChangeTypes_HostDeviceTokenChange;
    if (current->initialization.Stage != old->initialization.Stage)
        types |= XblMultiplayerSessionChangeTypes_InitializationStateChange;
    if (!same_matchmaking(current, old))
        types |= XblMultiplayerSessionChangeTypes_MatchmakingStatusChange;
    if (current->properties.Closed != old->properties.Closed ||
        current->properties.Locked != old->properties.Locked ||
        current->properties.JoinRestriction != old->properties.JoinRestriction ||
        is_full(current) != is_full(old))
        types |= XblMultiplayerSessionChangeTypes_SessionJoinabilityChange;
    if (!same_text(current->properties.SessionCustomPropertiesJson,
                   old->properties.SessionCustomPropertiesJson))
        types |= XblMultiplayerSessionChangeTypes_CustomPropertyChange;
    return types;
}
