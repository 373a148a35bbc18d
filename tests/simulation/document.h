/* SPDX-License-Identifier: MIT */
/* A session as the directory keeps it, and the change that a write asks for. */
#pragma once

#include "base/util.h"

#define DOCUMENT_KEYS 4     /* custom properties that all members write */
#define DOCUMENT_MEMBERS 10 /* a session is full then */
#define DOCUMENT_TEXT 2400  /* bytes of the longest rendering */
#define DELTA_TEXT 400
#define DELTA_RESERVES_OWN 90000 /* from this xuid on, nobody else reserves it */
#define XUID_TEXT 20

#define VALUE_ABSENT 0U

/* What the service's clock says at time 0 of a run, in seconds. */
#define SERVICE_BEGIN 1700000000ULL

typedef struct Member {
    unsigned xuid;
    unsigned own; /* its custom property "w" */
    bool active, reserved;
    uint64_t since;  /* of the reservation, or of being inactive */
    char joined[32]; /* when, as the service writes it */
} Member;

typedef struct Document {
    bool exists;
    unsigned branch, change;
    unsigned version; /* the ETag's number: no two states of any session share one */
    unsigned shared[DOCUMENT_KEYS];
    unsigned members_count;
    Member members[DOCUMENT_MEMBERS];
} Document;

/* One write's document. Its values are of no other write, so that what shows them shows it. */
typedef struct Delta {
    bool me;        /* members.me is an object: joins who is no member */
    bool joins;     /* it has constants, and sets active */
    bool leaves;    /* members.me is null */
    bool encounter; /* tells of an encounter, which no read shows */
    unsigned own;   /* members.me.properties.custom.w */
    unsigned shared[DOCUMENT_KEYS];
    bool removes[DOCUMENT_KEYS]; /* sets it to null */
    unsigned reserves;           /* reserve_0: an xuid */
} Delta;

/* document_member() - NULL: not a member. */
Member *document_member(Document *document, unsigned xuid);

/* document_remove() - a member goes; the last one takes the session with it. */
void document_remove(Document *document, Member *member);

/* document_expire() - the lazy timers, as far as they are due: whether somebody went. */
bool document_expire(Document *document, uint64_t now, uint64_t reserved_usec, uint64_t inactive_usec);

/*
 * document_apply() - merge a delta
 * @changed: whether the session is another one now
 *
 * Returns the status: 200, 201, 204, 403 (nothing was changed).
 */
unsigned document_apply(Document *document, const Delta *delta, unsigned xuid, uint64_t now, bool *changed);

/* document_shows() - whether everything that a delta asks for is there. */
bool document_shows(const Document *document, const Delta *delta, unsigned xuid);

/* delta_is_unique() - whether only its own write can have made what it asks for. */
bool delta_is_unique(const Delta *delta);

/* document_render() - as the service writes it. Returns its length. */
size_t document_render(const Document *document, char text[DOCUMENT_TEXT]);

/* delta_render() - as a game writes it. Returns its length. */
size_t delta_render(const Delta *delta, unsigned xuid, char text[DELTA_TEXT]);

/* xuid_render() - a number as the text that the service has for it. */
void xuid_render(unsigned xuid, char text[XUID_TEXT]);
/* branch_render() - the same of a branch. */
void branch_render(unsigned branch, char text[40]);
