/* SPDX-License-Identifier: MIT */
/* Reading back: first a look at everything, then row by row to the visitor. */
#include "base/clock.h"
#include "base/log.h"
#include "store/store-private.h"

/* Far above the core's enumerations: what is beyond is damage. */
#define LARGEST_ENUM 63

static const char request_columns[] =
    "SELECT sequence, request.id, kind, mode, durability, account, title_id, app_id, target, etag, "
    "supersedes, hash,"
    " body_size, accepted_boot, accepted_wall, deadline_boot, deadline_wall, fail_when_offline, write_class, "
    "attempts,"
    " marked, done, done_wall, outcome, result_size, boot.id"
    " FROM request LEFT JOIN boot ON boot.number = request.boot ORDER BY sequence";

/* The same letter for each column: integer, text, text or NULL, 16 and 32 bytes. */
static const char request_types[] = "iuiiitintnnhiiiiiiiiiiiiit";

static bool load_text_good(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text && strlen(text) == (size_t)sqlite3_column_bytes(row, column);
}

static bool load_types_good(sqlite3_stmt *row, const char *types)
{
    for (int i = 0; types[i]; i++) {
        int type = sqlite3_column_type(row, i);
        bool good = types[i] == 'i'   ? type == SQLITE_INTEGER
                    : types[i] == 't' ? type == SQLITE_TEXT && load_text_good(row, i)
                    : types[i] == 'n'
                        ? type == SQLITE_NULL || (type == SQLITE_TEXT && load_text_good(row, i))
                        : type == SQLITE_BLOB && sqlite3_column_bytes(row, i) == (types[i] == 'u' ? 16 : 32);
        if (!good)
            return false;
    }
    return true;
}

static bool load_in_range(sqlite3_stmt *row, int column, int64_t most)
{
    int64_t number = sqlite3_column_int64(row, column);
    return number >= 0 && number <= most;
}

static bool load_request_good(sqlite3_stmt *row)
{
    static const unsigned char enums[] = {2, 3, 4, 18, 23}, flags[] = {17, 20, 21}, sizes[] = {12, 24};
    if (!load_types_good(row, request_types) || sqlite3_column_bytes(row, 25) != 36)
        return false;
    for (size_t i = 0; i < ELEMENTS(enums); i++)
        if (!load_in_range(row, enums[i], LARGEST_ENUM))
            return false;
    for (size_t i = 0; i < ELEMENTS(flags); i++)
        if (!load_in_range(row, flags[i], 1))
            return false;
    for (size_t i = 0; i < ELEMENTS(sizes); i++)
        if (!load_in_range(row, sizes[i], STORE_VALUE_BYTES))
            return false;
    return load_in_range(row, 6, UINT32_MAX) && load_in_range(row, 19, INT32_MAX);
}

static void load_format_id(const unsigned char *bytes, char id[37])
{
    static const char digits[] = "0123456789abcdef";
    char *to = id;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    *to = '\0';
}

static void load_request_fill(sqlite3_stmt *row, StoreRequest *q, char id[37])
{
    load_format_id(sqlite3_column_blob(row, 1), id);
    *q = (StoreRequest){
        .id = id,
        .sequence = (uint64_t)sqlite3_column_int64(row, 0),
        .kind = (unsigned)sqlite3_column_int(row, 2),
        .mode = (unsigned)sqlite3_column_int(row, 3),
        .durability = (unsigned)sqlite3_column_int(row, 4),
        .account = (const char *)sqlite3_column_text(row, 5),
        .title_id = (uint32_t)sqlite3_column_int64(row, 6),
        .app_id = (const char *)sqlite3_column_text(row, 7),
        .target = (const char *)sqlite3_column_text(row, 8),
        .etag = (const char *)sqlite3_column_text(row, 9),
        .supersedes = (const char *)sqlite3_column_text(row, 10),
        .body_size = (size_t)sqlite3_column_int64(row, 12),
        .accepted_boot_usec = (uint64_t)sqlite3_column_int64(row, 13),
        .accepted_wall_usec = (uint64_t)sqlite3_column_int64(row, 14),
        .deadline_boot_usec = (uint64_t)sqlite3_column_int64(row, 15),
        .deadline_wall_usec = (uint64_t)sqlite3_column_int64(row, 16),
        .fail_when_offline = sqlite3_column_int(row, 17) != 0,
        .write_class = (unsigned)sqlite3_column_int(row, 18),
        .attempts = (unsigned)sqlite3_column_int(row, 19),
        .marked = sqlite3_column_int(row, 20) != 0,
        .done = sqlite3_column_int(row, 21) != 0,
        .done_wall_usec = (uint64_t)sqlite3_column_int64(row, 22),
        .outcome = (unsigned)sqlite3_column_int(row, 23),
        .result_size = (size_t)sqlite3_column_int64(row, 24),
    };
    memcpy(q->hash, sqlite3_column_blob(row, 11), sizeof q->hash);
    memcpy(q->boot_id, sqlite3_column_text(row, 25), 37);
}

