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

/* What a call is aimed at, known apart from it: the handle it came by may die on the way. */
typedef struct Aim {
    json_t *reference; /* {scid, templateName, name} */
    char *key;         /* NULL: not one session, or none that can be found */
    char *handle;      /* NULL: it came by reference */
} Aim;

/* Returns 0; -EINVAL for a path that is relative, has an empty segment or too many of them. */
int path_split(const char *path, Path *out);
void path_clear(Path *path);
/* Whether the segment @i is @word. */
bool path_is(const Path *path, size_t i, const char *word);

/* Answers a call to the service. Every reply is complete but for Date. */
void route_serve(Directory *directory, const Call *call, Reply *reply);
/* The session that a call to the service is aimed at; its timers run first. Owned: aim_clear(). */
Aim route_aim(Directory *directory, const Call *call);
void aim_clear(Aim *aim);

#endif
