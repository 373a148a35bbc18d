/* SPDX-License-Identifier: MIT */
/* One transfer: its options, its bytes, its end. */
#include "http/http-private.h"

#include "base/clock.h"
#include "base/secret.h"

#include <stdio.h>
#include <sys/socket.h>

#define CONNECT_TIMEOUT_MSEC 10000
#define TIMEOUT_MAX_USEC (10 * USEC_PER_MINUTE)
#define BUFFER_BYTES 16384

static size_t transfer_read(char *buffer, size_t size, size_t count, void *userdata)
{
    HttpTransfer *transfer = userdata;
    size_t left = transfer->body_size - transfer->body_at, room = size * count;
    size_t bytes = left < room ? left : room;
    if (bytes)
        memcpy(buffer, transfer->body + transfer->body_at, bytes);
    transfer->body_at += bytes;
    return bytes;
}

static size_t transfer_write(char *data, size_t size, size_t count, void *userdata)
{
    HttpTransfer *transfer = userdata;
    size_t bytes = size * count;
    if (bytes > HTTP_BODY_MAX - transfer->reply_size) {
        transfer->reply_too_large = true;
        return 0;
    }
    size_t needed = transfer->reply_size + bytes + 1;
    if (needed > transfer->reply_room) {
        size_t room = transfer->reply_room ? transfer->reply_room : 2048;
        while (room < needed)
            room *= 2;
        /* Some of it are tokens: nothing of that is left where it was. */
        char *reply = secret_realloc(transfer->reply, room);
        if (!reply)
            return 0;
        transfer->reply = reply;
        transfer->reply_room = room;
    }
    memcpy(transfer->reply + transfer->reply_size, data, bytes);
    transfer->reply_size += bytes;
    transfer->reply[transfer->reply_size] = '\0';
    return bytes;
}

static size_t transfer_header(char *data MPS_UNUSED, size_t size, size_t count, void *userdata)
{
    HttpTransfer *transfer = userdata;
    transfer->header_bytes += size * count;
    return transfer->header_bytes > HTTP_HEADERS_MAX ? 0 : size * count;
}

static curl_socket_t transfer_socket(void *userdata MPS_UNUSED, curlsocktype purpose MPS_UNUSED,
                                     struct curl_sockaddr *address)
{
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* setopt() fails on memory alone, but for strings and lists. */
#define SET(option, value)                                                                                   \
    do {                                                                                                     \
        if (curl_easy_setopt(easy, option, value) != CURLE_OK)                                               \
            return -ENOMEM;                                                                                  \
    } while (0)

static int transfer_set_method(HttpTransfer *transfer, const HttpRequest *request)
{
    CURL *easy = transfer->easy;
    switch (request->method) {
    case HTTP_GET:
        SET(CURLOPT_HTTPGET, 1L);
        return 0;
    case HTTP_PUT:
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_size);
        break;
    case HTTP_POST:
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        break;
    }
    /* By read function, and without a seek function: a body that cannot be rewound cannot be sent a second time. */
    SET(CURLOPT_READFUNCTION, transfer_read);
    SET(CURLOPT_READDATA, transfer);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER_BYTES);
    return 0;
}

static int transfer_set_limits(HttpTransfer *transfer, uint64_t usec)
{
    CURL *easy = transfer->easy;
    uint64_t msec = (usec < TIMEOUT_MAX_USEC ? usec : TIMEOUT_MAX_USEC) / USEC_PER_MSEC;
    long timeout = msec < 1 ? 1 : (long)msec;
    SET(CURLOPT_TIMEOUT_MS, timeout);
    SET(CURLOPT_CONNECTTIMEOUT_MS, timeout < CONNECT_TIMEOUT_MSEC ? timeout : CONNECT_TIMEOUT_MSEC);
    return 0;
}

