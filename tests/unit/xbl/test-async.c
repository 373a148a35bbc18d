/* SPDX-License-Identifier: MIT */
/* Unit tests of asynchronous calls as their owner sees them. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

/* A provider that writes down its operations and has a result of a text. */
typedef struct Plan {
    const char *text;     /* NULL: no result */
    HRESULT begin, work;  /* of those operations; E_PENDING of work: it does not complete */
    atomic_uint cleanups; /* also the end of @ops */
    char ops[32];
    XAsyncBlock *async;
} Plan;

static HRESULT CALLBACK provide(XAsyncOp op, const XAsyncProviderData *data)
{
    Plan *plan = data->context;

    if (op != XAsyncOp_Cleanup)
        plan->ops[strlen(plan->ops)] = "bwrc"[op];
    plan->async = data->async;
    switch (op) {
    case XAsyncOp_Begin:
        return FAILED(plan->begin) ? plan->begin : XAsyncSchedule(data->async, 0);
    case XAsyncOp_DoWork:
        if (SUCCEEDED(plan->work))
            XAsyncComplete(data->async, plan->work, plan->text ? strlen(plan->text) + 1 : 0);
        return plan->work;
    case XAsyncOp_GetResult:
        memset(data->buffer, 0, data->bufferSize);
        memcpy(data->buffer, plan->text, strlen(plan->text) + 1);
        return S_OK;
    case XAsyncOp_Cleanup:
        plan->ops[strlen(plan->ops)] = 'x';
        atomic_fetch_add(&plan->cleanups, 1);
        return S_OK;
    default:
        return S_OK;
    }
}

static XTaskQueueHandle manual_queue(void)
{
    XTaskQueueHandle queue = NULL;

    cr_assert(eq(int, XTaskQueueCreate(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual, &queue),
                 S_OK));
    return queue;
}

static void drain(XTaskQueueHandle queue)
{
    while (XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0) ||
           XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0)) {
    }
}

static void CALLBACK count_call(XAsyncBlock *block)
{
    atomic_fetch_add((atomic_uint *)block->context, 1);
}

#define BEGIN(block, plan) XAsyncBegin(&(block), &(plan), provide_identity, "test", provide)
static const char provide_identity[] = "identity";

Test(async, arguments)
{
    XAsyncBlock block = {0};
    size_t size = 9;
    Plan plan = {0};

    cr_expect(eq(int, XAsyncBegin(NULL, &plan, NULL, NULL, provide), E_INVALIDARG));
    cr_expect(eq(int, XAsyncBegin(&block, &plan, NULL, NULL, NULL), E_INVALIDARG));
    cr_expect(eq(int, XAsyncRun(&block, NULL), E_INVALIDARG));
    cr_expect(eq(int, XAsyncGetStatus(NULL, true), E_INVALIDARG));
    cr_expect(eq(int, XAsyncSchedule(NULL, 0), E_INVALIDARG));
    cr_expect(eq(int, XAsyncSchedule(&block, 0), E_INVALIDARG));
    XAsyncCancel(NULL);
    XAsyncComplete(NULL, S_OK, 0);
    /* A block that was never used. */
    XAsyncCancel(&block);
    XAsyncComplete(&block, S_OK, 0);
    cr_expect(eq(int, XAsyncGetStatus(&block, false), S_OK));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(eq(int, XAsyncGetResultSize(&block, &size), S_OK));
    cr_expect(eq(sz, size, (size_t)0));
}

Test(async, a_call_with_a_result)
{
    XTaskQueueHandle queue = manual_queue();
    atomic_uint called = 0;
    XAsyncBlock block = {.queue = queue, .context = &called, .callback = count_call};
    Plan plan = {.text = "hello"};
    char text[16] = "";
    size_t size = 99;

    cr_expect(eq(int, BEGIN(block, plan), S_OK));
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_PENDING));
    cr_expect(eq(int, XAsyncGetResultSize(&block, &size), E_PENDING));
    cr_expect(eq(sz, size, (size_t)0));
    cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 16, text, &size), E_PENDING));
    cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 16, text, &size), E_PENDING));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(uint, called, 0u));
    cr_expect(eq(int, XAsyncGetStatus(&block, false), S_OK));
    cr_expect(eq(int, BEGIN(block, plan), E_INVALIDARG));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0));
    cr_expect(eq(uint, called, 1u));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(eq(int, XAsyncGetResultSize(&block, &size), S_OK));
    cr_expect(eq(sz, size, (size_t)6));
    cr_expect(eq(str, plan.ops, (char *)"bw"));
    cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 16, text, &size), S_OK));
    cr_expect(eq(str, text, (char *)"hello"));
    cr_expect(eq(sz, size, (size_t)6));
    cr_expect(eq(str, plan.ops, (char *)"bwrx"));
    cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 16, text, &size), E_ILLEGAL_METHOD_CALL));
    cr_expect(eq(int, XAsyncGetResultSize(&block, &size), S_OK));
    cr_expect(eq(sz, size, (size_t)0));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    XAsyncCancel(&block);
    cr_expect(eq(str, plan.ops, (char *)"bwrx"));
    cr_expect(not(XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 0)));
    XTaskQueueCloseHandle(queue);
}

