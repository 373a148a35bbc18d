/* SPDX-License-Identifier: MIT */
/* Transfers against a real server on loopback that behaves, and one that does not. */
#include "http-fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <netinet/in.h>

static HttpFixture f;

static void teardown(void)
{
    http_fixture_end(&f);
}

TestSuite(http, .fini = teardown, .timeout = 60);

#define BEGIN(...)                                                                                           \
    static const ServerStep steps[] = {__VA_ARGS__};                                                         \
    http_fixture_begin(&f, steps, ELEMENTS(steps))

static bool head_has(const ServerRequest *request, const char *line)
{
    return request && strcasestr(request->head, line);
}

Test(http, put_sends_the_body_once_and_as_it_is)
{
    BEGIN({SERVER_REPLY, OK_JSON});
    Answer answer = send_one(&f, HTTP_PUT, "{\"x\":1}");
    cr_assert_eq(answer.fate, HTTP_ANSWERED, "%s", answer.error);
    cr_assert_eq(answer.status, 200);
    cr_assert_str_eq(answer.body, "{\"a\":1}");
    cr_assert_str_eq(answer.etag, "\"v1\"");
    cr_assert_eq(server_requests(f.server), 1);
    const ServerRequest *request = server_request(f.server, 0);
    cr_assert_str_eq(request->body, "{\"x\":1}");
    cr_assert(head_has(request, "PUT /path HTTP/1.1\r\n"));
    cr_assert(head_has(request, "\r\nAuthorization: secret\r\n"));
    cr_assert(head_has(request, "\r\nContent-Length: 7\r\n"));
    cr_assert_not(head_has(request, "expect:"));
    cr_assert_not(head_has(request, "transfer-encoding"));
    answer_free(&answer);
}

Test(http, post_and_get)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    Answer answer = send_one(&f, HTTP_POST, "{}");
    cr_assert_eq(answer.status, 200);
    cr_assert_null(answer.body);
    answer = send_one(&f, HTTP_GET, NULL);
    cr_assert_eq(answer.status, 200);
    cr_assert(head_has(server_request(f.server, 0), "POST /path HTTP/1.1\r\n"));
    cr_assert(head_has(server_request(f.server, 0), "\r\nContent-Length: 2\r\n"));
    cr_assert_not(head_has(server_request(f.server, 0), "expect:"));
    cr_assert(head_has(server_request(f.server, 1), "GET /path HTTP/1.1\r\n"));
    cr_assert_eq(server_connections(f.server), 1, "the connection was not kept");
}

Test(http, large_body_arrives_whole_and_without_waiting)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    char *body = malloc((1 << 20) + 1);
    for (size_t i = 0; i < 1 << 20; i++)
        body[i] = (char)('a' + i % 26);
    body[1 << 20] = '\0';
    Answer answer = send_one(&f, HTTP_PUT, body);
    cr_assert_eq(answer.status, 200, "%s", answer.error);
    const ServerRequest *request = server_request(f.server, 0);
    cr_assert_eq(request->body_size, 1 << 20);
    cr_assert_str_eq(request->body, body);
    cr_assert_not(head_has(request, "expect:"));
    free(body);
}

Test(http, kept_connection_that_dies_unread_gets_no_second_put)
{
    /* F11: libcurl would send it again by itself. */
    BEGIN({SERVER_REPLY, OK_EMPTY}, {SERVER_UNREAD_CLOSE, NULL}, {SERVER_REPLY, OK_EMPTY});
    Answer first = send_one(&f, HTTP_PUT, "{\"n\":1}");
    cr_assert_eq(first.status, 200);
    Answer second = send_one(&f, HTTP_PUT, "{\"n\":2}");
    /* It may send it once more as long as not a byte of the body has left; a body that has, never. */
    unsigned copies = 0;
    for (unsigned i = 0; i < server_requests(f.server); i++)
        copies += string_equal(server_request(f.server, i)->body, "{\"n\":2}");
    cr_assert_eq(copies, second.fate == HTTP_ANSWERED ? 1 : 0, "%u copies, fate %d, status %u: %s", copies,
                 second.fate, second.status, second.error);
    cr_assert_neq(second.fate, HTTP_NOT_SENT);
    cr_assert_eq(server_requests(f.server), 1 + copies);
}

