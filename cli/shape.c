/* SPDX-License-Identifier: MIT */
/* The queue's shape: how old what waits is, by session. */
#include "cli/shape.h"

#include "cli/json-out.h"
#include "cli/table.h"
#include "cli/target.h"
#include "ipc/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_AGE_SEC 30

typedef struct Row {
    const char *target;
    bool by_handle;
    size_t seen; /* its place among the targets, by its oldest request */
    uint64_t total;
    uint64_t ages[SHAPE_AGES];
} Row;

static size_t age_of(const json_t *request, uint64_t now)
{
    uint64_t accepted = json_number(request, "AcceptedAt"), limit = FIRST_AGE_SEC * 1000000ULL;
    uint64_t age = now > accepted ? now - accepted : 0;
    size_t i = 0;

    while (i + 1 < SHAPE_AGES && age > limit) {
        limit *= 2;
        i++;
    }
    return i;
}

static void count(Row *row, size_t age)
{
    row->total++;
    row->ages[age]++;
}

static int compare(const void *a, const void *b)
{
    const Row *left = a, *right = b;

    if (left->total != right->total)
        return left->total < right->total ? 1 : -1;
    return left->seen < right->seen ? -1 : left->seen > right->seen;
}

/* Rows[0] is the sum; the others one for each target. Returns how many. */
static size_t count_all(const json_t *requests, bool all, uint64_t now, json_t *places, Row *rows)
{
    size_t used = 1;

    rows[0] = (Row){.target = "TOTAL"};
    for (size_t i = 0; i < json_array_size(requests); i++) {
        const json_t *request = json_array_get(requests, i);
        const char *target = json_text(request, "Target");
        if (!all && strcmp(json_text(request, "State"), MPS_STATE_DONE) == 0)
            continue;
        size_t place = (size_t)json_integer_value(json_object_get(places, target));
        if (place == 0) {
            place = used++;
            rows[place] = (Row){.target = target,
                                .by_handle = strlen(target) == MPS_ID_LENGTH && target_is_id(target),
                                .seen = place};
            json_object_set_new(places, target, json_integer((json_int_t)place));
        }
        count(&rows[0], age_of(request, now));
        count(&rows[place], age_of(request, now));
    }
    return used;
}

static json_t *make_row(const Row *row, size_t place, bool anonymous)
{
    char name[40];
    json_t *ages = json_array();

    snprintf(name, sizeof(name), "%s %zu", row->by_handle ? "handle" : "session", place);
    for (size_t i = 0; i < SHAPE_AGES; i++)
        json_array_append_new(ages, json_integer((json_int_t)row->ages[i]));
    return json_pack("{s:s, s:I, s:o}", "target", anonymous && place > 0 ? name : row->target, "total",
                     (json_int_t)row->total, "ages", ages);
}

int shape_make(const json_t *requests, bool all, bool anonymous, uint64_t now, json_t **shape)
{
    CLEANUP_JSON json_t *places = json_object(), *made = json_array(), *ages = json_array();
    Row *rows = calloc(json_array_size(requests) + 1, sizeof(*rows));
    int r = places && made && ages && rows ? 0 : -ENOMEM;
    size_t used = r == 0 ? count_all(requests, all, now, places, rows) : 0;

    if (used > 1)
        qsort(rows + 1, used - 1, sizeof(*rows), compare);
    for (size_t i = 0; r == 0 && i < used; i++)
        r = json_array_append_new(made, make_row(&rows[i], i, anonymous)) < 0 ? -ENOMEM : 0;
    for (size_t i = 0; r == 0 && i + 1 < SHAPE_AGES; i++)
        r = json_array_append_new(ages, json_integer(FIRST_AGE_SEC << i)) < 0 ? -ENOMEM : 0;
    if (r == 0)
        *shape = json_pack("{s:O, s:O}", "ages-sec", ages, "rows", made);
    free(rows);
    return r < 0 ? r : *shape ? 0 : -ENOMEM;
}

int shape_print(const json_t *shape, FILE *out)
{
    static const char *const headings[] = {"TARGET", "TOTAL", "30s", "1m",  "2m",   "4m",
                                           "8m",     "16m",   "32m", "64m", "128m", "128m+"};
    __attribute__((cleanup(table_freep))) Table *table = NULL;
    const json_t *rows = json_object_get(shape, "rows");
    int r = table_new(headings, sizeof(headings) / sizeof(headings[0]), &table);

    for (size_t i = 0; r >= 0 && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i), *ages = json_object_get(row, "ages");
        char target[TABLE_CELL_MAX * 4], numbers[1 + SHAPE_AGES][24];
        const char *cells[2 + SHAPE_AGES] = {target_shorten(json_text(row, "target"), target, sizeof(target)),
                                             numbers[0]};
        snprintf(numbers[0], sizeof(numbers[0]), "%llu", (unsigned long long)json_number(row, "total"));
        for (size_t k = 0; k < SHAPE_AGES; k++) {
            snprintf(numbers[k + 1], sizeof(numbers[k + 1]), "%lld",
                     (long long)json_integer_value(json_array_get(ages, k)));
            cells[k + 2] = numbers[k + 1];
        }
        r = table_add(table, cells);
    }
    if (r >= 0)
        table_print(table, out);
    return r;
}
