/* SPDX-License-Identifier: MIT */
/* What the identity services know: codes, tokens, how they are told to behave, and what they have counted.
 *
 * They stand for the whole chain from a device code to the token of the session directory. Their paths are told apart
 * from the service's by the path alone, so that one address serves for every host of the chain. All that is kept is
 * JSON: what the state file holds can be seen there. */
#ifndef DIRECTORY_IDENTITY_H
#define DIRECTORY_IDENTITY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "directory/knob.h"

#define TOKENS_MAX 20000
#define CODES_MAX 2000
#define HASHES_MAX 20000
/* Sign-ins whose account is named beforehand. */
#define NEXT_MAX 1000
/* Entries of each of the lists. */
#define RULES_MAX 1000

typedef struct Identity {
    bool used;             /* something was issued: from then on only issued tokens are accepted */
    json_t *codes;         /* device code -> code, see code.h */
    json_t *tokens;        /* value -> token, see token.h */
    json_t *hashes;        /* "xuid|party|binding" -> uhs */
    json_int_t turn;       /* sign-ins that went to the accounts in turn */
    json_int_t generation; /* of the last token */
    json_t *next;          /* xuids of the next sign-ins, before the turn goes on */
    Knobs knobs;
    json_t *unknown_clients; /* ids */
    json_t *titles;          /* client id -> title id */
    json_t *sandboxes;       /* sandbox -> [xuid], or null for all */
    json_t *parties;         /* further relying parties */
    json_t *failures;        /* see failure.h */
    json_t *latencies;       /* path -> {"ms", "jitter"} */
    json_t *endpoints;       /* path -> {"requests", "peak"} */
    json_t *accounts;        /* xuid -> {"requests", "peak", "refreshes"} */
} Identity;

/* @auto_approve: as --auto-approve says. */
void identity_open(Identity *identity, bool auto_approve);
void identity_close(Identity *identity);
/* What the state file keeps. A new reference. */
json_t *identity_save(const Identity *identity);
/* @saved: NULL is nothing. Returns 0 or -EINVAL. */
int identity_load(Identity *identity, const json_t *saved);
/* The knob's value: a number, a flag, or one of its enum. */
json_int_t identity_knob(const Identity *identity, Knob knob);
/* How the knobs are at the start. */
void identity_default_knobs(bool auto_approve, Knobs *out);
/* Takes rules, failures and latencies back to how they were at the start. */
void identity_defaults(Identity *identity);

#endif
