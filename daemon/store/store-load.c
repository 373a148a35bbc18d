/* SPDX-License-Identifier: MIT */
/* Reading back: first a look at everything, then row by row to the visitor. */
#include "base/clock.h"
#include "store/store-private.h"

/* Far above the core's enumerations: what is beyond is damage. */
#define LARGEST_ENUM 63

static const char request_columns[] =
    "SELECT sequence, request.id, kind, mode, durability, account, title_id, app_id, target, etag, "
    "supersedes, hash,"
    " body_size, accepted_boot, accepted_wall, deadline_boot, deadline_wall, fail_when_offline, write_class, "
    "attempts,"
    " marked, base, behind_leave, done, done_wall, done_steady, outcome, result_size, boot.id"
    " FROM request LEFT JOIN boot ON boot.number = request.boot ORDER BY sequence";

typedef enum LoadType {
    LOAD_TEXT,
    LOAD_TEXT_OR_NULL,
    LOAD_ID,
    LOAD_HASH,
    LOAD_BOOT,
    LOAD_TIME, /* any number */
    LOAD_ENUM,
    LOAD_COUNT,
    LOAD_TITLE,
    LOAD_FLAG,
    LOAD_SIZE,
} LoadType;

typedef struct LoadColumn {
    LoadType type;
    size_t offset; /* in StoreRequest */
} LoadColumn;

/* The columns of request_columns. */
#define COLUMN(type, member)                                                                                 \
    {                                                                                                        \
        type, offsetof(StoreRequest, member)                                                                 \
    }
static const LoadColumn load_columns[] = {
    COLUMN(LOAD_TIME, sequence),
    COLUMN(LOAD_ID, id),
    COLUMN(LOAD_ENUM, kind),
    COLUMN(LOAD_ENUM, mode),
    COLUMN(LOAD_ENUM, durability),
    COLUMN(LOAD_TEXT, account),
    COLUMN(LOAD_TITLE, title_id),
    COLUMN(LOAD_TEXT_OR_NULL, app_id),
    COLUMN(LOAD_TEXT, target),
    COLUMN(LOAD_TEXT_OR_NULL, etag),
    COLUMN(LOAD_TEXT_OR_NULL, supersedes),
    COLUMN(LOAD_HASH, hash),
    COLUMN(LOAD_SIZE, body_size),
    COLUMN(LOAD_TIME, accepted_boot_usec),
    COLUMN(LOAD_TIME, accepted_wall_usec),
    COLUMN(LOAD_TIME, deadline_boot_usec),
    COLUMN(LOAD_TIME, deadline_wall_usec),
    COLUMN(LOAD_FLAG, fail_when_offline),
    COLUMN(LOAD_ENUM, write_class),
    COLUMN(LOAD_COUNT, attempts),
    COLUMN(LOAD_FLAG, marked),
    COLUMN(LOAD_TEXT_OR_NULL, base),
    COLUMN(LOAD_FLAG, behind_leave),
    COLUMN(LOAD_FLAG, done),
    COLUMN(LOAD_TIME, done_wall_usec),
    COLUMN(LOAD_TIME, done_steady_usec),
    COLUMN(LOAD_ENUM, outcome),
    COLUMN(LOAD_SIZE, result_size),
    COLUMN(LOAD_BOOT, boot_id),
};

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

/* A text without a NUL in it; NULL for anything else. Borrowed from the row. */
static const char *load_text(sqlite3_stmt *row, int column)
{
    if (sqlite3_column_type(row, column) != SQLITE_TEXT)
        return NULL;
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text && strlen(text) == (size_t)sqlite3_column_bytes(row, column) ? text : NULL;
}

static const void *load_blob(sqlite3_stmt *row, int column, int size)
{
    if (sqlite3_column_type(row, column) != SQLITE_BLOB || sqlite3_column_bytes(row, column) != size)
        return NULL;
    return sqlite3_column_blob(row, column);
}

static bool load_number(sqlite3_stmt *row, int column, int64_t most, int64_t *number)
{
    if (sqlite3_column_type(row, column) != SQLITE_INTEGER)
        return false;
    *number = sqlite3_column_int64(row, column);
    return *number >= 0 && *number <= most;
}

