/* SPDX-License-Identifier: MIT */
/* A reply before it goes on the wire, and the refusal of a request. */
#include "directory/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "directory/util.h"

static void reply_drop_body(Reply *reply)
{
    free(reply->body);
    reply->body = NULL;
    reply->length = 0;
    reply->type = NULL;
}

void reply_clear(Reply *reply)
{
    reply_drop_body(reply);
    for (size_t i = 0; i < reply->n_headers; i++)
        free(reply->headers[i].value);
    memset(reply, 0, sizeof(*reply));
}

void reply_header_remove(Reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (strcasecmp(reply->headers[i].name, name) != 0)
            continue;
        free(reply->headers[i].value);
        reply->headers[i] = reply->headers[--reply->n_headers];
        return;
    }
}

void reply_header(Reply *reply, const char *name, const char *value)
{
    reply_header_remove(reply, name);
    if (reply->n_headers == REPLY_HEADERS_MAX)
        return;
    reply->headers[reply->n_headers++] = (ReplyHeader){.name = name, .value = text_copy(value)};
}

void reply_status(Reply *reply, unsigned status)
{
    reply_drop_body(reply);
    reply->status = status;
}

void reply_take(Reply *reply, unsigned status, const char *type, char *body, size_t length)
{
    reply_drop_body(reply);
    reply->status = status;
    reply->type = type;
    reply->body = body;
    reply->length = length;
}

void reply_text(Reply *reply, unsigned status, const char *text)
{
    reply_take(reply, status, "text/plain; charset=utf-8", text_copy(text), strlen(text));
}

void reply_json(Reply *reply, unsigned status, const json_t *json)
{
    char *body = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

    if (!body)
        abort();
    reply_take(reply, status, "application/json", body, strlen(body));
}

int refuse(Refusal *refusal, unsigned status, const char *format, ...)
{
    va_list arguments;

    refusal->status = status;
    refusal->document = false;
    va_start(arguments, format);
    vsnprintf(refusal->text, sizeof(refusal->text), format, arguments);
    va_end(arguments);
    return REFUSED;
}
