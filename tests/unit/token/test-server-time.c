/* SPDX-License-Identifier: MIT */
/* The service's clock. */
#include "token/server-time.h"

#include <criterion/criterion.h>

#define SEC USEC_PER_SEC
#define HOUR 3600
#define DAY (24 * HOUR)
#define DATE 1767225600 /* 2026-01-01T00:00:00Z */

static ServerTimeTaken take(ServerTime *time, int64_t date, uint64_t boot_before_sec, uint64_t boot_after_sec)
{
    ServerTimeSample sample = {
        .date_sec = date, .boot_before_usec = boot_before_sec * SEC, .boot_after_usec = boot_after_sec * SEC};
    return server_time_take(time, &sample);
}

static int64_t now(const ServerTime *time, uint64_t boot_sec)
{
    /* A wall clock that is wrong, and does not matter as soon as anything is known. */
    return server_time_now(time, boot_sec * SEC, 77 * SEC);
}

Test(server_time, goes_by_the_wall_clock_at_first)
{
    ServerTime time = {0};
    cr_assert_eq(server_time_now(&time, 10 * SEC, (DATE + 5) * SEC), DATE + 5);
    cr_assert_eq(server_time_boot(&time, DATE + 8, 10 * SEC, (DATE + 5) * SEC), 13 * SEC);
    cr_assert_eq(server_time_boot(&time, DATE - 3, 10 * SEC, (DATE + 5) * SEC), 2 * SEC);
    cr_assert_eq(server_time_boot(&time, DATE - 16, 10 * SEC, (DATE + 5) * SEC), 0);
}

Test(server_time, goes_on_by_boot_time)
{
    ServerTime time = {0};
    cr_assert_eq(take(&time, DATE, 100, 104), SERVER_TIME_TAKEN);
    cr_assert_eq(now(&time, 102), DATE);
    cr_assert_eq(now(&time, 162), DATE + 60);
    /* A sleep of a week, and a moment before the answer. */
    cr_assert_eq(now(&time, 102 + 7 * DAY), DATE + 7 * DAY);
    cr_assert_eq(now(&time, 92), DATE - 10);
    cr_assert_eq(server_time_boot(&time, DATE + 1, 0, 77 * SEC), 103 * SEC);
    cr_assert_eq(server_time_boot(&time, INT64_MAX, 0, 77 * SEC) > (1ULL << 50), true);
    cr_assert_eq(server_time_boot(&time, INT64_MIN / 2000000, 0, 77 * SEC), 0);
}

Test(server_time, later_answers_correct_it)
{
    ServerTime time = {0};
    take(&time, DATE, 100, 100);
    cr_assert_eq(take(&time, DATE + 70, 160, 160), SERVER_TIME_TAKEN);
    cr_assert_eq(now(&time, 160), DATE + 70);
    cr_assert_eq(take(&time, DATE + 70 - DAY, 160, 160), SERVER_TIME_TAKEN);
    cr_assert_eq(now(&time, 160), DATE + 70 - DAY);
}

Test(server_time, what_cannot_be_trusted)
{
    ServerTime time = {0};
    ServerTimeSample cached = {
        .date_sec = DATE, .has_age = true, .boot_before_usec = 1, .boot_after_usec = 2};
    cr_assert_eq(server_time_take(&time, &cached), SERVER_TIME_CACHED);
    cr_assert_eq(take(&time, -1, 1, 2), SERVER_TIME_CACHED);
    cr_assert_eq(take(&time, INT64_MAX, 1, 2), SERVER_TIME_CACHED);
    cr_assert_eq(take(&time, DATE, 3, 2), SERVER_TIME_CACHED);
    cr_assert(!time.known);
}

Test(server_time, a_jump_is_taken_when_two_agree)
{
    ServerTime time = {0};
    take(&time, DATE, 100, 100);
    cr_assert_eq(take(&time, DATE + DAY + 2, 101, 101), SERVER_TIME_DOUBTED);
    cr_assert_eq(now(&time, 100), DATE);
    /* It disagrees with the one before: the doubt begins anew. */
    cr_assert_eq(take(&time, DATE - 9 * DAY, 101, 101), SERVER_TIME_DOUBTED);
    cr_assert_eq(take(&time, DATE + DAY + 2, 101, 101), SERVER_TIME_DOUBTED);
    cr_assert_eq(now(&time, 100), DATE);
    cr_assert_eq(take(&time, DATE + DAY + 9, 105, 105), SERVER_TIME_TAKEN);
    cr_assert_eq(now(&time, 105), DATE + DAY + 9);
}

Test(server_time, a_good_one_ends_the_doubt)
{
    ServerTime time = {0};
    take(&time, DATE, 100, 100);
    cr_assert_eq(take(&time, DATE + 30 * DAY, 101, 101), SERVER_TIME_DOUBTED);
    cr_assert_eq(take(&time, DATE + 2, 102, 102), SERVER_TIME_TAKEN);
    cr_assert_eq(take(&time, DATE + 30 * DAY, 103, 103), SERVER_TIME_DOUBTED);
    cr_assert_eq(now(&time, 102), DATE + 2);
}

Test(server_time, usable)
{
    cr_assert(server_time_usable(DATE, DATE + 61));
    cr_assert(!server_time_usable(DATE, DATE + 60));
    cr_assert(!server_time_usable(DATE, DATE));
    cr_assert(!server_time_usable(DATE, DATE - DAY));
}

Test(server_time, fresh)
{
    static const struct {
        int64_t life, margin;
    } rows[] = {
        {14 * DAY, 1800}, {16 * HOUR, 1800}, {5 * HOUR, 1800}, {4 * HOUR, 1440}, {HOUR, 360},
        {3000, 300},      {600, 300},        {598, 299},       {30, 15},         {0, 0},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        int64_t end = DATE + rows[i].life;
        cr_expect(server_time_fresh(end - rows[i].margin - 1, DATE, end), "%u", (unsigned)i);
        cr_expect(!server_time_fresh(end - rows[i].margin, DATE, end), "%u", (unsigned)i);
    }
    cr_assert(!server_time_fresh(DATE, DATE + 5, DATE));
}