static bool load_bytes_column(sqlite3_stmt *row, int column, LoadType type, void *to, char id[37])
{
    const void *bytes;
    switch (type) {
    case LOAD_ID:
        bytes = load_blob(row, column, 16);
        if (bytes) {
            load_format_id(bytes, id);
            *(const char **)to = id;
        }
        return bytes;
    case LOAD_HASH:
        bytes = load_blob(row, column, 32);
        if (bytes)
            memcpy(to, bytes, 32);
        return bytes;
    case LOAD_BOOT:
        bytes = load_text(row, column);
        if (!bytes || strlen(bytes) != 36)
            return false;
        memcpy(to, bytes, 37);
        return true;
    case LOAD_TEXT_OR_NULL:
        *(const char **)to = load_text(row, column);
        return *(const char **)to || sqlite3_column_type(row, column) == SQLITE_NULL;
    default:
        *(const char **)to = load_text(row, column);
        return *(const char **)to;
    }
}

static bool load_column(sqlite3_stmt *row, int column, LoadType type, void *to, char id[37])
{
    int64_t number;
    switch (type) {
    case LOAD_TIME:
        if (sqlite3_column_type(row, column) != SQLITE_INTEGER)
            return false;
        *(uint64_t *)to = (uint64_t)sqlite3_column_int64(row, column);
        return true;
    case LOAD_ENUM:
    case LOAD_COUNT:
        if (!load_number(row, column, type == LOAD_ENUM ? LARGEST_ENUM : INT32_MAX, &number))
            return false;
        *(unsigned *)to = (unsigned)number;
        return true;
    case LOAD_TITLE:
        if (!load_number(row, column, UINT32_MAX, &number))
            return false;
        *(uint32_t *)to = (uint32_t)number;
        return true;
    case LOAD_FLAG:
        if (!load_number(row, column, 1, &number))
            return false;
        *(bool *)to = number != 0;
        return true;
    case LOAD_SIZE:
        if (!load_number(row, column, STORE_VALUE_BYTES, &number))
            return false;
        *(size_t *)to = (size_t)number;
        return true;
    default:
        return load_bytes_column(row, column, type, to, id);
    }
}

static bool load_request_read(sqlite3_stmt *row, StoreRequest *request, char id[37])
{
    *request = (StoreRequest){0};
    for (size_t i = 0; i < ELEMENTS(load_columns); i++)
        if (!load_column(row, (int)i, load_columns[i].type, (char *)request + load_columns[i].offset, id))
            return false;
    return true;
}

/* ---- The first look ---------------------------------------------------------------------------------------------- */

