/* SPDX-License-Identifier: MIT */
/* One call: request, token, transfer, reply. */
#include "mpsd/mpsd.h"

#include "base/clock.h"
#include "http/http-url.h"
#include "http/http.h"
#include "mpsd/mpsd-reply.h"
#include "mpsd/mpsd-request.h"
#include "mpsd/mpsd-url.h"

#include <stdio.h>
#include <systemd/sd-event.h>

#define VENDOR_URL "https://sessiondirectory.xboxlive.com"

struct Mpsd {
    sd_event *event;
    Tokens *tokens;
    Http *http;
    char base[300];
    char agent_version[41];
    char *ca_file;
    char *proxy;
    MpsdCall *calls;
};

struct MpsdCall {
    Mpsd *mpsd;
    MpsdCall *next, *previous;
    MpsdVerb verb;
    MpsdRequest request; /* while it waits for a token: the texts are the caller's still */
    uint32_t title_id;
    uint64_t generation; /* of its token */
    char *account;
    TokenWait *wait;        /* for a token */
    sd_event_source *limit; /* how long it waits */
    HttpTransfer *transfer;
    sd_event_source *refused; /* answers a call without a token, from the loop */
    char *reason;             /* why there is none */
    char *body;               /* of an activity call */
    MpsdDone done;
    void *userdata;
};

int mpsd_check_url(const char *url, bool *loopback, char *message, size_t message_size)
{
    HttpUrl checked;
    int r = http_url_check(url, &checked, message, message_size);
    if (r < 0)
        return r;
    *loopback = checked.loopback;
    return 0;
}

static int mpsd_copy_text(const char *text, char **copy)
{
    *copy = text ? strdup(text) : NULL;
    return text && !*copy ? -ENOMEM : 0;
}

int mpsd_new(struct sd_event *event, Tokens *tokens, const MpsdOptions *options, Mpsd **out)
{
    char message[300];
    HttpUrl url;
    int r = http_url_check(options->url ? options->url : VENDOR_URL, &url, message, sizeof message);
    if (r < 0)
        return r;
    CLEANUP(mpsd_freep) Mpsd *mpsd = calloc(1, sizeof *mpsd);
    if (!mpsd)
        return -ENOMEM;
    mpsd->event = sd_event_ref(event);
    mpsd->tokens = tokens;
    memcpy(mpsd->base, url.base, sizeof mpsd->base);
    snprintf(mpsd->agent_version, sizeof mpsd->agent_version, "%s",
             options->agent_version ? options->agent_version : "0");
    r = mpsd_copy_text(options->ca_file, &mpsd->ca_file);
    if (r == 0)
        r = mpsd_copy_text(options->proxy, &mpsd->proxy);
    if (r == 0)
        r = http_new(event, &mpsd->http);
    if (r < 0)
        return r;
    *out = TAKE(mpsd);
    return 0;
}

static MpsdCall *mpsd_call_free(MpsdCall *call)
{
    if (!call)
        return NULL;
    if (call->wait)
        token_wait_cancel(call->wait);
    sd_event_source_disable_unref(call->limit);
    sd_event_source_disable_unref(call->refused);
    free(call->account);
    free(call->reason);
    free(call->body);
    free(call);
    return NULL;
}
DEFINE_CLEANUP(MpsdCall *, mpsd_call_free)

static void mpsd_link(Mpsd *mpsd, MpsdCall *call)
{
    call->next = mpsd->calls;
    if (mpsd->calls)
        mpsd->calls->previous = call;
    mpsd->calls = call;
}

static void mpsd_unlink(Mpsd *mpsd, MpsdCall *call)
{
    if (call->previous)
        call->previous->next = call->next;
    else
        mpsd->calls = call->next;
    if (call->next)
        call->next->previous = call->previous;
}

