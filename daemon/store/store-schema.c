/* SPDX-License-Identifier: MIT */
/* The format of the file: how it is opened, and how it came to be. */
#include "store/store-private.h"

/*
 * One entry for each step of user_version; the next format is one more entry. Documents lie apart from the requests, so
 * that a start reads only what it needs. Times are microseconds; those beyond the range of a signed number are negative.
 */
static const char *const migrations[STORE_FORMAT] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE boot(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE request("
    " sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind INTEGER NOT NULL, mode INTEGER NOT NULL,"
    " durability INTEGER NOT NULL, account TEXT NOT NULL, title_id INTEGER NOT NULL, app_id TEXT, target "
    "TEXT NOT NULL,"
    " etag TEXT, supersedes TEXT, hash BLOB NOT NULL, body_size INTEGER NOT NULL, accepted_boot INTEGER NOT "
    "NULL,"
    " accepted_wall INTEGER NOT NULL, deadline_boot INTEGER NOT NULL, deadline_wall INTEGER NOT NULL,"
    " fail_when_offline INTEGER NOT NULL, write_class INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " marked INTEGER NOT NULL, done INTEGER NOT NULL, done_wall INTEGER NOT NULL, outcome INTEGER NOT NULL,"
    " result_size INTEGER NOT NULL, boot INTEGER NOT NULL, limiter INTEGER) STRICT;"
    "CREATE TABLE body(sequence INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;"
    "CREATE TABLE result(sequence INTEGER PRIMARY KEY, meta TEXT NOT NULL, document BLOB,"
    " dropped INTEGER NOT NULL) STRICT;"
    "CREATE TABLE limiter(number INTEGER PRIMARY KEY, account TEXT NOT NULL, title_id INTEGER NOT NULL,"
    " wall INTEGER NOT NULL) STRICT;"
    "CREATE TABLE acknowledged(id BLOB PRIMARY KEY, hash BLOB NOT NULL, outcome INTEGER NOT NULL,"
    " wall INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE handle(id TEXT PRIMARY KEY, scid TEXT NOT NULL, template TEXT NOT NULL, name TEXT NOT NULL,"
    " wall INTEGER NOT NULL) STRICT;"
    "CREATE TABLE quarantine(number INTEGER PRIMARY KEY, origin TEXT NOT NULL, wall INTEGER NOT NULL,"
    " record TEXT NOT NULL, body BLOB) STRICT;"
    "INSERT INTO meta VALUES('clean', 1);",

    /* 2: what a write was made from, what the service told to wait, a clock that does not jump, and stories. What is not known of an id that an
     * earlier version remembered is 0. */
    "ALTER TABLE request ADD COLUMN base TEXT;"
    "ALTER TABLE boot ADD COLUMN offset INTEGER;"
    "ALTER TABLE acknowledged ADD COLUMN accepted_wall INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE acknowledged ADD COLUMN done_wall INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE acknowledged ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE acknowledged ADD COLUMN app_id TEXT;"
    "CREATE TABLE hold(account TEXT NOT NULL, title_id INTEGER NOT NULL, until INTEGER NOT NULL,"
    " PRIMARY KEY(account, title_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE story(id BLOB NOT NULL, number INTEGER NOT NULL, wall INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY(id, number)) STRICT, WITHOUT ROWID;",

    /* 3: how long a result or an acknowledged id is kept goes by the clock that does not jump; what is behind a leave;
     * and how long the machine had slept in its boot when an attempt began. */
    "ALTER TABLE request ADD COLUMN done_steady INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE request ADD COLUMN behind_leave INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE limiter ADD COLUMN boot INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE limiter ADD COLUMN slept INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE acknowledged ADD COLUMN steady INTEGER NOT NULL DEFAULT 0;"
    "UPDATE request SET done_steady=done_wall;"
    "UPDATE acknowledged SET steady=wall;",
};

static int schema_number(Store *store, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    int r = rc == SQLITE_ROW ? 0 : store_sql_errno(store, rc);
    if (r == 0)
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return r;
}

static int schema_migrate(Store *store, int64_t from)
{
    for (int64_t version = from; version < STORE_FORMAT; version++) {
        char tail[96];
        snprintf(tail, sizeof tail, "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
                 STORE_APPLICATION_ID, (int)version + 1);
        int r = store_sql_run(store, "BEGIN IMMEDIATE");
        if (r == 0)
            r = store_sql_run(store, migrations[version]);
        if (r == 0)
            r = store_sql_run(store, tail);
        if (r < 0) {
            if (!sqlite3_get_autocommit(store->database))
                (void)store_sql_run(store, "ROLLBACK");
            return r;
        }
    }
    return 0;
}

/* The log is there only in WAL mode; a file system where that does not work is told now, not at the first write. */
static int schema_journal(Store *store)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->database, "PRAGMA journal_mode=WAL", -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    int r = rc == SQLITE_ROW ? 0 : store_sql_errno(store, rc);
    if (r == 0) {
        const char *mode = (const char *)sqlite3_column_text(statement, 0);
        r = mode && string_equal(mode, "wal") ? 0 : -EOPNOTSUPP;
    }
    sqlite3_finalize(statement);
    return r;
}

int store_schema_open(Store *store, int *format)
{
    int rc = sqlite3_open_v2(store->path, &store->database,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc != SQLITE_OK)
        return store_sql_errno(store, rc);
    sqlite3_busy_timeout(store->database, 2000);
    sqlite3_limit(store->database, SQLITE_LIMIT_LENGTH, STORE_VALUE_BYTES);

    /* Exclusive, before the first look: nobody else may write to it anyway, no lock has to be taken for each commit, and
     * the log needs no shared memory file, which on a full disk would end in SIGBUS. */
    int64_t version = 0, application = 0, tables = 0;
    int r = store_sql_run(store, "PRAGMA locking_mode=EXCLUSIVE");
    if (r == 0)
        r = schema_number(store, "PRAGMA user_version", &version);
    if (r == 0)
        r = schema_number(store, "PRAGMA application_id", &application);
    if (r == 0)
        r = schema_number(store, "SELECT count(*) FROM sqlite_schema", &tables);
    if (r < 0)
        return r;
    if (version > STORE_FORMAT && application == STORE_APPLICATION_ID) {
        *format = (int)version;
        return STORE_E_NEWER;
    }
    bool ours = application == STORE_APPLICATION_ID && version >= 1 && version <= STORE_FORMAT;
    bool fresh = tables == 0 && version == 0;
    if (!ours && !fresh)
        return -EUCLEAN;

    /* Checkpoints are the thread's, after its answers. */
    r = store_sql_run(store, "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
                             "PRAGMA cache_size=-2000; PRAGMA synchronous=FULL");
    if (r == 0)
        r = schema_journal(store);
    if (r == 0)
        r = store_sql_run(store, "PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=8388608");
    if (r < 0)
        return r;
    store->synchronous_full = true;
    return schema_migrate(store, version);
}
