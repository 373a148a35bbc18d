/* SPDX-License-Identifier: MIT */
/* The bus, what starts the agent, the sandbox, the agent itself. Starts nothing. */
#include "cli/doctor.h"

#include "cli/agent-proxy.h"
#include "cli/json-out.h"
#include "ipc/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRIVER "org.freedesktop.DBus"
#define MANAGER "org.freedesktop.systemd1"
#define UNIT "mpsessiond.service"
#define ANSWER_USEC 5000000ULL /* the longest that one question may take */

/* A call of another's method that starts nobody. Returns 0 or negative. */
static int call(const Doctor *doctor, const char *destination, const char *path, const char *interface,
                const char *member, sd_bus_message **reply, const char *types, const char *argument)
{
    sd_bus_message *message = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = sd_bus_message_new_method_call(doctor->bus, &message, destination, path, interface, member);

    if (r >= 0)
        r = sd_bus_message_set_auto_start(message, false);
    if (r >= 0 && types)
        r = sd_bus_message_append(message, types, argument);
    if (r >= 0)
        r = sd_bus_call(doctor->bus, message, ANSWER_USEC, &error, reply);
    sd_bus_error_free(&error);
    sd_bus_message_unref(message);
    return r < 0 ? r : 0;
}

static int call_driver(const Doctor *doctor, const char *member, const char *argument, sd_bus_message **reply)
{
    return call(doctor, DRIVER, "/org/freedesktop/DBus", DRIVER, member, reply, argument ? "s" : NULL,
                argument);
}

/* The process behind a name, 0 if nobody tells; its program's name. */
static uint32_t process_of(const Doctor *doctor, const char *name, char program[32])
{
    sd_bus_message *reply = NULL;
    uint32_t pid = 0;
    char path[40];

    program[0] = '\0';
    if (call_driver(doctor, "GetConnectionUnixProcessID", name, &reply) < 0 ||
        sd_bus_message_read(reply, "u", &pid) < 0)
        pid = 0;
    sd_bus_message_unref(reply);
    snprintf(path, sizeof(path), "/proc/%u/comm", pid);
    FILE *file = pid ? fopen(path, "re") : NULL;
    if (file && fgets(program, 32, file))
        program[strcspn(program, "\n")] = '\0';
    if (file)
        fclose(file);
    return pid;
}

/* ---- The bus ------------------------------------------------------------------------------------------------------------- */

static void look_at_bus(Doctor *doctor)
{
    const char *address = getenv("DBUS_SESSION_BUS_ADDRESS"), *runtime = getenv("XDG_RUNTIME_DIR");
    const char *name = NULL;
    char broker[32], socket[300];

    snprintf(socket, sizeof(socket), "unix:path=%.250s/bus", runtime ? runtime : "");
    if (!address || !*address)
        address = runtime ? socket : "";
    int r = sd_bus_open_user_with_description(&doctor->bus, "mpsessionctl");
    /* It may be there and still not speak. */
    if (r >= 0)
        r = sd_bus_get_unique_name(doctor->bus, &name);
    if (r < 0) {
        doctor->bus = sd_bus_flush_close_unref(doctor->bus);
        doctor_add(
            doctor, "bus", DOCTOR_FAIL,
            "log in with a session that has a bus ($XDG_RUNTIME_DIR/bus), or set DBUS_SESSION_BUS_ADDRESS",
            "no session bus%s%s: %s", *address ? " at " : "", address, strerror(-r));
        return;
    }
    sd_bus_set_method_call_timeout(doctor->bus, ANSWER_USEC);
    process_of(doctor, DRIVER, broker);
    doctor_add(doctor, "bus", DOCTOR_OK, NULL, "%s%s%s", address, *broker ? ", " : "", broker);
}

/* ---- Activation ---------------------------------------------------------------------------------------------------------- */

static bool is_listed(const Doctor *doctor)
{
    sd_bus_message *reply = NULL;
    const char *name;
    bool found = false;

    int r = call_driver(doctor, "ListActivatableNames", NULL, &reply);
    if (r >= 0)
        r = sd_bus_message_enter_container(reply, 'a', "s");
    while (r >= 0 && (r = sd_bus_message_read_basic(reply, 's', &name)) > 0)
        found = found || strcmp(name, MPS_BUS_NAME) == 0;
    sd_bus_message_unref(reply);
    return found;
}

static bool try_folder(const char *folder, size_t length, char *path, size_t size)
{
    snprintf(path, size, "%.*s/dbus-1/services/" MPS_BUS_NAME ".service", (int)length, folder);
    return length > 0 && access(path, R_OK) == 0;
}

