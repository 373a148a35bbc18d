/* SPDX-License-Identifier: MIT */
/* logind on the system bus: a delay inhibitor is held while awake, and let go when nothing is being sent. */
#include "network/sleep.h"

#include "base/clock.h"
#include "base/log.h"

#include <fcntl.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

#define READY_USEC (2 * USEC_PER_SEC) /* what is under way may hold up the machine's sleep for so long */
/* A sleep that does not come, or whose end is not told, is over by then; logind waits 5 s for all inhibitors together. */
#define GOING_USEC (15 * USEC_PER_SEC)
#define SLEPT_USEC USEC_PER_SEC

typedef enum SleepState {
    SLEEP_AWAKE,
    SLEEP_GOING, /* announced; something may be under way */
    SLEEP_READY, /* the inhibitor is let go */
} SleepState;

struct SleepWatch {
    sd_event *event;
    sd_bus *bus; /* NULL: there is none */
    sd_bus_slot *owner_call, *inhibit_call;
    sd_event_source *timer;
    char *logind;   /* its unique name; NULL: it is not there */
    int inhibitor;  /* -1: none */
    bool announced; /* its word of the end of a sleep is still to come */
    bool told;      /* in the log: no inhibitor */
    SleepState state;
    uint64_t going_usec;
    SleepClock clock;
    const SleepHooks *hooks;
    void *userdata;
};

/* ---- What the clocks show -------------------------------------------------------------------------------------------- */

bool sleep_clock_look(SleepClock *clock, uint64_t boot_usec, uint64_t monotonic_usec)
{
    uint64_t slept = boot_usec > monotonic_usec ? boot_usec - monotonic_usec : 0;
    if (slept <= clock->slept_usec)
        return false;
    bool told = slept - clock->slept_usec >= SLEPT_USEC;
    clock->slept_usec = slept;
    return told;
}

static bool clock_slept(SleepWatch *watch)
{
    uint64_t boot = clock_boot_usec();
    return sleep_clock_look(&watch->clock, boot, clock_monotonic_usec());
}

/* ---- The inhibitor --------------------------------------------------------------------------------------------------- */

static void release(SleepWatch *watch)
{
    close_fd(&watch->inhibitor);
    watch->inhibitor = -1;
}

static int on_inhibited(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SleepWatch *watch = userdata;
    int fd = -1;
    watch->inhibit_call = sd_bus_slot_unref(watch->inhibit_call);
    if (sd_bus_message_is_method_error(reply, NULL)) {
        if (!watch->told)
            log_info("the machine's sleep is not held up for what is being sent: %s",
                     sd_bus_message_get_error(reply)->message);
        watch->told = true;
        return 1;
    }
    if (sd_bus_message_read(reply, "h", &fd) < 0)
        return 1;
    release(watch);
    /* It came too late to be of use: to keep it would only hold up the sleep. */
    if (watch->state != SLEEP_READY)
        watch->inhibitor = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return 1;
}

static void inhibit(SleepWatch *watch)
{
    if (!watch->logind || watch->inhibitor >= 0 || watch->inhibit_call)
        return;
    /* By its unique name, so that nobody is started for it. */
    int r = sd_bus_call_method_async(watch->bus, &watch->inhibit_call, watch->logind, LOGIND_PATH,
                                     LOGIND_INTERFACE, "Inhibit", on_inhibited, watch, "ssss", "sleep",
                                     "mpsession", "A session write is being sent", "delay");
    if (r < 0)
        log_debug("Inhibit cannot be called: %s", strerror(-r));
}

/* ---- Going to sleep, and coming back --------------------------------------------------------------------------------- */

static void timer_set(SleepWatch *watch, uint64_t due)
{
    int r = sd_event_source_set_time(watch->timer, due);
    if (r >= 0)
        r = sd_event_source_set_enabled(watch->timer, SD_EVENT_ONESHOT);
    if (r < 0)
        log_error("the timer of the sleep cannot be set: %s", strerror(-r));
}

static void awake(SleepWatch *watch)
{
    watch->state = SLEEP_AWAKE;
    (void)sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
    (void)clock_slept(watch); /* this sleep is told now */
    inhibit(watch);
    watch->hooks->back(watch->userdata);
}

void sleep_watch_ready(SleepWatch *watch)
{
    if (watch->state != SLEEP_GOING)
        return;
    watch->state = SLEEP_READY;
    timer_set(watch, watch->going_usec + GOING_USEC);
    release(watch);
}

static int on_timer(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    SleepWatch *watch = userdata;
    if (watch->state == SLEEP_GOING)
        sleep_watch_ready(watch);
    else if (watch->state == SLEEP_READY)
        awake(watch);
    return 0;
}

void sleep_watch_look(SleepWatch *watch)
{
    if (clock_slept(watch))
        awake(watch);
}

static void on_going(SleepWatch *watch)
{
    watch->announced = true;
    if (watch->state != SLEEP_AWAKE)
        return;
    watch->state = SLEEP_GOING;
    watch->going_usec = clock_boot_usec();
    timer_set(watch, watch->going_usec + READY_USEC);
    watch->hooks->going(watch->userdata);
}

