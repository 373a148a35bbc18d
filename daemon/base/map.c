/* SPDX-License-Identifier: MIT */
/* Chained hashing with a table that doubles. */
#include "base/map.h"

#include "base/clock.h"

/* Keys come from callers, so the hash is seeded: nobody can choose keys that fall into one bucket. */
static uint64_t map_seed;

static uint32_t map_hash(const char *key)
{
    if (!map_seed)
        map_seed = clock_random() | 1;
    uint64_t hash = 0xcbf29ce484222325ULL ^ map_seed;
    for (const unsigned char *byte = (const unsigned char *)key; *byte; byte++)
        hash = (hash ^ *byte) * 0x100000001b3ULL;
    hash ^= hash >> 29;
    hash *= map_seed;
    return (uint32_t)(hash >> 32);
}

static int map_grow(Map *map)
{
    size_t wanted = map->buckets_count ? map->buckets_count * 2 : 16;
    MapNode **buckets = calloc(wanted, sizeof *buckets);
    if (!buckets)
        return -ENOMEM;
    for (size_t i = 0; i < map->buckets_count; i++) {
        MapNode *next;
        for (MapNode *node = map->buckets[i]; node; node = next) {
            next = node->next;
            MapNode **head = &buckets[node->hash & (wanted - 1)];
            node->next = *head;
            *head = node;
        }
    }
    free(map->buckets);
    map->buckets = buckets;
    map->buckets_count = wanted;
    return 0;
}

void map_deinit(Map *map)
{
    free(map->buckets);
    *map = (Map){0};
}

MapNode *map_find(const Map *map, const char *key)
{
    if (!map->count)
        return NULL;
    uint32_t hash = map_hash(key);
    for (MapNode *node = map->buckets[hash & (map->buckets_count - 1)]; node; node = node->next)
        if (node->hash == hash && string_equal(node->key, key))
            return node;
    return NULL;
}

int map_add(Map *map, MapNode *node, const char *key)
{
    if (map->count >= map->buckets_count) {
        int r = map_grow(map);
        if (r < 0)
            return r;
    }
    node->key = key;
    node->hash = map_hash(key);
    MapNode **head = &map->buckets[node->hash & (map->buckets_count - 1)];
    node->next = *head;
    *head = node;
    map->count++;
    return 0;
}

void map_remove(Map *map, MapNode *node)
{
    MapNode **link = &map->buckets[node->hash & (map->buckets_count - 1)];
    while (*link != node) {
        assert(*link);
        link = &(*link)->next;
    }
    *link = node->next;
    map->count--;
}

MapNode *map_any(const Map *map)
{
    if (!map->count)
        return NULL;
    for (size_t i = 0; i < map->buckets_count; i++)
        if (map->buckets[i])
            return map->buckets[i];
    return NULL;
}
