/* SPDX-License-Identifier: MIT */
/* The paths of the identity services: what answers them, whom they concern, how often they were asked. */
#ifndef DIRECTORY_ENDPOINT_H
#define DIRECTORY_ENDPOINT_H

#include "directory/directory.h"

/* Whether the path belongs to the identity services. */
bool endpoint_is(const char *path);
/* Answers it. Every reply is complete but for Date. */
void endpoint_serve(Directory *directory, const Call *call, Reply *reply);
/* The account that the call concerns, as far as its body names something that was issued. Owned, or NULL. */
char *endpoint_subject(const Directory *directory, const Call *call);
/* Counts the call, together with those like it that still wait for their answers. */
void endpoint_count(Directory *directory, const Call *call);

#endif
