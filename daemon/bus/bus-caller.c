/* SPDX-License-Identifier: MIT */
/*
 * Who calls: the bus is asked once per connection, without waiting for it. Meanwhile the caller's messages are held, and
 * then put back into sd-bus's own queue in their order; so handlers, property getters and the introspection always know
 * their caller.
 */
#include "bus/bus-internal.h"

#include "base/log.h"
#include "bus/bus-sandbox.h"

#include <poll.h>
#include <search.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/types.h>

typedef enum CallerState {
    CALLER_ASKED, /* the bus is asked for its process */
    CALLER_READ,  /* its process was looked at; is the connection still there? */
    CALLER_DRAIN, /* known, but held messages go first */
    CALLER_KNOWN,
} CallerState;

typedef struct HeldMessage {
    struct HeldMessage *next;
    sd_bus_message *message;
} HeldMessage;

struct BusCaller {
    Bus *bus;
    CallerState state;
    bool owns;
    BusIdentity identity;
    char refused[256]; /* why it may not call; "" = it may */
    sd_bus_slot *gone;
    sd_bus_slot *question;
    HeldMessage *first, **last;
    char name[];
};

static int caller_compare(const void *a, const void *b)
{
    return strcmp(((const BusCaller *)a)->name, ((const BusCaller *)b)->name);
}

const char *bus_caller_name(const BusCaller *caller)
{
    return caller->name;
}

const char *bus_caller_app_id(const BusCaller *caller)
{
    return caller->identity.app_id;
}

bool bus_caller_sandboxed(const BusCaller *caller)
{
    return caller->identity.sandboxed;
}

void bus_caller_owns(BusCaller *caller)
{
    caller->owns = true;
}

bool bus_caller_sees(const Bus *bus, const CoreRequest *request)
{
    if (!bus->caller || !core_request_stored(request))
        return false;
    return !bus->caller->identity.sandboxed ||
           string_equal(bus->caller->identity.app_id, core_request_app_id(request));
}

/* The tree is ordered by name: a key needs the same layout. */
static BusCaller *caller_find(Bus *bus, const char *name)
{
    union {
        BusCaller caller;
        char bytes[sizeof(BusCaller) + 256];
    } key;
    if (strlen(name) > 255)
        return NULL;
    memcpy(key.bytes + offsetof(BusCaller, name), name, strlen(name) + 1);
    void *node = tfind(&key.caller, &bus->callers, caller_compare);
    return node ? *(BusCaller **)node : NULL;
}

static sd_bus_message *caller_pop(BusCaller *caller)
{
    HeldMessage *held = caller->first;
    sd_bus_message *message = held->message;
    caller->first = held->next;
    if (!caller->first)
        caller->last = &caller->first;
    free(held);
    caller->bus->held--;
    return message;
}

static void caller_free(BusCaller *caller)
{
    if (caller->bus->caller == caller)
        caller->bus->caller = NULL;
    sd_bus_slot_unref(caller->gone);
    sd_bus_slot_unref(caller->question);
    while (caller->first)
        sd_bus_message_unref(caller_pop(caller));
    tdelete(caller, &caller->bus->callers, caller_compare);
    caller->bus->callers_count--;
    free(caller);
}

static int caller_hold(BusCaller *caller, sd_bus_message *message)
{
    if (caller->bus->held >= BUS_HELD_MAX)
        return -ENOBUFS;
    HeldMessage *held = calloc(1, sizeof *held);
    if (!held)
        return -ENOMEM;
    held->message = sd_bus_message_ref(message);
    *caller->last = held;
    caller->last = &held->next;
    caller->bus->held++;
    return 0;
}

/* The caller is known: its messages go through sd-bus once more, in their order. */
static void caller_drain(BusCaller *caller)
{
    caller->question = sd_bus_slot_unref(caller->question);
    caller->state = caller->first ? CALLER_DRAIN : CALLER_KNOWN;
    for (HeldMessage *held = caller->first; held; held = held->next) {
        int r = sd_bus_enqueue_for_read(caller->bus->bus, held->message);
        if (r < 0)
            log_error("a call of %s is lost: %s", caller->name, strerror(-r));
    }
}

