/* SPDX-License-Identifier: MIT */
/* What an account's properties mean to a person. */
#include "cli/account.h"

#include "cli/json-out.h"
#include "ipc/names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *state;
    AccountNeed need;
    const char *todo; /* %s: the XUID, as an argument of the command */
} states[] = {
    {MPS_ACCOUNT_STATE_READY, ACCOUNT_NEEDS_NOTHING, ""},
    {MPS_ACCOUNT_STATE_REFRESHING, ACCOUNT_NEEDS_NOTHING, ""},
    {MPS_ACCOUNT_STATE_SIGNING_OUT, ACCOUNT_NEEDS_NOTHING, ""},
    {MPS_ACCOUNT_STATE_OFFLINE, ACCOUNT_NEEDS_TIME,
     "wait: it is asked again; to ask now: mpsessionctl retry %s"},
    {MPS_ACCOUNT_STATE_NEEDS_SIGN_IN, ACCOUNT_NEEDS_USER, "mpsessionctl sign-in --account %s"},
    {MPS_ACCOUNT_STATE_NEEDS_ACTION, ACCOUNT_NEEDS_USER, "then mpsessionctl retry %s"},
    {MPS_ACCOUNT_STATE_DENIED, ACCOUNT_NEEDS_USER, "when the reason is gone: mpsessionctl retry %s"},
    {MPS_ACCOUNT_STATE_CONFIG_ERROR, ACCOUNT_NEEDS_USER, "mend agent.conf, and start the agent again"},
    {MPS_ACCOUNT_STATE_STORE_LOCKED, ACCOUNT_NEEDS_USER,
     "unlock the keyring: mpsessionctl retry %s asks for it"},
};

static const struct {
    const char *store, *text;
    bool weak;
} stores[] = {
    {MPS_SECRET_STORE_SECRET_SERVICE, "in the keyring (Secret Service)", false},
    {MPS_SECRET_STORE_CREDENTIAL, "in a credential of systemd", false},
    {MPS_SECRET_STORE_PLAIN_FILE, "in a file that only this user can read, and is not encrypted", true},
    {MPS_SECRET_STORE_MEMORY, "in memory alone: it is lost when the agent ends", true},
    {MPS_SECRET_STORE_NONE, "nowhere", false},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

AccountNeed account_need(const json_t *account)
{
    const char *state = json_text(account, "State");

    for (size_t i = 0; i < COUNT(states); i++)
        if (strcmp(states[i].state, state) == 0)
            return states[i].need;
    return ACCOUNT_NEEDS_NOTHING;
}

const char *account_name(const json_t *account, char name[static ACCOUNT_NAME_SIZE])
{
    const char *xuid = json_text(account, "Xuid"), *gamertag = json_text(account, "Gamertag");

    if (*gamertag && *xuid)
        snprintf(name, ACCOUNT_NAME_SIZE, "%.200s (%.40s)", gamertag, xuid);
    else
        snprintf(name, ACCOUNT_NAME_SIZE, "%.200s",
                 *gamertag ? gamertag
                 : *xuid   ? xuid
                           : json_text(account, "Id"));
    return name;
}

const char *account_todo(const json_t *account, char todo[static ACCOUNT_TODO_SIZE])
{
    const char *state = json_text(account, "State"), *uri = json_text(account, "ActionUri");
    size_t used = 0;

    todo[0] = '\0';
    if (account_need(account) == ACCOUNT_NEEDS_USER && *uri)
        used = (size_t)snprintf(todo, ACCOUNT_TODO_SIZE, "open %.400s; ", uri);
    for (size_t i = 0; i < COUNT(states); i++)
        if (strcmp(states[i].state, state) == 0) {
            const char *place = strstr(states[i].todo, "%s");
            int length = place ? (int)(place - states[i].todo) : (int)strlen(states[i].todo);
            snprintf(todo + used, ACCOUNT_TODO_SIZE - used, "%.*s%.40s%s", length, states[i].todo,
                     place ? json_text(account, "Xuid") : "", place ? place + 2 : "");
        }
    return todo;
}

bool account_is(const json_t *account, const char *text)
{
    const char *const names[] = {json_text(account, "Xuid"), json_text(account, "Id"),
                                 json_text(account, "Path")};

    for (size_t i = 0; i < COUNT(names); i++)
        if (*names[i] && strcmp(names[i], text) == 0)
            return true;
    return *text && strcasecmp(json_text(account, "Gamertag"), text) == 0;
}

const char *account_store_text(const char *store)
{
    for (size_t i = 0; i < COUNT(stores); i++)
        if (strcmp(stores[i].store, store) == 0)
            return stores[i].text;
    return store;
}

bool account_store_is_weak(const char *store)
{
    for (size_t i = 0; i < COUNT(stores); i++)
        if (strcmp(stores[i].store, store) == 0)
            return stores[i].weak;
    return false;
}
