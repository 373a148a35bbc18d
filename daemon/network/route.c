/* SPDX-License-Identifier: MIT */
/* The rtnetlink socket on the event loop. */
#include "network/route.h"

#include "base/clock.h"
#include "base/log.h"
#include "network/route-table.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#define SETTLE_USEC (100 * USEC_PER_MSEC) /* address, link and route come together */
#define PACE_USEC USEC_PER_SEC            /* a route that flaps is not told each time */
#define DATAGRAM_MAX 16384
#define DATAGRAMS_A_TURN 32 /* then the bus has its turn */

struct RouteWatch {
    sd_event *event;
    sd_event_source *io;
    sd_event_source *timer;
    bool pending; /* the timer is set */
    uint64_t told_usec;
    RouteTable table;
    RouteChanged changed;
    void *userdata;
};

static int on_settled(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    RouteWatch *watch = userdata;
    watch->pending = false;
    watch->told_usec = clock_boot_usec();
    watch->changed(watch->userdata);
    return 0;
}

static int tell_soon(RouteWatch *watch)
{
    if (watch->pending)
        return 0;
    uint64_t now = clock_boot_usec(), due = now + SETTLE_USEC;
    if (watch->told_usec && due < watch->told_usec + PACE_USEC)
        due = watch->told_usec + PACE_USEC;
    int r = sd_event_source_set_time(watch->timer, due);
    if (r >= 0)
        r = sd_event_source_set_enabled(watch->timer, SD_EVENT_ONESHOT);
    watch->pending = r >= 0;
    return r;
}

/* One datagram. Returns 1, 0 when there is none, or a negative errno. */
static int receive(RouteWatch *watch, int fd, bool *changed)
{
    char data[DATAGRAM_MAX];
    struct sockaddr_nl sender = {0};
    struct iovec part = {.iov_base = data, .iov_len = sizeof data};
    struct msghdr message = {
        .msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &part, .msg_iovlen = 1};
    ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN)
        return 0;
    if (size < 0 && errno == EINTR)
        return 1;
    if (size < 0 && errno != ENOBUFS)
        return -errno;
    /* What was lost or cut may have been about a way out, so all may be different now. */
    if (size < 0 || (message.msg_flags & MSG_TRUNC)) {
        watch->table.count = 0;
        *changed = true;
        return 1;
    }
    /* Other processes may send to this socket too. */
    if (message.msg_namelen == sizeof sender && sender.nl_family == AF_NETLINK && sender.nl_pid == 0)
        *changed = route_table_feed(&watch->table, data, (size_t)size) || *changed;
    return 1;
}

static int on_io(sd_event_source *source, int fd, uint32_t events MPS_UNUSED, void *userdata)
{
    RouteWatch *watch = userdata;
    bool changed = false;
    int r = 1;
    for (unsigned i = 0; i < DATAGRAMS_A_TURN && r > 0; i++)
        r = receive(watch, fd, &changed);
    if (r >= 0 && changed)
        r = tell_soon(watch);
    if (r < 0) {
        log_info("changes of the network are not noticed any more: %s", strerror(-r));
        (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
    }
    return 0;
}

/* A busy router must not wake us for every route: the kernel lets only wide ones through. Without it we look ourselves. */
static void filter(int fd)
{
    enum { TYPE_AT = offsetof(struct nlmsghdr, nlmsg_type) };
    enum { WIDTH_AT = NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_dst_len) };
    struct sock_filter program[] = {
        /* Loads are big-endian, netlink is the machine's own. */
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TYPE_AT),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 3),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, WIDTH_AT),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, ROUTE_WIDE_MAX, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog attached = {.len = ELEMENTS(program), .filter = program};
    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached);
}

/* Returns a descriptor or a negative errno. */
static int listen_to_kernel(void)
{
    CLEANUP_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0)
        return -errno;
    /* Before it is bound, so that nothing slips through. */
    filter(fd);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                  .nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return -errno;
    int owned = fd;
    fd = -1;
    return owned;
}

int route_watch_new(struct sd_event *event, RouteChanged changed, void *userdata, RouteWatch **out)
{
    CLEANUP(route_watch_freep) RouteWatch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return -ENOMEM;
    watch->event = sd_event_ref(event);
    watch->changed = changed;
    watch->userdata = userdata;
    CLEANUP_CLOSE int fd = listen_to_kernel();
    if (fd < 0)
        return fd;
    int r = sd_event_add_io(event, &watch->io, fd, EPOLLIN, on_io, watch);
    if (r < 0)
        return r;
    r = sd_event_source_set_io_fd_own(watch->io, 1);
    if (r < 0)
        return r;
    fd = -1;
    (void)sd_event_source_set_description(watch->io, "route-io");
    r = sd_event_add_time(event, &watch->timer, CLOCK_BOOTTIME, 0, 10 * USEC_PER_MSEC, on_settled, watch);
    if (r >= 0)
        r = sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
    if (r < 0)
        return r;
    (void)sd_event_source_set_description(watch->timer, "route-settled");
    *out = TAKE(watch);
    return 0;
}

RouteWatch *route_watch_free(RouteWatch *watch)
{
    if (!watch)
        return NULL;
    sd_event_source_disable_unref(watch->io);
    sd_event_source_disable_unref(watch->timer);
    sd_event_unref(watch->event);
    free(watch);
    return NULL;
}
