/* SPDX-License-Identifier: MIT */
/* The session object from within. */
#pragma once

#include "session/json.h"
#include "session/session.h"

#include <xsapi-c/errors_c.h>

#include <pthread.h>
#include <stdatomic.h>

/* Room for so many members is made at the first local one, so that adding more leaves pointers to them alone. */
#define MEMBERS_ROOM 100

/* What the game has changed: the parts of the document to be written. NULL = nothing of it. */
typedef struct SessionChanges {
    json_t *constants_system;
    json_t *properties_system;
    json_t *servers;
    json_t *reservations;
    json_t *me_constants;
    json_t *me_roles;
    json_t *me_system;
    bool custom;    /* the session's custom properties are sent, whole */
    bool me_custom; /* the current user's are */
    bool roles;
    bool joined;
    bool left;
    char subscription_id[37]; /* "" until one is needed */
} SessionChanges;

struct XblMultiplayerSession {
    atomic_uint references;
    pthread_mutex_t lock;
    bool is_local;
    bool is_large;
    bool has_matchmaking;
    uint64_t xuid;
    XblMultiplayerSessionReference reference;
    XblMultiplayerSessionInfo info;
    XblMultiplayerSessionInitializationInfo initialization;
    XblMultiplayerSessionConstants constants;
    XblMultiplayerMemberInitialization member_initialization;
    XblMultiplayerSessionProperties properties;
    XblMultiplayerMatchmakingServer matchmaking;
    XblMultiplayerSessionMember *members;
    size_t n_members;
    size_t members_room;
    size_t current; /* index in members; n_members or more: none */
    XblDeviceToken *host_candidates;
    size_t n_host_candidates;
    XblMultiplayerRoleType *role_types;
    size_t n_role_types;
    uint32_t accepted;
    time_t time;
    XblWriteSessionStatus write_status;
    XblMultiplayerSessionChangeTypes subscribed;
    char *servers;
    char *etag;
    json_t *custom;    /* an object; its text is in properties */
    json_t *me_custom; /* the current user's; NULL until it is changed */
    SessionChanges changes;
};

/* Words of the service, by the values of their enums. */
extern const char *const visibility_words[];
extern const char *const restriction_words[];
extern const char *const metric_words[];
extern const char *const change_type_words[]; /* by bit */

/* session_new() - an empty one with one reference, or NULL. */
XblMultiplayerSessionHandle session_new(uint64_t xuid);

static inline void session_lock(XblMultiplayerSessionHandle session)
{
    pthread_mutex_lock(&session->lock);
}

static inline void session_unlock(XblMultiplayerSessionHandle session)
{
    pthread_mutex_unlock(&session->lock);
}

/* session_add_member() - an empty one at the end, or NULL. */
XblMultiplayerSessionMember *session_add_member(XblMultiplayerSessionHandle session);
void session_remove_member(XblMultiplayerSessionHandle session, size_t index);

/* session_current() - the member that the object belongs to, or NULL. */
XblMultiplayerSessionMember *session_current(XblMultiplayerSessionHandle session);

/* constants_set_maximum(), constants_set_visibility() - as the functions without a result. The caller has the lock. */
HRESULT constants_set_maximum(XblMultiplayerSessionHandle session, uint32_t maximum);
HRESULT constants_set_visibility(XblMultiplayerSessionHandle session,
                                 XblMultiplayerSessionVisibility visibility);

/* role_types_free() - @types and all that belongs to them. */
void role_types_free(XblMultiplayerRoleType *types, size_t count);

/* role_types_from_json(), roles_from_json() - of a session, of a member. */
XblMultiplayerRoleType *role_types_from_json(JsonReader *reader, json_t *object, size_t *count);
XblMultiplayerSessionMemberRole *roles_from_json(JsonReader *reader, json_t *object, size_t *count);

/* role_types_json() - what is written of them. NULL without memory. */
json_t *role_types_json(const XblMultiplayerRoleType *types, size_t count);

/* members_from_json() - reads the members of an answer into @session. */
void members_from_json(JsonReader *reader, const json_t *root, XblMultiplayerSessionHandle session);

/* text_replace() - a copy of @text (NULL: none) into an owned field. Returns S_OK or E_OUTOFMEMORY. */
HRESULT text_replace(const char **field, const char *text);

/*
 * change() - puts @value into a part of the changes, which is made when it is needed
 *
 * Steals @value. Returns S_OK, E_OUTOFMEMORY, or E_INVALIDARG: there is no value, because it was not UTF-8.
 */
HRESULT change(json_t **part, const char *key, json_t *value);

/* custom_set() - sets @name of a custom object, whose text is kept in @field. Steals @value. */
HRESULT custom_set(json_t **custom, const char **field, const char *name, json_t *value);

/* custom_value() - what a game gave for @name, after all checks. */
HRESULT custom_value(const char *name, const char *text, json_t **value);
