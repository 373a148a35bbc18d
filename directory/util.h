/* SPDX-License-Identifier: MIT */
/* Small helpers of the directory: owned locals, text, GUIDs, JSON. */
#ifndef DIRECTORY_UTIL_H
#define DIRECTORY_UTIL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* Owned locals: released when they leave their scope. */
#define OWN_TEXT __attribute__((cleanup(own_text_free)))
#define OWN_JSON __attribute__((cleanup(own_json_free)))
#define OWN_FD __attribute__((cleanup(own_fd_close)))

#define GUID_SIZE 37
#define NAME_MAX_LENGTH 99
#define JSON_DEPTH_MAX 64

static inline void own_text_free(char **text)
{
    free(*text);
}

static inline void own_json_free(json_t **json)
{
    json_decref(*json);
}

static inline void own_fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* The directory is a developer's tool: memory exhaustion ends it with a message. So none of the functions
 * below, and no function of jansson after util_init(), returns NULL for want of memory. */
void util_init(void);
void *memory_new(size_t size); /* zeroed */
void *memory_resize(void *block, size_t size);
char *text_copy(const char *text);
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Returns an owned copy in ASCII lower case. */
char *text_lower(const char *text);
/* Undoes %XX in place. */
void text_unescape(char *text);
/* The element of a comma separated list, compared without case. */
bool text_list_has(const char *list, const char *element);

/* @length letters out of @alphabet that nobody can guess. Owned. */
char *text_random(const char *alphabet, size_t length);

/* A random version 4 GUID. @upper: the spelling of ETags; lower case otherwise. */
void guid_make(char out[GUID_SIZE], bool upper);
bool guid_valid(const char *text);
bool guid_nil(const char *text);
/* Template and session names: [A-Za-z0-9._-]{1,99}, neither "." nor "..". */
bool name_valid(const char *text);
/* An XUID as it stands in a document: a decimal number as text. */
bool xuid_valid(const char *text);

/* Whether @json nests no deeper than JSON_DEPTH_MAX. */
bool json_depth_fits(const json_t *json);
/* The text at @key, or @fallback. Borrowed. */
const char *json_text(const json_t *object, const char *key, const char *fallback);
/* The object at @key; made there when absent or of another type. Borrowed. */
json_t *json_child(json_t *object, const char *key);
/* The number at @key, or @fallback. */
json_int_t json_number(const json_t *object, const char *key, json_int_t fallback);
/* Whether an array holds the text @value. NULL is an empty array. */
bool json_array_has_text(const json_t *array, const char *value);
/* null, false, "" and []: what the service takes for absent in a system object. */
bool json_is_absent(const json_t *value);
/* An XUID may come as text or number. Returns owned decimal text, or NULL when it is neither. */
char *json_xuid(const json_t *value);

#endif
