/* SPDX-License-Identifier: MIT */
/* XSTS: the token that a service takes, for one relying party, in one sandbox. */
#ifndef DIRECTORY_XSTS_H
#define DIRECTORY_XSTS_H

#include "directory/directory.h"

/* The relying party of the session directory, and of all other services of *.xboxlive.com. */
#define XSTS_HOME_PARTY "http://xboxlive.com"

/* POST /xsts/authorize */
void xsts_authorize(Directory *directory, const Call *call, Reply *reply);

#endif
