/* SPDX-License-Identifier: MIT */
/* Calls whose reply leaves after a commit: that of their request, or of the result of what they cancel. */
#include "bus/bus-internal.h"

#include "base/log.h"

#include <search.h>

/* One message; several calls may wait for one request (a repeat of the same id). */
typedef struct BusWaiting {
    struct BusWaiting *next;
    sd_bus_message *message;
} BusWaiting;

typedef struct BusPending {
    const CoreRequest *request;
    BusWaiting *first;
} BusPending;

static int pending_compare(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const BusPending *)a)->request;
    uintptr_t right = (uintptr_t)((const BusPending *)b)->request;
    return left < right ? -1 : left > right;
}

static BusPending *pending_find(Bus *bus, const CoreRequest *request)
{
    BusPending key = {.request = request};
    void *node = tfind(&key, &bus->pending, pending_compare);
    return node ? *(BusPending **)node : NULL;
}

int bus_pending_add(Bus *bus, CoreRequest *request, sd_bus_message *message)
{
    if (bus->pending_count >= BUS_PENDING_MAX)
        return -ENOBUFS;
    CLEANUP_FREE BusWaiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting)
        return -ENOMEM;
    BusPending *pending = pending_find(bus, request);
    if (!pending) {
        CLEANUP_FREE BusPending *fresh = calloc(1, sizeof *fresh);
        if (!fresh)
            return -ENOMEM;
        fresh->request = request;
        if (!tsearch(fresh, &bus->pending, pending_compare))
            return -ENOMEM;
        pending = TAKE(fresh);
    }
    waiting->message = sd_bus_message_ref(message);
    waiting->next = pending->first;
    pending->first = TAKE(waiting);
    bus->pending_count++;
    return 0;
}

/* The newest one that was added, which is answered at once after all. */
void bus_pending_drop(Bus *bus, const CoreRequest *request, const sd_bus_message *message)
{
    BusPending *pending = pending_find(bus, request);
    if (!pending || pending->first->message != message)
        return;
    BusWaiting *waiting = pending->first;
    pending->first = waiting->next;
    sd_bus_message_unref(waiting->message);
    free(waiting);
    bus->pending_count--;
    if (pending->first)
        return;
    tdelete(pending, &bus->pending, pending_compare);
    free(pending);
}

/* Takes the messages that wait for a request out, so that each is answered once. */
static BusWaiting *pending_take(Bus *bus, const CoreRequest *request)
{
    CLEANUP_FREE BusPending *pending = pending_find(bus, request);
    if (!pending)
        return NULL;
    tdelete(pending, &bus->pending, pending_compare);
    return pending->first;
}

static sd_bus_message *waiting_pop(Bus *bus, BusWaiting **list)
{
    BusWaiting *waiting = *list;
    sd_bus_message *message = waiting->message;
    *list = waiting->next;
    free(waiting);
    bus->pending_count--;
    return message;
}

void bus_pending_accept(Bus *bus, CoreRequest *request)
{
    char path[BUS_PATH_SIZE];
    bus_path(core_request_id(request), path);
    BusWaiting *list = pending_take(bus, request);
    while (list) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = waiting_pop(bus, &list);
        int r = sd_bus_reply_method_return(message, "o", path);
        if (r < 0)
            log_debug("cannot answer a call: %s", strerror(-r));
    }
}

void bus_pending_cancelled(Bus *bus, CoreRequest *request)
{
    BusWaiting *list = pending_take(bus, request);
    while (list) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = waiting_pop(bus, &list);
        int r = sd_bus_reply_method_return(message, "s", MPS_CANCEL_CANCELLED);
        if (r < 0)
            log_debug("cannot answer a call: %s", strerror(-r));
    }
}

void bus_pending_refuse(Bus *bus, CoreRequest *request, const CoreRefusal *refusal)
{
    BusWaiting *list = pending_take(bus, request);
    while (list) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = waiting_pop(bus, &list);
        int r = sd_bus_reply_method_errorf(message, bus_error_name(refusal->code), "%s", refusal->message);
        if (r < 0)
            log_debug("cannot answer a call: %s", strerror(-r));
    }
}

void bus_pending_clear(Bus *bus, bool told)
{
    while (bus->pending) {
        BusPending *pending = *(BusPending **)bus->pending;
        BusWaiting *list = pending_take(bus, pending->request);
        while (list) {
            CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = waiting_pop(bus, &list);
            if (told)
                sd_bus_reply_method_errorf(message, MPS_ERROR_NAME_SHUTTING_DOWN,
                                           "the agent is stopping; call again with the same id");
        }
    }
}
