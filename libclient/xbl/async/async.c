/* SPDX-License-Identifier: MIT */
/* A call's way: begun, scheduled, worked on, completed, cleaned up. */
#include <stdlib.h>

#include "async/async.h"

#define NS_PER_MS UINT64_C(1000000)

void async_state_drop(AsyncState *state)
{
    TaskHandle *handle = state->copy.queue;

    if (--state->refs > 0)
        return;
    async_table_remove(state);
    pthread_mutex_unlock(&async_lock);
    XTaskQueueCloseHandle(handle);
    pthread_cond_destroy(&state->changed);
    free(state);
    pthread_mutex_lock(&async_lock);
}

HRESULT async_call(AsyncState *state, XAsyncOp op, size_t size, void *buffer)
{
    XAsyncProviderData data = {
        .async = &state->copy, .bufferSize = size, .buffer = buffer, .context = state->context};
    TaskFrame frame = {.up = task_frames, .queue = state->queue, .call = state};
    HRESULT hr;

    task_frames = &frame;
    pthread_mutex_unlock(&async_lock);
    hr = state->provider(op, &data);
    pthread_mutex_lock(&async_lock);
    task_frames = frame.up;
    return hr;
}

void async_state_wake(AsyncState *state)
{
    pthread_cond_broadcast(&state->changed);
    if (state->pumpers > 0)
        task_call_wake(state->queue);
}

void async_leave_users(AsyncState *state)
{
    if (--state->users > 0)
        return;
    async_call(state, XAsyncOp_Cleanup, 0, NULL);
    state->cleaned = true;
    async_state_wake(state);
    async_state_drop(state); /* the users' */
}

void async_ask_cancel(AsyncState *state)
{
    if (state->finished || state->cancel_asked)
        return;
    state->cancel_asked = true;
    if (state->beginning)
        return; /* after Begin, whose work it would meet half done */
    state->users++;
    async_call(state, XAsyncOp_Cancel, 0, NULL);
    async_leave_users(state);
}

static void CALLBACK run_callback(void *context, bool canceled)
{
    AsyncState *state = context;
    TaskFrame frame = {.up = task_frames, .queue = state->queue, .call = state};

    (void)canceled; /* the call has completed all the same */
    pthread_mutex_lock(&async_lock);
    state->started = true;
    task_frames = &frame;
    pthread_mutex_unlock(&async_lock);
    state->callback(state->user);
    pthread_mutex_lock(&async_lock);
    task_frames = frame.up;
    state->returned = true;
    async_state_wake(state);
    pthread_mutex_unlock(&async_lock);
    task_call_end(state->queue);
    pthread_mutex_lock(&async_lock);
    async_state_drop(state);
    pthread_mutex_unlock(&async_lock);
}

/* From here on a completion is to be seen. Nothing of the user's block is written later, but by who fetches the result. */
static void publish(AsyncState *state)
{
    bool payload = state->size > 0;

    state->status = state->result;
    if (async_block_read(state->user).serial == state->serial)
        async_block_write(
            state->user,
            (AsyncWords){.state = payload ? state : NULL, .status = state->result, .serial = state->serial});
    state->returned = !state->callback;
    async_state_wake(state);
}

void async_finish(AsyncState *state, HRESULT result, size_t size)
{
    if (state->finished)
        return;
    state->finished = true;
    state->result = result;
    state->size = SUCCEEDED(result) ? size : 0;
    if (state->size == 0)
        async_leave_users(state);
    publish(state);
    if (state->callback)
        state->refs++;
    pthread_mutex_unlock(&async_lock);
    if (!state->callback) {
        task_call_end(state->queue);
    } else {
        state->callback_item.callback = run_callback;
        state->callback_item.context = state;
        /* It is taken always, as the call holds the queue's end up; a lost callback would be worse than a wrong thread. */
        if (FAILED(task_call_submit(state->queue, XTaskQueuePort_Completion, 0, &state->callback_item)))
            run_callback(state, true);
    }
    pthread_mutex_lock(&async_lock);
}

/* A schedule that came while an operation ran is due now that it has returned. */
static void submit_deferred(AsyncState *state)
{
    HRESULT hr;

    if (!state->deferred)
        return;
    state->deferred = false;
    if (state->finished) {
        state->scheduled = false;
        return;
    }
    state->refs++;
    pthread_mutex_unlock(&async_lock);
    hr = task_call_submit(state->queue, XTaskQueuePort_Work, state->due, &state->work_item);
    pthread_mutex_lock(&async_lock);
    if (FAILED(hr)) {
        state->scheduled = false;
        async_finish(state, hr, 0);
        async_state_drop(state);
    }
}

/* Begin or DoWork. */
static HRESULT run_op(AsyncState *state, XAsyncOp op)
{
    HRESULT hr;

    state->running = true;
    state->runner = pthread_self();
    hr = async_call(state, op, 0, NULL);
    state->running = false;
    async_state_wake(state);
    return hr;
}

static void work_once(AsyncState *state)
{
    HRESULT hr;

    state->users++;
    hr = run_op(state, XAsyncOp_DoWork);
    /* Other success than completion or E_PENDING: the provider forgot to complete. */
    if (hr != E_PENDING)
        async_finish(state, FAILED(hr) ? hr : E_UNEXPECTED, 0);
    async_leave_users(state);
    submit_deferred(state);
}

