/* SPDX-License-Identifier: MIT */
/* Which version of a session: what its documents say of themselves. */
#pragma once

#include "base/util.h"

/* One block of memory; the texts are "" where nothing was said. */
typedef struct Version {
    uint64_t change;    /* rises with each commit of a branch; 0: not said */
    const char *branch; /* which life of the session */
    const char *etag;
    char packed[]; /* all of it as one text, for the store */
} Version;

/* version_new() - NULL texts are taken as "". Returns NULL when memory is out, or all of it is empty. */
Version *version_new(const char *branch, uint64_t change, const char *etag);
/* version_copy() - of NULL: NULL. */
Version *version_copy(const Version *version);
/* version_same() - whether both are one version, as far as both say something. */
bool version_same(const Version *a, const Version *b);
/* version_same_branch() - whether both may be of one life of the session: either says nothing of it, or both the same. */
bool version_same_branch(const Version *a, const Version *b);
/* version_older() - whether a is an earlier one of the same branch. */
bool version_older(const Version *a, const Version *b);
/* version_next() - whether b is the very next commit after a. */
bool version_next(const Version *a, const Version *b);

/* version_unpack() - from a packed text. NULL for one that is none, or when memory is out. */
Version *version_unpack(const char *text);
