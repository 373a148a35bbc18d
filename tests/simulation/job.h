/* SPDX-License-Identifier: MIT */
/* A request from its game's side: what was asked, what came of it, and what the directory saw of it. */
#pragma once

#include "document.h"

#include "core/core.h"

typedef struct World World;

typedef enum JobClass {
    JOB_JOIN,
    JOB_LEAVE,
    JOB_OWN,
    JOB_SHARED,
    JOB_RESERVATION,
    JOB_ENCOUNTER,
    JOB_READ,
    JOB_ACTIVITY,
    JOB_LOOKUP, /* others' activities */
    JOB_CLASSES,
} JobClass;

typedef enum JobState {
    JOB_CALLED,   /* no reply yet */
    JOB_ACCEPTED, /* the reply came */
    JOB_REFUSED,
    JOB_DONE, /* its result was heard */
    JOB_ACKNOWLEDGED,
    JOB_LOST, /* forgotten in a way that is allowed */
} JobState;

/* A result, as far as two of them are compared. */
typedef struct Told {
    bool is;
    CoreOutcome outcome;
    CoreApplied applied;
    unsigned http_status;
    bool resolved;
} Told;

#define BY_REFERENCE (-1)

typedef struct Job {
    /* What is asked. */
    unsigned number; /* from 1; also the value that its document sets */
    char id[37];
    unsigned game, account, title, session;
    int handle; /* an index, or BY_REFERENCE */
    CoreKind kind;
    CoreMode mode;
    JobClass class;
    Delta delta;
    char body[DELTA_TEXT];
    size_t body_size;
    char etag[40];      /* "": none */
    char supersedes[8]; /* "": none */
    bool fail_when_offline;
    CoreDurability durability_asked;
    uint64_t lifetime; /* 0: the default */

    /* As accepted. */
    JobState state;
    unsigned order; /* of acceptance, over all lives; 0: the agent never took it */
    unsigned boot;
    unsigned calls;
    CoreDurability durability; /* what it has to be */
    uint64_t accepted_boot, accepted_wall, accepted_at;
    uint64_t deadline_boot; /* by the clock of the boot that accepted it */
    uint64_t deadline_wall;
    uint64_t deadline_now; /* by the clock of this boot */
    bool clock_lost;       /* nobody can tell whether its deadline has passed: it must not be sent any more */
    bool cancelled;        /* Cancel said so */
    bool acknowledging;
    bool attaching; /* its completion has to come again */
    bool asked_in_old_boot;
    bool owner_gone; /* the connection that asked */

    /* In the agent that lives. */
    bool in_core;
    bool ended;             /* its result is decided there */
    bool boot_after_accept; /* restored under another boot */

    /* Its results. */
    Told told;          /* what its game heard */
    Told before;        /* what was heard before a power cut */
    Told decided;       /* what was given to the store */
    bool stored;        /* that is in the store */
    bool unstored;      /* the disk refused it */
    unsigned second;    /* why another one may follow: see Excluded */
    unsigned forgotten; /* why nobody may know it any more: see Excluded; 0: it has to be known */
    uint64_t decided_at;
    uint64_t told_at, acknowledged_at;
    unsigned acknowledged_boot;

    /* On its way. */
    unsigned sends; /* write attempts */
    bool maybe;     /* one of them may have been applied, as far as the agent can tell */
    bool under_way; /* a write attempt is */
    uint64_t first_sent_at;
    unsigned refused; /* answers in a row that were a 401 with a newer token to be had */
    uint64_t refused_at;
    bool last_chance; /* it went before its deadline in spite of that */
    bool woken;       /* its account is ready again since */
    bool tokenless;   /* its last attempt had no token, or was refused a second time */

    /* In the directory. */
    unsigned performed;    /* answered with success */
    unsigned changed;      /* changed something, in time */
    uint64_t changed_at;   /* when it did that last */
    unsigned changed_late; /* changed something after the attempt had ended, and could not be kept from it */
    uint64_t late_at;
    bool disowned; /* since then somebody else has changed its account's member */
    bool shown;    /* a document, or that there is none, was seen that has all it asks for */
} Job;

/* job_is_write() - whether it changes a session, and is stored. */
bool job_is_write(const Job *job);

/* job_fill() - a new request of a game, drawn at random; number, id and game are set. */
void job_fill(World *world, Job *job);

/* job_submit() - as the bus room would hand it over. texts: borrowed from the job and from statics until the next call. */
CoreSubmit job_submit(const World *world, const Job *job);

/* job_by_id() - the job of an id; the program ends if there is none. */
Job *job_by_id(World *world, const char *id);

/* job_target() - what core_request_target() has to be. */
void job_target(const Job *job, char text[160]);

const char *job_class_name(JobClass class);
/* job_lifetime() - how long it may live, by what it does and what was asked. */
uint64_t job_lifetime(const Job *job);
