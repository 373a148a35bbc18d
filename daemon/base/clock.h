/* SPDX-License-Identifier: MIT */
/* The clocks: boot time for waiting (suspend counts), wall time for what outlives a reboot. */
#pragma once

#include <stdint.h>

/* CLOCK_BOOTTIME in microseconds. */
uint64_t clock_boot_usec(void);

/* CLOCK_MONOTONIC in microseconds: stands still in suspend, as libcurl's limits do. */
uint64_t clock_monotonic_usec(void);

/* How long the machine has slept since it was switched on. */
uint64_t clock_slept_usec(void);

/* CLOCK_REALTIME in microseconds since the epoch. */
uint64_t clock_wall_usec(void);

/* 64 random bits from the kernel; never fails. */
uint64_t clock_random(void);

/* clock_boot_id() - which boot this is: writes 36 characters and a NUL. Returns 0 or a negative errno. */
int clock_boot_id(char id[37]);
