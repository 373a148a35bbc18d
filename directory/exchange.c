/* SPDX-License-Identifier: MIT */
/* One HTTP exchange: from the library's callbacks to a call, and from a reply to the wire. */
#include "directory/exchange.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "directory/perform.h"
#include "directory/util.h"

/* A request while its parts come in. */
typedef struct Exchange {
    Call call;
    bool begun; /* its head was read */
    size_t discarded;
    bool held;    /* it was; when it comes back, the answer says what became of it */
    Reply answer; /* status 0: none */
} Exchange;

/* What is kept about a connection between its requests. */
typedef struct ConnectionNote {
    unsigned answered;
} ConnectionNote;

/* A body that is sent in pieces; one that is cut ends too early. */
typedef struct StreamedBody {
    char *text;
    size_t sent; /* so much of it is */
    bool cut;
} StreamedBody;

size_t exchange_unescape(void *closure, struct MHD_Connection *connection, char *text)
{
    (void)closure;
    (void)connection;
    return strlen(text);
}

void exchange_connection(void *closure, struct MHD_Connection *connection, void **socket_closure,
                         enum MHD_ConnectionNotificationCode code)
{
    (void)closure;
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_closure = memory_new(sizeof(ConnectionNote));
    } else {
        free(*socket_closure);
        *socket_closure = NULL;
    }
}

void exchange_completed(void *closure, struct MHD_Connection *connection, void **request_closure,
                        enum MHD_RequestTerminationCode code)
{
    Exchange *exchange = *request_closure;

    (void)closure;
    (void)connection;
    (void)code;
    if (!exchange)
        return;
    call_clear(&exchange->call);
    reply_clear(&exchange->answer);
    free(exchange);
    *request_closure = NULL;
}

void *exchange_target(void *closure, const char *target, struct MHD_Connection *connection)
{
    Exchange *exchange = memory_new(sizeof(*exchange));

    (void)closure;
    (void)connection;
    exchange->call.target = text_copy(target);
    return exchange;
}

static char *value_of(struct MHD_Connection *connection, enum MHD_ValueKind kind, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, kind, name);
    char *copy = value ? text_copy(value) : NULL;

    if (copy && kind == MHD_GET_ARGUMENT_KIND)
        text_unescape(copy);
    return copy;
}

static void exchange_begin(Exchange *exchange, struct MHD_Connection *connection, const char *url,
                           const char *method, bool secure)
{
    Call *call = &exchange->call;
    OWN_TEXT char *no_commit = value_of(connection, MHD_GET_ARGUMENT_KIND, "nocommit");

    call->method = text_copy(method);
    call->path = text_copy(url);
    call->include = value_of(connection, MHD_GET_ARGUMENT_KIND, "include");
    call->after = value_of(connection, MHD_GET_ARGUMENT_KIND, "after");
    call->no_commit = no_commit && strcasecmp(no_commit, "true") == 0;
    call->authorization = value_of(connection, MHD_HEADER_KIND, "Authorization");
    call->contract_version = value_of(connection, MHD_HEADER_KIND, "x-xbl-contract-version");
    call->if_match = value_of(connection, MHD_HEADER_KIND, "If-Match");
    call->if_none_match = value_of(connection, MHD_HEADER_KIND, "If-None-Match");
    call->host = value_of(connection, MHD_HEADER_KIND, "Host");
    call->origin = value_of(connection, MHD_HEADER_KIND, "Origin");
    call->content_type = value_of(connection, MHD_HEADER_KIND, "Content-Type");
    call->cookie = value_of(connection, MHD_HEADER_KIND, "Cookie");
    call->signature = value_of(connection, MHD_HEADER_KIND, "Signature");
    call->secure = secure;
    exchange->begun = true;
}

/* Returns false when far too much came. */
static bool exchange_receive(Exchange *exchange, const char *data, size_t length)
{
    Call *call = &exchange->call;

    if (call->too_large || length > BODY_MAX - call->length) {
        call->too_large = true;
        exchange->discarded += length;
        return exchange->discarded <= BODY_DISCARD_MAX;
    }
    call->body = memory_resize(call->body, call->length + length + 1);
    memcpy(call->body + call->length, data, length);
    call->length += length;
    call->body[call->length] = '\0';
    return true;
}

