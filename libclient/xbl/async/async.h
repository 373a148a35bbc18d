/* SPDX-License-Identifier: MIT */
/* Asynchronous calls from the inside: a call's state, and what a block says of it. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <XAsyncProvider.h>

#include "async/task.h"

typedef struct AsyncState AsyncState;

/*
 * One lock for all blocks and states, taken before task_lock, never held during a callback or a submission. A lock
 * inside the block would be garbage in a block on the stack.
 */
extern pthread_mutex_t async_lock;

/*
 * One call. @refs keeps the memory; @users keeps the provider's context: one for the call as long as its result may be
 * fetched, one for each of the provider's operations that runs. Cleanup follows the last of them, whichever thread it is.
 */
struct AsyncState {
    unsigned refs;
    unsigned users;
    uint32_t serial;
    AsyncState *next, *previous; /* in the table by the user's block */

    XAsyncBlock *user;
    XAsyncCompletionRoutine *callback;
    XAsyncBlock copy; /* the provider's */
    XAsyncProvider *provider;
    void *context;
    const void *identity;
    const char *identity_name; /* for who looks with a debugger */
    XAsyncWork *work;          /* XAsyncRun()'s */
    TaskQueue *queue;

    HRESULT status; /* E_PENDING until all of the completion is to be seen */
    HRESULT result; /* with @finished */
    size_t size;
    bool finished; /* the first XAsyncComplete() has been */
    bool fetched;
    bool cleaned;
    bool returned; /* the callback, or there was none */
    bool started;  /* the callback */

    bool running; /* Begin or DoWork, which do not overlap with each other nor with GetResult */
    pthread_t runner;
    bool scheduled; /* a DoWork is to come */
    bool deferred;  /* it is to be submitted when the running operation returns, for @due */
    uint64_t due;
    bool beginning;
    bool cancel_asked;

    unsigned pumpers; /* waiting in task_call_pump() */
    TaskItem work_item, callback_item;
    pthread_cond_t changed;
};

/* What a block says of its call, under async_lock. */
typedef struct AsyncWords {
    AsyncState *state; /* NULL: completed, and nothing to fetch */
    HRESULT status;    /* without a state */
    uint32_t serial;   /* of the call; 0: none */
    bool fetched;
} AsyncWords;

/* ---- async-block.c: under async_lock ---- */

/* async_block_read() - a block's words; those of an unused block are all 0 */
AsyncWords async_block_read(const XAsyncBlock *block);

/* async_block_write() - set them */
void async_block_write(XAsyncBlock *block, AsyncWords words);

/* async_table_add() - make a state found by its user's block; gives it a serial */
void async_table_add(AsyncState *state);

/* async_table_remove() - no longer */
void async_table_remove(AsyncState *state);

/* async_table_find() - the call of that serial on that block. Return: its state, or NULL: all is over. */
AsyncState *async_table_find(const XAsyncBlock *block, uint32_t serial);

/* async_table_orphan() - a completed call of that block whose result was not fetched. Return: its state, or NULL. */
AsyncState *async_table_orphan(const XAsyncBlock *block);

/* ---- async.c ---- */

/* async_begin() - XAsyncBegin(), with what XAsyncRun() adds. Without the lock. */
HRESULT async_begin(XAsyncBlock *block, void *context, const void *identity, const char *name,
                    XAsyncProvider *provider, XAsyncWork *work);

/* async_state_drop() - give a reference back; under the lock, which it gives up for the last one */
void async_state_drop(AsyncState *state);

/* async_state_wake() - something that is waited for has changed; under the lock */
void async_state_wake(AsyncState *state);

/* async_leave_users() - one user less; under the lock, which it gives up for Cleanup. The caller has a reference. */
void async_leave_users(AsyncState *state);

/* async_call() - run one of the provider's operations; under the lock, which it gives up. Return: the provider's. */
HRESULT async_call(AsyncState *state, XAsyncOp op, size_t size, void *buffer);

/* async_ask_cancel() - Cancel once, if it is not too late; under the lock, which it gives up. The caller has a reference. */
void async_ask_cancel(AsyncState *state);

/* async_finish() - complete; under the lock, which it gives up. The caller has a reference. */
void async_finish(AsyncState *state, HRESULT result, size_t size);
