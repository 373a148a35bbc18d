/* SPDX-License-Identifier: MIT */
/* Who calls: the Authorization header "XBL3.0 x=XUID;TOKEN". */
#include "directory/auth.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define SCHEME "XBL3.0 x="
#define TOKEN_MAX 16384

/* Returns the token's text within @header and the XUID in @out, or NULL. */
static const char *auth_split(const char *header, char out[XUID_SIZE])
{
    const char *xuid, *token;
    size_t length;

    if (!header || strncmp(header, SCHEME, strlen(SCHEME)) != 0)
        return NULL;
    xuid = header + strlen(SCHEME);
    length = strspn(xuid, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
    if (length == 0 || length >= XUID_SIZE || xuid[length] != ';')
        return NULL;
    token = xuid + length + 1;
    if (*token == '\0' || strlen(token) > TOKEN_MAX)
        return NULL;
    for (const char *p = token; *p; p++)
        if (!isgraph((unsigned char)*p))
            return NULL;
    memcpy(out, xuid, length);
    out[length] = '\0';
    return token;
}

void auth_claimed_xuid(const char *header, char out[XUID_SIZE])
{
    if (!auth_split(header, out))
        out[0] = '\0';
}

static bool auth_is_fixed(const Options *options, const char *xuid, const char *token)
{
    for (size_t i = 0; i < options->n_fixed_tokens; i++) {
        const char *fixed = options->fixed_tokens[i];
        size_t length = strlen(xuid);

        if (strncmp(fixed, xuid, length) == 0 && fixed[length] == ':' &&
            strcmp(fixed + length + 1, token) == 0)
            return true;
    }
    return false;
}

int auth_principal(const Directory *directory, const char *header, Principal *out)
{
    char xuid[XUID_SIZE];
    const char *token = auth_split(header, xuid);

    if (!token)
        return -EACCES;
    if (directory->options->n_fixed_tokens > 0 && !auth_is_fixed(directory->options, xuid, token))
        return -EACCES;
    user_principal(directory, xuid, out);
    return 0;
}