static ssize_t streamed_body_read(void *closure, uint64_t position, char *buffer, size_t maximum)
{
    const StreamedBody *body = closure;
    size_t left = body->sent - (size_t)position;

    if (left == 0)
        return body->cut ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    if (left > maximum)
        left = maximum;
    memcpy(buffer, body->text + position, left);
    return (ssize_t)left;
}

static void streamed_body_free(void *closure)
{
    StreamedBody *body = closure;

    free(body->text);
    free(body);
}

static struct MHD_Response *make_response(Reply *reply, bool cut)
{
    struct MHD_Response *response;

    if (cut || reply->chunked) {
        StreamedBody *body = memory_new(sizeof(*body));

        *body =
            (StreamedBody){.text = reply->body, .sent = cut ? reply->length / 2 : reply->length, .cut = cut};
        response = MHD_create_response_from_callback(reply->chunked ? MHD_SIZE_UNKNOWN : reply->length, 4096,
                                                     streamed_body_read, body, streamed_body_free);
    } else {
        response = MHD_create_response_from_buffer(reply->length, reply->body, MHD_RESPMEM_MUST_FREE);
    }
    reply->body = NULL;
    if (reply->type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    for (size_t i = 0; i < reply->n_headers; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    return response;
}

static enum MHD_Result exchange_send(struct MHD_Connection *connection, Reply *reply, bool cut)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    unsigned status = reply->status;
    struct MHD_Response *response = make_response(reply, cut);
    enum MHD_Result result;

    if (info && info->socket_context)
        ((ConnectionNote *)info->socket_context)->answered++;
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* Half of a head, past the library's back; under TLS nothing at all. */
static void send_half_head(const ServerContext *context, struct MHD_Connection *connection, unsigned status)
{
    unsigned shown = status ? status : 200;
    OWN_TEXT char *half =
        text_format("HTTP/1.1 %u %s\r\nContent-Type: appli", shown, MHD_get_reason_phrase_for(shown));
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    if (context->plain && info && send(info->connect_fd, half, strlen(half), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        perror("mpsession-directory: half a reply");
}

static enum MHD_Result exchange_finish(ServerContext *context, Exchange *exchange,
                                       struct MHD_Connection *connection)
{
    enum MHD_Result result = MHD_NO;
    HoldTerms terms = {0};
    Reply reply = {0};

    switch (perform_call(context->directory, &exchange->call, context->loopback, &reply, &terms)) {
    case DELIVERY_SEND:
        result = exchange_send(connection, &reply, false);
        break;
    case DELIVERY_CUT:
        result = exchange_send(connection, &reply, true);
        break;
    case DELIVERY_HALF:
        send_half_head(context, connection, reply.status);
        break;
    case DELIVERY_CLOSE:
        break;
    case DELIVERY_LATER:
        exchange->held =
            hold_reply(&context->hold, connection, &exchange->answer, &exchange->call, &terms, &reply);
        result = exchange->held ? MHD_YES : exchange_send(connection, &reply, false);
        break;
    case DELIVERY_HOLD:
        exchange->held = hold_request(&context->hold, connection, &exchange->answer, &exchange->call, &terms);
        if (exchange->held)
            result = MHD_YES;
        else if (terms.delay_ms >= 0)
            perform_late(context->directory, &exchange->call);
        break;
    }
    reply_clear(&reply);
    return result;
}

enum MHD_Result exchange_handle(void *closure, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload_data,
                                size_t *upload_data_size, void **request_closure)
{
    ServerContext *context = closure;
    Exchange *exchange = *request_closure;

    (void)version;
    if (!exchange->begun) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        const ConnectionNote *note = info ? info->socket_context : NULL;
        const char *authorization = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");

        if (perform_drops(context->directory, method, url, authorization, note && note->answered > 0))
            return MHD_NO;
        exchange_begin(exchange, connection, url, method, !context->plain);
        return MHD_YES;
    }
    if (exchange->held)
        return exchange->answer.status ? exchange_send(connection, &exchange->answer, false) : MHD_NO;
    if (*upload_data_size > 0) {
        bool fits = exchange_receive(exchange, upload_data, *upload_data_size);

        *upload_data_size = 0;
        return fits ? MHD_YES : MHD_NO;
    }
    return exchange_finish(context, exchange, connection);
}
