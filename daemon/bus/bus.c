/* SPDX-License-Identifier: MIT */
/* The connection: exported before the name is asked for, so that no call finds a half-made agent. */
#include "bus/bus-internal.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

CoreNow bus_now(void)
{
    return (CoreNow){
        .boot_usec = clock_boot_usec(), .wall_usec = clock_wall_usec(), .random = clock_random()};
}

void bus_path(const char *id, char path[BUS_PATH_SIZE])
{
    snprintf(path, BUS_PATH_SIZE, MPS_REQUEST_PREFIX "%.*s", MPS_ID_LENGTH, id);
    for (char *c = path + sizeof MPS_REQUEST_PREFIX - 1; *c; c++)
        if (*c == '-')
            *c = '_';
}

int bus_path_id(const char *path, char id[MPS_ID_LENGTH + 1])
{
    size_t prefix = sizeof MPS_REQUEST_PREFIX - 1;
    if (strncmp(path, MPS_REQUEST_PREFIX, prefix) != 0 || strlen(path + prefix) != MPS_ID_LENGTH)
        return -EINVAL;
    for (size_t i = 0; i < MPS_ID_LENGTH; i++)
        id[i] = path[prefix + i] == '_' ? '-' : path[prefix + i];
    id[MPS_ID_LENGTH] = '\0';
    return 0;
}

/* ---- Life of the connection --------------------------------------------------------------------------------------- */

/* Everything that hangs on the connection goes with it. */
static void bus_drop(Bus *bus, bool told)
{
    bus_pending_clear(bus, told);
    bus_accounts_clear(bus, told);
    bus_callers_clear(bus);
    bus->name_call = sd_bus_slot_unref(bus->name_call);
    bus->named = false;
    if (bus->bus && told)
        bus->bus = sd_bus_flush_close_unref(bus->bus);
    else
        bus->bus = sd_bus_close_unref(bus->bus);
}

static int on_disconnected(sd_bus_message *message MPS_UNUSED, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    Bus *bus = userdata;
    bus_drop(bus, false);
    bus->hooks->disconnected(-ECONNRESET, bus->userdata);
    return 1;
}

static void name_acquired(Bus *bus)
{
    if (bus->named)
        return;
    bus->named = true;
    bus->ready = true;
    bus->hooks->name_acquired(bus->userdata);
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    Bus *bus = userdata;
    uint8_t type = 0;
    sd_bus_message_get_type(message, &type);
    if (type != SD_BUS_MESSAGE_METHOD_CALL)
        return 0;
    const char *interface = sd_bus_message_get_interface(message);
    if (interface && string_equal(interface, "org.freedesktop.DBus.Peer"))
        return 0;
    /* A call to the name comes only to its owner: the bus hands over what has waited for an activated agent before it
     * answers the request for the name. */
    const char *destination = sd_bus_message_get_destination(message);
    if (!bus->ready && destination && string_equal(destination, MPS_BUS_NAME))
        name_acquired(bus);
    if (!bus->ready)
        return sd_bus_reply_method_errorf(message, MPS_ERROR_NAME_SHUTTING_DOWN,
                                          "the agent is starting; call it by its name");
    bus->hooks->called(bus->userdata);
    return bus_caller_enter(bus, message);
}

static int on_name_changed(sd_bus_message *message, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    Bus *bus = userdata;
    const char *name = NULL;
    if (sd_bus_message_read_basic(message, 's', &name) < 0 || !string_equal(name, MPS_BUS_NAME) ||
        !bus->named)
        return 0;
    bus->named = false;
    bus->hooks->name_lost(bus->userdata);
    return 0;
}

/* ---- The name ------------------------------------------------------------------------------------------------------- */

/* A connection that ends answers what is still open with an error. That says nothing of the name; the end is told next. */
static bool is_ending(const Bus *bus)
{
    return sd_bus_is_open(bus->bus) <= 0;
}

