/* SPDX-License-Identifier: MIT */
/* A binary heap of timers that objects carry themselves. */
#pragma once

#include "base/util.h"

typedef struct HeapNode {
    uint64_t when;
    uint32_t index; /* 1-based; 0 = in no heap */
} HeapNode;

typedef struct Heap {
    HeapNode **nodes;
    uint32_t count;
    uint32_t room;
} Heap;

/* heap_deinit() - frees the table, not the objects. An all-zero Heap is an empty one. */
void heap_deinit(Heap *heap);
/* heap_reserve() - room for that many nodes, so that heap_set() cannot fail. Returns 0 or -ENOMEM. */
int heap_reserve(Heap *heap, uint32_t count);
/* heap_set() - puts a node at a time, or moves it; USEC_NEVER takes it out. Room must have been reserved. */
void heap_set(Heap *heap, HeapNode *node, uint64_t when);
/* heap_first() - the earliest node, or NULL. */
HeapNode *heap_first(const Heap *heap);
