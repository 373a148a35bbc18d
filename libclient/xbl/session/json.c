/* SPDX-License-Identifier: MIT */
/* JSON texts of games. */
#include "session/json.h"

#include <xsapi-c/errors_c.h>

#include <stdlib.h>
#include <string.h>

/* The digits of 2^63. */
#define LARGE_DIGITS 19

/* Most texts are small, custom properties of members among them. */
#define PRINT_ROOM 256

/* How much of @text, which begins with a quote, is the string; all of it if that does not end. */
static size_t string_length(const char *text, size_t size)
{
    const char *end = text;

    while ((end = memchr(end + 1, '"', (size_t)(text + size - end - 1)))) {
        size_t slashes = 0;

        while (end[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return (size_t)(end - text) + 1;
    }
    return size;
}

/* Whether @text nests too deep for a parser that recurses, on a game's thread with a stack of unknown size. */
static bool is_deep(const char *text, size_t size)
{
    unsigned depth = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"') {
            i += string_length(text + i, size - i) - 1;
        } else if (text[i] == '{' || text[i] == '[') {
            if (++depth > JSON_DEPTH_MAX)
                return true;
        } else if ((text[i] == '}' || text[i] == ']') && depth > 0) {
            depth--;
        }
    }
    return false;
}

/* Whether the number at @text is an integer that no int64_t holds. */
static bool is_large(const char *text, size_t length)
{
    const bool is_negative = *text == '-';
    const char *limit = is_negative ? "9223372036854775808" : "9223372036854775807";

    text += is_negative;
    length -= is_negative;
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return length > LARGE_DIGITS || (length == LARGE_DIGITS && memcmp(text, limit, LARGE_DIGITS) > 0);
}

/*
 * An integer that jansson has no room for becomes a real: rather lose its last digits than refuse it. The other
 * numbers of the text stay what they are.
 */
static json_t *load_large(const char *text, size_t size, size_t flags, json_error_t *error)
{
    /* Each of them has so many digits at least, and grows by two. */
    char *copy = malloc(size + size / LARGE_DIGITS * 2 + 2);
    size_t length, at = 0;
    json_t *value;

    for (size_t i = 0; copy && i < size; i += length) {
        length = 1;
        if (text[i] == '"')
            length = string_length(text + i, size - i);
        else if (strchr("-0123456789", text[i]) && text[i])
            while (i + length < size && text[i + length] && strchr("+-.eE0123456789", text[i + length]))
                length++;
        memcpy(copy + at, text + i, length);
        at += length;
        if (length >= LARGE_DIGITS && text[i] != '"' && is_large(text + i, length)) {
            memcpy(copy + at, ".0", 2);
            at += 2;
        }
    }
    value = copy ? json_loadb(copy, at, flags, error) : NULL;
    free(copy);
    return value;
}

json_t *json_parse(const char *text, size_t size, HRESULT *hr)
{
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    json_t *value;

    *hr = WEB_E_INVALID_JSON_STRING;
    if (size > JSON_SIZE_MAX || is_deep(text, size))
        return NULL;
    value = json_loadb(text, size, flags, &error);
    if (!value && json_error_code(&error) == json_error_numeric_overflow)
        value = load_large(text, size, flags, &error);
    if (value)
        *hr = S_OK;
    else if (json_error_code(&error) == json_error_out_of_memory)
        *hr = E_OUTOFMEMORY;
    return value;
}

typedef struct Printed {
    char *text;
    size_t size;
    size_t room;
    bool no_memory; /* jansson goes on after some failures, with a text that has holes */
} Printed;

static int print_more(const char *text, size_t size, void *userdata)
{
    Printed *printed = userdata;

    /* With room for the NUL. */
    if (size >= printed->room - printed->size) {
        const size_t room = (printed->room + size) * 2;
        char *grown = realloc(printed->text, room);

        if (!grown) {
            printed->no_memory = true;
            return -1;
        }
        printed->text = grown;
        printed->room = room;
    }
    memcpy(printed->text + printed->size, text, size);
    printed->size += size;
    return 0;
}

char *json_print(const json_t *value)
{
    Printed printed = {.text = malloc(PRINT_ROOM), .room = PRINT_ROOM};

    if (!printed.text)
        return NULL;
    if (json_dump_callback(value, print_more, &printed, JSON_COMPACT | JSON_ENCODE_ANY) < 0 ||
        printed.no_memory) {
        free(printed.text);
        return NULL;
    }
    printed.text[printed.size] = '\0';
    return printed.text;
}

json_t *json_copy_of(json_t *object)
{
    json_t *copy = json_copy(object);

    /* jansson leaves away what it has no memory for. */
    if (copy && json_object_size(copy) == json_object_size(object))
        return copy;
    json_decref(copy);
    return NULL;
}

bool words_are_valid(const char *const *words, size_t count)
{
    if (!words)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!words[i])
            return false;
    return true;
}

const char **words_dup(const char *const *words, size_t count)
{
    size_t size = (count + 1) * sizeof(*words);
    const char **block;
    char *text;

    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    block = malloc(size);
    if (!block)
        return NULL;
    text = (char *)(block + count + 1);
    for (size_t i = 0; i < count; i++) {
        block[i] = text;
        text = stpcpy(text, words[i]) + 1;
    }
    block[count] = NULL;
    return block;
}

json_t *words_json(const char *const *words, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; array && i < count; i++)
        if (json_array_append_new(array, json_string(words[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

uint32_t *numbers_dup(const uint32_t *numbers, size_t count)
{
    uint32_t *block = malloc((count + 1) * sizeof(*numbers));

    if (block && count > 0)
        memcpy(block, numbers, count * sizeof(*numbers));
    return block;
}

json_t *numbers_json(const uint32_t *numbers, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; array && i < count; i++)
        if (json_array_append_new(array, json_integer(numbers[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}
