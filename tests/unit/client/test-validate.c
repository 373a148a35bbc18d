/* SPDX-License-Identifier: MIT */
/* The argument rules of ipc/validate.h. */
#include <criterion/criterion.h>
#include <string.h>

#include "ipc/names.h"
#include "ipc/validate.h"

#define UUID "8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11"

Test(validate, uuid)
{
    cr_assert(mps_validate_uuid(UUID));
    cr_assert(mps_validate_uuid("8CB6D02A-7B5E-4BD6-9D21-6F9D8FCB0C11"));
    cr_assert_not(mps_validate_uuid(NULL));
    cr_assert_not(mps_validate_uuid(""));
    cr_assert_not(mps_validate_uuid("00000000-0000-0000-0000-000000000000"));
    cr_assert_not(mps_validate_uuid("{" UUID "}"));
    cr_assert_not(mps_validate_uuid(UUID "0"));
    cr_assert_not(mps_validate_uuid("8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c1"));
    cr_assert_not(mps_validate_uuid("8cb6d02a07b5e-4bd6-9d21-6f9d8fcb0c11"));
    cr_assert_not(mps_validate_uuid("8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0cg1"));
    cr_assert_not(mps_validate_uuid("8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb/c11"));
}

Test(validate, id_is_lower_case)
{
    cr_assert(mps_validate_id(UUID));
    cr_assert_not(mps_validate_id("8CB6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11"));
    cr_assert_not(mps_validate_id("00000000-0000-0000-0000-000000000000"));
}

Test(validate, name)
{
    char text[MPS_NAME_MAX + 2];

    memset(text, 'a', sizeof(text));
    text[MPS_NAME_MAX + 1] = '\0';
    cr_assert_not(mps_validate_name(text));
    text[MPS_NAME_MAX] = '\0';
    cr_assert(mps_validate_name(text));
    cr_assert(mps_validate_name("Az09._-"));
    cr_assert(mps_validate_name("..."));
    cr_assert_not(mps_validate_name("."));
    cr_assert_not(mps_validate_name(".."));
    cr_assert_not(mps_validate_name(""));
    cr_assert_not(mps_validate_name(NULL));
    cr_assert_not(mps_validate_name("a/b"));
    cr_assert_not(mps_validate_name("a%2fb"));
    cr_assert_not(mps_validate_name("a?b"));
    cr_assert_not(mps_validate_name("\xc3\xa4"));
}

Test(validate, xuid)
{
    cr_assert(mps_validate_xuid("1"));
    cr_assert(mps_validate_xuid("2533274792986770"));
    cr_assert(mps_validate_xuid("18446744073709551615"));
    cr_assert_not(mps_validate_xuid("18446744073709551616"));
    cr_assert_not(mps_validate_xuid("99999999999999999999999"));
    cr_assert_not(mps_validate_xuid("0"));
    cr_assert_not(mps_validate_xuid("01"));
    cr_assert_not(mps_validate_xuid("-1"));
    cr_assert_not(mps_validate_xuid("+1"));
    cr_assert_not(mps_validate_xuid("1 "));
    cr_assert_not(mps_validate_xuid(""));
    cr_assert_not(mps_validate_xuid(NULL));
}

Test(validate, etag_and_key)
{
    char text[MPS_ETAG_MAX + 2];

    memset(text, 'x', sizeof(text));
    text[MPS_ETAG_MAX + 1] = '\0';
    cr_assert_not(mps_validate_etag(text));
    cr_assert_not(mps_validate_supersedes(text));
    text[MPS_ETAG_MAX] = '\0';
    cr_assert(mps_validate_etag(text));
    text[MPS_SUPERSEDES_MAX + 1] = '\0';
    cr_assert_not(mps_validate_supersedes(text));
    text[MPS_SUPERSEDES_MAX] = '\0';
    cr_assert(mps_validate_supersedes(text));
    cr_assert(mps_validate_etag("W/\"1-x\""));
    cr_assert_not(mps_validate_etag(""));
    cr_assert_not(mps_validate_etag(NULL));
    cr_assert_not(mps_validate_etag("a\r\nX: y"));
    cr_assert_not(mps_validate_etag("\xc3\xa4"));
    cr_assert_not(mps_validate_etag("a\x7f"));
    cr_assert(mps_validate_supersedes("\xc3\xa4"));
    cr_assert_not(mps_validate_supersedes("\xc3"));
    cr_assert_not(mps_validate_supersedes(""));
    cr_assert_not(mps_validate_supersedes(NULL));
}

