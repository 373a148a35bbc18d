/* SPDX-License-Identifier: MIT */
/* The agent as the commands see it: calls, properties, lists, and what its errors mean to a person. */
#include "cli/agent-proxy.h"

#include "cli/command.h"
#include "cli/table.h"
#include "cli/target.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More requests than an agent ever keeps: an agent that goes on listing beyond it is broken. */
#define LIST_MAX 200000

#define NEXT_NO_AGENT                                                                                        \
    "it starts by itself at the first write; to start it now: systemctl --user start mpsessiond.service"

/* What to do next, where mpsessionctl knows more than the agent's own sentence says. */
static const struct {
    const char *name;
    const char *next;
} next_steps[] = {
    {MPS_ERROR_NAME_NO_SUCH_REQUEST, "mpsessionctl queue lists the requests there are"},
    {MPS_ERROR_NAME_ACCESS_DENIED, "the game that made it is still running: it gets the completion"},
    {MPS_ERROR_NAME_QUOTA_EXCEEDED, "mpsessionctl queue shows what fills it"},
    {MPS_ERROR_NAME_NOT_DONE, "mpsessionctl monitor tells when it is done"},
    {MPS_ERROR_NAME_ID_REUSED, "leave out --id, and a new one is made"},
    {MPS_ERROR_NAME_STORE_FAILED, "the agent's log says more: journalctl --user -u mpsessiond"},
    {MPS_ERROR_NAME_SHUTTING_DOWN, "try again: the next agent takes it"},
};

int report(bool json, int code, const char *name, const char *message, const char *next)
{
    char *clean = text_clean(message, 0);
    const char *shown = clean ? clean : "out of memory";

    if (json) {
        CLEANUP_JSON json_t *object =
            json_pack("{s:s, s:s, s:s*}", "error", name, "message", shown, "next", next);
        if (object)
            json_print(object, false);
    } else {
        fprintf(stderr, "mpsessionctl: %s\n", shown);
        if (next)
            fprintf(stderr, "  next: %s\n", next);
    }
    free(clean);
    return code;
}

bool agent_is_absent(const sd_bus_error *error)
{
    static const char spawn[] = "org.freedesktop.DBus.Error.Spawn.";

    return error->name && (strcmp(error->name, SD_BUS_ERROR_SERVICE_UNKNOWN) == 0 ||
                           strcmp(error->name, SD_BUS_ERROR_NAME_HAS_NO_OWNER) == 0 ||
                           strncmp(error->name, spawn, strlen(spawn)) == 0);
}

int agent_report(bool json, const sd_bus_error *error, int r)
{
    const char *next = NULL;

    if (agent_is_absent(error))
        return report(json, EXIT_NO_AGENT, error->name, "no agent is running", NEXT_NO_AGENT);
    if (error->name && strcmp(error->name, MPS_ERROR_NAME_NOT_STARTED) == 0)
        return report(json, EXIT_NO_AGENT, error->name, error->message,
                      "mend that, and call again; journalctl --user -u mpsessiond has the same");
    if (!error->name || strncmp(error->name, "System.Error.", 13) == 0)
        return report(json, EXIT_NO_AGENT, error->name ? error->name : "internal",
                      error->message ? error->message : strerror(-r),
                      "is the session bus alive? busctl --user status org.mpsession.Agent1");
    if (strcmp(error->name, SD_BUS_ERROR_NO_REPLY) == 0 || strcmp(error->name, SD_BUS_ERROR_TIMEOUT) == 0)
        return report(json, EXIT_NO_AGENT, error->name, "the agent did not answer",
                      "journalctl --user -u mpsessiond shows what it does");
    for (size_t i = 0; i < sizeof(next_steps) / sizeof(next_steps[0]); i++)
        if (strcmp(error->name, next_steps[i].name) == 0)
            next = next_steps[i].next;
    return report(json, EXIT_ANSWER_NO, error->name, error->message ? error->message : error->name, next);
}

int agent_open(bool json, sd_bus **bus)
{
    int r = sd_bus_open_user_with_description(bus, "mpsessionctl");

    if (r >= 0)
        return EXIT_DONE;
    return report(
        json, EXIT_NO_AGENT, "no-bus", "there is no session bus to find an agent on",
        "set DBUS_SESSION_BUS_ADDRESS, or log in with a session that has one ($XDG_RUNTIME_DIR/bus)");
}

int agent_call(sd_bus *bus, const char *path, const char *interface, const char *member, sd_bus_error *error,
               sd_bus_message **reply, const char *types, ...)
{
    sd_bus_message *call = NULL;
    int r = sd_bus_message_new_method_call(bus, &call, MPS_BUS_NAME, path ? path : MPS_ROOT_PATH, interface,
                                           member);

    if (r >= 0)
        r = sd_bus_message_set_auto_start(call, false);
    if (r >= 0 && types) {
        va_list arguments;
        va_start(arguments, types);
        r = sd_bus_message_appendv(call, types, arguments);
        va_end(arguments);
    }
    if (r >= 0)
        r = sd_bus_call(bus, call, 0, error, reply);
    sd_bus_message_unref(call);
    return r < 0 ? r : 0;
}

int agent_properties(sd_bus *bus, const char *path, const char *interface, sd_bus_error *error,
                     json_t **properties)
{
    sd_bus_message *reply = NULL;
    int r = agent_call(bus, path, "org.freedesktop.DBus.Properties", "GetAll", error, &reply, "s", interface);

    if (r >= 0)
        r = json_read(reply, properties);
    sd_bus_message_unref(reply);
    return r;
}

