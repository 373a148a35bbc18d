/* SPDX-License-Identifier: MIT */
/* Calls and queues in a plain program: Criterion hides leaks from LeakSanitizer. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <XAsyncProvider.h>
#include <XTaskQueue.h>

#define CALLS 200

static unsigned number;
static unsigned failed;

static void check(bool good, const char *what)
{
    printf("%sok %u - leak/async: %s\n", good ? "" : "not ", ++number, what);
    fflush(stdout);
    failed += !good;
}

static HRESULT CALLBACK provide(XAsyncOp op, const XAsyncProviderData *data)
{
    char *text = data->context;

    switch (op) {
    case XAsyncOp_Begin:
        return XAsyncSchedule(data->async, 0);
    case XAsyncOp_DoWork:
        XAsyncComplete(data->async, S_OK, strlen(text) + 1);
        return S_OK;
    case XAsyncOp_GetResult:
        memcpy(data->buffer, text, strlen(text) + 1);
        return S_OK;
    case XAsyncOp_Cleanup:
        free(text);
        return S_OK;
    default:
        return S_OK;
    }
}

static void CALLBACK free_block(XAsyncBlock *block)
{
    atomic_uint *done = block->context;
    char text[16];
    HRESULT hr = XAsyncGetResult(block, NULL, sizeof(text), text, NULL);

    /* E_ABORT: the termination came first. */
    if (hr == E_ABORT || (SUCCEEDED(hr) && strcmp(text, "result") == 0))
        atomic_fetch_add(done, 1);
    free(block);
}

static XAsyncBlock *new_block(XTaskQueueHandle queue, void *context, XAsyncCompletionRoutine *callback)
{
    XAsyncBlock *block = calloc(1, sizeof(*block));

    if (!block)
        abort();
    block->queue = queue;
    block->context = context;
    block->callback = callback;
    return block;
}

static void run_calls(XTaskQueueDispatchMode work, XTaskQueueDispatchMode completion, const char *what)
{
    atomic_uint done = 0;
    XTaskQueueHandle queue;

    if (FAILED(XTaskQueueCreate(work, completion, &queue)))
        abort();
    for (unsigned i = 0; i < CALLS; i++)
        XAsyncBegin(new_block(queue, &done, free_block), strdup("result"), NULL, "test", provide);
    while (work == XTaskQueueDispatchMode_Manual && XTaskQueueDispatch(queue, XTaskQueuePort_Work, 0)) {
    }
    while (completion == XTaskQueueDispatchMode_Manual && done < CALLS &&
           XTaskQueueDispatch(queue, XTaskQueuePort_Completion, 10000)) {
    }
    XTaskQueueTerminate(queue, true, NULL, NULL);
    XTaskQueueCloseHandle(queue);
    check(done == CALLS, what);
}

static void run_discarded(void)
{
    XAsyncBlock block = {0};
    char text[16];

    XAsyncBegin(&block, strdup("first"), NULL, "test", provide);
    XAsyncGetStatus(&block, true);
    /* Its result is not fetched, and the memory becomes another block. */
    memset(&block, 0, sizeof(block));
    check(SUCCEEDED(XAsyncBegin(&block, strdup("second"), NULL, "test", provide)),
          "a cleared block is used again");
    XAsyncGetStatus(&block, true);
    check(SUCCEEDED(XAsyncGetResult(&block, NULL, sizeof(text), text, NULL)) && strcmp(text, "second") == 0,
          "and has its own result");
}

static void CALLBACK free_context(void *context, bool canceled)
{
    (void)canceled;
    free(context);
}

static void CALLBACK count_one(void *context)
{
    ++*(unsigned *)context;
}

static void run_items(void)
{
    unsigned ended = 0;
    XTaskQueueHandle queue, composite;
    XTaskQueuePortHandle port;

    if (FAILED(XTaskQueueCreate(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual, &queue)) ||
        FAILED(XTaskQueueGetPort(queue, XTaskQueuePort_Work, &port)) ||
        FAILED(XTaskQueueCreateComposite(port, port, &composite)))
        abort();
    for (unsigned i = 0; i < CALLS; i++) {
        XTaskQueueSubmitCallback(i & 1 ? queue : composite, XTaskQueuePort_Work, malloc(8), free_context);
        XTaskQueueSubmitDelayedCallback(i & 1 ? queue : composite, XTaskQueuePort_Completion, 3600000,
                                        malloc(8), free_context);
    }
    XTaskQueueTerminate(composite, false, &ended, count_one);
    XTaskQueueCloseHandle(queue);
    check(ended == 0, "a composite keeps its source's ports");
    XTaskQueueCloseHandle(composite);
    check(ended == 1, "without a handle a Manual queue's items are canceled, and its termination ends");
}

int main(void)
{
    run_calls(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Manual, "Manual");
    run_calls(XTaskQueueDispatchMode_Manual, XTaskQueueDispatchMode_Immediate, "Manual, Immediate");
    run_calls(XTaskQueueDispatchMode_Immediate, XTaskQueueDispatchMode_Immediate, "Immediate");
    run_calls(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool, "ThreadPool");
    run_calls(XTaskQueueDispatchMode_SerializedThreadPool, XTaskQueueDispatchMode_SerializedThreadPool,
              "SerializedThreadPool");
    run_discarded();
    run_items();
    printf("1..%u\n", number);
    return failed > 0;
}
