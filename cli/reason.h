/* SPDX-License-Identifier: MIT */
/* Why a request is not done yet, in words. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REASON_SIZE 400

/*
 * reason_format() - one line
 * @requests: the list that it is in, oldest first, or NULL when only the request itself is known
 * @index: its place there
 * @request: its properties
 * @offline: whether the agent says that the directory cannot be reached
 * @now: µs since the epoch
 * @buffer: REASON_SIZE bytes
 *
 * Returns buffer.
 */
const char *reason_format(const json_t *requests, size_t index, const json_t *request, bool offline,
                          uint64_t now, char *buffer);

/*
 * reason_anonymous() - the same without anything that could name a person, a session or a host
 *
 * Returns a static text.
 */
const char *reason_anonymous(const json_t *requests, size_t index, const json_t *request);

/* reason_kind() - a kind as a short word for tables: "write", "read", "activity", "activities"; else the kind itself. */
const char *reason_kind(const char *kind);