Mpsd *mpsd_free(Mpsd *mpsd)
{
    if (!mpsd)
        return NULL;
    mpsd->http = http_free(mpsd->http);
    for (MpsdCall *call; (call = mpsd->calls);) {
        mpsd_unlink(mpsd, call);
        mpsd_call_free(call);
    }
    sd_event_unref(mpsd->event);
    free(mpsd->ca_file);
    free(mpsd->proxy);
    free(mpsd);
    return NULL;
}

static void mpsd_answer(MpsdCall *call, const MpsdReply *reply)
{
    mpsd_unlink(call->mpsd, call);
    call->done(reply, call->userdata);
    mpsd_call_free(call);
}

/* Whether a 401 is about something that no other token would mend: a claim it has not, a signature. */
static bool mpsd_is_final(const HttpReply *http)
{
    const char *header = http_reply_header(http, "WWW-Authenticate");
    static const char *const signs[] = {"Missing", "claim", "invalid_request_signature"};
    for (size_t i = 0; i < ELEMENTS(signs); i++)
        if ((http->body && strstr(http->body, signs[i])) || (header && strstr(header, signs[i])))
            return true;
    return false;
}

/* Returns whether another token may be taken where this one was not. */
static bool mpsd_token_ended(const MpsdCall *call, const HttpReply *http)
{
    Tokens *tokens = call->mpsd->tokens;
    if (http->status == 401)
        return !mpsd_is_final(http) && token_refused(tokens, call->account, call->title_id, call->generation);
    token_taken(tokens, call->account, call->title_id, call->generation);
    return false;
}

static void mpsd_on_http(const HttpReply *http, void *userdata)
{
    MpsdCall *call = userdata;
    if (http->fate != HTTP_ANSWERED) {
        MpsdReply reply = {.fate = http->fate == HTTP_NOT_SENT ? MPSD_NOT_SENT : MPSD_UNCERTAIN,
                           .error = http->error};
        mpsd_answer(call, &reply);
        return;
    }
    MpsdRaw raw = {
        .status = http->status,
        .etag = http_reply_header(http, "ETag"),
        .date = http_reply_header(http, "Date"),
        .retry_after = http_reply_header(http, "Retry-After"),
        .content_location = http_reply_header(http, "Content-Location"),
        .body = http->body,
        .body_size = http->body_size,
    };
    MpsdParsed parsed;
    /* Without memory for the rest the status still stands. */
    (void)mpsd_reply_parse(call->verb, &raw, clock_wall_usec(), &parsed);
    parsed.reply.token_renewed = mpsd_token_ended(call, http);
    mpsd_answer(call, &parsed.reply);
    mpsd_reply_free(&parsed);
}

static int mpsd_on_refused(sd_event_source *source MPS_UNUSED, void *userdata)
{
    MpsdCall *call = userdata;
    MpsdReply reply = {.fate = MPSD_NO_TOKEN,
                       .error = call->reason ? call->reason : "its account has to sign in"};
    mpsd_answer(call, &reply);
    return 0;
}

/* From the loop, never from within the call that asked. */
static int mpsd_refuse_soon(MpsdCall *call, const char *reason)
{
    if (call->refused)
        return 0;
    call->reason = reason ? strdup(reason) : NULL;
    return sd_event_add_defer(call->mpsd->event, &call->refused, mpsd_on_refused, call);
}

/* A bound token is one half; the other is that its key has signed the request. */
static int mpsd_sign(Mpsd *mpsd, const HttpRequest *http, const Token *token, MpsdHeaders *headers)
{
    static const char *const methods[] = {[HTTP_GET] = "GET", [HTTP_PUT] = "PUT", [HTTP_POST] = "POST"};
    char signature[TOKEN_SIGNATURE_SIZE];
    if (!token->bound)
        return 0;
    int r = token_sign(mpsd->tokens, token, methods[http->method], http->url + strlen(mpsd->base), http->body,
                       http->body_size, signature);
    return r < 0 ? r : mpsd_request_header(headers, "Signature", signature);
}

