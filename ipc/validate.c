/* SPDX-License-Identifier: MIT */
/* The rules for arguments that both sides of the bus check. */
#include <stdint.h>
#include <string.h>

#include "ipc/names.h"
#include "ipc/validate.h"

/* One bit per open bracket says whether it is an object. */
#define SHAPE_DEPTH_MAX 256

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool uuid_check(const char *text, bool upper)
{
    bool zero = true;

    if (!text)
        return false;
    for (size_t i = 0; i < MPS_ID_LENGTH; i++) {
        char c = text[i];

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-')
                return false;
            continue;
        }
        if (!is_lower_hex(c) && !(upper && c >= 'A' && c <= 'F'))
            return false;
        zero = zero && c == '0';
    }
    return text[MPS_ID_LENGTH] == '\0' && !zero;
}

bool mps_validate_uuid(const char *text)
{
    return uuid_check(text, true);
}

bool mps_validate_id(const char *text)
{
    return uuid_check(text, false);
}

bool mps_validate_name(const char *text)
{
    size_t size;

    if (!text)
        return false;
    for (size = 0; text[size]; size++) {
        char c = text[size];

        if (size == MPS_NAME_MAX)
            return false;
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '.' && c != '_' &&
            c != '-')
            return false;
    }
    return size > 0 && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

bool mps_validate_xuid(const char *text)
{
    uint64_t value = 0;

    if (!text || text[0] == '\0' || text[0] == '0')
        return false;
    for (; *text; text++) {
        unsigned digit;

        if (!is_digit(*text))
            return false;
        digit = (unsigned)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    return true;
}

bool mps_validate_etag(const char *text)
{
    size_t size;

    if (!text)
        return false;
    for (size = 0; text[size]; size++) {
        if (size == MPS_ETAG_MAX || text[size] < 0x20 || text[size] > 0x7e)
            return false;
    }
    return size > 0;
}

bool mps_validate_supersedes(const char *text)
{
    size_t size;

    if (!text)
        return false;
    size = strnlen(text, MPS_SUPERSEDES_MAX + 1);
    return size > 0 && size <= MPS_SUPERSEDES_MAX && mps_validate_utf8(text, size);
}

/* How long is the sequence that starts at p, of at most left bytes? 0: not well-formed (Unicode, table 3-7). */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t size;

    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        size = 2;
    else if (p[0] >= 0xe0 && p[0] <= 0xef)
        size = 3;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        size = 4;
    else
        return 0;
    if (size > left)
        return 0;
    if (p[0] == 0xe0)
        low = 0xa0; /* overlong */
    else if (p[0] == 0xed)
        high = 0x9f; /* surrogates */
    else if (p[0] == 0xf0)
        low = 0x90; /* overlong */
    else if (p[0] == 0xf4)
        high = 0x8f; /* beyond U+10FFFF */
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    }
    return size;
}

/* Are the eight bytes at p ASCII without a NUL? Documents are mostly that, and a game's thread waits for the answer. */
static bool is_plain(const unsigned char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return ((word | ((word - UINT64_C(0x0101010101010101)) & ~word)) & UINT64_C(0x8080808080808080)) == 0;
}

bool mps_validate_utf8(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t i = 0;

    while (i < size) {
        size_t step;

        if (size - i >= 8 && is_plain(p + i)) {
            i += 8;
            continue;
        }
        if (p[i] < 0x80) {
            if (p[i] == 0)
                return false;
            i++;
            continue;
        }
        step = utf8_sequence(p + i, size - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

bool mps_validate_json_shape(const char *text, size_t size, unsigned max_depth)
{
    uint64_t objects[SHAPE_DEPTH_MAX / 64] = {0};
    unsigned depth = 0;
    size_t i = 0;

    if (max_depth > SHAPE_DEPTH_MAX)
        max_depth = SHAPE_DEPTH_MAX;
    while (i < size && is_space(text[i]))
        i++;
    if (i == size || text[i] != '{')
        return false;
    for (; i < size; i++) {
        char c = text[i];

        if (c == '"') {
            for (i++; i < size && text[i] != '"'; i++) {
                if (text[i] == '\\')
                    i++;
            }
            if (i >= size)
                return false;
        } else if (c == '{' || c == '[') {
            if (depth == max_depth)
                return false;
            if (c == '{')
                objects[depth / 64] |= UINT64_C(1) << (depth % 64);
            else
                objects[depth / 64] &= ~(UINT64_C(1) << (depth % 64));
            depth++;
        } else if (c == '}' || c == ']') {
            /* The outermost bracket ends the loop, so one is open here. */
            depth--;
            if (((objects[depth / 64] >> (depth % 64)) & 1) != (c == '}'))
                return false;
            if (depth == 0)
                break;
        }
    }
    if (i == size)
        return false;
    for (i++; i < size; i++) {
        if (!is_space(text[i]))
            return false;
    }
    return true;
}
