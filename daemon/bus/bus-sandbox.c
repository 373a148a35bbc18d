/* SPDX-License-Identifier: MIT */
/* Which app a process belongs to. */
#include "bus/bus-sandbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define INFO_MAX (64 * 1024)

/* Labels of the host start with "app-", snaps with "snap."; no Flatpak id, which has two dots or more and no dash before
 * the last, can look like either: so a label never grants what belongs to a sandboxed app. */
#define SNAP_MARK "/snap."
#define LABEL_MARK "app-"

static bool id_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static bool id_valid(const char *id, size_t size)
{
    if (size == 0 || size > BUS_APP_ID_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!id_character(id[i]))
            return false;
    return true;
}

/* A Flatpak id: two dots or more, none at an end or next to another, and dashes only in the last part. */
static bool flatpak_id_valid(const char *id, size_t size)
{
    if (!id_valid(id, size) || id[0] == '.' || id[size - 1] == '.')
        return false;
    unsigned dots = 0;
    bool dash = false;
    for (size_t i = 0; i < size; i++) {
        if (id[i] == '-')
            dash = true;
        if (id[i] != '.')
            continue;
        if (dash || id[i - 1] == '.')
            return false;
        dots++;
    }
    return dots >= 2;
}

static void trim(const char **text, size_t *size)
{
    while (*size > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*size)--;
    }
    while (*size > 0 &&
           ((*text)[*size - 1] == ' ' || (*text)[*size - 1] == '\t' || (*text)[*size - 1] == '\r'))
        (*size)--;
}

static bool text_is(const char *text, size_t size, const char *word)
{
    return size == strlen(word) && memcmp(text, word, size) == 0;
}

int bus_sandbox_parse_flatpak(const char *text, size_t size, char app_id[BUS_APP_ID_MAX + 1])
{
    char found[BUS_APP_ID_MAX + 1] = "";
    bool inside = false;
    if (memchr(text, '\0', size))
        return -EBADMSG;
    for (const char *end = text + size; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *line = text;
        size_t length = (size_t)((newline ? newline : end) - text);
        text = newline ? newline + 1 : end;
        trim(&line, &length);
        if (length > 0 && line[0] == '[') {
            inside = text_is(line, length, "[Application]");
            continue;
        }
        const char *equals = memchr(line, '=', length);
        if (!inside || !equals)
            continue;
        const char *key = line, *value = equals + 1;
        size_t key_size = (size_t)(equals - line), value_size = length - key_size - 1;
        trim(&key, &key_size);
        trim(&value, &value_size);
        if (!text_is(key, key_size, "name"))
            continue;
        /* Flatpak writes one; a reader that takes the first and one that takes the last must not differ. */
        if (*found || !flatpak_id_valid(value, value_size))
            return -EBADMSG;
        memcpy(found, value, value_size);
    }
    if (!*found)
        return -EBADMSG;
    memcpy(app_id, found, sizeof found);
    return 0;
}

static int parse_snap(const char *line, size_t length, BusIdentity *identity)
{
    const char *mark = memmem(line, length, SNAP_MARK, strlen(SNAP_MARK));
    if (!mark)
        return 0;
    const char *name = mark + 1;
    size_t rest = length - (size_t)(name - line);
    size_t size = strlen("snap.");
    while (size < rest && name[size] != '.' && name[size] != '/')
        size++;
    if (size == strlen("snap.") || !id_valid(name, size))
        return -EBADMSG;
    memcpy(identity->app_id, name, size);
    identity->app_id[size] = '\0';
    identity->sandboxed = true;
    return 1;
}

/* app-NAME-RANDOM.scope, app-NAME@RANDOM.service or app-NAME.service, the last part of the path. */
static void parse_label(const char *line, size_t length, BusIdentity *identity)
{
    const char *slash = memrchr(line, '/', length);
    if (!slash)
        return;
    const char *unit = slash + 1;
    size_t size = length - (size_t)(unit - line);
    if (size <= strlen(LABEL_MARK) || memcmp(unit, LABEL_MARK, strlen(LABEL_MARK)) != 0)
        return;
    const char *cut = NULL;
    if (size > strlen(".scope") && memcmp(unit + size - strlen(".scope"), ".scope", strlen(".scope")) == 0)
        cut = memrchr(unit, '-', size);
    else if (size > strlen(".service") &&
             memcmp(unit + size - strlen(".service"), ".service", strlen(".service")) == 0) {
        cut = memchr(unit, '@', size);
        if (!cut)
            cut = unit + size - strlen(".service");
    }
    if (!cut || (size_t)(cut - unit) <= strlen(LABEL_MARK) || !id_valid(unit, (size_t)(cut - unit)))
        return;
    memcpy(identity->app_id, unit, (size_t)(cut - unit));
    identity->app_id[cut - unit] = '\0';
}

int bus_sandbox_parse_cgroup(const char *text, BusIdentity *identity)
{
    BusIdentity found = {0};
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        const char *first = memchr(line, ':', length);
        const char *second = first ? memchr(first + 1, ':', length - (size_t)(first + 1 - line)) : NULL;
        if (second) {
            size_t controllers = (size_t)(second - first - 1);
            bool unified = controllers == 0;
            if (unified || text_is(first + 1, controllers, "name=systemd") ||
                text_is(first + 1, controllers, "freezer")) {
                int r = parse_snap(second + 1, length - (size_t)(second + 1 - line), &found);
                if (r < 0)
                    return r;
                if (r > 0)
                    break;
            }
            if (unified)
                parse_label(second + 1, length - (size_t)(second + 1 - line), &found);
        }
        line += length;
        line += *line == '\n';
    }
    *identity = found;
    return 0;
}

/* Reads a small file whole. Returns its size, or a negative errno; -EFBIG beyond the buffer. */
static ssize_t read_small(int fd, char *buffer, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t part = read(fd, buffer + used, size - used);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return -errno;
        if (part == 0)
            return (ssize_t)used;
        used += (size_t)part;
    }
    return -EFBIG;
}

/* Returns 1 for a Flatpak, 0 for none, or a negative errno. */
static int read_flatpak(pid_t pid, BusIdentity *identity)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/root", (int)pid);
    CLEANUP_CLOSE int root = open(path, O_PATH | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (root < 0)
        return -errno;
    CLEANUP_CLOSE int fd =
        openat(root, ".flatpak-info", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EBADMSG;
    CLEANUP_FREE char *text = malloc(INFO_MAX);
    if (!text)
        return -ENOMEM;
    ssize_t size = read_small(fd, text, INFO_MAX);
    if (size < 0)
        return (int)size;
    int r = bus_sandbox_parse_flatpak(text, (size_t)size, identity->app_id);
    if (r < 0)
        return r;
    identity->sandboxed = true;
    return 1;
}

static int read_cgroup(pid_t pid, BusIdentity *identity)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
    CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    char text[16 * 1024];
    ssize_t size = read_small(fd, text, sizeof text - 1);
    if (size < 0)
        return (int)size;
    text[size] = '\0';
    return bus_sandbox_parse_cgroup(text, identity);
}

int bus_sandbox_read(pid_t pid, BusIdentity *identity, char *reason, size_t reason_size)
{
    BusIdentity found = {0};
    int r = read_flatpak(pid, &found);
    const char *what = ".flatpak-info";
    if (r == 0) {
        what = "cgroup";
        r = read_cgroup(pid, &found);
    }
    if (r < 0) {
        snprintf(reason, reason_size, "the sandbox of the calling process %d cannot be told (%s: %s)",
                 (int)pid, what, strerror(-r));
        return r;
    }
    *identity = found;
    return 0;
}
