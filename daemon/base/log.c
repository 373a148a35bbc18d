/* SPDX-License-Identifier: MIT */
/* The log. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 2000

static int level_limit = LOG_INFO;

void log_set_level(int level)
{
    level_limit = level;
}

void log_line(int level, const char *format, ...)
{
    if (level > level_limit)
        return;

    char line[LINE_MAX_BYTES + 8];
    int prefix = snprintf(line, sizeof line, "<%d>", level);
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line + prefix, sizeof line - (size_t)prefix - 1, format, arguments);
    va_end(arguments);
    if (size < 0)
        return;

    size_t total = strlen(line);
    for (size_t i = (size_t)prefix; i < total; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[total++] = '\n';
    /* One write, so that lines of two threads do not mix; a full or closed pipe must not stop the agent. */
    (void)!write(STDERR_FILENO, line, total);
}
