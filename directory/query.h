/* SPDX-License-Identifier: MIT */
/* POST /handles/query: who does what, and what is to be found. */
#ifndef DIRECTORY_QUERY_H
#define DIRECTORY_QUERY_H

#include "directory/user.h"

#define QUERY_RESULTS_MAX 100
/* The most users that one question names. */
#define QUERY_XUIDS_MAX 1000

/* The people or the favorites of a user. */
typedef struct QueryPeople {
    const char *user; /* borrowed; NULL: not asked for */
    bool favorites;
} QueryPeople;

/* Reads {moniker, monikerXuid}. Returns 0 or REFUSED (400). @out borrows from @people. */
int query_people_read(const json_t *people, QueryPeople *out, Refusal *refusal);
bool query_people_include(const Directory *directory, const QueryPeople *people, const char *xuid);
/* A handle with what @include asks for about its session, which may be NULL. Owned. */
json_t *query_render(const json_t *handle, const json_t *session, const char *include);
/* @body: parsed, an object. @include: the query parameter, or NULL. */
void query_handles(Directory *directory, const Principal *who, const json_t *body, const char *include,
                   Reply *reply);

#endif
