/* SPDX-License-Identifier: MIT */
/* An agent that cannot start tells those who had it started. */
#include "bus/bus-refuse.h"

#include "ipc/names.h"

#include <systemd/sd-bus.h>

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    const char *text = userdata;
    (void)error;
    if (!sd_bus_message_is_method_call(message, NULL, NULL))
        return 0;
    int r =
        sd_bus_reply_method_errorf(message, MPS_ERROR_NAME_NOT_STARTED, "The agent does not start: %s", text);
    return r < 0 ? r : 1;
}

static int process_all(sd_bus *bus)
{
    int r;
    do
        r = sd_bus_process(bus, NULL);
    while (r > 0);
    return r;
}

int bus_refuse(const char *text)
{
    CLEANUP(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
    int r = sd_bus_open_user(&bus);
    if (r >= 0)
        r = sd_bus_add_filter(bus, NULL, on_message, (void *)text);
    if (r >= 0)
        r = sd_bus_request_name(bus, MPS_BUS_NAME, 0);
    if (r >= 0)
        r = process_all(bus);
    /* What came up to here was for this agent; what comes after starts the next one. */
    if (r >= 0)
        r = sd_bus_release_name(bus, MPS_BUS_NAME);
    if (r >= 0)
        r = process_all(bus);
    return r < 0 ? r : 0;
}
