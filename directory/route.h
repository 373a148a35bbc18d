/* SPDX-License-Identifier: MIT */
/* From a path to what answers it. Paths compare without case; a trailing slash is tolerated. */
#ifndef DIRECTORY_ROUTE_H
#define DIRECTORY_ROUTE_H

#include "directory/write.h"

/* The most segments that a known path has. */
#define ROUTE_SEGMENTS_MAX 8

/* A path taken apart. The segments point into @text. */
typedef struct Path {
    char *text;
    char *segments[ROUTE_SEGMENTS_MAX];
    size_t count;
} Path;

/* Returns 0; -EINVAL for a path that is relative, has an empty segment or too many of them. */
int path_split(const char *path, Path *out);
void path_clear(Path *path);
/* Whether the segment @i is @word. */
bool path_is(const Path *path, size_t i, const char *word);

/* Answers a call to the service. Every reply is complete but for Date. */
void route_serve(Directory *directory, const Call *call, Reply *reply);
/* The key of the session that a call to the service is aimed at, or NULL. Owned. */
char *route_session_key(Directory *directory, const Call *call);

#endif
