/* SPDX-License-Identifier: MIT */
/* Reaching the agent. */
#include <string.h>

#include "client-link.h"
#include "client-reply.h"
#include "client-track.h"
#include "client-wire.h"
#include "ipc/names.h"

#define USEC_PER_MSEC UINT64_C(1000)

/* Between attempts to reach the agent while something waits for it. */
#define BACKOFF_FIRST_USEC (250 * USEC_PER_MSEC)
#define BACKOFF_DOUBLINGS 5

/* A new call is worth an attempt, but a game may make one each frame. */
#define HURRY_USEC (100 * USEC_PER_MSEC)

/* The bus answers for the dead. A process that gave up the name but lives may never answer. */
#define DRAIN_USEC (5000 * USEC_PER_MSEC)
/* How long an agent that refuses calls but keeps the name is left in peace. */
#define LOST_HOLD_USEC (250 * USEC_PER_MSEC)
#define LEAVING_HOLD_USEC (1000 * USEC_PER_MSEC)

/* For the bus's own answers. Starting a service has the bus's limit first: 25 s by default, 120 s in some. */
#define CONTROL_USEC (25000 * USEC_PER_MSEC)
#define START_USEC (150000 * USEC_PER_MSEC)

/* A connection that lived for less is not made anew at once. */
#define SHORT_LIFE_USEC (1000 * USEC_PER_MSEC)

#define OWNER_RULE                                                                                           \
    "type='signal',sender='" DBUS_SERVICE_DBUS "',path='" DBUS_PATH_DBUS "',interface='" DBUS_INTERFACE_DBUS \
    "',member='NameOwnerChanged',arg0='" MPS_BUS_NAME "'"

static bool link_is_wanted(const Io *io)
{
    return io->table.waiting.first || io->cancels > 0;
}

static void link_set_owner(Io *io, const char *owner)
{
    size_t size = strlen(owner) + 1;

    /* Bus names have at most 255 bytes. */
    if (size > sizeof(io->owner) || (owner[0] != ':' && owner[0] != '\0'))
        owner = "", size = 1;
    memcpy(io->owner, owner, size);
}

static void link_back_off(Io *io)
{
    unsigned doublings = io->failures < BACKOFF_DOUBLINGS ? io->failures : BACKOFF_DOUBLINGS;

    io->failures++;
    io->failed_usec = bus_now_usec();
    io->retry_usec = io->failed_usec + (BACKOFF_FIRST_USEC << doublings);
}

static void link_unreachable(Io *io, IoLink link, const char *message)
{
    io->link = link;
    io->control_serial = 0;
    link_back_off(io);
    track_unreachable(io, message);
}

static void link_drop_bus(Io *io)
{
    bool was_up = io->link != IO_DOWN && io->link != IO_GREETING;
    uint64_t now = bus_now_usec();

    bus_close(&io->bus);
    io->disconnected = false;
    link_set_owner(io, "");
    track_reset(io);
    if (was_up) {
        /* The bus went away under us: one attempt at once. */
        io->link = IO_DOWN;
        io->control_serial = 0;
        io->retry_usec = now - io->up_usec < SHORT_LIFE_USEC ? now + BACKOFF_FIRST_USEC : 0;
    } else {
        link_unreachable(io, IO_DOWN, "The session bus refused the connection.");
    }
}

static void link_control(Io *io, IoLink link, const char *member, const char *name)
{
    DBusMessage *m = wire_new_bus_call(member, name);
    uint32_t serial;

    if (m && strcmp(member, "StartServiceByName") == 0) {
        dbus_uint32_t flags = 0;

        if (!dbus_message_append_args(m, DBUS_TYPE_UINT32, &flags, DBUS_TYPE_INVALID)) {
            dbus_message_unref(m);
            m = NULL;
        }
    }
    if (bus_send(&io->bus, m, &serial)) {
        io->link = link;
        io->control_serial = serial;
        io->control_usec = bus_now_usec() + (link == IO_STARTING ? START_USEC : CONTROL_USEC);
    } else {
        io->disconnected = true; /* no memory: begin anew */
    }
}

