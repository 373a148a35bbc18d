/* SPDX-License-Identifier: MIT */
/* One PUT's delta merged into a session, all of it or nothing. */
#ifndef DIRECTORY_MERGE_H
#define DIRECTORY_MERGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "directory/reply.h"
#include "directory/schema.h"

/* Who writes, when, and with which switches of the rule sheet. */
typedef struct MergeContext {
    const char *xuid;
    const char *title_id;
    const char *gamertag; /* or NULL */
    int64_t now;          /* µs */
    bool ignore_unknown;  /* unknown system fields are ignored instead of refused */
    bool deep_custom;     /* custom objects merge recursively instead of at their first level */
} MergeContext;

/* Applies @body to @session. On a refusal @session is in an undefined state: give it a copy.
 * @template: the template's {constants, roleTypes} when the session is being created, NULL for an existing one.
 * Returns 0 or REFUSED (400, 403, 409). */
int merge_apply(const MergeContext *context, json_t *session, const json_t *template_json, const json_t *body,
                Refusal *refusal);
/* Merges a custom object: null removes a member of the first level, anything else replaces it. */
void merge_custom(const MergeContext *context, json_t *custom, const json_t *delta);
/* Merges a checked system object field by field: what counts as absent removes the field. */
void merge_system(SchemaPart part, json_t *system, const json_t *delta);

#endif
