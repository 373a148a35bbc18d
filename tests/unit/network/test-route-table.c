/* SPDX-License-Identifier: MIT */
/* What is a change of the ways out, and what only looks like one. */
#include "network/route-table.h"

#include <criterion/criterion.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

typedef struct Buffer {
    char data[4096];
    size_t size;
} Buffer;

typedef struct Way {
    uint16_t type, flags;
    uint8_t family, width, kind;
    uint32_t gateway, interface, priority, table;
} Way;

static void attribute(Buffer *buffer, uint16_t type, const void *value, size_t size)
{
    struct rtattr head = {.rta_type = type, .rta_len = (uint16_t)(sizeof head + size)};
    memcpy(buffer->data + buffer->size, &head, sizeof head);
    memcpy(buffer->data + buffer->size + sizeof head, value, size);
    buffer->size += RTA_ALIGN(head.rta_len);
}

/* One message more; what is 0 is left out, or IPv4's main default route. */
static void message(Buffer *buffer, const Way *way)
{
    size_t begin = buffer->size;
    struct rtmsg route = {
        .rtm_family = way->family ? way->family : AF_INET,
        .rtm_dst_len = way->width,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_type = way->kind ? way->kind : RTN_UNICAST,
    };
    memcpy(buffer->data + begin + NLMSG_HDRLEN, &route, sizeof route);
    buffer->size += NLMSG_HDRLEN + NLMSG_ALIGN(sizeof route);
    if (way->gateway)
        attribute(buffer, RTA_GATEWAY, &way->gateway, sizeof way->gateway);
    if (way->interface)
        attribute(buffer, RTA_OIF, &way->interface, sizeof way->interface);
    if (way->priority)
        attribute(buffer, RTA_PRIORITY, &way->priority, sizeof way->priority);
    if (way->table)
        attribute(buffer, RTA_TABLE, &way->table, sizeof way->table);
    struct nlmsghdr head = {.nlmsg_len = (uint32_t)(buffer->size - begin),
                            .nlmsg_type = way->type ? way->type : RTM_NEWROUTE,
                            .nlmsg_flags = way->flags};
    memcpy(buffer->data + begin, &head, sizeof head);
}

static bool feed(RouteTable *table, const Way *way)
{
    Buffer buffer = {.size = 0};
    message(&buffer, way);
    return route_table_feed(table, buffer.data, buffer.size);
}

Test(route_table, a_default_route_comes_and_goes)
{
    RouteTable table = {0};
    cr_assert(feed(&table, &(Way){.gateway = 1, .interface = 2}));
    cr_assert_eq(table.count, 1);
    cr_assert(feed(&table, &(Way){.type = RTM_DELROUTE, .gateway = 1, .interface = 2}));
    cr_assert_eq(table.count, 0);
    cr_assert(feed(&table, &(Way){.gateway = 1, .interface = 2}), "it came back");
    cr_assert(feed(&table, &(Way){.family = AF_INET6, .gateway = 1, .interface = 2}), "IPv6 is another");
    cr_assert(feed(&table, &(Way){.type = RTM_DELROUTE, .gateway = 9}), "one that was there before us");
}

Test(route_table, the_same_again_is_no_change)
{
    RouteTable table = {0};
    Way way = {.family = AF_INET6, .flags = NLM_F_REPLACE, .gateway = 1, .interface = 2, .priority = 100};
    cr_assert(feed(&table, &way));
    for (int i = 0; i < 10; i++)
        cr_assert_not(feed(&table, &way));
    way.gateway = 3;
    cr_assert(feed(&table, &way), "another gateway");
    cr_assert_eq(table.count, 1, "it took the other one's place");
    way.gateway = 1;
    cr_assert(feed(&table, &way), "and back");
    way.priority = 200;
    cr_assert(feed(&table, &way), "a second way");
    cr_assert_eq(table.count, 2);
}

Test(route_table, one_that_is_added_again_had_gone)
{
    RouteTable table = {0};
    Way way = {.flags = NLM_F_CREATE | NLM_F_EXCL, .interface = 2};
    for (int i = 0; i < 3; i++)
        cr_assert(feed(&table, &way));
    cr_assert_eq(table.count, 1);
}