static void CALLBACK run_work(void *context, bool canceled)
{
    AsyncState *state = context;

    pthread_mutex_lock(&async_lock);
    state->scheduled = false;
    if (canceled) {
        async_ask_cancel(state);
        async_finish(state, E_ABORT, 0);
    } else if (!state->finished) {
        work_once(state);
    }
    async_state_drop(state);
    pthread_mutex_unlock(&async_lock);
}

/* A state with a hold on its queue, or the reason why not. */
static HRESULT new_state(XAsyncBlock *block, AsyncState **result)
{
    AsyncState *state = calloc(1, sizeof(*state));
    HRESULT hr;

    if (!state)
        return E_OUTOFMEMORY;
    if (pthread_cond_init(&state->changed, NULL) != 0) {
        free(state);
        return E_OUTOFMEMORY;
    }
    hr = task_call_begin(block->queue, &state->queue, &state->copy.queue);
    if (FAILED(hr)) {
        pthread_cond_destroy(&state->changed);
        free(state);
        return hr;
    }
    state->refs = 1;
    state->users = 1;
    state->status = E_PENDING;
    state->user = block;
    state->callback = block->callback;
    state->copy.context = block->context;
    state->copy.callback = block->callback;
    state->work_item.callback = run_work;
    state->work_item.context = state;
    *result = state;
    return S_OK;
}

static void throw_away(AsyncState *state)
{
    pthread_mutex_unlock(&async_lock);
    task_call_end(state->queue);
    XTaskQueueCloseHandle(state->copy.queue);
    pthread_cond_destroy(&state->changed);
    free(state);
    pthread_mutex_lock(&async_lock);
}

/* Takes a block for a call; under the lock. */
static HRESULT take_block(XAsyncBlock *block, AsyncState *state, HRESULT hr)
{
    AsyncState *orphan;

    if (async_block_read(block).state) {
        if (state)
            throw_away(state);
        return E_INVALIDARG;
    }
    /* A result that this memory once stood for can no longer be fetched. */
    while ((orphan = async_table_orphan(block))) {
        orphan->fetched = true;
        orphan->refs++;
        async_leave_users(orphan);
        async_state_drop(orphan);
    }
    if (FAILED(hr)) {
        async_block_write(block, (AsyncWords){.status = hr});
        return hr;
    }
    async_table_add(state);
    async_block_write(block, (AsyncWords){.state = state, .serial = state->serial});
    async_block_write(&state->copy, (AsyncWords){.state = state, .serial = state->serial});
    return S_OK;
}

static void begin_op(AsyncState *state)
{
    HRESULT hr;

    state->refs++;
    state->users++;
    state->beginning = true;
    hr = run_op(state, XAsyncOp_Begin);
    state->beginning = false;
    if (FAILED(hr) && hr != E_PENDING)
        async_finish(state, hr, 0);
    if (state->cancel_asked) {
        state->cancel_asked = false;
        async_ask_cancel(state);
    }
    async_leave_users(state);
    submit_deferred(state);
    async_state_drop(state);
}

HRESULT async_begin(XAsyncBlock *block, void *context, const void *identity, const char *name,
                    XAsyncProvider *provider, XAsyncWork *work)
{
    AsyncState *state = NULL;
    HRESULT hr;

    if (!block || !provider)
        return E_INVALIDARG;
    hr = new_state(block, &state);
    pthread_mutex_lock(&async_lock);
    hr = take_block(block, state, hr);
    if (SUCCEEDED(hr)) {
        state->context = work ? state : context;
        state->identity = identity;
        state->identity_name = name;
        state->provider = provider;
        state->work = work;
        begin_op(state);
    }
    pthread_mutex_unlock(&async_lock);
    return hr;
}

STDAPI XAsyncBegin(XAsyncBlock *block, void *context, const void *identity, const char *name,
                   XAsyncProvider *provider) HC_NOEXCEPT
{
    return async_begin(block, context, identity, name, provider, NULL);
}

/* Whether a call may be scheduled now, under the lock. */
static HRESULT check_schedule(const AsyncWords *words)
{
    const AsyncState *state = words->state;
    HRESULT status = state && state->finished ? state->result : words->status;

    if (!state || state->finished)
        return FAILED(status) ? status : E_INVALIDARG;
    if (state->scheduled)
        return E_UNEXPECTED;
    return task_call_active(state->queue) ? S_OK : E_ABORT;
}

STDAPI XAsyncSchedule(XAsyncBlock *block, uint32_t delay) HC_NOEXCEPT
{
    AsyncWords words;
    HRESULT hr;

    if (!block)
        return E_INVALIDARG;
    pthread_mutex_lock(&async_lock);
    words = async_block_read(block);
    hr = check_schedule(&words);
    if (SUCCEEDED(hr)) {
        AsyncState *state = words.state;

        state->scheduled = true;
        state->due = delay > 0 ? task_clock() + delay * NS_PER_MS : 0;
        state->deferred = true;
        if (!state->running)
            submit_deferred(state);
    }
    pthread_mutex_unlock(&async_lock);
    return hr;
}

STDAPI_(void) XAsyncComplete(XAsyncBlock *block, HRESULT result, size_t size) HC_NOEXCEPT
{
    AsyncState *state;

    if (!block || result == E_PENDING)
        return;
    pthread_mutex_lock(&async_lock);
    state = async_block_read(block).state;
    if (state) {
        state->refs++;
        async_finish(state, result, size);
        async_state_drop(state);
    }
    pthread_mutex_unlock(&async_lock);
}