/* ---- Quarantine -------------------------------------------------------------------------------------------------- */

static int load_quarantine(Store *store, int64_t sequence)
{
    char sql[1600];
    snprintf(
        sql, sizeof sql,
        "SAVEPOINT quarantine;"
        "INSERT INTO quarantine(origin, wall, record, body) SELECT 'request', %lld,"
        " quote(sequence)||','||quote(id)||','||quote(kind)||','||quote(mode)||','||quote(durability)||','||"
        " quote(account)||','||quote(title_id)||','||quote(app_id)||','||quote(target)||','||quote(etag)||','"
        "||"
        " quote(supersedes)||','||quote(hash)||','||quote(body_size)||','||quote(accepted_boot)||','||"
        " quote(accepted_wall)||','||quote(deadline_boot)||','||quote(deadline_wall)||','||"
        " quote(fail_when_offline)||','||quote(write_class)||','||quote(attempts)||','||quote(marked)||','||"
        " quote(done)||','||quote(done_wall)||','||quote(outcome)||','||quote(result_size),"
        " (SELECT data FROM body WHERE body.sequence=request.sequence) FROM request WHERE sequence=%lld;"
        "DELETE FROM body WHERE sequence=%lld; DELETE FROM result WHERE sequence=%lld;"
        "DELETE FROM request WHERE sequence=%lld;"
        "DELETE FROM quarantine WHERE number <= (SELECT max(number) FROM quarantine) - %d;"
        "RELEASE quarantine",
        (long long)clock_wall_usec(), (long long)sequence, (long long)sequence, (long long)sequence,
        (long long)sequence, STORE_QUARANTINE_MAX);
    int r = store_sql_run(store, sql);
    if (r < 0) {
        if (!sqlite3_get_autocommit(store->database))
            (void)store_sql_run(store, "ROLLBACK");
        return r;
    }
    store->unreadable++;
    if (store->requests > 0)
        store->requests--;
    log_error("record %lld of the queue cannot be read: it was put aside in the table quarantine",
              (long long)sequence);
    return 0;
}

typedef struct LoadBad {
    int64_t *rows;
    size_t count, room;
} LoadBad;

static int load_bad_add(LoadBad *bad, int64_t row)
{
    if (bad->count == bad->room) {
        size_t room = bad->room ? bad->room * 2 : 64;
        int64_t *rows = reallocarray(bad->rows, room, sizeof *rows);
        if (!rows)
            return -ENOMEM;
        bad->rows = rows;
        bad->room = room;
    }
    bad->rows[bad->count++] = row;
    return 0;
}

static int load_bad_move(Store *store, const LoadBad *bad)
{
    int r = 0;
    for (size_t i = 0; i < bad->count && r == 0; i++)
        r = load_quarantine(store, bad->rows[i]);
    return r;
}

/* ---- The first look ---------------------------------------------------------------------------------------------- */

static uint64_t later(uint64_t a, int64_t b)
{
    return b > 0 && (uint64_t)b > a ? (uint64_t)b : a;
}

static int load_check_requests(Store *store, StoreInfo *info)
{
    CLEANUP_FREE void *owner = NULL;
    LoadBad bad = {0};
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(store->database, request_columns, -1, &row, NULL);
    int r = store_sql_errno(store, rc);
    while (r == 0 && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        store->requests++;
        if (!load_request_good(row)) {
            r = load_bad_add(&bad, sqlite3_column_int64(row, 0));
            owner = bad.rows;
            continue;
        }
        info->newest_wall_usec = later(info->newest_wall_usec, sqlite3_column_int64(row, 14));
        info->newest_wall_usec = later(info->newest_wall_usec, sqlite3_column_int64(row, 22));
    }
    if (r == 0)
        r = store_sql_errno(store, rc);
    sqlite3_finalize(row);
    return r < 0 ? r : load_bad_move(store, &bad);
}

