/* SPDX-License-Identifier: MIT */
/* What the original promises of asynchronous calls, a test for each promise. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

#define MS UINT64_C(1000000)

/* A provider that does what it is told and writes down what it is asked. */
typedef struct Plan {
    bool completes_in_begin, waits; /* waits: nothing is scheduled */
    uint32_t delay;
    HRESULT work;
    size_t size; /* of the result */
    char ops[32];
    XAsyncBlock *async;
    XTaskQueueHandle queue; /* the copy's */
    size_t buffer_size;
    pthread_t threads[5]; /* by operation */
    uint64_t worked_at;
} Plan;

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

static HRESULT CALLBACK provide(XAsyncOp op, const XAsyncProviderData *data)
{
    Plan *plan = data->context;

    plan->ops[strlen(plan->ops)] = "bwrcx"[op];
    plan->threads[op] = pthread_self();
    plan->async = data->async;
    plan->queue = data->async->queue;
    switch (op) {
    case XAsyncOp_Begin:
        if (plan->completes_in_begin)
            XAsyncComplete(data->async, plan->work, plan->size);
        return plan->completes_in_begin || plan->waits ? S_OK : XAsyncSchedule(data->async, plan->delay);
    case XAsyncOp_DoWork:
        plan->worked_at = clock_ns();
        if (SUCCEEDED(plan->work))
            XAsyncComplete(data->async, plan->work, plan->size);
        return plan->work;
    case XAsyncOp_GetResult:
        plan->buffer_size = data->bufferSize;
        memset(data->buffer, 'r', plan->size);
        return S_OK;
    default:
        return S_OK;
    }
}

static HRESULT begin(XAsyncBlock *block, Plan *plan)
{
    return XAsyncBegin(block, plan, NULL, "contract", provide);
}

static XTaskQueueHandle new_queue(XTaskQueueDispatchMode mode)
{
    XTaskQueueHandle queue = NULL;

    cr_assert(eq(int, XTaskQueueCreate(mode, mode, &queue), S_OK));
    return queue;
}

static void drain(XTaskQueueHandle queue)
{
    while (XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0) ||
           XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0)) {
    }
}

/* What a completion callback saw. */
typedef struct Seen {
    atomic_uint calls;
    HRESULT status;
    XAsyncBlock *block;
    pthread_t thread;
} Seen;

static void CALLBACK see(XAsyncBlock *block)
{
    Seen *seen = block->context;

    seen->status = XAsyncGetStatus(block, false);
    seen->block = block;
    seen->thread = pthread_self();
    atomic_fetch_add(&seen->calls, 1);
}

/* ---- beginning ---- */

Test(async_contract, wrong_arguments_leave_the_block_untouched)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    Seen seen = {0};
    XAsyncBlock block = {.queue = queue, .context = &seen, .callback = see}, before = block;
    Plan plan = {0};

    cr_expect(eq(int, XAsyncBegin(&block, &plan, NULL, NULL, NULL), E_INVALIDARG));
    cr_expect(eq(int, XAsyncRun(&block, NULL), E_INVALIDARG));
    cr_expect(eq(int, XAsyncBegin(NULL, &plan, NULL, NULL, provide), E_INVALIDARG));
    cr_expect(eq(int, memcmp(&block, &before, sizeof(block)), 0));
    drain(queue);
    cr_expect(eq(uint, seen.calls, 0u));
    cr_expect(eq(str, plan.ops, (char *)""));
    XTaskQueueCloseHandle(queue);
}

Test(async_contract, begin_on_a_block_in_use_is_refused_and_does_no_harm)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XAsyncBlock block = {.queue = queue};
    Plan plan = {.size = 4}, other = {0};
    char buffer[4];

    cr_expect(eq(int, begin(&block, &plan), S_OK));
    cr_expect(eq(int, begin(&block, &other), E_INVALIDARG));
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_PENDING));
    drain(queue);
    /* Its result is not read yet. */
    cr_expect(eq(int, begin(&block, &other), E_INVALIDARG));
    cr_expect(eq(int, XAsyncGetStatus(&block, false), S_OK));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 4, buffer, NULL), S_OK));
    cr_expect(eq(str, plan.ops, (char *)"bwrx"));
    cr_expect(eq(str, other.ops, (char *)""));
    cr_expect(eq(int, begin(&block, &other), S_OK));
    drain(queue);
    XTaskQueueCloseHandle(queue);
}

