/* SPDX-License-Identifier: MIT */
/* A rival: somebody whose write comes right after the one that a fault met, before anything else is answered. */
#ifndef DIRECTORY_RIVAL_H
#define DIRECTORY_RIVAL_H

#include "directory/route.h"

/* The longest delta, as compact JSON: faults wait in numbers. */
#define RIVAL_DELTA_MAX ((size_t)64 * 1024)

/* Checks {"xuid", "delta"}. Returns 0 or REFUSED. */
int rival_check(const json_t *rival, Refusal *refusal);
/* Writes the rival's delta to the session at @aim, by reference and without a precondition, as any user's under
 * the rules of the service; only the rate limits are not asked. @number: of the request that brought it on.
 * Returns the status that the rival would have got. */
unsigned rival_commit(Directory *directory, const json_t *rival, const Aim *aim, uint64_t number);

#endif
