/* SPDX-License-Identifier: MIT */
/* Opening and closing: one agent, one file, begun anew when it cannot be read. */
#include "base/clock.h"
#include "base/log.h"
#include "store/store-private.h"

#include <sys/eventfd.h>

static void open_forget_database(Store *store)
{
    store_sql_finalize(store);
    if (store->database)
        sqlite3_close(store->database);
    store->database = NULL;
}

/* Where the clock that does not jump begins anew, what is kept goes on with the time of the wall clock then. */
static int open_new_boot(Store *store)
{
    static const char *const texts[] = {
        "UPDATE request SET done_steady=done_wall WHERE done AND NOT EXISTS (SELECT 1 FROM boot WHERE id=?1)",
        "UPDATE acknowledged SET steady=wall WHERE NOT EXISTS (SELECT 1 FROM boot WHERE id=?1)",
    };
    int r = 0;
    for (size_t i = 0; i < ELEMENTS(texts) && r == 0; i++) {
        sqlite3_stmt *statement = NULL;
        int rc = sqlite3_prepare_v2(store->database, texts[i], -1, &statement, NULL);
        if (rc == SQLITE_OK)
            rc = sqlite3_bind_text(statement, 1, store->boot_id, -1, SQLITE_STATIC);
        if (rc == SQLITE_OK)
            rc = sqlite3_step(statement);
        r = store_sql_errno(store, rc);
        sqlite3_finalize(statement);
    }
    /* On a full disk ages by the earlier boot's clock will do: they are wrong only where the wall clock has been set. */
    return r == -ENOSPC ? 0 : r;
}

