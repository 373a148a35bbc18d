/* SPDX-License-Identifier: MIT */
/* The network changes: old connections serve nothing new, and break nothing that is under way. */
#include "http-fixture.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/socket.h>

static HttpFixture f;

static void teardown(void)
{
    http_fixture_end(&f);
}

TestSuite(http_drop, .fini = teardown, .timeout = 60);

#define BEGIN(...)                                                                                           \
    static const ServerStep steps[] = {__VA_ARGS__};                                                         \
    http_fixture_begin(&f, steps, ELEMENTS(steps))

/* Until the server has read so many requests whole. */
static void wait_requests(unsigned count)
{
    for (unsigned turns = 0; server_requests(f.server) < count && turns < 1000000; turns++)
        sd_event_run(f.event, USEC_PER_MSEC);
    cr_assert_eq(server_requests(f.server), count);
}

Test(http_drop, the_next_transfer_connects_anew_and_the_one_after_it_does_not)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    for (unsigned round = 1; round <= 3; round++) {
        cr_assert_eq(send_one(&f, HTTP_PUT, "{}").status, 200);
        cr_assert_eq(send_one(&f, HTTP_PUT, "{}").status, 200);
        cr_assert_eq(server_connections(f.server), round);
        cr_assert_eq(http_drop_connections(f.http), 0);
        cr_assert_eq(http_drop_connections(f.http), 0, "twice is once");
        cr_assert_eq(f.http->pools_count, 1);
    }
    /* The old ones are closed, not only forgotten. */
    for (unsigned turns = 0; server_open(f.server) > 0 && turns < 10000; turns++)
        usleep(1000);
    cr_assert_eq(server_open(f.server), 0);
}

Test(http_drop, nothing_to_drop)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    HttpPool *pool = f.http->pools;
    cr_assert_eq(http_drop_connections(f.http), 0);
    cr_assert_eq(f.http->pools, pool);
    cr_assert_eq(send_one(&f, HTTP_PUT, "{}").status, 200);
}

Test(http_drop, a_transfer_under_way_goes_on)
{
    BEGIN({SERVER_REPLY, OK_EMPTY}, {SERVER_HOLD, OK_JSON}, {SERVER_REPLY, OK_EMPTY});
    cr_assert_eq(send_one(&f, HTTP_PUT, "{\"n\":0}").status, 200);
    Answer held;
    cr_assert_eq(start(&f, HTTP_PUT, "{\"n\":1}", 20 * USEC_PER_SEC, &held), 0);
    wait_requests(2);
    cr_assert_eq(http_drop_connections(f.http), 0);
    cr_assert_eq(send_one(&f, HTTP_PUT, "{\"n\":2}").status, 200);
    cr_assert_eq(server_request(f.server, 1)->connection, 1);
    cr_assert_eq(server_request(f.server, 2)->connection, 2, "a connection of before");
    cr_assert_not(held.done);
    server_release(f.server);
    cr_assert(run(&f, &held));
    cr_assert_eq(held.status, 200, "%s", held.error);
    cr_assert_str_eq(held.body, "{\"a\":1}");
    answer_free(&held);
    cr_assert_eq(server_requests(f.server), 3, "it was sent twice");
    cr_assert_eq(f.http->pools_count, 1, "the old pool stays");
    turn(&f);
    cr_assert_eq(sd_event_run(f.event, 300 * USEC_PER_MSEC), 0, "woken for nothing");
}

Test(http_drop, a_transfer_of_before_may_be_given_up)
{
    BEGIN({SERVER_SILENT, NULL});
    Answer answer;
    cr_assert_eq(start(&f, HTTP_PUT, "{}", 20 * USEC_PER_SEC, &answer), 0);
    wait_requests(1);
    cr_assert_eq(http_drop_connections(f.http), 0);
    cr_assert_eq(f.http->pools_count, 2);
    http_abort(answer.transfer);
    cr_assert_eq(f.http->pools_count, 1);
    cr_assert(run(&f, &answer));
    cr_assert_eq(answer.fate, HTTP_UNCERTAIN);
}

Test(http_drop, freed_with_everything_under_way)
{
    BEGIN({SERVER_SILENT, NULL});
    Answer answers[3];
    for (unsigned i = 0; i < ELEMENTS(answers); i++) {
        cr_assert_eq(start(&f, HTTP_PUT, "{}", 20 * USEC_PER_SEC, &answers[i]), 0);
        wait_requests(i + 1);
        cr_assert_eq(http_drop_connections(f.http), 0);
    }
    cr_assert_eq(f.http->pools_count, 1 + ELEMENTS(answers));
    f.http = http_free(f.http);
    for (unsigned i = 0; i < ELEMENTS(answers); i++)
        cr_assert_not(answers[i].done);
}