static int transfer_set_network(HttpTransfer *transfer, const HttpRequest *request, const HttpUrl *url)
{
    CURL *easy = transfer->easy;
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_OPENSOCKETFUNCTION, transfer_socket);
    /* A name server that says nothing must not hold the loop when the transfer is given up. */
    SET(CURLOPT_QUICK_EXIT, 1L);
    transfer->due_usec =
        clock_monotonic_usec() +
        (request->timeout_usec < TIMEOUT_MAX_USEC ? request->timeout_usec : TIMEOUT_MAX_USEC);
    int r = transfer_set_limits(transfer, request->timeout_usec);
    if (r < 0)
        return r;
    if (url->tls) {
        SET(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
        /* Rather a stream on the connection that is being made than one more handshake. */
        SET(CURLOPT_PIPEWAIT, 1L);
        if (request->ca_file)
            SET(CURLOPT_CAINFO, request->ca_file);
    } else {
        SET(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    }
    if (url->loopback) {
        /* Otherwise http_proxy would get the Authorization header. */
        SET(CURLOPT_NOPROXY, "*");
        SET(CURLOPT_PROXY, "");
    } else if (request->proxy) {
        SET(CURLOPT_PROXY, request->proxy);
    }
    if (url->pin[0]) {
        transfer->resolve = curl_slist_append(NULL, url->pin);
        if (!transfer->resolve)
            return -ENOMEM;
        SET(CURLOPT_RESOLVE, transfer->resolve);
    }
    return 0;
}

static int transfer_add_header(HttpTransfer *transfer, const char *line)
{
    struct curl_slist *headers = curl_slist_append(transfer->headers, line);
    if (!headers)
        return -ENOMEM;
    transfer->headers = headers;
    return 0;
}

static int transfer_set_headers(HttpTransfer *transfer, const HttpRequest *request)
{
    CURL *easy = transfer->easy;
    for (size_t i = 0; i < request->headers_count; i++) {
        if (strpbrk(request->headers[i], "\r\n"))
            return -EINVAL;
        int r = transfer_add_header(transfer, request->headers[i]);
        if (r < 0)
            return r;
    }
    /* Without a value: libcurl leaves them out. The first costs a second against servers that do not know it. */
    int r = transfer_add_header(transfer, "Expect:");
    if (r < 0)
        return r;
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    return 0;
}

static int transfer_set(HttpTransfer *transfer, const HttpRequest *request, const HttpUrl *url)
{
    CURL *easy = transfer->easy;
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_ERRORBUFFER, transfer->error);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_WRITEFUNCTION, transfer_write);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_HEADERFUNCTION, transfer_header);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
    int r = transfer_set_method(transfer, request);
    if (r == 0)
        r = transfer_set_network(transfer, request, url);
    if (r == 0)
        r = transfer_set_headers(transfer, request);
    return r;
}

bool http_transfer_fresh(const HttpTransfer *transfer)
{
    long bytes = 0;
    return transfer->body_at == 0 &&
           curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &bytes) == CURLE_OK && bytes == 0;
}

int http_transfer_set_time(HttpTransfer *transfer)
{
    CURL *easy = transfer->easy;
    uint64_t now = clock_monotonic_usec();
    if (now >= transfer->due_usec)
        return -ETIME;
    /* It was told to the pool that the transfer is in, and another one does not know. */
    if (transfer->resolve)
        SET(CURLOPT_RESOLVE, transfer->resolve);
    return transfer_set_limits(transfer, transfer->due_usec - now);
}
#undef SET

/* The base of a URL: what http_url_check() is asked about. */
static int transfer_check_url(const char *text, HttpUrl *url)
{
    char base[300], message[300];
    const char *host = strstr(text, "://");
    size_t size = host ? (size_t)(host - text) + 3 + strcspn(host + 3, "/?#") : strlen(text);
    if (size >= sizeof base)
        return -EINVAL;
    memcpy(base, text, size);
    base[size] = '\0';
    return http_url_check(base, url, message, sizeof message);
}

