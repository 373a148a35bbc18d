/* SPDX-License-Identifier: MIT */
/* Reading the clocks and the kernel's random source. */
#include "base/clock.h"

#include "base/util.h"

#include <fcntl.h>
#include <sys/random.h>
#include <time.h>

static uint64_t clock_read(clockid_t clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_boot_usec(void)
{
    return clock_read(CLOCK_BOOTTIME);
}

uint64_t clock_monotonic_usec(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

uint64_t clock_slept_usec(void)
{
    /* In this order: it never seems to shrink below nothing. */
    uint64_t monotonic = clock_monotonic_usec(), boot = clock_boot_usec();
    return boot > monotonic ? boot - monotonic : 0;
}

uint64_t clock_wall_usec(void)
{
    return clock_read(CLOCK_REALTIME);
}

uint64_t clock_random(void)
{
    uint64_t bits = 0;
    /* Up to 256 bytes are never interrupted once the pool is ready, so a short read means an early boot: try again. */
    while (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        ;
    return bits;
}

int clock_boot_id(char id[37])
{
    CLEANUP_CLOSE int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    char text[37] = "";
    ssize_t size = read(fd, text, 36);
    if (size < 0)
        return -errno;
    if (size != 36)
        return -EIO;
    memcpy(id, text, sizeof text);
    return 0;
}
