/* SPDX-License-Identifier: MIT */
/* Small things that other rooms keep here: a kind, a key, and bytes that mean nothing to the store. */
#include "store/store-private.h"

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

int store_kept_put(Store *store, StoreOp *op)
{
    sqlite3_stmt *statement = store->statements[SQL_KEEP];
    bind_text(statement, 1, op->kept.kind);
    bind_text(statement, 2, op->kept.key);
    sqlite3_bind_blob64(statement, 3, op->kept.value, op->kept.size, SQLITE_STATIC);
    sqlite3_bind_int(statement, 4, STORE_KEPT_MAX);
    int r = store_sql_step(store, SQL_KEEP);
    /* No row was made: there are too many of its kind. */
    if (r == 0 && sqlite3_changes(store->database) == 0)
        op->r = -EDQUOT;
    return r;
}

int store_kept_drop(Store *store, StoreOp *op)
{
    sqlite3_stmt *statement = store->statements[SQL_UNKEEP];
    bind_text(statement, 1, op->kept.kind);
    bind_text(statement, 2, op->kept.key);
    /* Not for all that is deleted: the queue's own rows come and go with every request. */
    int r = store_sql_run(store, "PRAGMA secure_delete=ON");
    if (r == 0)
        r = store_sql_step(store, SQL_UNKEEP);
    (void)store_sql_run(store, "PRAGMA secure_delete=OFF");
    store->wipe_log = store->wipe_log || r == 0;
    return r;
}

void store_kept_wipe_log(Store *store)
{
    if (!store->wipe_log)
        return;
    /* What was deleted is overwritten in the file (secure_delete), and would go on in the log. */
    int rc = sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    store->wipe_log = rc != SQLITE_OK;
    if (rc == SQLITE_OK)
        store->wal_pages = 0;
}
