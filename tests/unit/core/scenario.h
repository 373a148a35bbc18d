/* SPDX-License-Identifier: MIT */
/* A world around a core: a clock, a store that answers, and attempts that the test ends as it likes. */
#pragma once

#include "core/core.h"

#define WORLD_MAX 4096

typedef struct WorldSend {
    char id[37];
    CoreVerb verb;
    CorePrecondition precondition;
    char etag[16];
    bool by_reference;
    uint64_t at;
    uint64_t timeout_usec;
    uint64_t ended_at;
    bool ended, counts;
} WorldSend;

typedef struct WorldRecord {
    char id[37];
    bool stored, marked, done, removed, acknowledged;
    unsigned accepted, refused, completed;
    CoreOutcome outcome;
    CoreApplied applied;
    char error[32], message[240], server_message[40];
    bool resolved, session, retryable;
    unsigned http_status;
    CoreWriteStatus write_status;
    char *body; /* as the store has it */
    char base[64];
    unsigned notes;
    char note[240]; /* the last one */
    bool behind_leave;
} WorldRecord;

/* A session as the directory shows it. */
typedef struct WorldDocument {
    const char *text;
    const char *branch; /* NULL: "b" */
    uint64_t change;
    const char *etag;      /* NULL: none */
    const char *handle_is; /* the name in Content-Location; NULL: none */
    uint64_t date_usec;
} WorldDocument;

typedef struct World {
    Core *core;
    CoreNow now;
    int store_answer; /* what commits end with */
    bool store_holds; /* commits are answered by world_commit() only */
    WorldSend sends[WORLD_MAX];
    size_t sends_count;
    WorldRecord records[WORLD_MAX];
    size_t records_count;
    struct {
        CoreRequest *request;
        CoreEffectType type;
    } commits[WORLD_MAX];
    size_t commits_count;
    CoreRequest *loads[WORLD_MAX];
    size_t loads_count;
    unsigned dropped, handles, aborts, attempts, loaded, holds;
    bool loads_fail;
} World;

World *world_new(const CoreLimits *limits);
void world_free(World *world);

/* A write by handle in update-existing; NULL options take those. Ids are numbers. */
typedef struct WorldWrite {
    unsigned id;
    const char *handle; /* default: one and the same */
    const char *account;
    const char *app;
    const char *owner;
    const char *session;
    const char *etag;
    const char *supersedes;
    CoreMode mode;
    CoreKind kind;
    uint64_t deadline_usec; /* from now */
    bool fail_when_offline;
    CoreDurability durability;
} WorldWrite;
int world_submit(World *world, const WorldWrite *write, CoreRefusal *refusal);

const char *world_id(unsigned id);
WorldRecord *world_record(World *world, unsigned id);

/* The oldest attempt that has not ended; NULL: none. */
WorldSend *world_sent(World *world);
size_t world_under_way(World *world);

/* Ends it. */
void world_answer(World *world, WorldSend *send, unsigned status, const char *document);
/* The same with a document and its version; 412 and 403 may have one too. */
void world_show(World *world, WorldSend *send, unsigned status, const WorldDocument *document);
void world_fail(World *world, WorldSend *send, CoreFate fate);
void world_end(World *world, WorldSend *send, const CoreAttempt *attempt);

/* Time goes on, and what is due happens. */
void world_advance(World *world, uint64_t usec);
/* To the next thing that is due; false: nothing is. */
bool world_next(World *world);
/* Answers held commits. */
void world_commit(World *world);
void world_pump(World *world);
