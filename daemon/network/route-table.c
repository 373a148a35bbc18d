/* SPDX-License-Identifier: MIT */
/* Reading rtnetlink messages, and remembering the ways out. */
#include "network/route-table.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* The input may be cut anywhere and lie anywhere in memory, so everything is copied out, nothing is pointed to. */

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
    return hash;
}

/* Not its age, its metrics or its preference: they change while the way stays. */
static bool leads_somewhere(unsigned type)
{
    return type == RTA_DST || type == RTA_OIF || type == RTA_GATEWAY || type == RTA_VIA ||
           type == RTA_PREFSRC || type == RTA_MULTIPATH || type == RTA_NH_ID;
}

static void read_number(const char *data, size_t size, uint32_t *number)
{
    if (size >= sizeof *number)
        memcpy(number, data, sizeof *number);
}

/* Returns false when an attribute does not fit into its message. */
static bool read_attributes(const char *data, size_t size, RouteEntry *entry)
{
    while (size >= sizeof(struct rtattr)) {
        struct rtattr attribute;
        memcpy(&attribute, data, sizeof attribute);
        if (attribute.rta_len < sizeof attribute || attribute.rta_len > size)
            return false;
        const char *value = data + sizeof attribute;
        size_t value_size = attribute.rta_len - sizeof attribute;
        unsigned type = attribute.rta_type & NLA_TYPE_MASK;
        if (type == RTA_TABLE)
            read_number(value, value_size, &entry->table);
        else if (type == RTA_PRIORITY)
            read_number(value, value_size, &entry->priority);
        else if (leads_somewhere(type))
            entry->signature = mix(mix(entry->signature, &type, sizeof type), value, value_size);
        size_t step = RTA_ALIGN(attribute.rta_len);
        if (step >= size)
            break;
        data += step;
        size -= step;
    }
    return true;
}

/* Returns whether the message is about a way out. */
static bool read_route(const char *data, size_t size, RouteEntry *entry)
{
    struct rtmsg route;
    if (size < sizeof route)
        return false;
    memcpy(&route, data, sizeof route);
    if ((route.rtm_family != AF_INET && route.rtm_family != AF_INET6) || route.rtm_dst_len > ROUTE_WIDE_MAX ||
        route.rtm_type != RTN_UNICAST || (route.rtm_flags & RTM_F_CLONED))
        return false;
    *entry = (RouteEntry){.family = route.rtm_family, .table = route.rtm_table};
    entry->signature = mix(0xcbf29ce484222325ULL, &route.rtm_dst_len, sizeof route.rtm_dst_len);
    size_t head = NLMSG_ALIGN(sizeof route);
    if (size > head && !read_attributes(data + head, size - head, entry))
        return false;
    return entry->table != RT_TABLE_LOCAL;
}

static void forget(RouteTable *table, unsigned index)
{
    memmove(&table->entries[index], &table->entries[index + 1],
            (table->count - index - 1) * sizeof table->entries[0]);
    table->count--;
}

/* Those that it takes the place of. What is forgotten too much counts as new when it is told again. */
static void forget_like(RouteTable *table, const RouteEntry *entry)
{
    for (unsigned i = table->count; i-- > 0;) {
        const RouteEntry *other = &table->entries[i];
        if (other->family == entry->family && other->table == entry->table &&
            other->priority == entry->priority)
            forget(table, i);
    }
}

static bool knows(const RouteTable *table, const RouteEntry *entry)
{
    for (unsigned i = 0; i < table->count; i++) {
        const RouteEntry *other = &table->entries[i];
        if (other->family == entry->family && other->table == entry->table &&
            other->priority == entry->priority && other->signature == entry->signature)
            return true;
    }
    return false;
}

/*
 * A route that replaces itself is no change: who handles router advertisements outside the kernel does so again and again.
 * One that is added is a change even if it is known: it may have gone with its link, which IPv4 does not tell.
 */
static bool came(RouteTable *table, const RouteEntry *entry, bool replaces)
{
    bool known = knows(table, entry);
    if (known && replaces)
        return false;
    if (replaces)
        forget_like(table, entry);
    if (table->count == ROUTE_TABLE_MAX)
        forget(table, 0);
    if (!known)
        table->entries[table->count++] = *entry;
    return true;
}

bool route_table_feed(RouteTable *table, const void *data, size_t size)
{
    const char *at = data;
    bool changed = false;
    while (size >= sizeof(struct nlmsghdr)) {
        struct nlmsghdr header;
        RouteEntry entry;
        memcpy(&header, at, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > size)
            break;
        bool way = (header.nlmsg_type == RTM_NEWROUTE || header.nlmsg_type == RTM_DELROUTE) &&
                   read_route(at + sizeof header, header.nlmsg_len - sizeof header, &entry);
        if (way && header.nlmsg_type == RTM_NEWROUTE) {
            changed = came(table, &entry, header.nlmsg_flags & NLM_F_REPLACE) || changed;
        } else if (way) {
            forget_like(table, &entry);
            changed = true;
        }
        size_t step = NLMSG_ALIGN((size_t)header.nlmsg_len);
        if (step >= size)
            break;
        at += step;
        size -= step;
    }
    return changed;
}