static bool utf8(const char *text)
{
    return mps_validate_utf8(text, strlen(text));
}

Test(validate, utf8)
{
    cr_assert(mps_validate_utf8(NULL, 0));
    cr_assert(utf8("a\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf \xf0\x90\x80\x80 "
                   "\xf4\x8f\xbf\xbf"));
    cr_assert_not(mps_validate_utf8("a\0b", 3));
    cr_assert_not(utf8("\x80"));
    cr_assert_not(utf8("\xc0\x80"));
    cr_assert_not(utf8("\xc1\xbf"));
    cr_assert_not(utf8("\xe0\x9f\xbf"));
    cr_assert_not(utf8("\xed\xa0\x80"));
    cr_assert_not(utf8("\xf0\x8f\xbf\xbf"));
    cr_assert_not(utf8("\xf4\x90\x80\x80"));
    cr_assert_not(utf8("\xf5\x80\x80\x80"));
    cr_assert_not(utf8("\xff"));
    cr_assert_not(utf8("\xe2\x82"));
    cr_assert_not(utf8("\xe2\x82z"));
    /* At every place of the eight bytes that are looked at together. */
    for (size_t i = 0; i < 24; i++) {
        char text[24];

        memset(text, 'a', sizeof(text));
        cr_assert(mps_validate_utf8(text, sizeof(text)));
        text[i] = '\0';
        cr_assert_not(mps_validate_utf8(text, sizeof(text)));
        text[i] = '\x7f';
        cr_assert(mps_validate_utf8(text, sizeof(text)));
        text[i] = '\x01';
        cr_assert(mps_validate_utf8(text, sizeof(text)));
        text[i] = '\x80';
        cr_assert_not(mps_validate_utf8(text, sizeof(text)));
    }
    /* Cut by the size, not by a NUL. */
    cr_assert_not(mps_validate_utf8("\xe2\x82\xac", 2));
}

static bool shape(const char *text, unsigned max_depth)
{
    return mps_validate_json_shape(text, strlen(text), max_depth);
}

Test(validate, json_shape)
{
    cr_assert(shape("{}", 1));
    cr_assert(shape(" \t\r\n{\"a\":[1,{\"b\":\"}]\\\"\"}]} \n", 3));
    cr_assert_not(shape("{\"a\":[1,{\"b\":2}]}", 2));
    cr_assert_not(shape("", 64));
    cr_assert_not(shape("  ", 64));
    cr_assert_not(shape("[]", 64));
    cr_assert_not(shape("null", 64));
    cr_assert_not(shape("{", 64));
    cr_assert_not(shape("{]", 64));
    cr_assert_not(shape("{\"a\":[}]", 64));
    cr_assert_not(shape("{}{}", 64));
    cr_assert_not(shape("{} x", 64));
    cr_assert_not(shape("{\"a", 64));
    cr_assert_not(shape("{\"a\\", 64));
    cr_assert_not(shape("{\"a\\\"}", 64));
    cr_assert_not(shape("{}", 0));
}

Test(validate, json_shape_depth)
{
    char text[2 * 300 + 1];

    for (unsigned depth = 1; depth <= 300; depth++) {
        text[0] = '{';
        memset(text + 1, '[', depth - 1);
        memset(text + depth, ']', depth - 1);
        text[2 * depth - 1] = '}';
        cr_assert_eq(mps_validate_json_shape(text, 2 * depth, MPS_SESSION_DEPTH_MAX),
                     depth <= MPS_SESSION_DEPTH_MAX);
        cr_assert_eq(mps_validate_json_shape(text, 2 * depth, 1000), depth <= 256);
    }
}
