/* SPDX-License-Identifier: MIT */
/* The state file, replaced by rename, and the commit log beside it. */
#include "directory/persist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "directory/util.h"

#define STATE_VERSION 1

static int persist_fail(const char *file, const char *what, int error)
{
    fprintf(stderr, "mpsession-directory: %s: %s: %s\n", file, what, strerror(-error));
    return error;
}

/* The log may be ahead of the state by what was cut off between the two: those lines never were. */
static int load_commits(Directory *directory, const char *file, uint64_t expected)
{
    OWN_TEXT char *path = text_format("%s.commits", file);
    OWN_FD int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    OWN_TEXT char *line = NULL;
    size_t size = 0;
    ssize_t length;
    off_t kept = 0;
    FILE *stream;
    int copy;

    if (fd < 0)
        return persist_fail(path, "cannot be opened", -errno);
    copy = dup(fd);
    stream = copy < 0 ? NULL : fdopen(copy, "r");
    if (!stream) {
        int error = -errno;

        if (copy >= 0)
            close(copy);
        return persist_fail(path, "cannot be read", error);
    }
    while (directory->commits.next <= expected && (length = getline(&line, &size, stream)) > 0 &&
           line[length - 1] == '\n') {
        journal_restore(&directory->commits, line, (size_t)length);
        kept += length;
    }
    fclose(stream);
    if (ftruncate(fd, kept) < 0)
        return persist_fail(path, "cannot be shortened", -errno);
    directory->commits.next = expected + 1;
    directory->commits.file = fd;
    fd = -1;
    return 0;
}

static int load_state(Directory *directory, const json_t *state)
{
    json_t **const parts[] = {&directory->sessions, &directory->handles, &directory->activities,
                              &directory->correlations, &directory->users};
    static const char *const names[] = {"sessions", "handles", "activities", "correlations", "users"};

    if (json_number(state, "version", 0) != STATE_VERSION)
        return -EINVAL;
    for (size_t i = 0; i < 5; i++)
        if (!json_is_object(json_object_get(state, names[i])))
            return -EINVAL;
    for (size_t i = 0; i < 5; i++) {
        json_decref(*parts[i]);
        *parts[i] = json_incref(json_object_get(state, names[i]));
    }
    if (identity_load(&directory->identity, json_object_get(state, "identity")) < 0)
        return -EINVAL;
    directory->clock.offset_us = json_number(state, "clockOffset", 0);
    /* The lines are gone, but the commits go on naming their numbers. */
    directory->requests.next = (uint64_t)json_number(state, "requests", 0) + 1;
    return 0;
}

int persist_load(Directory *directory, const char *file)
{
    json_error_t error;
    OWN_JSON json_t *state = NULL;

    if (access(file, F_OK) == 0) {
        state = json_load_file(file, 0, &error);
        if (!state || load_state(directory, state) < 0)
            return persist_fail(file, "is not a state file of this program", -EINVAL);
    } else if (errno != ENOENT) {
        return persist_fail(file, "cannot be read", -errno);
    }
    return load_commits(directory, file, (uint64_t)json_number(state, "commits", 0));
}

/* In one piece: jansson would write each bracket and each comma by itself. */
static int save_text(const char *file, const json_t *state)
{
    OWN_TEXT char *text = json_dumps(state, JSON_COMPACT);
    OWN_FD int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t length = strlen(text), done = 0;

    if (fd < 0)
        return -errno;
    while (done < length) {
        ssize_t n = write(fd, text + done, length - done);

        if (n < 0 && errno != EINTR)
            return -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

void persist_save(Directory *directory, const char *file)
{
    OWN_TEXT char *temporary = text_format("%s.new", file);
    OWN_TEXT char *log = text_format("%s.commits", file);
    OWN_JSON json_t *state = json_pack(
        "{s:i, s:O, s:O, s:O, s:O, s:O, s:o, s:I, s:I, s:I}", "version", STATE_VERSION, "sessions",
        directory->sessions, "handles", directory->handles, "activities", directory->activities,
        "correlations", directory->correlations, "users", directory->users, "identity",
        identity_save(&directory->identity), "clockOffset", (json_int_t)directory->clock.offset_us, "commits",
        (json_int_t)(directory->commits.next - 1), "requests", (json_int_t)(directory->requests.next - 1));
    int r;

    /* After a reset the commit log is closed; it starts anew. */
    if (directory->commits.file < 0)
        directory->commits.file = open(log, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    r = save_text(temporary, state);
    if (r == 0 && rename(temporary, file) < 0)
        r = -errno;
    if (r < 0)
        persist_fail(file, "cannot be written", r);
}