static int mpsd_send(Mpsd *mpsd, const MpsdRequest *request, const Token *token, MpsdCall *call)
{
    CLEANUP_FREE char *url = NULL;
    CLEANUP(mpsd_request_headers_free) MpsdHeaders headers = {0};
    bool activity = request->verb == MPSD_SET_ACTIVITY || request->verb == MPSD_GET_ACTIVITIES;
    /* Without a body a write could be sent twice, and means nothing. */
    if (request->verb == MPSD_WRITE && (!request->body || request->body_size == 0))
        return -EINVAL;
    int r = mpsd_url_build(mpsd->base, request, &url);
    if (r == 0)
        r = mpsd_request_headers(request, token->authorization, mpsd->agent_version, &headers);
    if (r == 0 && activity)
        r = mpsd_request_body(request, &call->body);
    if (r < 0)
        return r;
    HttpRequest http = {
        .method = activity                      ? HTTP_POST
                  : request->verb == MPSD_WRITE ? HTTP_PUT
                                                : HTTP_GET,
        .url = url,
        .headers = (const char *const *)headers.lines,
        .headers_count = headers.count,
        .body = activity ? call->body : request->body,
        .body_size = activity ? strlen(call->body) : request->body_size,
        .timeout_usec = request->timeout_usec,
        .ca_file = mpsd->ca_file,
        .proxy = mpsd->proxy,
    };
    r = mpsd_sign(mpsd, &http, token, &headers);
    if (r < 0)
        return r;
    http.headers = (const char *const *)headers.lines;
    http.headers_count = headers.count;
    call->generation = token->generation;
    return http_start(mpsd->http, &http, mpsd_on_http, call, &call->transfer);
}

static void mpsd_on_token(int r, const Token *token, const char *reason, void *userdata)
{
    MpsdCall *call = userdata;
    call->wait = NULL;
    sd_event_source_disable_unref(TAKE(call->limit));
    if (r == TOKEN_READY)
        r = mpsd_send(call->mpsd, &call->request, token, call);
    if (r != 0)
        (void)mpsd_refuse_soon(call, r < 0 ? strerror(-r) : reason);
}

static int mpsd_on_limit(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    MpsdCall *call = userdata;
    token_wait_cancel(TAKE(call->wait));
    return mpsd_refuse_soon(call, "the identity service did not answer in time");
}

/* The attempt's time runs while its token is fetched. */
static int mpsd_wait(MpsdCall *call)
{
    return sd_event_add_time_relative(call->mpsd->event, &call->limit, CLOCK_BOOTTIME,
                                      call->request.timeout_usec, 10 * USEC_PER_MSEC, mpsd_on_limit, call);
}

int mpsd_start(Mpsd *mpsd, const MpsdRequest *request, MpsdDone done, void *userdata, MpsdCall **out)
{
    CLEANUP(mpsd_call_freep) MpsdCall *call = calloc(1, sizeof *call);
    if (!call)
        return -ENOMEM;
    call->mpsd = mpsd;
    call->verb = request->verb;
    call->done = done;
    call->userdata = userdata;
    call->request = *request;
    call->title_id = request->title_id;
    call->account = strdup(request->account);
    if (!call->account)
        return -ENOMEM;
    Token token;
    const char *reason = NULL;
    int r = token_get(mpsd->tokens, request->account, request->title_id, &token, mpsd_on_token, call,
                      &call->wait, &reason);
    if (r == TOKEN_READY)
        r = mpsd_send(mpsd, request, &token, call);
    else if (r == TOKEN_WAITS)
        r = mpsd_wait(call);
    else if (r > 0)
        r = mpsd_refuse_soon(call, reason);
    if (r < 0)
        return r;
    mpsd_link(mpsd, call);
    *out = TAKE(call);
    return 0;
}

void mpsd_abort(MpsdCall *call)
{
    if (call->transfer) {
        http_abort(call->transfer);
    } else if (call->wait) {
        token_wait_cancel(TAKE(call->wait));
        (void)mpsd_refuse_soon(call, "given up");
    }
}

int mpsd_drop_connections(Mpsd *mpsd)
{
    return http_drop_connections(mpsd->http);
}
