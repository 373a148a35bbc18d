/* SPDX-License-Identifier: MIT */
/* Documents of the service, field by field. */
#include "session/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static json_t *get(const json_t *parent, const char *key)
{
    json_t *value = json_object_get(parent, key);

    return json_is_null(value) ? NULL : value;
}

json_t *json_reader_object(JsonReader *reader, const json_t *parent, const char *key)
{
    json_t *value = get(parent, key);

    if (value && !json_is_object(value)) {
        reader->malformed = true;
        return NULL;
    }
    return value;
}

json_t *json_reader_array(JsonReader *reader, const json_t *parent, const char *key)
{
    json_t *value = get(parent, key);

    if (value && !json_is_array(value)) {
        reader->malformed = true;
        return NULL;
    }
    return value;
}

const char *json_reader_text(JsonReader *reader, const json_t *parent, const char *key)
{
    json_t *value = get(parent, key);

    if (value && !json_is_string(value))
        reader->malformed = true;
    return json_string_value(value);
}

/* 2^64, the least real that no uint64_t holds; UINT64_MAX becomes it where integers become reals. */
#define REAL_LIMIT 18446744073709551616.0

/* Whole numbers from 0 on; written as reals they are as good. */
static uint64_t number_of(JsonReader *reader, const json_t *value, uint64_t maximum)
{
    const double real = json_real_value(value);
    uint64_t number = 0;
    bool is_whole = false;

    if (json_is_integer(value)) {
        is_whole = json_integer_value(value) >= 0;
        number = (uint64_t)json_integer_value(value);
    } else if (json_is_real(value) && real >= 0 && real <= REAL_LIMIT) {
        number = real < REAL_LIMIT ? (uint64_t)real : UINT64_MAX;
        is_whole = (double)number == real;
    }
    if (is_whole && number <= maximum)
        return number;
    reader->malformed = true;
    return 0;
}

uint64_t json_reader_number(JsonReader *reader, const json_t *parent, const char *key, uint64_t maximum)
{
    json_t *value = get(parent, key);

    return value ? number_of(reader, value, maximum) : 0;
}

bool json_reader_bool(JsonReader *reader, const json_t *parent, const char *key)
{
    json_t *value = get(parent, key);

    if (value && !json_is_boolean(value))
        reader->malformed = true;
    return json_is_true(value);
}

uint64_t json_reader_xuid(JsonReader *reader, const json_t *value)
{
    const char *text = json_string_value(value);
    uint64_t xuid = 0;

    if (!value || json_is_null(value))
        return 0;
    if (!text)
        return number_of(reader, value, UINT64_MAX);
    if (!*text)
        reader->malformed = true;
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text) || __builtin_mul_overflow(xuid, 10, &xuid) ||
            __builtin_add_overflow(xuid, (uint64_t)(*text - '0'), &xuid)) {
            reader->malformed = true;
            return 0;
        }
    }
    return xuid;
}

uint32_t json_reader_id(JsonReader *reader, const json_t *value)
{
    const uint64_t id = json_reader_xuid(reader, value);

    if (id > UINT32_MAX)
        reader->malformed = true;
    return (uint32_t)id;
}

void json_reader_copy(JsonReader *reader, const json_t *parent, const char *key, char *field, size_t size)
{
    const char *text = json_reader_text(reader, parent, key);
    size_t length = text ? strlen(text) : 0;

    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    if (length > 0)
        memcpy(field, text, length);
    field[length] = '\0';
}

char *json_reader_dup(JsonReader *reader, const json_t *parent, const char *key)
{
    const char *text = json_reader_text(reader, parent, key);
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        reader->no_memory = true;
    return copy;
}

char *json_reader_print(JsonReader *reader, const json_t *parent, const char *key)
{
    json_t *value = get(parent, key);
    char *text = value ? json_print(value) : NULL;

    if (value && !text)
        reader->no_memory = true;
    return text;
}

static time_t utc(int year, int month, int day, int hour, int minute, int second)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};

    return timegm(&tm);
}

/* Takes @digits decimal digits at *text, which is moved behind them; -1 if there are others. */
static int take_digits(const char **text, int digits)
{
    int number = 0;

    for (; digits > 0; digits--, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return -1;
        number = number * 10 + (**text - '0');
    }
    return number;
}

/* Takes @before, then two digits; -1 if they are not there, or more than @maximum. */
static int take_pair(const char **text, char before, int maximum)
{
    int number;

    if (**text != before)
        return -1;
    (*text)++;
    number = take_digits(text, 2);
    return number <= maximum ? number : -1;
}

