/* SPDX-License-Identifier: MIT */
/* What the files of this room share. */
#pragma once

#include "store/store.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>

#define STORE_FILE "queue.db"
#define STORE_LOCK_FILE "lock"
#define STORE_RESERVE_FILE "reserve"
#define STORE_RESERVE_BYTES (4U << 20)
#define STORE_FORMAT 4                  /* user_version: the newest entry of the migrations */
#define STORE_APPLICATION_ID 0x4d505331 /* "MPS1" */

/* One commit takes at most this much, so that the first of a crowd does not wait for the last. */
#define STORE_GROUP_OPS 1000
#define STORE_GROUP_BYTES (16U << 20)
/* What waits for the thread at most; the last operations are kept for what is accepted already. */
#define STORE_QUEUE_BYTES (64U << 20)
#define STORE_QUEUE_KEPT 10000
/* Rows. A value is at most this long; the core's limits are far below. */
#define STORE_VALUE_BYTES (8 << 20)
#define STORE_REQUESTS_MAX 200000
#define STORE_ACKNOWLEDGED_MAX 200000
#define STORE_LIMITER_MAX 20000
#define STORE_QUARANTINE_MAX 1000
#define STORE_BOOTS_MAX 1000
#define STORE_HOLDS_MAX 10000
#define STORE_KEPT_MAX 4096 /* of each kind: of 64 accounts 32 tokens, and what makes those */
/* Lines of all stories; beyond it the oldest go, so many at a time. */
#define STORE_STORY_MAX 100000
#define STORE_STORY_PRUNE 10000
/* Files that were moved aside: the newest are kept. */
#define STORE_MOVED_KEPT 3
/* Pages in the write-ahead log that make a checkpoint due. */
#define STORE_WAL_PAGES 1000

typedef enum StoreOpType {
    STORE_OP_INSERT,
    STORE_OP_MARK,
    STORE_OP_UNMARK,
    STORE_OP_FINISH,
    STORE_OP_BEHIND_LEAVE,
    STORE_OP_DROP_DOCUMENT,
    STORE_OP_ACKNOWLEDGE,
    STORE_OP_REMOVE,
    STORE_OP_KEEP_HANDLE,
    STORE_OP_HOLD,
    STORE_OP_NOTE,
    STORE_OP_KEEP,
    STORE_OP_UNKEEP,
    STORE_OP_LOAD_BODY,
    STORE_OP_LOAD_RESULT,
    STORE_OP_LOAD_STORY,
    STORE_OP_LOOK,
    STORE_OP_PING,
} StoreOpType;

typedef struct StoreOp StoreOp;

/* An operation on its way to the thread and back; its texts lie behind it in the same allocation. */
struct StoreOp {
    StoreOp *next;
    StoreOpType type;
    bool power;
    size_t size;
    unsigned char id[16];
    union {
        StoreRequest request;
        struct {
            unsigned outcome;
            const char *meta;
            const void *document;
            size_t document_size;
        } finish;
        struct {
            unsigned char hash[32];
            unsigned outcome;
        } acknowledge;
        struct {
            const char *handle_id, *scid, *template_name, *name;
        } handle;
        const char *note;
        struct {
            const char *kind, *key;
            const void *value;
            size_t size;
        } kept;
    };
    const char *account;
    const char *base;
    uint32_t title_id;
    unsigned attempts;
    uint64_t wall_usec;
    uint64_t steady_usec;

    StoreDone done;
    StoreBody body_done;
    StoreResult result_done;
    StoreTold story_done;
    StoreLooked looked;
    void *userdata;

    int r;
    char *meta; /* what was read, owned */
    char *data;
    size_t data_size;
    bool data_dropped;
    StoreStory *story;
    StoreFacts *facts;
};

typedef struct StoreList {
    StoreOp *first;
    StoreOp **last;
    unsigned count;
    size_t bytes;
} StoreList;

typedef enum StoreStatement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_INSERT_REQUEST,
    SQL_INSERT_BODY,
    SQL_FIND,
    SQL_MARK,
    SQL_BEHIND_LEAVE,
    SQL_UNMARK,
    SQL_LIMITER_ADD,
    SQL_LIMITER_END,
    SQL_LIMITER_PRUNE,
    SQL_FINISH,
    SQL_DELETE_BODY,
    SQL_INSERT_RESULT,
    SQL_DROP_DOCUMENT,
    SQL_DROP_SIZE,
    SQL_DELETE_RESULT,
    SQL_DELETE_REQUEST,
    SQL_ACKNOWLEDGE,
    SQL_FORGET,
    SQL_ACKNOWLEDGED_PRUNE,
    SQL_KEEP_HANDLE,
    SQL_HANDLE_PRUNE,
    SQL_HOLD,
    SQL_HOLD_PRUNE,
    SQL_KEEP,
    SQL_UNKEEP,
    SQL_NOTE,
    SQL_NOTE_CUT,
    SQL_STORY_FORGET,
    SQL_STORY_PRUNE,
    SQL_STORY_ORPHANS,
    SQL_STORY_REQUEST,
    SQL_STORY_ACKNOWLEDGED,
    SQL_STORY_LINES,
    SQL_QUARANTINED,
    SQL_LOAD_BODY,
    SQL_LOAD_RESULT,
    SQL_STATEMENTS,
} StoreStatement;