static void link_present(Io *io)
{
    io->link = IO_PRESENT;
    io->answered = false;
    track_flush_notes(io);
}

static void link_connect(Io *io)
{
    if (!io->address || !bus_open(&io->bus, io->address, link_filter, io)) {
        link_unreachable(io, IO_DOWN,
                         "There is no session bus, so the agent (mpsessiond) cannot be reached.");
        return;
    }
    link_control(io, IO_GREETING, "Hello", NULL);
}

void link_open(Io *io)
{
    link_connect(io);
}

static bool link_waits(const Io *io)
{
    return io->link == IO_GREETING || io->link == IO_ASKING || io->link == IO_STARTING;
}

void link_step(Io *io, uint64_t now)
{
    if (link_waits(io) && now >= io->control_usec) {
        if (io->link == IO_STARTING)
            link_unreachable(io, IO_ABSENT, "The agent (mpsessiond) did not start in time.");
        else
            io->disconnected = true;
    }
    if (io->disconnected)
        link_drop_bus(io);
    if (io->link == IO_DOWN && link_is_wanted(io) && now >= io->retry_usec)
        link_connect(io);
    if (io->link == IO_DRAINING && now >= io->hold_usec && (io->in_flight == 0 || now >= io->drain_usec)) {
        track_reset(io);
        io->last_owner[0] = '\0';
        link_control(io, IO_ASKING, "GetNameOwner", MPS_BUS_NAME);
    }
    if (io->link == IO_ABSENT && link_is_wanted(io) && now >= io->retry_usec)
        link_control(io, IO_STARTING, "StartServiceByName", MPS_BUS_NAME);
    if (io->link == IO_PRESENT)
        track_issue(io, now);
}

uint64_t link_next_usec(const Io *io)
{
    if (io->disconnected)
        return 0;
    if (link_waits(io))
        return io->control_usec;
    if ((io->link == IO_DOWN || io->link == IO_ABSENT) && link_is_wanted(io))
        return io->retry_usec;
    if (io->link == IO_DRAINING)
        return io->in_flight == 0 ? io->hold_usec : io->drain_usec;
    return UINT64_MAX;
}

void link_hurry(Io *io)
{
    if (io->retry_usec > io->failed_usec + HURRY_USEC)
        io->retry_usec = io->failed_usec + HURRY_USEC;
}

void link_lost(Io *io, bool leaving)
{
    uint64_t now = bus_now_usec();

    if (io->link != IO_PRESENT)
        return;
    /* One that dies before it answers anything is not started over and over. */
    if (!io->answered && !leaving)
        link_back_off(io);
    io->link = IO_DRAINING;
    io->drain_usec = now + DRAIN_USEC;
    io->hold_usec = now + (leaving ? LEAVING_HOLD_USEC : LOST_HOLD_USEC);
}

static void link_on_owner(Io *io, const char *owner)
{
    bool changed = strcmp(io->owner, owner) != 0;

    if (io->link == IO_PRESENT && changed)
        link_lost(io, false);
    if (io->link == IO_DRAINING && changed && io->last_owner[0] == '\0')
        memcpy(io->last_owner, io->owner, sizeof(io->last_owner));
    link_set_owner(io, owner);
    if (io->link == IO_DRAINING) {
        io->hold_usec = 0;
    } else if (io->link == IO_ASKING || io->link == IO_ABSENT || io->link == IO_STARTING) {
        if (io->owner[0] != '\0')
            link_present(io);
        else if (io->link == IO_ASKING)
            io->link = IO_ABSENT;
    }
}