/* Seconds east of UTC: "Z", nothing, or "+02:00". */
static bool zone_of(const char *text, int *seconds)
{
    const bool is_west = *text == '-';
    int hours, minutes;

    *seconds = 0;
    if (!*text || strcmp(text, "Z") == 0)
        return true;
    hours = take_pair(&text, is_west ? '-' : '+', 23);
    minutes = hours < 0 ? -1 : take_pair(&text, ':', 59);
    *seconds = (hours * 60 + minutes) * (is_west ? -60 : 60);
    return minutes >= 0 && !*text;
}

time_t json_reader_time(JsonReader *reader, const json_t *parent, const char *key)
{
    const char *text = json_reader_text(reader, parent, key);
    int year, month = 0, day = 0, hour = -1, minute = -1, second = -1, zone;

    if (!text)
        return 0;
    year = take_digits(&text, 4);
    if (year > 0)
        month = take_pair(&text, '-', 12);
    if (month > 0)
        day = take_pair(&text, '-', 31);
    if (day > 0)
        hour = take_pair(&text, 'T', 23);
    if (hour >= 0)
        minute = take_pair(&text, ':', 59);
    if (minute >= 0)
        second = take_pair(&text, ':', 60);
    if (second >= 0) {
        if (*text == '.')
            text += 1 + strspn(text + 1, "0123456789");
        if (zone_of(text, &zone))
            return utc(year, month, day, hour, minute, second) - zone;
    }
    reader->malformed = true;
    return 0;
}

time_t time_from_http(const char *text)
{
    /* Not strptime(): its names are those of the game's locale. */
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int year, day, hour, minute, second;
    char name[4];

    if (!text ||
        sscanf(text, "%*3s, %2d %3s %4d %2d:%2d:%2d", &day, name, &year, &hour, &minute, &second) != 6)
        return 0;
    for (int i = 0; i < 12; i++)
        if (strcmp(name, months[i]) == 0)
            return utc(year, i + 1, day, hour, minute, second);
    return 0;
}

int json_reader_word(JsonReader *reader, const json_t *parent, const char *key, const char *const *words)
{
    const char *text = json_reader_text(reader, parent, key);

    for (int i = 0; text && words[i]; i++)
        if (strcasecmp(text, words[i]) == 0)
            return i;
    return -1;
}

const char **json_reader_words(JsonReader *reader, const json_t *parent, const char *key, size_t *count)
{
    json_t *array = json_reader_array(reader, parent, key), *item;
    const char **block = NULL;
    const char **words;
    size_t index;

    *count = 0;
    if (json_array_size(array) == 0)
        return NULL;
    words = malloc(json_array_size(array) * sizeof(*words));
    if (!words) {
        reader->no_memory = true;
        return NULL;
    }
    json_array_foreach(array, index, item)
    {
        words[index] = json_string_value(item);
        if (!words[index]) {
            reader->malformed = true;
            words[index] = "";
        }
    }
    block = words_dup(words, json_array_size(array));
    free(words);
    if (!block)
        reader->no_memory = true;
    else
        *count = json_array_size(array);
    return block;
}

uint32_t *json_reader_numbers(JsonReader *reader, const json_t *parent, const char *key, size_t *count)
{
    json_t *array = json_reader_array(reader, parent, key), *item;
    uint32_t *numbers;
    size_t index;

    *count = 0;
    if (json_array_size(array) == 0)
        return NULL;
    numbers = malloc(json_array_size(array) * sizeof(*numbers));
    if (!numbers) {
        reader->no_memory = true;
        return NULL;
    }
    json_array_foreach(array, index, item)
    {
        /* Indices of members come as numbers or as the keys that they are. */
        numbers[index] = json_reader_id(reader, item);
        if (json_is_null(item))
            reader->malformed = true;
    }
    *count = json_array_size(array);
    return numbers;
}

uint64_t *json_reader_xuids(JsonReader *reader, const json_t *parent, const char *key, size_t *count)
{
    json_t *array = json_reader_array(reader, parent, key), *item;
    uint64_t *xuids;
    size_t index;

    *count = 0;
    if (json_array_size(array) == 0)
        return NULL;
    xuids = malloc(json_array_size(array) * sizeof(*xuids));
    if (!xuids) {
        reader->no_memory = true;
        return NULL;
    }
    json_array_foreach(array, index, item)
    {
        xuids[index] = json_reader_xuid(reader, item);
        if (json_is_null(item))
            reader->malformed = true;
    }
    *count = json_array_size(array);
    return xuids;
}
