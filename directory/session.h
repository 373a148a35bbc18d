/* SPDX-License-Identifier: MIT */
/* The model of one session: a JSON object, so that a copy, a comparison and the state file cost one call each.
 *
 * { scid, templateName, name, branch, etag, changeNumber, correlationId, startTime (µs), nextIndex,
 *   initializing?, episodes? (see initialize.h), emptySince (µs, while it has no members), former [xuid] (left
 *   while locked),
 *   constants{system,custom}, properties{system,custom}, roleTypes{}, servers{},
 *   members [ {index, xuid, constants{system,custom}, properties{system,custom}, roles{}, joinTime, since (µs, of
 *   the present status), reserved?, titleId?, gamertag?} ], in the order of their indices } */
#ifndef DIRECTORY_SESSION_H
#define DIRECTORY_SESSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define MEMBERS_MAX 100
#define MEMBERS_LARGE_MAX 1000

typedef struct SessionReference {
    const char *scid;
    const char *template_name;
    const char *name;
} SessionReference;

typedef enum MemberStatus {
    MEMBER_RESERVED,
    MEMBER_ACTIVE,
    MEMBER_READY,
    MEMBER_INACTIVE,
} MemberStatus;

/* The key of a session: its reference in lower case, as names compare without case. Owned. */
char *session_key(const SessionReference *reference);
/* Reads {scid, templateName, name}. Returns 0, or -EINVAL when a part is missing or malformed.
 * @out borrows from @json. A missing name is allowed with @name_optional and is then NULL. */
int session_reference_parse(const json_t *json, bool name_optional, SessionReference *out);
/* {scid, templateName, name} with the session's or handle's own spelling. Owned. */
json_t *session_reference_json(const SessionReference *reference);

/* An empty session that was never committed (change number 0). @correlation: kept from an earlier life, or NULL. */
json_t *session_new(const SessionReference *reference, const char *correlation, int64_t now);
/* The next committed version: change number plus one and a new ETag. */
void session_stamp(json_t *session);
/* Another branch: the change number starts again at 1. */
void session_rebranch(json_t *session);
/* The key of @session. Owned. */
char *session_key_of(const json_t *session);

/* A system constant or property; NULL when absent. Borrowed. */
const json_t *session_constant(const json_t *session, const char *name);
const json_t *session_property(const json_t *session, const char *name);
bool session_capability(const json_t *session, const char *name);
bool session_flag(const json_t *session, const char *property);
/* The restriction in force: "none", "followed" or "local". @property: joinRestriction or readRestriction. */
const char *session_restriction(const json_t *session, const char *property);
size_t session_capacity(const json_t *session);
const char *session_visibility(const json_t *session);

/* The member with this XUID, or NULL. Borrowed. */
json_t *session_member(const json_t *session, const char *xuid);
MemberStatus member_status(const json_t *member);
/* Takes the member at @position out of the session. Who leaves a locked session is remembered. */
void session_remove_member(json_t *session, size_t position, int64_t now);
/* Whether @member is one of the session's owners. */
bool session_owns(const json_t *session, const json_t *member);
/* Whether it is the turn of @member. */
bool session_turn_is_of(const json_t *session, const json_t *member);

#endif
