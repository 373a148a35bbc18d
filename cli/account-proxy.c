/* SPDX-License-Identifier: MIT */
/* The agent's accounts as the commands see them. */
#include "cli/account-proxy.h"

#include "cli/account.h"
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *next;
} next_steps[] = {
    {MPS_ERROR_NAME_ACCESS_DENIED, "run it outside of the sandbox"},
    {MPS_ERROR_NAME_SIGN_IN_FAILED, "mpsessionctl doctor looks at the way to the identity service"},
    {MPS_ERROR_NAME_SIGN_IN_UNAVAILABLE, "man agent.conf: section [Identity]"},
    {MPS_ERROR_NAME_SIGN_OUT_FAILED, "the agent's log says more: journalctl --user -u mpsessiond"},
    {MPS_ERROR_NAME_NO_SUCH_ACCOUNT, "mpsessionctl accounts lists those that there are"},
    {MPS_ERROR_NAME_QUOTA_EXCEEDED,
     "mpsessionctl sign-in, without options, goes on with it; Ctrl-C there ends it"},
};

int account_report(bool json, const sd_bus_error *error, int r)
{
    for (size_t i = 0; error->name && i < sizeof(next_steps) / sizeof(next_steps[0]); i++)
        if (strcmp(error->name, next_steps[i].name) == 0)
            return report(json, EXIT_ANSWER_NO, error->name, error->message, next_steps[i].next);
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_METHOD) ||
        sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_INTERFACE))
        return report(json, EXIT_ANSWER_NO, error->name,
                      "the agent is older than mpsessionctl, and has no accounts",
                      "systemctl --user stop mpsessiond.service: the next call starts the new one");
    return agent_report(json, error, r);
}

int account_list(sd_bus *bus, sd_bus_error *error, json_t **accounts)
{
    sd_bus_message *reply = NULL;
    CLEANUP_JSON json_t *paths = NULL, *all = json_array();
    int r = agent_call(bus, NULL, MPS_ACCOUNTS_INTERFACE, MPS_LIST_ACCOUNTS, error, &reply, NULL);

    if (r >= 0)
        r = json_read(reply, &paths);
    sd_bus_message_unref(reply);
    for (size_t i = 0; r >= 0 && i < json_array_size(paths); i++) {
        const char *path = json_string_value(json_array_get(paths, i));
        CLEANUP_JSON json_t *account = NULL;
        r = agent_properties(bus, path, MPS_ACCOUNT_INTERFACE, error, &account);
        if (r < 0 && sd_bus_error_has_name(error, MPS_ERROR_NAME_NO_SUCH_ACCOUNT)) {
            sd_bus_error_free(error); /* It was signed out just now. */
            r = 0;
        } else if (r >= 0 && (json_object_set_new(account, "Path", json_string(path)) < 0 ||
                              json_array_append(all, account) < 0))
            r = -ENOMEM;
    }
    if (r < 0)
        return r;
    *accounts = json_incref(all);
    return 0;
}

int account_pick(bool json, const json_t *accounts, const char *text, const json_t **account)
{
    const json_t *found = NULL;
    size_t matches = 0;

    for (size_t i = 0; i < json_array_size(accounts); i++) {
        const json_t *candidate = json_array_get(accounts, i);
        if (text && !account_is(candidate, text))
            continue;
        found = candidate;
        matches++;
    }
    if (matches == 0)
        return report(json, EXIT_ANSWER_NO, MPS_ERROR_NAME_NO_SUCH_ACCOUNT,
                      text ? "no account has this XUID, gamertag or id" : "nobody is signed in",
                      text ? "mpsessionctl accounts lists those that there are" : "mpsessionctl sign-in");
    if (matches > 1)
        return report(json, EXIT_ANSWER_NO, "ambiguous",
                      text ? "several accounts are called so" : "there are several accounts",
                      "name one by its XUID: mpsessionctl accounts");
    *account = found;
    return EXIT_DONE;
}

static bool is_open(sd_bus *bus, const char *path)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *sign_in = NULL;

    (void)agent_properties(bus, path, MPS_SIGN_IN_INTERFACE, &error, &sign_in);
    sd_bus_error_free(&error);
    const char *state = json_text(sign_in, "State");
    return strcmp(state, MPS_SIGN_IN_STATE_STARTING) == 0 || strcmp(state, MPS_SIGN_IN_STATE_WAITING) == 0 ||
           strcmp(state, MPS_SIGN_IN_STATE_CHECKING) == 0;
}

bool account_open_sign_in(sd_bus *bus, char *path, size_t size)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    CLEANUP_JSON json_t *paths = NULL;

    if (agent_call(bus, NULL, MPS_ACCOUNTS_INTERFACE, MPS_LIST_SIGN_INS, &error, &reply, NULL) >= 0)
        (void)json_read(reply, &paths);
    sd_bus_message_unref(reply);
    sd_bus_error_free(&error);
    for (size_t i = 0; i < json_array_size(paths); i++) {
        const char *candidate = json_string_value(json_array_get(paths, i));
        if (!candidate || !is_open(bus, candidate))
            continue;
        snprintf(path, size, "%s", candidate);
        return true;
    }
    return false;
}
