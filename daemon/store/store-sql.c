/* SPDX-License-Identifier: MIT */
/* Statements, errors and transactions. */
#include "store/store-private.h"

static const char *const statement_texts[SQL_STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_INSERT_REQUEST] =
        "INSERT INTO request "
        "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,"
        "?24,?25,?26,?27,?28,0,?29)",
    [SQL_INSERT_BODY] = "INSERT INTO body VALUES(?1,?2)",
    [SQL_FIND] = "SELECT sequence, limiter FROM request WHERE id=?1",
    [SQL_MARK] = "UPDATE request SET marked=1, limiter=?2, base=?3 WHERE id=?1",
    [SQL_BEHIND_LEAVE] = "UPDATE request SET behind_leave=1 WHERE id=?1",
    [SQL_UNMARK] = "UPDATE request SET marked=0, attempts=?2 WHERE sequence=?1",
    [SQL_LIMITER_ADD] = "INSERT INTO limiter(account, title_id, wall, boot, slept) VALUES(?1,?2,?3,?4,?5)",
    [SQL_LIMITER_END] = "UPDATE limiter SET wall=max(wall,?2), boot=0 WHERE number=?1",
    [SQL_LIMITER_PRUNE] =
        "DELETE FROM limiter WHERE wall < ?1 OR number <= (SELECT max(number) FROM limiter) - ?2",
    [SQL_FINISH] = "UPDATE request SET done=1, marked=0, base=NULL, outcome=?2, done_wall=?3, attempts=?4,"
                   " result_size=?5, done_steady=?6 WHERE sequence=?1",
    [SQL_DELETE_BODY] = "DELETE FROM body WHERE sequence=?1",
    [SQL_INSERT_RESULT] = "INSERT OR REPLACE INTO result VALUES(?1,?2,?3,0)",
    [SQL_DROP_DOCUMENT] = "UPDATE result SET document=NULL, dropped=1 WHERE sequence=?1",
    [SQL_DROP_SIZE] = "UPDATE request SET result_size=0 WHERE sequence=?1",
    [SQL_DELETE_RESULT] = "DELETE FROM result WHERE sequence=?1",
    [SQL_DELETE_REQUEST] = "DELETE FROM request WHERE sequence=?1",
    /* For an id without a row (one that was remembered, and told once more) its story stays what it was. */
    [SQL_ACKNOWLEDGE] =
        "INSERT INTO acknowledged SELECT ?1, ?2, ?3, ?4, coalesce(accepted_wall, 0), coalesce(done_wall, 0),"
        " coalesce(attempts, 0), app_id, ?5 FROM (SELECT 1) LEFT JOIN request ON request.id=?1 WHERE true"
        " ON CONFLICT(id) DO UPDATE SET hash=?2, outcome=?3, wall=?4, steady=?5",
    [SQL_FORGET] = "DELETE FROM acknowledged WHERE id=?1",
    [SQL_ACKNOWLEDGED_PRUNE] =
        "DELETE FROM acknowledged WHERE (SELECT count(*) FROM acknowledged) > ?1 AND id IN"
        " (SELECT id FROM acknowledged ORDER BY steady DESC LIMIT -1 OFFSET ?1)",
    [SQL_KEEP_HANDLE] = "INSERT OR REPLACE INTO handle VALUES(?1,?2,?3,?4,?5)",
    [SQL_HANDLE_PRUNE] = "DELETE FROM handle WHERE (SELECT count(*) FROM handle) > ?1 AND id IN"
                         " (SELECT id FROM handle ORDER BY wall DESC LIMIT -1 OFFSET ?1)",
    [SQL_HOLD] = "INSERT OR REPLACE INTO hold VALUES(?1,?2,?3)",
    [SQL_HOLD_PRUNE] = "DELETE FROM hold WHERE until <= ?1 OR (account, title_id) IN"
                       " (SELECT account, title_id FROM hold ORDER BY until DESC LIMIT -1 OFFSET ?2)",
    [SQL_NOTE] = "INSERT INTO story SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3 FROM story WHERE id=?1",
    [SQL_NOTE_CUT] = "DELETE FROM story WHERE id=?1 AND number > ?2 AND number <="
                     " (SELECT max(number) FROM story WHERE id=?1) - ?3",
    [SQL_STORY_FORGET] = "DELETE FROM story WHERE id=?1",
    [SQL_STORY_PRUNE] = "DELETE FROM story WHERE (id, number) IN"
                        " (SELECT id, number FROM story ORDER BY wall LIMIT ?1)",
    [SQL_STORY_ORPHANS] = "DELETE FROM story WHERE id NOT IN"
                          " (SELECT id FROM request UNION ALL SELECT id FROM acknowledged)",
    [SQL_STORY_REQUEST] = "SELECT app_id, accepted_wall, done_wall, attempts, outcome, done, meta"
                          " FROM request LEFT JOIN result USING(sequence) WHERE id=?1",
    [SQL_STORY_ACKNOWLEDGED] =
        "SELECT app_id, accepted_wall, done_wall, attempts, outcome, wall FROM acknowledged WHERE id=?1",
    [SQL_STORY_LINES] = "SELECT number, wall, text FROM story WHERE id=?1 ORDER BY number",
    [SQL_QUARANTINED] = "SELECT count(*) FROM quarantine",
    [SQL_LOAD_BODY] = "SELECT data FROM body JOIN request USING(sequence) WHERE id=?1",
    [SQL_LOAD_RESULT] = "SELECT meta, document, dropped FROM result JOIN request USING(sequence) WHERE id=?1",
};

