/* SPDX-License-Identifier: MIT */
/* Preloaded into an agent: from when $CLOCK_SHIFT_FILE exists, boot time is an hour ahead, as after a sleep of an hour. No
 * test machine can be sent to sleep, and a time namespace cannot be changed under a process. Timers that were set before are
 * not moved: what wakes the agent shows it that their time has come. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SHIFT_SEC 3600
#define FDS_MAX 1024

static char boot_timers[FDS_MAX];

static time_t shift(void)
{
    const char *file = getenv("CLOCK_SHIFT_FILE");
    return file && access(file, F_OK) == 0 ? SHIFT_SEC : 0;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
    int r = (int)syscall(SYS_clock_gettime, clock, now);
    if (r == 0 && clock == CLOCK_BOOTTIME)
        now->tv_sec += shift();
    return r;
}

__attribute__((visibility("default"))) int timerfd_create(clockid_t clock, int flags)
{
    int fd = (int)syscall(SYS_timerfd_create, clock, flags);
    if (fd >= 0 && fd < FDS_MAX)
        boot_timers[fd] = clock == CLOCK_BOOTTIME;
    return fd;
}

__attribute__((visibility("default"))) int timerfd_settime(int fd, int flags, const struct itimerspec *given,
                                                           struct itimerspec *old)
{
    struct itimerspec value = *given;
    if (flags & TFD_TIMER_ABSTIME && fd >= 0 && fd < FDS_MAX && boot_timers[fd]) {
        time_t by = shift();
        /* One that is set to the beginning of time comes at once. */
        if (value.it_value.tv_sec > by)
            value.it_value.tv_sec -= by;
    }
    return (int)syscall(SYS_timerfd_settime, fd, flags, &value, old);
}