/* The file that a bus with the usual folders takes. Returns whether there is one. */
static bool find_file(char *path, size_t size)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *own = getenv("XDG_DATA_HOME"), *home = getenv("HOME"),
               *folders = getenv("XDG_DATA_DIRS");
    char fallback[512];

    snprintf(fallback, sizeof(fallback), "%.400s/.local/share", home ? home : "");
    if (runtime && try_folder(runtime, strlen(runtime), path, size))
        return true;
    if (!own || !*own)
        own = fallback;
    if (try_folder(own, strlen(own), path, size))
        return true;
    if (!folders || !*folders)
        folders = "/usr/local/share:/usr/share";
    for (size_t length = 0; *folders; folders += length + (folders[length] == ':')) {
        length = strcspn(folders, ":");
        if (try_folder(folders, length, path, size))
            return true;
    }
    return false;
}

/* Its line Exec=, the program alone. */
static void read_program(const char *path, char *program, size_t size)
{
    char line[1024];
    FILE *file = fopen(path, "re");

    program[0] = '\0';
    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, "Exec=", 5) == 0)
            snprintf(program, size, "%.*s", (int)strcspn(line + 5, " \t\r\n"), line + 5);
    if (file)
        fclose(file);
}

static void look_at_activation(Doctor *doctor)
{
    char path[4200], program[1024];
    bool file = find_file(path, sizeof(path));

    if (!doctor->bus) {
        doctor_add(doctor, "activation", DOCTOR_SKIP, NULL, "without a bus nothing is started");
        return;
    }
    doctor->activatable = is_listed(doctor);
    if (!doctor->activatable && file)
        doctor_add(
            doctor, "activation", DOCTOR_FAIL,
            "busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig",
            "the bus does not know %s, though it is there", path);
    else if (!doctor->activatable)
        doctor_add(doctor, "activation", doctor->agent ? DOCTOR_WARN : DOCTOR_FAIL,
                   "install mpsession (meson install), or start mpsessiond by hand",
                   "the bus does not know how to start the agent: there is no " MPS_BUS_NAME ".service");
    else if (!file)
        doctor_add(doctor, "activation", DOCTOR_OK, NULL, "by a file outside of the usual folders");
    else {
        read_program(path, program, sizeof(program));
        bool good = *program == '/' && access(program, X_OK) == 0;
        doctor_add(doctor, "activation", good ? DOCTOR_OK : DOCTOR_FAIL,
                   good ? NULL : "install mpsession again, or correct Exec= in that file", "%s%s%s%s", path,
                   good ? "" : " names the program ", good ? "" : program,
                   good ? "" : ", which cannot be run");
    }
}

static int unit_property(const Doctor *doctor, const char *unit, const char *name, char *text, size_t size)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    char *value = NULL;
    int r = sd_bus_get_property_string(doctor->bus, MANAGER, unit, MANAGER ".Unit", name, &error, &value);

    if (r >= 0)
        snprintf(text, size, "%s", value);
    free(value);
    sd_bus_error_free(&error);
    return r;
}

static void look_at_unit(Doctor *doctor)
{
    sd_bus_message *reply = NULL;
    const char *unit = NULL;
    char load[32] = "", active[32] = "", enabled[32] = "", program[32];

    /* Only a manager that is there already: asking for the unit's object starts none. */
    if (!doctor->bus || !process_of(doctor, MANAGER, program))
        return;
    int r =
        call(doctor, MANAGER, "/org/freedesktop/systemd1", MANAGER ".Manager", "LoadUnit", &reply, "s", UNIT);
    if (r >= 0)
        r = sd_bus_message_read_basic(reply, 'o', &unit);
    if (r >= 0)
        r = unit_property(doctor, unit, "LoadState", load, sizeof(load));
    if (r >= 0)
        r = unit_property(doctor, unit, "ActiveState", active, sizeof(active));
    if (r >= 0)
        (void)unit_property(doctor, unit, "UnitFileState", enabled, sizeof(enabled));
    sd_bus_message_unref(reply);
    if (r < 0)
        doctor_add(doctor, "unit", DOCTOR_SKIP, NULL, "the service manager does not tell: %s", strerror(-r));
    else if (strcmp(load, "loaded") != 0)
        doctor_add(doctor, "unit", DOCTOR_WARN, "install mpsession, then systemctl --user daemon-reload",
                   UNIT " is %s", load);
    else if (strcmp(active, "failed") == 0)
        doctor_add(doctor, "unit", DOCTOR_FAIL,
                   "journalctl --user -u mpsessiond tells why; the next call tries again",
                   UNIT " has failed");
    else
        doctor_add(doctor, "unit", DOCTOR_OK, NULL, UNIT " is %s, %s", active,
                   *enabled ? enabled : "not installed");
}

