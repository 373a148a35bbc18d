/* SPDX-License-Identifier: MIT */
/* Every allocation is counted, and each can fail: a plain program whose malloc() is wrapped. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

#define CALLS 1000

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *memory);

static atomic_long live;
static atomic_int to_fail = -1; /* allocations until one fails; negative: none */
static atomic_bool did_fail;

static bool allowed(void)
{
    if (to_fail < 0 || atomic_fetch_sub(&to_fail, 1) > 0)
        return true;
    did_fail = true;
    return false;
}

void *__wrap_malloc(size_t size)
{
    void *memory = allowed() ? __real_malloc(size) : NULL;

    live += memory != NULL;
    return memory;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *memory = allowed() ? __real_calloc(count, size) : NULL;

    live += memory != NULL;
    return memory;
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

static unsigned number;
static unsigned failed;

static void check(bool good, const char *what)
{
    printf("%sok %u - memory/async: %s\n", good ? "" : "not ", ++number, what);
    fflush(stdout);
    failed += !good;
}

/* Calls of all ends, by the low bits of their number: with a result, without, failed in DoWork or Begin, canceled. */
typedef struct Call {
    XAsyncBlock block;
    unsigned kind;
    unsigned callbacks, cleanups;
    HRESULT hr;
} Call;

static HRESULT CALLBACK provide(XAsyncOp op, const XAsyncProviderData *data)
{
    Call *call = data->context;

    switch (op) {
    case XAsyncOp_Begin:
        return call->kind == 3 ? E_BOUNDS : XAsyncSchedule(data->async, 0);
    case XAsyncOp_DoWork:
        if (call->kind == 2)
            return E_BOUNDS;
        XAsyncComplete(data->async, S_OK, call->kind == 0 ? 4 : 0);
        return S_OK;
    case XAsyncOp_GetResult:
        memset(data->buffer, 0, 4);
        return S_OK;
    case XAsyncOp_Cancel:
        XAsyncComplete(data->async, E_ABORT, 0);
        return S_OK;
    case XAsyncOp_Cleanup:
        call->cleanups++;
        return S_OK;
    }
    return S_OK;
}

static void CALLBACK on_done(XAsyncBlock *block)
{
    Call *call = block->context;
    char result[4];

    call->callbacks++;
    call->hr = XAsyncGetResult(block, NULL, sizeof(result), result, NULL);
}

static bool end_well(const Call *call)
{
    const HRESULT ends[] = {S_OK, S_OK, E_BOUNDS, E_BOUNDS, E_ABORT};

    return call->callbacks == 1 && call->cleanups == 1 && call->hr == ends[call->kind];
}

static void drain(XTaskQueueHandle queue)
{
    while (XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0) ||
           XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0)) {
    }
}

static void run_calls(XTaskQueueDispatchMode mode, const char *what)
{
    static Call calls[CALLS];
    long before = live, with_queue;
    XTaskQueueHandle queue;
    bool good = true;

    if (FAILED(XTaskQueueCreate(mode, mode, &queue)))
        abort();
    with_queue = live;
    memset(calls, 0, sizeof(calls));
    for (unsigned i = 0; i < CALLS; i++) {
        calls[i] =
            (Call){.block = {.queue = queue, .context = &calls[i], .callback = on_done}, .kind = i % 5};
        /* Where it is all immediate there is nothing to cancel. */
        if (mode == XTaskQueueDispatchMode_Immediate && calls[i].kind == 4)
            calls[i].kind = 0;
        good &= SUCCEEDED(XAsyncBegin(&calls[i].block, &calls[i], NULL, NULL, provide));
        if (calls[i].kind == 4)
            XAsyncCancel(&calls[i].block);
    }
    drain(queue);
    for (unsigned i = 0; i < CALLS; i++)
        good &= end_well(&calls[i]);
    good &= live == with_queue;
    XTaskQueueCloseHandle(queue);
    check(good && live == before, what);
}

/* ---- each allocation fails once ---- */

static void CALLBACK count_item(void *context, bool canceled)
{
    (void)canceled;
    ++*(unsigned *)context;
}

static void CALLBACK count_end(void *context)
{
    ++*(unsigned *)context;
}

/* Whether a step that failed did so for want of memory. */
static bool only_memory(HRESULT hr)
{
    return SUCCEEDED(hr) || hr == E_OUTOFMEMORY;
}

static bool use_queue(XTaskQueueHandle queue)
{
    Call call = {.block = {.queue = queue, .context = &call, .callback = on_done}};
    unsigned items = 0, accepted = 0, ended = 0;
    HRESULT hr = XAsyncBegin(&call.block, &call, NULL, NULL, provide);
    bool good = only_memory(hr), begun = SUCCEEDED(hr);

    if (FAILED(hr))
        good &= XAsyncGetStatus(&call.block, true) == hr && call.cleanups == 0;
    hr = XTaskQueueSubmitCallback(queue, XTaskQueuePort_Work, &items, count_item);
    good &= only_memory(hr);
    accepted += SUCCEEDED(hr);
    drain(queue);
    hr = XTaskQueueTerminate(queue, false, &ended, count_end);
    good &= only_memory(hr) && ended == SUCCEEDED(hr) && items == accepted;
    return good && (begun ? end_well(&call) : call.callbacks == 0);
}

static bool use_all(void)
{
    XTaskQueueHandle queue, duplicate = NULL, composite = NULL;
    XTaskQueuePortHandle port;
    HRESULT hr = XTaskQueueCreate(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual, &queue);
    bool good = only_memory(hr);

    if (FAILED(hr))
        return good && !queue;
    hr = XTaskQueueDuplicateHandle(queue, &duplicate);
    good &= only_memory(hr) && SUCCEEDED(hr) == (duplicate != NULL);
    if (FAILED(XTaskQueueGetPort(queue, XTaskQueuePort_Work, &port)))
        return false;
    hr = XTaskQueueCreateComposite(port, port, &composite);
    good &= only_memory(hr) && SUCCEEDED(hr) == (composite != NULL);
    good &= use_queue(queue);
    if (composite)
        good &= use_queue(composite);
    XTaskQueueCloseHandle(composite);
    XTaskQueueCloseHandle(duplicate);
    XTaskQueueCloseHandle(queue);
    return good;
}

static void run_failures(void)
{
    bool good = true;
    int count = 0;

    do {
        long before = live;

        did_fail = false;
        to_fail = count;
        good &= use_all();
        to_fail = -1;
        good &= live == before;
    } while (did_fail && ++count < 1000);
    check(good && count > 10 && count < 1000, "each allocation may fail");
}

int main(void)
{
    run_calls(XTaskQueueDispatchMode_Manual, "a thousand calls on a Manual queue leave nothing");
    run_calls(XTaskQueueDispatchMode_Immediate, "a thousand calls on an Immediate queue leave nothing");
    run_failures();
    printf("1..%u\n", number);
    return failed > 0;
}
