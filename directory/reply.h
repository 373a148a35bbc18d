/* SPDX-License-Identifier: MIT */
/* A reply before it goes on the wire, and the refusal of a request. */
#ifndef DIRECTORY_REPLY_H
#define DIRECTORY_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define REPLY_HEADERS_MAX 16
#define REFUSAL_TEXT_SIZE 256

/* Positive outcome of a check: the refusal was filled in. */
#define REFUSED 1

typedef struct ReplyHeader {
    const char *name; /* a literal */
    char *value;
} ReplyHeader;

typedef struct Reply {
    unsigned status;
    char *body;
    size_t length;
    const char *type; /* a literal, or NULL without a body */
    ReplyHeader headers[REPLY_HEADERS_MAX];
    size_t n_headers;
    bool chunked; /* the body is sent without its length */
} Reply;

typedef struct Refusal {
    unsigned status;
    bool document; /* the body is the session's current document instead of the text */
    char text[REFUSAL_TEXT_SIZE];
} Refusal;

void reply_clear(Reply *reply);
/* Adds a header, or replaces it. @name: a literal. Beyond REPLY_HEADERS_MAX it is dropped. */
void reply_header(Reply *reply, const char *name, const char *value);
/* Takes a header away. */
void reply_header_remove(Reply *reply, const char *name);
/* Gives the reply this status and no body. */
void reply_status(Reply *reply, unsigned status);
/* Gives the reply this status and a line of text/plain. */
void reply_text(Reply *reply, unsigned status, const char *text);
/* Gives the reply this status and a JSON body. */
void reply_json(Reply *reply, unsigned status, const json_t *json);
/* Gives the reply this status and an owned body. @type: a literal. */
void reply_take(Reply *reply, unsigned status, const char *type, char *body, size_t length);

/* Fills in a refusal. Returns REFUSED. */
int refuse(Refusal *refusal, unsigned status, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
