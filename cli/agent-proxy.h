/* SPDX-License-Identifier: MIT */
/* The agent as the commands see it: calls, properties, lists, and what its errors mean to a person. */
#pragma once

#include "cli/json-out.h"
#include "ipc/names.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

/*
 * agent_open() - connect to the user's bus
 * @bus: set on success; to be freed with sd_bus_flush_close_unref()
 *
 * Returns an exit code: EXIT_DONE, or EXIT_NO_AGENT after saying why.
 */
int agent_open(bool json, sd_bus **bus);

/*
 * agent_call() - a call that never starts an agent just to look
 * @path: NULL for the root
 * @error: where the agent's error goes
 * @reply: NULL: not wanted
 * @types: of the arguments; NULL: none
 *
 * Returns 0 or negative.
 */
int agent_call(sd_bus *bus, const char *path, const char *interface, const char *member, sd_bus_error *error,
               sd_bus_message **reply, const char *types, ...);

/* agent_properties() - all properties of an object as a JSON object. Returns as agent_call(). */
int agent_properties(sd_bus *bus, const char *path, const char *interface, sd_bus_error *error,
                     json_t **properties);

/* agent_is_offline() - whether it says that the directory cannot be reached; false too when it cannot be asked. */
bool agent_is_offline(sd_bus *bus);

/*
 * agent_list() - the requests that this caller may see
 * @account, @state: only those; NULL: all
 * @requests: an array of objects, the properties of each with its "Path", oldest first; asked for page by page
 *
 * Returns as agent_call().
 */
int agent_list(sd_bus *bus, const char *account, const char *state, sd_bus_error *error, json_t **requests);

/*
 * agent_find() - a request by its id or the first characters of it
 * @id: MPS_ID_LENGTH + 1 bytes
 *
 * Returns an exit code; what is wrong has been said.
 */
int agent_find(sd_bus *bus, bool json, const char *text, char *id);

/*
 * agent_result() - how a request ended
 * @result: as the bus has it, but with session and activities as JSON values rather than texts
 *
 * Returns as agent_call().
 */
int agent_result(sd_bus *bus, const char *path, sd_bus_error *error, json_t **result);

/* agent_open_documents() - session and activities of a result: from texts to JSON values. */
void agent_open_documents(json_t *result);

/* agent_is_absent() - whether an error says that there is no agent. */
bool agent_is_absent(const sd_bus_error *error);

/*
 * agent_report() - say what went wrong and what to do next
 * @r: what the call returned
 *
 * On stderr, or as a JSON object {"error", "message", "next"} on stdout. Returns the exit code that fits.
 */
int agent_report(bool json, const sd_bus_error *error, int r);

/* report() - the same with own words; next may be NULL. Returns code. */
int report(bool json, int code, const char *name, const char *message, const char *next);
