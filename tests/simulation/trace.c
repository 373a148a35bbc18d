/* SPDX-License-Identifier: MIT */
/* A ring of lines. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>

#define TRACE_LINES 1200
#define TRACE_WIDTH 200

bool trace_on;

static char lines[TRACE_LINES][TRACE_WIDTH];
static size_t count;

void trace_line(const World *world, const char *format, ...)
{
    char *line = lines[count++ % TRACE_LINES];
    int used = snprintf(line, TRACE_WIDTH, "%12.6f  ", (double)world->now / (double)USEC_PER_SEC - 1000.0);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + used, TRACE_WIDTH - (size_t)used, format, arguments);
    va_end(arguments);
}

void trace_begin(void)
{
    trace_on = true;
    count = 0;
}

void trace_end(void)
{
    trace_on = false;
    size_t first = count > TRACE_LINES ? count - TRACE_LINES : 0;
    if (first)
        printf("  (%zu earlier lines are left out)\n", first);
    for (size_t i = first; i < count; i++)
        printf("  %s\n", lines[i % TRACE_LINES]);
}
