/* SPDX-License-Identifier: MIT */
/* POST /handles: activity, invite, transfer, search. */
#ifndef DIRECTORY_CREATE_H
#define DIRECTORY_CREATE_H

#include "directory/user.h"

/* @body: parsed, an object. */
void create_handle(Directory *directory, const Principal *who, const json_t *body, Reply *reply);
/* POST /control/handles: a handle as told, without any right being asked for:
 * {type, id?, sessionRef, ownerXuid?, titleId?, invitedXuid?, senderXuid?, lifetime? (s)}. */
void create_handle_directly(Directory *directory, const json_t *body, Reply *reply);

#endif
