/* SPDX-License-Identifier: MIT */
/* The state folder: made with its mode, checked, and held by one agent. */
#include "base/log.h"
#include "store/store-private.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

/* One folder, if it is not there, with its mode whatever the umask. */
static int folder_make_one(const char *path)
{
    if (mkdir(path, 0700) < 0)
        return errno == EEXIST ? 0 : -errno;
    return chmod(path, 0700) < 0 ? -errno : 0;
}

static int folder_make(const char *directory)
{
    char path[4096];
    size_t size = strlen(directory);
    if (size == 0 || size >= sizeof path - sizeof STORE_FILE)
        return -ENAMETOOLONG;
    memcpy(path, directory, size + 1);

    /* ~/.local/state need not exist yet; what is made is private, as the base directory specification asks. */
    int r = 0;
    for (char *slash = path + 1; *slash && r == 0; slash++) {
        if (*slash != '/')
            continue;
        *slash = '\0';
        r = folder_make_one(path);
        *slash = '/';
    }
    return r < 0 ? r : folder_make_one(path);
}

static int folder_check(int fd, const char *directory, char *message, size_t message_size)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_uid != geteuid()) {
        snprintf(message, message_size,
                 "the state folder %.150s belongs to user %u, not to %u: name another one with --state-dir",
                 directory, (unsigned)status.st_uid, (unsigned)geteuid());
        return -EPERM;
    }
    if (status.st_mode & 022) {
        snprintf(message, message_size,
                 "others may write to the state folder %.150s (mode %04o): look at what is in it, then run "
                 "chmod 700 on it",
                 directory, (unsigned)status.st_mode & 07777);
        return -EPERM;
    }
    /* Readable by others is no harm done by others: mend it. One that its owner has made read-only stays so. */
    if ((status.st_mode & 077) && fchmod(fd, status.st_mode & 0700) < 0)
        return -errno;
    return 0;
}

static int folder_holder(int fd)
{
    char text[24] = "";
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    if (size <= 0)
        return 0;
    long pid = strtol(text, NULL, 10);
    return pid > 0 && pid <= INT32_MAX ? (int)pid : 0;
}

static int folder_lock(Store *store, int *holder)
{
    CLEANUP_CLOSE int fd =
        openat(store->directory_fd, STORE_LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
        if (errno != EAGAIN && errno != EACCES)
            return -errno;
        *holder = folder_holder(fd);
        return STORE_E_LOCKED;
    }
    char text[24];
    int size = snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (fchmod(fd, 0600) < 0)
        return -errno;
    /* The PID is a help for people: on a full disk the lock alone does. The old text is overwritten first, so that a
     * second agent never reads an empty file from a holder that is well. */
    if (pwrite(fd, text, (size_t)size, 0) == size)
        (void)!ftruncate(fd, size);
    store->lock_fd = fd;
    fd = -1;
    return 0;
}

static void folder_message(int r, const char *directory, char *message, size_t message_size)
{
    const char *advice =
        r == -EACCES || r == -EPERM    ? "make it yours and writable, or name another one with --state-dir"
        : r == -EROFS                  ? "it is on a read-only file system: name another one with --state-dir"
        : r == -ENOTDIR || r == -ELOOP ? "a part of it is not a folder: name another one with --state-dir"
        : r == -ENOSPC || r == -EDQUOT ? "the disk is full: free some space"
                                       : "name another one with --state-dir";
    snprintf(message, message_size, "cannot use the state folder %.120s: %s; %s", directory, strerror(-r),
             advice);
}

int store_folder_open(Store *store, const char *directory, int *holder, char *message, size_t message_size)
{
    message[0] = '\0';
    int r = folder_make(directory);
    if (r == 0) {
        store->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (store->directory_fd < 0)
            r = -errno;
    }
    if (r == 0)
        r = folder_check(store->directory_fd, directory, message, message_size);
    if (r == 0)
        r = folder_lock(store, holder);
    if (r == STORE_E_LOCKED) {
        if (*holder > 0)
            snprintf(message, message_size,
                     "another agent, process %d, uses the state folder %.150s: stop it first, or name "
                     "another folder with --state-dir",
                     *holder, directory);
        else
            snprintf(message, message_size,
                     "another agent uses the state folder %.150s: stop it first, or name another folder with "
                     "--state-dir",
                     directory);
        return r;
    }
    if (r < 0 && !message[0])
        folder_message(r, directory, message, message_size);
    return r;
}

