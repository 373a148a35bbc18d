/* SPDX-License-Identifier: MIT */
/* Why the service gives an account no token: its numbers, and what follows from each. Pure. */
#pragma once

#include "base/util.h"

typedef enum XErrClass {
    XERR_UNKNOWN,        /* a number that is not in the table, or none: nothing is tried again by itself */
    XERR_USER_ACTION,    /* the player can put it right, often on a page of the service */
    XERR_DENIED,         /* nothing that the player or the agent does will help now */
    XERR_CONFIG,         /* account, sandbox and title do not go together */
    XERR_TRANSIENT,      /* the service's trouble: back off, try again */
    XERR_REBUILD_USER,   /* what the chain below rests on is stale: this token anew, once */
    XERR_REBUILD_DEVICE, /* the same */
    XERR_REBUILD_TITLE,  /* the same */
    XERR_REBUILD_ALL,    /* device, title and user token are of different devices: all three anew, once */
} XErrClass;

typedef struct XErr {
    uint32_t number; /* 0: the service named none */
    XErrClass class;
    const char *name;
    const char *sentence; /* for people: what is the matter, and what to do */
    const char *redirect; /* the page to go to when the reply names none; may be NULL */
} XErr;

/* xerr_find() - what a number means; never NULL: one that nobody knows has a row of its own (whose number is 0). */
const XErr *xerr_find(uint32_t number);

/* xerr_find_word() - by the word in "WWW-Authenticate: XSTS error=…", for a reply without a number; NULL: unknown. */
const XErr *xerr_find_word(const char *word);

/* xerr_rows() - all that are known, for tests and the manual. */
const XErr *xerr_rows(size_t *count);
