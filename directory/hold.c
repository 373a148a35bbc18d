/* SPDX-License-Identifier: MIT */
/* Connections that wait for nothing, and writes that are applied later. */
#include "directory/hold.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "directory/util.h"

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int hold_open(Hold *hold, int epoll)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = hold};

    *hold = (Hold){.epoll = epoll};
    hold->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (hold->timer < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, hold->timer, &event) < 0)
        return -errno;
    return 0;
}

void hold_close(Hold *hold)
{
    for (size_t i = 0; i < hold->n_late; i++)
        call_clear(&hold->late[i].call);
    free(hold->late);
    if (hold->timer >= 0)
        close(hold->timer);
    *hold = (Hold){.timer = -1};
}

HeldConnection *hold_connection(Hold *hold, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    HeldConnection *held = memory_new(sizeof(*held));
    struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = held};

    held->connection = connection;
    held->fd = info->connect_fd;
    held->next = hold->first;
    if (held->next)
        held->next->previous = held;
    hold->first = held;
    MHD_suspend_connection(connection);
    /* Without the watch the connection is still held; it only goes later. */
    epoll_ctl(hold->epoll, EPOLL_CTL_ADD, held->fd, &event);
    return held;
}

void hold_release(Hold *hold, HeldConnection *held)
{
    for (size_t i = 0; i < hold->n_late; i++)
        if (hold->late[i].held == held)
            hold->late[i].held = NULL;
    if (held->previous)
        held->previous->next = held->next;
    else
        hold->first = held->next;
    if (held->next)
        held->next->previous = held->previous;
    epoll_ctl(hold->epoll, EPOLL_CTL_DEL, held->fd, NULL);
    MHD_resume_connection(held->connection);
    free(held);
}

void hold_release_all(Hold *hold)
{
    while (hold->first)
        hold_release(hold, hold->first);
}

static void hold_arm(Hold *hold)
{
    struct itimerspec when = {0};
    int64_t earliest = INT64_MAX;

    for (size_t i = 0; i < hold->n_late; i++)
        if (hold->late[i].due_ms < earliest)
            earliest = hold->late[i].due_ms;
    if (hold->n_late > 0) {
        when.it_value.tv_sec = (time_t)(earliest / 1000);
        when.it_value.tv_nsec = (long)(earliest % 1000) * 1000000 + 1;
    }
    timerfd_settime(hold->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

bool hold_call(Hold *hold, Call *call, HeldConnection *held, unsigned delay_ms)
{
    if (hold->n_late == HOLD_LATE_MAX)
        return false;
    hold->late = memory_resize(hold->late, (hold->n_late + 1) * sizeof(*hold->late));
    hold->late[hold->n_late++] =
        (LateCall){.call = *call, .due_ms = monotonic_ms() + (int64_t)delay_ms, .held = held};
    memset(call, 0, sizeof(*call));
    hold_arm(hold);
    return true;
}

bool hold_take_due(Hold *hold, Call *out)
{
    int64_t now = monotonic_ms();
    size_t best = hold->n_late;
    HeldConnection *held;

    for (size_t i = 0; i < hold->n_late; i++)
        if (hold->late[i].due_ms <= now &&
            (best == hold->n_late || hold->late[i].due_ms < hold->late[best].due_ms))
            best = i;
    if (best == hold->n_late) {
        hold_arm(hold);
        return false;
    }
    *out = hold->late[best].call;
    held = hold->late[best].held;
    memmove(hold->late + best, hold->late + best + 1, (--hold->n_late - best) * sizeof(*hold->late));
    if (held)
        hold_release(hold, held);
    return true;
}