Test(async_contract, a_refused_begin_is_the_status_of_the_block)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    Seen seen = {0};
    XAsyncBlock terminated = {.queue = queue, .context = &seen, .callback = see};
    XAsyncBlock without = {.context = &seen, .callback = see};
    Plan plan = {0};
    size_t size = 1;

    XTaskQueueTerminate(queue, true, NULL, NULL);
    cr_expect(eq(int, begin(&terminated, &plan), E_ABORT));
    cr_expect(eq(int, XAsyncGetStatus(&terminated, true), E_ABORT));
    cr_expect(eq(int, XAsyncGetResultSize(&terminated, &size), E_ABORT));
    cr_expect(eq(int, XAsyncGetResult(&terminated, NULL, 0, NULL, NULL), E_ABORT));
    XTaskQueueSetCurrentProcessTaskQueue(NULL);
    cr_expect(eq(int, begin(&without, &plan), E_NO_TASK_QUEUE));
    cr_expect(eq(int, XAsyncGetStatus(&without, true), E_NO_TASK_QUEUE));
    cr_expect(eq(int, XAsyncRun(&without, NULL), E_INVALIDARG));
    cr_expect(eq(int, XAsyncGetStatus(&without, false), E_NO_TASK_QUEUE));
    cr_expect(eq(uint, seen.calls, 0u));
    cr_expect(eq(str, plan.ops, (char *)""));
    XTaskQueueCloseHandle(queue);
}

Test(async_contract, the_providers_copy_has_a_queue_of_its_own)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_ThreadPool);
    Seen seen = {0};
    XAsyncBlock block = {.queue = queue, .context = &seen, .callback = see};
    Plan plan = {.waits = true};

    begin(&block, &plan);
    cr_expect(ne(ptr, plan.async, &block));
    cr_expect(ne(ptr, plan.queue, NULL));
    cr_expect(ne(ptr, plan.queue, queue));
    cr_expect(eq(ptr, plan.async->context, &seen));
    /* The game's own handle may go while the call is under way. */
    XTaskQueueCloseHandle(queue);
    plan.work = E_PENDING;
    cr_expect(eq(int, XAsyncSchedule(plan.async, 0), S_OK));
    XAsyncComplete(plan.async, S_OK, 0);
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(eq(uint, seen.calls, 1u));
    cr_expect(eq(ptr, seen.block, &block));
}

Test(async_contract, a_manual_queue_closed_in_flight_leaves_the_call_its_end)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    Seen seen = {0};
    XAsyncBlock block = {.queue = queue, .context = &seen, .callback = see};
    Plan plan = {.waits = true, .size = 1};
    char buffer[1];

    begin(&block, &plan);
    XTaskQueueCloseHandle(queue);
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_PENDING));
    XAsyncComplete(plan.async, S_OK, 1);
    cr_expect(eq(int, XAsyncGetStatus(&block, false), S_OK));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 1, buffer, NULL), S_OK));
    cr_expect(eq(str, plan.ops, (char *)"brx"));
    cr_expect(eq(uint, seen.calls, 0u));
}