static void caller_refuse(BusCaller *caller, const char *reason)
{
    snprintf(caller->refused, sizeof caller->refused, "%s", reason);
    log_warning("%s is refused: %s", caller->name, caller->refused);
    caller_drain(caller);
}

static int on_still_there(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    BusCaller *caller = userdata;
    int there = 0;
    if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "b", &there) < 0 ||
        !there) {
        caller_refuse(caller, "the connection ended while its process was being looked at");
        return 1;
    }
    caller_drain(caller);
    return 1;
}

typedef struct Credentials {
    uint32_t pid;
    uint32_t uid;
    int pidfd; /* -1: the bus gives none */
    bool has_pid, has_uid;
} Credentials;

static int credentials_read(sd_bus_message *reply, Credentials *credentials)
{
    int r = sd_bus_message_enter_container(reply, 'a', "{sv}");
    while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
        const char *key = NULL;
        r = sd_bus_message_read_basic(reply, 's', &key);
        if (r < 0)
            return r;
        if (string_equal(key, "ProcessID")) {
            r = sd_bus_message_read(reply, "v", "u", &credentials->pid);
            credentials->has_pid = r > 0;
        } else if (string_equal(key, "UnixUserID")) {
            r = sd_bus_message_read(reply, "v", "u", &credentials->uid);
            credentials->has_uid = r > 0;
        } else if (string_equal(key, "ProcessFD"))
            r = sd_bus_message_read(reply, "v", "h", &credentials->pidfd);
        else
            r = sd_bus_message_skip(reply, "v");
        if (r < 0)
            return r;
        r = sd_bus_message_exit_container(reply);
    }
    return r;
}

static bool pidfd_alive(int pidfd)
{
    struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 0;
}

/* Looks at the process; the pidfd tells whether it was the same one all the time. Returns 0 or a negative errno. */
static int caller_identify(BusCaller *caller, const Credentials *credentials, char *reason, size_t size)
{
    if (!credentials->has_pid || credentials->pid == 0 || !credentials->has_uid) {
        snprintf(reason, size, "the bus does not tell which process calls");
        return -ENODATA;
    }
    if (credentials->uid != getuid() && credentials->uid != 0) {
        snprintf(reason, size, "the agent serves its own user only");
        return -EACCES;
    }
    CLEANUP_CLOSE int opened = -1;
    int pidfd = credentials->pidfd;
    if (pidfd < 0)
        pidfd = opened = pidfd_open((pid_t)credentials->pid, 0);
    if (pidfd < 0) {
        int r = -errno;
        snprintf(reason, size, "the calling process %u is gone", credentials->pid);
        return r;
    }
    int r = bus_sandbox_read((pid_t)credentials->pid, &caller->identity, reason, size);
    if (r < 0)
        return r;
    if (!pidfd_alive(pidfd)) {
        snprintf(reason, size, "the calling process %u is gone", credentials->pid);
        return -ESRCH;
    }
    return 0;
}

