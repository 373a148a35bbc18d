/* SPDX-License-Identifier: MIT */
/* Text in aligned columns. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 12
#define TABLE_CELL_MAX 120 /* characters shown of a cell; a longer one ends in "…" */

typedef struct Table Table;

/*
 * table_new() - a table with a heading
 * @headings: columns texts, which must outlive it; 1 to TABLE_COLUMNS_MAX
 *
 * Returns 0, -EINVAL or -ENOMEM.
 */
int table_new(const char *const *headings, size_t columns, Table **table);
/* table_free() - frees it; NULL is allowed. Returns NULL. */
Table *table_free(Table *table);
static inline void table_freep(Table **table)
{
    table_free(*table);
}

/*
 * table_add() - one row
 * @cells: as many texts as there are columns; copied. NULL and "" are shown as "-". Control characters become "?".
 *
 * Returns 0 or -ENOMEM.
 */
int table_add(Table *table, const char *const *cells);

/* table_rows() - how many were added. */
size_t table_rows(const Table *table);

/* table_print() - the heading and the rows, columns two blanks apart, nothing behind the last one. */
void table_print(const Table *table, FILE *out);

/*
 * text_clean() - a copy that is safe on a terminal
 * @text: UTF-8, from anywhere
 * @most: characters to keep; 0 = all
 *
 * Control characters (also C1) become "?". Returns the copy, freed by the caller, or NULL without memory.
 */
char *text_clean(const char *text, size_t most);
