/* SPDX-License-Identifier: MIT */
/* mpsessionctl accounts, sign-out, retry: those who are signed in. */
#include "cli/account-proxy.h"
#include "cli/account.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/duration.h"
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSENT_PAGE "https://account.live.com/consent/Manage"

/* ---- accounts ------------------------------------------------------------------------------------------------------- */

static int add_account(Table *table, const json_t *account, uint64_t now)
{
    char todo[ACCOUNT_TODO_SIZE], until[DURATION_SIZE], state[100];
    const char *gamertag = json_text(account, "Gamertag");

    snprintf(state, sizeof(state), "%.80s%s", json_text(account, "State"),
             json_flag(account, "IsDefault") ? ", default" : "");
    const char *const cells[] = {
        gamertag,
        json_text(account, "Xuid"),
        state,
        account_todo(account, todo),
        json_text(account, "SecretStore"),
        duration_format_relative(json_number(account, "TokenExpiresAt"), now, until),
    };
    return table_add(table, cells);
}

/* Below the table: reasons are sentences. */
static void print_reasons(const json_t *accounts)
{
    char name[ACCOUNT_NAME_SIZE];

    for (size_t i = 0; i < json_array_size(accounts); i++) {
        const json_t *account = json_array_get(accounts, i);
        const char *reason = json_text(account, "Reason");
        if (!*reason)
            continue;
        char *clean = text_clean(reason, 0), *who = text_clean(account_name(account, name), 0);
        printf("%s: %s\n", who ? who : "", clean ? clean : "");
        free(clean);
        free(who);
    }
}

static int print_accounts(const json_t *accounts)
{
    static const char *const headings[] = {"GAMERTAG", "XUID", "STATE", "TO DO", "SECRET", "TOKEN UNTIL"};
    __attribute__((cleanup(table_freep))) Table *table = NULL;
    uint64_t now = clock_usec(CLOCK_REALTIME);
    int r = table_new(headings, sizeof(headings) / sizeof(headings[0]), &table);

    if (json_array_size(accounts) == 0) {
        puts("nobody is signed in\n  next: mpsessionctl sign-in");
        return r < 0 ? r : 0;
    }
    for (size_t i = 0; r >= 0 && i < json_array_size(accounts); i++)
        r = add_account(table, json_array_get(accounts, i), now);
    if (r < 0)
        return r;
    table_print(table, stdout);
    print_reasons(accounts);
    return 0;
}

/* Opens the bus and lists the accounts. Returns an exit code; what is wrong has been said. */
static int open_accounts(bool json, sd_bus **bus, json_t **accounts)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int code = agent_open(json, bus);

    if (code != EXIT_DONE)
        return code;
    int r = account_list(*bus, &error, accounts);
    if (r < 0)
        code = account_report(json, &error, r);
    sd_bus_error_free(&error);
    return code;
}

int command_accounts(const CommandLine *line)
{
    sd_bus *bus = NULL;
    CLEANUP_JSON json_t *accounts = NULL;
    int code = open_accounts(line->json, &bus, &accounts);

    if (code == EXIT_DONE && line->json)
        json_print(accounts, false);
    else if (code == EXIT_DONE && print_accounts(accounts) < 0)
        code = report(false, EXIT_NO_AGENT, "internal", "out of memory", NULL);
    sd_bus_flush_close_unref(bus);
    return code;
}

/* ---- sign-out ------------------------------------------------------------------------------------------------------- */

/* Requests of the account that are not done: they end with it, but for leaves that still go out. */
static size_t count_waiting(sd_bus *bus, const char *xuid)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *requests = NULL;
    size_t count = 0;

    (void)agent_list(bus, xuid, NULL, &error, &requests);
    for (size_t i = 0; i < json_array_size(requests); i++)
        count += strcmp(json_text(json_array_get(requests, i), "State"), MPS_STATE_DONE) != 0;
    sd_bus_error_free(&error);
    return count;
}

