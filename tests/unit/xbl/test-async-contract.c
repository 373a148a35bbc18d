/* SPDX-License-Identifier: MIT */
/* What the original promises of asynchronous calls until they complete, a test for each promise. */
#include "contract.h"

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
