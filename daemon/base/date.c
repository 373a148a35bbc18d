/* SPDX-License-Identifier: MIT */
/* Times that others wrote, read without the locale. */
#include "base/date.h"

#include <stdio.h>
#include <time.h>

static int date_month(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++)
        if (strncmp(text, months + 3 * i, 3) == 0)
            return i;
    return -1;
}

/* The three forms that RFC 9110 has a reader accept; not strptime(), which goes by the locale. */
bool date_parse_http(const char *text, int64_t *seconds)
{
    struct tm tm = {0};
    char month[4] = "", zone[4] = "", weekday[12] = "";
    int end = 0;
    if (sscanf(text, "%3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", weekday, &tm.tm_mday, month,
               &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, zone, &end) == 8) {
        tm.tm_year -= 1900;
    } else if (sscanf(text, "%11[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d %3[A-Z]%n", weekday, &tm.tm_mday,
                      month, &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, zone, &end) == 8) {
        tm.tm_year += tm.tm_year < 70 ? 100 : 0;
    } else if (sscanf(text, "%3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", weekday, month, &tm.tm_mday,
                      &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &tm.tm_year, &end) == 7) {
        tm.tm_year -= 1900;
        memcpy(zone, "GMT", 4);
    } else {
        return false;
    }
    tm.tm_mon = date_month(month);
    if (text[end] || (!string_equal(zone, "GMT") && !string_equal(zone, "UTC")) || tm.tm_mon < 0 ||
        tm.tm_year < 70 || tm.tm_year > 8099 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 ||
        tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
        return false;
    *seconds = timegm(&tm);
    return true;
}

bool date_retry_after(const char *text, const char *date, uint64_t wall_usec, uint64_t *usec)
{
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && !text[digits]) {
        /* Beyond what fits in 64 bits of microseconds any large number will do: the caller caps it. */
        uint64_t seconds = 0;
        for (size_t i = 0; i < digits && seconds < UINT32_MAX; i++)
            seconds = seconds * 10 + (uint64_t)(text[i] - '0');
        *usec = (seconds < UINT32_MAX ? seconds : UINT32_MAX) * USEC_PER_SEC;
        return true;
    }
    int64_t then, now;
    if (!date_parse_http(text, &then))
        return false;
    /* By the service's own clock, where it tells it: ours may be wrong by more than the wait. */
    if (!date || !date_parse_http(date, &now))
        now = (int64_t)(wall_usec / USEC_PER_SEC);
    *usec = then > now ? (uint64_t)(then - now) * USEC_PER_SEC : 0;
    return true;
}

/* Digits alone, no sign and no blank. */
static bool date_number(const char *text, size_t digits, int *number)
{
    int made = 0;
    for (size_t i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        made = made * 10 + (text[i] - '0');
    }
    *number = made;
    return true;
}

static int date_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool date_parse_iso(const char *text, int64_t *seconds)
{
    static const char form[] = "....-..-..T..:..:..";
    int year, month, day, hour, minute, second;
    if (strnlen(text, sizeof form) < sizeof form - 1)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] != '.' && text[i] != form[i])
            return false;
    if (!date_number(text, 4, &year) || !date_number(text + 5, 2, &month) ||
        !date_number(text + 8, 2, &day) || !date_number(text + 11, 2, &hour) ||
        !date_number(text + 14, 2, &minute) || !date_number(text + 17, 2, &second))
        return false;
    const char *rest = text + sizeof form - 1;
    if (*rest == '.') {
        size_t digits = strspn(++rest, "0123456789");
        if (digits > 7)
            return false;
        rest += digits;
    }
    if (!string_equal(rest, "Z") || year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > date_days(year, month) || hour > 23 || minute > 59 || second > 60)
        return false;
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    *seconds = timegm(&tm);
    return true;
}
