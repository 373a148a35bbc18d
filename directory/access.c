/* SPDX-License-Identifier: MIT */
/* Who may read a session, and who may write what: the 403s. */
#include "directory/access.h"

#include <string.h>

#include "directory/session.h"
#include "directory/util.h"

/* local: on the device of an active member. followed: local, or followed by somebody who accepted. */
static bool restriction_met(const Directory *directory, const json_t *session, const char *restriction,
                            const Principal *who)
{
    json_t *member;
    size_t i;

    if (strcmp(restriction, "none") == 0 || json_array_size(json_object_get(session, "members")) == 0)
        return true;
    json_array_foreach(json_object_get(session, "members"), i, member)
    {
        const char *xuid = json_text(member, "xuid", "");
        MemberStatus status = member_status(member);

        if (status == MEMBER_ACTIVE && user_same_device(directory, xuid, who->xuid))
            return true;
        if (strcmp(restriction, "followed") == 0 && status != MEMBER_RESERVED &&
            user_follows(directory, xuid, who->xuid))
            return true;
    }
    return false;
}

static bool handle_is(const json_t *handle, const char *type)
{
    return handle && strcmp(json_text(handle, "type", ""), type) == 0;
}

/* Invite, search and transfer handles carry the right to come in; an activity only tells where. */
static bool handle_opens(const json_t *handle)
{
    return handle && !handle_is(handle, "activity");
}

bool access_may_read(const Directory *directory, const json_t *session, const Principal *who,
                     const json_t *handle)
{
    if (session_member(session, who->xuid) || handle_is(handle, "invite"))
        return true;
    if (strcmp(session_visibility(session), "private") == 0)
        return false;
    return handle_opens(handle) ||
           restriction_met(directory, session, session_restriction(session, "readRestriction"), who);
}

int access_check_handle(const Directory *directory, const json_t *handle, const Principal *who,
                        Refusal *refusal)
{
    const char *origin = json_text(handle, "originKey", NULL);
    const json_t *session;

    if (handle_is(handle, "invite") && strcmp(json_text(handle, "invitedXuid", ""), who->xuid) != 0)
        return refuse(refusal, 403, "The invitation is for somebody else.");
    if (!handle_is(handle, "transfer"))
        return 0;
    session = origin ? json_object_get(directory->sessions, origin) : NULL;
    if (!session || !session_member(session, who->xuid))
        return refuse(refusal, 403, "The transfer is for members of its origin session.");
    return 0;
}

static int check_join(const Directory *directory, const json_t *session, const Principal *who,
                      const json_t *handle, Refusal *refusal)
{
    const char *visibility = session_visibility(session);
    json_t *member;
    size_t i;

    json_array_foreach(
        json_object_get(session, "members"), i,
        member) if (user_blocks(directory, json_text(member, "xuid", ""),
                                who->xuid)) return refuse(refusal, 403,
                                                          "A member of the session blocks the caller.");
    if (session_flag(session, "closed") &&
        !(session_flag(session, "locked") &&
          json_array_has_text(json_object_get(session, "former"), who->xuid)))
        return refuse(refusal, 403, "The session is closed.");
    if (strcmp(visibility, "open") != 0)
        return refuse(refusal, 403, "Joining a %s session needs a reservation.", visibility);
    if (!handle_opens(handle) &&
        !restriction_met(directory, session, session_restriction(session, "joinRestriction"), who))
        return refuse(refusal, 403, "Joining is limited by the session's join restriction.");
    return 0;
}

/* With owners, system properties are theirs but for the ones that the policy names. */
static bool needs_owner(const json_t *session, const json_t *body)
{
    const json_t *system = json_object_get(json_object_get(body, "properties"), "system");
    const json_t *free_ones =
        json_object_get(session_constant(session, "ownershipPolicies"), "nonOwnerModifiableSystemProperties");
    const char *key;
    json_t *value;

    if (!session_capability(session, "hasOwners"))
        return false;
    json_object_foreach((json_t *)(uintptr_t)system, key,
                        value) if (!json_array_has_text(free_ones, key)) return true;
    return false;
}

static int forbid_with_document(const Directory *directory, const json_t *session, const Principal *who,
                                const json_t *handle, const char *text, Refusal *refusal)
{
    refuse(refusal, 403, "%s", text);
    refusal->document = access_may_read(directory, session, who, handle);
    return REFUSED;
}

static int check_server_parts(const json_t *body, const json_t *session, Refusal *refusal)
{
    const char *key;
    json_t *value;

    if (json_object_size(json_object_get(body, "servers")) > 0)
        return refuse(refusal, 403, "The servers collection needs a server principal.");
    json_object_foreach(json_object_get(body, "members"), key, value) if (
        key[0] >= '0' &&
        key[0] <=
            '9') return refuse(refusal, session && session_capability(session, "large") ? 409 : 403,
                               "Existing member indices need a server principal; reserve with reserve_N.");
    return 0;
}

/* A leave by somebody who is not in changes nothing: it is let through if it asks for nothing else. */
static bool is_bare_leave(const json_t *body)
{
    const json_t *members = json_object_get(body, "members");

    return json_object_size(body) == 1 && json_object_size(members) == 1 &&
           json_is_null(json_object_get(members, "me"));
}

int access_check_write(const Directory *directory, const json_t *session, const Principal *who,
                       const json_t *handle, const json_t *body, Refusal *refusal)
{
    const json_t *me = json_object_get(json_object_get(body, "members"), "me");
    const json_t *member = session ? session_member(session, who->xuid) : NULL;
    int r = access_check_handle(directory, handle, who, refusal);

    if (r != 0 || !json_is_object(body))
        return r;
    r = check_server_parts(body, session, refusal);
    if (r != 0)
        return r;
    if (json_is_object(me) && !member && !user_may_play(directory, who->xuid))
        return refuse(refusal, 403, "The account lacks the multiplayer privilege.");
    if (!session)
        return 0;
    if (!member && json_is_object(me)) {
        r = check_join(directory, session, who, handle, refusal);
        if (r != 0)
            return r;
    } else if (!member) {
        if (is_bare_leave(body) && access_may_read(directory, session, who, handle))
            return 0;
        return forbid_with_document(directory, session, who, handle, "Only members may write the session.",
                                    refusal);
    }
    if (needs_owner(session, body) && !(member && session_owns(session, member)))
        return forbid_with_document(directory, session, who, handle,
                                    "Only owners may change system properties.", refusal);
    if (member && member_status(member) == MEMBER_RESERVED && !me)
        return forbid_with_document(directory, session, who, handle, "The reservation was not accepted yet.",
                                    refusal);
    return 0;
}
