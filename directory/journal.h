/* SPDX-License-Identifier: MIT */
/* An append-only list of JSON lines with a fixed maximum: the commits, the requests. */
#ifndef DIRECTORY_JOURNAL_H
#define DIRECTORY_JOURNAL_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* However many lines a journal may hold, its text is at most this long. */
#define JOURNAL_BYTES_MAX ((size_t)512 * 1024 * 1024)

typedef struct Journal {
    char **lines; /* a ring */
    size_t *lengths;
    size_t allocated, first, count, maximum;
    size_t bytes;
    uint64_t next; /* the sequence number of the next line; the first is 1 */
    int file;      /* each line is also appended here; -1: nowhere */
} Journal;

void journal_open(Journal *journal, size_t maximum);
void journal_close(Journal *journal);
/* Appends @entry (taken over) with "sequence" added. Beyond the maximum the oldest lines are forgotten. */
void journal_append(Journal *journal, json_t *entry);
/* Appends a line that was read from a file; it already has its number. */
void journal_restore(Journal *journal, const char *line, size_t length);
/* All lines with a sequence number above @after, each ended by a newline. Owned; @length: out. */
char *journal_text(const Journal *journal, uint64_t after, size_t *length);

#endif
