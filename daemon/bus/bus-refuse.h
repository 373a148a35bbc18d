/* SPDX-License-Identifier: MIT */
/* The end of an agent that cannot start. */
#pragma once

#include "base/util.h"

/*
 * bus_refuse() - answer the calls that wait for the agent, and no others
 * @text: what is wrong and what to change
 *
 * Without it a bus lets the calls that it started the agent for wait until its own time-out, and starts no other agent
 * for as long. Blocks: only for a process that is about to end.
 *
 * Returns 0, or a negative errno: there is no bus, or another agent has the name.
 */
int bus_refuse(const char *text);