int http_transfer_new(Http *http, const HttpRequest *request, HttpTransfer **out)
{
    HttpUrl url;
    int r = transfer_check_url(request->url, &url);
    if (r < 0)
        return r;
    CLEANUP(http_transfer_freep) HttpTransfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return -ENOMEM;
    transfer->http = http;
    transfer->body = request->body;
    transfer->body_size = request->body ? request->body_size : 0;
    transfer->easy = http->spares > 0 ? http->spare[--http->spares] : curl_easy_init();
    if (!transfer->easy)
        return -ENOMEM;
    r = transfer_set(transfer, request, &url);
    if (r < 0)
        return r;
    *out = TAKE(transfer);
    return 0;
}

HttpTransfer *http_transfer_free(HttpTransfer *transfer)
{
    if (!transfer)
        return NULL;
    /* One of them is the Authorization header. */
    for (struct curl_slist *header = transfer->headers; header; header = header->next)
        explicit_bzero(header->data, strlen(header->data));
    Http *http = transfer->http;
    /* One that failed may be about to rewind its body, which curl_easy_reset() does not make it forget: the next transfer
     * would end as if it had been sent twice. */
    if (transfer->easy && transfer->whole && http->spares < HTTP_SPARE_MAX) {
        curl_easy_reset(transfer->easy);
        http->spare[http->spares++] = transfer->easy;
    } else {
        curl_easy_cleanup(transfer->easy);
    }
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->resolve);
    secret_release(transfer->reply);
    free(transfer);
    return NULL;
}

/*
 * Whether a byte of the request may have left. When a kept connection dies, libcurl makes another before it finds that the
 * body cannot be rewound, and whether its numbers then speak of both is nowhere promised. But the body was read.
 */
static bool transfer_sent(const HttpTransfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_off_t ready = 0;
    long bytes = 0;
    if (transfer->body_at > 0)
        return true;
    if (curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready) != CURLE_OK ||
        curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK)
        return true;
    return ready > 0 && bytes > 0;
}

/* Who reads of a bad certificate wants to know which end to change. */
static const char *transfer_error(HttpTransfer *transfer, CURLcode code)
{
    const char *error = transfer->error[0] ? transfer->error : curl_easy_strerror(code);
    /* libcurl would have sent the body again by itself, and was not let: its words are of that. */
    if (code == CURLE_SEND_FAIL_REWIND)
        return "the connection ended before an answer came";
    long verify_result = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
    const char *advice = http_advice((int)code, verify_result);
    if (!advice)
        return error;
    snprintf(transfer->advised, sizeof transfer->advised, "%s; %s", error, advice);
    return transfer->advised;
}

HttpReply http_transfer_reply(HttpTransfer *transfer, CURLcode code)
{
    HttpReply reply = {.transfer = transfer};
    long status = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    transfer->whole = code == CURLE_OK;
    bool whole = code == CURLE_OK || (code == CURLE_WRITE_ERROR && transfer->reply_too_large);
    if (whole && status >= 200 && status <= 599) {
        reply.fate = HTTP_ANSWERED;
        reply.status = (unsigned)status;
        if (!transfer->reply_too_large && transfer->reply_size > 0) {
            reply.body = transfer->reply;
            reply.body_size = transfer->reply_size;
        }
        return reply;
    }
    /* A whole reply with a status that does not exist tells nothing about the request. */
    reply.fate = code == CURLE_OK ? HTTP_UNCERTAIN : http_fate(code, transfer_sent(transfer));
    if (transfer->aborted)
        reply.error = "given up";
    else if (code == CURLE_OK)
        reply.error = "the reply's status makes no sense";
    else
        reply.error = transfer_error(transfer, code);
    return reply;
}

const char *http_reply_header(const HttpReply *reply, const char *name)
{
    struct curl_header *header = NULL;
    /* Index 0 first, to learn how many there are. */
    if (curl_easy_header(reply->transfer->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    if (header->amount > 1 && curl_easy_header(reply->transfer->easy, name, header->amount - 1, CURLH_HEADER,
                                               -1, &header) != CURLHE_OK)
        return NULL;
    return header->value;
}
