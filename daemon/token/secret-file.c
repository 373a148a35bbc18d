/* SPDX-License-Identifier: MIT */
/* The key's file: looked at before it is believed, and never seen half-written. */
#include "token/secret-file.h"

#include "base/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#define PATH_SHOWN 200 /* of a folder's path, in a message */

/* ---- Reading --------------------------------------------------------------------------------------------------------- */

/* Without waiting, whatever it is: a pipe or a device in its place must not hold us up. */
static int file_open(const char *directory, const char *name, struct stat *status)
{
    CLEANUP_CLOSE int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -errno;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fstat(fd, status) == 0)
        return fd;
    int r = -errno;
    close(fd);
    return r;
}

/* Returns how many bytes there are, at most size; one more than wanted shows that it is too long. */
static ssize_t file_bytes(int fd, void *data, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t part = read(fd, (char *)data + got, size - got);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return -errno;
        if (part == 0)
            break;
        got += (size_t)part;
    }
    return (ssize_t)got;
}

static int file_cannot(int r, const char *directory, const char *name, char message[SECRET_MESSAGE_BYTES])
{
    if (r == -ELOOP)
        snprintf(message, SECRET_MESSAGE_BYTES,
                 "The key file %.*s/%s is a symbolic link and is not used: put the file itself there.",
                 PATH_SHOWN, directory, name);
    else
        snprintf(message, SECRET_MESSAGE_BYTES,
                 "The key file %.*s/%s cannot be read (%s): make it readable for you.", PATH_SHOWN, directory,
                 name, strerror(-r));
    return r == -ELOOP ? -EPERM : r;
}

static int file_check(const struct stat *status, const char *directory, char message[SECRET_MESSAGE_BYTES])
{
    if (!S_ISREG(status->st_mode)) {
        snprintf(message, SECRET_MESSAGE_BYTES,
                 "%.*s/" SECRET_FILE_NAME " is not a regular file and is not used: move it away.", PATH_SHOWN,
                 directory);
        return -EPERM;
    }
    if (status->st_uid != geteuid()) {
        snprintf(message, SECRET_MESSAGE_BYTES,
                 "The key file %.*s/" SECRET_FILE_NAME
                 " belongs to user %u, not to %u, and is not used: give it back with chown, "
                 "or remove it and sign in again.",
                 PATH_SHOWN, directory, (unsigned)status->st_uid, (unsigned)geteuid());
        return -EPERM;
    }
    if (status->st_mode & 077) {
        snprintf(
            message, SECRET_MESSAGE_BYTES,
            "Others have rights on the key file %.*s/" SECRET_FILE_NAME
            " (mode %04o), so it may be known to them: remove it and sign in again; or, if nobody else can "
            "have read it, run chmod 600 on it.",
            PATH_SHOWN, directory, (unsigned)status->st_mode & 07777);
        return -EPERM;
    }
    if (status->st_size != SECRET_KEY_BYTES) {
        snprintf(message, SECRET_MESSAGE_BYTES,
                 "The key file %.*s/" SECRET_FILE_NAME
                 " has %jd bytes instead of %d: put back a good copy, or remove it and sign in again.",
                 PATH_SHOWN, directory, (intmax_t)status->st_size, SECRET_KEY_BYTES);
        return -EBADMSG;
    }
    return 0;
}

int secret_file_read(const char *directory, unsigned char key[SECRET_KEY_BYTES],
                     char message[SECRET_MESSAGE_BYTES])
{
    struct stat status;
    message[0] = '\0';
    CLEANUP_CLOSE int fd = file_open(directory, SECRET_FILE_NAME, &status);
    if (fd == -ENOENT)
        return fd;
    if (fd < 0)
        return file_cannot(fd, directory, SECRET_FILE_NAME, message);
    int r = file_check(&status, directory, message);
    if (r < 0)
        return r;
    ssize_t size = file_bytes(fd, key, SECRET_KEY_BYTES);
    if (size == SECRET_KEY_BYTES)
        return 0;
    explicit_bzero(key, SECRET_KEY_BYTES);
    return file_cannot(size < 0 ? (int)size : -EIO, directory, SECRET_FILE_NAME, message);
}

/* ---- Credentials ----------------------------------------------------------------------------------------------------- */

