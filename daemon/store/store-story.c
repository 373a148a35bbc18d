/* SPDX-License-Identifier: MIT */
/* Stories: lines that are kept as long as the id that they tell of. */
#include "store/store-private.h"

/* Of a long story: how the trouble began, and the newest of it. */
#define STORY_FIRST 8

void store_story_fit(const char *text, char fitted[STORE_NOTE_BYTES + 1])
{
    size_t size = strnlen(text, STORE_NOTE_BYTES), start = size;
    memcpy(fitted, text, size);
    /* The last character: where it begins, and how long it says it is. The writer may have cut it as well. */
    while (start > 0 && size - start < 4 && ((unsigned char)fitted[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0) {
        unsigned char lead = (unsigned char)fitted[start - 1];
        size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
        if (size - start + 1 < wanted)
            size = start - 1;
    }
    fitted[size] = '\0';
}

static void bind_id(sqlite3_stmt *statement, const unsigned char id[16])
{
    sqlite3_bind_blob(statement, 1, id, 16, SQLITE_STATIC);
}

/* A statement that takes lines away; their number is kept. */
static int story_delete(Store *store, StoreStatement which)
{
    int r = store_sql_step(store, which);
    if (r < 0)
        return r;
    unsigned gone = (unsigned)sqlite3_changes(store->database);
    store->story_lines -= gone < store->story_lines ? gone : store->story_lines;
    return 0;
}

int store_story_forget(Store *store, const unsigned char id[16])
{
    if (store->story_lines == 0)
        return 0;
    bind_id(store->statements[SQL_STORY_FORGET], id);
    return story_delete(store, SQL_STORY_FORGET);
}

int store_story_orphans(Store *store)
{
    return store->story_lines == 0 ? 0 : story_delete(store, SQL_STORY_ORPHANS);
}

static int story_is_stored(Store *store, const unsigned char id[16])
{
    sqlite3_stmt *statement = store->statements[SQL_FIND];
    bind_id(statement, id);
    int rc = sqlite3_step(statement);
    int r = rc == SQLITE_DONE ? -ENOENT : store_sql_errno(store, rc);
    sqlite3_reset(statement);
    return r;
}

int store_story_note(Store *store, StoreOp *op)
{
    int r = story_is_stored(store, op->id);
    if (r < 0)
        return r;
    if (store->story_lines >= STORE_STORY_MAX) {
        sqlite3_bind_int64(store->statements[SQL_STORY_PRUNE], 1, STORE_STORY_PRUNE);
        r = story_delete(store, SQL_STORY_PRUNE);
        if (r < 0)
            return r;
    }
    sqlite3_stmt *statement = store->statements[SQL_NOTE];
    bind_id(statement, op->id);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)op->wall_usec);
    sqlite3_bind_text(statement, 3, op->note, -1, SQLITE_STATIC);
    r = store_sql_step(store, SQL_NOTE);
    if (r < 0)
        return r;
    store->story_lines++;
    statement = store->statements[SQL_NOTE_CUT];
    bind_id(statement, op->id);
    sqlite3_bind_int64(statement, 2, STORY_FIRST);
    sqlite3_bind_int64(statement, 3, STORE_NOTES_MAX - STORY_FIRST);
    return story_delete(store, SQL_NOTE_CUT);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

StoreStory *store_story_free(StoreStory *story)
{
    if (!story)
        return NULL;
    for (size_t i = 0; i < story->lines_count; i++)
        free((char *)story->lines[i].text);
    free(story->lines);
    free((char *)story->app_id);
    free((char *)story->meta);
    free(story);
    return NULL;
}
DEFINE_CLEANUP(StoreStory *, store_story_free)

static int story_text(sqlite3_stmt *row, int column, const char **text)
{
    char *copy;
    size_t size;
    int r = store_operation_copy(row, column, &copy, &size);
    if (r == 0)
        *text = copy;
    return r;
}

static int story_head(Store *store, const StoreOp *op, StoreStatement which, StoreStory *story)
{
    sqlite3_stmt *row = store->statements[which];
    bool request = which == SQL_STORY_REQUEST;
    bind_id(row, op->id);
    int rc = sqlite3_step(row);
    int r = rc == SQLITE_DONE ? -ENOENT : store_sql_errno(store, rc);
    if (r == 0) {
        story->accepted_wall_usec = (uint64_t)sqlite3_column_int64(row, 1);
        story->done_wall_usec = (uint64_t)sqlite3_column_int64(row, 2);
        story->attempts = (unsigned)sqlite3_column_int64(row, 3);
        story->outcome = (unsigned)sqlite3_column_int64(row, 4);
        story->done = !request || sqlite3_column_int64(row, 5) != 0;
        if (!request)
            story->acknowledged_wall_usec = (uint64_t)sqlite3_column_int64(row, 5);
        r = story_text(row, 0, &story->app_id);
    }
    if (r == 0 && request)
        r = story_text(row, 6, &story->meta);
    sqlite3_reset(row);
    return r;
}

static int story_line(sqlite3_stmt *row, StoreStory *story)
{
    StoreLine *line = &story->lines[story->lines_count];
    line->number = (unsigned)sqlite3_column_int64(row, 0);
    line->wall_usec = (uint64_t)sqlite3_column_int64(row, 1);
    int r = story_text(row, 2, &line->text);
    story->lines_count += r == 0;
    return r;
}

static int story_lines(Store *store, const StoreOp *op, StoreStory *story)
{
    story->lines = calloc(STORE_NOTES_MAX, sizeof *story->lines);
    if (!story->lines)
        return -ENOMEM;
    sqlite3_stmt *row = store->statements[SQL_STORY_LINES];
    bind_id(row, op->id);
    int rc = SQLITE_DONE, r = 0;
    while (r == 0 && story->lines_count < STORE_NOTES_MAX && (rc = sqlite3_step(row)) == SQLITE_ROW)
        r = story_line(row, story);
    if (r == 0)
        r = store_sql_errno(store, rc);
    sqlite3_reset(row);
    return r;
}

int store_story_load(Store *store, StoreOp *op)
{
    CLEANUP(store_story_freep) StoreStory *story = calloc(1, sizeof *story);
    int r = story ? story_head(store, op, SQL_STORY_REQUEST, story) : -ENOMEM;
    if (r == -ENOENT)
        r = story_head(store, op, SQL_STORY_ACKNOWLEDGED, story);
    if (r == 0)
        r = story_lines(store, op, story);
    if (r == 0)
        op->story = TAKE(story);
    /* As with a result: it is its reader's misfortune, not that of the group. */
    op->r = r == -EUCLEAN ? -EIO : r;
    return 0;
}