int store_folder_prepare(Store *store)
{
    /* SQLite would make it by the umask; its log takes over the mode of the database. */
    CLEANUP_CLOSE int fd =
        openat(store->directory_fd, STORE_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return -errno;
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EUCLEAN;
    if (fchmod(fd, 0600) < 0)
        return -errno;
    if (status.st_size > 0)
        return 0;
    /* New: its name, and that of the folder, must last as long as what is fsynced into it. */
    CLEANUP_CLOSE int parent = openat(store->directory_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent >= 0)
        (void)fsync(parent);
    return fsync(store->directory_fd) < 0 ? -errno : 0;
}

static bool folder_is_moved(const char *name)
{
    static const char begin[] = STORE_FILE ".corrupt-";
    const char *dash = strrchr(name, '-');
    return strncmp(name, begin, sizeof begin - 1) == 0 && !string_equal(dash, "-wal") &&
           !string_equal(dash, "-shm");
}

/* How many lie aside, and the first and the last of them by the time in their names. */
static unsigned folder_moved(const Store *store, char oldest[NAME_MAX + 1], char newest[NAME_MAX + 1])
{
    unsigned count = 0;
    oldest[0] = newest[0] = '\0';
    int fd = openat(store->directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        close_fd(&fd);
        return 0;
    }
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (!folder_is_moved(entry->d_name))
            continue;
        if (count == 0 || strverscmp(entry->d_name, oldest) < 0)
            snprintf(oldest, NAME_MAX + 1, "%s", entry->d_name);
        if (count == 0 || strverscmp(entry->d_name, newest) > 0)
            snprintf(newest, NAME_MAX + 1, "%s", entry->d_name);
        count++;
    }
    closedir(folder);
    return count;
}

unsigned store_folder_moved(const Store *store, char *newest, size_t newest_size)
{
    char first[NAME_MAX + 1], last[NAME_MAX + 1];
    unsigned count = folder_moved(store, first, last);
    snprintf(newest, newest_size, "%s", last);
    return count;
}

/* Each may be as large as a full queue: the disk must not fill with them. */
static void folder_prune_moved(const Store *store)
{
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    char oldest[NAME_MAX + 1], newest[NAME_MAX + 1], name[NAME_MAX + 8];
    while (folder_moved(store, oldest, newest) > STORE_MOVED_KEPT) {
        int r = 0;
        for (size_t i = 0; i < ELEMENTS(suffixes); i++) {
            snprintf(name, sizeof name, "%s%s", oldest, suffixes[i]);
            r = unlinkat(store->directory_fd, name, 0) < 0 ? -errno : 0;
        }
        if (r < 0) {
            log_warning("an old queue that could not be read, %s, cannot be removed: %s", oldest,
                        strerror(-r));
            return;
        }
        log_notice("an old queue that could not be read, %s, was removed: the newest %d are kept", oldest,
                   STORE_MOVED_KEPT);
    }
}

int store_folder_move_aside(Store *store, char *moved_to, size_t moved_to_size)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);

    char base[96];
    for (unsigned number = 1;; number++) {
        snprintf(base, sizeof base, number > 1 ? STORE_FILE ".corrupt-%s.%u" : STORE_FILE ".corrupt-%s",
                 stamp, number);
        if (faccessat(store->directory_fd, base, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
            break;
        if (number == 100)
            return -EEXIST;
    }
    /* The log goes first: left behind, it would be taken for the log of the new file. */
    for (size_t i = ELEMENTS(suffixes); i-- > 0;) {
        char from[64], to[128];
        snprintf(from, sizeof from, STORE_FILE "%s", suffixes[i]);
        snprintf(to, sizeof to, "%s%s", base, suffixes[i]);
        if (renameat(store->directory_fd, from, store->directory_fd, to) < 0 && errno != ENOENT)
            return -errno;
    }
    if (fsync(store->directory_fd) < 0)
        return -errno;
    size_t folder_size = strlen(store->path) - strlen(STORE_FILE);
    snprintf(moved_to, moved_to_size, "%.*s%s", (int)folder_size, store->path, base);
    folder_prune_moved(store);
    return 0;
}