static void on_back(SleepWatch *watch)
{
    /* If the clocks were first, it is told already. */
    bool news = watch->state != SLEEP_AWAKE || !watch->announced || clock_slept(watch);
    watch->announced = false;
    if (news)
        awake(watch);
    else
        inhibit(watch);
}

static int on_prepare(sd_bus_message *message, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SleepWatch *watch = userdata;
    const char *sender = sd_bus_message_get_sender(message);
    int going;
    /* Anybody on the system bus may send us such a signal; only logind is believed. */
    if (!watch->logind || !sender || !string_equal(sender, watch->logind) ||
        sd_bus_message_read(message, "b", &going) < 0)
        return 0;
    if (going)
        on_going(watch);
    else
        on_back(watch);
    return 0;
}

/* ---- logind, and the bus --------------------------------------------------------------------------------------------- */

/* Nobody will tell of the end of a sleep. */
static void logind_lost(SleepWatch *watch)
{
    watch->inhibit_call = sd_bus_slot_unref(watch->inhibit_call);
    free(watch->logind);
    watch->logind = NULL;
    watch->announced = false;
    release(watch);
    if (watch->state != SLEEP_AWAKE)
        awake(watch);
}

static void logind_is(SleepWatch *watch, const char *name)
{
    if (watch->logind && string_equal(watch->logind, name))
        return;
    logind_lost(watch);
    watch->logind = *name ? strdup(name) : NULL;
    inhibit(watch);
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    const char *name, *before, *after;
    if (sd_bus_message_read(message, "sss", &name, &before, &after) >= 0 && string_equal(name, LOGIND_NAME))
        logind_is(userdata, after);
    return 0;
}

static int on_owner(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SleepWatch *watch = userdata;
    const char *name;
    watch->owner_call = sd_bus_slot_unref(watch->owner_call);
    if (!sd_bus_message_is_method_error(reply, NULL) && sd_bus_message_read(reply, "s", &name) >= 0)
        logind_is(watch, name);
    else
        log_info("logind is not there: the machine's sleep is noticed late");
    return 1;
}

static void disconnect(SleepWatch *watch)
{
    watch->owner_call = sd_bus_slot_unref(watch->owner_call);
    watch->inhibit_call = sd_bus_slot_unref(watch->inhibit_call);
    watch->bus = sd_bus_close_unref(watch->bus);
}

static int on_disconnected(sd_bus_message *message MPS_UNUSED, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SleepWatch *watch = userdata;
    log_info("the system bus is gone: the machine's sleep is noticed late");
    disconnect(watch);
    logind_lost(watch);
    return 1;
}

static int watch_bus(SleepWatch *watch)
{
    sd_bus *bus = watch->bus;
    /* At the loop's end sd-bus would wait until all is sent, and a bus that does not answer would keep us from ending. */
    int r = sd_bus_set_close_on_exit(bus, 0);
    if (r >= 0)
        r = sd_bus_attach_event(bus, watch->event, SD_EVENT_PRIORITY_NORMAL);
    if (r >= 0)
        r = sd_bus_match_signal_async(bus, NULL, "org.freedesktop.DBus.Local", "/org/freedesktop/DBus/Local",
                                      "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, NULL,
                                      watch);
    if (r >= 0)
        r = sd_bus_match_signal_async(bus, NULL, LOGIND_NAME, LOGIND_PATH, LOGIND_INTERFACE,
                                      "PrepareForSleep", on_prepare, NULL, watch);
    if (r >= 0)
        r = sd_bus_add_match_async(bus, NULL,
                                   "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                                   "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                                   "arg0='" LOGIND_NAME "'",
                                   on_owner_changed, NULL, watch);
    /* After the match, so that no change is missed in between. */
    if (r >= 0)
        r = sd_bus_call_method_async(bus, &watch->owner_call, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                     "org.freedesktop.DBus", "GetNameOwner", on_owner, watch, "s",
                                     LOGIND_NAME);
    return r;
}

/* ---- Making and freeing ---------------------------------------------------------------------------------------------- */

int sleep_watch_new(struct sd_event *event, const SleepHooks *hooks, void *userdata, SleepWatch **out)
{
    CLEANUP(sleep_watch_freep) SleepWatch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    watch->event = sd_event_ref(event);
    watch->inhibitor = -1;
    watch->hooks = hooks;
    watch->userdata = userdata;
    (void)clock_slept(watch);
    int r = sd_event_add_time(event, &watch->timer, CLOCK_BOOTTIME, 0, 10 * USEC_PER_MSEC, on_timer, watch);
    if (r >= 0)
        r = sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
    if (r < 0)
        return r;
    (void)sd_event_source_set_description(watch->timer, "sleep-timer");
    r = sd_bus_open_system_with_description(&watch->bus, "sleep");
    if (r >= 0)
        r = watch_bus(watch);
    if (r < 0) {
        log_info("no system bus: the machine's sleep is noticed late (%s)", strerror(-r));
        disconnect(watch);
    }
    *out = TAKE(watch);
    return 0;
}

SleepWatch *sleep_watch_free(SleepWatch *watch)
{
    if (!watch)
        return NULL;
    disconnect(watch);
    release(watch);
    sd_event_source_disable_unref(watch->timer);
    sd_event_unref(watch->event);
    free(watch->logind);
    free(watch);
    return NULL;
}
