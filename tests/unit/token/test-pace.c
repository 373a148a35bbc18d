/* SPDX-License-Identifier: MIT */
/* Back-off and floors. */
#include "token/pace.h"

#include <criterion/criterion.h>

#define SEC USEC_PER_SEC

Test(pace, ceilings)
{
    static const unsigned seconds[] = {1, 1, 2, 4, 8, 16, 32, 60, 60, 60};
    for (unsigned i = 0; i < ELEMENTS(seconds); i++)
        cr_expect_eq(pace_ceiling(i), seconds[i] * SEC, "%u", i);
    cr_assert_eq(pace_ceiling(1000000), 60 * SEC);
    cr_assert_eq(pace_ceiling(UINT32_MAX), 60 * SEC);
}

Test(pace, jitter_is_full)
{
    for (unsigned failures = 1; failures < 9; failures++) {
        uint64_t ceiling = pace_ceiling(failures);
        cr_expect_eq(pace_delay(failures, 0), 0);
        cr_expect_eq(pace_delay(failures, ceiling), ceiling);
        cr_expect_eq(pace_delay(failures, ceiling + 1), 0);
        cr_expect_leq(pace_delay(failures, UINT64_MAX), ceiling);
    }
}

Test(pace, as_told)
{
    cr_assert_eq(pace_told(0, 0), SEC);
    cr_assert_eq(pace_told(7 * SEC, 0), 7 * SEC);
    cr_assert_eq(pace_told(3600 * SEC, 0), 3600 * SEC);
    cr_assert_eq(pace_told(3601 * SEC, 0), 3600 * SEC);
    cr_assert_eq(pace_told(UINT64_MAX, 0), 3600 * SEC);
    cr_assert_eq(pace_told(10 * SEC, 2 * SEC), 12 * SEC);
    cr_assert_eq(pace_told(10 * SEC, 2 * SEC + 1), 10 * SEC);
    cr_assert_leq(pace_told(UINT64_MAX, UINT64_MAX), 4320 * SEC);
}

Test(pace, denial)
{
    PaceDenial denial = {0};
    cr_assert(!pace_denial_holds(&denial, 0));
    pace_denial_set(&denial, 100 * SEC);
    cr_assert(pace_denial_holds(&denial, 100 * SEC));
    cr_assert(pace_denial_holds(&denial, 100 * SEC + PACE_DENIAL_USEC - 1));
    cr_assert(!pace_denial_holds(&denial, 100 * SEC + PACE_DENIAL_USEC));
    pace_denial_set(&denial, 200 * SEC);
    pace_denial_clear(&denial);
    cr_assert(!pace_denial_holds(&denial, 200 * SEC));
}

Test(pace, forced_apart)
{
    PaceForced forced = {0};
    uint64_t again = 0;
    cr_assert(pace_forced_take(&forced, 5, &again));
    cr_assert(!pace_forced_take(&forced, 5, &again));
    cr_assert_eq(again, 5 + 60 * SEC);
    cr_assert(!pace_forced_take(&forced, 4 + 60 * SEC, &again));
    cr_assert_eq(again, 5 + 60 * SEC);
    cr_assert(pace_forced_take(&forced, again, &again));
}

/* Asked every second for ten hours: whatever window of an hour is taken, five are in it at most. */
Test(pace, forced_in_an_hour)
{
    PaceForced forced = {0};
    uint64_t taken[100], promised = 0;
    size_t count = 0;
    for (uint64_t now = 1000 * SEC; now < 37000 * SEC; now += SEC) {
        uint64_t again = 0;
        if (!pace_forced_take(&forced, now, &again)) {
            cr_assert_gt(again, now);
            cr_assert_eq(promised ? promised : again, again);
            promised = again;
            continue;
        }
        cr_assert_lt(count, ELEMENTS(taken));
        taken[count++] = now;
        cr_assert_eq(promised ? promised : now, now);
        promised = 0;
    }
    cr_assert_eq(count, 50);
    for (size_t i = 1; i < count; i++) {
        cr_assert_geq(taken[i] - taken[i - 1], 60 * SEC);
        if (i >= 5)
            cr_assert_geq(taken[i] - taken[i - 5], 3600 * SEC);
    }
}

Test(pace, polls)
{
    PacePoll poll;
    pace_poll_begin(&poll, 5 * SEC);
    cr_assert_eq(poll.interval_usec, 5 * SEC);
    pace_poll_slow_down(&poll);
    pace_poll_slow_down(&poll);
    cr_assert_eq(poll.interval_usec, 15 * SEC);
    pace_poll_lost(&poll);
    cr_assert_eq(poll.interval_usec, 30 * SEC);
    for (unsigned i = 0; i < 100; i++)
        pace_poll_lost(&poll);
    cr_assert_eq(poll.interval_usec, 300 * SEC);
    pace_poll_slow_down(&poll);
    cr_assert_eq(poll.interval_usec, 300 * SEC);
    pace_poll_begin(&poll, 0);
    cr_assert_eq(poll.interval_usec, SEC);
    pace_poll_begin(&poll, UINT64_MAX);
    cr_assert_eq(poll.interval_usec, 300 * SEC);
}