/* This boot's row; rows of boots that no request remembers go when there are many. */
static int open_boot(Store *store)
{
    int r = 0;
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->database,
                                "INSERT INTO boot(id, offset) VALUES(?1, ?2) ON CONFLICT(id)"
                                " DO UPDATE SET offset=coalesce(offset, ?2) RETURNING number, offset",
                                -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(statement, 1, store->boot_id, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(statement, 2, (sqlite3_int64)(clock_wall_usec() - clock_boot_usec()));
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    r = rc == SQLITE_ROW ? 0 : store_sql_errno(store, rc);
    if (r == 0) {
        store->boot_number = sqlite3_column_int64(statement, 0);
        store->steady_offset = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    char prune[160];
    snprintf(prune, sizeof prune,
             "DELETE FROM boot WHERE (SELECT count(*) FROM boot) > %d AND number<>%lld"
             " AND number NOT IN (SELECT boot FROM request)",
             STORE_BOOTS_MAX, (long long)store->boot_number);
    return r < 0 ? r : store_sql_run(store, prune);
}

/* What was accepted under another boot may have been sent before the power went: the mark is not synced. It is marked now,
 * since the next start may follow a clean stop. */
static int open_doubt(Store *store, bool clean)
{
    char sql[120];
    if (clean)
        return 0;
    snprintf(sql, sizeof sql, "UPDATE request SET marked=1 WHERE done=0 AND boot<>%lld",
             (long long)store->boot_number);
    return store_sql_run(store, sql);
}

static int open_was_clean(Store *store, bool *clean)
{
    sqlite3_stmt *statement = NULL;
    int rc =
        sqlite3_prepare_v2(store->database, "SELECT value FROM meta WHERE key='clean'", -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    int r = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_sql_errno(store, rc);
    if (r == 0)
        *clean = rc == SQLITE_ROW && sqlite3_column_int64(statement, 0) == 1;
    sqlite3_finalize(statement);
    return r;
}

static int open_database(Store *store, StoreInfo *info, int *format)
{
    int r = store_folder_prepare(store);
    if (r == 0)
        r = store_schema_open(store, format);
    if (r == 0)
        r = open_was_clean(store, &info->clean);
    if (r == 0)
        r = store_load_check(store, info);
    if (r == 0)
        r = open_new_boot(store);
    if (r == 0)
        r = open_boot(store);
    if (r == 0)
        r = open_doubt(store, info->clean);
    if (r == 0)
        r = store_sql_prepare(store);
    /* Fsynced before anything is sent: a mark that a power cut forgets must not meet a clean flag that it kept. */
    if (r == 0)
        r = store_sql_run(store, "INSERT OR REPLACE INTO meta VALUES('clean', 0)");
    if (r != 0)
        open_forget_database(store);
    return r;
}

static void open_message(int r, const Store *store, int format, char *message, size_t message_size)
{
    if (r == STORE_E_NEWER)
        snprintf(message, message_size,
                 "%.150s was made by a newer mpsession (format %d; this one knows %d): install that one "
                 "again, or move the file away",
                 store->path, format, STORE_FORMAT);
    else if (r == -EBUSY)
        snprintf(message, message_size,
                 "%.150s is open in another program: close it, then start the agent again", store->path);
    else if (r == -ENOSPC || r == -EDQUOT)
        snprintf(message, message_size, "cannot open %.150s: the disk is full: free some space", store->path);
    else if (r == -EACCES || r == -EPERM || r == -EROFS)
        snprintf(
            message, message_size,
            "cannot write to %.120s: %s; make it yours and writable, or name another folder with --state-dir",
            store->path, strerror(-r));
    else
        snprintf(message, message_size, "cannot open %.150s: %s", store->path, strerror(-r));
}

static int open_or_begin_anew(Store *store, StoreInfo *info, char *message, size_t message_size)
{
    int format = 0;
    int r = open_database(store, info, &format);
    /* The disk was filled while no agent ran: what was accepted goes on all the same. */
    store->reserve_there = r == -ENOSPC;
    if (r == -ENOSPC && store_reserve_free(store))
        r = open_database(store, info, &format);
    if (r == -EUCLEAN || r == -ELOOP) {
        r = store_folder_move_aside(store, info->moved_to, sizeof info->moved_to);
        if (r == 0) {
            info->moved_aside = true;
            log_error("the queue could not be read: it was moved to %s, and a new one was begun",
                      info->moved_to);
            r = open_database(store, info, &format);
        }
    }
    if (r != 0)
        open_message(r, store, format, message, message_size);
    return r;
}

static int open_new(const char *directory, const char *boot_id, Store **out)
{
    Store *store = calloc(1, sizeof *store);
    if (!store)
        return -ENOMEM;
    store->event_fd = store->directory_fd = store->lock_fd = -1;
    pthread_mutex_init(&store->mutex, NULL);
    pthread_mutex_init(&store->database_mutex, NULL);
    pthread_cond_init(&store->wake, NULL);
    store_list_init(&store->queue);
    store_list_init(&store->answers);
    snprintf(store->boot_id, sizeof store->boot_id, "%s", boot_id);
    snprintf(store->path, sizeof store->path, "%.4000s/" STORE_FILE, directory);
    *out = store;
    return 0;
}

int store_open(const char *directory, const char *boot_id, Store **out, StoreInfo *info, int *holder,
               char *message, size_t message_size)
{
    CLEANUP(store_closep) Store *store = NULL;
    int r = open_new(directory, boot_id, &store);
    if (r < 0) {
        snprintf(message, message_size, "out of memory");
        return r;
    }
    *holder = 0;
    StoreInfo found = {0};
    r = store_folder_open(store, directory, holder, message, message_size);
    if (r != 0)
        return r;
    r = open_or_begin_anew(store, &found, message, message_size);
    if (r != 0)
        return r;
    (void)store_reserve_make(store);
    store->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r = store->event_fd < 0 ? -errno : store_thread_start(store);
    if (r < 0) {
        snprintf(message, message_size, "cannot start the store's thread: %s", strerror(-r));
        return r;
    }
    *info = found;
    *out = TAKE(store);
    return 0;
}

void store_open_close(Store *store)
{
    open_forget_database(store);
    if (store->event_fd >= 0)
        close(store->event_fd);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    if (store->directory_fd >= 0)
        close(store->directory_fd);
    pthread_cond_destroy(&store->wake);
    pthread_mutex_destroy(&store->database_mutex);
    pthread_mutex_destroy(&store->mutex);
}
