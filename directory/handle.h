/* SPDX-License-Identifier: MIT */
/* Handles: activity, invite, search, transfer. A JSON object each:
 * { id, type, version, sessionRef, key (of the session), createTime (µs), titleId?, ownerXuid?, senderXuid?,
 *   invitedXuid?, inviteAttributes?, inviteProtocol?, gameTypes?, expiration? (µs), originSessionRef?, originKey?,
 *   searchAttributes? } */
#ifndef DIRECTORY_HANDLE_H
#define DIRECTORY_HANDLE_H

#include "directory/directory.h"

/* How long an invitation is good for. */
#define INVITE_LIFETIME_US (INT64_C(3600) * SECOND_US)

/* The living handle with this id, compared without case, or NULL. Borrowed. */
json_t *handle_find(Directory *directory, const char *id);
/* A blank handle of this type to a session, with a new id unless @id is given. Owned. */
json_t *handle_new(const char *type, const char *id, const SessionReference *reference, int64_t now);
/* Keeps a handle (taken over). An activity replaces its owner's earlier one of the same title.
 * Returns 0; -ENOSPC when there are HANDLES_MAX handles (the handle is dropped). */
int handle_store(Directory *directory, json_t *handle);
void handle_remove(Directory *directory, const char *id);
/* A handle as the service shows it. Owned. */
json_t *handle_render(const json_t *handle);
/* After a session changed from @before to @after (either may be NULL): the activities of those who are no longer
 * active die; with the session die its search and transfer handles. */
void handle_follow_session(Directory *directory, const char *key, const json_t *before, const json_t *after);

#endif
