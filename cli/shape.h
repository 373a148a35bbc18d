/* SPDX-License-Identifier: MIT */
/* The queue's shape: how old what waits is, by session. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SHAPE_AGES 10 /* up to 30 s, each of the next eight twice as far as the one before, and beyond */

/*
 * shape_make() - count requests by target and age
 * @requests: as agent_list() has them
 * @all: also those that are done
 * @anonymous: targets as "session 1", "handle 2", in the order of the rows
 * @now: µs since the epoch
 * @shape: set on success: {"ages-sec": […], "rows": [{"target", "total", "ages": […]}, …]}, the first row is the sum of all
 *         ("TOTAL"), then those with most requests first
 *
 * Returns 0 or -ENOMEM.
 */
int shape_make(const json_t *requests, bool all, bool anonymous, uint64_t now, json_t **shape);

/* shape_print() - as a table. Returns 0 or -ENOMEM. */
int shape_print(const json_t *shape, FILE *out);
