/* SPDX-License-Identifier: MIT */
/* mpsessionctl queue: what the agent keeps, oldest first. */
#include "cli/agent-proxy.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/duration.h"
#include "cli/reason.h"
#include "cli/shape.h"
#include "cli/table.h"
#include "cli/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_SHOWN 8
#define CELLS(array) (sizeof(array) / sizeof((array)[0]))

static int add_request(Table *table, const json_t *requests, size_t index, bool offline, uint64_t now)
{
    const json_t *request = json_array_get(requests, index);
    char id[ID_SHOWN + 1], age[DURATION_SIZE], deadline[DURATION_SIZE], attempts[24];
    char target[TABLE_CELL_MAX * 4], why[REASON_SIZE];

    snprintf(id, sizeof(id), "%s", json_text(request, "Id"));
    snprintf(attempts, sizeof(attempts), "%llu", (unsigned long long)json_number(request, "Attempts"));
    target_shorten(json_text(request, "Target"), target, sizeof(target));
    duration_format_relative(json_number(request, "AcceptedAt"), now, age);
    duration_format_relative(json_number(request, "Deadline"), now, deadline);
    const char *const cells[] = {
        id,
        json_text(request, "State"),
        reason_kind(json_text(request, "Kind")),
        json_text(request, "Account"),
        target,
        age,
        attempts,
        strcmp(json_text(request, "State"), MPS_STATE_DONE) == 0 ? "" : deadline,
        reason_format(requests, index, request, offline, now, why),
    };
    return table_add(table, cells);
}

static int print_queue(const json_t *requests, bool offline)
{
    static const char *const headings[] = {"ID",  "STATE", "KIND",     "ACCOUNT", "SESSION",
                                           "AGE", "SENT",  "DEADLINE", "WHY"};
    __attribute__((cleanup(table_freep))) Table *table = NULL;
    int r = table_new(headings, CELLS(headings), &table);

    for (size_t i = 0; r >= 0 && i < json_array_size(requests); i++)
        r = add_request(table, requests, i, offline, clock_usec(CLOCK_REALTIME));
    if (r < 0)
        return r;
    if (table_rows(table) == 0)
        puts("the queue is empty");
    else
        table_print(table, stdout);
    return 0;
}

/* The same number for the same name: 1, 2, … in order of first sight. */
static json_int_t number_of(json_t *numbers, const json_t *request, const char *key)
{
    const char *name = json_text(request, key);
    json_t *known = json_object_get(numbers, name);

    if (known)
        return json_integer_value(known);
    json_int_t number = (json_int_t)json_object_size(numbers) + 1;
    json_object_set_new(numbers, name, json_integer(number));
    return number;
}

/* Seconds between two points of time that may be 0 = none. */
static json_t *seconds_between(uint64_t from, uint64_t to)
{
    if (from == 0 || to == 0)
        return json_null();
    return json_integer(((json_int_t)to - (json_int_t)from) / 1000000);
}

/* The queue without ids, names and addresses: fit for a bug report. */
static int make_anonymous(const json_t *requests, uint64_t now, json_t **anonymous)
{
    CLEANUP_JSON json_t *rows = json_array(), *accounts = json_object(), *targets = json_object(),
                        *apps = json_object();

    if (!rows || !accounts || !targets || !apps)
        return -ENOMEM;
    for (size_t i = 0; i < json_array_size(requests); i++) {
        const json_t *request = json_array_get(requests, i);
        json_t *row = json_pack(
            "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:s}", "state", json_text(request, "State"),
            "kind", json_text(request, "Kind"), "mode", json_text(request, "WriteMode"), "account",
            number_of(accounts, request, "Account"), "session", number_of(targets, request, "Target"), "app",
            number_of(apps, request, "AppId"), "sent", (json_int_t)json_number(request, "Attempts"),
            "age-sec", seconds_between(json_number(request, "AcceptedAt"), now), "deadline-sec",
            seconds_between(now, json_number(request, "Deadline")), "next-sec",
            seconds_between(now, json_number(request, "NextAttempt")), "waits-for",
            reason_anonymous(requests, i, request));
        if (!row || json_array_append_new(rows, row) < 0)
            return -ENOMEM;
    }
    *anonymous = json_incref(rows);
    return 0;
}

static void format_cell(const json_t *row, const char *key, char *cell, size_t size)
{
    const json_t *value = json_object_get(row, key);

    if (json_is_integer(value))
        snprintf(cell, size, "%lld", (long long)json_integer_value(value));
    else
        snprintf(cell, size, "%s", json_text(row, key));
}

static int print_anonymous(const json_t *requests)
{
    static const char *const keys[] = {"state", "kind",    "mode",         "account",  "session",  "app",
                                       "sent",  "age-sec", "deadline-sec", "next-sec", "waits-for"};
    __attribute__((cleanup(table_freep))) Table *table = NULL;
    int r = table_new(keys, CELLS(keys), &table);

    for (size_t i = 0; r >= 0 && i < json_array_size(requests); i++) {
        char texts[CELLS(keys)][40];
        const char *cells[CELLS(keys)];
        for (size_t k = 0; k < CELLS(keys); k++) {
            format_cell(json_array_get(requests, i), keys[k], texts[k], sizeof(texts[k]));
            cells[k] = texts[k];
        }
        r = table_add(table, cells);
    }
    if (r >= 0)
        table_print(table, stdout);
    return r;
}

static int show(sd_bus *bus, const CommandLine *line, const json_t *requests)
{
    CLEANUP_JSON json_t *made = NULL;
    uint64_t now = clock_usec(CLOCK_REALTIME);
    int r = 0;

    if (line->shape)
        r = shape_make(requests, line->state != NULL, line->anonymous, now, &made);
    else if (line->anonymous)
        r = make_anonymous(requests, now, &made);
    if (r < 0)
        return r;
    if (line->json)
        json_print(made ? made : requests, false);
    else if (line->shape)
        r = shape_print(made, stdout);
    else if (line->anonymous)
        r = print_anonymous(made);
    else
        r = print_queue(requests, agent_is_offline(bus));
    return r;
}

int command_queue(const CommandLine *line)
{
    sd_bus *bus = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *requests = NULL;
    int code = agent_open(line->json, &bus);

    if (code != EXIT_DONE)
        return code;
    int r = agent_list(bus, line->account, line->state, &error, &requests);
    if (r >= 0)
        r = show(bus, line, requests);
    if (r < 0)
        code = agent_report(line->json, &error, r);
    sd_bus_error_free(&error);
    sd_bus_flush_close_unref(bus);
    return code;
}
