/* SPDX-License-Identifier: MIT */
/* libcurl's sockets and timer on the event loop; ended transfers to their owners. */
#include "http/http-private.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <time.h>

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_code;

/* Once, and never undone: other libraries of the process may use it too. */
static void http_global(void)
{
    global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void http_reap_soon(Http *http)
{
    (void)sd_event_source_set_enabled(http->reaper, SD_EVENT_ONESHOT);
}

static void http_act(Http *http, curl_socket_t fd, int events)
{
    int running;
    (void)curl_multi_socket_action(http->multi, fd, events, &running);
    http_reap_soon(http);
}

/* ---- Sockets and the timer --------------------------------------------------------------------------------------- */

static int http_on_io(sd_event_source *source MPS_UNUSED, int fd, uint32_t events, void *userdata)
{
    int action = 0;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP))
        action |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        action |= CURL_CSELECT_OUT;
    if (events & EPOLLERR)
        action |= CURL_CSELECT_ERR;
    http_act(userdata, fd, action);
    return 0;
}

static int http_on_timer(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    http_act(userdata, CURL_SOCKET_TIMEOUT, 0);
    return 0;
}

static int http_socket(CURL *easy MPS_UNUSED, curl_socket_t fd, int what, void *userdata, void *assigned)
{
    Http *http = userdata;
    sd_event_source *io = assigned;
    if (what == CURL_POLL_REMOVE) {
        sd_event_source_disable_unref(io);
        (void)curl_multi_assign(http->multi, fd, NULL);
        return 0;
    }
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
    if (io)
        return sd_event_source_set_io_events(io, events) < 0 ? -1 : 0;
    if (sd_event_add_io(http->event, &io, fd, events, http_on_io, http) < 0)
        return -1;
    (void)sd_event_source_set_description(io, "http-socket");
    if (curl_multi_assign(http->multi, fd, io) != CURLM_OK) {
        sd_event_source_disable_unref(io);
        return -1;
    }
    return 0;
}

static int http_timer(CURLM *multi MPS_UNUSED, long timeout_ms, void *userdata)
{
    Http *http = userdata;
    if (timeout_ms < 0)
        return sd_event_source_set_enabled(http->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
    /* Not sd_event_now(), the time of the last wake-up: libcurl counts from now, and would be asked too early. */
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    uint64_t now = (uint64_t)time.tv_sec * USEC_PER_SEC + (uint64_t)time.tv_nsec / 1000;
    if (sd_event_source_set_time(http->timer,
                                 timeout_ms == 0 ? 0 : now + (uint64_t)timeout_ms * USEC_PER_MSEC) < 0)
        return -1;
    return sd_event_source_set_enabled(http->timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
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
    (void)curl_multi_remove_handle(http->multi, transfer->easy);
    http_unlink(transfer->aborted ? &http->aborted : &http->transfers, transfer);
    http->count--;
    HttpReply reply = http_transfer_reply(transfer, code);
    transfer->done(&reply, transfer->userdata);
    http_transfer_free(transfer);
}

static int http_on_reap(sd_event_source *source, void *userdata)
{
    Http *http = userdata;
    int left = 0;
    if (http->aborted) {
        HttpTransfer *transfer = http->aborted;
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT); /* there may be more of either kind */
        http_end(http, transfer, CURLE_ABORTED_BY_CALLBACK);
        return 0;
    }
    CURLMsg *message = curl_multi_info_read(http->multi, &left);
    if (!message)
        return 0;
    /* One in each turn, so that a crowd of replies does not hold up the bus. */
    if (left > 0)
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
    if (curl_multi_add_handle(http->multi, transfer->easy) != CURLM_OK)
        return -ENOMEM;
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
    (void)curl_multi_remove_handle(http->multi, transfer->easy);
    http_unlink(&http->transfers, transfer);
    transfer->aborted = true;
    http_link(&http->aborted, transfer);
    http_reap_soon(http);
}

/* ---- Making and freeing ------------------------------------------------------------------------------------------ */

static int http_set_up(Http *http)
{
    http->multi = curl_multi_init();
    if (!http->multi)
        return -ENOMEM;
    if (curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, http_socket) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, http_timer) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_CONNECTIONS_MAX) != CURLM_OK ||
        curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTP_CONNECTIONS_MAX) !=
            CURLM_OK)
        return -EIO;
    int r = sd_event_add_time(http->event, &http->timer, CLOCK_MONOTONIC, 0, 1, http_on_timer, http);
    if (r >= 0)
        r = sd_event_source_set_enabled(http->timer, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_defer(http->event, &http->reaper, http_on_reap, http);
    if (r >= 0)
        r = sd_event_source_set_enabled(http->reaper, SD_EVENT_OFF);
    if (r < 0)
        return r;
    (void)sd_event_source_set_description(http->timer, "http-timer");
    (void)sd_event_source_set_description(http->reaper, "http-reaper");
    return 0;
}

int http_new(struct sd_event *event, Http **out)
{
    pthread_once(&global_once, http_global);
    if (global_code != CURLE_OK)
        return -EIO;
    CLEANUP(http_freep) Http *http = calloc(1, sizeof *http);
    if (!http)
        return -ENOMEM;
    http->event = sd_event_ref(event);
    int r = http_set_up(http);
    if (r < 0)
        return r;
    *out = TAKE(http);
    return 0;
}

Http *http_free(Http *http)
{
    if (!http)
        return NULL;
    for (HttpTransfer *transfer; (transfer = http->transfers);) {
        (void)curl_multi_remove_handle(http->multi, transfer->easy);
        http_unlink(&http->transfers, transfer);
        http_transfer_free(transfer);
    }
    for (HttpTransfer *transfer; (transfer = http->aborted);) {
        http_unlink(&http->aborted, transfer);
        http_transfer_free(transfer);
    }
    while (http->spares > 0)
        curl_easy_cleanup(http->spare[--http->spares]);
    if (http->multi)
        curl_multi_cleanup(http->multi);
    sd_event_source_disable_unref(http->timer);
    sd_event_source_disable_unref(http->reaper);
    sd_event_unref(http->event);
    free(http);
    return NULL;
}
