/* SPDX-License-Identifier: MIT */
/* mpsessionctl monitor: what happens in the agent, a line each, as it happens. */
#include "cli/agent-proxy.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/reason.h"
#include "cli/table.h"
#include "cli/target.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

/* States of requests that are done within 100 ms are not told: each new one is looked at once after this long. */
#define LOOK_USEC 200000ULL
/* New requests that wait for their look; more are only announced. */
#define LOOKS_MAX 1000
/* Requests whose last line is remembered; at more, all are forgotten, and a line may come twice. */
#define TOLD_MAX 10000

typedef struct Monitor {
    const CommandLine *line;
    sd_bus *bus;
    sd_event *event;
    unsigned looks;
    json_t *told; /* what was said last of each request, by id */
} Monitor;

typedef struct Look {
    Monitor *monitor;
    char path[TARGET_PATH_SIZE];
} Look;

/* One line: the time, the request's short id or "agent", what happened, and more about it. */
static void tell(const Monitor *monitor, const char *id, const char *event, const json_t *request,
                 const char *more)
{
    uint64_t now = clock_usec(CLOCK_REALTIME);

    if (monitor->line->json) {
        CLEANUP_JSON json_t *object =
            json_pack("{s:I, s:s, s:s*, s:s*, s:O*}", "time", (json_int_t)now, "event", event, "id",
                      *id ? id : NULL, "detail", *more ? more : NULL, "request", request);
        json_print(object, true);
        return;
    }
    char clock[20];
    time_t seconds = (time_t)(now / 1000000);
    struct tm parts;
    char *clean = text_clean(more, 0);
    localtime_r(&seconds, &parts);
    strftime(clock, sizeof(clock), "%T", &parts);
    printf("%s.%03u  %-8.8s  %s%s%s\n", clock, (unsigned)(now / 1000 % 1000), *id ? id : "agent", event,
           *more ? ": " : "", clean ? clean : "");
    fflush(stdout);
    free(clean);
}

static void describe(const json_t *request, const json_t *result, char *text, size_t size)
{
    const char *state = json_text(request, "State"), *why = "", *outcome = "";

    if (result) {
        outcome = json_text(result, MPS_RESULT_OUTCOME);
        why = json_text(result, MPS_RESULT_MESSAGE);
    } else if (strcmp(state, MPS_STATE_DONE) != 0 && strcmp(state, MPS_STATE_SENDING) != 0) {
        why = json_text(request, "LastError");
    }
    snprintf(text, size, "%s %s as %s, sent %llu times%s%s%s%.300s", reason_kind(json_text(request, "Kind")),
             json_text(request, "Target"), json_text(request, "Account"),
             (unsigned long long)json_number(request, "Attempts"), *outcome ? ": " : "", outcome,
             *why ? ": " : "", why);
}

/* Whether this is news. A request that could not be sent goes to and fro between two states; once is enough. */
static bool is_news(const Monitor *monitor, const char *id, const char *state, const char *more)
{
    char line[1100];

    snprintf(line, sizeof(line), "%s %s", state, more);
    if (strcmp(json_text(monitor->told, id), line) == 0)
        return false;
    if (json_object_size(monitor->told) >= TOLD_MAX)
        json_object_clear(monitor->told);
    json_object_set_new(monitor->told, id, json_string(line));
    return true;
}

/* Looks at a request and tells its state. A request that is gone already is no news. */
static void look(Monitor *monitor, const char *path)
{
    CLEANUP_JSON json_t *request = NULL, *result = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char id[MPS_ID_LENGTH + 1], more[1000];

    if (target_id(path, id) < 0)
        return;
    if (agent_properties(monitor->bus, path, MPS_REQUEST_INTERFACE, &error, &request) >= 0) {
        if (strcmp(json_text(request, "State"), MPS_STATE_DONE) == 0) {
            agent_result(monitor->bus, path, &error, &result);
            /* Session documents are for those who ask for them: show, get. */
            json_object_del(result, MPS_RESULT_SESSION);
            json_object_set(request, "Result", result);
        }
        describe(request, result, more, sizeof(more));
        if (is_news(monitor, id, json_text(request, "State"), more))
            tell(monitor, id, json_text(request, "State"), request, more);
    }
    sd_bus_error_free(&error);
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)usec;
    Look *due = userdata;

    due->monitor->looks--;
    look(due->monitor, due->path);
    sd_event_source_unref(source);
    free(due);
    return 0;
}

static int look_later(Monitor *monitor, const char *path)
{
    sd_event_source *source = NULL;
    Look *due;

    if (monitor->looks >= LOOKS_MAX)
        return 0;
    due = calloc(1, sizeof(*due));
    if (!due)
        return -ENOMEM;
    due->monitor = monitor;
    snprintf(due->path, sizeof(due->path), "%s", path);
    int r = sd_event_add_time_relative(monitor->event, &source, CLOCK_MONOTONIC, LOOK_USEC, 0, on_look, due);
    if (r < 0) {
        free(due);
        return r;
    }
    monitor->looks++;
    return 0;
}