Test(http, kept_connection_that_dies_after_reading_gets_no_second_put)
{
    BEGIN({SERVER_REPLY, OK_EMPTY}, {SERVER_READ_CLOSE, NULL}, {SERVER_REPLY, OK_EMPTY});
    Answer first = send_one(&f, HTTP_PUT, "{\"n\":1}");
    cr_assert_eq(first.status, 200);
    Answer second = send_one(&f, HTTP_PUT, "{\"n\":2}");
    cr_assert_eq(second.fate, HTTP_UNCERTAIN);
    /* libcurl connects once more, but then has nothing to say. */
    cr_assert_eq(server_requests(f.server), 2);
    cr_assert_eq(server_heads(f.server), 2);
}

Test(http, kept_connection_that_dies_after_reading_gets_no_second_post)
{
    BEGIN({SERVER_REPLY, OK_EMPTY}, {SERVER_READ_CLOSE, NULL}, {SERVER_REPLY, OK_EMPTY});
    Answer first = send_one(&f, HTTP_POST, "{\"n\":1}");
    cr_assert_eq(first.status, 200);
    Answer second = send_one(&f, HTTP_POST, "{\"n\":2}");
    cr_assert_eq(second.fate, HTTP_UNCERTAIN);
    /* libcurl connects once more, but then has nothing to say. */
    cr_assert_eq(server_requests(f.server), 2);
    cr_assert_eq(server_heads(f.server), 2);
}

Test(http, kept_connection_that_dies_with_its_server_is_not_taken_for_unsent)
{
    /* The second connect is refused: libcurl ends with 7, as if nothing had ever left. */
    BEGIN({SERVER_REPLY, OK_EMPTY}, {SERVER_READ_DIE, NULL});
    Answer first = send_one(&f, HTTP_PUT, "{\"n\":1}");
    cr_assert_eq(first.status, 200);
    Answer second = send_one(&f, HTTP_PUT, "{\"n\":2}");
    cr_assert_eq(second.fate, HTTP_UNCERTAIN, "%s", second.error);
    cr_assert_eq(server_requests(f.server), 2);
}

Test(http, kept_connection_that_is_reset)
{
    BEGIN({SERVER_REPLY, OK_EMPTY}, {SERVER_RESET, NULL}, {SERVER_REPLY, OK_EMPTY});
    Answer first = send_one(&f, HTTP_PUT, "{\"n\":1}");
    cr_assert_eq(first.status, 200);
    Answer second = send_one(&f, HTTP_PUT, "{\"n\":2}");
    cr_assert_eq(second.fate, HTTP_UNCERTAIN);
    cr_assert_eq(server_requests(f.server), 2);
}

Test(http, kept_connection_that_dies_in_mid_body_gets_no_second_put)
{
    BEGIN({SERVER_REPLY, OK_EMPTY}, {SERVER_HEAD_CLOSE, NULL}, {SERVER_REPLY, OK_EMPTY});
    Answer first = send_one(&f, HTTP_PUT, "{\"n\":1}");
    cr_assert_eq(first.status, 200);
    char *body = calloc(1, (1 << 20) + 1);
    memset(body, 'a', 1 << 20);
    Answer second = send_one(&f, HTTP_PUT, body);
    cr_assert_eq(second.fate, HTTP_UNCERTAIN, "fate %d status %u %s", second.fate, second.status,
                 second.error);
    cr_assert_eq(server_requests(f.server), 1);
    cr_assert_eq(server_heads(f.server), 2);
    free(body);
}

Test(http, fresh_connection_that_says_nothing)
{
    BEGIN({SERVER_READ_CLOSE, NULL});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.fate, HTTP_UNCERTAIN);
    cr_assert_eq(answer.status, 0);
    cr_assert_neq(answer.error[0], '\0');
    cr_assert_eq(server_requests(f.server), 1);
}

