/* SPDX-License-Identifier: MIT */
/* What a client may send as a body: forms and their media types, read strictly. */
#include "directory/form.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "directory/util.h"

/* What clients may leave as it is: the unreserved characters, and what WHATWG and RFC 3986 differ about. */
#define FORM_ALLOWED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~*!'():;/?@,$"

bool form_media_is(const char *header, const char *media)
{
    size_t length = strlen(media);
    const char *rest;

    if (!header || strncasecmp(header, media, length) != 0)
        return false;
    rest = header + length;
    rest += strspn(rest, " \t");
    if (*rest == '\0')
        return true;
    if (*rest++ != ';')
        return false;
    rest += strspn(rest, " \t");
    return strcasecmp(rest, "charset=utf-8") == 0 || strcasecmp(rest, "charset=\"utf-8\"") == 0;
}

/* The text of a name or value, or NULL. */
static json_t *form_text(const char *from, size_t length)
{
    OWN_TEXT char *text = memory_new(length + 1);
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        char c = from[i];

        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            char hex[3] = "";

            if (length - i < 3 || !isxdigit((unsigned char)from[i + 1]) ||
                !isxdigit((unsigned char)from[i + 2]))
                return NULL;
            memcpy(hex, from + i + 1, 2);
            c = (char)strtoul(hex, NULL, 16);
            i += 2;
        } else if (!strchr(FORM_ALLOWED, c)) {
            return NULL;
        }
        if (c == '\0')
            return NULL;
        text[used++] = c;
    }
    return json_stringn(text, used);
}

/* Adds one name=value. Returns false when it is none. */
static bool form_add(json_t *fields, const char *from, size_t length)
{
    const char *equals = memchr(from, '=', length);
    OWN_JSON json_t *name = NULL;
    json_t *value;

    if (!equals || equals == from)
        return false;
    name = form_text(from, (size_t)(equals - from));
    value = form_text(equals + 1, length - (size_t)(equals + 1 - from));
    if (!name || !value || json_object_get(fields, json_string_value(name)) ||
        json_object_size(fields) == FORM_FIELDS_MAX) {
        json_decref(value);
        return false;
    }
    json_object_set_new(fields, json_string_value(name), value);
    return true;
}

json_t *form_parse(const char *body, size_t length)
{
    json_t *fields = json_object();
    size_t at = 0;

    while (at < length) {
        const char *end = memchr(body + at, '&', length - at);
        size_t part = end ? (size_t)(end - (body + at)) : length - at;

        /* A & at the end would be an empty field. */
        if (!form_add(fields, body + at, part) || (end && at + part + 1 == length)) {
            json_decref(fields);
            return NULL;
        }
        at += part + 1;
    }
    return fields;
}
