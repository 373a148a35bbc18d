/* SPDX-License-Identifier: MIT */
/* Text in aligned columns. */
#include "cli/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct Table {
    const char *const *headings;
    size_t columns;
    char **cells; /* rows × columns */
    size_t rows;
    size_t room; /* rows that cells has room for */
};

int table_new(const char *const *headings, size_t columns, Table **table)
{
    if (columns == 0 || columns > TABLE_COLUMNS_MAX)
        return -EINVAL;
    Table *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->headings = headings;
    made->columns = columns;
    *table = made;
    return 0;
}

Table *table_free(Table *table)
{
    if (table) {
        for (size_t i = 0; i < table->rows * table->columns; i++)
            free(table->cells[i]);
        free(table->cells);
        free(table);
    }
    return NULL;
}

static bool starts_character(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

/* Terminals take most characters as one column wide; wider ones only cost a straight edge. */
static size_t text_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        if (starts_character(*text))
            width++;
    return width;
}

char *text_clean(const char *text, size_t most)
{
    static const char dots[] = "…";
    size_t size = strlen(text), width = text_width(text), shown = 0;
    bool cut = most > 0 && width > most;
    char *copy = malloc(size + sizeof(dots)), *end = copy;

    if (!copy)
        return NULL;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (starts_character(*text) && cut && ++shown == most) {
            memcpy(end, dots, sizeof(dots));
            return copy;
        }
        if (byte < 0x20 || byte == 0x7F) {
            *end++ = '?';
        } else if (byte == 0xC2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xA0) {
            *end++ = '?';
            text++;
        } else {
            *end++ = *text;
        }
    }
    *end = '\0';
    return copy;
}

int table_add(Table *table, const char *const *cells)
{
    if (table->rows == table->room) {
        size_t room = table->room ? table->room * 2 : 16;
        char **grown = reallocarray(table->cells, room * table->columns, sizeof(char *));
        if (!grown)
            return -ENOMEM;
        table->cells = grown;
        table->room = room;
    }
    char **row = table->cells + table->rows * table->columns;
    for (size_t i = 0; i < table->columns; i++) {
        row[i] = text_clean(cells[i] && *cells[i] ? cells[i] : "-", TABLE_CELL_MAX);
        if (!row[i]) {
            while (i-- > 0)
                free(row[i]);
            return -ENOMEM;
        }
    }
    table->rows++;
    return 0;
}

size_t table_rows(const Table *table)
{
    return table->rows;
}

static void print_row(const char *const *row, size_t columns, const size_t *widths, FILE *out)
{
    for (size_t i = 0; i < columns; i++) {
        fputs(row[i], out);
        if (i + 1 < columns)
            fprintf(out, "%*s", (int)(widths[i] - text_width(row[i]) + 2), "");
    }
    fputc('\n', out);
}

void table_print(const Table *table, FILE *out)
{
    size_t widths[TABLE_COLUMNS_MAX];

    for (size_t i = 0; i < table->columns; i++) {
        widths[i] = text_width(table->headings[i]);
        for (size_t row = 0; row < table->rows; row++) {
            size_t width = text_width(table->cells[row * table->columns + i]);
            if (width > widths[i])
                widths[i] = width;
        }
    }
    print_row(table->headings, table->columns, widths, out);
    for (size_t row = 0; row < table->rows; row++)
        print_row((const char *const *)(table->cells + row * table->columns), table->columns, widths, out);
}
