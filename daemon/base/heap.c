/* SPDX-License-Identifier: MIT */
/* The heap: sift up, sift down, and each node knows where it is. */
#include "base/heap.h"

static void heap_place(Heap *heap, uint32_t index, HeapNode *node)
{
    heap->nodes[index - 1] = node;
    node->index = index;
}

static void heap_sift(Heap *heap, uint32_t index, HeapNode *node)
{
    while (index > 1 && heap->nodes[index / 2 - 1]->when > node->when) {
        heap_place(heap, index, heap->nodes[index / 2 - 1]);
        index /= 2;
    }
    for (;;) {
        uint32_t child = index * 2;
        if (child > heap->count)
            break;
        if (child < heap->count && heap->nodes[child]->when < heap->nodes[child - 1]->when)
            child++;
        if (heap->nodes[child - 1]->when >= node->when)
            break;
        heap_place(heap, index, heap->nodes[child - 1]);
        index = child;
    }
    heap_place(heap, index, node);
}

void heap_deinit(Heap *heap)
{
    free(heap->nodes);
    *heap = (Heap){0};
}

int heap_reserve(Heap *heap, uint32_t count)
{
    if (count <= heap->room)
        return 0;
    uint32_t room = heap->room ? heap->room : 16;
    while (room < count)
        room *= 2;
    HeapNode **nodes = realloc(heap->nodes, room * sizeof(HeapNode *));
    if (!nodes)
        return -ENOMEM;
    heap->nodes = nodes;
    heap->room = room;
    return 0;
}

void heap_set(Heap *heap, HeapNode *node, uint64_t when)
{
    if (when == USEC_NEVER) {
        if (!node->index)
            return;
        uint32_t hole = node->index;
        HeapNode *last = heap->nodes[--heap->count];
        node->index = 0;
        if (last != node)
            heap_sift(heap, hole, last);
        return;
    }
    node->when = when;
    if (!node->index) {
        assert(heap->count < heap->room);
        node->index = ++heap->count;
    }
    heap_sift(heap, node->index, node);
}

HeapNode *heap_first(const Heap *heap)
{
    return heap->count ? heap->nodes[0] : NULL;
}
