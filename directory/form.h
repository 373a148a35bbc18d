/* SPDX-License-Identifier: MIT */
/* What a client may send as a body: forms and their media types, read strictly. */
#ifndef DIRECTORY_FORM_H
#define DIRECTORY_FORM_H

#include <jansson.h>
#include <stdbool.h>

#define FORM_FIELDS_MAX 64

/* Whether a Content-Type is @media, with no parameter but charset=utf-8. @header: the value, or NULL. */
bool form_media_is(const char *header, const char *media);
/* The fields of application/x-www-form-urlencoded as an object of texts, a new reference. NULL when it is not one: a
 * stray character, a broken %XX, text that is not UTF-8 or has a NUL, a name that comes twice, too many fields. */
json_t *form_parse(const char *body, size_t length);

#endif
