/* SPDX-License-Identifier: MIT */
/* Spans of time as people write and read them. */
#include "cli/duration.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct Unit {
    const char *name;
    uint64_t usec;
} Unit;

/* From large to small: the order in which a text may name them. */
static const Unit units[] = {
    {"d", 86400000000ULL}, {"h", 3600000000ULL}, {"min", 60000000ULL}, {"m", 60000000ULL},
    {"s", 1000000ULL},     {"ms", 1000ULL},      {"us", 1ULL},
};
static const size_t units_count = sizeof(units) / sizeof(units[0]);

static int parse_number(const char **text, uint64_t *number)
{
    uint64_t value = 0;

    if (**text < '0' || **text > '9')
        return -EINVAL;
    for (; **text >= '0' && **text <= '9'; (*text)++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(**text - '0'), &value))
            return -ERANGE;
    *number = value;
    return 0;
}

static const Unit *parse_unit(const char **text)
{
    size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz");

    for (size_t i = 0; i < units_count; i++)
        if (strlen(units[i].name) == length && strncmp(units[i].name, *text, length) == 0) {
            *text += length;
            return &units[i];
        }
    return NULL;
}

int duration_parse(const char *text, uint64_t *usec)
{
    uint64_t total = 0, largest = UINT64_MAX;
    const char *rest = text;

    do {
        uint64_t number;
        int r = parse_number(&rest, &number);
        if (r < 0)
            return r;
        bool alone = *rest == '\0' && largest == UINT64_MAX;
        const char *seconds = "s";
        const Unit *unit = parse_unit(alone ? &seconds : &rest);
        if (!unit || unit->usec >= largest)
            return -EINVAL;
        largest = unit->usec;
        if (__builtin_mul_overflow(number, unit->usec, &number) ||
            __builtin_add_overflow(total, number, &total))
            return -ERANGE;
    } while (*rest);
    *usec = total;
    return 0;
}

const char *duration_format(uint64_t usec, char *buffer)
{
    static const Unit shown[] = {
        {"d", 86400000000ULL}, {"h", 3600000000ULL}, {"min", 60000000ULL}, {"s", 1000000ULL}, {"ms", 1000ULL},
    };

    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        /* Up to twice a unit the next smaller one says more: "90 s", not "1 min". */
        uint64_t from = strcmp(shown[i].name, "ms") == 0 || strcmp(shown[i].name, "s") == 0 ? 1 : 2;
        if (usec >= from * shown[i].usec) {
            snprintf(buffer, DURATION_SIZE, "%llu %s", (unsigned long long)(usec / shown[i].usec),
                     shown[i].name);
            return buffer;
        }
    }
    snprintf(buffer, DURATION_SIZE, "0 s");
    return buffer;
}

const char *duration_format_relative(uint64_t then, uint64_t now, char *buffer)
{
    char span[DURATION_SIZE];
    uint64_t distance = then > now ? then - now : now - then;

    if (then == 0)
        snprintf(buffer, DURATION_SIZE, "-");
    else if (distance < 1000)
        snprintf(buffer, DURATION_SIZE, "now");
    else if (then > now)
        snprintf(buffer, DURATION_SIZE, "in %.20s", duration_format(distance, span));
    else
        snprintf(buffer, DURATION_SIZE, "%.20s ago", duration_format(distance, span));
    return buffer;
}
