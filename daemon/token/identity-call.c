/* SPDX-License-Identifier: MIT */
/* One request to the identity service: built, sent, its answer read. It outlives who asked, if it has to. */
#include "token/token-private.h"

#include "base/clock.h"

#define TIMEOUT_USEC (20 * USEC_PER_SEC)

struct IdentityCall {
    ListNode in_tokens;
    Tokens *tokens;
    IdentityKind kind;
    IdentityRequest request;
    HttpTransfer *transfer;
    uint64_t began_boot;
    IdentityDone done; /* NULL: nobody wants the answer */
    void *userdata;
};

static void call_free(IdentityCall *call)
{
    list_remove(&call->in_tokens);
    identity_request_free(&call->request);
    free(call);
}

/* What the answer says of the time. */
static void call_heard(const IdentityCall *call, const IdentityReply *reply)
{
    ServerTimeSample sample = {
        .date_sec = reply->date_sec,
        .has_age = reply->has_age,
        .boot_before_usec = call->began_boot,
        .boot_after_usec = clock_boot_usec(),
    };
    if (reply->has_date)
        (void)server_time_take(&call->tokens->time, &sample);
}

static void on_http(const HttpReply *http, void *userdata)
{
    IdentityCall *call = userdata;
    IdentityDone done = call->done;
    if (!done) {
        call_free(call);
        return;
    }
    if (http->fate != HTTP_ANSWERED) {
        done(NULL, http->error, call->userdata);
        call_free(call);
        return;
    }
    IdentityRaw raw = {
        .status = http->status,
        .date = http_reply_header(http, "Date"),
        .retry_after = http_reply_header(http, "Retry-After"),
        .www_authenticate = http_reply_header(http, "WWW-Authenticate"),
        .age = http_reply_header(http, "Age"),
        .content_type = http_reply_header(http, "Content-Type"),
        .set_cookie = http_reply_header(http, "Set-Cookie"),
        .body = http->body,
        .body_size = http->body_size,
    };
    IdentityReply reply;
    int r = identity_reply_parse(call->kind, &raw, clock_wall_usec(), &reply);
    if (r < 0) {
        done(NULL, strerror(-r), call->userdata);
    } else {
        call_heard(call, &reply);
        done(&reply, NULL, call->userdata);
        identity_reply_free(&reply);
    }
    call_free(call);
}

int identity_call(Tokens *tokens, const IdentityConfig *config, IdentityKind kind, const IdentityInput *input,
                  IdentityDone done, void *userdata, IdentityCall **out)
{
    const TokenSettings *settings = tokens->options.settings;
    IdentityCall *call = calloc(1, sizeof *call);
    if (!call)
        return -ENOMEM;
    call->tokens = tokens;
    call->kind = kind;
    call->done = done;
    call->userdata = userdata;
    call->began_boot = clock_boot_usec();
    list_add(&tokens->calls, &call->in_tokens);
    int r = identity_request_build(config, kind, input, &call->request);
    if (r == 0) {
        HttpRequest request = {
            .method = HTTP_POST,
            .url = call->request.url,
            .headers = (const char *const *)call->request.headers,
            .headers_count = call->request.headers_count,
            .body = call->request.body,
            .body_size = call->request.body_size,
            .timeout_usec = TIMEOUT_USEC,
            .ca_file = settings->ca_file,
            .proxy = settings->proxy,
        };
        r = http_start(tokens->http, &request, on_http, call, &call->transfer);
    }
    if (r < 0) {
        call_free(call);
        return r;
    }
    *out = call;
    return 0;
}

void identity_call_cancel(IdentityCall *call, bool abort)
{
    call->done = NULL;
    if (abort)
        http_abort(call->transfer);
}

void identity_calls_clear(Tokens *tokens)
{
    ListNode *first;
    while ((first = list_first(&tokens->calls)))
        call_free(container_of(first, IdentityCall, in_tokens));
}

IdentityConfig identity_config(const Tokens *tokens, const char *client_id)
{
    char message[300];
    IdentityConfig config = {
        .client_id = client_id,
        .base_url = tokens->options.settings->url,
        .agent_version = tokens->options.agent_version,
        .device_id = *tokens->device_id ? tokens->device_id : NULL,
    };
    /* Its form was checked when it was set. */
    (void)identity_family(client_id, &config.family, message, sizeof message);
    return config;
}