Test(async_contract, garbage_in_internal_is_an_unused_block)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XAsyncBlock busy = {.queue = queue}, copy;
    Plan plan = {.size = 1}, other = {0};
    char buffer[1];

    for (unsigned i = 0; i < 256; i++) {
        XAsyncBlock block;

        memset(&block, (int)i, sizeof(block));
        block.queue = queue;
        block.callback = NULL;
        cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
        XAsyncCancel(&block);
        XAsyncComplete(&block, E_FAIL, 0);
        memset(other.ops, 0, sizeof(other.ops));
        cr_expect(eq(int, begin(&block, &other), S_OK));
        drain(queue);
        cr_expect(eq(str, other.ops, (char *)"bwx"));
    }
    /* A copy of a busy block is not that block. */
    begin(&busy, &plan);
    copy = busy;
    memset(other.ops, 0, sizeof(other.ops));
    cr_expect(eq(int, begin(&copy, &other), S_OK));
    drain(queue);
    cr_expect(eq(str, other.ops, (char *)"bwx"));
    cr_expect(eq(int, XAsyncGetResult(&busy, NULL, 1, buffer, NULL), S_OK));
    XTaskQueueCloseHandle(queue);
}

Test(async_contract, begin_runs_on_the_callers_thread_and_work_on_the_work_port)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_ThreadPool);
    Seen seen = {0};
    XAsyncBlock block = {.queue = queue, .context = &seen, .callback = see};
    Plan plan = {.size = 2};
    char buffer[2];

    begin(&block, &plan);
    cr_expect(eq(chr, plan.ops[0], 'b'));
    cr_expect(pthread_equal(plan.threads[XAsyncOp_Begin], pthread_self()));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(not(pthread_equal(plan.threads[XAsyncOp_DoWork], pthread_self())));
    cr_expect(not(pthread_equal(seen.thread, pthread_self())));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 2, buffer, NULL), S_OK));
    cr_expect(pthread_equal(plan.threads[XAsyncOp_GetResult], pthread_self()));
    XTaskQueueCloseHandle(queue);
}

Test(async_contract, completing_in_begin_calls_back_later)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);

    for (unsigned i = 0; i < 3; i++) {
        Seen seen = {0};
        XAsyncBlock block = {.queue = queue, .context = &seen, .callback = see};
        Plan plan = {
            .completes_in_begin = true, .work = i == 2 ? E_BOUNDS : S_OK, .size = i == 0 ? 0 : sizeof(int)};
        char buffer[8];

        cr_expect(eq(int, begin(&block, &plan), S_OK));
        cr_expect(eq(int, XAsyncGetStatus(&block, false), plan.work));
        cr_expect(eq(uint, seen.calls, 0u));
        cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0));
        cr_expect(eq(uint, seen.calls, 1u));
        cr_expect(eq(int, seen.status, plan.work));
        cr_expect(eq(int, XAsyncGetResult(&block, NULL, sizeof(buffer), buffer, NULL), plan.work));
        cr_expect(eq(str, plan.ops, (char *)(i == 1 ? "brx" : "bx")));
    }
    XTaskQueueCloseHandle(queue);
}

/* ---- scheduling and working ---- */

Test(async_contract, schedule_after_completion_tells_how_it_ended)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    HRESULT ends[] = {E_BOUNDS, S_OK, S_OK};

    for (unsigned i = 0; i < 3; i++) {
        XAsyncBlock block = {.queue = queue};
        Plan plan = {.waits = true, .work = ends[i]};
        char buffer[1];

        begin(&block, &plan);
        XAsyncComplete(plan.async, ends[i], i == 2);
        cr_expect(eq(int, XAsyncSchedule(&block, 0), FAILED(ends[i]) ? ends[i] : E_INVALIDARG));
        drain(queue);
        cr_expect(eq(int, XAsyncGetResult(&block, NULL, 1, buffer, NULL), ends[i]));
        cr_expect(eq(int, XAsyncSchedule(&block, 0), FAILED(ends[i]) ? ends[i] : E_INVALIDARG));
        cr_expect(eq(int, XAsyncGetStatus(&block, false), ends[i]));
    }
    XTaskQueueCloseHandle(queue);
}

