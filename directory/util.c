/* SPDX-License-Identifier: MIT */
/* Small helpers of the directory: owned locals, text, GUIDs, JSON. */
#include "directory/util.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

static void memory_exhausted(void)
{
    fputs("mpsession-directory: out of memory\n", stderr);
    abort();
}

static void *memory_plain(size_t size)
{
    void *block = malloc(size ? size : 1);

    if (!block)
        memory_exhausted();
    return block;
}

void util_init(void)
{
    json_set_alloc_funcs(memory_plain, free);
}

void *memory_new(size_t size)
{
    void *block = calloc(1, size ? size : 1);

    if (!block)
        memory_exhausted();
    return block;
}

void *memory_resize(void *block, size_t size)
{
    void *resized = realloc(block, size ? size : 1);

    if (!resized)
        memory_exhausted();
    return resized;
}

char *text_copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(memory_plain(size), text, size);
}

char *text_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        memory_exhausted();
    va_end(arguments);
    return text;
}

char *text_lower(const char *text)
{
    char *lower = text_copy(text);

    for (char *p = lower; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return lower;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void text_unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (*from == '%' && hex_value(from[1]) >= 0 && hex_value(from[2]) >= 0) {
            *to++ = (char)(hex_value(from[1]) * 16 + hex_value(from[2]));
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

bool text_list_has(const char *list, const char *element)
{
    size_t length = strlen(element);

    while (list && *list) {
        size_t part = strcspn(list, ",");

        if (part == length && strncasecmp(list, element, length) == 0)
            return true;
        list += part;
        if (*list == ',')
            list++;
    }
    return false;
}

char *text_random(const char *alphabet, size_t length)
{
    size_t letters = strlen(alphabet), used = 0;
    char *text = memory_new(length + 1);
    unsigned char bytes[64];

    while (used < length) {
        if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
            abort();
        /* What does not divide evenly is thrown away. */
        for (size_t i = 0; i < sizeof(bytes) && used < length; i++)
            if (bytes[i] < 256 / letters * letters)
                text[used++] = alphabet[bytes[i] % letters];
    }
    return text;
}

void guid_make(char out[GUID_SIZE], bool upper)
{
    static const char *const digits[] = {"0123456789abcdef", "0123456789ABCDEF"};
    unsigned char bytes[16];
    char *to = out;

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        abort();
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digits[upper][bytes[i] >> 4];
        *to++ = digits[upper][bytes[i] & 15];
    }
    *to = '\0';
}

bool guid_valid(const char *text)
{
    if (strlen(text) != GUID_SIZE - 1)
        return false;
    for (size_t i = 0; i < GUID_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : hex_value(text[i]) < 0)
            return false;
    }
    return true;
}

bool guid_nil(const char *text)
{
    return strspn(text, "0-") == strlen(text);
}

bool name_valid(const char *text)
{
    size_t length = strlen(text);

    if (length == 0 || length > NAME_MAX_LENGTH || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        return false;
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

bool xuid_valid(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && length <= 20 && strspn(text, "0123456789") == length;
}

static bool depth_fits(const json_t *json, unsigned left)
{
    const char *key;
    json_t *value;
    size_t i;

    if (!json_is_object(json) && !json_is_array(json))
        return true;
    if (left == 0)
        return false;
    json_array_foreach(json, i, value) if (!depth_fits(value, left - 1)) return false;
    if (json_is_object(json))
        json_object_foreach((json_t *)(uintptr_t)json, key,
                            value) if (!depth_fits(value, left - 1)) return false;
    return true;
}

bool json_depth_fits(const json_t *json)
{
    return depth_fits(json, JSON_DEPTH_MAX);
}

const char *json_text(const json_t *object, const char *key, const char *fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) ? json_string_value(value) : fallback;
}

json_t *json_child(json_t *object, const char *key)
{
    json_t *child = json_object_get(object, key);

    if (!json_is_object(child)) {
        child = json_object();
        json_object_set_new(object, key, child);
    }
    return child;
}

json_int_t json_number(const json_t *object, const char *key, json_int_t fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool json_array_has_text(const json_t *array, const char *value)
{
    json_t *item;
    size_t i;

    json_array_foreach(array, i, item) if (json_is_string(item) &&
                                           strcmp(json_string_value(item), value) == 0) return true;
    return false;
}

bool json_is_absent(const json_t *value)
{
    return !value || json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

char *json_xuid(const json_t *value)
{
    if (json_is_string(value) && xuid_valid(json_string_value(value)))
        return text_copy(json_string_value(value));
    if (json_is_integer(value) && json_integer_value(value) > 0)
        return text_format("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return NULL;
}
