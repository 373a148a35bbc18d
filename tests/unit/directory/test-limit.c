/* SPDX-License-Identifier: MIT */
/* The rate limits on a clock of the test's own: both windows, who shares them, and the body of a 429. */
#include <criterion/criterion.h>
#include <string.h>

#include "directory/clock.h"
#include "directory/limit.h"
#include "directory/util.h"

#define WINDOW (15 * SECOND_US)
#define LONG_WINDOW (300 * SECOND_US)
/* The start of a window of both lengths. */
#define START (LONG_WINDOW * 5000000)

static unsigned pass(Limiter *limiter, const char *xuid, const char *title, int64_t now, unsigned calls)
{
    unsigned passed = 0;
    LimitVerdict verdict;

    for (unsigned i = 0; i < calls; i++)
        passed += limit_count(limiter, xuid, title, now, &verdict);
    return passed;
}

Test(limit, thirty_in_fifteen_seconds)
{
    Limiter limiter = {0};
    LimitVerdict verdict;

    cr_assert_eq(pass(&limiter, "1", "7", START, 31), 30);
    cr_assert_not(limit_count(&limiter, "1", "7", START + 4 * SECOND_US + 1, &verdict));
    cr_assert_eq(verdict.current, 32);
    cr_assert_eq(verdict.maximum, 30);
    cr_assert_eq(verdict.period_s, 15);
    cr_assert_eq(verdict.retry_after_s, 11, "to the end of the window, rounded up, got %u",
                 verdict.retry_after_s);
    cr_assert_not(limit_count(&limiter, "1", "7", START + WINDOW - 1, &verdict));
    cr_assert_eq(verdict.retry_after_s, 1);
    cr_assert(limit_count(&limiter, "1", "7", START + WINDOW, &verdict));
    limit_clear(&limiter);
}

Test(limit, three_hundred_in_three_hundred_seconds)
{
    Limiter limiter = {0};
    LimitVerdict verdict;
    int64_t now = START;

    for (unsigned i = 0; i < 10; i++, now += WINDOW)
        cr_assert_eq(pass(&limiter, "1", "7", now, 30), 30);
    cr_assert_not(limit_count(&limiter, "1", "7", now, &verdict));
    cr_assert_eq(verdict.current, 301);
    cr_assert_eq(verdict.maximum, 300);
    cr_assert_eq(verdict.period_s, 300);
    cr_assert_eq(verdict.retry_after_s, 150);
    cr_assert_eq(pass(&limiter, "1", "7", START + LONG_WINDOW, 31), 30);
    limit_clear(&limiter);
}

Test(limit, throttled_calls_count)
{
    Limiter limiter = {0};

    cr_assert_eq(pass(&limiter, "1", "7", START, 300), 30);
    cr_assert_eq(pass(&limiter, "1", "7", START + WINDOW, 1), 0, "the longer window is full as well");
    limit_clear(&limiter);
}

Test(limit, users_and_titles_are_counted_apart)
{
    Limiter limiter = {0};

    cr_assert_eq(pass(&limiter, "1", "7", START, 31), 30);
    cr_assert_eq(pass(&limiter, "2", "7", START, 30), 30);
    cr_assert_eq(pass(&limiter, "1", "8", START, 30), 30);
    cr_assert_eq(pass(&limiter, "1", "7", START, 1), 0);
    limit_clear(&limiter);
}

Test(limit, body)
{
    LimitVerdict verdict = limit_example();
    OWN_TEXT char *body = limit_body(&verdict), *other = NULL;

    cr_assert_str_eq(body, "{\"version\":1,\"currentRequests\":31,\"maxRequests\":30,\"periodInSeconds\":15,"
                           "\"limitType\":\"Rate\"}");
    verdict = (LimitVerdict){.current = 11, .maximum = 10, .period_s = 60, .type = "\"Concurrency\""};
    other = limit_body(&verdict);
    cr_assert_str_eq(other, "{\"version\":1,\"currentRequests\":11,\"maxRequests\":10,\"periodInSeconds\":60,"
                            "\"limitType\":\"\\\"Concurrency\\\"\"}");
}