Test(http, server_that_closed_while_idle_is_not_an_error)
{
    BEGIN({SERVER_REPLY_CLOSE, OK_EMPTY}, {SERVER_REPLY, OK_EMPTY});
    Answer first = send_one(&f, HTTP_PUT, "{\"n\":1}");
    cr_assert_eq(first.status, 200);
    Answer second = send_one(&f, HTTP_PUT, "{\"n\":2}");
    cr_assert_eq(second.status, 200, "%s", second.error);
    cr_assert_eq(server_requests(f.server), 2);
}

Test(http, half_a_head)
{
    BEGIN({SERVER_REPLY_CLOSE, "HTTP/1.1 200 OK\r\nContent-Le"});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    /* A head that was cut at a line's end counts as one, and then the body is what is missing. */
    cr_assert_neq(answer.fate, HTTP_NOT_SENT);
    cr_assert_eq(server_requests(f.server), 1);
}

Test(http, half_a_body)
{
    BEGIN({SERVER_REPLY_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":"});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.fate, HTTP_UNCERTAIN);
    cr_assert_eq(answer.status, 0);
    cr_assert_null(answer.body);
}

Test(http, half_a_chunk)
{
    BEGIN({SERVER_REPLY_CLOSE, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"a\":"});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.fate, HTTP_UNCERTAIN);
}

Test(http, garbage)
{
    BEGIN({SERVER_REPLY_CLOSE, "\x01\x02garbage and no HTTP\r\n\r\nat all"});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.fate, HTTP_UNCERTAIN);
}

Test(http, status_that_does_not_exist)
{
    BEGIN({SERVER_REPLY_CLOSE, "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.fate, HTTP_UNCERTAIN);
    cr_assert_eq(answer.status, 0);
}

Test(http, interim_replies_are_not_the_answer)
{
    BEGIN({SERVER_REPLY, "HTTP/1.1 103 Early Hints\r\nETag: early\r\n\r\nHTTP/1.1 201 Created\r\nETag: "
                         "late\r\nContent-Length: 2\r\n\r\n{}"});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.status, 201);
    cr_assert_str_eq(answer.etag, "late");
    answer_free(&answer);
}

Test(http, redirects_are_answers)
{
    BEGIN({SERVER_REPLY, "HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"},
          {SERVER_REPLY, OK_EMPTY});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.status, 307);
    cr_assert_eq(server_requests(f.server), 1);
}

Test(http, unauthorized_is_an_answer)
{
    BEGIN({SERVER_REPLY,
           "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n"});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.status, 401);
    cr_assert_eq(server_requests(f.server), 1);
}

Test(http, early_answer_to_a_large_body)
{
    /* The server answers after the head and closes; the rest of the body has nowhere to go. */
    BEGIN({SERVER_REPLY_CLOSE, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.status, 413);
}

Test(http, reply_without_end)
{
    BEGIN({SERVER_FLOOD, "HTTP/1.1 200 OK\r\nETag: kept\r\nContent-Length: 99999999\r\n\r\n"});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    /* The status decides; the document is not kept. */
    cr_assert_eq(answer.fate, HTTP_ANSWERED, "%s", answer.error);
    cr_assert_eq(answer.status, 200);
    cr_assert_str_eq(answer.etag, "kept");
    cr_assert_null(answer.body);
    cr_assert_eq(answer.body_size, 0);
}

Test(http, headers_without_end)
{
    static char text[2 << 20];
    size_t at = (size_t)snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n");
    for (unsigned i = 0; at < sizeof text - 4200; i++) {
        at += (size_t)snprintf(text + at, 64, "X-Filler-%u: ", i);
        memset(text + at, 'a', 4000);
        at += 4000;
        at += (size_t)snprintf(text + at, 3, "\r\n");
    }
    static const ServerStep steps[] = {{SERVER_REPLY_CLOSE, text}};
    http_fixture_begin(&f, steps, 1);
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.fate, HTTP_UNCERTAIN);
}

