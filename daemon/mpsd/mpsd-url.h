/* SPDX-License-Identifier: MIT */
/* Paths of the session directory, both ways. Pure. */
#pragma once

#include "mpsd/mpsd.h"

/*
 * mpsd_url_build() - a request's URL
 * @base: as http_url_check() gives it
 * @url: set on success; freed by the caller
 *
 * The parts are checked once more here: whatever may change the path is refused. Returns 0, -EINVAL or -ENOMEM.
 */
int mpsd_url_build(const char *base, const MpsdRequest *request, char **url);

typedef struct MpsdReference {
    char scid[37];
    char template_name[100];
    char name[100];
} MpsdReference;

/*
 * mpsd_url_parse_location() - a Content-Location
 * @text: a path, or an absolute URL, whose host says nothing
 *
 * /serviceconfigs/{scid}/sessiontemplates/{template}/sessions/{name}, fixed words in either case, and nothing else: no
 * escapes, no query, no empty parts. Returns 0 or -EBADMSG.
 */
int mpsd_url_parse_location(const char *text, MpsdReference *reference);