Test(async, a_refused_fetch_keeps_the_result)
{
    XTaskQueueHandle queue = manual_queue();
    XAsyncBlock block = {.queue = queue};
    Plan plan = {.text = "kept"};
    char text[16];
    size_t used = 77;

    BEGIN(block, plan);
    drain(queue);
    cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 4, text, &used), E_NOT_SUFFICIENT_BUFFER));
    cr_expect(eq(int, XAsyncGetResult(&block, text, 16, text, &used), E_INVALIDARG));
    cr_expect(eq(int, XAsyncGetResult(&block, NULL, 16, text, &used), E_INVALIDARG));
    cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 16, NULL, &used), E_INVALIDARG));
    cr_expect(eq(sz, used, (size_t)77));
    cr_expect(eq(uint, plan.cleanups, 0u));
    cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 5, text, NULL), S_OK));
    cr_expect(eq(str, text, (char *)"kept"));
    cr_expect(eq(uint, plan.cleanups, 1u));
    XTaskQueueCloseHandle(queue);
}

Test(async, a_failed_call)
{
    XTaskQueueHandle queue = manual_queue();
    atomic_uint called = 0;
    XAsyncBlock block = {.queue = queue, .context = &called, .callback = count_call};
    Plan plan = {.text = "never", .work = E_ACCESSDENIED};
    char text[16];
    size_t size = 3;

    BEGIN(block, plan);
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(str, plan.ops, (char *)"bwx"));
    /* Waiting for a callback that this very thread has to dispatch would never end. */
    cr_expect(eq(int, XAsyncGetStatus(&block, true), E_ACCESSDENIED));
    cr_expect(eq(uint, called, 0u));
    drain(queue);
    cr_expect(eq(uint, called, 1u));
    for (unsigned i = 0; i < 3; i++)
        cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 16, text, NULL), E_ACCESSDENIED));
    cr_expect(eq(int, XAsyncGetResultSize(&block, &size), E_ACCESSDENIED));
    cr_expect(eq(sz, size, (size_t)0));
    cr_expect(eq(int, XAsyncSchedule(&block, 0), E_ACCESSDENIED));
    cr_expect(eq(str, plan.ops, (char *)"bwx"));
    XTaskQueueCloseHandle(queue);
}

Test(async, a_call_without_a_result)
{
    XTaskQueueHandle queue = manual_queue();
    XAsyncBlock block = {.queue = queue};
    Plan plan = {0};
    size_t used = 5;

    BEGIN(block, plan);
    drain(queue);
    cr_expect(eq(str, plan.ops, (char *)"bwx"));
    cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 0, NULL, &used), S_OK));
    cr_expect(eq(sz, used, (size_t)0));
    cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 0, NULL, NULL), S_OK));
    cr_expect(eq(int, XAsyncSchedule(&block, 0), E_INVALIDARG));
    cr_expect(eq(str, plan.ops, (char *)"bwx"));
    XTaskQueueCloseHandle(queue);
}

Test(async, a_failed_begin_completes)
{
    XTaskQueueHandle queue = manual_queue();
    atomic_uint called = 0;
    XAsyncBlock block = {.queue = queue, .context = &called, .callback = count_call};
    Plan plan = {.begin = E_ACCESSDENIED};

    cr_expect(eq(int, BEGIN(block, plan), S_OK));
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_ACCESSDENIED));
    cr_expect(eq(str, plan.ops, (char *)"bx"));
    drain(queue);
    cr_expect(eq(uint, called, 1u));
    XTaskQueueCloseHandle(queue);
}

Test(async, a_provider_that_forgets_to_complete)
{
    XTaskQueueHandle queue = manual_queue();
    XAsyncBlock block = {.queue = queue};
    Plan plan = {.work = E_PENDING};

    BEGIN(block, plan);
    drain(queue);
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_PENDING));
    XAsyncComplete(plan.async, E_PENDING, 0);
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_PENDING));
    XAsyncComplete(&block, S_FALSE, 0);
    XAsyncComplete(&block, E_FAIL, 0);
    cr_expect(eq(int, XAsyncGetStatus(&block, false), S_FALSE));
    cr_expect(eq(str, plan.ops, (char *)"bwx"));
    XTaskQueueCloseHandle(queue);
}

