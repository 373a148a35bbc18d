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
    HttpTransfer *transfer;
    sd_event_source *refused; /* answers a call without a token, from the loop */
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
    sd_event_source_disable_unref(call->refused);
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
    mpsd_answer(call, &parsed.reply);
    mpsd_reply_free(&parsed);
}

static int mpsd_on_refused(sd_event_source *source MPS_UNUSED, void *userdata)
{
    MpsdReply reply = {.fate = MPSD_NO_TOKEN, .error = "the account has to sign in"};
    mpsd_answer(userdata, &reply);
    return 0;
}

static int mpsd_send(Mpsd *mpsd, const MpsdRequest *request, const char *authorization, MpsdCall *call)
{
    CLEANUP_FREE char *url = NULL;
    CLEANUP(mpsd_request_headers_free) MpsdHeaders headers = {0};
    bool activity = request->verb == MPSD_SET_ACTIVITY || request->verb == MPSD_GET_ACTIVITIES;
    /* Without a body a write could be sent twice, and means nothing. */
    if (request->verb == MPSD_WRITE && (!request->body || request->body_size == 0))
        return -EINVAL;
    int r = mpsd_url_build(mpsd->base, request, &url);
    if (r == 0)
        r = mpsd_request_headers(request, authorization, mpsd->agent_version, &headers);
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
    return http_start(mpsd->http, &http, mpsd_on_http, call, &call->transfer);
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
    const char *authorization;
    int r = token_authorization(mpsd->tokens, request->account, &authorization);
    if (r == TOKEN_READY)
        r = mpsd_send(mpsd, request, authorization, call);
    else
        r = sd_event_add_defer(mpsd->event, &call->refused, mpsd_on_refused, call);
    if (r < 0)
        return r;
    mpsd_link(mpsd, call);
    *out = TAKE(call);
    return 0;
}

void mpsd_abort(MpsdCall *call)
{
    /* One without a token is about to be answered as it is. */
    if (call->transfer)
        http_abort(call->transfer);
}

int mpsd_drop_connections(Mpsd *mpsd)
{
    return http_drop_connections(mpsd->http);
}
