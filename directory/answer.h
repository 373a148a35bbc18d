/* SPDX-License-Identifier: MIT */
/* How the identity services write their answers: the clock they go by, and the forms that POST /control/identity sets. */
#ifndef DIRECTORY_ANSWER_H
#define DIRECTORY_ANSWER_H

#include "directory/directory.h"

#define JSON_TYPE "application/json"
#define JSON_TYPE_UTF8 "application/json; charset=utf-8"

/* The present of the identity services, in µs. */
int64_t answer_now(const Directory *directory);
/* An instant as the Xbox services write it. A new reference. */
json_t *answer_time(const Directory *directory, int64_t time_us);
/* @body (taken over) with this status. @type: a literal. */
void answer_json(const Directory *directory, unsigned status, const char *type, json_t *body, Reply *reply);
/* The text of Date at @now, the directory's present. Returns false when there is to be none. */
bool answer_date(const Directory *directory, int64_t now, char out[CLOCK_HTTP_SIZE]);

#endif
