/* SPDX-License-Identifier: MIT */
/* A loop, a pool and a server, and a transfer that is waited for. */
#pragma once

#include "http/http-private.h"
#include "http/http.h"
#include "test-server.h"

#include <stdio.h>
#include <systemd/sd-event.h>

typedef struct Answer {
    bool done;
    unsigned times;
    HttpFate fate;
    unsigned status;
    char *body;
    size_t body_size;
    char error[300];
    char etag[300];
    HttpTransfer *transfer;
} Answer;

typedef struct HttpFixture {
    sd_event *event;
    Http *http;
    Server *server;
    char url[80];
} HttpFixture;

/* http_fixture_begin() - steps NULL: no server. */
void http_fixture_begin(HttpFixture *fixture, const ServerStep *steps, size_t count);
void http_fixture_end(HttpFixture *fixture);
/* start() - one request to the server; run() - turn the loop until it is answered, 20 s at most; send() - both. */
int start(HttpFixture *fixture, HttpMethod method, const char *body, uint64_t timeout_usec, Answer *answer);
bool run(HttpFixture *fixture, Answer *answer);
Answer send_one(HttpFixture *fixture, HttpMethod method, const char *body);
void answer_free(Answer *answer);
/* turn() - the loop until nothing is left to do at once. */
void turn(HttpFixture *fixture);

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define OK_JSON                                                                                              \
    "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Type: application/json\r\nContent-Length: "                  \
    "7\r\n\r\n{\"a\":1}"
