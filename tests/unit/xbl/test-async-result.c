/* SPDX-License-Identifier: MIT */
/* What the original promises of asynchronous calls from their completion on, a test for each promise. */
#include "contract.h"

/* ---- completing ---- */

Test(async_result, the_first_completion_wins_and_pending_is_none)
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

Test(async_result, without_a_result_cleanup_comes_before_anyone_knows)
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

Test(async_result, without_a_callback_nothing_is_queued)
{
    XTaskQueueHandle queue = new_queue(XTaskQueueDispatchMode_Manual);
    XAsyncBlock block = {.queue = queue};
    Plan plan = {.size = 1};
    char buffer[1];

    begin(&block, &plan);
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0)));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 1, buffer, NULL), S_OK));
    XTaskQueueCloseHandle(queue);
}

/* ---- the result ---- */

Test(async_result, the_identity_has_to_be_that_of_begin)
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

Test(async_result, the_provider_gets_the_callers_size_and_used_is_the_results)
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

Test(async_result, a_result_fetched_through_the_copy_is_fetched_for_both)
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

Test(async_result, cancel_runs_on_the_thread_that_cancels_and_not_after_completion)
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

Test(async_result, run_gives_the_work_the_users_block)
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

Test(async_result, a_wait_by_the_thread_that_dispatches_dispatches)
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
