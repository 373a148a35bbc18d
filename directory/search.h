/* SPDX-License-Identifier: MIT */
/* Search handles: one for each session, with the attributes by which it is found. */
#ifndef DIRECTORY_SEARCH_H
#define DIRECTORY_SEARCH_H

#include "directory/user.h"

/* Of each kind: tags, numbers, strings. */
#define SEARCH_ATTRIBUTES_MAX 100

/* Whether @xuid may make and delete the search handle of @session: a member, an owner where there are owners. */
bool search_may_manage(const json_t *session, const char *xuid);
/* Checks {tags?, numbers?, strings?}; @given may be NULL. Returns 0 with all three in @out (owned), or REFUSED (400). */
int search_attributes_read(const json_t *given, json_t **out, Refusal *refusal);
/* The session at @key has this search handle from now on; an earlier one dies. @id: NULL for none. */
void search_adopt(Directory *directory, const char *key, const char *id);
/* POST /handles/query of type search. @include: the query parameter, or NULL. */
void search_serve(Directory *directory, const Principal *who, const json_t *body, const char *include,
                  Reply *reply);

#endif
