/* SPDX-License-Identifier: MIT */
/* Answers of the identity services that were ordered beforehand, and how late answers are. */
#include "directory/failure.h"

#include <string.h>
#include <sys/random.h>

#include "directory/answer.h"
#include "directory/oauth-error.h"
#include "directory/schema.h"
#include "directory/util.h"
#include "directory/xerr.h"

#define COUNT_MAX 1000000
#define BODY_TEXT_MAX ((size_t)65536)

static int check_number(const json_t *object, const char *key, json_int_t minimum, json_int_t maximum,
                        Refusal *refusal)
{
    const json_t *value = json_object_get(object, key);

    if (value && (!json_is_integer(value) || json_integer_value(value) < minimum ||
                  json_integer_value(value) > maximum))
        return refuse(refusal, 400,
                      "%s must be a number from %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT ".", key,
                      minimum, maximum);
    return 0;
}

static int check_text(const json_t *object, const char *key, size_t maximum, Refusal *refusal)
{
    const json_t *value = json_object_get(object, key);

    if (value && (!json_is_string(value) || json_string_length(value) > maximum ||
                  strlen(json_string_value(value)) != json_string_length(value)))
        return refuse(refusal, 400, "%s must be a text of at most %zu bytes.", key, maximum);
    return 0;
}

int failure_check(const json_t *failure, Refusal *refusal)
{
    const char *error = json_text(failure, "error", NULL), *retry = json_text(failure, "retryAfter", "");
    int ways = (json_object_get(failure, "error") != NULL) + (json_object_get(failure, "xerr") != NULL) +
               (json_object_get(failure, "status") != NULL);

    if (!json_is_object(failure))
        return refuse(refusal, 400, "fail is an object, or null to forget all.");
    if (schema_check_shape(failure, "fail",
                           "path,xuid,count,skip,error,xerr,redirect,status,body,html,retryAfter",
                           refusal) != 0 ||
        check_text(failure, "path", 200, refusal) != 0 || check_text(failure, "xuid", 64, refusal) != 0 ||
        check_text(failure, "redirect", 1000, refusal) != 0 ||
        check_text(failure, "html", BODY_TEXT_MAX, refusal) != 0 ||
        check_text(failure, "retryAfter", 63, refusal) != 0 ||
        check_number(failure, "count", 0, COUNT_MAX, refusal) != 0 ||
        check_number(failure, "skip", 0, COUNT_MAX, refusal) != 0 ||
        check_number(failure, "status", 200, 599, refusal) != 0 ||
        check_number(failure, "xerr", 0, UINT32_MAX, refusal) != 0)
        return REFUSED;
    if (ways != 1)
        return refuse(refusal, 400, "fail needs one of error, xerr and status.");
    if (strpbrk(retry, "\r\n"))
        return refuse(refusal, 400, "retryAfter is one line.");
    if (json_object_get(failure, "error") && (!error || !oauth_error_known(error)))
        return refuse(refusal, 400, "error is one of %.200s.", oauth_error_names());
    return 0;
}

json_t *failure_take(Directory *directory, const Call *call, const char *subject)
{
    json_t *list = directory->identity.failures, *failure;
    size_t i;

    json_array_foreach(list, i, failure)
    {
        json_int_t skip = json_number(failure, "skip", 0), count = json_number(failure, "count", 1);
        const char *xuid = json_text(failure, "xuid", NULL);

        if (!strstr(call->path, json_text(failure, "path", "")) ||
            (xuid && (!subject || strcmp(xuid, subject) != 0)))
            continue;
        if (skip > 0) {
            json_object_set_new(failure, "skip", json_integer(skip - 1));
            continue;
        }
        json_incref(failure);
        if (count == 1)
            json_array_remove(list, i);
        else if (count > 1)
            json_object_set_new(failure, "count", json_integer(count - 1));
        return failure;
    }
    return NULL;
}

void failure_reply(const Directory *directory, const json_t *failure, char family, Reply *reply)
{
    const char *error = json_text(failure, "error", NULL), *html = json_text(failure, "html", NULL);
    const char *retry = json_text(failure, "retryAfter", NULL);
    json_int_t xerr = json_number(failure, "xerr", 0);
    unsigned status = (unsigned)json_number(failure, "status", 0);
    json_t *body = json_object_get(failure, "body");

    if (error)
        oauth_error(directory, error, family, reply);
    else if (status == 0)
        xerr_reply(directory, xerr, json_text(failure, "redirect", NULL), reply);
    else if (html)
        reply_take(reply, status, "text/html", text_copy(html), strlen(html));
    else if (body)
        answer_json(directory, status, JSON_TYPE_UTF8, json_deep_copy(body), reply);
    else
        reply_status(reply, status);
    if (retry)
        reply_header(reply, "Retry-After", retry);
}

int latency_check(const json_t *latency, Refusal *refusal)
{
    if (!json_is_object(latency))
        return refuse(refusal, 400, "latency is an object, or null for none.");
    if (schema_check_shape(latency, "latency", "path,ms,jitter", refusal) != 0 ||
        check_text(latency, "path", 200, refusal) != 0 ||
        check_number(latency, "ms", 0, LATENCY_MAX_MS, refusal) != 0 ||
        check_number(latency, "jitter", 0, LATENCY_MAX_MS, refusal) != 0)
        return REFUSED;
    return json_object_get(latency, "path") && json_object_get(latency, "ms")
               ? 0
               : refuse(refusal, 400, "latency needs a path and ms.");
}

int64_t latency_ms(const Directory *directory, const Call *call)
{
    const char *path;
    json_t *latency;

    json_object_foreach(directory->identity.latencies, path, latency)
    {
        uint32_t random = 0;

        if (!strstr(call->path, path))
            continue;
        if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
            abort();
        return json_number(latency, "ms", 0) + random % (json_number(latency, "jitter", 0) + 1);
    }
    return 0;
}
