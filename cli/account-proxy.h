/* SPDX-License-Identifier: MIT */
/* The agent's accounts as the commands see them. */
#pragma once

#include "cli/agent-proxy.h"

/*
 * account_list() - those that are signed in
 * @accounts: an array of objects, the properties of each with its "Path"; never starts an agent
 *
 * Returns as agent_call().
 */
int account_list(sd_bus *bus, sd_bus_error *error, json_t **accounts);

/*
 * account_pick() - the account that is meant
 * @text: its XUID, gamertag or id; NULL: the only one there is
 * @account: set for EXIT_DONE; borrowed from accounts
 *
 * Returns an exit code; what is wrong has been said.
 */
int account_pick(bool json, const json_t *accounts, const char *text, const json_t **account);

/* account_open_sign_in() - the path of the sign-in that is open. Returns whether there is one. */
bool account_open_sign_in(sd_bus *bus, char *path, size_t size);

/* account_report() - as agent_report(), where a call about accounts has failed. */
int account_report(bool json, const sd_bus_error *error, int r);
