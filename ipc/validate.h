/* SPDX-License-Identifier: MIT */
/* The rules for arguments that both sides of the bus check: pure functions of bytes, no allocation, no locale. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * mps_validate_uuid() - a handle id or scid
 * @text: NUL-terminated; NULL is false
 *
 * Return: true for 36 characters, hexadecimal of either case with dashes in the canonical places, not all zero.
 */
bool mps_validate_uuid(const char *text);

/* mps_validate_id() - a request's id: as mps_validate_uuid(), but lower-case alone, so that one id has one path. */
bool mps_validate_id(const char *text);

/* mps_validate_name() - a template's or session's name: [A-Za-z0-9._-]{1,99}, neither "." nor "..". NULL is false. */
bool mps_validate_name(const char *text);

/* mps_validate_xuid() - a decimal XUID: 1 to 18446744073709551615, no sign, no leading zero. NULL is false. */
bool mps_validate_xuid(const char *text);

/* mps_validate_etag() - a header's value: 1 to 255 bytes of printable ASCII (0x20 to 0x7e). NULL is false. */
bool mps_validate_etag(const char *text);

/* mps_validate_supersedes() - a key: 1 to 100 bytes of UTF-8. NULL is false. */
bool mps_validate_supersedes(const char *text);

/*
 * mps_validate_utf8() - what a D-Bus string may hold
 * @text: @size bytes, not necessarily NUL-terminated; NULL only with a size of 0
 *
 * Return: false for overlong forms, surrogates, code points beyond U+10FFFF, cut sequences, and for an embedded NUL.
 */
bool mps_validate_utf8(const char *text, size_t size);

/*
 * mps_validate_json_shape() - is this one JSON object of a bounded depth, as far as can be told without parsing?
 * @text: @size bytes
 * @max_depth: how many objects and arrays may be open at once, at most 256
 *
 * Looks at brackets outside of strings alone: they have to match, the outermost has to be one object, and nothing but
 * white space may stand around it. Whether what is between them is JSON, a parser has to say.
 */
bool mps_validate_json_shape(const char *text, size_t size, unsigned max_depth);
