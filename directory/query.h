/* SPDX-License-Identifier: MIT */
/* POST /handles/query: who does what. */
#ifndef DIRECTORY_QUERY_H
#define DIRECTORY_QUERY_H

#include "directory/user.h"

#define QUERY_RESULTS_MAX 100

/* @body: parsed, an object. @include: the query parameter, or NULL. */
void query_handles(Directory *directory, const json_t *body, const char *include, Reply *reply);

#endif
