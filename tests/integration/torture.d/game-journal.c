/* SPDX-License-Identifier: MIT */
/* The journal: a JSON object a line, as the game does and hears things. */
#include "game.h"

#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE (3 * BODY_MAX)

typedef struct Line {
    char text[LINE_SIZE];
    size_t used;
} Line;

/* ---- Writing ---- */

static void line_raw(Line *line, const char *text)
{
    size_t size = strlen(text);

    if (size > sizeof(line->text) - line->used)
        abort();
    memcpy(line->text + line->used, text, size);
    line->used += size;
}

static void line_text(Line *line, const char *key, const char *value)
{
    char one[8];

    line_raw(line, ",\"");
    line_raw(line, key);
    line_raw(line, "\":\"");
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            snprintf(one, sizeof(one), "\\%c", *value);
        else if ((unsigned char)*value < 0x20)
            snprintf(one, sizeof(one), "\\u%04x", (unsigned)*value);
        else
            snprintf(one, sizeof(one), "%c", *value);
        line_raw(line, one);
    }
    line_raw(line, "\"");
}

static void line_number(Line *line, const char *key, long long value)
{
    char text[100];

    snprintf(text, sizeof(text), ",\"%s\":%lld", key, value);
    line_raw(line, text);
}

static void line_begin(Line *line, const char *what, const char *id)
{
    char text[200];

    line->used = 0;
    snprintf(text, sizeof(text), "{\"t\":%llu,\"what\":\"%s\",\"id\":\"%s\"",
             (unsigned long long)game_boot_usec(), what, id);
    line_raw(line, text);
}

static void line_end(Line *line, int journal)
{
    line_raw(line, "}\n");
    if (write(journal, line->text, line->used) != (ssize_t)line->used) {
        perror("torture-game: journal");
        abort();
    }
}

void journal_begin(const Game *game, unsigned incarnation)
{
    Line line;

    line_begin(&line, "begin", "");
    line_number(&line, "incarnation", incarnation);
    line_end(&line, game->journal);
}

static const char *mode_name(MpsWriteMode mode)
{
    static const char *const names[] = {"create-new", "update-or-create-new", "update-existing",
                                        "synchronized-update"};

    return names[mode];
}

void journal_called(const Game *game, const Call *call)
{
    static const char *const kinds[] = {"write", "read", "activity", "activities", "attach"};
    Line line;

    line_begin(&line, "called", call->id);
    line_text(&line, "kind", kinds[call->kind]);
    if (call->kind != CALL_ATTACH) {
        line_text(&line, "purpose", call->purpose);
        line_text(&line, "account", game->accounts[call->account]);
        line_text(&line, "session", game->places[call->session].name);
        line_text(&line, "handle", call->handle);
        line_number(&line, "deadline", (long long)call->deadline_usec);
        line_number(&line, "repeats", call->repeats);
    }
    if (call->kind == CALL_WRITE) {
        line_text(&line, "mode", mode_name(call->mode));
        line_number(&line, "durability", call->durability);
        line_number(&line, "offline", call->fail_when_offline);
        line_text(&line, "supersedes", call->supersedes);
        line_text(&line, "etag", call->etag);
        line_raw(&line, ",\"body\":");
        line_raw(&line, call->body);
    }
    line_end(&line, game->journal);
}

void journal_note(const Game *game, const char *what, const char *id, int error)
{
    Line line;

    line_begin(&line, what, id);
    line_number(&line, "error", error);
    line_end(&line, game->journal);
}

void journal_completed(const Game *game, const Call *call, const MpsResult *result)
{
    char message[400];
    Line line;

    line_begin(&line, "completed", result->id);
    line_number(&line, "repeats", call->repeats);
    line_number(&line, "error", result->error);
    line_number(&line, "outcome", result->outcome);
    line_number(&line, "applied", result->applied);
    line_number(&line, "write_status", result->write_status);
    line_number(&line, "http_status", result->http_status);
    line_number(&line, "attempts", result->attempts);
    line_number(&line, "resolved", result->resolved);
    line_text(&line, "etag", result->etag);
    line_text(&line, "code", result->code);
    line_text(&line, "name", result->reference.name);
    line_text(&line, "handle", result->handle_id);
    /* A cut may fall into a character; the journal is read with that in mind. */
    snprintf(message, sizeof(message), "%.350s", result->message);
    line_text(&line, "message", message);
    line_end(&line, game->journal);
}

/* ---- Reading ---- */

/* A process that was killed while it wrote may have left half a line: it ends here. */
int journal_open(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    char last = '\n';

    if (fd < 0 || (size > 0 && pread(fd, &last, 1, size - 1) != 1) ||
        (last != '\n' && write(fd, "\n", 1) != 1))
        return -1;
    return fd;
}

typedef struct Known {
    char id[MPS_ID_SIZE];
    bool ended;
} Known;

static int compare_known(const void *a, const void *b)
{
    return strcmp(((const Known *)a)->id, ((const Known *)b)->id);
}

static void learn(void **tree, const char *what, const char *id)
{
    Known *known = calloc(1, sizeof(*known));
    Known **found;

    if (!known)
        abort();
    memcpy(known->id, id, sizeof(known->id));
    found = (Known **)tsearch(known, tree, compare_known);
    if (!found)
        abort();
    if (*found != known)
        free(known);
    if (strcmp(what, "completed") == 0)
        (*found)->ended = true;
}

static void (*tell_of)(Game *game, const char *id);
static Game *tell_to;

static void tell_node(const void *node, VISIT visit, int depth)
{
    const Known *known = *(Known *const *)node;

    (void)depth;
    if ((visit == postorder || visit == leaf) && !known->ended)
        tell_of(tell_to, known->id);
}

int journal_unfinished(const char *path, void (*tell)(Game *game, const char *id), Game *game)
{
    FILE *file = fopen(path, "re");
    void *tree = NULL;
    char *line = NULL;
    size_t size = 0;

    if (!file)
        return -1;
    while (getline(&line, &size, file) > 0) {
        char what[20], id[MPS_ID_SIZE];

        /* Half a line of a call: it was not made. Half a line of an end: it was not acknowledged. */
        if (sscanf(line, "{\"t\":%*u,\"what\":\"%19[a-z]\",\"id\":\"%36[0-9a-f-]\"", what, id) == 2 &&
            strlen(id) == MPS_ID_SIZE - 1 && strstr(line, "}\n"))
            learn(&tree, what, id);
    }
    free(line);
    fclose(file);
    tell_of = tell;
    tell_to = game;
    twalk(tree, tell_node);
    tdestroy(tree, free);
    return 0;
}
