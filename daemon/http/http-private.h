/* SPDX-License-Identifier: MIT */
/* What the files of this room share. */
#pragma once

#include "http/http-url.h"
#include "http/http.h"

#include <curl/curl.h>

/* Transfers at once; the limiter and the lanes keep far below. */
#define HTTP_TRANSFERS_MAX 4096
/* Idle handles that are kept for the next transfer. */
#define HTTP_SPARE_MAX 8

struct sd_event_source;

/* Pools at once: the one in use, and those that end what they have begun. */
#define HTTP_POOLS_MAX 16

/* A multi handle with its connections. libcurl cannot be told to forget its idle ones, so the whole of it is replaced. */
typedef struct HttpPool {
    Http *http;
    struct HttpPool *next;
    CURLM *multi;
    struct sd_event_source *timer;
    unsigned count; /* transfers in it */
    bool used;      /* it may have connections */
} HttpPool;

struct Http {
    struct sd_event *event;
    HttpPool *pools; /* the first one takes what is new */
    unsigned pools_count;
    struct sd_event_source *reaper; /* takes one ended transfer in each turn of the loop */
    HttpTransfer *transfers;
    HttpTransfer *aborted;
    unsigned count;
    CURL *spare[HTTP_SPARE_MAX];
    unsigned spares;
};

struct HttpTransfer {
    Http *http;
    HttpPool *pool; /* NULL: in none */
    HttpTransfer *next, *previous;
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *resolve;
    const char *body;
    size_t body_size, body_at;
    uint64_t due_usec; /* the end of its time, on CLOCK_MONOTONIC */
    char *reply;
    size_t reply_size, reply_room;
    size_t header_bytes;
    bool reply_too_large;
    bool aborted;
    bool whole; /* it ended without an error: its easy handle may serve another */
    char error[CURL_ERROR_SIZE];
    char advised[CURL_ERROR_SIZE + 100]; /* the error, and what can be done about it */
    HttpDone done;
    void *userdata;
};

/* http_transfer_new() - an easy handle with everything set. Returns 0 or a negative errno. */
int http_transfer_new(Http *http, const HttpRequest *request, HttpTransfer **transfer);
/* http_transfer_free() - with what it owns; the easy handle must not be in the multi handle. Returns NULL. */
HttpTransfer *http_transfer_free(HttpTransfer *transfer);
DEFINE_CLEANUP(HttpTransfer *, http_transfer_free)

/* http_transfer_fresh() - whether nothing of its request was handed to a connection. */
bool http_transfer_fresh(const HttpTransfer *transfer);
/* http_transfer_set_time() - give it the time that is left. Returns 0, -ETIME when there is none, or -ENOMEM. */
int http_transfer_set_time(HttpTransfer *transfer);

/* http_pool_new() - put a new pool in front of the others. Returns 0 or a negative errno. */
int http_pool_new(Http *http);
/* http_pool_free() - with its connections; no transfer may be in it. */
void http_pool_free(HttpPool *pool);
/* http_pool_add(), http_pool_remove() - a transfer of it; an old pool goes with its last one. */
int http_pool_add(HttpPool *pool, HttpTransfer *transfer);
void http_pool_remove(HttpTransfer *transfer);

/* http_reap_soon() - for libcurl's side of the loop: something may have ended. */
void http_reap_soon(Http *http);

/* http_transfer_reply() - what became of it. */
HttpReply http_transfer_reply(HttpTransfer *transfer, CURLcode code);
