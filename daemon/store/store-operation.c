/* SPDX-License-Identifier: MIT */
/* Each operation as statements. It runs inside the thread's transaction. */
#include "base/clock.h"
#include "store/store-private.h"

/* Entries older than this say nothing about what the service counts; its longest window is 300 s. */
#define LIMITER_KEPT (10 * USEC_PER_MINUTE)

bool store_operation_prune(Store *store, StorePrune table)
{
    return ++store->prune_due[table] % STORE_PRUNE_EVERY == 0;
}

static void bind_number(sqlite3_stmt *statement, int index, uint64_t number)
{
    sqlite3_bind_int64(statement, index, (sqlite3_int64)number);
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    if (text)
        sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static void bind_id(sqlite3_stmt *statement, int index, const StoreOp *op)
{
    sqlite3_bind_blob(statement, index, op->id, sizeof op->id, SQLITE_STATIC);
}

/* A row's number, and that of its limiter entry (0: none). Returns 0, -ENOENT or another negative errno. */
static int operation_find(Store *store, const StoreOp *op, int64_t *sequence, int64_t *limiter)
{
    sqlite3_stmt *statement = store->statements[SQL_FIND];
    bind_id(statement, 1, op);
    int rc = sqlite3_step(statement);
    int r = rc == SQLITE_DONE ? -ENOENT : store_sql_errno(store, rc);
    if (r == 0) {
        *sequence = sqlite3_column_int64(statement, 0);
        *limiter = sqlite3_column_int64(statement, 1);
    }
    sqlite3_reset(statement);
    return r;
}

static int operation_delete(Store *store, StoreStatement which, int64_t sequence)
{
    sqlite3_bind_int64(store->statements[which], 1, sequence);
    return store_sql_step(store, which);
}

static int operation_limiter_add(Store *store, const char *account, uint32_t title_id, uint64_t steady_usec,
                                 int64_t *number)
{
    sqlite3_stmt *statement = store->statements[SQL_LIMITER_ADD];
    bind_text(statement, 1, account ? account : "");
    bind_number(statement, 2, title_id);
    bind_number(statement, 3, steady_usec);
    sqlite3_bind_int64(statement, 4, store->boot_number);
    bind_number(statement, 5, clock_slept_usec());
    int r = store_sql_step(store, SQL_LIMITER_ADD);
    if (r < 0)
        return r;
    *number = sqlite3_last_insert_rowid(store->database);
    if (!store_operation_prune(store, STORE_PRUNE_LIMITER))
        return 0;
    sqlite3_stmt *prune = store->statements[SQL_LIMITER_PRUNE];
    bind_number(prune, 1, steady_usec > LIMITER_KEPT ? steady_usec - LIMITER_KEPT : 0);
    bind_number(prune, 2, STORE_LIMITER_MAX);
    return store_sql_step(store, SQL_LIMITER_PRUNE);
}

/* The service counts a request when it gets to it, which may be as late as its answer. */
static int operation_limiter_end(Store *store, int64_t limiter, uint64_t steady_usec)
{
    if (limiter == 0)
        return 0;
    sqlite3_stmt *statement = store->statements[SQL_LIMITER_END];
    sqlite3_bind_int64(statement, 1, limiter);
    bind_number(statement, 2, steady_usec);
    return store_sql_step(store, SQL_LIMITER_END);
}

static void bind_request(const Store *store, sqlite3_stmt *statement, const StoreOp *op, int64_t limiter)
{
    const StoreRequest *q = &op->request;
    bind_number(statement, 1, q->sequence);
    bind_id(statement, 2, op);
    bind_number(statement, 3, q->kind);
    bind_number(statement, 4, q->mode);
    bind_number(statement, 5, q->durability);
    bind_text(statement, 6, q->account);
    bind_number(statement, 7, q->title_id);
    bind_text(statement, 8, q->app_id);
    bind_text(statement, 9, q->target);
    bind_text(statement, 10, q->etag);
    bind_text(statement, 11, q->supersedes);
    sqlite3_bind_blob(statement, 12, q->hash, sizeof q->hash, SQLITE_STATIC);
    bind_number(statement, 13, q->body_size);
    bind_number(statement, 14, q->accepted_boot_usec);
    bind_number(statement, 15, q->accepted_wall_usec);
    bind_number(statement, 16, q->deadline_boot_usec);
    bind_number(statement, 17, q->deadline_wall_usec);
    bind_number(statement, 18, q->fail_when_offline);
    bind_number(statement, 19, q->write_class);
    bind_number(statement, 20, q->attempts);
    bind_number(statement, 21, q->marked);
    bind_number(statement, 22, q->done);
    bind_number(statement, 23, q->done_wall_usec);
    bind_number(statement, 24, q->outcome);
    bind_number(statement, 25, q->result_size);
    sqlite3_bind_int64(statement, 26, store->boot_number);
    if (limiter)
        sqlite3_bind_int64(statement, 27, limiter);
    bind_text(statement, 28, q->base);
    bind_number(statement, 29, q->behind_leave);
}

static int operation_insert(Store *store, StoreOp *op)
{
    /* After the disk was full, what was accepted goes on first. */
    if (store->reserve_gone && !store_reserve_make(store)) {
        op->r = -ENOSPC;
        return 0;
    }
    if (store->requests >= STORE_REQUESTS_MAX) {
        op->r = -EDQUOT;
        return 0;
    }
    int64_t sequence, limiter = 0;
    int r = operation_find(store, op, &sequence, &limiter);
    if (r != -ENOENT) {
        op->r = r < 0 ? r : -EEXIST;
        return r < 0 ? r : 0;
    }
    limiter = 0;
    r = 0;
    if (op->request.marked)
        r = operation_limiter_add(store, op->request.account, op->request.title_id, op->steady_usec,
                                  &limiter);
    if (r < 0)
        return r;
    bind_request(store, store->statements[SQL_INSERT_REQUEST], op, limiter);
    r = store_sql_step(store, SQL_INSERT_REQUEST);
    if (r < 0)
        return r;
    sqlite3_stmt *statement = store->statements[SQL_INSERT_BODY];
    bind_number(statement, 1, op->request.sequence);
    sqlite3_bind_blob64(statement, 2, op->request.body ? op->request.body : "", op->request.body_size,
                        SQLITE_STATIC);
    r = store_sql_step(store, SQL_INSERT_BODY);
    if (r == 0)
        store->requests++;
    return r;
}

static int operation_mark(Store *store, StoreOp *op)
{
    int64_t limiter = 0;
    int r = operation_limiter_add(store, op->account, op->title_id, op->steady_usec, &limiter);
    if (r < 0)
        return r;
    bind_id(store->statements[SQL_MARK], 1, op);
    sqlite3_bind_int64(store->statements[SQL_MARK], 2, limiter);
    bind_text(store->statements[SQL_MARK], 3, op->base);
    return store_sql_step(store, SQL_MARK);
}

static int operation_unmark(Store *store, StoreOp *op)
{
    int64_t sequence, limiter = 0;
    int r = operation_find(store, op, &sequence, &limiter);
    if (r == 0)
        r = operation_limiter_end(store, limiter, op->steady_usec);
    if (r < 0)
        return r;
    bind_number(store->statements[SQL_UNMARK], 1, (uint64_t)sequence);
    bind_number(store->statements[SQL_UNMARK], 2, op->attempts);
    return store_sql_step(store, SQL_UNMARK);
}

static int operation_finish(Store *store, StoreOp *op)
{
    int64_t sequence, limiter = 0;
    int r = operation_find(store, op, &sequence, &limiter);
    if (r == 0)
        r = operation_limiter_end(store, limiter, op->steady_usec);
    if (r < 0)
        return r;
    sqlite3_stmt *statement = store->statements[SQL_FINISH];
    sqlite3_bind_int64(statement, 1, sequence);
    bind_number(statement, 2, op->finish.outcome);
    bind_number(statement, 3, op->wall_usec);
    bind_number(statement, 4, op->attempts);
    bind_number(statement, 5, op->finish.document_size);
    bind_number(statement, 6, op->steady_usec);
    r = store_sql_step(store, SQL_FINISH);
    if (r == 0)
        r = operation_delete(store, SQL_DELETE_BODY, sequence);
    if (r < 0)
        return r;
    statement = store->statements[SQL_INSERT_RESULT];
    sqlite3_bind_int64(statement, 1, sequence);
    bind_text(statement, 2, op->finish.meta);
    if (op->finish.document)
        sqlite3_bind_blob64(statement, 3, op->finish.document, op->finish.document_size, SQLITE_STATIC);
    return store_sql_step(store, SQL_INSERT_RESULT);
}

static int operation_behind_leave(Store *store, StoreOp *op)
{
    bind_id(store->statements[SQL_BEHIND_LEAVE], 1, op);
    return store_sql_step(store, SQL_BEHIND_LEAVE);
}

static int operation_drop_document(Store *store, StoreOp *op)
{
    int64_t sequence, limiter;
    int r = operation_find(store, op, &sequence, &limiter);
    if (r == 0)
        r = operation_delete(store, SQL_DROP_DOCUMENT, sequence);
    return r < 0 ? r : operation_delete(store, SQL_DROP_SIZE, sequence);
}

static int operation_delete_request(Store *store, const StoreOp *op)
{
    int64_t sequence, limiter;
    int r = operation_find(store, op, &sequence, &limiter);
    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = operation_delete(store, SQL_DELETE_BODY, sequence);
    if (r == 0)
        r = operation_delete(store, SQL_DELETE_RESULT, sequence);
    if (r == 0)
        r = operation_delete(store, SQL_DELETE_REQUEST, sequence);
    if (r == 0 && store->requests > 0)
        store->requests--;
    return r;
}

static int operation_acknowledge(Store *store, StoreOp *op)
{
    sqlite3_stmt *statement = store->statements[SQL_ACKNOWLEDGE];
    bind_id(statement, 1, op);
    sqlite3_bind_blob(statement, 2, op->acknowledge.hash, sizeof op->acknowledge.hash, SQLITE_STATIC);
    bind_number(statement, 3, op->acknowledge.outcome);
    bind_number(statement, 4, op->wall_usec);
    bind_number(statement, 5, op->steady_usec);
    int r = store_sql_step(store, SQL_ACKNOWLEDGE);
    if (r == 0)
        r = operation_delete_request(store, op);
    if (r < 0 || !store_operation_prune(store, STORE_PRUNE_ACKNOWLEDGED))
        return r;
    bind_number(store->statements[SQL_ACKNOWLEDGED_PRUNE], 1, STORE_ACKNOWLEDGED_MAX);
    r = store_sql_step(store, SQL_ACKNOWLEDGED_PRUNE);
    return r == 0 && sqlite3_changes(store->database) > 0 ? store_story_orphans(store) : r;
}

static int operation_remove(Store *store, StoreOp *op)
{
    int r = operation_delete_request(store, op);
    if (r < 0)
        return r;
    bind_id(store->statements[SQL_FORGET], 1, op);
    r = store_sql_step(store, SQL_FORGET);
    return r < 0 ? r : store_story_forget(store, op->id);
}

static int operation_keep_handle(Store *store, StoreOp *op)
{
    sqlite3_stmt *statement = store->statements[SQL_KEEP_HANDLE];
    bind_text(statement, 1, op->handle.handle_id);
    bind_text(statement, 2, op->handle.scid);
    bind_text(statement, 3, op->handle.template_name);
    bind_text(statement, 4, op->handle.name);
    bind_number(statement, 5, op->wall_usec);
    int r = store_sql_step(store, SQL_KEEP_HANDLE);
    if (r < 0 || !store_operation_prune(store, STORE_PRUNE_HANDLE))
        return r;
    bind_number(store->statements[SQL_HANDLE_PRUNE], 1, STORE_HANDLES_MAX);
    return store_sql_step(store, SQL_HANDLE_PRUNE);
}

static int operation_hold(Store *store, StoreOp *op)
{
    sqlite3_stmt *statement = store->statements[SQL_HOLD];
    bind_text(statement, 1, op->account);
    bind_number(statement, 2, op->title_id);
    bind_number(statement, 3, op->steady_usec);
    int r = store_sql_step(store, SQL_HOLD);
    if (r < 0 || !store_operation_prune(store, STORE_PRUNE_HOLD))
        return r;
    bind_number(store->statements[SQL_HOLD_PRUNE], 1, store_steady_usec(store));
    bind_number(store->statements[SQL_HOLD_PRUNE], 2, STORE_HOLDS_MAX);
    return store_sql_step(store, SQL_HOLD_PRUNE);
}

int store_operation_copy(sqlite3_stmt *statement, int column, char **copy, size_t *size)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
        *copy = NULL;
        *size = 0;
        return 0;
    }
    const void *data = sqlite3_column_blob(statement, column);
    size_t bytes = (size_t)sqlite3_column_bytes(statement, column);
    char *text = malloc(bytes + 1);
    if (!text)
        return -ENOMEM;
    if (bytes)
        memcpy(text, data, bytes);
    text[bytes] = '\0';
    *copy = text;
    *size = bytes;
    return 0;
}

