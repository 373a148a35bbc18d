/* SPDX-License-Identifier: MIT */
/* Which base URLs are allowed. */
#pragma once

#include "base/util.h"

typedef struct HttpUrl {
    char base[300]; /* normalised: scheme://host[:port], no slash at the end */
    bool loopback;  /* 127.0.0.0/8, [::1] or localhost */
    bool tls;
    char pin[64]; /* for localhost: the line that keeps it from being looked up; else "" */
} HttpUrl;

/*
 * http_url_check() - a base URL from the configuration
 * @message: at least 300 bytes: why not, and what to change
 *
 * https, or http to loopback; no user info, path, query or fragment. Returns 0 or -EINVAL (-ENOMEM).
 */
int http_url_check(const char *text, HttpUrl *url, char *message, size_t message_size);
