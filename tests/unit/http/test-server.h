/* SPDX-License-Identifier: MIT */
/* A scripted server on loopback: raw sockets, so that it can do what no real one should. */
#pragma once

#include "base/util.h"

typedef enum ServerAction {
    SERVER_REPLY,        /* read the request, send text, keep the connection */
    SERVER_REPLY_CLOSE,  /* read the request, send text, close */
    SERVER_READ_CLOSE,   /* read the request, close without a word */
    SERVER_HEAD_CLOSE,   /* read the head alone, close */
    SERVER_UNREAD_CLOSE, /* wait until bytes are there, close without reading them */
    SERVER_READ_DIE,     /* read the request, close everything: nobody listens any more */
    SERVER_RESET,        /* read the request, end with a RST */
    SERVER_SILENT,       /* read the request, never answer */
    SERVER_HOLD,  /* read the request, send text when server_release() is called, keep the connection */
    SERVER_FLOOD, /* read the request, send a head, then bytes without end */
} ServerAction;

typedef struct ServerStep {
    ServerAction action;
    const char *text;
} ServerStep;

typedef struct ServerRequest {
    char *head; /* with the empty line */
    char *body;
    size_t body_size;
    unsigned connection; /* from 1 */
} ServerRequest;

typedef struct Server Server;

/* server_start() - listen on a free port of 127.0.0.1 (or [::1]); each request that arrives takes the next step; after the
 * last, the last again. steps are borrowed. Aborts the process where that fails. */
Server *server_start(const ServerStep *steps, size_t count);
Server *server_start_ipv6(const ServerStep *steps, size_t count);
/* server_stop() - close everything and free. Returns NULL. */
Server *server_stop(Server *server);
unsigned server_port(const Server *server);
/* server_connections() - accepted; server_requests() - read whole, with their bodies; server_heads() - whose head came. */
unsigned server_connections(Server *server);
unsigned server_requests(Server *server);
unsigned server_heads(Server *server);
/* server_open() - connections that are open; server_release() - answer those that are held. */
unsigned server_open(Server *server);
void server_release(Server *server);
/* server_request() - one that was read whole, from 0; owned by the server. NULL: there is none. */
const ServerRequest *server_request(Server *server, unsigned index);
