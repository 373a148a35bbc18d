/* SPDX-License-Identifier: MIT */
/* Versions of sessions, compared by branch and change number where they are said, else by ETag. */
#include "core/version.h"

#include <inttypes.h>
#include <stdio.h>

Version *version_new(const char *branch, uint64_t change, const char *etag)
{
    branch = branch ? branch : "";
    etag = etag ? etag : "";
    if (!*etag && (!*branch || !change))
        return NULL;
    char number[24];
    snprintf(number, sizeof number, "%" PRIu64, change);
    size_t branch_size = strlen(branch) + 1, etag_size = strlen(etag) + 1;
    size_t packed_size = strlen(number) + 1 + branch_size + etag_size;
    Version *version = malloc(sizeof *version + packed_size + branch_size + etag_size);
    if (!version)
        return NULL;
    snprintf(version->packed, packed_size, "%s\n%s\n%s", number, branch, etag);
    char *tail = version->packed + packed_size;
    version->change = change;
    version->branch = memcpy(tail, branch, branch_size);
    version->etag = memcpy(tail + branch_size, etag, etag_size);
    return version;
}

Version *version_copy(const Version *version)
{
    return version ? version_new(version->branch, version->change, version->etag) : NULL;
}

static bool numbered(const Version *a, const Version *b)
{
    return *a->branch && *b->branch && a->change && b->change;
}

bool version_same(const Version *a, const Version *b)
{
    if (!a || !b)
        return false;
    if (numbered(a, b))
        return string_equal(a->branch, b->branch) && a->change == b->change;
    return *a->etag && string_equal(a->etag, b->etag);
}

bool version_same_branch(const Version *a, const Version *b)
{
    return !a || !b || !*a->branch || !*b->branch || string_equal(a->branch, b->branch);
}

bool version_older(const Version *a, const Version *b)
{
    return a && b && numbered(a, b) && string_equal(a->branch, b->branch) && a->change < b->change;
}

bool version_next(const Version *a, const Version *b)
{
    return a && b && numbered(a, b) && string_equal(a->branch, b->branch) && a->change + 1 == b->change;
}

Version *version_unpack(const char *text)
{
    char *end;
    uint64_t change = strtoull(text, &end, 10);
    const char *branch = end + 1;
    const char *etag = end == text || *end != '\n' ? NULL : strchr(branch, '\n');
    if (!etag)
        return NULL;
    CLEANUP_FREE char *copy = strndup(branch, (size_t)(etag - branch));
    return copy ? version_new(copy, change, etag + 1) : NULL;
}
