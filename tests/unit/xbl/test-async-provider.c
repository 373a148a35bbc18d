/* SPDX-License-Identifier: MIT */
/* Unit tests of asynchronous calls as their provider sees them. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

static XTaskQueueHandle new_queue(XTaskQueueDispatchMode work, XTaskQueueDispatchMode completion)
{
    XTaskQueueHandle queue = NULL;

    cr_assert(eq(int, XTaskQueueCreate(work, completion, &queue), S_OK));
    return queue;
}

static void drain(XTaskQueueHandle queue)
{
    while (XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0) ||
           XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0)) {
    }
}

typedef struct Call {
    XAsyncBlock block;
    char ops[64];
    unsigned rounds;
    HRESULT schedules[2];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    XAsyncBlock *async;      /* set: it began */
    bool completed;          /* by another thread */
    atomic_int inside, most; /* operations at once */
    atomic_bool early;       /* Cleanup met another operation */
    atomic_uint cleanups;
} Call;

#define CALL(of)                                                                                             \
    {                                                                                                        \
        .block = {.queue = (of)}, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER     \
    }

static void note(Call *call, XAsyncOp op)
{
    call->ops[strlen(call->ops)] = "bwrcx"[op];
}

/* ---- complete in Begin ---- */

static HRESULT CALLBACK complete_in_begin(XAsyncOp op, const XAsyncProviderData *data)
{
    note(data->context, op);
    if (op == XAsyncOp_Begin)
        XAsyncComplete(data->async, S_OK, sizeof(int));
    if (op == XAsyncOp_GetResult)
        *(int *)data->buffer = 5;
    return S_OK;
}

static void CALLBACK count_call(XAsyncBlock *block)
{
    atomic_fetch_add((atomic_uint *)block->context, 1);
}

Test(async_provider, completes_in_begin)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Immediate, XTaskQueueDispatchMode_Immediate);
    Call call = CALL(queue);
    atomic_uint called = 0;
    int value = 0;

    call.block.context = &called;
    call.block.callback = count_call;
    cr_expect(eq(int, XAsyncBegin(&call.block, &call, NULL, NULL, complete_in_begin), S_OK));
    cr_expect(eq(uint, called, 1u));
    cr_expect(eq(int, XAsyncGetStatus(&call.block, true), S_OK));
    cr_expect(eq(int, XAsyncGetResult(&call.block, NULL, sizeof(value), &value, NULL), S_OK));
    cr_expect(eq(int, value, 5));
    cr_expect(eq(str, call.ops, (char *)"brx"));
    XTaskQueueCloseHandle(queue);
}

static HRESULT CALLBACK work(XAsyncBlock *block)
{
    (void)block;
    return S_OK;
}

static void CALLBACK note_status(XAsyncBlock *block)
{
    *(HRESULT *)block->context = XAsyncGetStatus(block, false);
}

Test(async_provider, manual_work_with_immediate_completion)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Immediate);
    HRESULT status = E_PENDING;
    XAsyncBlock block = {.queue = queue, .context = &status, .callback = note_status};

    cr_expect(eq(int, XAsyncRun(&block, work), S_OK));
    cr_expect(eq(int, status, E_PENDING));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(int, status, S_OK));
    XTaskQueueCloseHandle(queue);
}

/* ---- scheduling ---- */

static HRESULT CALLBACK schedule_twice(XAsyncOp op, const XAsyncProviderData *data)
{
    Call *call = data->context;

    note(call, op);
    if (op == XAsyncOp_Begin) {
        call->schedules[0] = XAsyncSchedule(data->async, 0);
        call->schedules[1] = XAsyncSchedule(data->async, 0);
    }
    if (op == XAsyncOp_DoWork)
        XAsyncComplete(data->async, S_OK, 0);
    return S_OK;
}

Test(async_provider, cannot_schedule_twice)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual);
    Call call = CALL(queue);

    XAsyncBegin(&call.block, &call, NULL, NULL, schedule_twice);
    cr_expect(eq(int, call.schedules[0], S_OK));
    cr_expect(eq(int, call.schedules[1], E_UNEXPECTED));
    cr_expect(eq(int, XAsyncSchedule(&call.block, 0), E_UNEXPECTED));
    drain(queue);
    cr_expect(eq(str, call.ops, (char *)"bwx"));
    cr_expect(eq(int, XAsyncGetStatus(&call.block, true), S_OK));
    XTaskQueueCloseHandle(queue);
}

static HRESULT CALLBACK periodic(XAsyncOp op, const XAsyncProviderData *data)
{
    Call *call = data->context;
    int inside = atomic_fetch_add(&call->inside, 1) + 1;
    HRESULT hr = S_OK;

    if (inside > call->most)
        call->most = inside;
    note(call, op);
    if (op == XAsyncOp_Begin || (op == XAsyncOp_DoWork && --call->rounds > 0)) {
        hr = XAsyncSchedule(data->async, call->rounds % 3);
        /* Nothing runs beside this, though the work is due. */
        sched_yield();
        if (SUCCEEDED(hr) && op == XAsyncOp_DoWork)
            hr = E_PENDING;
    } else if (op == XAsyncOp_DoWork) {
        XAsyncComplete(data->async, S_OK, 0);
    }
    atomic_fetch_sub(&call->inside, 1);
    return hr;
}