static int on_holder(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    Bus *bus = userdata;
    uint32_t pid = 0;
    bus->name_call = sd_bus_slot_unref(bus->name_call);
    if (is_ending(bus))
        return 1;
    if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "u", &pid) < 0)
        pid = 0;
    bus->hooks->name_taken((pid_t)pid, bus->userdata);
    return 1;
}

static int name_taken(Bus *bus)
{
    bus->name_call = sd_bus_slot_unref(bus->name_call);
    int r = sd_bus_call_method_async(bus->bus, &bus->name_call, "org.freedesktop.DBus",
                                     "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                     "GetConnectionUnixProcessID", on_holder, bus, "s", MPS_BUS_NAME);
    if (r < 0)
        bus->hooks->name_taken(0, bus->userdata);
    return 1;
}

static int on_name_requested(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    Bus *bus = userdata;
    enum { PRIMARY_OWNER = 1, ALREADY_OWNER = 4 };
    uint32_t answer = 0;
    if (is_ending(bus)) {
        bus->name_call = sd_bus_slot_unref(bus->name_call);
        return 1;
    }
    if (sd_bus_message_is_method_error(reply, NULL)) {
        log_error("the bus refuses the name " MPS_BUS_NAME ": %s", sd_bus_message_get_error(reply)->message);
        return name_taken(bus);
    }
    if (sd_bus_message_read(reply, "u", &answer) < 0 || (answer != PRIMARY_OWNER && answer != ALREADY_OWNER))
        return name_taken(bus);
    bus->name_call = sd_bus_slot_unref(bus->name_call);
    name_acquired(bus);
    return 1;
}

int bus_request_name(Bus *bus)
{
    if (!bus->bus)
        return -ENOTCONN;
    bus->name_call = sd_bus_slot_unref(bus->name_call);
    /* Never replaced, never queued for: a second agent is told at once. */
    int r = sd_bus_request_name_async(bus->bus, &bus->name_call, MPS_BUS_NAME, 0, on_name_requested, bus);
    return r < 0 ? r : 0;
}

bool bus_has_name(const Bus *bus)
{
    return bus->bus && (bus->named || bus->name_call);
}

static int on_name_released(sd_bus_message *reply MPS_UNUSED, void *userdata MPS_UNUSED,
                            sd_bus_error *error MPS_UNUSED)
{
    /* NameLost says it, behind the last call that was sent to the name. */
    return 1;
}

int bus_release_name(Bus *bus)
{
    if (!bus->bus)
        return -ENOTCONN;
    int r = sd_bus_release_name_async(bus->bus, NULL, MPS_BUS_NAME, on_name_released, bus);
    return r < 0 ? r : 0;
}

pid_t bus_name_holder(void)
{
    CLEANUP(sd_bus_flush_close_unrefp) sd_bus *connection = NULL;
    CLEANUP(sd_bus_creds_unrefp) sd_bus_creds *credentials = NULL;
    pid_t pid = 0;
    int r = sd_bus_open_user(&connection);
    if (r < 0)
        return r;
    r = sd_bus_get_name_creds(connection, MPS_BUS_NAME, SD_BUS_CREDS_PID, &credentials);
    if (r == -ENXIO)
        return 0;
    if (r < 0)
        return r;
    r = sd_bus_creds_get_pid(credentials, &pid);
    return r < 0 ? r : pid;
}

/* ---- Opening and closing -------------------------------------------------------------------------------------------- */

static int bus_export(Bus *bus)
{
    int r = sd_bus_add_filter(bus->bus, NULL, on_message, bus);
    if (r >= 0)
        r = bus_root_export(bus);
    if (r >= 0)
        r = bus_request_export(bus);
    if (r >= 0)
        r = bus_accounts_export(bus);
    if (r >= 0)
        r = sd_bus_match_signal_async(bus->bus, NULL, "org.freedesktop.DBus.Local",
                                      "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                      "Disconnected", on_disconnected, NULL, bus);
    if (r >= 0)
        r = sd_bus_match_signal_async(bus->bus, NULL, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                      "org.freedesktop.DBus", "NameLost", on_name_changed, NULL, bus);
    return r;
}

int bus_connect(Bus *bus)
{
    assert(!bus->bus);
    int r = sd_bus_open_user_with_description(&bus->bus, "agent");
    if (r < 0)
        return r;
    bus_announce_reset(bus->announce);
    sd_bus_set_exit_on_disconnect(bus->bus, 0);
    r = sd_bus_attach_event(bus->bus, bus->event, SD_EVENT_PRIORITY_NORMAL);
    if (r >= 0)
        r = bus_export(bus);
    if (r >= 0)
        r = bus_request_name(bus);
    if (r < 0)
        bus_drop(bus, false);
    return r < 0 ? r : 0;
}

int bus_new(sd_event *event, Core *core, const BusSettings *settings, const BusHooks *hooks, void *userdata,
            Bus **bus)
{
    CLEANUP(bus_freep) Bus *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
        return -ENOMEM;
    fresh->event = sd_event_ref(event);
    fresh->core = core;
    fresh->settings = *settings;
    fresh->hooks = hooks;
    fresh->userdata = userdata;
    int r = bus_announce_new(fresh, &fresh->announce);
    if (r < 0)
        return r;
    *bus = TAKE(fresh);
    return 0;
}

Bus *bus_free(Bus *bus)
{
    if (!bus)
        return NULL;
    bus_drop(bus, true);
    bus->announce = bus_announce_free(bus->announce);
    sd_event_unref(bus->event);
    free(bus);
    return NULL;
}

bool bus_busy(const Bus *bus)
{
    return bus->held > 0 || bus->pending_count > 0 || bus->loading > 0 || bus->account_calls > 0;
}

/* ---- Effects --------------------------------------------------------------------------------------------------------- */

static void emit_path(Bus *bus, const char *member, const CoreRequest *request)
{
    char path[BUS_PATH_SIZE];
    bus_path(core_request_id(request), path);
    if (!bus->bus)
        return;
    int r = sd_bus_emit_signal(bus->bus, MPS_ROOT_PATH, MPS_AGENT_INTERFACE, member, "o", path);
    if (r < 0)
        log_debug("cannot send %s: %s", member, strerror(-r));
}

void bus_on_accepted(Bus *bus, CoreRequest *request)
{
    bus_pending_accept(bus, request);
    emit_path(bus, "RequestAdded", request);
    bus_announce_young(bus->announce, request);
}

void bus_on_refused(Bus *bus, CoreRequest *request, const CoreRefusal *refusal)
{
    bus_pending_refuse(bus, request, refusal);
}

void bus_on_state(Bus *bus, CoreRequest *request)
{
    if (core_request_stored(request))
        bus_announce_state(bus->announce, request);
}

void bus_on_removed(Bus *bus, CoreRequest *request)
{
    emit_path(bus, "RequestRemoved", request);
}

void bus_on_completed(Bus *bus, CoreRequest *request, const CoreResult *result)
{
    char path[BUS_PATH_SIZE];
    bus_path(core_request_id(request), path);
    const char *owner = core_request_owner(request);
    bus_pending_cancelled(bus, request);
    if (!bus->bus || !*owner)
        return;
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
    int r = sd_bus_message_new_signal(bus->bus, &signal, path, MPS_REQUEST_INTERFACE, MPS_COMPLETED);
    if (r >= 0)
        r = sd_bus_message_set_destination(signal, owner);
    if (r >= 0)
        r = bus_result_append(signal, result, MPS_SIGNAL_SESSION_MAX);
    if (r >= 0)
        r = sd_bus_send(bus->bus, signal, NULL);
    if (r < 0)
        log_warning("cannot tell %s the end of a request: %s", owner, strerror(-r));
}

void bus_on_counters(Bus *bus)
{
    bus_announce_counters(bus->announce);
}