int store_sql_errno(Store *store, int rc)
{
    int cause = store->database ? sqlite3_system_errno(store->database) : 0;
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_TOOBIG:
        return -E2BIG;
    case SQLITE_CONSTRAINT:
        return -EEXIST;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* at opening: tables that are not ours */
    case SQLITE_FORMAT:
        return -EUCLEAN;
    case SQLITE_CANTOPEN:
        return cause ? -cause : -EACCES;
    default:
        /* A quota, or a limit on the file's size, comes as an I/O error. */
        return cause == ENOSPC || cause == EDQUOT || cause == EFBIG ? -ENOSPC : -EIO;
    }
}

int store_sql_run(Store *store, const char *sql)
{
    return store_sql_errno(store, sqlite3_exec(store->database, sql, NULL, NULL, NULL));
}

int store_sql_prepare(Store *store)
{
    for (unsigned i = 0; i < SQL_STATEMENTS; i++) {
        int rc = sqlite3_prepare_v3(store->database, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &store->statements[i], NULL);
        if (rc != SQLITE_OK)
            return store_sql_errno(store, rc);
    }
    return 0;
}

void store_sql_finalize(Store *store)
{
    for (unsigned i = 0; i < SQL_STATEMENTS; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
}

int store_sql_step(Store *store, StoreStatement which)
{
    sqlite3_stmt *statement = store->statements[which];
    int rc = sqlite3_step(statement);
    int r = store_sql_errno(store, rc);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return r;
}

/* NORMAL and not OFF for what need not be fsynced: it costs nothing at a commit, but lets checkpoints order their
 * writes, without which a power cut could break the file. */
static int sql_set_synchronous(Store *store, bool full)
{
    if (store->synchronous_full == full)
        return 0;
    int r = store_sql_run(store, full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    if (r == 0)
        store->synchronous_full = full;
    return r;
}

int store_sql_transaction(Store *store, StoreOp *first, unsigned count, bool power)
{
    int r = sql_set_synchronous(store, power);
    if (r == 0)
        r = store_sql_step(store, SQL_BEGIN);
    if (r < 0)
        return r;
    unsigned requests = store->requests, lines = store->story_lines;
    int changes = sqlite3_total_changes(store->database);
    StoreOp *op = first;
    for (unsigned i = 0; i < count && r == 0; i++, op = op->next)
        r = store_operation_run(store, op);
    if (r == 0)
        r = store_sql_step(store, SQL_COMMIT);
    if (r < 0) {
        store->failed = r;
        store->requests = requests;
        store->story_lines = lines;
        /* Some failures have rolled it back by themselves. */
        if (!sqlite3_get_autocommit(store->database))
            (void)store_sql_step(store, SQL_ROLLBACK);
        return r;
    }
    /* Reading alone shows nothing. */
    if (sqlite3_total_changes(store->database) != changes)
        store->failed = 0;
    atomic_fetch_add(&store->commits, 1);
    if (power)
        atomic_fetch_add(&store->syncs, 1);
    return 0;
}
