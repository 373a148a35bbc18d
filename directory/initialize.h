/* SPDX-License-Identifier: MIT */
/* Member initialization: members who join together are checked together, in an episode of stages.
 *
 * joining waits until all of the episode have accepted, measuring until they have measured each other, evaluating (only
 * with externalEvaluation) until a title has said initializationSucceeded. Who joins meanwhile waits for the next
 * episode. It needs the constant memberInitialization, and concerns members with the constant initialize.
 *
 * In the model: initializing {stage, since (µs), episode}, episodes (how many there were); of a member: episode,
 * failure. */
#ifndef DIRECTORY_INITIALIZE_H
#define DIRECTORY_INITIALIZE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "directory/reply.h"

/* Checks the constant memberInitialization. Returns 0 or REFUSED (400). */
int initialize_check(const json_t *session, Refusal *refusal);
/* Goes on as far as it can. */
void initialize_run(json_t *session, int64_t now);
/* When the present stage ends by itself (µs), or TIMERS_NONE. */
int64_t initialize_due(const json_t *session);
/* Whether @member is in the episode that runs: its stages take the place of the member's timers. */
bool initialize_concerns(const json_t *session, const json_t *member);
/* What a title found. Returns 0, or REFUSED (400) when nothing is being evaluated. */
int initialize_decide(json_t *session, bool succeeded, int64_t now, Refusal *refusal);

#endif
