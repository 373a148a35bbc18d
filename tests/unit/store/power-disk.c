/* SPDX-License-Identifier: MIT */
/* A disk whose power can be cut. */
#include "power-vfs.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#define SECTOR 512
#define DISK_FILES 16

typedef enum DiskChangeType {
    CHANGE_MAKE,
    CHANGE_REMOVE,
    CHANGE_WRITE,
    CHANGE_TRUNCATE,
} DiskChangeType;

typedef struct DiskChange {
    struct DiskChange *next;
    DiskChangeType type;
    size_t offset, size;
    unsigned char data[];
} DiskChange;

struct DiskFile {
    char path[4096];
    bool there; /* certainly */
    unsigned char *data;
    size_t size, room;
    DiskChange *first, **last; /* not synced */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static DiskFile files[DISK_FILES];
static size_t files_count;
static atomic_bool off, lying;
static bool tripped;
static atomic_uint database_syncs;
static unsigned left; /* calls until it happens; 0: nothing is to happen */
static int left_code; /* SQLITE_OK: the power goes */

uint64_t power_random(uint64_t *seed)
{
    uint64_t x = *seed += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

/* ---- The disk ----------------------------------------------------------------------------------------------------- */

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void disk_forget(DiskFile *file)
{
    while (file->first) {
        DiskChange *change = file->first;
        file->first = change->next;
        free(change);
    }
    file->last = &file->first;
}

static void disk_read(DiskFile *file)
{
    CLEANUP_CLOSE int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    free(file->data);
    file->data = NULL;
    file->size = file->room = 0;
    file->there = fd >= 0 && fstat(fd, &status) == 0;
    if (!file->there || status.st_size == 0)
        return;
    file->size = file->room = (size_t)status.st_size;
    file->data = must(malloc(file->size));
    if (pread(fd, file->data, file->size, 0) != (ssize_t)file->size)
        abort();
}

static DiskFile *disk_find(const char *path)
{
    for (size_t i = 0; i < files_count; i++)
        if (string_equal(files[i].path, path))
            return &files[i];
    if (files_count == DISK_FILES)
        abort();
    DiskFile *file = &files[files_count++];
    *file = (DiskFile){0};
    snprintf(file->path, sizeof file->path, "%s", path);
    file->last = &file->first;
    disk_read(file);
    return file;
}

static void disk_change(DiskFile *file, DiskChangeType type, size_t offset, const void *data, size_t size)
{
    DiskChange *change = must(malloc(sizeof *change + size));
    *change = (DiskChange){.type = type, .offset = offset, .size = size};
    if (size)
        memcpy(change->data, data, size);
    *file->last = change;
    file->last = &change->next;
}

static void disk_resize(DiskFile *file, size_t size)
{
    if (size > file->room) {
        file->room = size * 2;
        file->data = must(realloc(file->data, file->room));
    }
    if (size > file->size) {
        memset(file->data + file->size, 0, size - file->size);
    }
    file->size = size;
}

/* A change comes to the disk: a write with those of its sectors that keep() lets through. */
static void disk_apply(DiskFile *file, const DiskChange *change, uint64_t *seed)
{
    switch (change->type) {
    case CHANGE_MAKE:
        file->there = true;
        disk_resize(file, 0);
        return;
    case CHANGE_REMOVE:
        file->there = false;
        disk_resize(file, 0);
        return;
    case CHANGE_TRUNCATE:
        if (!seed || power_random(seed) % 2)
            disk_resize(file, change->offset);
        return;
    case CHANGE_WRITE:
        break;
    }
    for (size_t from = 0; from < change->size;) {
        size_t to = from + (SECTOR - (change->offset + from) % SECTOR);
        to = to < change->size ? to : change->size;
        if (!seed || power_random(seed) % 2) {
            if (change->offset + to > file->size)
                disk_resize(file, change->offset + to);
            memcpy(file->data + change->offset + from, change->data + from, to - from);
        }
        from = to;
    }
}

static void disk_keep(DiskFile *file)
{
    for (const DiskChange *change = file->first; change; change = change->next)
        disk_apply(file, change, NULL);
    disk_forget(file);
}

/* Which names there are comes to the disk; of what was written, only that it went with its name. */
static void disk_keep_names(DiskFile *file)
{
    DiskChange **link = &file->first, *last_name = NULL;
    for (DiskChange *change = file->first; change; change = change->next)
        if (change->type == CHANGE_MAKE || change->type == CHANGE_REMOVE)
            last_name = change;
    if (!last_name)
        return;
    disk_apply(file, last_name, NULL);
    for (bool done = false; !done;) {
        DiskChange *change = *link;
        done = change == last_name;
        *link = change->next;
        free(change);
    }
    if (!file->first)
        file->last = &file->first;
}

/* Names are made and removed in order; what was written into one that was not made is nowhere. */
static void disk_lose(DiskFile *file, PowerLoss loss, uint64_t *seed)
{
    size_t count = 0;
    for (const DiskChange *change = file->first; change; change = change->next)
        count++;
    size_t kept = loss == POWER_LOSES_ALL ? 0 : (size_t)(power_random(seed) % (count + 1));
    bool some = loss == POWER_LOSES_SOME, named = file->there;
    size_t number = 0;
    for (const DiskChange *change = file->first; change; change = change->next, number++) {
        bool name = change->type == CHANGE_MAKE || change->type == CHANGE_REMOVE;
        if (number >= kept && (name || !some))
            break;
        if (name)
            named = change->type == CHANGE_MAKE;
        if (named || name)
            disk_apply(file, change, some ? seed : NULL);
    }
    disk_forget(file);
}

static void disk_write_back(const DiskFile *file)
{
    if (!file->there) {
        (void)unlink(file->path);
        return;
    }
    CLEANUP_CLOSE int fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || (file->size && pwrite(fd, file->data, file->size, 0) != (ssize_t)file->size))
        abort();
}

/* A call that changes something. Returns what it has to return at once, or SQLITE_OK: it is carried out. */
static int disk_call(void)
{
    if (off)
        return SQLITE_IOERR;
    if (left == 0 || --left > 0)
        return SQLITE_OK;
    tripped = true;
    off = left_code == SQLITE_OK;
    return off ? SQLITE_IOERR : left_code;
}

/* ---- For the VFS ------------------------------------------------------------------------------------------------------ */

bool disk_is_off(void)
{
    return off;
}

DiskFile *disk_file(const char *path)
{
    pthread_mutex_lock(&mutex);
    DiskFile *file = disk_find(path);
    pthread_mutex_unlock(&mutex);
    return file;
}

int disk_write(DiskFile *file, size_t offset, const void *data, size_t size)
{
    pthread_mutex_lock(&mutex);
    bool was_off = off;
    int rc = disk_call();
    /* The last write of all may have come to the disk in part. */
    if (file && (rc == SQLITE_OK || (off && !was_off)))
        disk_change(file, CHANGE_WRITE, offset, data, size);
    pthread_mutex_unlock(&mutex);
    return rc;
}

int disk_truncate(DiskFile *file, size_t size)
{
    pthread_mutex_lock(&mutex);
    int rc = disk_call();
    if (file && rc == SQLITE_OK)
        disk_change(file, CHANGE_TRUNCATE, size, NULL, 0);
    pthread_mutex_unlock(&mutex);
    return rc;
}

int disk_make(DiskFile *file)
{
    pthread_mutex_lock(&mutex);
    int rc = disk_call();
    if (rc == SQLITE_OK)
        disk_change(file, CHANGE_MAKE, 0, NULL, 0);
    pthread_mutex_unlock(&mutex);
    return rc;
}

int disk_remove(DiskFile *file, bool sync)
{
    pthread_mutex_lock(&mutex);
    int rc = disk_call();
    if (rc == SQLITE_OK)
        disk_change(file, CHANGE_REMOVE, 0, NULL, 0);
    if (rc == SQLITE_OK && sync && !lying)
        disk_keep(file);
    pthread_mutex_unlock(&mutex);
    return rc;
}

int disk_sync(DiskFile *file, bool database, bool names)
{
    pthread_mutex_lock(&mutex);
    int rc = disk_call();
    if (file && rc == SQLITE_OK && !lying)
        disk_keep(file);
    for (size_t i = 0; i < files_count && names && rc == SQLITE_OK && !lying; i++)
        disk_keep_names(&files[i]);
    database_syncs += database && rc == SQLITE_OK;
    pthread_mutex_unlock(&mutex);
    return rc;
}

/* ---- For the tests --------------------------------------------------------------------------------------------------- */

void power_begin(void)
{
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < files_count; i++) {
        disk_forget(&files[i]);
        free(files[i].data);
    }
    files_count = 0;
    off = lying = tripped = false;
    left = 0;
    database_syncs = 0;
    pthread_mutex_unlock(&mutex);
}

void power_cut(void)
{
    pthread_mutex_lock(&mutex);
    off = true;
    pthread_mutex_unlock(&mutex);
}

void power_cut_after(unsigned calls)
{
    power_fail_after(calls, SQLITE_OK);
}

void power_fail_after(unsigned calls, int code)
{
    pthread_mutex_lock(&mutex);
    left = calls;
    left_code = code;
    tripped = false;
    pthread_mutex_unlock(&mutex);
}

bool power_tripped(void)
{
    pthread_mutex_lock(&mutex);
    bool answer = tripped;
    left = 0;
    pthread_mutex_unlock(&mutex);
    return answer;
}

void power_restore(PowerLoss loss, uint64_t seed)
{
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < files_count; i++) {
        disk_lose(&files[i], loss, &seed);
        disk_write_back(&files[i]);
    }
    off = false;
    left = 0;
    pthread_mutex_unlock(&mutex);
}

void power_lie(bool lie)
{
    lying = lie;
}

unsigned power_database_syncs(void)
{
    return database_syncs;
}