static int on_credentials(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    BusCaller *caller = userdata;
    char reason[250] = "the bus does not tell who calls";
    Credentials credentials = {.pidfd = -1};
    if (sd_bus_message_is_method_error(reply, NULL) || credentials_read(reply, &credentials) < 0 ||
        caller_identify(caller, &credentials, reason, sizeof reason) < 0) {
        caller_refuse(caller, reason);
        return 1;
    }
    if (credentials.pidfd >= 0) {
        caller_drain(caller);
        return 1;
    }
    /* Without a pidfd from the bus the number may have been another's by the time it was opened; while the connection
     * lives, its process does. */
    sd_bus_slot_unref(caller->question);
    caller->question = NULL;
    caller->state = CALLER_READ;
    int r = sd_bus_call_method_async(caller->bus->bus, &caller->question, "org.freedesktop.DBus",
                                     "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                                     on_still_there, caller, "s", caller->name);
    if (r < 0)
        caller_refuse(caller, "the bus cannot be asked");
    return 1;
}

static int on_gone(sd_bus_message *message MPS_UNUSED, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    BusCaller *caller = userdata;
    Bus *bus = caller->bus;
    CoreNow now = bus_now();
    core_owner_gone(bus->core, &now, caller->name);
    caller_free(caller);
    bus->hooks->touched(bus->userdata);
    return 0;
}

static int on_gone_installed(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    BusCaller *caller = userdata;
    if (sd_bus_message_is_method_error(reply, NULL))
        log_warning("the end of %s will not be noticed: %s", caller->name,
                    sd_bus_message_get_error(reply)->message);
    return 1;
}

static int caller_ask(BusCaller *caller)
{
    char match[512];
    snprintf(match, sizeof match,
             "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
             "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s',arg2=''",
             caller->name);
    int r =
        sd_bus_add_match_async(caller->bus->bus, &caller->gone, match, on_gone, on_gone_installed, caller);
    if (r < 0)
        return r;
    r = sd_bus_call_method_async(caller->bus->bus, &caller->question, "org.freedesktop.DBus",
                                 "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionCredentials",
                                 on_credentials, caller, "s", caller->name);
    return r < 0 ? r : 0;
}

/* Makes room by forgetting a caller that owns nothing and waits for nothing. */
static void forget_one(const void *node, VISIT which, void *closure)
{
    BusCaller *caller = *(BusCaller *const *)node;
    BusCaller **found = closure;
    if ((which == postorder || which == leaf) && !*found && caller->state == CALLER_KNOWN && !caller->owns)
        *found = caller;
}

static int caller_new(Bus *bus, const char *name, BusCaller **caller)
{
    if (bus->callers_count >= BUS_CALLERS_MAX) {
        BusCaller *idle = NULL;
        twalk_r(bus->callers, forget_one, &idle);
        if (!idle)
            return -ENOBUFS;
        caller_free(idle);
    }
    size_t length = strlen(name);
    if (length > 255)
        return -EINVAL;
    BusCaller *fresh = calloc(1, sizeof *fresh + length + 1);
    if (!fresh)
        return -ENOMEM;
    fresh->bus = bus;
    fresh->last = &fresh->first;
    memcpy(fresh->name, name, length + 1);
    if (!tsearch(fresh, &bus->callers, caller_compare)) {
        free(fresh);
        return -ENOMEM;
    }
    bus->callers_count++;
    int r = caller_ask(fresh);
    if (r < 0) {
        caller_free(fresh);
        return r;
    }
    *caller = fresh;
    return 0;
}

/* A message of a caller that is not known yet. Returns 1, or a negative errno. */
static int caller_wait(BusCaller *caller, sd_bus_message *message)
{
    int r = caller_hold(caller, message);
    if (r < 0)
        return r;
    if (caller->state == CALLER_DRAIN) {
        r = sd_bus_enqueue_for_read(caller->bus->bus, message);
        if (r < 0)
            return r;
    }
    return 1;
}

int bus_caller_enter(Bus *bus, sd_bus_message *message)
{
    const char *name = sd_bus_message_get_sender(message);
    bus->caller = NULL;
    if (!name)
        return 0;
    int r = 0;
    BusCaller *caller = caller_find(bus, name);
    if (!caller)
        r = caller_new(bus, name, &caller);
    if (r >= 0 && caller->state == CALLER_DRAIN && caller->first->message == message) {
        sd_bus_message_unref(caller_pop(caller));
        if (!caller->first)
            caller->state = CALLER_KNOWN;
    } else if (r >= 0 && caller->state != CALLER_KNOWN)
        r = caller_wait(caller, message);
    if (r < 0) {
        sd_bus_reply_method_errorf(message, MPS_ERROR_NAME_QUOTA_EXCEEDED,
                                   "too many calls or connections wait for the agent (%s); try again",
                                   strerror(-r));
        return 1;
    }
    if (r > 0)
        return 1;
    if (*caller->refused) {
        sd_bus_reply_method_errorf(message, MPS_ERROR_NAME_ACCESS_DENIED, "%s", caller->refused);
        return 1;
    }
    bus->caller = caller;
    return 0;
}

void bus_callers_clear(Bus *bus)
{
    CoreNow now = bus_now();
    while (bus->callers) {
        BusCaller *caller = *(BusCaller **)bus->callers;
        core_owner_gone(bus->core, &now, caller->name);
        caller_free(caller);
    }
}
