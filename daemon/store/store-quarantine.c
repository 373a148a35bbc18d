/* SPDX-License-Identifier: MIT */
/* Rows that cannot be read: set aside one by one, as text, so that the rest goes on and somebody may look. */
#include "base/clock.h"
#include "base/log.h"
#include "store/store-private.h"

/* Of each table: how a row is found by the first columns of what is read of it, and what there is to keep. */
static const struct {
    const char *table, *what;
    unsigned keys;
    const char *where;    /* the keys as ?1 and ?2 */
    const char *columns;  /* quoted, one text */
    const char *body;     /* what is kept as it is */
    const char *parts[3]; /* what goes with it */
} origins[] = {
    [STORE_ORIGIN_REQUEST] =
        {
            .table = "request",
            .what = "requests",
            .keys = 1,
            .where = "sequence=?1",
            .columns =
                "quote(sequence)||','||quote(id)||','||quote(kind)||','||quote(mode)||','||"
                "quote(durability)||','||quote(account)||','||quote(title_id)||','||quote(app_id)||','||"
                "quote(target)||','||quote(etag)||','||quote(supersedes)||','||quote(hash)||','||"
                "quote(body_size)||','||quote(accepted_boot)||','||quote(accepted_wall)||','||"
                "quote(deadline_boot)||','||quote(deadline_wall)||','||quote(fail_when_offline)||','||"
                "quote(write_class)||','||quote(attempts)||','||quote(marked)||','||quote(done)||','||"
                "quote(done_wall)||','||quote(outcome)||','||quote(result_size)||','||quote(base)||','||"
                "quote(done_steady)||','||quote(behind_leave)",
            .body = "(SELECT data FROM body WHERE body.sequence=request.sequence)",
            .parts = {"DELETE FROM body WHERE sequence=?1", "DELETE FROM result WHERE sequence=?1",
                      "DELETE FROM story WHERE id=(SELECT id FROM request WHERE sequence=?1)"},
        },
    [STORE_ORIGIN_HANDLE] =
        {
            .table = "handle",
            .what = "handles",
            .keys = 1,
            .where = "id=?1",
            .columns =
                "quote(id)||','||quote(scid)||','||quote(template)||','||quote(name)||','||quote(wall)",
            .body = "NULL",
        },
    [STORE_ORIGIN_LIMITER] =
        {
            .table = "limiter",
            .what = "limiter entries",
            .keys = 1,
            .where = "number=?1",
            .columns = "quote(number)||','||quote(account)||','||quote(title_id)||','||quote(wall)||','||"
                       "quote(boot)||','||quote(slept)",
            .body = "NULL",
        },
    [STORE_ORIGIN_HOLD] =
        {
            .table = "hold",
            .what = "holds",
            .keys = 2,
            .where = "account=?1 AND title_id=?2",
            .columns = "quote(account)||','||quote(title_id)||','||quote(until)",
            .body = "NULL",
        },
    [STORE_ORIGIN_ACKNOWLEDGED] =
        {
            .table = "acknowledged",
            .what = "acknowledged ids",
            .keys = 1,
            .where = "id=?1",
            .columns =
                "quote(id)||','||quote(hash)||','||quote(outcome)||','||quote(wall)||','||"
                "quote(accepted_wall)||','||quote(done_wall)||','||quote(attempts)||','||quote(app_id)||','||"
                "quote(steady)",
            .body = "NULL",
            .parts = {"DELETE FROM story WHERE id=?1"},
        },
};

int store_quarantine_add(StoreBad *bad, StoreOrigin origin, sqlite3_stmt *row)
{
    if (bad->count == bad->room) {
        size_t room = bad->room ? bad->room * 2 : 64;
        StoreBadRow *rows = reallocarray(bad->rows, room, sizeof *rows);
        if (!rows)
            return -ENOMEM;
        bad->rows = rows;
        bad->room = room;
    }
    StoreBadRow *added = &bad->rows[bad->count];
    *added = (StoreBadRow){0};
    bad->count++;
    for (unsigned i = 0; i < origins[origin].keys; i++) {
        added->keys[i] = sqlite3_value_dup(sqlite3_column_value(row, (int)i));
        if (!added->keys[i])
            return -ENOMEM;
    }
    return 0;
}

void store_quarantine_clear(StoreBad *bad)
{
    for (size_t i = 0; i < bad->count; i++)
        for (size_t k = 0; k < ELEMENTS(bad->rows[i].keys); k++)
            sqlite3_value_free(bad->rows[i].keys[k]);
    free(bad->rows);
    *bad = (StoreBad){0};
}

static int quarantine_step(Store *store, const char *sql, const StoreBadRow *row)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL);
    for (int i = 0; rc == SQLITE_OK && i < (int)ELEMENTS(row->keys) && row->keys[i]; i++)
        rc = sqlite3_bind_value(statement, i + 1, row->keys[i]);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    int r = store_sql_errno(store, rc);
    sqlite3_finalize(statement);
    return r;
}

static int quarantine_row(Store *store, StoreOrigin origin, const StoreBadRow *row)
{
    char sql[1600];
    snprintf(sql, sizeof sql,
             "INSERT INTO quarantine(origin, wall, record, body) SELECT '%s', %llu, %s, %s FROM %s WHERE %s",
             origins[origin].table, (unsigned long long)clock_wall_usec(), origins[origin].columns,
             origins[origin].body, origins[origin].table, origins[origin].where);
    int r = quarantine_step(store, sql, row);
    for (size_t i = 0; r == 0 && i < ELEMENTS(origins[origin].parts) && origins[origin].parts[i]; i++)
        r = quarantine_step(store, origins[origin].parts[i], row);
    snprintf(sql, sizeof sql, "DELETE FROM %s WHERE %s", origins[origin].table, origins[origin].where);
    return r < 0 ? r : quarantine_step(store, sql, row);
}

int store_quarantine_move(Store *store, StoreOrigin origin, const StoreBad *bad)
{
    if (bad->count == 0)
        return 0;
    char prune[120];
    snprintf(prune, sizeof prune,
             "DELETE FROM quarantine WHERE number <= (SELECT max(number) FROM quarantine) - %d; COMMIT",
             STORE_QUARANTINE_MAX);
    int r = store_sql_run(store, "BEGIN");
    for (size_t i = 0; i < bad->count && r == 0; i++)
        r = quarantine_row(store, origin, &bad->rows[i]);
    if (r == 0)
        r = store_sql_run(store, prune);
    if (r < 0) {
        if (!sqlite3_get_autocommit(store->database))
            (void)store_sql_run(store, "ROLLBACK");
        return r;
    }
    store->unreadable += (unsigned)bad->count;
    if (origin == STORE_ORIGIN_REQUEST)
        store->requests -= bad->count < store->requests ? (unsigned)bad->count : store->requests;
    log_error("%zu %s of the queue cannot be read: put aside in its table quarantine", bad->count,
              origins[origin].what);
    return 0;
}
