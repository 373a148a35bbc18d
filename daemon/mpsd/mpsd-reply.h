/* SPDX-License-Identifier: MIT */
/* What a reply says. Everything in it is a stranger's word. Pure. */
#pragma once

#include "mpsd/mpsd-url.h"

/* A document of the service may be nested this deeply; ours may be half of it. */
#define MPSD_DEPTH_MAX 128
#define MPSD_MESSAGE_MAX 1000

/* The parts of an HTTP reply; texts are borrowed, NULL = absent. */
typedef struct MpsdRaw {
    unsigned status;
    const char *etag;
    const char *date;
    const char *retry_after;
    const char *content_location;
    const char *body;
    size_t body_size;
} MpsdRaw;

/* A reply with what its texts lie in; those of the raw reply are borrowed on. */
typedef struct MpsdParsed {
    MpsdReply reply;
    MpsdReference reference;
    char handle_id[37];
    char branch[64];
    char server_message[MPSD_MESSAGE_MAX + 1];
    char *activities; /* owned */
} MpsdParsed;

/*
 * mpsd_reply_parse() - understand what can be understood
 * @parsed: free with mpsd_reply_free(); must not move before
 *
 * Whatever is malformed is absent: the status alone always stands. Returns 0 or -ENOMEM.
 */
int mpsd_reply_parse(MpsdVerb verb, const MpsdRaw *raw, uint64_t wall_usec, MpsdParsed *parsed);
void mpsd_reply_free(MpsdParsed *parsed);

/* mpsd_reply_clean() - valid UTF-8, white space to single spaces, no control characters, whole characters alone. */
void mpsd_reply_clean(const char *text, size_t size, char *clean, size_t room);
