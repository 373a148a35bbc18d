/* SPDX-License-Identifier: MIT */
/* Who calls: the Authorization header "XBL3.0 x=XUID;TOKEN".
 *
 * With --fixed-token only those tokens are accepted; without, any that is well formed. The part after x= is the
 * XUID. The title is the one of --title-id, or what POST /control/users set for the user. No secret is kept: the
 * tokens of this directory stand for users, nothing more. */
#ifndef DIRECTORY_AUTH_H
#define DIRECTORY_AUTH_H

#include "directory/user.h"

/* @header: the value, or NULL. Returns 0; -EACCES when the token is missing, malformed or unknown. */
int auth_principal(const Directory *directory, const char *header, Principal *out);
/* The XUID that a header claims, accepted or not, for journals and faults. Returns "" in @out when malformed. */
void auth_claimed_xuid(const char *header, char out[XUID_SIZE]);

#endif
