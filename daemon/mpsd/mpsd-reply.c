/* SPDX-License-Identifier: MIT */
/* Reading replies: documents and messages, with nothing taken on trust. */
#include "mpsd/mpsd-reply.h"

#include "base/date.h"
#include "ipc/validate.h"

#include <jansson.h>
#include <strings.h>

/* ---- Texts ------------------------------------------------------------------------------------------------------- */

/* How many bytes the character takes that begins here; 0: it is not one. */
static size_t reply_character(const char *text, size_t left)
{
    for (size_t size = 1; size <= 4 && size <= left; size++)
        if (mps_validate_utf8(text, size))
            return size;
    return 0;
}

/* Two bytes: the control characters of the upper half, and the marks that turn the direction of writing. */
static bool reply_unwanted(const char *text, size_t size)
{
    const unsigned char *c = (const unsigned char *)text;
    if (size == 1)
        return c[0] < 0x20 || c[0] == 0x7f;
    if (size == 2)
        return c[0] == 0xc2 && c[1] < 0xa0;
    return size == 3 && c[0] == 0xe2 &&
           ((c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) || (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
}

void mpsd_reply_clean(const char *text, size_t size, char *clean, size_t room)
{
    size_t at = 0;
    bool space = false;
    for (size_t i = 0; i < size;) {
        size_t bytes = reply_character(text + i, size - i);
        if (bytes == 0 || reply_unwanted(text + i, bytes) || text[i] == ' ') {
            space = at > 0;
            i += bytes ? bytes : 1;
            continue;
        }
        if (at + space + bytes >= room)
            break;
        if (space)
            clean[at++] = ' ';
        space = false;
        memcpy(clean + at, text + i, bytes);
        at += bytes;
        i += bytes;
    }
    clean[at] = '\0';
}

/* ---- Documents --------------------------------------------------------------------------------------------------- */

/* A JSON object without duplicate or NUL-holding keys; NULL for anything else. The depth is checked before jansson,
 * which would recurse as deep as it is told. */
static json_t *reply_load(const MpsdRaw *raw)
{
    if (!raw->body || !mps_validate_json_shape(raw->body, raw->body_size, MPSD_DEPTH_MAX))
        return NULL;
    json_error_t error;
    json_t *root = json_loadb(raw->body, raw->body_size, JSON_ALLOW_NUL, &error);
    if (root && !json_is_object(root)) {
        json_decref(root);
        return NULL;
    }
    return root;
}

static void reply_take_handle(const json_t *root, MpsdParsed *parsed)
{
    const char *id = json_string_value(json_object_get(root, "id"));
    if (!mps_validate_uuid(id))
        return;
    memcpy(parsed->handle_id, id, sizeof parsed->handle_id);
    parsed->reply.handle_id = parsed->handle_id;
}

static int reply_take_activities(const json_t *root, MpsdParsed *parsed)
{
    const json_t *results = json_object_get(root, "results");
    if (!json_is_array(results))
        return 0;
    parsed->activities = json_dumps(results, JSON_COMPACT);
    if (!parsed->activities)
        return -ENOMEM;
    parsed->reply.activities = parsed->activities;
    return 0;
}

/* Which version of the session a document is. */
static void reply_take_version(const json_t *root, MpsdParsed *parsed)
{
    const char *branch = json_string_value(json_object_get(root, "branch"));
    const json_t *number = json_object_get(root, "changeNumber");
    if (branch && *branch && strlen(branch) < sizeof parsed->branch) {
        memcpy(parsed->branch, branch, strlen(branch) + 1);
        parsed->reply.branch = parsed->branch;
    }
    if (json_is_integer(number) && json_integer_value(number) > 0)
        parsed->reply.change_number = (uint64_t)json_integer_value(number);
}

static uint32_t reply_small_number(const json_t *root, const char *name)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)root, key, value)
    {
        if (strcasecmp(key, name) == 0 && json_is_integer(value) && json_integer_value(value) > 0 &&
            json_integer_value(value) <= 1000000)
            return (uint32_t)json_integer_value(value);
    }
    return 0;
}

