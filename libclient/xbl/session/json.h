/* SPDX-License-Identifier: MIT */
/* JSON texts of games and of the service. */
#pragma once

#include <httpClient/pal.h>

#include <jansson.h>
#include <time.h>

#define JSON_SIZE_MAX (4u << 20) /* bytes of a text: as large as the agent lets an answer be */
#define JSON_DEPTH_MAX 128       /* nested arrays and objects */

/*
 * json_parse() - any JSON value
 *
 * An integer outside of int64_t becomes a real. Returns NULL if @text is no JSON, too large or too deep
 * (WEB_E_INVALID_JSON_STRING), or without memory; *hr tells which.
 */
json_t *json_parse(const char *text, size_t size, HRESULT *hr);

/* json_print() - the compact text of @value, to be freed; NULL without memory. */
char *json_print(const json_t *value);

/* json_copy_of() - a copy of an object whose values are shared; NULL without memory. */
json_t *json_copy_of(json_t *object);

/*
 * A document of the service is read field by field. A field that is absent or null leaves its default; one of a wrong
 * type is remembered, with the whole document's reading going on, so that the caller checks once, at the end.
 */
typedef struct JsonReader {
    bool malformed;
    bool no_memory;
} JsonReader;

/* json_reader_object() - the object under @key of @parent (NULL is allowed), or NULL. */
json_t *json_reader_object(JsonReader *reader, const json_t *parent, const char *key);
json_t *json_reader_array(JsonReader *reader, const json_t *parent, const char *key);
const char *json_reader_text(JsonReader *reader, const json_t *parent, const char *key);
uint64_t json_reader_number(JsonReader *reader, const json_t *parent, const char *key, uint64_t maximum);
bool json_reader_bool(JsonReader *reader, const json_t *parent, const char *key);

/* json_reader_xuid() - a decimal number, as a string or a number. */
uint64_t json_reader_xuid(JsonReader *reader, const json_t *value);

/* json_reader_id() - the same for a number of 32 bits: a title's, a member's. */
uint32_t json_reader_id(JsonReader *reader, const json_t *value);

/* json_reader_xuids() - an array of them, as one block; NULL if absent or empty. */
uint64_t *json_reader_xuids(JsonReader *reader, const json_t *parent, const char *key, size_t *count);

/* json_reader_copy() - a text into a field of @size bytes, cut to fit at a character's border. */
void json_reader_copy(JsonReader *reader, const json_t *parent, const char *key, char *field, size_t size);

/* json_reader_dup() - a text of its own, NULL if absent. */
char *json_reader_dup(JsonReader *reader, const json_t *parent, const char *key);

/* json_reader_print() - the text of whatever value is under @key, NULL if absent. */
char *json_reader_print(JsonReader *reader, const json_t *parent, const char *key);

/* json_reader_time() - an ISO 8601 time, in UTC. */
time_t json_reader_time(JsonReader *reader, const json_t *parent, const char *key);

/* json_reader_word() - the index of a word (in any case) in a list that ends with NULL; -1 if absent or unknown. */
int json_reader_word(JsonReader *reader, const json_t *parent, const char *key, const char *const *words);

/* json_reader_words(), json_reader_numbers() - an array as one block, to be freed at once. */
const char **json_reader_words(JsonReader *reader, const json_t *parent, const char *key, size_t *count);
uint32_t *json_reader_numbers(JsonReader *reader, const json_t *parent, const char *key, size_t *count);

/* words_are_valid() - whether there is an array, and no NULL in it. */
bool words_are_valid(const char *const *words, size_t count);

/* words_dup(), words_json() - an array of strings as one block, and as JSON. NULL without memory. */
const char **words_dup(const char *const *words, size_t count);
json_t *words_json(const char *const *words, size_t count);

/* numbers_dup(), numbers_json() - the same for numbers. */
uint32_t *numbers_dup(const uint32_t *numbers, size_t count);
json_t *numbers_json(const uint32_t *numbers, size_t count);

/* time_from_http() - an RFC 1123 date; 0 if it is none. */
time_t time_from_http(const char *text);
