/* SPDX-License-Identifier: MIT */
/* A binary heap. */
#include "events.h"

#include <stdio.h>

void events_clear(Events *events)
{
    events->count = events->order = 0;
}

static bool event_before(const Event *a, const Event *b)
{
    return a->when < b->when || (a->when == b->when && a->order < b->order);
}

void events_add(Events *events, uint64_t when, EventType type, uint16_t life, uint32_t index)
{
    if (events->count == EVENTS_MAX) {
        fprintf(stderr, "more than %d events\n", EVENTS_MAX);
        abort();
    }
    Event event = {
        .when = when, .order = events->order++, .type = (uint16_t)type, .life = life, .index = index};
    uint32_t i = events->count++;
    while (i > 0 && event_before(&event, &events->heap[(i - 1) / 2])) {
        events->heap[i] = events->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    events->heap[i] = event;
}

bool events_take(Events *events, Event *event)
{
    if (!events->count)
        return false;
    *event = events->heap[0];
    const Event last = events->heap[--events->count];
    uint32_t i = 0, child;
    while ((child = 2 * i + 1) < events->count) {
        if (child + 1 < events->count && event_before(&events->heap[child + 1], &events->heap[child]))
            child++;
        if (!event_before(&events->heap[child], &last))
            break;
        events->heap[i] = events->heap[child];
        i = child;
    }
    events->heap[i] = last;
    return true;
}
