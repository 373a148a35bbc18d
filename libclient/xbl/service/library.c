/* SPDX-License-Identifier: MIT */
/* Start and end of the library. */
#include "service/library.h"

#include "service/call.h"
#include "service/hresult.h"

#include <XAsyncProvider.h>
#include <xsapi-c/xbox_live_global_c.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a cleanup waits for calls that are open. */
#define CLEANUP_SECONDS 5

static struct {
    pthread_mutex_t lock;
    pthread_cond_t done; /* a call was taken out of the list */
    MpsClient *client;   /* NULL: not open */
    bool is_closing;     /* a cleanup is under way */
    XTaskQueueHandle queue;
    char *scid;
    char *override_scid;
    uint32_t title_id;
    CallLink calls;
} library = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .done = PTHREAD_COND_INITIALIZER,
    .calls = {&library.calls, &library.calls},
};

static void lock(void)
{
    pthread_mutex_lock(&library.lock);
}

static void unlock(void)
{
    pthread_mutex_unlock(&library.lock);
}

static bool is_open(void)
{
    return library.client && !library.is_closing;
}

bool library_is_open(void)
{
    bool open;

    lock();
    open = is_open();
    unlock();
    return open;
}

HRESULT library_start(CallLink *link, int (*start)(MpsClient *client, uint32_t title_id, CallLink *link))
{
    HRESULT hr = E_XBL_NOT_INITIALIZED;

    lock();
    if (is_open()) {
        link->next = &library.calls;
        link->previous = library.calls.previous;
        link->next->previous = link->previous->next = link;
        hr = hresult_of_error((MpsError)start(library.client, library.title_id, link));
        /* Only a call that will not be completed is still ours to be touched. */
        if (FAILED(hr)) {
            link->next->previous = link->previous;
            link->previous->next = link->next;
        }
    }
    unlock();
    return hr;
}

void library_take(CallLink *link)
{
    lock();
    link->next->previous = link->previous;
    link->previous->next = link->next;
    pthread_cond_broadcast(&library.done);
    unlock();
}

void library_cancel(const char *id)
{
    lock();
    if (library.client)
        mps_cancel(library.client, id);
    unlock();
}

void library_say(const char *format, ...)
{
    va_list arguments;

    if (!getenv("MPSESSION_XBL_DEBUG"))
        return;
    va_start(arguments, format);
    flockfile(stderr);
    fputs("mpsession-xbl: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(arguments);
}

static HRESULT open_library(const char *scid, XTaskQueueHandle queue)
{
    const MpsClientOptions options = {.struct_size = sizeof(options), .flags = MPS_OWN_THREAD};
    char *copy = strdup(scid);
    int r;

    if (!copy)
        return E_OUTOFMEMORY;
    r = mps_client_open(&options, &library.client);
    if (r < 0) {
        free(copy);
        return hresult_of_error((MpsError)r);
    }
    library.scid = copy;
    library.queue = queue;
    return S_OK;
}

HRESULT XblInitialize(const XblInitArgs *args)
{
    XTaskQueueHandle queue = NULL;
    HRESULT hr = S_OK;

    if (!args || !args->scid || !*args->scid)
        return E_INVALIDARG;
    if (args->queue)
        hr = XTaskQueueDuplicateHandle(args->queue, &queue);
    else if (!XTaskQueueGetCurrentProcessTaskQueue(&queue))
        hr = E_NO_TASK_QUEUE;
    if (FAILED(hr))
        return hr;
    lock();
    hr = library.client || library.is_closing ? E_XBL_ALREADY_INITIALIZED : open_library(args->scid, queue);
    unlock();
    if (FAILED(hr))
        XTaskQueueCloseHandle(queue);
    return hr;
}

/* Completions of open calls go on while this waits. */
static void wait_for_calls(void)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += CLEANUP_SECONDS;
    lock();
    while (library.calls.next != &library.calls)
        if (pthread_cond_clockwait(&library.done, &library.lock, CLOCK_MONOTONIC, &until) != 0)
            break;
    unlock();
}

/* Closing the connection must not happen on its own thread, nor on one of the game's: so it has one. */
static void *clean_up(void *userdata)
{
    XAsyncBlock *async = userdata;
    XTaskQueueHandle queue;
    MpsClient *client;
    CallLink *link;

    wait_for_calls();
    lock();
    client = library.client;
    library.client = NULL;
    unlock();
    /* After this the agent's completions come no more. */
    mps_client_close(client);
    for (;;) {
        lock();
        link = library.calls.next;
        unlock();
        if (link == &library.calls)
            break;
        library_take(link);
        call_abort(link);
    }
    lock();
    queue = library.queue;
    free(library.scid);
    free(library.override_scid);
    library.scid = library.override_scid = NULL;
    library.queue = NULL;
    library.title_id = 0;
    library.is_closing = false;
    unlock();
    XTaskQueueCloseHandle(queue);
    XAsyncComplete(async, S_OK, 0);
    return NULL;
}

static HRESULT cleanup_provider(XAsyncOp op, const XAsyncProviderData *data)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int r;

    if (op != XAsyncOp_Begin)
        return S_OK;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    r = pthread_create(&thread, &attributes, clean_up, data->async);
    pthread_attr_destroy(&attributes);
    if (r == 0)
        return S_OK;
    lock();
    library.is_closing = false;
    unlock();
    return E_OUTOFMEMORY;
}

HRESULT XblCleanupAsync(XAsyncBlock *async)
{
    static const char name[] = "XblCleanupAsync";
    HRESULT hr;

    if (!async)
        return E_INVALIDARG;
    lock();
    hr = is_open() ? S_OK : E_XBL_NOT_INITIALIZED;
    if (SUCCEEDED(hr))
        library.is_closing = true;
    unlock();
    if (FAILED(hr))
        return hr;
    hr = XAsyncBegin(async, NULL, name, name, cleanup_provider);
    if (FAILED(hr)) {
        lock();
        library.is_closing = false;
        unlock();
    }
    return hr;
}

XTaskQueueHandle XblGetAsyncQueue(void)
{
    XTaskQueueHandle queue = NULL;

    lock();
    if (is_open() && FAILED(XTaskQueueDuplicateHandle(library.queue, &queue)))
        queue = NULL;
    unlock();
    return queue;
}

HRESULT XblGetScid(const char **scid)
{
    HRESULT hr = S_OK;

    if (!scid)
        return E_INVALIDARG;
    lock();
    if (is_open())
        *scid = library.override_scid ? library.override_scid : library.scid;
    else
        hr = E_XBL_NOT_INITIALIZED;
    unlock();
    return hr;
}

HRESULT XblSetOverrideConfiguration(const char *overrideScid, uint32_t overrideTitleId)
{
    HRESULT hr = S_OK;
    char *copy = NULL;

    if (overrideScid && *overrideScid && !(copy = strdup(overrideScid)))
        return E_OUTOFMEMORY;
    lock();
    if (is_open()) {
        char *old = library.override_scid;

        library.override_scid = copy;
        library.title_id = overrideTitleId;
        copy = old;
    } else {
        hr = E_XBL_NOT_INITIALIZED;
    }
    unlock();
    free(copy);
    return hr;
}
