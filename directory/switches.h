/* SPDX-License-Identifier: MIT */
/* The switches of the rule sheet: where the service's behaviour is not known for certain. */
#ifndef DIRECTORY_SWITCHES_H
#define DIRECTORY_SWITCHES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "directory/reply.h"

#define BODY_MAX ((size_t)1024 * 1024)

/* How an ETag stands in a header: as it is, in quotes, or weak: W/ and quotes. */
typedef enum EtagStyle {
    ETAG_BARE,
    ETAG_QUOTED,
    ETAG_WEAK,
} EtagStyle;

typedef struct Switches {
    EtagStyle etag_style;
    bool bump_noop;
    bool deep_custom;
    bool ignore_unknown;
    bool bare_create_conflict; /* a create-conflict 412 has no body */
    bool rate_limit;           /* as --rate-limit says until it is switched */
    size_t body_limit;
} Switches;

/* Changes what @json names: {"etagStyle"?, "bumpNoop"?, "deepCustom"?, "ignoreUnknown"?, "bareCreateConflict"?,
 * "rateLimit"?, "bodyLimit"?}; all of it or nothing. Returns 0 or REFUSED. */
int switches_set(Switches *switches, const json_t *json, Refusal *refusal);

#endif
