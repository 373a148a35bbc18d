/* SPDX-License-Identifier: MIT */
/* Who calls: the Authorization header "XBL3.0 x=HASH;TOKEN".
 *
 * A token of XSTS is accepted with the very hash it came with; its xuid and title are what it says. With --fixed-token
 * "XBL3.0 x=XUID;TOKEN" is accepted with those tokens as well. Without, and until the identity services have issued
 * something, any that is well formed is; the title is then the one of --title-id, or what POST /control/users set for
 * the user. */
#ifndef DIRECTORY_AUTH_H
#define DIRECTORY_AUTH_H

#include "directory/user.h"

/* Finds out who calls. Returns 0; REFUSED when the call is not to be served, having answered. */
int auth_principal(const Directory *directory, const Call *call, Principal *out, Reply *reply);
/* The claims of a header, accepted or not, for journals and faults. The xuid is "" when it is malformed. */
void auth_claimed(const Directory *directory, const char *header, Principal *out);
/* The same for the xuid alone. */
void auth_claimed_xuid(const Directory *directory, const char *header, char out[XUID_SIZE]);

#endif