/* The service's own word on its limits; its spelling of the names varies. */
static void reply_take_limit(const json_t *root, MpsdParsed *parsed)
{
    parsed->reply.limit_max = reply_small_number(root, "maxRequests");
    parsed->reply.limit_period_sec = reply_small_number(root, "periodInSeconds");
}

static int reply_take_document(MpsdVerb verb, const MpsdRaw *raw, const json_t *root, MpsdParsed *parsed)
{
    bool success = raw->status >= 200 && raw->status <= 299;
    if (raw->status == 429) {
        reply_take_limit(root, parsed);
        return 0;
    }
    switch (verb) {
    case MPSD_WRITE:
    case MPSD_READ:
        parsed->reply.document = raw->body;
        parsed->reply.document_size = raw->body_size;
        reply_take_version(root, parsed);
        return 0;
    case MPSD_SET_ACTIVITY:
        if (success)
            reply_take_handle(root, parsed);
        return 0;
    case MPSD_GET_ACTIVITIES:
        return success ? reply_take_activities(root, parsed) : 0;
    }
    return 0;
}

static void reply_take_headers(const MpsdRaw *raw, uint64_t wall_usec, MpsdParsed *parsed)
{
    MpsdReply *reply = &parsed->reply;
    if (mps_validate_etag(raw->etag))
        reply->etag = raw->etag;
    int64_t seconds;
    if (raw->date && date_parse_http(raw->date, &seconds)) {
        reply->date = raw->date;
        reply->date_usec = (uint64_t)seconds * USEC_PER_SEC;
    }
    if (raw->retry_after)
        reply->has_retry_after =
            date_retry_after(raw->retry_after, raw->date, wall_usec, &reply->retry_after_usec);
    if (raw->content_location && mpsd_url_parse_location(raw->content_location, &parsed->reference) == 0) {
        reply->scid = parsed->reference.scid;
        reply->template_name = parsed->reference.template_name;
        reply->name = parsed->reference.name;
    }
}

/* What an error's object says, in the spellings of the services; NULL: it is none, but a session, as with some refusals. */
static const char *reply_error_words(const json_t *root)
{
    static const char *const sessions[] = {"members", "constants", "changeNumber"};
    static const char *const words[] = {"debugMessage", "errorMessage", "description", "message"};
    for (size_t i = 0; i < ELEMENTS(sessions); i++)
        if (json_object_get(root, sessions[i]))
            return NULL;
    for (size_t i = 0; i < ELEMENTS(words); i++) {
        const char *text = json_string_value(json_object_get(root, words[i]));
        if (!string_empty(text))
            return text;
    }
    return NULL;
}

static void reply_take_words(const char *text, size_t size, MpsdParsed *parsed)
{
    mpsd_reply_clean(text, size, parsed->server_message, sizeof parsed->server_message);
    if (parsed->server_message[0])
        parsed->reply.server_message = parsed->server_message;
}

int mpsd_reply_parse(MpsdVerb verb, const MpsdRaw *raw, uint64_t wall_usec, MpsdParsed *parsed)
{
    *parsed = (MpsdParsed){.reply = {.fate = MPSD_ANSWERED, .status = raw->status}};
    reply_take_headers(raw, wall_usec, parsed);
    if (!raw->body || raw->body_size == 0)
        return 0;
    json_t *root = reply_load(raw);
    if (root) {
        const char *words = raw->status >= 400 ? reply_error_words(root) : NULL;
        int r = 0;
        if (words)
            reply_take_words(words, strlen(words), parsed);
        if (!words || raw->status == 429)
            r = reply_take_document(verb, raw, root, parsed);
        json_decref(root);
        return r;
    }
    /* A message for people. What a success says that is not a document is of no use to anybody. */
    if (raw->status >= 300)
        reply_take_words(raw->body, raw->body_size, parsed);
    return 0;
}

void mpsd_reply_free(MpsdParsed *parsed)
{
    free(TAKE(parsed->activities));
}
