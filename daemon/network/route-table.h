/* SPDX-License-Identifier: MIT */
/* What the kernel says about routes: did a way out come, go or change? */
#pragma once

#include "base/util.h"

/* Default routes that are remembered; of more, the oldest is forgotten, and counts as new when it is told again. */
#define ROUTE_TABLE_MAX 32
/* A way out is a route to at least an eighth of all addresses: VPNs lay two halves over the default route. */
#define ROUTE_WIDE_MAX 3

typedef struct RouteEntry {
    uint8_t family;
    uint32_t table, priority;
    uint64_t signature; /* of where it leads */
} RouteEntry;

/* An all-zero one knows of no route. */
typedef struct RouteTable {
    RouteEntry entries[ROUTE_TABLE_MAX]; /* the oldest first */
    unsigned count;
} RouteTable;

/*
 * route_table_feed() - a datagram of the kernel's
 *
 * What is malformed is skipped. Returns whether a way out came, went or changed.
 */
bool route_table_feed(RouteTable *table, const void *data, size_t size);
