/* SPDX-License-Identifier: MIT */
/* How the store is: its file, its disk, and what lies aside. Asked on its own thread, since a disk may be slow to say. */
#include "store/store-private.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static uint64_t facts_size(const Store *store, const char *file)
{
    struct stat status;
    return fstatat(store->directory_fd, file, &status, AT_SYMLINK_NOFOLLOW) < 0 ? 0
                                                                                : (uint64_t)status.st_size;
}

static int facts_quarantined(Store *store, unsigned *count)
{
    sqlite3_stmt *row = store->statements[SQL_QUARANTINED];
    int r = store_sql_errno(store, sqlite3_step(row));
    if (r == 0)
        *count = (unsigned)sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return r;
}

int store_facts_look(Store *store, StoreOp *op)
{
    struct statvfs disk = {0};
    CLEANUP_FREE StoreFacts *facts = calloc(1, sizeof *facts);
    if (!facts) {
        op->r = -ENOMEM;
        return 0;
    }
    facts->format = STORE_FORMAT;
    facts->bytes = facts_size(store, STORE_FILE) + facts_size(store, STORE_FILE "-wal");
    facts->failed = store->failed;
    if (fstatvfs(store->directory_fd, &disk) == 0)
        facts->disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (facts->failed == 0 && faccessat(store->directory_fd, ".", W_OK, AT_EACCESS) < 0)
        facts->failed = -errno;
    facts->reserve = store->reserve_there;
    facts->unreadable = store->unreadable;
    facts->moved_aside = store_folder_moved(store, facts->newest_moved, sizeof facts->newest_moved);
    int r = facts_quarantined(store, &facts->quarantined);
    op->r = r == -EUCLEAN ? -EIO : r;
    if (r == 0)
        op->facts = TAKE(facts);
    return 0;
}
