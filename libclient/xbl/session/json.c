/* SPDX-License-Identifier: MIT */
/* JSON texts of games. */
#include "session/json.h"

#include <xsapi-c/errors_c.h>

#include <string.h>

json_t *json_parse(const char *text, size_t size, HRESULT *hr)
{
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    json_t *value = json_loadb(text, size, flags, &error);

    /* An integer above 2^63-1 has no room in jansson: rather lose its last digits than refuse it. */
    if (!value && json_error_code(&error) == json_error_numeric_overflow)
        value = json_loadb(text, size, flags | JSON_DECODE_INT_AS_REAL, &error);
    if (!value)
        *hr = json_error_code(&error) == json_error_out_of_memory ? E_OUTOFMEMORY : WEB_E_INVALID_JSON_STRING;
    else
        *hr = S_OK;
    return value;
}

char *json_print(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
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
