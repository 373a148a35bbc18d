/* SPDX-License-Identifier: MIT */
/* A request's story, for people and as JSON. */
#pragma once

#include <jansson.h>
#include <stdio.h>

/*
 * story_from_bus() - from [[time, event, text], …] as the bus has it
 * @story: set on success: [{"time", "since-accepted-usec", "event", "text"}, …]; a time that is not known is null
 *
 * Returns 0, -EBADMSG or -ENOMEM.
 */
int story_from_bus(const json_t *lines, json_t **story);

/* story_print() - a line each: when, how long after it was accepted, and what. */
void story_print(const json_t *story, FILE *out);
