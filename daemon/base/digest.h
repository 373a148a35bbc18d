/* SPDX-License-Identifier: MIT */
/* SHA-256 over parts, each with its length, so that no two lists of parts give the same bytes. */
#pragma once

#include "base/util.h"

typedef struct DigestPart {
    const void *data;
    size_t size;
} DigestPart;

/* digest_parts() - the hash. Returns 0 or -ENOMEM. */
int digest_parts(const DigestPart *parts, size_t count, unsigned char hash[32]);
