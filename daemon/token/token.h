/* SPDX-License-Identifier: MIT */
/* Who we are to the service: one Authorization value for an account. */
#pragma once

#include "base/util.h"

typedef struct Tokens Tokens;

enum {
    TOKEN_READY = 0,
    TOKEN_E_UNKNOWN_ACCOUNT = 1, /* no such account: it has to sign in */
};

/* tokens_new() - none yet. Returns 0 or -ENOMEM. */
int tokens_new(Tokens **tokens);
/* tokens_free() - wipes and frees; NULL is allowed. Returns NULL. */
Tokens *tokens_free(Tokens *tokens);
DEFINE_CLEANUP(Tokens *, tokens_free)

/*
 * tokens_add_fixed() - a token that was given on the command line
 * @text: XUID:TOKEN; sent as "XBL3.0 x=XUID;TOKEN"
 *
 * Returns 0, -ENOMEM, -EINVAL for a wrong form, -EEXIST for a second one of the XUID, -E2BIG beyond 64.
 */
int tokens_add_fixed(Tokens *tokens, const char *text);

/*
 * tokens_only_account() - the account to take when a call names none
 *
 * Returns it (owned by tokens) if there is exactly one, else NULL.
 */
const char *tokens_only_account(const Tokens *tokens);
/* tokens_count() - how many accounts there are; tokens_account() - the one at an index, owned by tokens. */
size_t tokens_count(const Tokens *tokens);
const char *tokens_account(const Tokens *tokens, size_t index);

/*
 * token_authorization() - the value of the Authorization header
 * @value: set for TOKEN_READY; owned by tokens, valid until the next call of it. Never to be logged
 *
 * Returns TOKEN_READY or TOKEN_E_UNKNOWN_ACCOUNT.
 */
int token_authorization(Tokens *tokens, const char *account, const char **value);
