/* SPDX-License-Identifier: MIT */
/* Reading and writing one session: checks in the service's order, merge, commit. */
#ifndef DIRECTORY_WRITE_H
#define DIRECTORY_WRITE_H

#include "directory/user.h"

/* What a request is aimed at. Texts borrow from @handle or from the caller. */
typedef struct Target {
    SessionReference reference;
    json_t *handle; /* owned; NULL by reference */
    const json_t *template_json;
} Target;

/* @call: its body is the delta. */
void write_session(Directory *directory, const Principal *who, const Target *target, const Call *call,
                   Reply *reply);
void read_session(Directory *directory, const Principal *who, const Target *target, const Call *call,
                  Reply *reply);
/* Whether the caller is not throttled. Returns false with the 429 in @reply. */
bool write_within_rate(const Principal *who, Reply *reply);

/* Whether a request may go on. @etag: of the session as it is, NULL when there is none. */
bool precondition_holds(const char *if_match, const char *if_none_match, const char *etag);
/* The write mode that the headers stand for, in the names of the agent's contract. */
const char *precondition_mode(const char *if_match, const char *if_none_match);

#endif
