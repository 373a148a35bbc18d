/* SPDX-License-Identifier: MIT */
/* A pool of connections: libcurl's sockets and timer on the event loop. */
#include "http/http-private.h"

#include "base/clock.h"

#include <sys/epoll.h>
#include <systemd/sd-event.h>

static void http_act(HttpPool *pool, curl_socket_t fd, int events)
{
    int running;
    (void)curl_multi_socket_action(pool->multi, fd, events, &running);
    http_reap_soon(pool->http);
}

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
    HttpPool *pool = userdata;
    sd_event_source *io = assigned;
    if (what == CURL_POLL_REMOVE) {
        sd_event_source_disable_unref(io);
        (void)curl_multi_assign(pool->multi, fd, NULL);
        return 0;
    }
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
    if (io)
        return sd_event_source_set_io_events(io, events) < 0 ? -1 : 0;
    if (sd_event_add_io(pool->http->event, &io, fd, events, http_on_io, pool) < 0)
        return -1;
    (void)sd_event_source_set_description(io, "http-socket");
    if (curl_multi_assign(pool->multi, fd, io) != CURLM_OK) {
        sd_event_source_disable_unref(io);
        return -1;
    }
    return 0;
}

static int http_timer(CURLM *multi MPS_UNUSED, long timeout_ms, void *userdata)
{
    HttpPool *pool = userdata;
    if (timeout_ms < 0)
        return sd_event_source_set_enabled(pool->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
    /* Not sd_event_now(), the time of the last wake-up: libcurl counts from now, and would be asked too early. */
    uint64_t due = timeout_ms == 0 ? 0 : clock_monotonic_usec() + (uint64_t)timeout_ms * USEC_PER_MSEC;
    if (sd_event_source_set_time(pool->timer, due) < 0)
        return -1;
    return sd_event_source_set_enabled(pool->timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
}

/* ---- Making and freeing ------------------------------------------------------------------------------------------ */

static int http_pool_set_up(HttpPool *pool)
{
    pool->multi = curl_multi_init();
    if (!pool->multi)
        return -ENOMEM;
    if (curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, http_socket) != CURLM_OK ||
        curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool) != CURLM_OK ||
        curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, http_timer) != CURLM_OK ||
        curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool) != CURLM_OK ||
        curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX) != CURLM_OK ||
        curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_CONNECTIONS_MAX) != CURLM_OK ||
        curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTP_CONNECTIONS_MAX) !=
            CURLM_OK)
        return -EIO;
    int r = sd_event_add_time(pool->http->event, &pool->timer, CLOCK_MONOTONIC, 0, 1, http_on_timer, pool);
    if (r >= 0)
        r = sd_event_source_set_enabled(pool->timer, SD_EVENT_OFF);
    if (r < 0)
        return r;
    (void)sd_event_source_set_description(pool->timer, "http-timer");
    return 0;
}

static void http_pool_destroy(HttpPool *pool)
{
    /* It still tells of sockets and of the timer. */
    if (pool->multi)
        curl_multi_cleanup(pool->multi);
    sd_event_source_disable_unref(pool->timer);
    free(pool);
}

int http_pool_new(Http *http)
{
    HttpPool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return -ENOMEM;
    pool->http = http;
    int r = http_pool_set_up(pool);
    if (r < 0) {
        http_pool_destroy(pool);
        return r;
    }
    pool->next = http->pools;
    http->pools = pool;
    http->pools_count++;
    return 0;
}

void http_pool_free(HttpPool *pool)
{
    Http *http = pool->http;
    HttpPool **link = &http->pools;
    while (*link != pool)
        link = &(*link)->next;
    *link = pool->next;
    http->pools_count--;
    http_pool_destroy(pool);
}

/* ---- Its transfers ----------------------------------------------------------------------------------------------- */

int http_pool_add(HttpPool *pool, HttpTransfer *transfer)
{
    if (curl_multi_add_handle(pool->multi, transfer->easy) != CURLM_OK)
        return -ENOMEM;
    transfer->pool = pool;
    pool->used = true;
    pool->count++;
    return 0;
}

void http_pool_remove(HttpTransfer *transfer)
{
    HttpPool *pool = TAKE(transfer->pool);
    if (!pool)
        return;
    (void)curl_multi_remove_handle(pool->multi, transfer->easy);
    pool->count--;
    if (pool->count == 0 && pool != pool->http->pools)
        http_pool_free(pool);
}
