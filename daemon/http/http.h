/* SPDX-License-Identifier: MIT */
/* One HTTP request and its reply, on the event loop. Nobody else names curl. */
#pragma once

#include "base/util.h"
#include "http/http-fate.h"

struct sd_event;

typedef struct Http Http;
typedef struct HttpTransfer HttpTransfer;

/* A reply's body beyond this is not kept: the status decides. */
#define HTTP_BODY_MAX (4U << 20)
/* All header lines of a reply together; beyond it the transfer is given up. */
#define HTTP_HEADERS_MAX (256U << 10)
/* Connections at once, to all hosts, and idle ones that are kept; not counting those of before a change of the network. */
#define HTTP_CONNECTIONS_MAX 32

typedef enum HttpMethod {
    HTTP_GET,
    HTTP_PUT,
    HTTP_POST,
} HttpMethod;

typedef struct HttpRequest {
    HttpMethod method;
    const char *url;            /* checked by http_url_check(), and a path; copied */
    const char *const *headers; /* "Name: value" without line breaks; copied, and wiped at the end */
    size_t headers_count;
    const void *body; /* PUT, POST: borrowed until the reply */
    size_t body_size;
    uint64_t timeout_usec; /* for the whole of it; at least a millisecond */
    const char *ca_file;   /* NULL: the system's */
    const char *proxy;     /* NULL: as the environment says; never used for loopback */
} HttpRequest;

/* Texts are borrowed for the callback. */
typedef struct HttpReply {
    HttpFate fate;
    unsigned status;  /* HTTP_ANSWERED: 200 … 599; otherwise 0 */
    const char *body; /* NUL-terminated; NULL: none, or too large */
    size_t body_size;
    const char *error; /* not HTTP_ANSWERED: what went wrong, for people */
    HttpTransfer *transfer;
} HttpReply;

typedef void (*HttpDone)(const HttpReply *reply, void *userdata);

/* http_new() - a pool of connections on an event loop, which it keeps a reference of. Returns 0 or a negative errno. */
int http_new(struct sd_event *event, Http **http);
/* http_free() - transfers under way are given up without a reply; NULL is allowed. Returns NULL. */
Http *http_free(Http *http);
DEFINE_CLEANUP(Http *, http_free)

/*
 * http_start() - send a request
 * @transfer: set on success; gone when done was called, which never happens before http_start() has returned
 *
 * One transfer delivers a body once at most: libcurl would send it again when a kept connection dies, but cannot, since
 * the body is not to be rewound. Returns 0 or a negative errno (then done is not called).
 */
int http_start(Http *http, const HttpRequest *request, HttpDone done, void *userdata,
               HttpTransfer **transfer);

/* http_abort() - give it up: done comes soon, with HTTP_NOT_SENT or HTTP_UNCERTAIN. */
void http_abort(HttpTransfer *transfer);

/*
 * http_drop_connections() - the network has changed: what was connected over the old one is not used for anything new
 *
 * A transfer whose request has left goes on as it is. One that is still connecting begins anew, in the time it has left.
 * Returns 0 or a negative errno, with all as it was: -EBUSY when a lot of earlier connections still have work.
 */
int http_drop_connections(Http *http);

/* http_reply_header() - a header's value as it came, borrowed for the callback; NULL: none. Of several, the last. */
const char *http_reply_header(const HttpReply *reply, const char *name);