Test(async_provider, works_periodically_and_never_beside_itself)
{
    XTaskQueueDispatchMode modes[] = {XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_Immediate};

    for (unsigned i = 0; i < 2; i++) {
        XTaskQueueHandle queue = new_queue(modes[i], modes[i]);
        Call call = CALL(queue);

        call.rounds = 30;
        cr_expect(eq(int, XAsyncBegin(&call.block, &call, NULL, NULL, periodic), S_OK));
        cr_expect(eq(int, XAsyncGetStatus(&call.block, true), S_OK));
        cr_expect(eq(str, call.ops, (char *)"bwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwx"));
        cr_expect(eq(int, call.most, 1));
        XTaskQueueCloseHandle(queue);
    }
}

static HRESULT CALLBACK schedule_and_fail(XAsyncOp op, const XAsyncProviderData *data)
{
    note(data->context, op);
    if (op != XAsyncOp_Begin)
        return S_OK;
    XAsyncSchedule(data->async, 0);
    return E_BOUNDS;
}

Test(async_provider, what_failed_to_begin_does_no_work)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual);
    Call call = CALL(queue);

    cr_expect(eq(int, XAsyncBegin(&call.block, &call, NULL, NULL, schedule_and_fail), S_OK));
    drain(queue);
    cr_expect(eq(int, XAsyncGetStatus(&call.block, true), E_BOUNDS));
    cr_expect(eq(str, call.ops, (char *)"bx"));
    XTaskQueueCloseHandle(queue);
}

static HRESULT CALLBACK forget(XAsyncOp op, const XAsyncProviderData *data)
{
    note(data->context, op);
    return op == XAsyncOp_Begin ? XAsyncSchedule(data->async, 0) : S_OK;
}

Test(async_provider, work_that_forgets_to_complete)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual);
    Call call = CALL(queue);

    XAsyncBegin(&call.block, &call, NULL, NULL, forget);
    drain(queue);
    cr_expect(eq(int, XAsyncGetStatus(&call.block, true), E_UNEXPECTED));
    cr_expect(eq(str, call.ops, (char *)"bwx"));
    XTaskQueueCloseHandle(queue);
}

/* ---- cancels ---- */

static HRESULT CALLBACK cancelable(XAsyncOp op, const XAsyncProviderData *data)
{
    note(data->context, op);
    if (op == XAsyncOp_Cancel)
        XAsyncComplete(data->async, E_ABORT, 0);
    return S_OK;
}

static HRESULT CALLBACK ignores_cancel(XAsyncOp op, const XAsyncProviderData *data)
{
    note(data->context, op);
    return S_OK;
}

static HRESULT CALLBACK cancels_itself(XAsyncOp op, const XAsyncProviderData *data)
{
    Call *call = data->context;

    if (op == XAsyncOp_Begin) {
        XAsyncSchedule(data->async, 0);
        XAsyncCancel(&call->block);
        XAsyncCancel(data->async);
    }
    return cancelable(op, data);
}

Test(async_provider, cancel)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual);
    Call call = CALL(queue), deaf = CALL(queue), own = CALL(queue);

    XAsyncBegin(&call.block, &call, NULL, NULL, cancelable);
    XAsyncCancel(&call.block);
    cr_expect(eq(int, XAsyncGetStatus(&call.block, false), E_ABORT));
    XAsyncCancel(&call.block);
    cr_expect(eq(str, call.ops, (char *)"bcx"));

    XAsyncBegin(&deaf.block, &deaf, NULL, NULL, ignores_cancel);
    XAsyncCancel(&deaf.block);
    XAsyncCancel(&deaf.block);
    cr_expect(eq(int, XAsyncGetStatus(&deaf.block, false), E_PENDING));
    XAsyncComplete(&deaf.block, S_OK, 0);
    XAsyncCancel(&deaf.block);
    cr_expect(eq(int, XAsyncGetStatus(&deaf.block, false), S_OK));
    cr_expect(eq(str, deaf.ops, (char *)"bcx"));

    /* Begin is over before Cancel comes, and what it scheduled is not done. */
    XAsyncBegin(&own.block, &own, NULL, NULL, cancels_itself);
    drain(queue);
    cr_expect(eq(int, XAsyncGetStatus(&own.block, false), E_ABORT));
    cr_expect(eq(str, own.ops, (char *)"bcx"));
    XTaskQueueCloseHandle(queue);
}

/* ---- completed by another thread ---- */

static void *complete_when_begun(void *context)
{
    Call *call = context;

    pthread_mutex_lock(&call->lock);
    while (!call->async)
        pthread_cond_wait(&call->changed, &call->lock);
    pthread_mutex_unlock(&call->lock);
    XAsyncComplete(call->async, S_OK, 0);
    pthread_mutex_lock(&call->lock);
    call->completed = true;
    pthread_cond_broadcast(&call->changed);
    pthread_mutex_unlock(&call->lock);
    return NULL;
}

