/* SPDX-License-Identifier: MIT */
/* Times in headers and documents, well formed and not. */
#include "base/date.h"

#include <criterion/criterion.h>

#define NOW (1772562011ULL * USEC_PER_SEC) /* Tue, 03 Mar 2026 18:20:11 GMT */

Test(date, retry_after)
{
    static const struct {
        const char *text, *date;
        bool good;
        uint64_t seconds;
    } rows[] = {
        {"0", NULL, true, 0},
        {"9", NULL, true, 9},
        {"0000000000000000000000009", NULL, true, 9},
        {"1000000000", NULL, true, 1000000000},
        {"99999999999999999999999999999999", NULL, true, UINT32_MAX},
        {"Tue, 03 Mar 2026 18:20:21 GMT", NULL, true, 10},
        {"Tue, 03 Mar 2026 18:20:21 GMT", "Tue, 03 Mar 2026 18:20:01 GMT", true, 20},
        {"Tue, 03 Mar 2026 18:20:21 GMT", "nonsense", true, 10},
        {"Tuesday, 03-Mar-26 18:20:21 GMT", NULL, true, 10},
        {"Tue Mar  3 18:20:21 2026", NULL, true, 10},
        {"Tue, 03 Mar 2026 18:20:01 GMT", NULL, true, 0},
        {"Thu, 01 Jan 1970 00:00:00 GMT", NULL, true, 0},
        {"", NULL, false, 0},
        {"-1", NULL, false, 0},
        {"+1", NULL, false, 0},
        {"1.5", NULL, false, 0},
        {"1 ", NULL, false, 0},
        {"1s", NULL, false, 0},
        {"Tue, 03 Mar 2026 18:20:21 CET", NULL, false, 0},
        {"Tue, 03 Foo 2026 18:20:21 GMT", NULL, false, 0},
        {"Tue, 99 Mar 2026 18:20:21 GMT", NULL, false, 0},
        {"Tue, 03 Mar 2026 25:20:21 GMT", NULL, false, 0},
        {"Tue, 03 Mar 2026 18:20:21 GMT and more", NULL, false, 0},
        {"Tue, 03 Mar 99999999 18:20:21 GMT", NULL, false, 0},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        uint64_t usec = 0;
        bool good = date_retry_after(rows[i].text, rows[i].date, NOW, &usec);
        cr_expect_eq(good, rows[i].good, "%s", rows[i].text);
        cr_expect_eq(usec / USEC_PER_SEC, rows[i].seconds, "%s: %llu", rows[i].text,
                     (unsigned long long)usec);
    }
}

Test(date, http)
{
    int64_t seconds = -1;
    cr_assert(date_parse_http("Tue, 03 Mar 2026 18:20:11 GMT", &seconds));
    cr_assert_eq(seconds, 1772562011);
    seconds = -1;
    cr_assert(!date_parse_http("2026-03-03T18:20:11Z", &seconds));
    cr_assert(!date_parse_http("", &seconds));
    cr_assert_eq(seconds, -1);
}

Test(date, iso)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: no time */
    } rows[] = {
        {"2026-01-01T00:00:00Z", 1767225600},
        {"2026-01-01T00:00:00.Z", 1767225600},
        {"2026-01-01T00:00:00.9Z", 1767225600},
        {"2026-01-01T00:00:12.123Z", 1767225612},
        {"2026-01-01T00:00:12.9999999Z", 1767225612},
        {"2026-01-01T23:59:60Z", 1767312000},
        {"1970-01-01T00:00:00Z", 0},
        {"2024-02-29T12:00:00Z", 1709208000},
        {"2000-02-29T00:00:00Z", 951782400},
        {"9999-12-31T23:59:59.9999999Z", 253402300799},
        {"2026-01-01T00:00:12.12345678Z", -1},
        {"2026-01-01T00:00:00", -1},
        {"2026-01-01T00:00:00z", -1},
        {"2026-01-01T00:00:00+00:00", -1},
        {"2026-01-01T00:00:00Z ", -1},
        {" 2026-01-01T00:00:00Z", -1},
        {"2026-01-01 00:00:00Z", -1},
        {"2026-01-01T00:00Z", -1},
        {"2026-1-01T00:00:000Z", -1},
        {"+026-01-01T00:00:00Z", -1},
        {"2026-01-01T-1:00:00Z", -1},
        {"2026-13-01T00:00:00Z", -1},
        {"2026-00-01T00:00:00Z", -1},
        {"2026-01-00T00:00:00Z", -1},
        {"2026-02-29T00:00:00Z", -1},
        {"2100-02-29T00:00:00Z", -1},
        {"2026-04-31T00:00:00Z", -1},
        {"2026-01-01T24:00:00Z", -1},
        {"2026-01-01T00:60:00Z", -1},
        {"2026-01-01T00:00:61Z", -1},
        {"1969-12-31T23:59:59Z", -1},
        {"0000-00-00T00:00:00Z", -1},
        {"2026-01-01T00:00:00.1.2Z", -1},
        {"2026-01-01T", -1},
        {"", -1},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        int64_t seconds = -1;
        cr_expect_eq(date_parse_iso(rows[i].text, &seconds), rows[i].seconds >= 0, "%s", rows[i].text);
        cr_expect_eq(seconds, rows[i].seconds, "%s", rows[i].text);
    }
}
