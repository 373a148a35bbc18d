/* SPDX-License-Identifier: MIT */
/* Inside the reader of replies: what its two halves share. */
#pragma once

#include "token/identity-reply.h"

#include <jansson.h>

/*
 * reply_take_success() - the fields of a 200
 *
 * Returns NULL, or what is wrong with them, for people; *r is 0 or -ENOMEM.
 */
const char *reply_take_success(IdentityKind kind, const json_t *root, IdentityReply *reply, int *r);

/* reply_judge_grant() - what a 4xx of the token endpoint means. */
void reply_judge_grant(IdentityKind kind, const json_t *root, IdentityReply *reply);
/* reply_judge_token() - what a 4xx of the token services means; root may be NULL: no body. */
void reply_judge_token(IdentityKind kind, const IdentityRaw *raw, const json_t *root, IdentityReply *reply);

/* reply_say() - outcome and sentence; behind it what the service says itself, if root is not NULL. */
void reply_say(IdentityReply *reply, IdentityOutcome outcome, const json_t *root, const char *sentence);

typedef enum NumberFound {
    NUMBER_FOUND,
    NUMBER_ABSENT,
    NUMBER_BAD,
} NumberFound;

/* reply_number() - an integer, or one in a text, within bounds. */
NumberFound reply_number(const json_t *value, json_int_t least, json_int_t most, json_int_t *number);
