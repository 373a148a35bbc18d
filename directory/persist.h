/* SPDX-License-Identifier: MIT */
/* The state file: sessions, handles, users and the clock, replaced as a whole after each change; beside it
 * FILE.commits, to which commits are appended. */
#ifndef DIRECTORY_PERSIST_H
#define DIRECTORY_PERSIST_H

#include "directory/directory.h"

/* Reads the state, if there is any, and opens the commit log. Returns 0 or a negative errno, with a line on
 * stderr. */
int persist_load(Directory *directory, const char *file);
/* Writes the state. A failure is reported on stderr: the directory goes on with what it has in memory. */
void persist_save(Directory *directory, const char *file);

#endif
