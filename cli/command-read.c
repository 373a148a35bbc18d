/* SPDX-License-Identifier: MIT */
/* mpsessionctl get, activity, activities: what is not a write, but goes the same way. */
#include "cli/agent-proxy.h"
#include "cli/command.h"
#include "cli/outcome.h"
#include "cli/submit.h"
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs one request to its end. result stays NULL when it never came to one; that has been said then. */
static int run(const CommandLine *line, const char *member, const Target *target, char **xuids,
               json_t **result)
{
    Submission submission = {.member = member, .target = target, .xuids = xuids, .line = line};
    sd_bus *bus = NULL;
    int code = submission_prepare(&submission);

    if (code == EXIT_DONE)
        code = agent_open(line->json, &bus);
    if (code == EXIT_DONE)
        code = submission_run(&submission, bus, result);
    sd_bus_flush_close_unref(bus);
    return code;
}

static int report_target(const CommandLine *line)
{
    return report(line->json, EXIT_USAGE, "usage",
                  "a session is named by its handle, or as SCID/TEMPLATE/NAME", NULL);
}

int command_get(const CommandLine *line)
{
    CLEANUP_JSON json_t *result = NULL;
    Target target;

    if (target_parse(line->arguments[0], &target) < 0)
        return report_target(line);
    int code =
        run(line, target.by_handle ? MPS_GET_SESSION_BY_HANDLE : MPS_GET_SESSION, &target, NULL, &result);
    if (result && line->json) {
        json_print(result, false);
    } else if (result && code == EXIT_DONE && json_object_get(result, MPS_RESULT_SESSION)) {
        json_print(json_object_get(result, MPS_RESULT_SESSION), false);
        fprintf(stderr, "etag %s\n", json_text(result, MPS_RESULT_ETAG));
    } else if (result) {
        outcome_print(result, code == EXIT_DONE ? stdout : stderr);
    }
    target_clear(&target);
    return code;
}

int command_activity(const CommandLine *line)
{
    CLEANUP_JSON json_t *result = NULL;
    Target target;

    if (target_parse(line->arguments[0], &target) < 0)
        return report_target(line);
    if (target.by_handle) {
        target_clear(&target);
        return report(line->json, EXIT_USAGE, "usage", "activity takes SCID/TEMPLATE/NAME", NULL);
    }
    int code = run(line, MPS_SET_ACTIVITY, &target, NULL, &result);
    if (result && line->json)
        json_print(result, false);
    else if (result && code == EXIT_DONE)
        printf("%s\n", json_text(result, MPS_RESULT_HANDLE_ID));
    else if (result)
        outcome_print(result, stderr);
    target_clear(&target);
    return code;
}

static int add_activity(Table *table, const json_t *activity)
{
    const json_t *reference = json_object_get(activity, "sessionRef"),
                 *info = json_object_get(activity, "relatedInfo");
    char session[300], members[60];

    snprintf(session, sizeof(session), "%s/%s/%s", json_text(reference, "scid"),
             json_text(reference, "templateName"), json_text(reference, "name"));
    snprintf(members, sizeof(members), "%llu of %llu", (unsigned long long)json_number(info, "membersCount"),
             (unsigned long long)json_number(info, "maxMembersCount"));
    const char *const cells[] = {json_text(activity, "ownerXuid"), json_text(activity, "id"), members,
                                 json_text(info, "joinRestriction"), session};
    return table_add(table, cells);
}

static int print_activities(const json_t *activities)
{
    static const char *const headings[] = {"XUID", "HANDLE", "MEMBERS", "JOIN", "SESSION"};
    __attribute__((cleanup(table_freep))) Table *table = NULL;
    int r = table_new(headings, sizeof(headings) / sizeof(headings[0]), &table);

    for (size_t i = 0; r >= 0 && i < json_array_size(activities); i++)
        r = add_activity(table, json_array_get(activities, i));
    if (r < 0)
        return r;
    if (table_rows(table) == 0)
        puts("none of them has an activity here");
    else
        table_print(table, stdout);
    return 0;
}

int command_activities(const CommandLine *line)
{
    CLEANUP_JSON json_t *result = NULL;
    const Target target = {.by_handle = true, .handle = line->arguments[0]};
    int code = run(line, MPS_GET_ACTIVITIES, &target, line->arguments + 1, &result);

    if (result && line->json)
        json_print(result, false);
    else if (result && code == EXIT_DONE &&
             print_activities(json_object_get(result, MPS_RESULT_ACTIVITIES)) < 0)
        code = report(false, EXIT_NO_AGENT, "internal", "out of memory", NULL);
    else if (result && code != EXIT_DONE)
        outcome_print(result, stderr);
    return code;
}
