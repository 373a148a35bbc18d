/* SPDX-License-Identifier: MIT */
/* /control/: what tests and demos use to look in and to interfere. */
#ifndef DIRECTORY_CONTROL_H
#define DIRECTORY_CONTROL_H

#include "directory/directory.h"

/* Whether the path is under /control/. */
bool control_is(const char *path);
/* @allowed: the listener is on loopback. Also refused: a Host that is not loopback, any Origin. */
void control_serve(Directory *directory, const Call *call, bool allowed, Reply *reply);
/* Whether a Host header names a loopback address, with or without a port. */
bool control_host_is_loopback(const char *host);

#endif
