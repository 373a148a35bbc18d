/* SPDX-License-Identifier: MIT */
/* Spans of time: what is read, what is refused, what is shown. */
#include "cli/duration.h"

#include <criterion/criterion.h>
#include <errno.h>

static void assert_parsed(const char *text, uint64_t expected)
{
    uint64_t usec = 7;

    cr_assert_eq(duration_parse(text, &usec), 0, "%s", text);
    cr_assert_eq(usec, expected, "%s: %llu", text, (unsigned long long)usec);
}

static void assert_refused(const char *text, int error)
{
    uint64_t usec = 7;

    cr_assert_eq(duration_parse(text, &usec), error, "%s", text);
    cr_assert_eq(usec, 7, "%s changed the result", text);
}

Test(duration, units)
{
    assert_parsed("30s", 30000000);
    assert_parsed("30", 30000000);
    assert_parsed("250ms", 250000);
    assert_parsed("5us", 5);
    assert_parsed("10min", 600000000);
    assert_parsed("10m", 600000000);
    assert_parsed("2h", 7200000000);
    assert_parsed("7d", 604800000000);
    assert_parsed("0", 0);
}

Test(duration, several_units)
{
    assert_parsed("1h30min", 5400000000);
    assert_parsed("1d2h3min4s5ms6us", 93784005006);
}

Test(duration, refused)
{
    assert_refused("", -EINVAL);
    assert_refused("s", -EINVAL);
    assert_refused("-1s", -EINVAL);
    assert_refused("+1s", -EINVAL);
    assert_refused(" 1s", -EINVAL);
    assert_refused("1 s", -EINVAL);
    assert_refused("1.5s", -EINVAL);
    assert_refused("1S", -EINVAL);
    assert_refused("1week", -EINVAL);
    assert_refused("30s30s", -EINVAL);
    assert_refused("30s1h", -EINVAL);
    assert_refused("1m1min", -EINVAL);
    assert_refused("1h30", -EINVAL);
}

Test(duration, too_large)
{
    assert_refused("18446744073709551616us", -ERANGE);
    assert_refused("18446744073710s", -ERANGE);
    assert_refused("18446744073709551615us1", -EINVAL);
    assert_parsed("18446744073709551615us", UINT64_MAX);
    assert_refused("18446744073709s999999us", -ERANGE);
    assert_refused("18446744073709s551ms616us", -ERANGE);
}

Test(duration, format)
{
    char buffer[DURATION_SIZE];

    cr_assert_str_eq(duration_format(0, buffer), "0 s");
    cr_assert_str_eq(duration_format(999, buffer), "0 s");
    cr_assert_str_eq(duration_format(1000, buffer), "1 ms");
    cr_assert_str_eq(duration_format(999999, buffer), "999 ms");
    cr_assert_str_eq(duration_format(1000000, buffer), "1 s");
    cr_assert_str_eq(duration_format(119000000, buffer), "119 s");
    cr_assert_str_eq(duration_format(120000000, buffer), "2 min");
    cr_assert_str_eq(duration_format(7199000000, buffer), "119 min");
    cr_assert_str_eq(duration_format(7200000000, buffer), "2 h");
    cr_assert_str_eq(duration_format(604800000000, buffer), "7 d");
    cr_assert_str_eq(duration_format(UINT64_MAX, buffer), "213503982 d");
}

Test(duration, relative)
{
    char buffer[DURATION_SIZE];

    cr_assert_str_eq(duration_format_relative(0, 5000000, buffer), "-");
    cr_assert_str_eq(duration_format_relative(5000000, 5000000, buffer), "now");
    cr_assert_str_eq(duration_format_relative(17000000, 5000000, buffer), "in 12 s");
    cr_assert_str_eq(duration_format_relative(5000000, 245000000, buffer), "4 min ago");
    cr_assert_str_eq(duration_format_relative(UINT64_MAX, 1, buffer), "in 213503982 d");
}
