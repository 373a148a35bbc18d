/* SPDX-License-Identifier: MIT */
/* A private libdbus connection, driven by an own poll loop. */
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client-bus.h"
#include "mpsession/mpsession.h"

/* So that a flood of signals does not keep the game's new calls waiting. */
#define DISPATCH_MAX 256

uint64_t bus_now_usec(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static bool address_is_usable(const char *address)
{
    /* autolaunch: would start a bus of its own behind the user's back. */
    return address && address[0] != '\0' && !strstr(address, "autolaunch:");
}

int bus_choose_address(const char *given, char **ret)
{
    const char *environment = secure_getenv("DBUS_SESSION_BUS_ADDRESS");
    const char *directory = secure_getenv("XDG_RUNTIME_DIR");
    const char *chosen = NULL;
    char *escaped = NULL;
    char *address = NULL;

    if (given)
        chosen = given;
    else if (address_is_usable(environment))
        chosen = environment;
    if (chosen) {
        if (address_is_usable(chosen)) {
            address = strdup(chosen);
            if (!address)
                return MPS_ERROR_NO_MEMORY;
        }
    } else if (directory && directory[0] == '/') {
        static const char prefix[] = "unix:path=";
        static const char suffix[] = "/bus";
        size_t size;

        escaped = dbus_address_escape_value(directory);
        if (!escaped)
            return MPS_ERROR_NO_MEMORY;
        size = sizeof(prefix) + strlen(escaped) + sizeof(suffix);
        address = malloc(size);
        if (address) {
            strcpy(address, prefix);
            strcat(address, escaped);
            strcat(address, suffix);
        }
        dbus_free(escaped);
        if (!address)
            return MPS_ERROR_NO_MEMORY;
    }
    *ret = address;
    return 0;
}

/* ---- What libdbus calls, under the connection's lock: no function of the connection may be called here. ---- */

static dbus_bool_t bus_add_watch(DBusWatch *watch, void *userdata)
{
    Bus *bus = userdata;

    if (bus->watches_count == BUS_WATCHES_MAX)
        return FALSE;
    bus->watches[bus->watches_count++] = watch;
    return TRUE;
}

static void bus_remove_watch(DBusWatch *watch, void *userdata)
{
    Bus *bus = userdata;

    for (unsigned i = 0; i < bus->watches_count; i++) {
        if (bus->watches[i] == watch) {
            bus->watches[i] = bus->watches[--bus->watches_count];
            return;
        }
    }
}

static void bus_toggle_watch(DBusWatch *watch, void *userdata)
{
    /* Whether it is enabled is asked before each poll. */
    (void)watch;
    (void)userdata;
}

static uint64_t timeout_due(DBusTimeout *timeout)
{
    if (!dbus_timeout_get_enabled(timeout))
        return UINT64_MAX;
    return bus_now_usec() + (uint64_t)dbus_timeout_get_interval(timeout) * 1000;
}

static dbus_bool_t bus_add_timeout(DBusTimeout *timeout, void *userdata)
{
    Bus *bus = userdata;

    if (bus->timeouts_count == BUS_TIMEOUTS_MAX)
        return FALSE;
    bus->timeouts[bus->timeouts_count].timeout = timeout;
    bus->timeouts[bus->timeouts_count++].due_usec = timeout_due(timeout);
    return TRUE;
}

static void bus_remove_timeout(DBusTimeout *timeout, void *userdata)
{
    Bus *bus = userdata;

    for (unsigned i = 0; i < bus->timeouts_count; i++) {
        if (bus->timeouts[i].timeout == timeout) {
            bus->timeouts[i] = bus->timeouts[--bus->timeouts_count];
            return;
        }
    }
}

static void bus_toggle_timeout(DBusTimeout *timeout, void *userdata)
{
    Bus *bus = userdata;

    for (unsigned i = 0; i < bus->timeouts_count; i++) {
        if (bus->timeouts[i].timeout == timeout)
            bus->timeouts[i].due_usec = timeout_due(timeout);
    }
}

/* ---- */

bool bus_open(Bus *bus, const char *address, DBusHandleMessageFunction filter, void *userdata)
{
    /*
     * Opening a connection makes libdbus ignore SIGPIPE in the whole process; that is the game's to decide, and libdbus
     * writes with MSG_NOSIGNAL anyway. The switch is libdbus's own, for all its users here: TRUE is its default.
     */
    dbus_connection_set_change_sigpipe(FALSE);
    bus->connection = dbus_connection_open_private(address, NULL);
    dbus_connection_set_change_sigpipe(TRUE);
    if (!bus->connection)
        return false;
    dbus_connection_set_exit_on_disconnect(bus->connection, FALSE);
    if (!dbus_connection_set_watch_functions(bus->connection, bus_add_watch, bus_remove_watch,
                                             bus_toggle_watch, bus, NULL) ||
        !dbus_connection_set_timeout_functions(bus->connection, bus_add_timeout, bus_remove_timeout,
                                               bus_toggle_timeout, bus, NULL) ||
        !dbus_connection_add_filter(bus->connection, filter, userdata, NULL)) {
        bus_close(bus);
        return false;
    }
    return true;
}

void bus_close(Bus *bus)
{
    if (!bus->connection)
        return;
    dbus_connection_close(bus->connection);
    dbus_connection_unref(bus->connection);
    *bus = (Bus){0};
}

bool bus_send(Bus *bus, DBusMessage *message, uint32_t *serial)
{
    dbus_uint32_t number = 0;
    dbus_bool_t sent;

    if (!message)
        return false;
    sent = bus->connection && dbus_connection_send(bus->connection, message, &number);
    dbus_message_unref(message);
    if (sent && serial)
        *serial = number;
    return sent;
}

bool bus_dispatch(Bus *bus)
{
    for (unsigned i = 0; i < DISPATCH_MAX; i++) {
        if (!bus->connection)
            return false;
        /* The filter only takes notes: it does not close the connection under libdbus's feet. */
        if (dbus_connection_get_dispatch_status(bus->connection) != DBUS_DISPATCH_DATA_REMAINS)
            return false;
        dbus_connection_dispatch(bus->connection);
    }
    return true;
}

bool bus_has_output(Bus *bus)
{
    return bus->connection && dbus_connection_has_messages_to_send(bus->connection);
}

static unsigned watch_flags(short revents)
{
    unsigned flags = 0;

    if (revents & POLLIN)
        flags |= DBUS_WATCH_READABLE;
    if (revents & POLLOUT)
        flags |= DBUS_WATCH_WRITABLE;
    if (revents & POLLERR)
        flags |= DBUS_WATCH_ERROR;
    if (revents & (POLLHUP | POLLNVAL))
        flags |= DBUS_WATCH_HANGUP;
    return flags;
}

static bool bus_has_watch(const Bus *bus, const DBusWatch *watch)
{
    for (unsigned i = 0; i < bus->watches_count; i++) {
        if (bus->watches[i] == watch)
            return true;
    }
    return false;
}

static void bus_handle(Bus *bus, DBusWatch *const *watches, const struct pollfd *fds, unsigned count)
{
    uint64_t now = bus_now_usec();

    for (unsigned i = 0; i < count; i++) {
        /* Handling one may remove others. */
        if (fds[i].revents != 0 && bus_has_watch(bus, watches[i]))
            dbus_watch_handle(watches[i], watch_flags(fds[i].revents));
    }
    for (unsigned i = 0; i < bus->timeouts_count; i++) {
        if (bus->timeouts[i].due_usec > now)
            continue;
        bus->timeouts[i].due_usec = timeout_due(bus->timeouts[i].timeout);
        dbus_timeout_handle(bus->timeouts[i].timeout);
    }
}

static int poll_timeout(uint64_t until_usec)
{
    uint64_t now;
    uint64_t msec;

    if (until_usec == 0)
        return 0;
    if (until_usec == UINT64_MAX)
        return -1;
    now = bus_now_usec();
    if (until_usec <= now)
        return 0;
    msec = (until_usec - now + 999) / 1000;
    return msec > INT_MAX ? INT_MAX : (int)msec;
}

void bus_poll(Bus *bus, int wake_fd, uint64_t until_usec)
{
    DBusWatch *watches[BUS_WATCHES_MAX];
    struct pollfd fds[BUS_WATCHES_MAX + 1];
    unsigned count = 0;

    for (unsigned i = 0; i < bus->watches_count; i++) {
        unsigned flags;

        if (!dbus_watch_get_enabled(bus->watches[i]))
            continue;
        flags = dbus_watch_get_flags(bus->watches[i]);
        watches[count] = bus->watches[i];
        fds[count++] = (struct pollfd){
            .fd = dbus_watch_get_unix_fd(bus->watches[i]),
            .events = (short)((flags & DBUS_WATCH_READABLE ? POLLIN : 0) |
                              (flags & DBUS_WATCH_WRITABLE ? POLLOUT : 0)),
        };
    }
    for (unsigned i = 0; i < bus->timeouts_count; i++) {
        if (bus->timeouts[i].due_usec < until_usec)
            until_usec = bus->timeouts[i].due_usec;
    }
    fds[count] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    if (poll(fds, count + 1, poll_timeout(until_usec)) <= 0) {
        for (unsigned i = 0; i <= count; i++)
            fds[i].revents = 0;
    }
    if (fds[count].revents != 0) {
        uint64_t value;

        (void)!read(wake_fd, &value, sizeof(value));
    }
    bus_handle(bus, watches, fds, count);
}
