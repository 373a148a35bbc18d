/* SPDX-License-Identifier: MIT */
/* An append-only list of JSON lines with a fixed maximum: the commits, the requests. */
#include "directory/journal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "directory/util.h"

void journal_open(Journal *journal, size_t maximum)
{
    *journal = (Journal){.maximum = maximum, .next = 1, .file = -1};
}

static void journal_drop_first(Journal *journal)
{
    journal->bytes -= journal->lengths[journal->first];
    free(journal->lines[journal->first]);
    journal->first = (journal->first + 1) % journal->allocated;
    journal->count--;
}

void journal_close(Journal *journal)
{
    while (journal->count > 0)
        journal_drop_first(journal);
    free(journal->lines);
    free(journal->lengths);
    if (journal->file >= 0)
        close(journal->file);
    *journal = (Journal){.file = -1};
}

static void journal_grow(Journal *journal)
{
    size_t wanted = journal->allocated ? journal->allocated * 2 : 256;
    char **lines;
    size_t *lengths;

    if (wanted > journal->maximum)
        wanted = journal->maximum;
    lines = memory_new(wanted * sizeof(*lines));
    lengths = memory_new(wanted * sizeof(*lengths));
    for (size_t i = 0; i < journal->count; i++) {
        size_t from = (journal->first + i) % journal->allocated;

        lines[i] = journal->lines[from];
        lengths[i] = journal->lengths[from];
    }
    free(journal->lines);
    free(journal->lengths);
    journal->lines = lines;
    journal->lengths = lengths;
    journal->first = 0;
    journal->allocated = wanted;
}

static void journal_push(Journal *journal, char *line, size_t length)
{
    size_t at;

    while (journal->count > 0 &&
           (journal->count == journal->maximum || journal->bytes + length > JOURNAL_BYTES_MAX))
        journal_drop_first(journal);
    if (journal->count == journal->allocated)
        journal_grow(journal);
    at = (journal->first + journal->count) % journal->allocated;
    journal->lines[at] = line;
    journal->lengths[at] = length;
    journal->bytes += length;
    journal->count++;
    journal->next++;
}

void journal_append(Journal *journal, json_t *entry)
{
    char *line;
    size_t length;

    json_object_set_new(entry, "sequence", json_integer((json_int_t)journal->next));
    line = json_dumps(entry, JSON_COMPACT);
    json_decref(entry);
    length = strlen(line);
    /* The terminator is not needed in memory: it becomes the newline. */
    line[length++] = '\n';
    if (journal->file >= 0 && write(journal->file, line, length) != (ssize_t)length)
        perror("mpsession-directory: commit log");
    journal_push(journal, line, length);
}

void journal_restore(Journal *journal, const char *line, size_t length)
{
    char *copy = memory_new(length);

    memcpy(copy, line, length);
    journal_push(journal, copy, length);
}

char *journal_text(const Journal *journal, uint64_t after, size_t *length)
{
    uint64_t oldest = journal->next - journal->count;
    size_t skip = after < oldest ? 0 : (size_t)(after - oldest + 1);
    size_t total = 0;
    char *text, *to;

    for (size_t i = skip; i < journal->count; i++)
        total += journal->lengths[(journal->first + i) % journal->allocated];
    to = text = memory_new(total + 1);
    for (size_t i = skip; i < journal->count; i++) {
        size_t at = (journal->first + i) % journal->allocated;

        memcpy(to, journal->lines[at], journal->lengths[at]);
        to += journal->lengths[at];
    }
    *length = total;
    return text;
}
