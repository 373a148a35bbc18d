/* SPDX-License-Identifier: MIT */
/* One HTTP exchange: from the library's callbacks to a call, and from a reply to the wire. */
#ifndef DIRECTORY_EXCHANGE_H
#define DIRECTORY_EXCHANGE_H

#include <microhttpd.h>

#include "directory/directory.h"
#include "directory/hold.h"

/* Beyond this much of a body that is too large anyway the connection is closed. */
#define BODY_DISCARD_MAX ((size_t)32 * 1024 * 1024)

typedef struct ServerContext {
    Directory *directory;
    Hold hold;
    bool loopback; /* the listener is */
    bool plain;    /* no TLS: raw bytes may be written to a connection */
} ServerContext;

/* The callbacks of libmicrohttpd; the closure is the ServerContext. */
enum MHD_Result exchange_handle(void *closure, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload_data,
                                size_t *upload_data_size, void **request_closure);
void exchange_completed(void *closure, struct MHD_Connection *connection, void **request_closure,
                        enum MHD_RequestTerminationCode code);
void exchange_connection(void *closure, struct MHD_Connection *connection, void **socket_closure,
                         enum MHD_ConnectionNotificationCode code);
/* Keeps the target as it was sent; what it returns becomes the request's closure. */
void *exchange_target(void *closure, const char *target, struct MHD_Connection *connection);
/* Leaves paths as they were sent. */
size_t exchange_unescape(void *closure, struct MHD_Connection *connection, char *text);

#endif