Test(http, time_runs_out_after_the_request_was_sent)
{
    BEGIN({SERVER_SILENT, NULL});
    Answer answer;
    cr_assert_eq(start(&f, HTTP_PUT, "{}", 200 * USEC_PER_MSEC, &answer), 0);
    cr_assert(run(&f, &answer));
    cr_assert_eq(answer.fate, HTTP_UNCERTAIN);
    cr_assert_eq(server_requests(f.server), 1);
}

/* A port of loopback that nobody listens on. */
static unsigned closed_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    cr_assert(bind(fd, (struct sockaddr *)&address, size) == 0 &&
              getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

Test(http, nobody_listens)
{
    http_fixture_begin(&f, NULL, 0);
    snprintf(f.url, sizeof f.url, "http://127.0.0.1:%u/", closed_port());
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.fate, HTTP_NOT_SENT);
    cr_assert_neq(answer.error[0], '\0');
}

Test(http, a_server_without_tls)
{
    /* The handshake's first bytes reach it, the request does not. */
    BEGIN({SERVER_REPLY_CLOSE, "HTTP/1.1 400 Bad Request\r\n\r\n"}, {SERVER_REPLY_CLOSE, OK_EMPTY});
    snprintf(f.url, sizeof f.url, "https://127.0.0.1:%u/", server_port(f.server));
    Answer answer;
    cr_assert_eq(start(&f, HTTP_PUT, "{}", 500 * USEC_PER_MSEC, &answer), 0);
    cr_assert(run(&f, &answer));
    cr_assert_eq(answer.fate, HTTP_NOT_SENT, "%s", answer.error);
    cr_assert_eq(server_requests(f.server), 0);
}

Test(http, abort_before_anything_was_sent)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    Answer answer;
    cr_assert_eq(start(&f, HTTP_PUT, "{}", 5 * USEC_PER_SEC, &answer), 0);
    http_abort(answer.transfer);
    http_abort(answer.transfer); /* twice is once */
    cr_assert_not(answer.done);
    cr_assert(run(&f, &answer));
    turn(&f);
    cr_assert_eq(answer.times, 1);
    cr_assert_eq(answer.fate, HTTP_NOT_SENT);
    cr_assert_eq(server_requests(f.server), 0);
}

Test(http, abort_while_the_server_thinks)
{
    BEGIN({SERVER_SILENT, NULL});
    Answer answer;
    cr_assert_eq(start(&f, HTTP_PUT, "{}", 20 * USEC_PER_SEC, &answer), 0);
    for (unsigned i = 0; server_requests(f.server) == 0 && i < 100000; i++)
        sd_event_run(f.event, 1000);
    cr_assert_eq(server_requests(f.server), 1);
    http_abort(answer.transfer);
    cr_assert(run(&f, &answer));
    cr_assert_eq(answer.fate, HTTP_UNCERTAIN);
    cr_assert_str_eq(answer.error, "given up");
}

Test(http, never_answered_before_the_call_returned)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    Answer answer;
    cr_assert_eq(start(&f, HTTP_GET, NULL, USEC_PER_SEC, &answer), 0);
    cr_assert_not(answer.done);
    cr_assert(run(&f, &answer));
}

Test(http, a_crowd_is_answered_one_by_one_over_few_connections)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    static Answer answers[200];
    for (size_t i = 0; i < ELEMENTS(answers); i++)
        cr_assert_eq(start(&f, HTTP_PUT, "{}", 20 * USEC_PER_SEC, &answers[i]), 0);
    unsigned most = 0, before = 0;
    for (unsigned turns = 0; before < ELEMENTS(answers) && turns < 1000000; turns++) {
        cr_assert_gt(sd_event_run(f.event, 20 * USEC_PER_SEC), 0);
        unsigned now = 0;
        for (size_t i = 0; i < ELEMENTS(answers); i++)
            now += answers[i].done;
        most = now - before > most ? now - before : most;
        before = now;
    }
    cr_assert_eq(most, 1);
    for (size_t i = 0; i < ELEMENTS(answers); i++)
        cr_assert_eq(answers[i].status, 200);
    cr_assert_eq(server_requests(f.server), ELEMENTS(answers));
    cr_assert_leq(server_connections(f.server), HTTP_CONNECTIONS_MAX);
}

