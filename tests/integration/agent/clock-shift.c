/* SPDX-License-Identifier: MIT */
/* Preloaded into an agent: from when $CLOCK_SHIFT_FILE exists, boot time is an hour ahead, as after a sleep of an hour. No
 * test machine can be sent to sleep, and a time namespace cannot be changed under a process. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *file = getenv("CLOCK_SHIFT_FILE");
    int r = (int)syscall(SYS_clock_gettime, clock, now);
    if (r == 0 && clock == CLOCK_BOOTTIME && file && access(file, F_OK) == 0)
        now->tv_sec += 3600;
    return r;
}
