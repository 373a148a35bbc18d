/* SPDX-License-Identifier: MIT */
/* What all runs together have reached: the table that is printed at the end. */
#pragma once

#include "core/core.h"

/* Moments at which an agent or a machine may die: an effect, or one of the others. */
typedef enum Point {
    POINT_EFFECTS = CORE_EFFECT_REMOVED + 1,
    POINT_CALL = POINT_EFFECTS, /* a game's call */
    POINT_WAKE,                 /* the core's timer */
    POINT_COMMIT,               /* a transaction: before and after it is written */
    POINT_ANSWER,               /* an attempt's end */
    POINT_ACCOUNT,              /* a word on an account */
    POINT_START,                /* core_start() */
    POINT_STOP,                 /* a clean stop: at its begin, and before its last commit */
    POINT_IDLE,                 /* any moment between events */
    POINTS,
} Point;

typedef enum CrashKind {
    CRASH_AGENT_BEFORE,
    CRASH_AGENT_AFTER,
    CRASH_MACHINE_BEFORE,
    CRASH_MACHINE_AFTER,
    CRASH_KINDS,
} CrashKind;

typedef enum FaultKind {
    /* The network. */
    FAULT_NOT_SENT,
    FAULT_OFFLINE,
    FAULT_REQUEST_LOST,
    FAULT_ANSWER_LOST,
    FAULT_LATE,
    FAULT_SLOW_ANSWER,
    FAULT_HALF_DOCUMENT,
    FAULT_HALF_CUT,
    FAULT_NO_TOKEN,
    FAULT_NOT_STARTED,
    /* The directory. */
    FAULT_401,
    FAULT_401_CLAIM,
    FAULT_429,
    FAULT_429_BARE,
    FAULT_503_TOLD,
    FAULT_503_BEFORE,
    FAULT_503_AFTER,
    FAULT_500_BEFORE,
    FAULT_500_AFTER,
    FAULT_202_BEFORE,
    FAULT_202_AFTER,
    FAULT_408_BEFORE,
    FAULT_408_AFTER,
    FAULT_REFUSED, /* 400, 403, 404, 409 */
    FAULT_BARE_412,
    FAULT_NO_LOCATION,
    FAULT_STALE_READ,
    FAULT_HANDLE_GONE,
    FAULT_SESSION_GONE,
    FAULT_BRANCH,
    FAULT_MEMBER_EXPIRED,
    FAULT_RIVAL_SAME_KEY,
    FAULT_RIVAL_OTHER_KEY,
    FAULT_RIVAL_MEMBER,
    FAULT_OTHER_DEVICE,
    /* Tokens. */
    FAULT_TOKEN_EXPIRED,
    FAULT_TOKEN_REVOKED,
    FAULT_TOKEN_BANNED,
    FAULT_IDENTITY_AWAY,
    FAULT_SIGN_OUT,
    /* The disk. */
    FAULT_DISK_FULL,
    FAULT_DISK_ERROR,
    FAULT_DISK_BUSY,
    FAULT_DISK_SLOW,
    FAULT_DISK_UNREADABLE,
    FAULT_COMMITS_LOST,
    /* The clocks, and the rest. */
    FAULT_CLOCK_FORWARD,
    FAULT_CLOCK_BACK,
    FAULT_SLEEP,
    FAULT_HINT,
    FAULT_CLEAN_STOP,
    FAULTS,
} FaultKind;

/* What the checks leave out, by name. */
typedef enum Excluded {
    EXCLUDED_NOTHING,
    EXCLUDED_LATE_COPY, /* a write, applied after its attempt had ended, where nothing could keep it from that */
    EXCLUDED_CREATED_AGAIN,   /* a create, sent again after the session it made was gone */
    EXCLUDED_OTHER_DEVICE,    /* its account's member was changed by another device, or by the service */
    EXCLUDED_OTHER_NAME,      /* a later one came by a name that was not known to be the same session's */
    EXCLUDED_POWER_RESULT,    /* a second result, since the first one was not fsynced */
    EXCLUDED_DISK_RESULT,     /* a second result, since the disk refused the first one */
    EXCLUDED_FORGOTTEN_LATER, /* repeated after a later one of its account, which was forgotten */
    EXCLUDED_POWER_LOST,      /* a request that a power cut forgot */
    EXCLUDED_AGENT_LOST,      /* a request that was kept in memory alone */
    EXCLUDED_LIMITER,         /* attempts of which the disk has lost the entries */
    EXCLUDED_TOO_OLD,         /* a result that nobody asked for within 24 hours */
    EXCLUDED,
} Excluded;

#define TABLE_OUTCOMES (CORE_OUTCOME_UNKNOWN + 1)
#define TABLE_MODES (CORE_MODE_SYNCHRONIZED_UPDATE + 1)
#define TABLE_CLASSES 9

typedef enum Happening {
    HAPPENING_RESOLVED, /* results that were found by looking */
    HAPPENING_REATTACHED,
    HAPPENING_REPEATED,
    HAPPENING_ID_REUSED,
    HAPPENING_REMEMBERED,
    HAPPENING_QUOTA,
    HAPPENING_BY_REFERENCE, /* sent by reference, though asked by handle */
    HAPPENING_FENCED,       /* sent with If-Match, though asked without */
    HAPPENING_MERGED,       /* a handle became known as a session */
    HAPPENING_GAME_DEATHS,
    HAPPENING_PARKED,    /* an account had to wait */
    HAPPENING_WENT_ON,   /* sent when its account was ready again */
    HAPPENING_SENT_ANEW, /* with a newer token, and taken */
    HAPPENING_REFUSED_TWICE,
    HAPPENING_NEEDS_SIGN_IN, /* results that say so */
    HAPPENING_SIGNED_OUT,    /* the same */
    HAPPENING_LEFT_FIRST,    /* a sign-out whose leaves were in time */
    HAPPENINGS,
} Happening;

typedef struct Table {
    uint64_t runs, requests, events, violations;
    uint64_t outcomes[TABLE_MODES][TABLE_OUTCOMES];
    uint64_t classes[TABLE_CLASSES][TABLE_OUTCOMES];
    uint64_t faults[FAULTS];
    uint64_t crashes[POINTS][CRASH_KINDS];
    uint64_t excluded[EXCLUDED];
    uint64_t happenings[HAPPENINGS];
    uint64_t checks[9]; /* how often a promise was looked at */
} Table;

/* table_print() - for people. */
void table_print(const Table *table);
/* table_zeros() - print what was never reached; returns how many. */
unsigned table_zeros(const Table *table);
uint64_t table_crashes(const Table *table);
uint64_t table_faults(const Table *table);
/* table_point_name() - static. */
const char *table_point_name(unsigned point);
const char *table_fault_name(FaultKind fault);