Test(async, the_queue_of_a_block)
{
    XTaskQueueHandle before, queue = manual_queue();
    char memory[256] = "";
    XAsyncBlock block = {0};
    Plan plan = {0};

    cr_assert(XTaskQueueGetCurrentProcessTaskQueue(&before));
    cr_expect(eq(int, BEGIN(block, plan), S_OK));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    XTaskQueueSetCurrentProcessTaskQueue(NULL);
    cr_expect(eq(int, BEGIN(block, plan), E_NO_TASK_QUEUE));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), E_NO_TASK_QUEUE));
    block.queue = (XTaskQueueHandle)(void *)memory;
    cr_expect(eq(int, BEGIN(block, plan), E_HANDLE));
    XTaskQueueSetCurrentProcessTaskQueue(queue);
    block.queue = NULL;
    memset(&plan, 0, sizeof(plan));
    cr_expect(eq(int, BEGIN(block, plan), S_OK));
    cr_expect(ne(ptr, plan.async->queue, NULL));
    /* It was chosen when the call began, and lives as long. */
    XTaskQueueSetCurrentProcessTaskQueue(before);
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_PENDING));
    drain(queue);
    cr_expect(eq(int, XAsyncGetStatus(&block, false), S_OK));
    XTaskQueueCloseHandle(queue);
    XTaskQueueCloseHandle(before);
}

Test(async, a_block_is_used_again_and_again)
{
    XTaskQueueHandle queue = manual_queue();
    atomic_uint called = 0;
    XAsyncBlock block;
    char text[16];

    memset(&block, 0xa5, sizeof(block));
    block.queue = queue;
    block.context = &called;
    block.callback = count_call;
    for (unsigned i = 0; i < 30; i++) {
        Plan plan = {.text = i % 3 ? NULL : "text", .work = i % 3 == 2 ? E_FAIL : S_OK};

        cr_expect(eq(int, BEGIN(block, plan), S_OK));
        cr_expect(eq(int, BEGIN(block, plan), E_INVALIDARG));
        drain(queue);
        cr_expect(eq(int, XAsyncGetStatus(&block, true), plan.work));
        if (plan.text)
            cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, 16, text, NULL), S_OK));
        cr_expect(eq(uint, plan.cleanups, 1u));
    }
    cr_expect(eq(uint, called, 30u));
    XTaskQueueCloseHandle(queue);
}

Test(async, a_block_begins_again_before_its_last_callback)
{
    XTaskQueueHandle queue = manual_queue();
    atomic_uint called = 0;
    XAsyncBlock block = {.queue = queue, .context = &called, .callback = count_call};
    Plan first = {.begin = E_FAIL}, second = {0};

    BEGIN(block, first);
    cr_expect(eq(int, BEGIN(block, second), S_OK));
    cr_expect(eq(int, XAsyncGetStatus(&block, false), E_PENDING));
    drain(queue);
    cr_expect(eq(uint, called, 2u));
    cr_expect(eq(int, XAsyncGetStatus(&block, false), S_OK));
    XTaskQueueCloseHandle(queue);
}

typedef struct Again {
    XAsyncBlock block;
    Plan plan;
    unsigned left;
    HRESULT inside;
} Again;

static void CALLBACK begin_again(XAsyncBlock *block)
{
    Again *again = block->context;
    char text[8];

    again->inside |= XAsyncGetStatus(block, true);
    again->inside |= XAsyncGetResult(block, provide_identity, sizeof(text), text, NULL);
    if (--again->left > 0) {
        memset(again->plan.ops, 0, sizeof(again->plan.ops));
        BEGIN(again->block, again->plan);
    }
}

Test(async, a_callback_waits_for_itself_fetches_and_begins_again)
{
    XTaskQueueHandle queue = manual_queue();
    Again again = {.block = {.queue = queue, .context = &again, .callback = begin_again},
                   .plan = {.text = "text"},
                   .left = 5};

    BEGIN(again.block, again.plan);
    drain(queue);
    cr_expect(eq(uint, again.left, 0u));
    cr_expect(eq(int, again.inside, S_OK));
    cr_expect(eq(uint, again.plan.cleanups, 5u));
    XTaskQueueCloseHandle(queue);
}

static void CALLBACK free_block(XAsyncBlock *block)
{
    count_call(block);
    memset(block, 0xee, sizeof(*block));
    free(block);
}

