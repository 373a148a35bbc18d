/* SPDX-License-Identifier: MIT */
/* What the owner of a block asks: status, result, cancel, and running a function of one's own. */
#include "async/async.h"

static bool inside_call(const AsyncState *state)
{
    for (const TaskFrame *frame = task_frames; frame; frame = frame->up)
        if (frame->call == state)
            return true;
    return false;
}

/*
 * Who comes after a completion without a result does not wait for a callback that it may have to dispatch itself: the
 * original never does.
 */
static bool undispatched(const AsyncState *state)
{
    return !state->started && !state->returned &&
           state->queue->ends[XTaskQueuePort_Completion].port->mode == XTaskQueueDispatchMode_Manual;
}

static bool settled(const AsyncState *state)
{
    return state->status != E_PENDING && state->returned && (state->size > 0 || state->cleaned);
}

static void wait_settled(AsyncState *state, bool late)
{
    bool pumps;

    if (inside_call(state) || (late && undispatched(state)))
        return;
    state->refs++;
    pumps = !settled(state) && task_call_pump_needed(state->queue);
    while (!settled(state)) {
        if (!pumps) {
            pthread_cond_wait(&state->changed, &async_lock);
            continue;
        }
        state->pumpers++;
        task_call_pump(state->queue, &async_lock);
        state->pumpers--;
    }
    async_state_drop(state);
}

STDAPI XAsyncGetStatus(XAsyncBlock *block, bool wait) HC_NOEXCEPT
{
    AsyncState *state;
    AsyncWords words;
    HRESULT hr;

    if (!block)
        return E_INVALIDARG;
    pthread_mutex_lock(&async_lock);
    words = async_block_read(block);
    state = words.state;
    hr = state ? state->status : words.status;
    if (wait && (state || words.serial != 0)) {
        if (!state)
            state = async_table_find(block, words.serial);
        if (state) {
            /* The block may be gone when the callback has returned; the state is not. */
            state->refs++;
            wait_settled(state, !words.state);
            hr = state->status;
            async_state_drop(state);
        }
    }
    pthread_mutex_unlock(&async_lock);
    return hr;
}

STDAPI XAsyncGetResultSize(XAsyncBlock *block, size_t *size) HC_NOEXCEPT
{
    AsyncWords words;
    HRESULT hr;

    if (!block || !size)
        return E_INVALIDARG;
    pthread_mutex_lock(&async_lock);
    words = async_block_read(block);
    hr = words.state ? words.state->status : words.status;
    *size = words.state && hr != E_PENDING ? words.state->size : 0;
    pthread_mutex_unlock(&async_lock);
    return hr;
}

STDAPI_(void) XAsyncCancel(XAsyncBlock *block) HC_NOEXCEPT
{
    AsyncState *state;

    if (!block)
        return;
    pthread_mutex_lock(&async_lock);
    state = async_block_read(block).state;
    if (state) {
        state->refs++;
        async_ask_cancel(state);
        async_state_drop(state);
    }
    pthread_mutex_unlock(&async_lock);
}

/* The result of a state that has one; under the lock. What is refused here leaves it where it is. */
static HRESULT fetch(XAsyncBlock *block, AsyncState *state, const void *identity, size_t size, void *buffer)
{
    HRESULT hr;

    if (state->identity != identity || !buffer)
        return E_INVALIDARG;
    if (size < state->size)
        return E_NOT_SUFFICIENT_BUFFER;
    state->refs++;
    state->users++;
    state->fetched = true;
    if (block == &state->copy && async_block_read(state->user).state == state)
        async_block_write(state->user, (AsyncWords){.serial = state->serial, .fetched = true});
    async_block_write(block, (AsyncWords){.serial = state->serial, .fetched = true});
    hr = async_call(state, XAsyncOp_GetResult, size, buffer);
    async_leave_users(state); /* the operation's */
    async_leave_users(state); /* the call's */
    async_state_drop(state);
    return hr;
}

/* Under the lock; waits for an operation that completed the call and has not returned yet. */
static AsyncWords read_idle(XAsyncBlock *block)
{
    AsyncWords words = async_block_read(block);

    while (words.state && words.state->status != E_PENDING && words.state->running &&
           !pthread_equal(words.state->runner, pthread_self())) {
        AsyncState *state = words.state;

        state->refs++;
        pthread_cond_wait(&state->changed, &async_lock);
        async_state_drop(state);
        words = async_block_read(block);
    }
    return words;
}

STDAPI XAsyncGetResult(XAsyncBlock *block, const void *identity, size_t size, void *buffer,
                       size_t *used) HC_NOEXCEPT
{
    size_t wrote = 0;
    AsyncWords words;
    HRESULT hr;

    if (!block)
        return E_INVALIDARG;
    pthread_mutex_lock(&async_lock);
    words = read_idle(block);
    hr = words.state ? words.state->status : words.status;
    if (SUCCEEDED(hr) && words.fetched) {
        hr = E_ILLEGAL_METHOD_CALL;
    } else if (SUCCEEDED(hr) && words.state) {
        wrote = words.state->size;
        hr = fetch(block, words.state, identity, size, buffer);
    }
    pthread_mutex_unlock(&async_lock);
    if (SUCCEEDED(hr) && used)
        *used = wrote;
    return hr;
}

static HRESULT CALLBACK run_provider(XAsyncOp op, const XAsyncProviderData *data)
{
    AsyncState *state = data->context;
    HRESULT hr;

    if (op == XAsyncOp_Begin)
        return XAsyncSchedule(data->async, 0);
    if (op != XAsyncOp_DoWork)
        return S_OK;
    hr = state->work(state->user);
    XAsyncComplete(data->async, hr, 0);
    return hr;
}

STDAPI XAsyncRun(XAsyncBlock *block, XAsyncWork *work) HC_NOEXCEPT
{
    if (!work)
        return E_INVALIDARG;
    return async_begin(block, NULL, NULL, "XAsyncRun", run_provider, work);
}