static int operation_load(Store *store, StoreOp *op)
{
    bool body = op->type == STORE_OP_LOAD_BODY;
    sqlite3_stmt *statement = store->statements[body ? SQL_LOAD_BODY : SQL_LOAD_RESULT];
    bind_id(statement, 1, op);
    int rc = sqlite3_step(statement);
    int r = rc == SQLITE_DONE ? -ENOENT : store_sql_errno(store, rc);
    size_t meta_size;
    if (r == 0 && body)
        r = store_operation_copy(statement, 0, &op->data, &op->data_size);
    if (r == 0 && !body) {
        r = store_operation_copy(statement, 0, &op->meta, &meta_size);
        if (r == 0)
            r = store_operation_copy(statement, 1, &op->data, &op->data_size);
        op->data_dropped = sqlite3_column_int(statement, 2) != 0;
    }
    sqlite3_reset(statement);
    /* A record that cannot be read is its reader's misfortune, not that of the group. */
    op->r = r == -EUCLEAN ? -EIO : r;
    return 0;
}

int store_operation_run(Store *store, StoreOp *op)
{
    static int (*const runs[])(Store *, StoreOp *) = {
        [STORE_OP_INSERT] = operation_insert,
        [STORE_OP_MARK] = operation_mark,
        [STORE_OP_UNMARK] = operation_unmark,
        [STORE_OP_FINISH] = operation_finish,
        [STORE_OP_BEHIND_LEAVE] = operation_behind_leave,
        [STORE_OP_DROP_DOCUMENT] = operation_drop_document,
        [STORE_OP_ACKNOWLEDGE] = operation_acknowledge,
        [STORE_OP_REMOVE] = operation_remove,
        [STORE_OP_KEEP_HANDLE] = operation_keep_handle,
        [STORE_OP_HOLD] = operation_hold,
        [STORE_OP_NOTE] = store_story_note,
        [STORE_OP_LOAD_BODY] = operation_load,
        [STORE_OP_LOAD_RESULT] = operation_load,
        [STORE_OP_LOAD_STORY] = store_story_load,
        [STORE_OP_LOOK] = store_facts_look,
    };
    op->r = 0;
    free(TAKE(op->meta));
    free(TAKE(op->data));
    free(TAKE(op->facts));
    op->story = store_story_free(op->story);
    if (op->type == STORE_OP_PING)
        return 0;
    int r = runs[op->type](store, op);
    if (r == -ENOENT) {
        op->r = r; /* nothing was changed: the others go on */
        return 0;
    }
    return r;
}

StoreOp *store_operation_free(StoreOp *op)
{
    if (op) {
        free(op->meta);
        free(op->data);
        free(op->facts);
        store_story_free(op->story);
        free(op);
    }
    return NULL;
}
