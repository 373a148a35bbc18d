/* SPDX-License-Identifier: MIT */
/* Tables: alignment, wide characters, hostile text. */
#include "cli/table.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a table prints, freed by the caller. */
static char *printed(const Table *table)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    cr_assert(out);
    table_print(table, out);
    fclose(out);
    return text;
}

static void assert_clean(const char *text, size_t most, const char *expected)
{
    char *clean = text_clean(text, most);

    cr_assert_str_eq(clean, expected);
    free(clean);
}

Test(table, aligned)
{
    static const char *const headings[] = {"ID", "STATE", "WHY"};
    Table *table = NULL;

    cr_assert_eq(table_new(headings, 3, &table), 0);
    cr_assert_eq(table_add(table, (const char *const[]){"1234", "queued", "x"}), 0);
    cr_assert_eq(table_add(table, (const char *const[]){"1", "", NULL}), 0);
    cr_assert_eq(table_rows(table), 2);
    char *text = printed(table);
    cr_assert_str_eq(text, "ID    STATE   WHY\n"
                           "1234  queued  x\n"
                           "1     -       -\n");
    free(text);
    table_free(table);
}

Test(table, counts_characters_not_bytes)
{
    static const char *const headings[] = {"A", "B"};
    Table *table = NULL;

    cr_assert_eq(table_new(headings, 2, &table), 0);
    cr_assert_eq(table_add(table, (const char *const[]){"żółw", "1"}), 0);
    cr_assert_eq(table_add(table, (const char *const[]){"abcd", "2"}), 0);
    char *text = printed(table);
    cr_assert_str_eq(text, "A     B\nżółw  1\nabcd  2\n");
    free(text);
    table_free(table);
}

Test(table, many_rows)
{
    static const char *const headings[] = {"N"};
    Table *table = NULL;

    cr_assert_eq(table_new(headings, 1, &table), 0);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(table_add(table, (const char *const[]){"row"}), 0);
    cr_assert_eq(table_rows(table), 1000);
    table_free(table);
}

Test(table, bad_columns)
{
    static const char *const headings[] = {"N"};
    Table *table = NULL;

    cr_assert_eq(table_new(headings, 0, &table), -EINVAL);
    cr_assert_eq(table_new(headings, TABLE_COLUMNS_MAX + 1, &table), -EINVAL);
    cr_assert_null(table);
    cr_assert_null(table_free(NULL));
}

Test(text, control_characters)
{
    assert_clean("a\nb\tc\x1b[31mred\x7f", 0, "a?b?c?[31mred?");
    assert_clean("\xc2\x9b"
                 "31m",
                 0, "?31m");
    assert_clean("\xc2\xa0", 0, "\xc2\xa0");
    assert_clean("", 0, "");
}

Test(text, cut)
{
    assert_clean("abcdef", 6, "abcdef");
    assert_clean("abcdef", 4, "abc…");
    assert_clean("żółwik", 4, "żół…");
    assert_clean("a", 1, "a");
    assert_clean("ab", 1, "…");
}
