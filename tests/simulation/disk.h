/* SPDX-License-Identifier: MIT */
/* The store: operations in order, group commits, and what a crash or a power cut leaves of them. */
#pragma once

#include "core/core.h"

typedef struct World World;

#define JOBS_MAX 128
#define HANDLES_MAX 32
#define DISK_ENTRIES_MAX 4096
#define DISK_HOLDS_MAX 16
#define DISK_QUEUE_MAX 512
#define DISK_LOG_MAX 4096
#define DISK_RESULTS_MAX 1024
#define BASE_MAX 400

/* A request as kept; the texts that the job has are not kept twice. */
typedef struct Row {
    bool present, marked, behind_leave, done, document_dropped;
    bool remembered; /* acknowledged: id, hash and outcome alone */
    int entry;       /* of its last marked attempt; -1: none */
    int result;      /* index; -1: none */
    uint64_t sequence;
    uint64_t accepted_boot, accepted_wall, deadline_boot, deadline_wall, done_wall, remembered_wall;
    uint64_t done_steady, remembered_steady; /* see disk_steady_usec() */
    size_t result_size;
    unsigned boot; /* the one that accepted it */
    unsigned write_class, attempts, kind, mode;
    CoreDurability durability;
    CoreOutcome outcome, remembered_outcome;
    bool fail_when_offline;
    unsigned char hash[32], remembered_hash[32];
    char base[BASE_MAX]; /* "": none */
} Row;

#define DISK_ENDED UINT32_MAX

typedef struct DiskEntry {
    unsigned account, title;
    unsigned boot; /* DISK_ENDED: its end is known */
    uint64_t steady, slept;
} DiskEntry;

typedef struct DiskHold {
    unsigned account, title; /* account 0: all */
    uint64_t until_steady;
} DiskHold;

typedef struct DiskState {
    bool clean;
    unsigned boot;          /* the last that an agent began in */
    uint64_t steady_offset; /* what its steady clock is ahead of the boot's clock */
    Row rows[JOBS_MAX + 1]; /* by the job's number */
    DiskEntry entries[DISK_ENTRIES_MAX];
    unsigned entries_count;
    int sessions[HANDLES_MAX]; /* of each handle; -1: not known */
    uint64_t handles_wall;     /* when the last of them was kept */
    DiskHold holds[DISK_HOLDS_MAX];
    unsigned holds_count;
} DiskState;

typedef enum OperationType {
    OPERATION_INSERT,
    OPERATION_MARK,
    OPERATION_ATTEMPT,
    OPERATION_UNMARK,
    OPERATION_FINISH,
    OPERATION_BEHIND_LEAVE,
    OPERATION_DROP,
    OPERATION_ACKNOWLEDGE,
    OPERATION_REMOVE,
    OPERATION_HANDLE,
    OPERATION_HOLD,
    OPERATION_NOTE,
    OPERATION_LOAD_SEND,
    OPERATION_LOAD_COMPARE,
    OPERATION_LOAD_RESULT,
} OperationType;

typedef struct Operation {
    OperationType type;
    unsigned job; /* 0: none */
    CoreRequest *request;
    bool power;
    int r;
    uint64_t wall, steady, slept;
    unsigned boot;
    unsigned account, title; /* MARK, ATTEMPT, HOLD */
    unsigned attempts;       /* UNMARK, FINISH */
    CoreOutcome outcome;
    int result;
    size_t result_size;
    unsigned handle, session;
    uint64_t until_steady;
    unsigned attempt; /* LOAD_SEND */
    union {
        Row row;                /* INSERT */
        unsigned char hash[32]; /* ACKNOWLEDGE */
        char base[BASE_MAX];    /* MARK */
    };
} Operation;

typedef struct DiskResult {
    char *meta, *document;
    size_t size;
} DiskResult;

typedef struct Disk {
    DiskState state;  /* what a later agent finds */
    DiskState synced; /* what a power cut leaves at least */
    Operation queue[DISK_QUEUE_MAX];
    unsigned queue_count;
    Operation group[DISK_QUEUE_MAX];
    unsigned group_count;
    bool busy; /* the thread is awake, or a transaction is under way */
    /* What was written since the last fsync, with the number of its commit. */
    Operation log[DISK_LOG_MAX];
    unsigned log_commit[DISK_LOG_MAX];
    unsigned log_count, commits;
    DiskResult results[DISK_RESULTS_MAX];
    unsigned results_count;
    bool entries_lost; /* what it was told of attempts is not all there */
} Disk;

void disk_reset(World *world);
/* disk_clear() - frees what a run has kept. */
void disk_clear(Disk *disk);

/* disk_open() - an agent takes it: what was written is fsynced with the mark that it is in use. */
/* disk_steady_usec() - by a wall clock that does not jump within a boot. */
uint64_t disk_steady_usec(const World *world);
void disk_open(World *world);
/* disk_close() - what is queued is written, fsynced, and marked clean. */
void disk_close(World *world);

/* disk_queue() - hand an operation to the thread. Returns 0 or -ENOBUFS. */
int disk_queue(World *world, const Operation *operation);
/* disk_keep() - a packed result; both texts are taken over. Returns its index. */
int disk_keep(World *world, char *meta, char *document, size_t size);

void disk_on_group(World *world);
void disk_on_commit(World *world);

/* disk_agent_died() - what is queued is gone; a transaction under way is written or not. */
void disk_agent_died(World *world);
/* disk_power_cut() - of the commits since the last fsync, the last ones are gone. */
void disk_power_cut(World *world);
