/* SPDX-License-Identifier: MIT */
/* The fixed schemas of the system objects. */
#ifndef DIRECTORY_SCHEMA_H
#define DIRECTORY_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

#include "directory/reply.h"

typedef enum SchemaPart {
    SCHEMA_CONSTANTS,
    SCHEMA_PROPERTIES,
    SCHEMA_MEMBER_CONSTANTS,
    SCHEMA_MEMBER_PROPERTIES,
    SCHEMA_PARTS,
} SchemaPart;

/* Checks names and types of a system object of a request. @ignore_unknown: the switch of the same name.
 * Returns 0 or REFUSED (400). */
int schema_check(SchemaPart part, const json_t *system, bool ignore_unknown, Refusal *refusal);
/* Whether the field belongs to the schema: what is ignored is not kept either. */
bool schema_knows(SchemaPart part, const char *field);
/* Checks that an object has no members but those in @allowed, a comma separated list. @where is for the text.
 * Returns 0 or REFUSED (400). */
int schema_check_shape(const json_t *object, const char *where, const char *allowed, Refusal *refusal);

#endif
