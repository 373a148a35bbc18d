/* SPDX-License-Identifier: MIT */
/* The tokens on the way to XSTS: of the user, of the device, of the title; and what all requests for one share. */
#ifndef DIRECTORY_XTOKEN_H
#define DIRECTORY_XTOKEN_H

#include "directory/directory.h"

/* A well-formed request for a token. */
typedef struct TokenRequest {
    json_t *body;
    const json_t *properties;
    const char *party;
    char *binding; /* of ProofKey, or NULL without one */
} TokenRequest;

/* Reads the request of @call. Returns 0; REFUSED when it is malformed, having answered. */
int token_request_open(const Call *call, TokenRequest *out, Reply *reply);
void token_request_close(TokenRequest *request);
/* Whether the call is signed with the key of @binding, or need not be. */
bool token_request_signed(const Directory *directory, const Call *call, const char *binding);
/* The uhs of this user there, for tokens bound to that key (NULL: to none). Owned. */
char *token_hash(Directory *directory, const char *xuid, const char *party, const char *binding);
/* What a token's answer begins with. @claims: DisplayClaims, taken over. A new reference. */
json_t *token_body(const Directory *directory, const json_t *token, json_t *claims);

/* POST /user/authenticate, /device/authenticate, /title/authenticate */
void xtoken_user(Directory *directory, const Call *call, Reply *reply);
void xtoken_device(Directory *directory, const Call *call, Reply *reply);
void xtoken_title(Directory *directory, const Call *call, Reply *reply);

#endif
