/* SPDX-License-Identifier: MIT */
/* The errors of the sign-in, as either family of clients sees them. */
#ifndef DIRECTORY_OAUTH_ERROR_H
#define DIRECTORY_OAUTH_ERROR_H

#include "directory/directory.h"

/* Whether there is an error of this name: the error itself, or where one has several reasons, the reason ("revoked"
 * and so on, see the table). */
bool oauth_error_known(const char *name);
/* The names, with commas. */
const char *oauth_error_names(void);
/* Answers with it. @family: 'A', with all that Entra adds, or 'B'. @name: one that is known. */
void oauth_error(const Directory *directory, const char *name, char family, Reply *reply);

#endif
