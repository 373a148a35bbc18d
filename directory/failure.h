/* SPDX-License-Identifier: MIT */
/* Answers of the identity services that were ordered beforehand, and how late answers are. Faults (fault.h) strike the
 * connection; these are what a service itself would say.
 *
 * A failure is {"path", "xuid"?, "count"?, "skip"?} with one of {"error"}, a name of the sign-in's errors; {"xerr",
 * "redirect"?}; {"status", "body"?, "html"?}; and "retryAfter"?, a text. */
#ifndef DIRECTORY_FAILURE_H
#define DIRECTORY_FAILURE_H

#include "directory/directory.h"

#define LATENCY_MAX_MS 600000

/* Returns 0 or REFUSED. */
int failure_check(const json_t *failure, Refusal *refusal);
/* The first that meets this call of @subject (NULL: of nobody known); its count goes down. A new reference, or NULL. */
json_t *failure_take(Directory *directory, const Call *call, const char *subject);
/* Answers as @failure says. @family: of the sign-in's clients at this path. */
void failure_reply(const Directory *directory, const json_t *failure, char family, Reply *reply);

/* Checks {"path", "ms", "jitter"?}. Returns 0 or REFUSED. */
int latency_check(const json_t *latency, Refusal *refusal);
/* How much later than at once this call is answered, in ms. */
int64_t latency_ms(const Directory *directory, const Call *call);

#endif
