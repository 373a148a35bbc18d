/* SPDX-License-Identifier: MIT */
/* The accounts that can sign in: the users that the directory knows, with what their tokens say about them. */
#ifndef DIRECTORY_ACCOUNT_H
#define DIRECTORY_ACCOUNT_H

#include "directory/user.h"

#define ACCOUNT_DEFAULT_XUID "2533274900000001"
#define ACCOUNT_DEFAULT_GAMERTAG "EmuPlayerOne"
#define GAMERTAG_MAX 60

/* Makes the default account unless it is there. */
void account_ensure(Directory *directory);
/* Whose sign-in is the next without a person: those that were named, then all in turn. Owned. */
char *account_next(Directory *directory);
/* The account with this gamertag, compared without case; a new one when there is none. Returns its xuid, owned, or NULL
 * when the gamertag cannot be one or there are too many users. */
char *account_by_gamertag(Directory *directory, const char *gamertag);
/* Makes the account when it is not there. Returns false when @xuid is none, or there are too many users. */
bool account_make(Directory *directory, const char *xuid);
/* Borrowed, never NULL. */
const char *account_gamertag(const Directory *directory, const char *xuid);
const char *account_age_group(const Directory *directory, const char *xuid);
/* The privileges as a token lists them. Owned. */
char *account_privileges(const Directory *directory, const char *xuid);
/* The XErr that the account meets at XSTS, or 0. */
json_int_t account_xerr(const Directory *directory, const char *xuid);
/* Checks {xuid, gamertag?, privileges?, agg?, xerr?}. Returns 0 or REFUSED. */
int account_check(const json_t *account, Refusal *refusal);
/* Sets what a checked @account names; null is the default. */
void account_set(Directory *directory, const json_t *account);

#endif
