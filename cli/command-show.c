/* SPDX-License-Identifier: MIT */
/* mpsessionctl show, cancel: one request. */
#include "cli/agent-proxy.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/duration.h"
#include "cli/outcome.h"
#include "cli/reason.h"
#include "cli/table.h"
#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_line(const char *label, const char *text)
{
    char *clean = *text ? text_clean(text, 0) : NULL;

    if (clean)
        printf("%-9s %s\n", label, clean);
    free(clean);
}

static void print_time(const char *label, uint64_t then, uint64_t now)
{
    char relative[DURATION_SIZE], absolute[40];
    time_t seconds = (time_t)(then / 1000000);
    struct tm parts;

    if (then == 0 || !localtime_r(&seconds, &parts))
        return;
    strftime(absolute, sizeof(absolute), "%F %T", &parts);
    printf("%-9s %s (%s)\n", label, absolute, duration_format_relative(then, now, relative));
}

static void print_request(sd_bus *bus, const json_t *request, const json_t *result)
{
    uint64_t now = clock_usec(CLOCK_REALTIME);
    char why[REASON_SIZE];

    print_line("id", json_text(request, "Id"));
    print_line("kind", json_text(request, "Kind"));
    print_line("session", json_text(request, "Target"));
    print_line("mode", json_text(request, "WriteMode"));
    print_line("account", json_text(request, "Account"));
    print_line("app", json_text(request, "AppId"));
    print_line("owner",
               *json_text(request, "Owner") ? json_text(request, "Owner") : "nobody: its program is gone");
    print_time("accepted", json_number(request, "AcceptedAt"), now);
    print_time("deadline", json_number(request, "Deadline"), now);
    printf("%-9s %s\n", "state", json_text(request, "State"));
    printf("%-9s %llu\n", "sent", (unsigned long long)json_number(request, "Attempts"));
    if (result) {
        printf("%-9s ", "result");
        outcome_print(result, stdout);
    } else {
        print_line("why", reason_format(NULL, 0, request, agent_is_offline(bus), now, why));
    }
}

static int show_request(sd_bus *bus, const CommandLine *line, const char *id)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *request = NULL, *result = NULL;
    char path[TARGET_PATH_SIZE];
    int code = EXIT_DONE;

    target_path(id, path);
    int r = agent_properties(bus, path, MPS_REQUEST_INTERFACE, &error, &request);
    if (r >= 0 && strcmp(json_text(request, "State"), MPS_STATE_DONE) == 0)
        r = agent_result(bus, path, &error, &result);
    if (sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT) ||
        sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_METHOD))
        code = report(line->json, EXIT_ANSWER_NO, MPS_ERROR_NAME_NO_SUCH_REQUEST,
                      "there is no request of this id, or its result was acknowledged and forgotten",
                      "mpsessionctl queue lists the requests there are");
    else if (r < 0)
        code = agent_report(line->json, &error, r);
    else if (line->json) {
        json_object_set_new(request, "Path", json_string(path));
        if (result)
            json_object_set(request, "Result", result);
        json_print(request, false);
    } else {
        print_request(bus, request, result);
    }
    sd_bus_error_free(&error);
    return code;
}

static int cancel_request(sd_bus *bus, const CommandLine *line, const char *id)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    const char *answer = NULL;
    char path[TARGET_PATH_SIZE];
    int code;

    target_path(id, path);
    int r = agent_call(bus, path, MPS_REQUEST_INTERFACE, MPS_CANCEL, &error, &reply, NULL);
    if (r >= 0)
        r = sd_bus_message_read(reply, "s", &answer);
    if (sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT) ||
        sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_METHOD)) {
        code = report(line->json, EXIT_ANSWER_NO, MPS_ERROR_NAME_NO_SUCH_REQUEST,
                      "there is no request of this id", "mpsessionctl queue lists the requests there are");
    } else if (r < 0) {
        code = agent_report(line->json, &error, r);
    } else {
        bool cancelled = strcmp(answer, MPS_CANCEL_CANCELLED) == 0;
        code = cancelled ? EXIT_DONE : EXIT_ANSWER_NO;
        if (line->json) {
            CLEANUP_JSON json_t *object = json_pack("{s:s, s:s}", "id", id, "answer", answer);
            json_print(object, false);
        } else if (cancelled) {
            printf("cancelled %s: it was not sent\n", id);
        } else {
            printf("too late: %s is being sent or done\n  next: mpsessionctl show %.8s\n", id, id);
        }
    }
    sd_bus_message_unref(reply);
    sd_bus_error_free(&error);
    return code;
}

static int on_request(const CommandLine *line,
                      int (*act)(sd_bus *bus, const CommandLine *line, const char *id))
{
    sd_bus *bus = NULL;
    char id[MPS_ID_LENGTH + 1];
    int code = agent_open(line->json, &bus);

    if (code == EXIT_DONE)
        code = agent_find(bus, line->json, line->arguments[0], id);
    if (code == EXIT_DONE)
        code = act(bus, line, id);
    sd_bus_flush_close_unref(bus);
    return code;
}

int command_show(const CommandLine *line)
{
    return on_request(line, show_request);
}

int command_cancel(const CommandLine *line)
{
    return on_request(line, cancel_request);
}
