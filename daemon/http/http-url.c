/* SPDX-License-Identifier: MIT */
/* Which base URLs are allowed: libcurl's own parser decides, so that what is checked is what is used. */
#include "http/http-url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>

typedef struct UrlParts {
    CURLU *handle;
    char *scheme, *host, *port, *path, *zone;
} UrlParts;

static void url_parts_free(UrlParts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    curl_free(parts->port);
    curl_free(parts->path);
    curl_free(parts->zone);
    curl_url_cleanup(parts->handle);
}

static bool url_has(CURLU *handle, CURLUPart part)
{
    char *text = NULL;
    CURLUcode code = curl_url_get(handle, part, &text, 0);
    curl_free(text);
    return code == CURLUE_OK;
}

static bool url_is_loopback(const UrlParts *parts)
{
    struct in_addr address;
    if (inet_pton(AF_INET, parts->host, &address) == 1)
        return (ntohl(address.s_addr) >> 24) == 127;
    if (string_equal(parts->host, "[::1]"))
        return !parts->zone;
    return strcasecmp(parts->host, "localhost") == 0;
}

/* A host that libcurl passes but that has no business in a name: spaces were refused, escapes are not decoded. */
static bool url_host_good(const char *host)
{
    size_t size = strlen(host);
    if (size == 0 || size > 253)
        return false;
    if (host[0] == '[')
        return true;
    return strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == size;
}

static const char *url_problem(const char *text, UrlParts *parts)
{
    /* The parser takes out tabs and line breaks; what is checked must be what was written. */
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c <= 0x20 || *c >= 0x7f)
            return "has spaces or other characters that must not be in it";
    if (strchr(text, '?') || strchr(text, '#'))
        return "has a query or a fragment: leave them out";
    if (strlen(text) > 280 ||
        curl_url_set(parts->handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return "is not a URL like https://sessiondirectory.xboxlive.com";
    if (url_has(parts->handle, CURLUPART_USER) || url_has(parts->handle, CURLUPART_PASSWORD) ||
        url_has(parts->handle, CURLUPART_OPTIONS) || strchr(text, '@'))
        return "has a user name or a password: leave them out";
    if (curl_url_get(parts->handle, CURLUPART_SCHEME, &parts->scheme, 0) != CURLUE_OK ||
        curl_url_get(parts->handle, CURLUPART_HOST, &parts->host, 0) != CURLUE_OK ||
        curl_url_get(parts->handle, CURLUPART_PATH, &parts->path, 0) != CURLUE_OK ||
        !url_host_good(parts->host))
        return "has no host name that could be used";
    (void)curl_url_get(parts->handle, CURLUPART_PORT, &parts->port, 0);
    (void)curl_url_get(parts->handle, CURLUPART_ZONEID, &parts->zone, 0);
    if (!string_equal(parts->path, "/") && !string_empty(parts->path))
        return "has a path: only the scheme, the host and the port belong there";
    if (parts->zone)
        return "has an IPv6 zone: leave it out";
    bool tls = string_equal(parts->scheme, "https");
    if (!tls && !string_equal(parts->scheme, "http"))
        return "is neither https:// nor http://";
    if (!tls && !url_is_loopback(parts))
        return "would send tokens in the clear: use https://, or a loopback host (127.0.0.1, [::1] or "
               "localhost)";
    return NULL;
}

int http_url_check(const char *text, HttpUrl *url, char *message, size_t message_size)
{
    CLEANUP(url_parts_free) UrlParts parts = {.handle = curl_url()};
    if (!parts.handle) {
        snprintf(message, message_size, "out of memory");
        return -ENOMEM;
    }
    const char *problem = text ? url_problem(text, &parts) : "is missing";
    if (problem) {
        /* Not the text itself where it may hold a password. */
        bool secret = text && strchr(text, '@');
        snprintf(message, message_size, "the URL %.120s %s", !text || secret ? "" : text, problem);
        return -EINVAL;
    }
    HttpUrl checked = {.loopback = url_is_loopback(&parts), .tls = string_equal(parts.scheme, "https")};
    const char *port = parts.port ? parts.port : checked.tls ? "443" : "80";
    snprintf(checked.base, sizeof checked.base, "%s://%s%s%s", parts.scheme, parts.host,
             parts.port ? ":" : "", parts.port ? parts.port : "");
    if (strcasecmp(parts.host, "localhost") == 0)
        snprintf(checked.pin, sizeof checked.pin, "localhost:%.8s:127.0.0.1,::1", port);
    *url = checked;
    return 0;
}