int store_load_check(Store *store, StoreInfo *info)
{
    store->requests = 0;
    store->unreadable = 0;
    int r = load_check_requests(store, info);
    if (r < 0)
        return r;
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(store->database,
                                "SELECT max(coalesce((SELECT max(wall) FROM limiter), 0),"
                                " coalesce((SELECT max(wall) FROM acknowledged), 0),"
                                " coalesce((SELECT max(wall) FROM handle), 0))",
                                -1, &row, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(row);
    r = store_sql_errno(store, rc);
    if (r == 0)
        info->newest_wall_usec = later(info->newest_wall_usec, sqlite3_column_int64(row, 0));
    sqlite3_finalize(row);
    info->unreadable = store->unreadable;
    return r;
}

/* ---- The visit --------------------------------------------------------------------------------------------------- */

typedef int (*LoadRow)(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata);

static int load_handle(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata)
{
    if (!load_types_good(row, "tttt"))
        return 0;
    return visitor->handle(
        (const char *)sqlite3_column_text(row, 0), (const char *)sqlite3_column_text(row, 1),
        (const char *)sqlite3_column_text(row, 2), (const char *)sqlite3_column_text(row, 3), userdata);
}

static int load_limiter(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata)
{
    if (!load_types_good(row, "tii") || !load_in_range(row, 1, UINT32_MAX))
        return 0;
    return visitor->limiter((const char *)sqlite3_column_text(row, 0), (uint32_t)sqlite3_column_int64(row, 1),
                            (uint64_t)sqlite3_column_int64(row, 2), userdata);
}

static int load_acknowledged(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata)
{
    if (!load_types_good(row, "uhii") || !load_in_range(row, 2, LARGEST_ENUM))
        return 0;
    char id[37];
    load_format_id(sqlite3_column_blob(row, 0), id);
    return visitor->acknowledged(id, sqlite3_column_blob(row, 1), (unsigned)sqlite3_column_int(row, 2),
                                 (uint64_t)sqlite3_column_int64(row, 3), userdata);
}

static int load_request(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata)
{
    char id[37];
    StoreRequest request;
    if (!load_request_good(row))
        return STORE_VISIT_UNREADABLE;
    load_request_fill(row, &request, id);
    return visitor->request(&request, userdata);
}

static int load_each(Store *store, const char *sql, LoadRow visit, const StoreVisitor *visitor,
                     void *userdata)
{
    CLEANUP_FREE void *owner = NULL;
    LoadBad bad = {0};
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(store->database, sql, -1, &row, NULL);
    int r = store_sql_errno(store, rc);
    while (r == 0 && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        r = visit(row, visitor, userdata);
        if (r == STORE_VISIT_UNREADABLE) {
            r = load_bad_add(&bad, sqlite3_column_int64(row, 0));
            owner = bad.rows;
        }
    }
    if (r == 0 && rc != SQLITE_DONE)
        r = store_sql_errno(store, rc);
    sqlite3_finalize(row);
    return r < 0 ? r : load_bad_move(store, &bad);
}

int store_load(Store *store, const StoreVisitor *visitor, void *userdata)
{
    char handles[200];
    snprintf(handles, sizeof handles,
             "SELECT id, scid, template, name FROM (SELECT * FROM handle ORDER BY wall DESC LIMIT %d) ORDER "
             "BY wall",
             STORE_HANDLES_MAX);
    int r = 0;
    pthread_mutex_lock(&store->database_mutex);
    if (visitor->handle)
        r = load_each(store, handles, load_handle, visitor, userdata);
    if (r == 0 && visitor->limiter)
        r = load_each(store, "SELECT account, title_id, wall FROM limiter ORDER BY wall", load_limiter,
                      visitor, userdata);
    if (r == 0 && visitor->acknowledged)
        r = load_each(store, "SELECT id, hash, outcome, wall FROM acknowledged ORDER BY wall",
                      load_acknowledged, visitor, userdata);
    if (r == 0 && visitor->request)
        r = load_each(store, request_columns, load_request, visitor, userdata);
    /* The pages that only a start needs. */
    sqlite3_db_release_memory(store->database);
    pthread_mutex_unlock(&store->database_mutex);
    return r == -EUCLEAN ? -EIO : r;
}

unsigned store_unreadable(const Store *store)
{
    return store->unreadable;
}
