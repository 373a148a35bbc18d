/* SPDX-License-Identifier: MIT */
/* The sign-in: device codes, and tokens for a code or a refresh token, for both families of clients.
 *
 * Family A are applications of their own, with a GUID for an id; family B are a title's clients, with 16 hexadecimal
 * digits. */
#ifndef DIRECTORY_OAUTH_H
#define DIRECTORY_OAUTH_H

#include "directory/directory.h"

/* POST /consumers/oauth2/v2.0/devicecode and POST /oauth20_connect.srf */
void oauth_code_a(Directory *directory, const Call *call, Reply *reply);
void oauth_code_b(Directory *directory, const Call *call, Reply *reply);
/* POST /consumers/oauth2/v2.0/token and POST /oauth20_token.srf */
void oauth_token_a(Directory *directory, const Call *call, Reply *reply);
void oauth_token_b(Directory *directory, const Call *call, Reply *reply);

#endif