Test(http, idle_means_idle)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.status, 200);
    turn(&f);
    /* The connection is kept, but nothing wakes the loop. */
    cr_assert_eq(sd_event_run(f.event, 300 * USEC_PER_MSEC), 0);
}

Test(http, localhost_is_this_machine)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    snprintf(f.url, sizeof f.url, "http://LocalHost:%u/", server_port(f.server));
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.status, 200, "%s", answer.error);
}

Test(http, ipv6_loopback)
{
    static const ServerStep steps[] = {{SERVER_REPLY, OK_EMPTY}};
    http_fixture_begin(&f, NULL, 0);
    f.server = server_start_ipv6(steps, 1);
    snprintf(f.url, sizeof f.url, "http://[::1]:%u/", server_port(f.server));
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.status, 200, "%s", answer.error);
}

Test(http, loopback_never_goes_through_a_proxy)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    static const ServerStep proxy_steps[] = {{SERVER_REPLY, OK_EMPTY}};
    Server *proxy = server_start(proxy_steps, 1);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u", server_port(proxy));
    setenv("http_proxy", url, 1);
    setenv("ALL_PROXY", url, 1);
    setenv("all_proxy", url, 1);
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_expect_eq(answer.status, 200);
    cr_expect_eq(server_connections(proxy), 0);
    cr_expect_eq(server_requests(f.server), 1);
    server_stop(proxy);
}

Test(http, path_goes_as_it_is)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    snprintf(f.url, sizeof f.url, "http://127.0.0.1:%u/a/../b/./c", server_port(f.server));
    Answer answer = send_one(&f, HTTP_GET, NULL);
    cr_assert_eq(answer.status, 200);
    cr_assert(head_has(server_request(f.server, 0), "GET /a/../b/./c HTTP/1.1"));
}

Test(http, header_with_a_line_break_is_refused)
{
    http_fixture_begin(&f, NULL, 0);
    static const char *const headers[] = {"X: a\r\nInjected: 1"};
    HttpRequest request = {
        .url = "http://127.0.0.1:1/", .headers = headers, .headers_count = 1, .timeout_usec = 1000};
    HttpTransfer *transfer = NULL;
    cr_assert_eq(http_start(f.http, &request, NULL, NULL, &transfer), -EINVAL);
    cr_assert_null(transfer);
}

Test(http, plain_http_to_elsewhere_is_refused)
{
    http_fixture_begin(&f, NULL, 0);
    static const char *const urls[] = {"http://192.0.2.1/", "http://example.org/x", "ftp://127.0.0.1/",
                                       "file:///etc/passwd"};
    for (size_t i = 0; i < ELEMENTS(urls); i++) {
        HttpRequest request = {.url = urls[i], .timeout_usec = 1000};
        HttpTransfer *transfer = NULL;
        cr_expect_eq(http_start(f.http, &request, NULL, NULL, &transfer), -EINVAL, "%s", urls[i]);
    }
}

Test(http, freeing_ends_what_is_under_way_in_silence)
{
    BEGIN({SERVER_SILENT, NULL});
    Answer answers[3];
    for (size_t i = 0; i < ELEMENTS(answers); i++)
        cr_assert_eq(start(&f, HTTP_PUT, "{}", 20 * USEC_PER_SEC, &answers[i]), 0);
    sd_event_run(f.event, 10000);
    http_abort(answers[1].transfer);
    f.http = http_free(f.http);
    turn(&f);
    for (size_t i = 0; i < ELEMENTS(answers); i++)
        cr_assert_not(answers[i].done);
}

Test(http, sockets_are_not_inherited)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    Answer answer = send_one(&f, HTTP_PUT, "{}");
    cr_assert_eq(answer.status, 200);
    unsigned sockets = 0;
    for (int fd = 3; fd < 256; fd++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0 || peer.sin_family != AF_INET ||
            ntohs(peer.sin_port) != server_port(f.server))
            continue;
        sockets++;
        cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
    cr_assert_eq(sockets, 1);
}
