/* SPDX-License-Identifier: MIT */
/* A hash map from texts to objects that carry their own node and key. */
#pragma once

#include "base/util.h"

typedef struct MapNode {
    struct MapNode *next;
    const char *key; /* borrowed from the object; must not change while it is in a map */
    uint32_t hash;
} MapNode;

typedef struct Map {
    MapNode **buckets;
    size_t buckets_count; /* 0 or a power of two */
    size_t count;
} Map;

/* map_deinit() - frees the table, not the objects. An all-zero Map is an empty one. */
void map_deinit(Map *map);
/* map_find() - the node of a key, or NULL. */
MapNode *map_find(const Map *map, const char *key);
/* map_add() - adds a node whose key is not in the map. Returns 0 or -ENOMEM. */
int map_add(Map *map, MapNode *node, const char *key);
/* map_remove() - takes a node out; one that is not in the map is a bug. */
void map_remove(Map *map, MapNode *node);
/* map_any() - some node, or NULL when it is empty: for emptying a map. */
MapNode *map_any(const Map *map);
