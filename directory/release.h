/* SPDX-License-Identifier: MIT */
/* Requests that are held: to be seen, and to be let go in one way or another. */
#ifndef DIRECTORY_RELEASE_H
#define DIRECTORY_RELEASE_H

#include "directory/directory.h"

/* GET /control/held: one JSON object a line, in the order in which the requests came. */
void release_list(const Directory *directory, Reply *reply);
/* POST /control/release {"request"?, "action"?}: ends one held request, or all of them. */
void release_requests(Directory *directory, const json_t *body, Reply *reply);

#endif