static void link_on_start_reply(Io *io, DBusMessage *message)
{
    const char *text;

    if (dbus_message_get_type(message) == DBUS_MESSAGE_TYPE_METHOD_RETURN) {
        /* The owner change comes first, so it is gone again, or the bus has its own order: ask, in no hurry to start. */
        link_back_off(io);
        link_control(io, IO_ASKING, "GetNameOwner", MPS_BUS_NAME);
        return;
    }
    text = wire_read_text(message, DBUS_TYPE_STRING);
    link_unreachable(io, IO_ABSENT, text && text[0] ? text : "The agent (mpsessiond) could not be started.");
}

static void link_on_control_reply(Io *io, DBusMessage *message)
{
    bool error = dbus_message_get_type(message) == DBUS_MESSAGE_TYPE_ERROR;
    const char *owner;

    io->control_serial = 0;
    switch (io->link) {
    case IO_GREETING:
        if (error) {
            io->disconnected = true;
            break;
        }
        /* Without a DBusError it does not wait for the reply. */
        io->up_usec = bus_now_usec();
        dbus_bus_add_match(io->bus.connection, OWNER_RULE, NULL);
        link_control(io, IO_ASKING, "GetNameOwner", MPS_BUS_NAME);
        break;
    case IO_ASKING:
        owner = error ? NULL : wire_read_text(message, DBUS_TYPE_STRING);
        link_on_owner(io, owner ? owner : "");
        break;
    case IO_STARTING:
        link_on_start_reply(io, message);
        break;
    case IO_DOWN:
    case IO_ABSENT:
    case IO_PRESENT:
    case IO_DRAINING:
        break;
    }
}

static void link_answered(Io *io)
{
    io->answered = true;
    io->failures = 0;
    io->retry_usec = 0;
}

static void link_on_signal(Io *io, DBusMessage *message, bool from_bus, bool from_agent)
{
    char id[MPS_ID_SIZE];

    if (from_bus && dbus_message_is_signal(message, DBUS_INTERFACE_DBUS, "NameOwnerChanged")) {
        const char *name;
        const char *old_owner;
        const char *new_owner;

        if (wire_read_owner_change(message, &name, &old_owner, &new_owner) && strcmp(name, MPS_BUS_NAME) == 0)
            link_on_owner(io, new_owner);
    } else if (from_agent && dbus_message_is_signal(message, MPS_REQUEST_INTERFACE, MPS_COMPLETED) &&
               wire_path_to_id(dbus_message_get_path(message), id)) {
        reply_take_completed(io, id, message);
    }
}

DBusHandlerResult link_filter(DBusConnection *connection, DBusMessage *message, void *userdata)
{
    int type = dbus_message_get_type(message);
    const char *sender = dbus_message_get_sender(message);
    bool from_bus = sender && strcmp(sender, DBUS_SERVICE_DBUS) == 0;
    bool from_agent;
    Io *io = userdata;
    uint32_t serial;

    (void)connection;
    /* libdbus makes this one itself, without a sender; on the bus nobody can send without one. */
    if (!sender && dbus_message_is_signal(message, DBUS_INTERFACE_LOCAL, "Disconnected")) {
        io->disconnected = true;
        return DBUS_HANDLER_RESULT_HANDLED;
    }
    if (type == DBUS_MESSAGE_TYPE_METHOD_CALL)
        return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
    if (io->disconnected)
        return DBUS_HANDLER_RESULT_HANDLED;
    from_agent = sender && (strcmp(sender, io->owner) == 0 || strcmp(sender, io->last_owner) == 0);
    if (from_agent)
        link_answered(io);
    if (type == DBUS_MESSAGE_TYPE_SIGNAL) {
        link_on_signal(io, message, from_bus, from_agent);
        return DBUS_HANDLER_RESULT_HANDLED;
    }
    serial = dbus_message_get_reply_serial(message);
    if (serial != 0 && serial == io->control_serial) {
        if (from_bus)
            link_on_control_reply(io, message);
    } else if (from_bus || from_agent) {
        reply_take(io, serial, message);
    }
    return DBUS_HANDLER_RESULT_HANDLED;
}
