/* SPDX-License-Identifier: MIT */
/* Fixed tokens: given on the command line, for a directory on this machine. */
#include "token/token.h"

#include "ipc/validate.h"

#include <stdio.h>

#define TOKENS_MAX 64
#define TOKEN_BYTES_MAX 16384

typedef struct FixedToken {
    char account[24];
    char *value; /* of the Authorization header */
} FixedToken;

struct Tokens {
    FixedToken fixed[TOKENS_MAX];
    size_t count;
};

int tokens_new(Tokens **tokens)
{
    *tokens = calloc(1, sizeof **tokens);
    return *tokens ? 0 : -ENOMEM;
}

Tokens *tokens_free(Tokens *tokens)
{
    if (!tokens)
        return NULL;
    for (size_t i = 0; i < tokens->count; i++) {
        explicit_bzero(tokens->fixed[i].value, strlen(tokens->fixed[i].value));
        free(tokens->fixed[i].value);
    }
    free(tokens);
    return NULL;
}

static const FixedToken *tokens_find(const Tokens *tokens, const char *account)
{
    for (size_t i = 0; i < tokens->count; i++)
        if (string_equal(tokens->fixed[i].account, account))
            return &tokens->fixed[i];
    return NULL;
}

/* What may stand in a header's value, and cannot end it. */
static bool token_good(const char *token)
{
    size_t size = strlen(token);
    if (size == 0 || size > TOKEN_BYTES_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        if (token[i] <= 0x20 || token[i] >= 0x7f)
            return false;
    return true;
}

int tokens_add_fixed(Tokens *tokens, const char *text)
{
    FixedToken fixed = {0};
    size_t account_size = strcspn(text, ":");
    if (text[account_size] != ':' || account_size >= sizeof fixed.account)
        return -EINVAL;
    memcpy(fixed.account, text, account_size);
    const char *token = text + account_size + 1;
    if (!mps_validate_xuid(fixed.account) || !token_good(token))
        return -EINVAL;
    if (tokens_find(tokens, fixed.account))
        return -EEXIST;
    if (tokens->count == TOKENS_MAX)
        return -E2BIG;
    if (asprintf(&fixed.value, "XBL3.0 x=%s;%s", fixed.account, token) < 0)
        return -ENOMEM;
    tokens->fixed[tokens->count++] = fixed;
    return 0;
}

const char *tokens_only_account(const Tokens *tokens)
{
    return tokens->count == 1 ? tokens->fixed[0].account : NULL;
}

size_t tokens_count(const Tokens *tokens)
{
    return tokens->count;
}

const char *tokens_account(const Tokens *tokens, size_t index)
{
    return index < tokens->count ? tokens->fixed[index].account : NULL;
}

int token_authorization(Tokens *tokens, const char *account, const char **value)
{
    const FixedToken *fixed = account ? tokens_find(tokens, account) : NULL;
    if (!fixed)
        return TOKEN_E_UNKNOWN_ACCOUNT;
    *value = fixed->value;
    return TOKEN_READY;
}
