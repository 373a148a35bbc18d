/* SPDX-License-Identifier: MIT */
/* The disk as SQLite sees it: real files, and beside each what is known of it. */
#include "power-vfs.h"

/* What SQLite holds open; the real file's struct lies behind it. */
typedef struct PowerFile {
    sqlite3_file base;
    DiskFile *disk; /* NULL: a file without a name */
    bool database;
    bool syncs_names; /* its first sync is one of the folder as well, as SQLite does for logs */
} PowerFile;

static sqlite3_vfs *real;

static sqlite3_file *real_file(sqlite3_file *file)
{
    return (sqlite3_file *)((PowerFile *)file + 1);
}

static int file_close(sqlite3_file *file)
{
    return real_file(file)->pMethods ? real_file(file)->pMethods->xClose(real_file(file)) : SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    return disk_is_off() ? SQLITE_IOERR_READ
                         : real_file(file)->pMethods->xRead(real_file(file), data, size, offset);
}

static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    int rc = disk_write(((PowerFile *)file)->disk, (size_t)offset, data, (size_t)size);
    return rc ? rc : real_file(file)->pMethods->xWrite(real_file(file), data, size, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int rc = disk_truncate(((PowerFile *)file)->disk, (size_t)size);
    return rc ? rc : real_file(file)->pMethods->xTruncate(real_file(file), size);
}

/* The real file need not be synced: only what is known of it counts. */
static int file_sync(sqlite3_file *file, int flags MPS_UNUSED)
{
    PowerFile *opened = (PowerFile *)file;
    int rc = disk_sync(opened->disk, opened->database, opened->syncs_names);
    opened->syncs_names = opened->syncs_names && rc != SQLITE_OK;
    return rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return disk_is_off() ? SQLITE_IOERR_FSTAT : real_file(file)->pMethods->xFileSize(real_file(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return disk_is_off() ? SQLITE_IOERR_LOCK : real_file(file)->pMethods->xLock(real_file(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

static int file_check_lock(sqlite3_file *file, int *reserved)
{
    return real_file(file)->pMethods->xCheckReservedLock(real_file(file), reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_file(file)->pMethods->xFileControl(real_file(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

/* Version 1: no shared memory. The store must not need any. */
static const sqlite3_io_methods file_methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

static int vfs_open(sqlite3_vfs *vfs MPS_UNUSED, const char *path, sqlite3_file *file, int flags,
                    int *out_flags)
{
    PowerFile *opened = (PowerFile *)file;
    bool makes = path && (flags & SQLITE_OPEN_CREATE),
         log = flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL);
    *opened = (PowerFile){.disk = path ? disk_file(path) : NULL,
                          .database = flags & SQLITE_OPEN_MAIN_DB,
                          .syncs_names = makes && log};
    if (disk_is_off())
        return SQLITE_CANTOPEN;
    if (makes && access(path, F_OK) < 0) {
        int rc = disk_make(opened->disk);
        if (rc)
            return rc;
    }
    int rc = real->xOpen(real, path, real_file(file), flags, out_flags);
    if (rc == SQLITE_OK)
        opened->base.pMethods = &file_methods;
    return rc;
}

static int vfs_delete(sqlite3_vfs *vfs MPS_UNUSED, const char *path, int sync)
{
    int rc = disk_remove(disk_file(path), sync);
    return rc ? rc : real->xDelete(real, path, 0);
}

static int vfs_access(sqlite3_vfs *vfs MPS_UNUSED, const char *path, int flags, int *answer)
{
    return disk_is_off() ? SQLITE_IOERR_ACCESS : real->xAccess(real, path, flags, answer);
}

void power_install(void)
{
    static sqlite3_vfs vfs;
    if (real)
        return;
    real = sqlite3_vfs_find(NULL);
    vfs = *real;
    vfs.pNext = NULL;
    vfs.zName = "power";
    vfs.szOsFile = (int)sizeof(PowerFile) + real->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}
