/* SPDX-License-Identifier: MIT */
/* mpsessionctl doctor: looks at everything that a write needs, from the bus to the directory, and says what to mend. */
#include "cli/account-proxy.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/doctor.h"
#include "cli/json-out.h"
#include "cli/table.h"
#include "ipc/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

/* Without an agent: the folder where it would keep the queue, or the nearest one above it. */
static void look_at_disk(Doctor *doctor)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    struct statvfs disk;
    char path[4200];

    if (state && *state == '/')
        snprintf(path, sizeof(path), "%.4000s/" MPS_FOLDER, state);
    else
        snprintf(path, sizeof(path), "%.4000s/.local/state/" MPS_FOLDER, home ? home : "");
    while (statvfs(path, &disk) < 0) {
        char *slash = strrchr(path, '/');
        if (!slash || slash == path) {
            doctor_add(doctor, "disk", DOCTOR_SKIP, NULL, "there is no folder for the queue yet");
            return;
        }
        *slash = '\0';
    }
    doctor_free_space(doctor, path, (uint64_t)disk.f_bavail * disk.f_frsize, true);
}

/* An agent that is older has none; what it is silent about was said before. */
static void list_accounts(Doctor *doctor)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;

    (void)account_list(doctor->bus, &error, &doctor->accounts);
    sd_bus_error_free(&error);
}

static void print_checks(const Doctor *doctor)
{
    for (size_t i = 0; i < json_array_size(doctor->checks); i++) {
        const json_t *check = json_array_get(doctor->checks, i);
        const char *fix = json_text(check, "fix");
        printf("%-4s  %-10s  %s\n", json_text(check, "state"), json_text(check, "check"),
               json_text(check, "text"));
        if (*fix)
            printf("%*s  fix: %s\n", 16, "", fix);
    }
    size_t failed = doctor_count(doctor, DOCTOR_FAIL), warned = doctor_count(doctor, DOCTOR_WARN);
    if (failed + warned == 0)
        puts("all is well");
    else
        printf("%zu to mend, %zu to know\n", failed, warned);
}

static void print_json(const Doctor *doctor)
{
    CLEANUP_JSON json_t *object = json_pack("{s:O, s:I, s:I, s:O*, s:O*}", "checks", doctor->checks, "failed",
                                            (json_int_t)doctor_count(doctor, DOCTOR_FAIL), "warned",
                                            (json_int_t)doctor_count(doctor, DOCTOR_WARN), "facts",
                                            doctor->facts, "accounts", doctor->accounts);

    json_print(object, false);
}

int command_doctor(const CommandLine *line)
{
    Doctor doctor = {.checks = json_array(), .now = clock_usec(CLOCK_REALTIME)};

    doctor_bus(&doctor);
    if (doctor.facts)
        doctor_store(&doctor);
    else
        look_at_disk(&doctor);
    doctor_find_directory(&doctor);
    doctor_network(&doctor);
    if (doctor.facts) {
        doctor_health(&doctor);
        doctor_limiters(&doctor);
        doctor_quarantine(&doctor);
    }
    if (doctor.agent && doctor.facts)
        list_accounts(&doctor);
    doctor_accounts(&doctor);
    if (line->json)
        print_json(&doctor);
    else
        print_checks(&doctor);
    int code = !doctor.agent                            ? EXIT_NO_AGENT
               : doctor_count(&doctor, DOCTOR_FAIL) > 0 ? EXIT_ANSWER_NO
                                                        : EXIT_DONE;
    json_decref(doctor.checks);
    json_decref(doctor.facts);
    json_decref(doctor.accounts);
    sd_bus_flush_close_unref(doctor.bus);
    return code;
}
