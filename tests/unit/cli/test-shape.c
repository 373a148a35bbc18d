/* SPDX-License-Identifier: MIT */
/* The queue's shape: what is counted where. */
#include "cli/json-out.h"
#include "cli/shape.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1700000000000000ULL
#define SESSION "5f2c0100-7e1b-4c57-9d0e-0000665a1be9/quickmatch/game"
#define OTHER "5f2c0100-7e1b-4c57-9d0e-0000665a1be9/quickmatch/other"
#define HANDLE "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001"

static void add(json_t *requests, const char *target, const char *state, int64_t age_sec)
{
    json_array_append_new(requests, json_pack("{s:s, s:s, s:I}", "Target", target, "State", state,
                                              "AcceptedAt", (json_int_t)NOW - (json_int_t)age_sec * 1000000));
}

static json_t *row(const json_t *shape, size_t index)
{
    json_t *found = json_array_get(json_object_get(shape, "rows"), index);
    cr_assert_not_null(found, "row %zu", index);
    return found;
}

static int age(const json_t *shape, size_t index, size_t column)
{
    return (int)json_integer_value(json_array_get(json_object_get(row(shape, index), "ages"), column));
}

Test(shape, ages_double)
{
    static const int64_t ages[] = {0, 30, 31, 60, 61, 120, 240, 480, 960, 1920, 3840, 7680, 7681, 600000, -5};
    static const int expected[SHAPE_AGES] = {3, 2, 2, 1, 1, 1, 1, 1, 1, 2};
    CLEANUP_JSON json_t *requests = json_array(), *shape = NULL;

    for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
        add(requests, SESSION, "queued", ages[i]);
    cr_assert_eq(shape_make(requests, false, false, NOW, &shape), 0);
    for (size_t i = 0; i < SHAPE_AGES; i++)
        cr_expect_eq(age(shape, 1, i), expected[i], "column %zu: %d", i, age(shape, 1, i));
    const json_t *limits = json_object_get(shape, "ages-sec");
    cr_assert_eq(json_array_size(limits), SHAPE_AGES - 1);
    cr_expect_eq(json_integer_value(json_array_get(limits, 0)), 30);
    cr_expect_eq(json_integer_value(json_array_get(limits, SHAPE_AGES - 2)), 7680);
}

Test(shape, rows_are_targets_and_the_largest_comes_first)
{
    CLEANUP_JSON json_t *requests = json_array(), *shape = NULL;

    add(requests, SESSION, "waiting", 100);
    add(requests, HANDLE, "queued", 10);
    add(requests, HANDLE, "sending", 10);
    add(requests, OTHER, "resolving", 1);
    add(requests, OTHER, "done", 90000);
    cr_assert_eq(shape_make(requests, false, false, NOW, &shape), 0);
    cr_assert_eq(json_array_size(json_object_get(shape, "rows")), 4);
    static const char *const targets[] = {"TOTAL", HANDLE, SESSION, OTHER};
    static const unsigned totals[] = {4, 2, 1, 1};
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(json_text(row(shape, i), "target"), targets[i]);
        cr_expect_eq(json_number(row(shape, i), "total"), totals[i], "row %zu", i);
    }
    cr_expect_eq(age(shape, 0, 0), 3);
    cr_expect_eq(age(shape, 0, 2), 1);
}

Test(shape, done_ones_when_asked_for)
{
    CLEANUP_JSON json_t *requests = json_array(), *shape = NULL;

    add(requests, SESSION, "done", 1);
    cr_assert_eq(shape_make(requests, true, false, NOW, &shape), 0);
    cr_expect_eq(json_number(row(shape, 1), "total"), 1);
}

Test(shape, an_empty_queue_has_a_sum)
{
    CLEANUP_JSON json_t *requests = json_array(), *shape = NULL;

    add(requests, SESSION, "done", 1);
    cr_assert_eq(shape_make(requests, false, false, NOW, &shape), 0);
    cr_assert_eq(json_array_size(json_object_get(shape, "rows")), 1);
    cr_expect_eq(json_number(row(shape, 0), "total"), 0);
}

static char *printed(const json_t *shape)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    cr_assert_eq(shape_print(shape, out), 0);
    fclose(out);
    return text;
}

Test(shape, anonymous_names_nobody)
{
    CLEANUP_JSON json_t *requests = json_array(), *shape = NULL;

    add(requests, SESSION, "queued", 1);
    add(requests, HANDLE, "queued", 1);
    add(requests, HANDLE, "queued", 1);
    cr_assert_eq(shape_make(requests, false, true, NOW, &shape), 0);
    cr_expect_str_eq(json_text(row(shape, 1), "target"), "handle 1");
    cr_expect_str_eq(json_text(row(shape, 2), "target"), "session 2");
    char *text = printed(shape);
    cr_expect_null(strstr(text, "quickmatch"));
    cr_expect_null(strstr(text, "0a7b"));
    free(text);
}

Test(shape, as_a_table)
{
    CLEANUP_JSON json_t *requests = json_array(), *shape = NULL;

    add(requests, SESSION, "queued", 45);
    add(requests, HANDLE, "queued", 9000);
    cr_assert_eq(shape_make(requests, false, false, NOW, &shape), 0);
    char *text = printed(shape);
    cr_expect_str_eq(text,
                     "TARGET                     TOTAL  30s  1m  2m  4m  8m  16m  32m  64m  128m  128m+\n"
                     "TOTAL                      2      0    1   0   0   0   0    0    0    0     1\n"
                     "5f2c0100…/quickmatch/game  1      0    1   0   0   0   0    0    0    0     0\n"
                     "handle 0a7be2c4…           1      0    0   0   0   0   0    0    0    0     1\n");
    free(text);
}
