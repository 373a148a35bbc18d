/* SPDX-License-Identifier: MIT */
/* Role types: their settings, who takes a role, and how they are shown. */
#ifndef DIRECTORY_ROLE_H
#define DIRECTORY_ROLE_H

#include "directory/merge.h"

/* Applies the roleTypes object of a request: settings that the template made mutable. Returns 0 or REFUSED. */
int role_configure(const MergeContext *context, json_t *session, const json_t *role_types, Refusal *refusal);
/* Applies members.me.roles. Returns 0 or REFUSED: unknown role, or full. */
int role_take(json_t *session, json_t *member, const json_t *roles, Refusal *refusal);
/* roleTypes with the computed count and memberXuids. Owned. */
json_t *role_render(const json_t *session);

#endif