static int on_request(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    (void)error;
    Monitor *monitor = userdata;
    bool added = strcmp(sd_bus_message_get_member(message), "RequestAdded") == 0;
    char id[MPS_ID_LENGTH + 1];
    const char *path;
    int r = sd_bus_message_read(message, "o", &path);

    if (r < 0 || target_id(path, id) < 0)
        return 0;
    tell(monitor, id, added ? "added" : "removed", NULL, "");
    json_object_del(monitor->told, id);
    return added ? look_later(monitor, path) : 0;
}

static int on_properties(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    (void)error;
    Monitor *monitor = userdata;
    CLEANUP_JSON json_t *changed = NULL;
    const char *interface;
    char more[200];
    int r = sd_bus_message_read(message, "s", &interface);

    if (r >= 0)
        r = json_read(message, &changed);
    if (r < 0)
        return 0;
    if (strcmp(interface, MPS_REQUEST_INTERFACE) == 0) {
        look(monitor, sd_bus_message_get_path(message));
    } else if (strcmp(interface, MPS_AGENT_INTERFACE) == 0 && *json_text(changed, "Connectivity")) {
        snprintf(more, sizeof(more), "the directory is %s", json_text(changed, "Connectivity"));
        tell(monitor, "", json_text(changed, "Connectivity"), NULL, more);
    }
    return 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    (void)error;
    Monitor *monitor = userdata;
    const char *name, *before, *after;

    if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0)
        return 0;
    if (*before)
        tell(monitor, "", "stopped", NULL, "the agent is gone; what it accepted is kept");
    if (*after)
        tell(monitor, "", "started", NULL, "an agent is there");
    return 0;
}

static int subscribe(Monitor *monitor)
{
    int r = sd_bus_add_match(monitor->bus, NULL,
                             "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                             "member='NameOwnerChanged',arg0='" MPS_BUS_NAME "'",
                             on_owner_changed, monitor);

    if (r >= 0)
        r = sd_bus_match_signal(monitor->bus, NULL, MPS_BUS_NAME, MPS_ROOT_PATH, MPS_AGENT_INTERFACE,
                                "RequestAdded", on_request, monitor);
    if (r >= 0)
        r = sd_bus_match_signal(monitor->bus, NULL, MPS_BUS_NAME, MPS_ROOT_PATH, MPS_AGENT_INTERFACE,
                                "RequestRemoved", on_request, monitor);
    if (r >= 0)
        r = sd_bus_add_match(monitor->bus, NULL,
                             "type='signal',sender='" MPS_BUS_NAME
                             "',interface='org.freedesktop.DBus.Properties',"
                             "member='PropertiesChanged',path_namespace='" MPS_ROOT_PATH "'",
                             on_properties, monitor);
    return r < 0 ? r : 0;
}

/* Says how it is now; without an agent, that one is waited for. */
static int begin(const Monitor *monitor)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *status = NULL;
    char more[200];
    int code = EXIT_DONE;
    int r = agent_properties(monitor->bus, NULL, MPS_AGENT_INTERFACE, &error, &status);

    if (r >= 0) {
        snprintf(more, sizeof(more), "the directory is %s, %llu waiting, %llu being sent",
                 json_text(status, "Connectivity"), (unsigned long long)json_number(status, "Queued"),
                 (unsigned long long)json_number(status, "Active"));
        tell(monitor, "", "present", NULL, more);
    } else if (agent_is_absent(&error)) {
        tell(monitor, "", "absent", NULL, "no agent is running; it starts by itself at the first write");
    } else {
        code = agent_report(monitor->line->json, &error, r);
    }
    sd_bus_error_free(&error);
    return code;
}

static int run_until_interrupted(Monitor *monitor)
{
    sigset_t signals;
    int r;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    r = sd_event_add_signal(monitor->event, NULL, SIGINT, NULL, NULL);
    if (r >= 0)
        r = sd_event_add_signal(monitor->event, NULL, SIGTERM, NULL, NULL);
    if (r >= 0)
        r = sd_bus_attach_event(monitor->bus, monitor->event, 0);
    if (r >= 0)
        r = sd_bus_set_exit_on_disconnect(monitor->bus, true);
    if (r >= 0)
        r = sd_event_loop(monitor->event);
    return r < 0 ? report(monitor->line->json, EXIT_NO_AGENT, "no-bus", "the session bus is gone", NULL)
                 : EXIT_DONE;
}

int command_monitor(const CommandLine *line)
{
    Monitor monitor = {.line = line};
    int code = agent_open(line->json, &monitor.bus);

    if (code != EXIT_DONE)
        return code;
    int r = sd_event_new(&monitor.event);
    monitor.told = json_object();
    if (r >= 0 && !monitor.told)
        r = -ENOMEM;
    if (r >= 0)
        r = subscribe(&monitor);
    if (r < 0)
        code = report(line->json, EXIT_NO_AGENT, "no-bus", strerror(-r), NULL);
    if (code == EXIT_DONE)
        code = begin(&monitor);
    if (code == EXIT_DONE)
        code = run_until_interrupted(&monitor);
    sd_bus_flush_close_unref(monitor.bus);
    sd_event_unref(monitor.event);
    json_decref(monitor.told);
    return code;
}
