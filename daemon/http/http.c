/* SPDX-License-Identifier: MIT */
/* Transfers begin, are given up, end; ended ones go to their owners. */
#include "http/http-private.h"

#include "base/secret.h"

#include <pthread.h>
#include <systemd/sd-event.h>

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_code;

/* Once, and never undone: other libraries of the process may use it too. */
static void http_global(void)
{
    /* Its copies of headers are wiped when it lets go of them. */
    global_code = curl_global_init_mem(CURL_GLOBAL_DEFAULT, secret_malloc, secret_release, secret_realloc,
                                       secret_strdup, secret_calloc);
}

void http_reap_soon(Http *http)
{
    (void)sd_event_source_set_enabled(http->reaper, SD_EVENT_ONESHOT);
}

/* ---- Transfers --------------------------------------------------------------------------------------------------- */

static void http_link(HttpTransfer **list, HttpTransfer *transfer)
{
    transfer->previous = NULL;
    transfer->next = *list;
    if (*list)
        (*list)->previous = transfer;
    *list = transfer;
}

static void http_unlink(HttpTransfer **list, HttpTransfer *transfer)
{
    if (transfer->previous)
        transfer->previous->next = transfer->next;
    else
        *list = transfer->next;
    if (transfer->next)
        transfer->next->previous = transfer->previous;
}

static void http_end(Http *http, HttpTransfer *transfer, CURLcode code)
{
    http_pool_remove(transfer);
    http_unlink(transfer->aborted ? &http->aborted : &http->transfers, transfer);
    http->count--;
    HttpReply reply = http_transfer_reply(transfer, code);
    transfer->done(&reply, transfer->userdata);
    http_transfer_free(transfer);
    /* Their buffers have the tokens of what they sent and got: while nothing is under way none are kept. */
    while (http->count == 0 && http->spares > 0)
        curl_easy_cleanup(http->spare[--http->spares]);
}

/* One that ended; more: there may be others. */
static CURLMsg *http_next_ended(Http *http, bool *more)
{
    for (HttpPool *pool = http->pools; pool; pool = pool->next) {
        int left = 0;
        CURLMsg *message = curl_multi_info_read(pool->multi, &left);
        *more = left > 0 || pool->next;
        if (message)
            return message;
    }
    return NULL;
}

static int http_on_reap(sd_event_source *source, void *userdata)
{
    Http *http = userdata;
    bool more = false;
    if (http->aborted) {
        HttpTransfer *transfer = http->aborted;
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT); /* there may be more of either kind */
        http_end(http, transfer, CURLE_ABORTED_BY_CALLBACK);
        return 0;
    }
    CURLMsg *message = http_next_ended(http, &more);
    if (!message)
        return 0;
    /* One in each turn, so that a crowd of replies does not hold up the bus. */
    if (more)
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    if (message->msg != CURLMSG_DONE)
        return 0;
    char *private = NULL;
    CURLcode code = message->data.result;
    if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private) == CURLE_OK && private)
        http_end(http, (HttpTransfer *)(void *)private, code);
    return 0;
}

int http_start(Http *http, const HttpRequest *request, HttpDone done, void *userdata, HttpTransfer **out)
{
    if (http->count >= HTTP_TRANSFERS_MAX)
        return -ENOBUFS;
    CLEANUP(http_transfer_freep) HttpTransfer *transfer = NULL;
    int r = http_transfer_new(http, request, &transfer);
    if (r < 0)
        return r;
    transfer->done = done;
    transfer->userdata = userdata;
    r = http_pool_add(http->pools, transfer);
    if (r < 0)
        return r;
    http_link(&http->transfers, transfer);
    http->count++;
    *out = TAKE(transfer);
    return 0;
}

void http_abort(HttpTransfer *transfer)
{
    Http *http = transfer->http;
    if (transfer->aborted)
        return;
    /* No more bytes from here on; the answer comes from the loop. */
    http_pool_remove(transfer);
    http_unlink(&http->transfers, transfer);
    transfer->aborted = true;
    http_link(&http->aborted, transfer);
    http_reap_soon(http);
}

/* ---- The network changes ------------------------------------------------------------------------------------------ */

/* Nothing of it has left, so to begin anew is no second delivery. */
static void http_begin_anew(HttpTransfer *transfer, HttpPool *pool)
{
    http_pool_remove(transfer);
    if (http_pool_add(pool, transfer) < 0)
        http_abort(transfer);
}

int http_drop_connections(Http *http)
{
    HttpPool *old = http->pools;
    if (!old->used)
        return 0;
    if (http->pools_count >= HTTP_POOLS_MAX)
        return -EBUSY;
    int r = http_pool_new(http);
    if (r < 0)
        return r;
    /* It goes with its last transfer, but not while they are looked through. */
    old->count++;
    for (HttpTransfer *transfer = http->transfers, *next; transfer; transfer = next) {
        next = transfer->next;
        /* One whose time is over is about to end. */
        if (transfer->pool == old && http_transfer_fresh(transfer) && http_transfer_set_time(transfer) == 0)
            http_begin_anew(transfer, http->pools);
    }
    if (--old->count == 0)
        http_pool_free(old);
    return 0;
}

/* ---- Making and freeing ------------------------------------------------------------------------------------------ */

int http_new(struct sd_event *event, Http **out)
{
    pthread_once(&global_once, http_global);
    if (global_code != CURLE_OK)
        return -EIO;
    CLEANUP(http_freep) Http *http = calloc(1, sizeof *http);
    if (!http)
        return -ENOMEM;
    http->event = sd_event_ref(event);
    int r = sd_event_add_defer(http->event, &http->reaper, http_on_reap, http);
    if (r >= 0)
        r = sd_event_source_set_enabled(http->reaper, SD_EVENT_OFF);
    if (r >= 0)
        r = http_pool_new(http);
    if (r < 0)
        return r;
    (void)sd_event_source_set_description(http->reaper, "http-reaper");
    *out = TAKE(http);
    return 0;
}

Http *http_free(Http *http)
{
    if (!http)
        return NULL;
    for (HttpTransfer *transfer; (transfer = http->transfers);) {
        http_pool_remove(transfer);
        http_unlink(&http->transfers, transfer);
        http_transfer_free(transfer);
    }
    for (HttpTransfer *transfer; (transfer = http->aborted);) {
        http_unlink(&http->aborted, transfer);
        http_transfer_free(transfer);
    }
    while (http->spares > 0)
        curl_easy_cleanup(http->spare[--http->spares]);
    while (http->pools)
        http_pool_free(http->pools);
    sd_event_source_disable_unref(http->reaper);
    sd_event_unref(http->event);
    free(http);
    return NULL;
}
