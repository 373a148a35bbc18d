/* SPDX-License-Identifier: MIT */
/* All calls of the I/O thread. */
#include <string.h>

#include "client-table.h"

static unsigned id_bucket(const char *id)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * UINT64_C(1099511628211);
    return (unsigned)((hash ^ (hash >> 32)) & (TABLE_BUCKETS - 1));
}

Call *table_find(Table *table, const char *id)
{
    Call *call = table->by_id[id_bucket(id)];

    while (call && strcmp(call->arguments.id, id) != 0)
        call = call->id_next;
    return call;
}

Call *table_find_serial(Table *table, uint32_t serial)
{
    Call *call = table->by_serial[serial & (TABLE_BUCKETS - 1)];

    while (call && call->serial != serial)
        call = call->serial_next;
    return call;
}

void table_add(Table *table, Call *call)
{
    Call **bucket = &table->by_id[id_bucket(call->arguments.id)];

    call->id_next = *bucket;
    *bucket = call;
}

void table_remove(Table *table, Call *call)
{
    Call **p = &table->by_id[id_bucket(call->arguments.id)];

    while (*p != call)
        p = &(*p)->id_next;
    *p = call->id_next;
    call->id_next = NULL;
}

void table_set_serial(Table *table, Call *call, uint32_t serial)
{
    if (call->serial != 0) {
        Call **p = &table->by_serial[call->serial & (TABLE_BUCKETS - 1)];

        while (*p != call)
            p = &(*p)->serial_next;
        *p = call->serial_next;
        call->serial_next = NULL;
    }
    call->serial = serial;
    if (serial != 0) {
        Call **bucket = &table->by_serial[serial & (TABLE_BUCKETS - 1)];

        call->serial_next = *bucket;
        *bucket = call;
    }
}

void list_append(CallList *list, Call *call)
{
    call->next = NULL;
    call->previous = list->last;
    if (list->last)
        list->last->next = call;
    else
        list->first = call;
    list->last = call;
}

void list_remove(CallList *list, Call *call)
{
    if (call->previous)
        call->previous->next = call->next;
    else
        list->first = call->next;
    if (call->next)
        call->next->previous = call->previous;
    else
        list->last = call->previous;
    call->next = NULL;
    call->previous = NULL;
}

void list_put_before(CallList *list, CallList *earlier)
{
    if (!earlier->first)
        return;
    earlier->last->next = list->first;
    if (list->first)
        list->first->previous = earlier->last;
    else
        list->last = earlier->last;
    list->first = earlier->first;
    *earlier = (CallList){0};
}

void table_clear(Table *table)
{
    for (unsigned i = 0; i < TABLE_BUCKETS; i++) {
        while (table->by_id[i]) {
            Call *call = table->by_id[i];

            table->by_id[i] = call->id_next;
            while (call->followers) {
                Call *follower = call->followers;

                call->followers = follower->queue_next;
                call_free(follower);
            }
            call_free(call);
        }
    }
    memset(table, 0, sizeof(*table));
}