/* Its operation returns only when the other thread's completion is done; Cleanup must not come before. */
static HRESULT CALLBACK slow_op(XAsyncOp op, const XAsyncProviderData *data)
{
    Call *call = data->context;

    if (op == XAsyncOp_Begin && call->rounds > 0)
        return XAsyncSchedule(data->async, 0);
    if (op == XAsyncOp_Begin || op == XAsyncOp_DoWork) {
        pthread_mutex_lock(&call->lock);
        call->inside = 1;
        call->async = data->async;
        pthread_cond_broadcast(&call->changed);
        while (!call->completed)
            pthread_cond_wait(&call->changed, &call->lock);
        call->inside = 0;
        pthread_mutex_unlock(&call->lock);
    }
    if (op == XAsyncOp_Cleanup) {
        call->early = call->inside != 0;
        call->cleanups++;
    }
    return S_OK;
}

Test(async_provider, cleanup_waits_for_begin_and_for_work)
{
    for (unsigned rounds = 0; rounds < 2; rounds++) {
        XTaskQueueHandle queue =
            new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool);
        Call call = CALL(queue);
        pthread_t thread;

        call.rounds = rounds;
        pthread_create(&thread, NULL, complete_when_begun, &call);
        XAsyncBegin(&call.block, &call, NULL, NULL, slow_op);
        cr_expect(eq(int, XAsyncGetStatus(&call.block, true), S_OK));
        cr_expect(eq(uint, call.cleanups, 1u));
        cr_expect(not(call.early));
        pthread_join(thread, NULL);
        XTaskQueueCloseHandle(queue);
    }
}

/* Cancel runs on one thread while another completes: Cleanup is after both. */
static HRESULT CALLBACK slow_cancel(XAsyncOp op, const XAsyncProviderData *data)
{
    if (op == XAsyncOp_Begin)
        return S_OK;
    return slow_op(op == XAsyncOp_Cancel ? XAsyncOp_DoWork : op, data);
}

Test(async_provider, cleanup_waits_for_cancel)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool);
    Call call = CALL(queue);
    pthread_t thread;

    XAsyncBegin(&call.block, &call, NULL, NULL, slow_cancel);
    pthread_create(&thread, NULL, complete_when_begun, &call);
    XAsyncCancel(&call.block);
    cr_expect(eq(int, XAsyncGetStatus(&call.block, true), S_OK));
    cr_expect(eq(uint, call.cleanups, 1u));
    cr_expect(not(call.early));
    pthread_join(thread, NULL);
    XTaskQueueCloseHandle(queue);
}

/* ---- the provider's copy ---- */

static HRESULT CALLBACK look_at_copy(XAsyncOp op, const XAsyncProviderData *data)
{
    Call *call = data->context;

    note(call, op);
    if (op == XAsyncOp_Begin) {
        cr_expect(ne(ptr, data->async, &call->block));
        cr_expect(ne(ptr, data->async->queue, NULL));
        cr_expect(eq(ptr, data->async->context, call->block.context));
        call->async = data->async;
    }
    if (op == XAsyncOp_GetResult) {
        cr_expect(eq(sz, data->bufferSize, (size_t)100));
        *(char *)data->buffer = 'r';
    }
    return S_OK;
}

Test(async_provider, has_a_copy_of_the_block_that_works_like_it)
{
    Call call = CALL(NULL);
    char buffer[100];
    size_t used = 0;

    call.block.context = &used;
    XAsyncBegin(&call.block, &call, &call, "copy", look_at_copy);
    cr_expect(eq(int, XAsyncGetStatus(call.async, false), E_PENDING));
    XAsyncComplete(call.async, S_OK, 1);
    cr_expect(eq(int, XAsyncGetStatus(call.async, false), S_OK));
    cr_expect(eq(int, XAsyncGetResult(&call.block, &call, sizeof(buffer), buffer, &used), S_OK));
    cr_expect(eq(sz, used, (size_t)1));
    cr_expect(eq(str, call.ops, (char *)"brx"));
}

static HRESULT CALLBACK failing_result(XAsyncOp op, const XAsyncProviderData *data)
{
    note(data->context, op);
    if (op == XAsyncOp_Begin)
        XAsyncComplete(data->async, S_OK, 1);
    return op == XAsyncOp_GetResult ? E_BOUNDS : S_OK;
}

Test(async_provider, a_result_that_fails_is_over)
{
    Call call = CALL(NULL);
    char buffer[4];

    XAsyncBegin(&call.block, &call, NULL, NULL, failing_result);
    cr_expect(eq(int, XAsyncGetResult(&call.block, NULL, sizeof(buffer), buffer, NULL), E_BOUNDS));
    cr_expect(
        eq(int, XAsyncGetResult(&call.block, NULL, sizeof(buffer), buffer, NULL), E_ILLEGAL_METHOD_CALL));
    cr_expect(eq(str, call.ops, (char *)"brx"));
}
