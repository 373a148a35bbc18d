/* SPDX-License-Identifier: MIT */
/* What all requests for a token of the Xbox services share. */
#ifndef DIRECTORY_TOKEN_REQUEST_H
#define DIRECTORY_TOKEN_REQUEST_H

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
char *token_request_hash(Directory *directory, const char *xuid, const char *party, const char *binding);
/* What a token's answer begins with. @claims: DisplayClaims, taken over. A new reference. */
json_t *token_request_answer(const Directory *directory, const json_t *token, json_t *claims);

#endif
