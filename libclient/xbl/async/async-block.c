/* SPDX-License-Identifier: MIT */
/* What is written in a block, and the states by block. */
#include <string.h>

#include "async/async.h"

#define BLOCK_MARK UINT64_C(0x9e3779b97f4a7c15)
#define TABLE_BUCKETS 256

/* The words that a block carries. The check depends on the address too: no garbage and no copied block passes. */
typedef struct BlockWords {
    AsyncState *state;
    uintptr_t status;
    uintptr_t serial; /* twice the serial, and 1 if the result was fetched */
    uintptr_t check;
} BlockWords;

_Static_assert(sizeof(BlockWords) == sizeof(((XAsyncBlock *)0)->internal), "fits the block");

pthread_mutex_t async_lock = PTHREAD_MUTEX_INITIALIZER;

static AsyncState *table[TABLE_BUCKETS];
static uint32_t last_serial;

static uintptr_t check_words(const XAsyncBlock *block, const BlockWords *words)
{
    uint64_t hash = BLOCK_MARK ^ (uintptr_t)block;

    hash = (hash ^ (uintptr_t)words->state) * BLOCK_MARK;
    hash = (hash ^ (hash >> 32) ^ words->status) * BLOCK_MARK;
    hash = (hash ^ (hash >> 32) ^ words->serial) * BLOCK_MARK;
    return (uintptr_t)(hash ^ (hash >> 32));
}

AsyncWords async_block_read(const XAsyncBlock *block)
{
    BlockWords words;

    memcpy(&words, block->internal, sizeof(words));
    if (words.check != check_words(block, &words))
        return (AsyncWords){0};
    return (AsyncWords){
        .state = words.state,
        .status = (HRESULT)(uint32_t)words.status,
        .serial = (uint32_t)(words.serial >> 1),
        .fetched = words.serial & 1,
    };
}

void async_block_write(XAsyncBlock *block, AsyncWords words)
{
    BlockWords raw = {
        .state = words.state,
        .status = (uint32_t)words.status,
        .serial = ((uintptr_t)words.serial << 1) | words.fetched,
    };

    raw.check = check_words(block, &raw);
    memcpy(block->internal, &raw, sizeof(raw));
}

static AsyncState **bucket_of(const XAsyncBlock *block)
{
    uintptr_t hash = (uintptr_t)block >> 3;

    return &table[(hash ^ (hash >> 8) ^ (hash >> 16)) & (TABLE_BUCKETS - 1)];
}

void async_table_add(AsyncState *state)
{
    AsyncState **bucket = bucket_of(state->user);

    /* 31 bits, so that it fits a 32-bit word with the mark beside it. */
    last_serial = (last_serial + 1) & INT32_MAX;
    if (last_serial == 0)
        last_serial = 1;
    state->serial = last_serial;
    state->previous = NULL;
    state->next = *bucket;
    if (*bucket)
        (*bucket)->previous = state;
    *bucket = state;
}

void async_table_remove(AsyncState *state)
{
    if (state->previous)
        state->previous->next = state->next;
    else
        *bucket_of(state->user) = state->next;
    if (state->next)
        state->next->previous = state->previous;
}

AsyncState *async_table_find(const XAsyncBlock *block, uint32_t serial)
{
    AsyncState *state = *bucket_of(block);

    while (state && (state->user != block || state->serial != serial))
        state = state->next;
    return state;
}

AsyncState *async_table_orphan(const XAsyncBlock *block)
{
    AsyncState *state = *bucket_of(block);

    while (state &&
           (state->user != block || state->status == E_PENDING || state->size == 0 || state->fetched))
        state = state->next;
    return state;
}