Test(route_table, other_routes_do_not_matter)
{
    static const Way others[] = {
        {.width = 24, .interface = 2},
        {.width = ROUTE_WIDE_MAX + 1, .interface = 2},
        {.kind = RTN_UNREACHABLE, .interface = 1},
        {.kind = RTN_LOCAL},
        {.table = RT_TABLE_LOCAL},
        {.family = AF_UNIX},
        {.type = RTM_NEWLINK},
        {.type = NLMSG_ERROR},
    };
    RouteTable table = {0};
    for (size_t i = 0; i < ELEMENTS(others); i++)
        cr_assert_not(feed(&table, &others[i]), "%zu", i);
    cr_assert(feed(&table, &(Way){.width = 1, .interface = 5}), "half of a VPN's");
    cr_assert(feed(&table, &(Way){.table = 51820, .interface = 5}), "a VPN's own table");
}

Test(route_table, many_messages_in_one_datagram)
{
    RouteTable table = {0};
    Buffer buffer = {.size = 0};
    message(&buffer, &(Way){.width = 32});
    message(&buffer, &(Way){.interface = 3});
    message(&buffer, &(Way){.width = 24});
    cr_assert(route_table_feed(&table, buffer.data, buffer.size));
    cr_assert_eq(table.count, 1);
}

Test(route_table, has_an_end)
{
    RouteTable table = {0};
    for (uint32_t i = 1; i <= 10 * ROUTE_TABLE_MAX; i++)
        cr_assert(feed(&table, &(Way){.interface = i, .priority = i, .flags = NLM_F_REPLACE}));
    cr_assert_eq(table.count, ROUTE_TABLE_MAX);
    Way last = {.interface = 10 * ROUTE_TABLE_MAX, .priority = 10 * ROUTE_TABLE_MAX, .flags = NLM_F_REPLACE};
    cr_assert_not(feed(&table, &last), "the newest are kept");
    cr_assert(feed(&table, &(Way){.interface = 1, .priority = 1, .flags = NLM_F_REPLACE}));
}

/* Exactly as many bytes as there are, so that a sanitizer sees a read beyond them. */
static bool feed_exactly(RouteTable *table, const char *data, size_t size)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    bool changed = route_table_feed(table, copy, size);
    free(copy);
    return changed;
}

Test(route_table, what_is_cut_is_skipped)
{
    Buffer buffer = {.size = 0};
    message(&buffer, &(Way){.gateway = 1, .interface = 2, .priority = 3, .table = 4});
    for (size_t size = 0; size < buffer.size; size++) {
        RouteTable table = {0};
        cr_assert_not(feed_exactly(&table, buffer.data, size), "%zu of %zu bytes", size, buffer.size);
    }
    RouteTable table = {0};
    cr_assert(feed_exactly(&table, buffer.data, buffer.size));
}

Test(route_table, lengths_that_lie)
{
    static const uint32_t lengths[] = {0, 1, 15, 16, 27, 4095, 4096, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < ELEMENTS(lengths); i++) {
        Buffer buffer = {.size = 0};
        RouteTable table = {0};
        message(&buffer, &(Way){.gateway = 1, .interface = 2});
        memcpy(buffer.data, &lengths[i], sizeof lengths[i]);
        cr_assert_not(feed_exactly(&table, buffer.data, buffer.size), "a message of %u bytes", lengths[i]);
    }
    static const uint16_t attribute_lengths[] = {0, 1, 3, 200, 0xffff};
    for (size_t i = 0; i < ELEMENTS(attribute_lengths); i++) {
        Buffer buffer = {.size = 0};
        RouteTable table = {0};
        message(&buffer, &(Way){.gateway = 1, .interface = 2});
        memcpy(buffer.data + NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct rtmsg)), &attribute_lengths[i], 2);
        cr_assert_not(feed_exactly(&table, buffer.data, buffer.size), "an attribute of %u bytes",
                      attribute_lengths[i]);
    }
}

Test(route_table, a_bad_message_does_not_hide_the_next)
{
    RouteTable table = {0};
    Buffer buffer = {.size = 0};
    static const uint16_t lie = 200;
    message(&buffer, &(Way){.gateway = 1});
    memcpy(buffer.data + NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct rtmsg)), &lie, sizeof lie);
    message(&buffer, &(Way){.interface = 7});
    cr_assert(feed_exactly(&table, buffer.data, buffer.size));
    cr_assert_eq(table.count, 1);
}
