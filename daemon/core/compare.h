/* SPDX-License-Identifier: MIT */
/* Is what a write wanted in the session? */
#pragma once

#include "base/util.h"

typedef struct Comparison {
    bool seen;        /* it had a field that a read shows at all; without one nothing is proved */
    bool own_differs; /* a field of the writer's own member, which nobody else writes, is missing or other */
    bool own_other;   /* such a field is there, with another value */
    bool shared_differs;  /* a field that others may write is missing or other */
    bool member;          /* the writer is a member of the session (or holds a place in it) */
    uint64_t joined_usec; /* when that member joined, by the service's clock; 0: it does not say */
} Comparison;

/*
 * compare_documents() - looks for a delta in a session document
 * @delta: what was PUT
 * @document: what was read
 * @xuid: who wrote it: whose member "me" is
 *
 * What the service consumes or never shows (encounters, initializationSucceeded) proves nothing and is passed over.
 * Returns 0, -EBADMSG when either is no session document, or -ENOMEM.
 */
int compare_documents(const char *delta, size_t delta_size, const char *document, size_t document_size,
                      const char *xuid, Comparison *comparison);