/* Whether what the user agreed to lies with the vendor: so it is where nothing else is told. */
static bool is_vendors(sd_bus *bus)
{
    static const char *const hosts[] = {"microsoftonline.com", "live.com"};
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    CLEANUP_JSON json_t *facts = NULL;
    bool is = false;

    if (agent_call(bus, NULL, MPS_AGENT_INTERFACE, MPS_DIAGNOSE, &error, &reply, NULL) >= 0)
        (void)json_read(reply, &facts);
    const char *url = json_text(facts, MPS_FACT_IDENTITY_URL);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        is = is || strstr(url, hosts[i]);
    is = is || !*url;
    sd_bus_message_unref(reply);
    sd_bus_error_free(&error);
    return is;
}

static void print_signed_out(const json_t *account, size_t waiting, bool vendors)
{
    char name[ACCOUNT_NAME_SIZE];
    char *who = text_clean(account_name(account, name), 0);

    printf("signed out %s: its secret and tokens are gone from this computer\n", who ? who : "");
    puts("left behind:");
    if (vendors)
        puts("  the permission that was given at sign-in, until it is withdrawn: " CONSENT_PAGE);
    else
        puts("  what the identity service remembers of the sign-in");
    if (waiting > 0)
        printf("%zu request%s of it waited, and ended with it\n  next: mpsessionctl queue --account %s\n", waiting,
               waiting == 1 ? "" : "s", json_text(account, "Xuid"));
    free(who);
}

static int sign_out(const CommandLine *line, sd_bus *bus, const json_t *account)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int code = EXIT_DONE;
    bool vendors = is_vendors(bus);
    size_t waiting = count_waiting(bus, json_text(account, "Xuid"));

    int r = agent_call(bus, NULL, MPS_ACCOUNTS_INTERFACE, MPS_SIGN_OUT, &error, NULL, "oa{sv}",
                       json_text(account, "Path"), 0);
    if (r < 0) {
        code = account_report(line->json, &error, r);
        sd_bus_error_free(&error);
        return code;
    }
    if (line->json) {
        CLEANUP_JSON json_t *object =
            json_pack("{s:s, s:s, s:s, s:I, s:s*}", "Id", json_text(account, "Id"), "Xuid",
                      json_text(account, "Xuid"), "Gamertag", json_text(account, "Gamertag"), "Waiting",
                      (json_int_t)waiting, "ConsentUri", vendors ? CONSENT_PAGE : NULL);
        json_print(object, false);
    } else {
        print_signed_out(account, waiting, vendors);
    }
    return EXIT_DONE;
}

static int retry(const CommandLine *line, sd_bus *bus, const json_t *account)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *now = NULL;
    char name[ACCOUNT_NAME_SIZE];
    const char *path = json_text(account, "Path");
    int code = EXIT_DONE;

    int r = agent_call(bus, path, MPS_ACCOUNT_INTERFACE, MPS_RETRY, &error, NULL, NULL);
    if (r >= 0)
        r = agent_properties(bus, path, MPS_ACCOUNT_INTERFACE, &error, &now);
    if (r < 0) {
        code = account_report(line->json, &error, r);
    } else if (line->json) {
        json_object_set_new(now, "Path", json_string(path));
        json_print(now, false);
    } else {
        char *who = text_clean(account_name(now, name), 0);
        printf("trying %s again; it is %s now\n  next: mpsessionctl accounts\n", who ? who : "",
               json_text(now, "State"));
        free(who);
    }
    sd_bus_error_free(&error);
    return code;
}

static int on_account(const CommandLine *line,
                      int (*act)(const CommandLine *line, sd_bus *bus, const json_t *account))
{
    sd_bus *bus = NULL;
    CLEANUP_JSON json_t *accounts = NULL;
    const json_t *account = NULL;
    int code = open_accounts(line->json, &bus, &accounts);

    if (code == EXIT_DONE)
        code =
            account_pick(line->json, accounts, line->arguments_count ? line->arguments[0] : NULL, &account);
    if (code == EXIT_DONE)
        code = act(line, bus, account);
    sd_bus_flush_close_unref(bus);
    return code;
}

int command_sign_out(const CommandLine *line)
{
    return on_account(line, sign_out);
}

int command_retry(const CommandLine *line)
{
    return on_account(line, retry);
}
