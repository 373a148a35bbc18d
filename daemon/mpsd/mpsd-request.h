/* SPDX-License-Identifier: MIT */
/* Headers and bodies of requests. Pure. */
#pragma once

#include "mpsd/mpsd.h"

#define MPSD_HEADERS_MAX 8

typedef struct MpsdHeaders {
    char *lines[MPSD_HEADERS_MAX]; /* owned */
    size_t count;
} MpsdHeaders;

/*
 * mpsd_request_headers() - every header but those that HTTP itself makes
 * @authorization: the value; copied, and wiped by mpsd_request_headers_free()
 *
 * Returns 0, -ENOMEM, or -EINVAL for an ETag that cannot stand in a header. Nothing is owned on failure.
 */
int mpsd_request_headers(const MpsdRequest *request, const char *authorization, const char *agent_version,
                         MpsdHeaders *headers);
/* mpsd_request_header() - one more. Returns 0 or -ENOMEM. */
int mpsd_request_header(MpsdHeaders *headers, const char *name, const char *value);
/* mpsd_request_headers_free() - wipes and frees the lines. */
void mpsd_request_headers_free(MpsdHeaders *headers);

/*
 * mpsd_request_body() - the document that an activity call posts
 * @body: set on success; freed by the caller
 *
 * Returns 0, -ENOMEM, or -EINVAL for parts that are missing or no reference or XUIDs.
 */
int mpsd_request_body(const MpsdRequest *request, char **body);