/* Tables that grow by themselves: each is cut back at every so many of its own operations. */
typedef enum StorePrune {
    STORE_PRUNE_LIMITER,
    STORE_PRUNE_ACKNOWLEDGED,
    STORE_PRUNE_HANDLE,
    STORE_PRUNE_HOLD,
    STORE_PRUNE_TABLES,
} StorePrune;
#define STORE_PRUNE_EVERY 256

struct Store {
    /* The caller's side. */
    unsigned pending;
    int event_fd;

    /* Between the two. */
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    StoreList queue;
    StoreList answers;
    bool stopping;
    pthread_t thread;
    bool thread_started;

    /* Whoever works on the database holds it: the thread, but for opening and loading. */
    pthread_mutex_t database_mutex;
    sqlite3 *database;
    sqlite3_stmt *statements[SQL_STATEMENTS];
    bool synchronous_full;
    int64_t boot_number;
    uint64_t steady_offset; /* what store_steady_usec() is ahead of the boot's clock; modulo 2^64 */
    char boot_id[37];
    unsigned requests;
    unsigned story_lines;
    unsigned prune_due[STORE_PRUNE_TABLES];
    int wal_pages;
    bool wipe_log; /* what was dropped is in the log still */
    int failed;    /* why the last write failed; 0: it did not */
    unsigned unreadable;
    char path[4096]; /* of the database */
    int directory_fd;
    int lock_fd;
    bool reserve_there;
    bool reserve_gone; /* freed for want of space: nothing new is taken until it is back */
    bool full_told;

    /* For tests and measurements. */
    atomic_ulong commits;
    atomic_ulong syncs;
};

/* ---- store-folder.c ---------------------------------------------------------------------------------------------- */

/*
 * store_folder_open() - the state folder, made if need be, checked and held against a second agent
 *
 * Sets directory_fd and lock_fd. Returns 0, STORE_E_LOCKED (holder set) or a negative errno; message says why.
 */
int store_folder_open(Store *store, const char *directory, int *holder, char *message, size_t message_size);

/* store_folder_prepare() - the database file with its mode, before SQLite opens it. Returns 0 or a negative errno. */
int store_folder_prepare(Store *store);

/* store_folder_move_aside() - rename the database and its log; moved_to gets the new path. Of those that were moved before
 * the newest are kept. Returns 0 or a negative errno. */
int store_folder_move_aside(Store *store, char *moved_to, size_t moved_to_size);

/* store_folder_moved() - how many files lie aside; newest gets the name of the newest, "" for none. */
unsigned store_folder_moved(const Store *store, char *newest, size_t newest_size);

/* ---- store-reserve.c --------------------------------------------------------------------------------------------- */

/* store_reserve_make() - lay the reserve down if it is not there. Returns whether new work may be taken. */
bool store_reserve_make(Store *store);
/* store_reserve_free() - give the reserve back to the file system. Returns whether that gained anything. */
bool store_reserve_free(Store *store);

/* ---- store-schema.c ---------------------------------------------------------------------------------------------- */

/*
 * store_schema_open() - open the database and bring its format up to date
 *
 * Returns 0, STORE_E_NEWER (format set), -EUCLEAN for a file that cannot be read, or another negative errno.
 */
int store_schema_open(Store *store, int *format);

/* ---- store-sql.c ------------------------------------------------------------------------------------------------- */

/* store_sql_errno() - SQLite's last result as a negative errno. -EUCLEAN: the file is corrupt. */
int store_sql_errno(Store *store, int rc);
/* store_sql_run() - plain SQL without answers. Returns 0 or a negative errno. */
int store_sql_run(Store *store, const char *sql);
/* store_sql_prepare() - all statements. Returns 0 or a negative errno. store_sql_finalize() - lets go of them. */
int store_sql_prepare(Store *store);
void store_sql_finalize(Store *store);
/* store_sql_step() - run a statement that answers no rows, and reset it. Returns 0 or a negative errno. */
int store_sql_step(Store *store, StoreStatement which);
/* store_sql_transaction() - begin … commit around count operations. Returns 0 (each op's r is set) or a negative errno
 * (nothing was changed); -EUCLEAN: a page of the file is broken. */
