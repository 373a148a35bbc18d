/* SPDX-License-Identifier: MIT */
/* Between the disk and SQLite: what power-disk.c and power-vfs.c share. */
#pragma once

#include "power-disk.h"

#include <sqlite3.h>

/* A name on the disk; lives until power_begin(). */
typedef struct DiskFile DiskFile;
DiskFile *disk_file(const char *path);
bool disk_is_off(void);

/* Each returns SQLITE_OK, and is then carried out on the real file too; or what the caller has to return at once. file is NULL
 * for one without a name. */
int disk_write(DiskFile *file, size_t offset, const void *data, size_t size);
int disk_truncate(DiskFile *file, size_t size);
int disk_make(DiskFile *file);
int disk_remove(DiskFile *file, bool sync);
/* names: and of the folder; database: and counted. */
int disk_sync(DiskFile *file, bool database, bool names);
