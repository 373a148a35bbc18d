/* SPDX-License-Identifier: MIT */
/* mpsessionctl status: how the agent is. */
#include "cli/agent-proxy.h"
#include "cli/command.h"
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    free(url);
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
