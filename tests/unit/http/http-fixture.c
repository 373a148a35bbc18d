/* SPDX-License-Identifier: MIT */
/* A loop, a pool and a server, and a transfer that is waited for. */
#include "http-fixture.h"

void http_fixture_begin(HttpFixture *fixture, const ServerStep *steps, size_t count)
{
    *fixture = (HttpFixture){0};
    if (sd_event_new(&fixture->event) < 0 || http_new(fixture->event, &fixture->http) < 0)
        abort();
    if (!steps)
        return;
    fixture->server = server_start(steps, count);
    snprintf(fixture->url, sizeof fixture->url, "http://127.0.0.1:%u/path", server_port(fixture->server));
}

void http_fixture_end(HttpFixture *fixture)
{
    fixture->http = http_free(fixture->http);
    fixture->server = server_stop(fixture->server);
    fixture->event = sd_event_unref(fixture->event);
}

static void on_done(const HttpReply *reply, void *userdata)
{
    Answer *answer = userdata;
    answer->done = true;
    answer->times++;
    answer->fate = reply->fate;
    answer->status = reply->status;
    answer->body_size = reply->body_size;
    answer->body = reply->body ? strdup(reply->body) : NULL;
    if (reply->error)
        snprintf(answer->error, sizeof answer->error, "%s", reply->error);
    const char *etag = http_reply_header(reply, "etag");
    if (etag)
        snprintf(answer->etag, sizeof answer->etag, "%s", etag);
    answer->transfer = NULL;
}

int start(HttpFixture *fixture, HttpMethod method, const char *body, uint64_t timeout_usec, Answer *answer)
{
    static const char *const headers[] = {"Authorization: secret", "X-Test: 1",
                                          "Content-Type: application/json"};
    *answer = (Answer){0};
    HttpRequest request = {
        .method = method,
        .url = fixture->url,
        .headers = headers,
        .headers_count = ELEMENTS(headers),
        .body = body,
        .body_size = body ? strlen(body) : 0,
        .timeout_usec = timeout_usec,
    };
    return http_start(fixture->http, &request, on_done, answer, &answer->transfer);
}

bool run(HttpFixture *fixture, Answer *answer)
{
    /* Each wait is bounded; a loop that is busy for ever ends by the count. */
    for (unsigned turns = 0; !answer->done && turns < 1000000; turns++)
        if (sd_event_run(fixture->event, 20 * USEC_PER_SEC) <= 0)
            return false;
    return answer->done;
}

Answer send_one(HttpFixture *fixture, HttpMethod method, const char *body)
{
    Answer answer;
    if (start(fixture, method, body, 10 * USEC_PER_SEC, &answer) < 0 || !run(fixture, &answer))
        abort();
    return answer;
}

void answer_free(Answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}

void turn(HttpFixture *fixture)
{
    while (sd_event_run(fixture->event, 0) > 0)
        ;
}
