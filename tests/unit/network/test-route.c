/* SPDX-License-Identifier: MIT */
/* A real kernel's word, in a network namespace of each test's own. */
#include "network/route.h"

#include "base/clock.h"
#include "network/route-table.h"

#include <criterion/criterion.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

/* Longer than a change may wait until it is told. */
#define QUIET_USEC (1300 * USEC_PER_MSEC)

static sd_event *event;
static RouteWatch *watch;
static unsigned told;

static void on_changed(void *userdata MPS_UNUSED)
{
    static uint64_t before;
    uint64_t now = clock_boot_usec();
    /* A second, and some room for what goes on between the two readings. */
    cr_assert(!told || now >= before + USEC_PER_SEC / 2, "told again at once");
    before = now;
    told++;
}

/* An ordinary user is root in a user namespace, which has to be made before criterion makes its threads. */
__attribute__((constructor)) static void become_root(int argc, char **argv)
{
    static char program[] = "unshare", user[] = "--user", map[] = "--map-root-user", path[4096];
    char *command[16] = {program, user, map, path};
    if (geteuid() == 0 || readlink("/proc/self/exe", path, sizeof path - 1) < 0)
        return;
    for (int i = 1; i < argc && i < 12; i++)
        command[3 + i] = argv[i];
    execvp(command[0], command);
    perror("unshare");
}

static void ip(const char *arguments)
{
    char command[300];
    snprintf(command, sizeof command, "PATH=$PATH:/usr/sbin:/sbin ip %s", arguments);
    cr_assert_eq(system(command), 0, "%s", command);
}

static void setup(void)
{
    cr_assert_eq(unshare(CLONE_NEWNET), 0, "%s", strerror(errno));
    ip("link set lo up");
    cr_assert_geq(sd_event_new(&event), 0);
    cr_assert_eq(route_watch_new(event, on_changed, NULL, &watch), 0);
}

static void teardown(void)
{
    watch = route_watch_free(watch);
    event = sd_event_unref(event);
}

/* Until nothing has happened for so long. */
static void settle(void)
{
    while (sd_event_run(event, QUIET_USEC) > 0)
        ;
}

static void wait_told(unsigned times)
{
    while (told < times)
        cr_assert_gt(sd_event_run(event, 20 * USEC_PER_SEC), 0, "told %u times, not %u", told, times);
}

/* The watch's own socket. */
static int watch_fd(struct sockaddr_nl *address)
{
    for (int fd = 3; fd < 256; fd++) {
        socklen_t size = sizeof *address;
        if (getsockname(fd, (struct sockaddr *)address, &size) == 0 && address->nl_family == AF_NETLINK)
            return fd;
    }
    cr_assert(false, "there is no netlink socket");
    return -1;
}

TestSuite(route, .init = setup, .fini = teardown, .timeout = 60);

Test(route, a_burst_is_told_once)
{
    ip("route add default dev lo");
    ip("route add default dev lo metric 7");
    ip("-6 route add default dev lo");
    wait_told(1);
    settle();
    cr_assert_eq(told, 1);
    ip("route del default dev lo metric 7");
    wait_told(2);
    settle();
    cr_assert_eq(told, 2, "it is told when one goes, too");
}

Test(route, one_that_flaps_is_told_once_a_second)
{
    for (int i = 0; i < 20; i++) {
        ip("route add default dev lo");
        while (sd_event_run(event, 120 * USEC_PER_MSEC) > 0)
            ;
        ip("route del default dev lo");
    }
    wait_told(2);
}

Test(route, other_routes_do_not_even_wake_it)
{
    ip("route add 192.0.2.0/24 dev lo");
    ip("route add 198.51.100.7 dev lo metric 3");
    ip("-6 route add 2001:db8::/32 dev lo");
    ip("route del 192.0.2.0/24 dev lo");
    cr_assert_eq(sd_event_run(event, 200 * USEC_PER_MSEC), 0, "woken");
    ip("route add default dev lo");
    wait_told(1);
}

Test(route, the_same_route_replaced_again_and_again)
{
    ip("-6 route replace default dev lo metric 50");
    wait_told(1);
    settle();
    ip("-6 route replace default dev lo metric 50");
    ip("-6 route replace default dev lo metric 50");
    settle();
    cr_assert_eq(told, 1, "nothing has changed");
    ip("-6 route replace default dev lo metric 60");
    wait_told(2);
}

Test(route, a_link_that_comes_back_with_the_same_route)
{
    ip("route add default dev lo");
    wait_told(1);
    ip("link set lo down");
    settle();
    unsigned before = told;
    ip("link set lo up");
    ip("route add default dev lo");
    wait_told(before + 1);
}

Test(route, only_the_kernel_is_believed)
{
    struct {
        struct nlmsghdr head;
        struct rtmsg route;
    } forged = {
        .head = {.nlmsg_len = sizeof forged, .nlmsg_type = RTM_NEWROUTE},
        .route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST},
    };
    RouteTable table = {0};
    cr_assert(route_table_feed(&table, &forged, sizeof forged), "it has to look real");
    struct sockaddr_nl address;
    watch_fd(&address);
    CLEANUP_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    cr_assert_eq(sendto(fd, &forged, sizeof forged, 0, (struct sockaddr *)&address, sizeof address),
                 (ssize_t)sizeof forged, "%s", strerror(errno));
    cr_assert_gt(sd_event_run(event, 20 * USEC_PER_SEC), 0, "it arrives");
    settle();
    cr_assert_eq(told, 0);
    ip("route add default dev lo");
    wait_told(1);
}

/* Messages that the kernel could not put into the watch's socket. */
static unsigned long drops(int fd)
{
    struct sockaddr_nl address;
    socklen_t size = sizeof address;
    char line[300];
    unsigned long count = 0;
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    FILE *file = fopen("/proc/self/net/netlink", "re");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file)) {
        unsigned protocol, port;
        unsigned long dropped;
        if (sscanf(line, "%*s %u %u %*s %*s %*s %*s %*s %lu", &protocol, &port, &dropped) == 3 &&
            protocol == NETLINK_ROUTE && port == address.nl_pid)
            count = dropped;
    }
    fclose(file);
    return count;
}

Test(route, more_than_the_socket_holds)
{
    struct sockaddr_nl address;
    int least = 1;
    int fd = watch_fd(&address);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least), 0);
    /* None of them is a way out, but among the lost ones there might have been one. */
    for (int i = 1; i <= 40; i++) {
        char arguments[60];
        snprintf(arguments, sizeof arguments, "route add unreachable default metric %d", i);
        ip(arguments);
    }
    cr_assert_gt(drops(fd), 0, "nothing was lost");
    wait_told(1);
    settle();
    cr_assert_eq(told, 1);
    ip("route add default dev lo");
    wait_told(2);
}

Test(route, what_is_no_way_out_is_not_told)
{
    ip("route add unreachable default metric 9");
    settle();
    cr_assert_eq(told, 0);
}

Test(route, without_a_socket_it_says_so)
{
    struct rlimit limit, none = {0, 0};
    RouteWatch *other = NULL;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    int r = route_watch_new(event, on_changed, NULL, &other);
    setrlimit(RLIMIT_NOFILE, &limit);
    cr_assert_eq(r, -EMFILE);
    cr_assert_null(other);
}
