/* SPDX-License-Identifier: MIT */
/* mpsessionctl status: how the agent is. */
#include "cli/account-proxy.h"
#include "cli/account.h"
#include "cli/command.h"
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_USEC 3000000ULL

static int agent_pid(sd_bus *bus, pid_t *pid)
{
    sd_bus_creds *creds = NULL;
    int r = sd_bus_get_name_creds(bus, MPS_BUS_NAME, SD_BUS_CREDS_PID, &creds);

    if (r >= 0)
        r = sd_bus_creds_get_pid(creds, pid);
    sd_bus_creds_unref(creds);
    return r;
}

static const char *connectivity_meaning(const char *connectivity)
{
    if (strcmp(connectivity, MPS_CONNECTIVITY_OFFLINE) == 0)
        return ": the directory cannot be reached; writes wait and are sent when it can";
    if (strcmp(connectivity, MPS_CONNECTIVITY_LIMITED) == 0)
        return ": the directory fails or throttles; writes go slowly";
    return "";
}

/* What was put aside, and what to do about it. */
static void print_aside(const json_t *status)
{
    const char *folder = json_text(status, "StateFolder"), *error = json_text(status, "StoreError");
    unsigned long long records = json_number(status, "Quarantined"),
                       fresh = json_number(status, "QuarantinedNow"),
                       files = json_number(status, "MovedAside");
    char *clean = text_clean(folder, 0);

    folder = clean ? clean : "";
    if (*error)
        printf("queue         cannot be written: %s\n  next: mpsessionctl doctor\n", error);
    if (records > 0)
        printf("put aside     %llu record%s of the queue that could not be read, %llu at this start\n"
               "  next: check the disk. Stop the agent, and sqlite3 %s/queue.db 'SELECT origin, record FROM "
               "quarantine' shows them,\n"
               "        'DELETE FROM quarantine' forgets them. Games whose writes are among them were told "
               "\"lost\"\n",
               records, records == 1 ? "" : "s", fresh, folder);
    if (files > 0)
        printf("moved aside   %llu queue%s that could not be read as a whole; the newest: %s/%s\n"
               "  next: check the disk. Remove the file when nobody needs it; the newest three are kept\n",
               files, files == 1 ? "" : "s", folder, json_text(status, "NewestMoved"));
    free(clean);
}

/* Whom nothing is sent for until somebody acts, and where secrets are kept. */
static void print_accounts(const json_t *status)
{
    const json_t *accounts = json_object_get(status, "Accounts");
    const char *store = json_text(status, "SecretStore");
    char name[ACCOUNT_NAME_SIZE], todo[ACCOUNT_TODO_SIZE];

    if (accounts)
        printf("accounts      %zu\n", json_array_size(accounts));
    for (size_t i = 0; i < json_array_size(accounts); i++) {
        const json_t *account = json_array_get(accounts, i);
        if (account_need(account) == ACCOUNT_NEEDS_NOTHING)
            continue;
        char *who = text_clean(account_name(account, name), 0),
             *reason = text_clean(json_text(account, "Reason"), 0),
             *next = text_clean(account_todo(account, todo), 0);
        printf("              %s: %s%s%s\n  next: %s\n", who ? who : "", json_text(account, "State"),
               reason && *reason ? ": " : "", reason ? reason : "", next ? next : "");
        free(who);
        free(reason);
        free(next);
    }
    if (*store)
        printf("secrets       kept %s\n", account_store_text(store));
}

static void print_status(const json_t *status)
{
    const char *connectivity = json_text(status, "Connectivity");
    char *url = text_clean(json_text(status, "DirectoryUrl"), 0);

    printf("agent         mpsessiond %s, pid %llu\n", json_text(status, "Version"),
           (unsigned long long)json_number(status, "Pid"));
    printf("directory     %s\n", url ? url : "");
    printf("connectivity  %s%s\n", connectivity, connectivity_meaning(connectivity));
    printf("waiting       %llu\n", (unsigned long long)json_number(status, "Queued"));
    printf("being sent    %llu\n", (unsigned long long)json_number(status, "Active"));
    printf("results kept  %llu\n", (unsigned long long)json_number(status, "Unacknowledged"));
    print_accounts(status);
    print_aside(status);
    free(url);
}

/* What the agent tells of its store; an older one, or one seen from a sandbox, tells nothing. */
static void add_facts(sd_bus *bus, json_t *status)
{
    static const struct {
        const char *fact, *name;
    } names[] = {
        {MPS_FACT_STATE_FOLDER, "StateFolder"},       {MPS_FACT_STORE_ERROR, "StoreError"},
        {MPS_FACT_QUARANTINED, "Quarantined"},        {MPS_FACT_MOVED_ASIDE, "MovedAside"},
        {MPS_FACT_QUARANTINED_NOW, "QuarantinedNow"}, {MPS_FACT_NEWEST_MOVED, "NewestMoved"},
        {MPS_FACT_SECRET_STORE, "SecretStore"},
    };
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    CLEANUP_JSON json_t *facts = NULL;

    /* The agent asks its disk, which may hang: the rest is told all the same. */
    sd_bus_set_method_call_timeout(bus, FACTS_USEC);
    if (agent_call(bus, NULL, MPS_AGENT_INTERFACE, MPS_DIAGNOSE, &error, &reply, NULL) >= 0)
        (void)json_read(reply, &facts);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (json_object_get(facts, names[i].fact))
            json_object_set(status, names[i].name, json_object_get(facts, names[i].fact));
    sd_bus_message_unref(reply);
    sd_bus_error_free(&error);
}

/* An older agent has none, and a sandbox is not told. */
static void add_accounts(sd_bus *bus, json_t *status)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *accounts = NULL;

    if (account_list(bus, &error, &accounts) >= 0)
        json_object_set(status, "Accounts", accounts);
    sd_bus_error_free(&error);
}

int command_status(const CommandLine *line)
{
    sd_bus *bus = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *status = NULL;
    pid_t pid = 0;
    int code = agent_open(line->json, &bus);

    if (code != EXIT_DONE)
        return code;
    int r = agent_properties(bus, NULL, MPS_AGENT_INTERFACE, &error, &status);
    if (r >= 0) {
        if (agent_pid(bus, &pid) >= 0)
            json_object_set_new(status, "Pid", json_integer(pid));
        add_facts(bus, status);
        add_accounts(bus, status);
        if (line->json)
            json_print(status, false);
        else
            print_status(status);
    } else {
        code = agent_report(line->json, &error, r);
    }
    sd_bus_error_free(&error);
    sd_bus_flush_close_unref(bus);
    return code;
}