Test(async, a_callback_may_free_the_block)
{
    atomic_uint called = 0;
    XTaskQueueHandle queue;
    Plan plans[50] = {0};

    XTaskQueueCreate(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool, &queue);
    for (unsigned i = 0; i < 50; i++) {
        XAsyncBlock *block = calloc(1, sizeof(*block));

        *block = (XAsyncBlock){.queue = queue, .context = &called, .callback = free_block};
        plans[i].work = i & 1 ? E_FAIL : S_OK;
        BEGIN(*block, plans[i]);
    }
    XTaskQueueTerminate(queue, true, NULL, NULL);
    cr_expect(eq(uint, called, 50u));
    XTaskQueueCloseHandle(queue);
}

static HRESULT CALLBACK work(XAsyncBlock *block)
{
    atomic_fetch_add((atomic_uint *)block->context, 1);
    return S_OK;
}

static HRESULT CALLBACK fail(XAsyncBlock *block)
{
    (void)block;
    return E_BOUNDS;
}

static HRESULT CALLBACK wait_for_itself(XAsyncBlock *block)
{
    return XAsyncGetStatus(block, true) == E_PENDING ? S_FALSE : E_FAIL;
}

Test(async, run)
{
    XTaskQueueHandle queue = manual_queue();
    atomic_uint worked = 0;
    XAsyncBlock block = {.queue = queue, .context = &worked};

    cr_expect(eq(int, XAsyncRun(&block, work), S_OK));
    cr_expect(eq(uint, worked, 0u));
    cr_expect(XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0));
    cr_expect(eq(uint, worked, 1u));
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    XAsyncRun(&block, fail);
    drain(queue);
    cr_expect(eq(int, XAsyncGetStatus(&block, true), E_BOUNDS));
    XAsyncRun(&block, wait_for_itself);
    drain(queue);
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_FALSE));
    XTaskQueueCloseHandle(queue);
    block.queue = NULL;
    XAsyncRun(&block, work);
    cr_expect(eq(int, XAsyncGetStatus(&block, true), S_OK));
    cr_expect(eq(uint, worked, 2u));
}

#define LOT 20000

Test(async, twenty_thousand_calls)
{
    XAsyncBlock *blocks = calloc(LOT, sizeof(*blocks));
    atomic_uint worked = 0, bad = 0;

    for (unsigned i = 0; i < LOT; i++) {
        blocks[i].context = &worked;
        blocks[i].callback = i & 1 ? count_call : NULL;
        bad += FAILED(XAsyncRun(&blocks[i], work));
    }
    for (unsigned i = 0; i < LOT; i++)
        bad += FAILED(XAsyncGetStatus(&blocks[i], true));
    cr_expect(eq(uint, bad, 0u));
    cr_expect(eq(uint, worked, LOT + LOT / 2));
    free(blocks);
}

/* A wait comes back only after the callback has, with a result or without. */
typedef struct Slow {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, released, left;
} Slow;

static void CALLBACK slow_callback(XAsyncBlock *block)
{
    Slow *slow = block->context;

    pthread_mutex_lock(&slow->lock);
    slow->entered = true;
    pthread_cond_broadcast(&slow->changed);
    while (!slow->released)
        pthread_cond_wait(&slow->changed, &slow->lock);
    slow->left = true;
    pthread_mutex_unlock(&slow->lock);
}

static void *release(void *context)
{
    Slow *slow = context;

    pthread_mutex_lock(&slow->lock);
    slow->released = true;
    pthread_cond_broadcast(&slow->changed);
    pthread_mutex_unlock(&slow->lock);
    return NULL;
}

Test(async, a_wait_is_for_the_callback_too)
{
    for (unsigned i = 0; i < 3; i++) {
        Slow slow = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
        XAsyncBlock block = {.context = &slow, .callback = slow_callback};
        Plan plan = {.text = i == 0 ? "text" : NULL, .work = i == 1 ? E_FAIL : S_OK};
        pthread_t thread;
        char text[8];

        cr_expect(eq(int, BEGIN(block, plan), S_OK));
        pthread_mutex_lock(&slow.lock);
        while (!slow.entered)
            pthread_cond_wait(&slow.changed, &slow.lock);
        pthread_mutex_unlock(&slow.lock);
        cr_expect(eq(int, XAsyncGetStatus(&block, false), plan.work));
        pthread_create(&thread, NULL, release, &slow);
        cr_expect(eq(int, XAsyncGetStatus(&block, true), plan.work));
        cr_expect(slow.left);
        pthread_join(thread, NULL);
        if (plan.text)
            cr_expect(eq(int, XAsyncGetResult(&block, provide_identity, sizeof(text), text, NULL), S_OK));
        cr_expect(eq(uint, plan.cleanups, 1u));
    }
}
