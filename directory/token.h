/* SPDX-License-Identifier: MIT */
/* Tokens that were issued. Each is an object: "kind", "value", "issued" and "expires" (µs), "ended" (why, when it was
 * ended before its time), and what it says: "xuid", "client", "family", "scope", "binding" (of the key it is bound to,
 * see signature.h), "device", "title", "party", "sandbox", "uhs", "privileges".
 *
 * A value is EMU.KIND.SUBJECT.gN.RANDOM: tests can look for EMU. where no token should be, and nobody can guess one. */
#ifndef DIRECTORY_TOKEN_H
#define DIRECTORY_TOKEN_H

#include "directory/identity.h"

typedef enum TokenKind {
    TOKEN_DEVICE_CODE, /* only to be listed: codes are kept apart */
    TOKEN_ACCESS,
    TOKEN_REFRESH,
    TOKEN_USER,
    TOKEN_DEVICE,
    TOKEN_TITLE,
    TOKEN_XSTS,
    TOKEN_KINDS,
} TokenKind;

/* "access", "xsts" and so on. */
const char *token_kind_name(TokenKind kind);
/* A text that nobody guesses: EMU.@word.@subject.gN.RANDOM. Owned. */
char *token_value(Identity *identity, const char *word, const char *subject);
/* Issues a token that says @claims (taken over). Borrowed until the next is issued. */
const json_t *token_issue(Identity *identity, TokenKind kind, const char *subject, json_t *claims,
                          int64_t now, int64_t life_s);
/* The token of this kind with that value, or NULL. Borrowed. */
json_t *token_find(const Identity *identity, TokenKind kind, const char *value);
bool token_expired(const json_t *token, int64_t now);
/* Whether it can be used: neither expired nor ended. */
bool token_live(const json_t *token, int64_t now);
/* Ends it. @why: "rotated", "revoked", "idle". */
void token_end(json_t *token, const char *why);
/* Ends all live tokens of @xuid (NULL: of everybody) of the kind (NULL: of every kind). Returns how many. */
size_t token_end_all(Identity *identity, const char *kind, const char *xuid, const char *why, int64_t now);
/* How many of the kind are live. */
size_t token_count(const Identity *identity, TokenKind kind, int64_t now);

#endif
