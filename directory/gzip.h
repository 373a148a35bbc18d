/* SPDX-License-Identifier: MIT */
/* Content-Encoding: gzip, for the few small answers that are to have it. */
#ifndef DIRECTORY_GZIP_H
#define DIRECTORY_GZIP_H

#include "directory/reply.h"

/* The most that one block holds. */
#define GZIP_MAX ((size_t)65535)

/* Wraps the reply's body, at most GZIP_MAX bytes, into gzip as it is: a reader sees no difference to one that was
 * squeezed. */
void gzip_reply(Reply *reply);

#endif
