/* SPDX-License-Identifier: MIT */
/* Memory for tokens and keys: not swapped out, in no core dump, in no child, wiped when it is let go of. */
#pragma once

#include "base/util.h"

/* The arena all secrets share, and the most that one may take of it, its NUL included. */
#define SECRET_ARENA_SIZE (1U << 20)
#define SECRET_SIZE_MAX (128U << 10)

enum {
    SECRET_ARENA_LOCKED = 0,
    SECRET_ARENA_UNLOCKED = 1, /* may be swapped out: the limit of locked memory is too small for the arena */
    SECRET_ARENA_NONE = 2, /* no arena at all: every secret is in ordinary memory */
};

/*
 * secret_prepare() - makes the arena, which the first secret would do otherwise
 *
 * Returns SECRET_ARENA_LOCKED, or what it is like instead: all goes on then, and whoever asked may tell.
 */
int secret_prepare(void);

/*
 * secret_new() - zeroed memory for a secret; any thread
 *
 * When the arena is full, or too fragmented, it is ordinary memory, which may be swapped out, but is wiped all the same.
 * Returns NULL for more than SECRET_SIZE_MAX, or when memory is out.
 */
char *secret_new(size_t size);
/* secret_copy() - a text's copy; NULL gives NULL. */
char *secret_copy(const char *text);
/* secret_printf() - as asprintf(), and as secret_new(). */
char *secret_printf(const char *format, ...) MPS_PRINTF(1, 2);
/* secret_free() - wipes and lets go of what the functions above gave; NULL is allowed. Returns NULL. */
char *secret_free(char *secret);
DEFINE_CLEANUP(char *, secret_free)
#define CLEANUP_SECRET CLEANUP(secret_freep)

/* secret_is() - does it lie in the arena? */
bool secret_is(const void *pointer);
/* secret_living() - how many secrets lie in the arena: for tests, since leak checkers do not look there. */
size_t secret_living(void);

/*
 * Allocators that wipe what is let go of, or moved: for libraries that see secrets and take allocators for the whole
 * process (json_set_alloc_funcs(), curl_global_init_mem()). Ordinary memory, not the arena: theirs has no bound.
 *
 * What they give may also go to free(), and what malloc() gave to them: a text that a library made and our code frees
 * is only not wiped then. So the size is the allocator's own, not one kept in front.
 */
void *secret_malloc(size_t size);
void *secret_calloc(size_t count, size_t size);
void *secret_realloc(void *pointer, size_t size);
char *secret_strdup(const char *text);
void secret_release(void *pointer);
