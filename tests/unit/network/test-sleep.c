/* SPDX-License-Identifier: MIT */
/* What the clocks tell of sleep, and a life without a system bus. */
#include "network/sleep.h"

#include <criterion/criterion.h>
#include <systemd/sd-event.h>

Test(sleep_clock, tells_each_sleep_once)
{
    SleepClock clock = {0};
    uint64_t boot = 1000 * USEC_PER_SEC, monotonic = 900 * USEC_PER_SEC;
    (void)sleep_clock_look(&clock, boot, monotonic); /* what was before does not matter */
    cr_assert_not(sleep_clock_look(&clock, boot + USEC_PER_HOUR, monotonic + USEC_PER_HOUR));
    boot += 2 * USEC_PER_HOUR;
    monotonic += USEC_PER_HOUR;
    cr_assert(sleep_clock_look(&clock, boot, monotonic));
    cr_assert_not(sleep_clock_look(&clock, boot, monotonic));
    cr_assert_not(sleep_clock_look(&clock, boot + 500 * USEC_PER_MSEC, monotonic), "too short to matter");
    cr_assert(sleep_clock_look(&clock, boot + 500 * USEC_PER_MSEC + USEC_PER_SEC, monotonic));
}

Test(sleep_clock, a_pause_between_the_two_readings_is_no_sleep)
{
    SleepClock clock = {0};
    uint64_t boot = 1000 * USEC_PER_SEC, monotonic = 900 * USEC_PER_SEC;
    (void)sleep_clock_look(&clock, boot, monotonic);
    cr_assert_not(sleep_clock_look(&clock, boot, monotonic + 5 * USEC_PER_SEC));
    cr_assert_not(sleep_clock_look(&clock, boot + USEC_PER_MINUTE, monotonic + USEC_PER_MINUTE));
    cr_assert_not(sleep_clock_look(&clock, boot, monotonic + 2000 * USEC_PER_SEC),
                  "a clock that makes no sense");
}

static void on_hook(void *userdata)
{
    ++*(unsigned *)userdata;
}

Test(sleep_watch, without_a_system_bus)
{
    static const SleepHooks hooks = {.going = on_hook, .back = on_hook};
    sd_event *event = NULL;
    SleepWatch *watch = NULL;
    unsigned called = 0;
    setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus", 1);
    cr_assert_geq(sd_event_new(&event), 0);
    cr_assert_eq(sleep_watch_new(event, &hooks, &called, &watch), 0);
    sleep_watch_look(watch);
    sleep_watch_ready(watch);
    cr_assert_eq(sd_event_run(event, 200 * USEC_PER_MSEC), 0, "it wakes the loop");
    cr_assert_eq(called, 0);
    watch = sleep_watch_free(watch);
    cr_assert_null(watch);
    sd_event_unref(event);
}