int store_sql_transaction(Store *store, StoreOp *first, unsigned count, bool power);

/* ---- store-operation.c ------------------------------------------------------------------------------------------- */

/* store_operation_run() - carry out one operation inside a transaction; sets its r. Returns 0, or a negative errno that
 * ends the transaction. */
int store_operation_run(Store *store, StoreOp *op);
/* store_operation_prune() - whether it is that table's turn to be cut back. */
bool store_operation_prune(Store *store, StorePrune table);
/* store_operation_copy() - a column as a copy with a NUL behind it; NULL for NULL. Returns 0 or -ENOMEM. */
int store_operation_copy(sqlite3_stmt *statement, int column, char **copy, size_t *size);
/* store_operation_free() - it and what it read. Returns NULL. */
StoreOp *store_operation_free(StoreOp *op);

/* ---- store-story.c ----------------------------------------------------------------------------------------------- */

/* The operations of stories; as store_operation_run(). */
int store_story_note(Store *store, StoreOp *op);
int store_story_load(Store *store, StoreOp *op);
/* store_story_fit() - at most STORE_NOTE_BYTES and a NUL, with no character cut in two. */
void store_story_fit(const char *text, char fitted[STORE_NOTE_BYTES + 1]);
/* store_story_free() - one that was loaded; NULL is allowed. Returns NULL. */
StoreStory *store_story_free(StoreStory *story);
/* store_story_forget() - with the id. Returns 0 or a negative errno. */
int store_story_forget(Store *store, const unsigned char id[16]);
/* store_story_orphans() - those whose id is not there any more. Returns 0 or a negative errno. */
int store_story_orphans(Store *store);

/* ---- store-kept.c ------------------------------------------------------------------------------------------------ */

/* STORE_OP_KEEP, STORE_OP_UNKEEP; as store_operation_run(). */
int store_kept_put(Store *store, StoreOp *op);
int store_kept_drop(Store *store, StoreOp *op);
/* store_kept_wipe_log() - after a commit: what was dropped is not left in the log either. */
void store_kept_wipe_log(Store *store);

/* ---- store-facts.c ----------------------------------------------------------------------------------------------- */

/* store_facts_look() - STORE_OP_LOOK; as store_operation_run(). */
int store_facts_look(Store *store, StoreOp *op);

/* ---- store-quarantine.c ------------------------------------------------------------------------------------------ */

/* Rows that could not be read: their keys, the first one or two columns of what was being read. */
typedef struct StoreBadRow {
    sqlite3_value *keys[2];
} StoreBadRow;
typedef struct StoreBad {
    StoreBadRow *rows;
    size_t count, room;
} StoreBad;

typedef enum StoreOrigin {
    STORE_ORIGIN_REQUEST,
    STORE_ORIGIN_HANDLE,
    STORE_ORIGIN_LIMITER,
    STORE_ORIGIN_HOLD,
    STORE_ORIGIN_ACKNOWLEDGED,
    STORE_ORIGIN_KEPT,
} StoreOrigin;

/* store_quarantine_add() - note the row that a statement stands on. Returns 0 or -ENOMEM. */
int store_quarantine_add(StoreBad *bad, StoreOrigin origin, sqlite3_stmt *row);
/* store_quarantine_move() - put them aside, and count and log that. Returns 0 or a negative errno. */
int store_quarantine_move(Store *store, StoreOrigin origin, const StoreBad *bad);
void store_quarantine_clear(StoreBad *bad);

/* ---- store-load.c ------------------------------------------------------------------------------------------------ */

/*
 * store_load_check() - one look over the small tables
 *
 * Sets newest_wall_usec of info. Returns 0, -EUCLEAN or another negative errno.
 */
int store_load_check(Store *store, StoreInfo *info);

/* ---- store-open.c ------------------------------------------------------------------------------------------------ */

/* store_open_close() - let go of the database and the folder; what store_close() ends with. */
void store_open_close(Store *store);

/* ---- store-thread.c ---------------------------------------------------------------------------------------------- */

int store_thread_start(Store *store);
void store_thread_stop(Store *store);

/* ---- lists, ids -------------------------------------------------------------------------------------------------- */

static inline void store_list_init(StoreList *list)
{
    *list = (StoreList){.last = &list->first};
}

static inline void store_list_add(StoreList *list, StoreOp *op)
{
    op->next = NULL;
    *list->last = op;
    list->last = &op->next;
    list->count++;
    list->bytes += op->size;
}

static inline StoreOp *store_list_take(StoreList *list)
{
    StoreOp *op = list->first;
    if (!op)
        return NULL;
    list->first = op->next;
    if (!list->first)
        list->last = &list->first;
    list->count--;
    list->bytes -= op->size;
    op->next = NULL;
    return op;
}