int store_load_check(Store *store, StoreInfo *info)
{
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(
        store->database,
        "SELECT count(*), max(max(coalesce(max(accepted_wall), 0), coalesce(max(done_wall), 0)),"
        " coalesce((SELECT max(wall) FROM acknowledged), 0),"
        " coalesce((SELECT max(wall) FROM handle), 0)), (SELECT count(*) FROM story),"
        " (SELECT max(until) FROM hold) FROM request",
        -1, &row, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(row);
    int r = store_sql_errno(store, rc);
    if (r == 0) {
        store->requests = (unsigned)sqlite3_column_int64(row, 0);
        info->newest_wall_usec = (uint64_t)sqlite3_column_int64(row, 1);
        store->story_lines = (unsigned)sqlite3_column_int64(row, 2);
    }
    sqlite3_finalize(row);
    return r;
}

/* ---- The visit --------------------------------------------------------------------------------------------------- */

typedef int (*LoadRow)(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata);

static int load_handle(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata)
{
    const char *texts[4];
    for (int i = 0; i < 4; i++)
        if (!(texts[i] = load_text(row, i)))
            return STORE_VISIT_UNREADABLE;
    return visitor->handle(texts[0], texts[1], texts[2], texts[3], userdata);
}

static int load_limiter(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata)
{
    const char *account = load_text(row, 1);
    int64_t title_id, wall, slept;
    if (!account || !load_number(row, 2, UINT32_MAX, &title_id) || !load_number(row, 3, INT64_MAX, &wall) ||
        !load_number(row, 4, INT64_MAX, &slept))
        return STORE_VISIT_UNREADABLE;
    return visitor->limiter(account, (uint32_t)title_id, (uint64_t)(wall + slept), userdata);
}

static int load_hold(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata)
{
    const char *account = load_text(row, 0);
    int64_t title_id, until;
    if (!account || !load_number(row, 1, UINT32_MAX, &title_id) || !load_number(row, 2, INT64_MAX, &until))
        return STORE_VISIT_UNREADABLE;
    return visitor->hold(account, (uint32_t)title_id, (uint64_t)until, userdata);
}

static int load_acknowledged(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata)
{
    const unsigned char *bytes = load_blob(row, 0, 16), *hash = load_blob(row, 1, 32);
    int64_t outcome, steady;
    if (!bytes || !hash || !load_number(row, 2, LARGEST_ENUM, &outcome) ||
        !load_number(row, 3, INT64_MAX, &steady))
        return STORE_VISIT_UNREADABLE;
    char id[37];
    load_format_id(bytes, id);
    return visitor->acknowledged(id, hash, (unsigned)outcome, (uint64_t)steady, userdata);
}

static int load_request(sqlite3_stmt *row, const StoreVisitor *visitor, void *userdata)
{
    char id[37];
    StoreRequest request;
    return load_request_read(row, &request, id) ? visitor->request(&request, userdata)
                                                : STORE_VISIT_UNREADABLE;
}

static int load_each(Store *store, StoreOrigin origin, const char *sql, LoadRow visit,
                     const StoreVisitor *visitor, void *userdata)
{
    CLEANUP(store_quarantine_clear) StoreBad bad = {0};
    sqlite3_stmt *row = NULL;
    int rc = sqlite3_prepare_v2(store->database, sql, -1, &row, NULL);
    int r = store_sql_errno(store, rc);
    while (r == 0 && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        r = visit(row, visitor, userdata);
        if (r == STORE_VISIT_UNREADABLE)
            r = store_quarantine_add(&bad, origin, row);
    }
    if (r == 0 && rc != SQLITE_DONE)
        r = store_sql_errno(store, rc);
    sqlite3_finalize(row);
    return r < 0 ? r : store_quarantine_move(store, origin, &bad);
}

int store_load(Store *store, const StoreVisitor *visitor, void *userdata)
{
    char handles[200];
    snprintf(handles, sizeof handles,
             "SELECT id, scid, template, name FROM (SELECT * FROM handle ORDER BY wall DESC LIMIT %d) ORDER "
             "BY wall",
             STORE_HANDLES_MAX);
    /* An attempt whose end is not known: under way in a sleep it goes on behind it, so that a sleep does not make it older. */
    char limiters[200];
    snprintf(limiters, sizeof limiters,
             "SELECT number, account, title_id, wall, CASE WHEN boot=%lld AND slept<%llu THEN %llu-slept "
             "ELSE 0 END"
             " AS since FROM limiter ORDER BY wall + since",
             (long long)store->boot_number, (unsigned long long)clock_slept_usec(),
             (unsigned long long)clock_slept_usec());
    int r = 0;
    pthread_mutex_lock(&store->database_mutex);
    if (visitor->handle)
        r = load_each(store, STORE_ORIGIN_HANDLE, handles, load_handle, visitor, userdata);
    if (r == 0 && visitor->limiter)
        r = load_each(store, STORE_ORIGIN_LIMITER, limiters, load_limiter, visitor, userdata);
    if (r == 0 && visitor->hold)
        r = load_each(store, STORE_ORIGIN_HOLD, "SELECT account, title_id, until FROM hold", load_hold,
                      visitor, userdata);
    if (r == 0 && visitor->acknowledged)
        r = load_each(store, STORE_ORIGIN_ACKNOWLEDGED,
                      "SELECT id, hash, outcome, steady FROM acknowledged ORDER BY steady", load_acknowledged,
                      visitor, userdata);
    if (r == 0 && visitor->request)
        r = load_each(store, STORE_ORIGIN_REQUEST, request_columns, load_request, visitor, userdata);
    /* The pages that only a start needs. */
    sqlite3_db_release_memory(store->database);
    pthread_mutex_unlock(&store->database_mutex);
    return r == -EUCLEAN ? -EIO : r;
}

unsigned store_unreadable(const Store *store)
{
    return store->unreadable;
}
