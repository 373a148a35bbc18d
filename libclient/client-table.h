/* SPDX-License-Identifier: MIT */
/* All calls of the I/O thread: found by id and by serial, and in the order in which they were made. */
#pragma once

#include "client-call.h"

/* A power of two. With MPS_PENDING_MAX calls a bucket holds five of them. */
#define TABLE_BUCKETS 4096

typedef struct CallList {
    Call *first;
    Call *last;
} CallList;

typedef struct Table {
    Call *by_id[TABLE_BUCKETS];
    Call *by_serial[TABLE_BUCKETS];
    CallList waiting; /* CALL_WAITING; in the order in which they were made */
    CallList active;  /* CALL_SENT to CALL_FETCHING; the same, and all made before those that wait */
} Table;

/* table_find(), table_find_serial() - NULL if there is none. */
Call *table_find(Table *table, const char *id);
Call *table_find_serial(Table *table, uint32_t serial);

/* table_add(), table_remove() - by id. A call that is removed is in no list and has no serial. */
void table_add(Table *table, Call *call);
void table_remove(Table *table, Call *call);

/* table_set_serial() - which reply it awaits; 0: none. */
void table_set_serial(Table *table, Call *call, uint32_t serial);

/* list_append(), list_remove() */
void list_append(CallList *list, Call *call);
void list_remove(CallList *list, Call *call);

/* list_put_before() - all of @earlier in front of @list; @earlier is empty then. */
void list_put_before(CallList *list, CallList *earlier);

/* table_clear() - free all calls with their followers. */
void table_clear(Table *table);
