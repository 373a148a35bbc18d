/* SPDX-License-Identifier: MIT */
/* Users: the claims of their tokens and how they relate to each other.
 *
 * Unless POST /control/users says otherwise, everybody follows everybody, nobody blocks anybody, each user plays
 * the default title on a device of their own and may play with others. */
#ifndef DIRECTORY_USER_H
#define DIRECTORY_USER_H

#include "directory/directory.h"

#define XUID_SIZE 65
#define USERS_MAX 10000

typedef struct Principal {
    char xuid[XUID_SIZE];
    char title_id[24];
    const char *gamertag; /* borrowed, or NULL */
    const char *sandbox;  /* of an issued token; borrowed, or NULL */
    bool throttled;       /* this call is one too many, see @verdict */
    LimitVerdict verdict;
} Principal;

/* Fills in the claims of @xuid, not throttled. */
void user_principal(const Directory *directory, const char *xuid, Principal *out);
/* Sets claims and relations: {xuid, gamertag?, titleId?, deviceId?, follows?, favorites?, blocks?,
 * multiplayer?}.
 * Returns 0 or REFUSED. */
int user_set(Directory *directory, const json_t *claims, Refusal *refusal);
bool user_follows(const Directory *directory, const char *who, const char *whom);
/* Whether @whom is one of the favorites of @who: nobody is unless POST /control/users says so. */
bool user_favors(const Directory *directory, const char *who, const char *whom);
bool user_blocks(const Directory *directory, const char *who, const char *whom);
bool user_same_device(const Directory *directory, const char *one, const char *other);
/* Whether the account has the privilege to play with others. */
bool user_may_play(const Directory *directory, const char *xuid);

#endif
