/* SPDX-License-Identifier: MIT */
/* GET …/sessions and POST …/batch: the sessions that users are in, or that have a keyword. */
#ifndef DIRECTORY_SESSION_QUERY_H
#define DIRECTORY_SESSION_QUERY_H

#include "directory/user.h"

/* The most sessions that one answer lists, and the most users that one batch asks for. */
#define SESSION_QUERY_TAKE_MAX 100
#define SESSION_QUERY_XUIDS_MAX 1000

/* Where the question was put. @template_name: NULL for all templates of the service configuration. */
typedef struct SessionScope {
    const char *scid;
    const char *template_name;
} SessionScope;

/* @body: of a batch, parsed; NULL for a GET. */
void session_query_serve(Directory *directory, const Principal *who, const SessionScope *scope,
                         const Call *call, const json_t *body, Reply *reply);

#endif
