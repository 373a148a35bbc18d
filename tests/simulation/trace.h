/* SPDX-License-Identifier: MIT */
/* What happened in a run, line by line: kept only when a run is played again. */
#pragma once

#include "base/util.h"

typedef struct World World;

/* trace() - a line; costs nothing unless the run is traced. */
#define trace(world, ...)                                                                                    \
    do {                                                                                                     \
        if (trace_on)                                                                                        \
            trace_line(world, __VA_ARGS__);                                                                  \
    } while (0)

extern bool trace_on;

void trace_line(const World *world, const char *format, ...) MPS_PRINTF(2, 3);

/* trace_begin() - forget what is kept, and keep from now on; trace_end() - print the last lines, and keep no more. */
void trace_begin(void);
void trace_end(void);