Test(http_drop, has_an_end)
{
    BEGIN({SERVER_HOLD, OK_EMPTY});
    static Answer answers[HTTP_POOLS_MAX + 4];
    for (unsigned i = 0; i < ELEMENTS(answers); i++) {
        cr_assert_eq(start(&f, HTTP_PUT, "{}", 20 * USEC_PER_SEC, &answers[i]), 0);
        wait_requests(i + 1);
        cr_assert_eq(http_drop_connections(f.http), i < HTTP_POOLS_MAX - 1 ? 0 : -EBUSY);
    }
    cr_assert_eq(f.http->pools_count, HTTP_POOLS_MAX);
    server_release(f.server);
    for (unsigned i = 0; i < ELEMENTS(answers); i++) {
        cr_assert(run(&f, &answers[i]));
        cr_assert_eq(answers[i].status, 200, "%u: %s", i, answers[i].error);
    }
    cr_assert_eq(f.http->pools_count, 1);
    cr_assert_eq(server_requests(f.server), ELEMENTS(answers));
    cr_assert_eq(http_drop_connections(f.http), 0);
}

/* ---- Still connecting -------------------------------------------------------------------------------------------- */

/* A listener that takes no more connections: the next one hangs. */
static int full_listener(int fill[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 0) == 0 &&
              getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    for (int i = 0; i < 2; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fill[i], (struct sockaddr *)&address, size);
    }
    snprintf(f.url, sizeof f.url, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    return fd;
}

/* The port that libcurl connects from; 0: none. The sockets of this test's own are lower or listed. */
static unsigned connecting_port(int listener, const int fill[2])
{
    for (int fd = 255; fd > 2; fd--) {
        struct sockaddr_in address;
        socklen_t size = sizeof address;
        if (fd != listener && fd != fill[0] && fd != fill[1] &&
            getsockname(fd, (struct sockaddr *)&address, &size) == 0 && address.sin_family == AF_INET)
            return ntohs(address.sin_port);
    }
    return 0;
}

static void wait_connecting(int listener, const int fill[2])
{
    for (unsigned turns = 0; !connecting_port(listener, fill) && turns < 1000000; turns++)
        sd_event_run(f.event, USEC_PER_MSEC);
    cr_assert_neq(connecting_port(listener, fill), 0);
}

Test(http_drop, one_that_is_connecting_begins_anew)
{
    int fill[2];
    http_fixture_begin(&f, NULL, 0);
    int listener = full_listener(fill);
    Answer answer;
    cr_assert_eq(start(&f, HTTP_PUT, "{}", 20 * USEC_PER_SEC, &answer), 0);
    wait_connecting(listener, fill);
    unsigned before = connecting_port(listener, fill);
    cr_assert_eq(http_drop_connections(f.http), 0);
    cr_assert_neq(connecting_port(listener, fill), before, "the old socket is still there");
    wait_connecting(listener, fill);
    cr_assert_eq(f.http->pools_count, 1);
    cr_assert_not(answer.done);
    http_abort(answer.transfer);
    cr_assert(run(&f, &answer));
    cr_assert_eq(answer.fate, HTTP_NOT_SENT);
    cr_assert_eq(answer.times, 1);
}

Test(http_drop, beginning_anew_gives_no_more_time)
{
    int fill[2];
    http_fixture_begin(&f, NULL, 0);
    int listener = full_listener(fill);
    Answer answer;
    cr_assert_eq(start(&f, HTTP_PUT, "{}", 500 * USEC_PER_MSEC, &answer), 0);
    wait_connecting(listener, fill);
    /* With its whole time each time it would never end. */
    unsigned drops = 0;
    for (; !answer.done && drops < 1000; drops++) {
        cr_assert_eq(http_drop_connections(f.http), 0);
        for (unsigned turns = 0; turns < 10 && !answer.done; turns++)
            sd_event_run(f.event, 10 * USEC_PER_MSEC);
    }
    cr_assert(answer.done, "%u times anew", drops);
    cr_assert_eq(answer.fate, HTTP_NOT_SENT, "%s", answer.error);
}

Test(http_drop, one_that_begins_anew_is_delivered_once)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    for (unsigned turns = 0; turns < 12; turns++) {
        Answer answer;
        unsigned before = server_requests(f.server);
        cr_assert_eq(start(&f, HTTP_PUT, "{\"n\":1}", 20 * USEC_PER_SEC, &answer), 0);
        /* At every step of its way, from not begun to answered. */
        for (unsigned i = 0; i < turns && !answer.done; i++)
            sd_event_run(f.event, USEC_PER_MSEC);
        cr_assert_eq(http_drop_connections(f.http), 0);
        cr_assert(run(&f, &answer));
        cr_assert_eq(answer.status, 200, "dropped after %u turns: %s", turns, answer.error);
        cr_assert_eq(server_requests(f.server), before + 1, "dropped after %u turns", turns);
    }
}

Test(http_drop, localhost_stays_this_machine)
{
    BEGIN({SERVER_REPLY, OK_EMPTY});
    snprintf(f.url, sizeof f.url, "http://localhost:%u/", server_port(f.server));
    Answer answer;
    cr_assert_eq(start(&f, HTTP_PUT, "{}", 20 * USEC_PER_SEC, &answer), 0);
    cr_assert_eq(http_drop_connections(f.http), 0);
    cr_assert(run(&f, &answer));
    cr_assert_eq(answer.status, 200, "%s", answer.error);
}