static int credential_parse(int fd, unsigned char key[SECRET_KEY_BYTES])
{
    char text[SECRET_KEY_DIGITS + 2]; /* a line's end is let pass: many editors write one */
    ssize_t size = file_bytes(fd, text, sizeof text);
    int r = size < 0 ? (int)size : -EBADMSG;
    if (size == SECRET_KEY_BYTES) {
        memcpy(key, text, SECRET_KEY_BYTES);
        r = 0;
    } else if (size == SECRET_KEY_DIGITS ||
               (size == SECRET_KEY_DIGITS + 1 && text[SECRET_KEY_DIGITS] == '\n')) {
        r = secret_key_parse(text, SECRET_KEY_DIGITS, key);
    }
    explicit_bzero(text, sizeof text);
    return r;
}

int secret_credential_read(const char *directory, unsigned char key[SECRET_KEY_BYTES],
                           char message[SECRET_MESSAGE_BYTES])
{
    struct stat status;
    message[0] = '\0';
    if (string_empty(directory))
        return -ENOENT;
    CLEANUP_CLOSE int fd = file_open(directory, SECRET_CREDENTIAL_NAME, &status);
    if (fd == -ENOENT)
        return fd;
    if (fd < 0)
        return file_cannot(fd, directory, SECRET_CREDENTIAL_NAME, message);
    int r = S_ISREG(status.st_mode) && !(status.st_mode & 07) ? credential_parse(fd, key) : -EPERM;
    if (r == -EPERM)
        snprintf(message, SECRET_MESSAGE_BYTES,
                 "The credential " SECRET_CREDENTIAL_NAME
                 " is not a file that is kept from others (mode %04o) and is not used: "
                 "let the service manager make it.",
                 (unsigned)status.st_mode & 07777);
    else if (r == -EBADMSG)
        snprintf(message, SECRET_MESSAGE_BYTES,
                 "The credential " SECRET_CREDENTIAL_NAME
                 " is neither %d bytes nor %d hexadecimal digits: make it anew.",
                 SECRET_KEY_BYTES, SECRET_KEY_DIGITS);
    else if (r < 0)
        (void)file_cannot(r, directory, SECRET_CREDENTIAL_NAME, message);
    return r;
}

/* ---- Writing --------------------------------------------------------------------------------------------------------- */

static int file_fill(int fd, const unsigned char key[SECRET_KEY_BYTES])
{
    /* The umask may have taken from the owner, too. */
    if (fchmod(fd, 0600) < 0)
        return -errno;
    ssize_t size = write(fd, key, SECRET_KEY_BYTES);
    if (size < 0)
        return -errno;
    if (size != SECRET_KEY_BYTES)
        return -ENOSPC;
    return fsync(fd) < 0 ? -errno : 0;
}

/* A file without a name until it is whole: what is left behind by a crash is nothing. */
static int file_write_nameless(int folder, const unsigned char key[SECRET_KEY_BYTES])
{
    char path[32];
    CLEANUP_CLOSE int fd = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return -EOPNOTSUPP;
    int r = file_fill(fd, key);
    if (r < 0)
        return r;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, path, folder, SECRET_FILE_NAME, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    return errno == EEXIST ? -EEXIST : -EOPNOTSUPP;
}

/* For file systems that have no such thing. */
static int file_write_named(int folder, const unsigned char key[SECRET_KEY_BYTES])
{
    char name[64];
    snprintf(name, sizeof name, "." SECRET_FILE_NAME ".%016" PRIx64, clock_random());
    CLEANUP_CLOSE int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int r = file_fill(fd, key);
    /* A link, not a rename: it does not replace what is there. */
    if (r == 0 && linkat(folder, name, folder, SECRET_FILE_NAME, 0) < 0)
        r = -errno;
    (void)unlinkat(folder, name, 0);
    return r;
}

int secret_file_write(const char *directory, const unsigned char key[SECRET_KEY_BYTES])
{
    CLEANUP_CLOSE int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -errno;
    int r = file_write_nameless(folder, key);
    if (r == -EOPNOTSUPP)
        r = file_write_named(folder, key);
    if (r < 0)
        return r;
    return fsync(folder) < 0 ? -errno : 0;
}

int secret_file_remove(const char *directory)
{
    CLEANUP_CLOSE int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return errno == ENOENT ? 0 : -errno;
    if (unlinkat(folder, SECRET_FILE_NAME, 0) < 0)
        return errno == ENOENT ? 0 : -errno;
    return fsync(folder) < 0 ? -errno : 0;
}