/* ---- The sandbox ----------------------------------------------------------------------------------------------------------- */

static void look_at_sandbox(Doctor *doctor)
{
    static const char fix[] =
        "run mpsessionctl doctor on the host to see all; games need --talk-name=" MPS_BUS_NAME;
    const char *snap = getenv("SNAP_NAME");
    bool flatpak = access("/.flatpak-info", F_OK) == 0;

    if (!flatpak && !snap)
        doctor_add(doctor, "sandbox", DOCTOR_OK, NULL, "this is none: everything can be seen");
    else
        doctor_add(doctor, "sandbox", DOCTOR_WARN, fix, "this is a %s: only its own requests can be seen",
                   flatpak ? "Flatpak sandbox" : "snap");
}

/* ---- The agent --------------------------------------------------------------------------------------------------------------- */

static void add_unanswered(Doctor *doctor, const sd_bus_error *error, int r)
{
    static const char log[] = "journalctl --user -u mpsessiond shows what it does";

    if (sd_bus_error_has_name(error, MPS_ERROR_NAME_ACCESS_DENIED) ||
        sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED))
        doctor_add(doctor, "facts", DOCTOR_SKIP, NULL, "in a sandbox the agent tells nothing of itself");
    else if (sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_METHOD))
        doctor_add(doctor, "facts", DOCTOR_WARN,
                   "systemctl --user stop mpsessiond.service: the next call starts the new one",
                   "the agent is older than mpsessionctl, and tells nothing of itself");
    else
        doctor_add(doctor, "facts", DOCTOR_FAIL, log, "the agent does not tell how it is: %s",
                   error->message ? error->message : strerror(-r));
}

static void ask_agent(Doctor *doctor, uint32_t pid)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *properties = NULL;
    sd_bus_message *reply = NULL;

    int r = agent_properties(doctor->bus, NULL, MPS_AGENT_INTERFACE, &error, &properties);
    if (r < 0) {
        doctor_add(doctor, "agent", DOCTOR_FAIL,
                   "stop it, and the next call starts another: kill its process",
                   "process %u has the name and does not answer: %s", pid,
                   error.message ? error.message : strerror(-r));
        sd_bus_error_free(&error);
        return;
    }
    const char *version = json_text(properties, "Version");
    snprintf(doctor->directory.url, sizeof(doctor->directory.url), "%s",
             json_text(properties, "DirectoryUrl"));
    bool same = strcmp(version, MPSESSION_VERSION) == 0;
    doctor_add(doctor, "agent", same ? DOCTOR_OK : DOCTOR_WARN,
               same ? NULL : "systemctl --user stop mpsessiond.service: the next call starts the new one",
               "mpsessiond %s, process %u, answers%s", version, pid,
               same ? "" : "; mpsessionctl is " MPSESSION_VERSION);
    r = agent_call(doctor->bus, NULL, MPS_AGENT_INTERFACE, MPS_DIAGNOSE, &error, &reply, NULL);
    if (r >= 0)
        r = json_read(reply, &doctor->facts);
    if (r < 0)
        add_unanswered(doctor, &error, r);
    sd_bus_message_unref(reply);
    sd_bus_error_free(&error);
}

static void look_at_agent(Doctor *doctor, uint32_t pid)
{
    if (doctor->agent)
        ask_agent(doctor, pid);
    else if (!doctor->bus)
        doctor_add(doctor, "agent", DOCTOR_SKIP, NULL, "without a bus no agent can be found");
    else if (doctor->activatable)
        doctor_add(doctor, "agent", DOCTOR_WARN,
                   "none is needed: it starts at the first call; mpsessionctl get … is one",
                   "none is running");
    else
        doctor_add(doctor, "agent", DOCTOR_FAIL,
                   "systemctl --user start mpsessiond.service, or start mpsessiond by hand",
                   "none is running, and none can be started");
}

void doctor_bus(Doctor *doctor)
{
    char program[32];
    uint32_t pid = 0;

    look_at_bus(doctor);
    if (doctor->bus) {
        pid = process_of(doctor, MPS_BUS_NAME, program);
        doctor->agent = pid != 0;
    }
    look_at_activation(doctor);
    look_at_unit(doctor);
    look_at_sandbox(doctor);
    look_at_agent(doctor, pid);
}