Test(async_contract, delayed_work_is_not_done_before_it_is_due)
{
    XTaskQueueDispatchMode modes[] = {XTaskQueueDispatchMode_ThreadPool,
                                      XTaskQueueDispatchMode_SerializedThreadPool,
                                      XTaskQueueDispatchMode_Immediate};

    for (unsigned i = 0; i < 3; i++) {
        XTaskQueueHandle queue = new_queue(modes[i]);
        XAsyncBlock block = {.queue = queue};
        Plan plan = {.delay = 20};
        uint64_t start = clock_ns();

        begin(&block, &plan);
        cr_expect(eq(int, XAsyncSchedule(&block, 0), E_UNEXPECTED));
        cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
        cr_expect(ge(u64, plan.worked_at - start, 20 * MS));
        cr_expect(not(pthread_equal(plan.threads[XAsyncOp_DoWork], pthread_self())));
        XTaskQueueCloseHandle(queue);
    }
}

Test(async_contract, failed_work_completes_with_its_failure)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    Seen seen = {0};
    XAsyncBlock block = {.queue = queue, .context = &seen, .callback = see};
    Plan plan = {.work = E_ACCESSDENIED, .size = 8};

    begin(&block, &plan);
    drain(queue);
    cr_expect(eq(int, seen.status, E_ACCESSDENIED));
    cr_expect(eq(uint, seen.calls, 1u));
    cr_expect(eq(str, plan.ops, (char *)"bwx"));
    XTaskQueueCloseHandle(queue);
}

/* ---- completing ---- */

Test(async_contract, the_first_completion_wins_and_pending_is_none)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    Seen seen = {0};
    XAsyncBlock block = {.queue = queue, .context = &seen, .callback = see};
    Plan plan = {.waits = true, .size = 3};
    char buffer[8];
    size_t size;

    begin(&block, &plan);
    XAsyncComplete(plan.async, E_PENDING, 0);
    XAsyncComplete(plan.async, E_PENDING, 9);
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_PENDING));
    XAsyncComplete(plan.async, S_OK, 3);
    XAsyncComplete(plan.async, E_FAIL, 0);
    XAsyncComplete(&block, S_OK, 7);
    drain(queue);
    cr_expect(eq(uint, seen.calls, 1u));
    cr_expect(eq(int, XAsyncGetResultSize(&block, &size), S_OK));
    cr_expect(eq(sz, size, (size_t)3));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 8, buffer, NULL), S_OK));
    cr_expect(eq(str, plan.ops, (char *)"brx"));
    XTaskQueueCloseHandle(queue);
}

static void CALLBACK see_cleaned(XAsyncBlock *block)
{
    Plan *plan = block->context;

    plan->size = strlen(plan->ops); /* what had been asked when it was called */
}

Test(async_contract, without_a_result_cleanup_comes_before_anyone_knows)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Immediate);
    HRESULT ends[] = {S_OK, S_FALSE, E_FAIL};

    for (unsigned i = 0; i < 3; i++) {
        Plan plan = {.waits = true};
        XAsyncBlock block = {.queue = queue, .context = &plan, .callback = see_cleaned};

        begin(&block, &plan);
        /* A failure has no result, whatever its size. */
        XAsyncComplete(plan.async, ends[i], i == 2 ? 99 : 0);
        cr_expect(eq(str, plan.ops, (char *)"bx"));
        cr_expect(eq(sz, plan.size, (size_t)2));
        cr_expect(eq(int, XAsyncGetResult(&block, NULL, 0, NULL, NULL), ends[i]));
        cr_expect(eq(int, XAsyncGetResult(&block, NULL, 0, NULL, NULL), ends[i]));
        cr_expect(eq(str, plan.ops, (char *)"bx"));
    }
    XTaskQueueCloseHandle(queue);
}

/* ---- the result ---- */

