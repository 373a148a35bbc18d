/* SPDX-License-Identifier: MIT */
/* Is what a write wanted in the session? */
#pragma once

#include "base/util.h"

typedef enum Comparison {
    COMPARE_ABSENT,  /* a field of the delta is missing or other */
    COMPARE_PRESENT, /* every field of it is there */
} Comparison;

/*
 * compare_documents() - looks for a delta in a session document
 * @delta: what was PUT
 * @document: what was read
 * @xuid: who wrote it: whose member "me" is
 *
 * What the service consumes or never shows (encounters, initializationSucceeded) proves nothing and is passed over.
 * Returns a Comparison, -EBADMSG when either is no session document, or -ENOMEM.
 */
int compare_documents(const char *delta, size_t delta_size, const char *document, size_t document_size,
                      const char *xuid);
