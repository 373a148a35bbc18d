/* SPDX-License-Identifier: MIT */
/* The lazy timers of a session: they run when somebody looks. */
#ifndef DIRECTORY_TIMERS_H
#define DIRECTORY_TIMERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Returned instead of an instant when no timer is pending. */
#define TIMERS_NONE INT64_MAX

/* Runs what is due at @now (µs): at most one transition for each member, except that a timeout of 0 acts at once.
 * Returns whether the session still exists: false when it is empty and its sessionEmptyTimeout has passed. */
bool timers_run(json_t *session, int64_t now);
/* The instant at which the next timer will be due, in µs, or TIMERS_NONE. */
int64_t timers_next(const json_t *session);

#endif