Test(async_contract, the_identity_has_to_be_that_of_begin)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Immediate);
    const void *mine = "mine";

    for (unsigned i = 0; i < 2; i++) {
        XAsyncBlock block = {.queue = queue};
        Plan plan = {.size = 1};
        char buffer[1] = "";

        XAsyncBegin(&block, &plan, i == 0 ? mine : NULL, "contract", provide);
        cr_expect(eq(int, XAsyncGetResult(&block, i == 0 ? NULL : mine, 1, buffer, NULL), E_INVALIDARG));
        cr_expect(eq(int, XAsyncGetResult(&block, buffer, 1, buffer, NULL), E_INVALIDARG));
        cr_expect(eq(int, XAsyncGetResult(&block, i == 0 ? mine : NULL, 1, buffer, NULL), S_OK));
        cr_expect(eq(chr, buffer[0], 'r'));
    }
    XTaskQueueCloseHandle(queue);
}

Test(async_contract, the_provider_gets_the_callers_size_and_used_is_the_results)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Immediate);
    XAsyncBlock block = {.queue = queue};
    Plan plan = {.size = 8};
    char buffer[100];
    size_t used = 55;

    begin(&block, &plan);
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 7, buffer, &used), E_NOT_SUFFICIENT_BUFFER));
    cr_expect(eq(sz, used, (size_t)55));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, sizeof(buffer), buffer, &used), S_OK));
    cr_expect(eq(sz, used, (size_t)8));
    cr_expect(eq(sz, plan.buffer_size, sizeof(buffer)));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, sizeof(buffer), buffer, &used), E_ILLEGAL_METHOD_CALL));
    XTaskQueueCloseHandle(queue);
}

Test(async_contract, a_result_fetched_through_the_copy_is_fetched_for_both)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Immediate);
    XAsyncBlock block = {.queue = queue};
    Plan plan = {.size = 2}, second = {.size = 2};
    char buffer[2];

    begin(&block, &plan);
    cr_expect(eq(int, XAsyncGetResult(plan.async, NULL, 2, buffer, NULL), S_OK));
    cr_expect(eq(str, plan.ops, (char *)"bwrx"));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 2, buffer, NULL), E_ILLEGAL_METHOD_CALL));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(eq(int, begin(&block, &second), S_OK));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 2, buffer, NULL), S_OK));
    XTaskQueueCloseHandle(queue);
}

/* ---- cancel, run ---- */

Test(async_contract, cancel_runs_on_the_thread_that_cancels_and_not_after_completion)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_ThreadPool);
    XAsyncBlock block = {.queue = queue};
    Plan plan = {.waits = true};

    begin(&block, &plan);
    XAsyncCancel(&block);
    cr_expect(eq(str, plan.ops, (char *)"bc"));
    cr_expect(pthread_equal(plan.threads[XAsyncOp_Cancel], pthread_self()));
    /* This provider did not heed it: the call goes on to its own end. */
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_PENDING));
    XAsyncComplete(plan.async, S_OK, 0);
    XAsyncCancel(&block);
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(eq(str, plan.ops, (char *)"bcx"));
    XTaskQueueCloseHandle(queue);
}

static HRESULT CALLBACK note_block(XAsyncBlock *block)
{
    *(XAsyncBlock **)block->context = block;
    return S_FALSE;
}

Test(async_contract, run_gives_the_work_the_users_block)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XAsyncBlock *seen = NULL;
    XAsyncBlock block = {.queue = queue, .context = &seen};
    size_t size = 5;

    cr_expect(eq(int, XAsyncRun(&block, note_block), S_OK));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(ptr, seen, &block));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_FALSE));
    cr_expect(eq(int, XAsyncGetResultSize(&block, &size), S_FALSE));
    cr_expect(eq(sz, size, (size_t)0));
    XTaskQueueCloseHandle(queue);
}

/* ---- waiting ---- */

Test(async_contract, a_wait_by_the_thread_that_dispatches_dispatches)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    Seen seen = {0};
    XAsyncBlock block = {.queue = queue, .context = &seen, .callback = see};
    Plan plan = {.size = 1, .delay = 5};
    char buffer[1];

    XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0);
    XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0);
    begin(&block, &plan);
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(eq(uint, seen.calls, 1u));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 1, buffer, NULL), S_OK));
    XTaskQueueCloseHandle(queue);
}
