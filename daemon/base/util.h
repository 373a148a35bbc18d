/* SPDX-License-Identifier: MIT */
/* Cleanup attributes and small helpers that every room uses. */
#pragma once

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MPS_UNUSED __attribute__((unused))
#define MPS_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* container_of(): the struct that holds a member. */
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* Owned locals: CLEANUP(free_pointer) char *text = NULL; */
#define CLEANUP(function) __attribute__((cleanup(function)))

static inline void free_pointer(void *pointer)
{
    free(*(void **)pointer);
}

static inline void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define CLEANUP_FREE CLEANUP(free_pointer)
#define CLEANUP_CLOSE CLEANUP(close_fd)

/* DEFINE_CLEANUP(Type *, type_free): defines type_freep for CLEANUP(type_freep). */
#define DEFINE_CLEANUP(type, function)                                                                       \
    static inline void function##p(type *pointer)                                                            \
    {                                                                                                        \
        if (*pointer)                                                                                        \
            function(*pointer);                                                                              \
    }

/* TAKE(pointer): its value, leaving NULL behind, so that a cleanup attribute lets go of it. */
#define TAKE(pointer)                                                                                        \
    __extension__({                                                                                          \
        __typeof__(pointer) taken_ = (pointer);                                                              \
        (pointer) = NULL;                                                                                    \
        taken_;                                                                                              \
    })

static inline bool string_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static inline bool string_empty(const char *text)
{
    return !text || !*text;
}

#define USEC_PER_MSEC 1000ULL
#define USEC_PER_SEC 1000000ULL
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MINUTE)
#define USEC_NEVER UINT64_MAX
