/* SPDX-License-Identifier: MIT */
/* The main ways through a transfer in a plain program, so that the leak checker sees them. TAP. */
#include "http-fixture.h"

static unsigned number;
static bool failed;

static void ok(bool good, const char *what)
{
    printf("%sok %u - %s\n", good ? "" : "not ", ++number, what);
    failed = failed || !good;
}

int main(void)
{
    static const ServerStep steps[] = {
        {SERVER_REPLY, OK_JSON},
        {SERVER_READ_CLOSE, NULL},
        {SERVER_FLOOD, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"},
        {SERVER_SILENT, NULL},
    };
    HttpFixture fixture;
    puts("1..6");
    http_fixture_begin(&fixture, steps, ELEMENTS(steps));
    Answer answer = send_one(&fixture, HTTP_PUT, "{}");
    ok(answer.status == 200, "answered");
    answer_free(&answer);
    answer = send_one(&fixture, HTTP_POST, "{}");
    ok(answer.fate == HTTP_UNCERTAIN, "closed");
    answer = send_one(&fixture, HTTP_PUT, "{}");
    ok(answer.status == 200 && !answer.body, "too large");
    Answer aborted, left;
    ok(start(&fixture, HTTP_PUT, "{}", USEC_PER_MINUTE, &aborted) == 0 &&
           start(&fixture, HTTP_GET, NULL, USEC_PER_MINUTE, &left) == 0,
       "two more");
    /* Now or when they have ended: one may still be connecting, the other on its way. */
    ok(http_drop_connections(fixture.http) == 0, "dropped");
    sd_event_run(fixture.event, 10000);
    (void)http_drop_connections(fixture.http);
    http_abort(aborted.transfer);
    ok(run(&fixture, &aborted), "aborted");
    http_fixture_end(&fixture);
    return failed;
}
