/* SPDX-License-Identifier: MIT */
/* What changed, told seldom: counters at most once a second, a request's state only once it is 100 ms old. */
#include "bus/bus-internal.h"

#include "base/clock.h"
#include "base/log.h"

#define COUNTERS_EVERY_USEC USEC_PER_SEC
#define YOUNG_USEC (100 * USEC_PER_MSEC)

typedef struct YoungRequest {
    uint64_t due_usec;
    char id[MPS_ID_LENGTH + 1];
} YoungRequest;

struct BusAnnounce {
    Bus *bus;
    CoreCounters told; /* what the properties are: they change when it is told */
    uint64_t told_usec;
    sd_event_source *counters_timer;
    bool counters_armed;

    sd_event_source *young_timer;
    YoungRequest *young; /* a ring; the oldest is due first */
    size_t young_first, young_count, young_size;
};

static bool counters_equal(const CoreCounters *a, const CoreCounters *b)
{
    return a->queued == b->queued && a->active == b->active && a->unacknowledged == b->unacknowledged &&
           a->connectivity == b->connectivity;
}

CoreCounters bus_announced(const BusAnnounce *announce)
{
    return announce->told;
}

static void tell_counters(BusAnnounce *announce)
{
    CoreCounters before = announce->told, counters = core_counters(announce->bus->core);
    if (counters_equal(&before, &counters))
        return;
    announce->told = counters;
    announce->told_usec = clock_boot_usec();
    static char queued[] = "Queued", active[] = "Active", unacknowledged[] = "Unacknowledged",
                connectivity[] = "Connectivity";
    char *names[5] = {NULL};
    size_t count = 0;
    if (before.queued != counters.queued)
        names[count++] = queued;
    if (before.active != counters.active)
        names[count++] = active;
    if (before.unacknowledged != counters.unacknowledged)
        names[count++] = unacknowledged;
    if (before.connectivity != counters.connectivity)
        names[count++] = connectivity;
    if (!announce->bus->bus)
        return;
    int r =
        sd_bus_emit_properties_changed_strv(announce->bus->bus, MPS_ROOT_PATH, MPS_AGENT_INTERFACE, names);
    if (r < 0)
        log_debug("cannot tell the counters: %s", strerror(-r));
}

static int on_counters_due(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    BusAnnounce *announce = userdata;
    announce->counters_armed = false;
    tell_counters(announce);
    return 0;
}

static int arm(sd_event *event, sd_event_source **timer, uint64_t due, sd_event_time_handler_t handler,
               void *userdata, const char *description)
{
    if (!*timer) {
        int r = sd_event_add_time(event, timer, CLOCK_BOOTTIME, due, 10 * USEC_PER_MSEC, handler, userdata);
        if (r < 0)
            return r;
        sd_event_source_set_description(*timer, description);
        return 0;
    }
    int r = sd_event_source_set_time(*timer, due);
    if (r < 0)
        return r;
    return sd_event_source_set_enabled(*timer, SD_EVENT_ONESHOT);
}

void bus_announce_counters(BusAnnounce *announce)
{
    if (announce->counters_armed)
        return;
    CoreCounters counters = core_counters(announce->bus->core);
    if (counters_equal(&announce->told, &counters))
        return;
    /* Not at once either: a write that takes a millisecond would be told twice a second, though nothing is to be seen. */
    uint64_t due = clock_boot_usec() + YOUNG_USEC;
    if (announce->told_usec && announce->told_usec + COUNTERS_EVERY_USEC > due)
        due = announce->told_usec + COUNTERS_EVERY_USEC;
    int r =
        arm(announce->bus->event, &announce->counters_timer, due, on_counters_due, announce, "bus-counters");
    if (r < 0)
        log_warning("cannot set the timer of the counters: %s", strerror(-r));
    announce->counters_armed = r >= 0;
}

static void tell_state(BusAnnounce *announce, const CoreRequest *request)
{
    char path[BUS_PATH_SIZE];
    bus_path(core_request_id(request), path);
    if (!announce->bus->bus)
        return;
    announce->bus->emitting = true;
    int r = sd_bus_emit_properties_changed(announce->bus->bus, path, MPS_REQUEST_INTERFACE, "State", NULL);
    announce->bus->emitting = false;
    if (r < 0)
        log_debug("cannot tell a request's state: %s", strerror(-r));
}

static int on_young_due(sd_event_source *source, uint64_t usec MPS_UNUSED, void *userdata)
{
    BusAnnounce *announce = userdata;
    uint64_t now = clock_boot_usec();
    while (announce->young_count > 0 && announce->young[announce->young_first].due_usec <= now) {
        CoreRequest *request = core_find(announce->bus->core, announce->young[announce->young_first].id);
        announce->young_first = (announce->young_first + 1) % announce->young_size;
        announce->young_count--;
        if (request && core_request_stored(request) && core_request_state(request) != CORE_STATE_DONE)
            tell_state(announce, request);
    }
    if (announce->young_count == 0)
        return 0;
    sd_event_source_set_time(source, announce->young[announce->young_first].due_usec);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

/* The ring grows with need, so that an agent with little to do holds little. */
static int young_grow(BusAnnounce *announce)
{
    size_t size = announce->young_size ? announce->young_size * 4 : 64;
    if (size > BUS_ANNOUNCE_MAX)
        return -ENOBUFS;
    YoungRequest *ring = calloc(size, sizeof *ring);
    if (!ring)
        return -ENOMEM;
    for (size_t i = 0; i < announce->young_count; i++)
        ring[i] = announce->young[(announce->young_first + i) % announce->young_size];
    free(announce->young);
    announce->young = ring;
    announce->young_first = 0;
    announce->young_size = size;
    return 0;
}

void bus_announce_young(BusAnnounce *announce, const CoreRequest *request)
{
    /* Beyond the maximum the news is left out: its state can be asked for. */
    if (announce->young_count == announce->young_size && young_grow(announce) < 0)
        return;
    YoungRequest *young =
        &announce->young[(announce->young_first + announce->young_count) % announce->young_size];
    young->due_usec = clock_boot_usec() + YOUNG_USEC;
    memcpy(young->id, core_request_id(request), sizeof young->id);
    if (announce->young_count++ > 0)
        return;
    int r = arm(announce->bus->event, &announce->young_timer, young->due_usec, on_young_due, announce,
                "bus-young");
    if (r < 0)
        log_warning("cannot set the timer of the states: %s", strerror(-r));
}

void bus_announce_state(BusAnnounce *announce, const CoreRequest *request)
{
    if (clock_boot_usec() < core_request_accepted_at(request) + YOUNG_USEC)
        return;
    tell_state(announce, request);
}

void bus_announce_reset(BusAnnounce *announce)
{
    announce->told = core_counters(announce->bus->core);
    announce->told_usec = 0;
}

int bus_announce_new(Bus *bus, BusAnnounce **announce)
{
    BusAnnounce *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
        return -ENOMEM;
    fresh->bus = bus;
    fresh->told = core_counters(bus->core);
    *announce = fresh;
    return 0;
}

BusAnnounce *bus_announce_free(BusAnnounce *announce)
{
    if (!announce)
        return NULL;
    sd_event_source_disable_unref(announce->counters_timer);
    sd_event_source_disable_unref(announce->young_timer);
    free(announce->young);
    free(announce);
    return NULL;
}
