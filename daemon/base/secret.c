/* SPDX-License-Identifier: MIT */
/* One mapping with guard pages, given out in cells; what is where is written down outside of it. */
#include "base/secret.h"

#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define ARENA_HIDE(address, size) ASAN_POISON_MEMORY_REGION(address, size)
#define ARENA_SHOW(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#else
#define ARENA_HIDE(address, size) ((void)(address), (void)(size))
#define ARENA_SHOW(address, size) ((void)(address), (void)(size))
#endif

#define CELL 64U
#define CELLS (SECRET_ARENA_SIZE / CELL)
/* Nobody's bytes behind each secret, so that a sanitizer sees a step beyond its end. */
#define GAP 16U

static pthread_mutex_t arena_lock = PTHREAD_MUTEX_INITIALIZER;
static char *arena;
static int arena_state = -1; /* not tried yet */
static size_t arena_living;
/* At the first cell of a secret, its size with the gap; elsewhere 0. */
static uint32_t arena_sizes[CELLS];

/* ---- The mapping ------------------------------------------------------------------------------------------------- */

static bool arena_pin(void *memory)
{
    /* Locked as it is used: an agent with two tokens must not take a megabyte. */
    if (mlock2(memory, SECRET_ARENA_SIZE, MLOCK_ONFAULT) == 0)
        return true;
    /* Kernels before 4.4. */
    return (errno == ENOSYS || errno == EINVAL) && mlock(memory, SECRET_ARENA_SIZE) == 0;
}

static int arena_map(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *mapping = mmap(NULL, SECRET_ARENA_SIZE + 2 * page, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED)
        return SECRET_ARENA_NONE;
    char *memory = mapping + page;
    if (mprotect(memory, SECRET_ARENA_SIZE, PROT_READ | PROT_WRITE) < 0) {
        munmap(mapping, SECRET_ARENA_SIZE + 2 * page);
        return SECRET_ARENA_NONE;
    }
    bool kept = arena_pin(memory);
    /* Older kernels know one or the other not; the secrets are no worse off than in ordinary memory. */
    (void)madvise(memory, SECRET_ARENA_SIZE, MADV_DONTDUMP);
    (void)madvise(memory, SECRET_ARENA_SIZE, MADV_WIPEONFORK);
    arena = memory;
    ARENA_HIDE(arena, SECRET_ARENA_SIZE);
    return kept ? SECRET_ARENA_LOCKED : SECRET_ARENA_UNLOCKED;
}

static int arena_ready(void)
{
    if (arena_state < 0)
        arena_state = arena_map();
    return arena_state;
}

int secret_prepare(void)
{
    pthread_mutex_lock(&arena_lock);
    int state = arena_ready();
    pthread_mutex_unlock(&arena_lock);
    return state;
}

bool secret_is(const void *pointer)
{
    pthread_mutex_lock(&arena_lock);
    uintptr_t begin = (uintptr_t)arena, at = (uintptr_t)pointer;
    bool within = arena && at >= begin && at < begin + SECRET_ARENA_SIZE;
    pthread_mutex_unlock(&arena_lock);
    return within;
}

size_t secret_living(void)
{
    pthread_mutex_lock(&arena_lock);
    size_t living = arena_living;
    pthread_mutex_unlock(&arena_lock);
    return living;
}

/* ---- Secrets ----------------------------------------------------------------------------------------------------- */

static size_t cells_of(size_t size)
{
    return (size + CELL - 1) / CELL;
}

/* The first place that is large enough; NULL: there is none. */
static char *arena_take(size_t size)
{
    size_t wanted = cells_of(size + GAP);
    for (size_t at = 0, run = 0; at < CELLS;) {
        if (arena_sizes[at]) {
            at += cells_of(arena_sizes[at]);
            run = 0;
            continue;
        }
        at++;
        if (++run < wanted)
            continue;
        size_t first = at - wanted;
        arena_sizes[first] = (uint32_t)(size + GAP);
        arena_living++;
        ARENA_SHOW(arena + first * CELL, size);
        return arena + first * CELL;
    }
    return NULL;
}

char *secret_new(size_t size)
{
    if (size > SECRET_SIZE_MAX)
        return NULL;
    pthread_mutex_lock(&arena_lock);
    char *secret = arena_ready() == SECRET_ARENA_NONE ? NULL : arena_take(size);
    pthread_mutex_unlock(&arena_lock);
    return secret ? secret : secret_calloc(1, size);
}

char *secret_free(char *secret)
{
    if (!secret_is(secret)) {
        secret_release(secret);
        return NULL;
    }
    size_t cell = (size_t)(secret - arena) / CELL;
    pthread_mutex_lock(&arena_lock);
    assert((size_t)(secret - arena) % CELL == 0 && arena_sizes[cell]);
    size_t size = arena_sizes[cell] - GAP;
    /* Zeroed here, so that what is given out next is zero. */
    explicit_bzero(secret, size);
    ARENA_HIDE(secret, size);
    arena_sizes[cell] = 0;
    arena_living--;
    pthread_mutex_unlock(&arena_lock);
    return NULL;
}

char *secret_copy(const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *secret = secret_new(size);
    if (secret)
        memcpy(secret, text, size);
    return secret;
}

char *secret_printf(const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *secret = length < 0 ? NULL : secret_new((size_t)length + 1);
    if (secret)
        vsnprintf(secret, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return secret;
}

/* ---- For libraries ----------------------------------------------------------------------------------------------- */

void *secret_malloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *secret_calloc(size_t count, size_t size)
{
    return count && size ? calloc(count, size) : calloc(1, 1);
}

void secret_release(void *pointer)
{
    if (!pointer)
        return;
    size_t size = malloc_usable_size(pointer);
    /* Hides from the compiler where it came from: it would hold the size that was asked for against the one there is. */
    __asm__ volatile("" : "+r"(pointer));
    explicit_bzero(pointer, size);
    free(pointer);
}

void *secret_realloc(void *pointer, size_t size)
{
    /* Never realloc(): it may leave the old place as it was. */
    void *moved = secret_malloc(size);
    if (!moved || !pointer)
        return moved;
    size_t old = malloc_usable_size(pointer);
    memcpy(moved, pointer, old < size ? old : size);
    secret_release(pointer);
    return moved;
}

char *secret_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = secret_malloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}
