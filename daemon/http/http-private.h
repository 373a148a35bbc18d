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

struct Http {
    struct sd_event *event;
    CURLM *multi;
    struct sd_event_source *timer;
    struct sd_event_source *reaper; /* takes one ended transfer in each turn of the loop */
    HttpTransfer *transfers;
    HttpTransfer *aborted;
    unsigned count;
    CURL *spare[HTTP_SPARE_MAX];
    unsigned spares;
};

struct HttpTransfer {
    Http *http;
    HttpTransfer *next, *previous;
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *resolve;
    const char *body;
    size_t body_size, body_at;
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

/* http_transfer_reply() - what became of it. */
HttpReply http_transfer_reply(HttpTransfer *transfer, CURLcode code);