bool agent_is_offline(sd_bus *bus)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *properties = NULL;

    agent_properties(bus, NULL, MPS_AGENT_INTERFACE, &error, &properties);
    sd_bus_error_free(&error);
    return strcmp(json_text(properties, "Connectivity"), MPS_CONNECTIVITY_OFFLINE) == 0;
}

static int append_text_filter(sd_bus_message *call, const char *key, const char *value)
{
    return value && *value ? sd_bus_message_append(call, "{sv}", key, "s", value) : 0;
}

/* One page: the rows behind the request after. */
static int list_page(sd_bus *bus, const char *account, const char *state, const char *after,
                     sd_bus_error *error, json_t **page)
{
    sd_bus_message *call = NULL, *reply = NULL;
    int r = sd_bus_message_new_method_call(bus, &call, MPS_BUS_NAME, MPS_ROOT_PATH, MPS_AGENT_INTERFACE,
                                           MPS_LIST_REQUESTS);
    if (r >= 0)
        r = sd_bus_message_set_auto_start(call, false);
    if (r >= 0)
        r = sd_bus_message_open_container(call, 'a', "{sv}");
    if (r >= 0)
        r = sd_bus_message_append(call, "{sv}", MPS_FILTER_LIMIT, "u", (uint32_t)MPS_LIST_MAX);
    if (r >= 0)
        r = append_text_filter(call, MPS_FILTER_AFTER, after);
    if (r >= 0)
        r = append_text_filter(call, MPS_FILTER_ACCOUNT, account);
    if (r >= 0)
        r = append_text_filter(call, MPS_FILTER_STATE, state);
    if (r >= 0)
        r = sd_bus_message_close_container(call);
    if (r >= 0)
        r = sd_bus_call(bus, call, 0, error, &reply);
    if (r >= 0)
        r = json_read(reply, page);
    sd_bus_message_unref(call);
    sd_bus_message_unref(reply);
    return r;
}

/* From [[path, properties], …] to properties with their path. */
static int append_rows(json_t *requests, const json_t *page)
{
    for (size_t i = 0; i < json_array_size(page); i++) {
        const json_t *row = json_array_get(page, i);
        json_t *request = json_array_get(row, 1);
        if (!json_is_object(request))
            return -EBADMSG;
        if (json_object_set(request, "Path", json_array_get(row, 0)) < 0 ||
            json_array_append(requests, request) < 0)
            return -ENOMEM;
    }
    return 0;
}

int agent_list(sd_bus *bus, const char *account, const char *state, sd_bus_error *error, json_t **requests)
{
    CLEANUP_JSON json_t *all = json_array();
    size_t rows;

    if (!all)
        return -ENOMEM;
    do {
        CLEANUP_JSON json_t *page = NULL;
        const json_t *last = json_array_get(all, json_array_size(all) - 1);
        int r = list_page(bus, account, state, json_text(last, "Id"), error, &page);
        if (r >= 0)
            r = append_rows(all, page);
        if (r < 0) {
            /* The last row seen may be gone before the next page is asked for: then this is what there is. */
            if (json_array_size(all) > 0 && sd_bus_error_has_name(error, MPS_ERROR_NAME_NO_SUCH_REQUEST)) {
                sd_bus_error_free(error);
                break;
            }
            return r;
        }
        rows = json_array_size(page);
    } while (rows == MPS_LIST_MAX && json_array_size(all) < LIST_MAX);
    *requests = json_incref(all);
    return 0;
}

int agent_find(sd_bus *bus, bool json, const char *text, char *id)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *requests = NULL;
    size_t found = 0;

    if (!target_is_id_start(text))
        return report(json, EXIT_USAGE, "usage",
                      "an ID is a request's UUID in lower case, or its first 4 or more characters",
                      "mpsessionctl queue shows them");
    if (target_is_id(text)) {
        memcpy(id, text, MPS_ID_LENGTH + 1);
        return EXIT_DONE;
    }
    int r = agent_list(bus, NULL, NULL, &error, &requests);
    if (r < 0) {
        int code = agent_report(json, &error, r);
        sd_bus_error_free(&error);
        return code;
    }
    for (size_t i = 0; i < json_array_size(requests); i++) {
        const char *full = json_text(json_array_get(requests, i), "Id");
        if (target_is_id(full) && strncmp(full, text, strlen(text)) == 0 && found++ == 0)
            memcpy(id, full, MPS_ID_LENGTH + 1);
    }
    if (found == 1)
        return EXIT_DONE;
    if (found > 1)
        return report(json, EXIT_ANSWER_NO, "ambiguous", "several requests begin with these characters",
                      "give more of them");
    return report(json, EXIT_ANSWER_NO, MPS_ERROR_NAME_NO_SUCH_REQUEST,
                  "no request begins with these characters",
                  "mpsessionctl queue lists the requests there are");
}

void agent_open_documents(json_t *result)
{
    static const char *const keys[] = {MPS_RESULT_SESSION, MPS_RESULT_ACTIVITIES};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const json_t *text = json_object_get(result, keys[i]);
        if (!json_is_string(text))
            continue;
        CLEANUP_JSON json_t *document =
            json_loadb(json_string_value(text), json_string_length(text), 0, NULL);
        if (document)
            json_object_set(result, keys[i], document);
    }
}

int agent_result(sd_bus *bus, const char *path, sd_bus_error *error, json_t **result)
{
    sd_bus_message *reply = NULL;
    json_t *read = NULL;
    int r = agent_call(bus, path, MPS_REQUEST_INTERFACE, MPS_GET_RESULT, error, &reply, NULL);

    if (r >= 0)
        r = json_read(reply, &read);
    sd_bus_message_unref(reply);
    if (r < 0)
        return r;
    agent_open_documents(read);
    *result = read;
    return 0;
}
