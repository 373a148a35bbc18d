/* SPDX-License-Identifier: MIT */
/* The tokens on the way to XSTS: of the user, of the device, of the title. */
#ifndef DIRECTORY_XTOKEN_H
#define DIRECTORY_XTOKEN_H

#include "directory/directory.h"

/* POST /user/authenticate, /device/authenticate, /title/authenticate */
void xtoken_user(Directory *directory, const Call *call, Reply *reply);
void xtoken_device(Directory *directory, const Call *call, Reply *reply);
void xtoken_title(Directory *directory, const Call *call, Reply *reply);

#endif
