/* SPDX-License-Identifier: MIT */
/* What POST /control/identity sets besides knobs: accounts, clients, sandboxes, failures and the like. */
#ifndef DIRECTORY_IDENTITY_RULE_H
#define DIRECTORY_IDENTITY_RULE_H

#include "directory/directory.h"

/* Returns 0 or REFUSED, also for a name that is none of them. */
int identity_rule_check(const char *name, const json_t *value, Refusal *refusal);
/* Applies what was checked; any other name is left alone. */
void identity_rule_apply(Directory *directory, const char *name, const json_t *value);

#endif
