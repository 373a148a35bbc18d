/* SPDX-License-Identifier: MIT */
/* Requests that wait for an answer. */
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
    hold_end_all(hold);
    if (hold->timer >= 0)
        close(hold->timer);
    *hold = (Hold){.timer = -1};
}

static void hold_arm(Hold *hold)
{
    struct itimerspec when = {0};
    int64_t earliest = INT64_MAX;

    for (const Held *held = hold->first; held; held = held->next)
        if (held->due_ms < earliest)
            earliest = held->due_ms;
    if (earliest < INT64_MAX) {
        when.it_value.tv_sec = (time_t)(earliest / 1000);
        when.it_value.tv_nsec = (long)(earliest % 1000) * 1000000 + 1;
    }
    timerfd_settime(hold->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void hold_append(Hold *hold, Held *held)
{
    held->previous = hold->last;
    if (hold->last)
        hold->last->next = held;
    else
        hold->first = held;
    hold->last = held;
    hold->count++;
    hold->bytes += held->call.length;
}

static void hold_remove(Hold *hold, Held *held)
{
    if (held->previous)
        held->previous->next = held->next;
    else
        hold->first = held->next;
    if (held->next)
        held->next->previous = held->previous;
    else
        hold->last = held->previous;
    hold->count--;
    hold->bytes -= held->call.length;
    call_clear(&held->call);
    reply_clear(&held->later);
    free(held);
}

bool hold_request(Hold *hold, struct MHD_Connection *connection, Reply *answer, Call *call,
                  const HoldTerms *terms)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct epoll_event event = {.events = EPOLLRDHUP};
    Held *held;

    if (hold->closed || hold->count == HOLD_MAX || call->length > HOLD_BYTES_MAX - hold->bytes)
        return false;
    held = memory_new(sizeof(*held));
    *held = (Held){
        .connection = connection,
        .answer = answer,
        .fd = info->connect_fd,
        .call = *call,
        .terms = *terms,
        .due_ms = terms->delay_ms < 0 ? INT64_MAX : monotonic_ms() + terms->delay_ms,
    };
    memset(call, 0, sizeof(*call));
    hold_append(hold, held);
    MHD_suspend_connection(connection);
    /* Without the watch the connection is still held; it only goes later. */
    event.data.ptr = held;
    epoll_ctl(hold->epoll, EPOLL_CTL_ADD, held->fd, &event);
    hold_arm(hold);
    return true;
}

bool hold_reply(Hold *hold, struct MHD_Connection *connection, Reply *answer, Call *call,
                const HoldTerms *terms, Reply *reply)
{
    if (!hold_request(hold, connection, answer, call, terms))
        return false;
    hold->last->later = *reply;
    memset(reply, 0, sizeof(*reply));
    return true;
}

/* The connection goes back to its handler. */
static void hold_resume(Hold *hold, Held *held)
{
    if (!held->connection)
        return;
    epoll_ctl(hold->epoll, EPOLL_CTL_DEL, held->fd, NULL);
    MHD_resume_connection(held->connection);
    hold->resumed = true;
    held->connection = NULL;
    held->answer = NULL;
}

void hold_leave(Hold *hold, Held *held)
{
    hold_resume(hold, held);
    if (!held->terms.stays)
        hold_remove(hold, held);
}

void hold_end(Hold *hold, Held *held, Reply *reply)
{
    if (reply && held->answer) {
        *held->answer = *reply;
        memset(reply, 0, sizeof(*reply));
    }
    hold_resume(hold, held);
    hold_remove(hold, held);
}

void hold_end_all(Hold *hold)
{
    while (hold->first)
        hold_end(hold, hold->first, NULL);
}

void hold_stop(Hold *hold)
{
    hold->closed = true;
    hold_end_all(hold);
}

Held *hold_due(Hold *hold)
{
    int64_t now = monotonic_ms();
    Held *best = NULL;

    for (Held *held = hold->first; held; held = held->next)
        if (held->due_ms <= now && (!best || held->due_ms < best->due_ms))
            best = held;
    if (!best)
        hold_arm(hold);
    return best;
}
