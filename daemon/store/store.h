/* SPDX-License-Identifier: MIT */
/* The durable queue: SQL, schema and the writer thread. Nobody else names SQLite. */
#pragma once

#include "base/util.h"

/*
 * Everything but opening happens on the store's own thread: a call queues an operation and returns at once, and its
 * answer comes from store_dispatch() on the caller's thread, in the order of the calls. What is queued while a commit
 * runs goes into the next one (group commit). The commit is fsynced when the group holds an operation that asks for it.
 *
 * The file is STATE/queue.db (WAL), of the mode 0600 in a folder of the mode 0700, with a lock that keeps a second
 * agent out.
 */

typedef struct Store Store;

/* A request as kept: the fields of the core's record. Texts are copied; NULL = absent. */
typedef struct StoreRequest {
    const char *id;
    uint64_t sequence;
    unsigned kind;
    unsigned mode;
    unsigned durability;
    const char *account;
    uint32_t title_id;
    const char *app_id;
    const char *target;
    const char *etag;
    const char *supersedes;
    unsigned char hash[32];
    const void *body; /* copied by store_insert(); NULL in a record that is read back */
    size_t body_size;
    uint64_t accepted_boot_usec;
    uint64_t accepted_wall_usec;
    uint64_t deadline_boot_usec;
    uint64_t deadline_wall_usec;
    bool fail_when_offline;
    unsigned write_class;
    unsigned attempts;
    bool marked;
    const char *base;  /* of a marked one: what the core knew of the session before; opaque */
    bool behind_leave; /* its account has left the session since it was accepted */
    bool done;
    uint64_t done_wall_usec;
    uint64_t done_steady_usec; /* set by store_finish(); see store_steady_usec() */
    unsigned outcome;
    size_t result_size; /* of the document that came with the result */
    char boot_id[37];   /* the boot that accepted it */
} StoreRequest;

/* The answer to an operation: 0 or a negative errno (-ENOSPC: disk full; -EIO: disk or file broken). */
typedef void (*StoreDone)(int r, void *userdata);

typedef struct StoreInfo {
    bool clean;       /* the last agent stopped cleanly (true for a new store) */
    bool moved_aside; /* the file could not be read: it lies at moved_to, and a new one was begun */
    char moved_to[256];
    uint64_t newest_wall_usec; /* the newest time in it */
} StoreInfo;

enum {
    STORE_E_LOCKED = 1, /* another agent has it: see holder */
    STORE_E_NEWER = 2,  /* made by a newer version */
};

/*
 * store_open() - open or make the store, and start its thread
 * @directory: the state folder; made if it is not there
 * @boot_id: this boot's
 * @holder: set for STORE_E_LOCKED: the PID that holds it, 0 if unknown
 * @message: at least 300 bytes: why it failed and what to do, for people
 *
 * Blocks; for the start only. Returns 0, one of the above, or a negative errno.
 */
int store_open(const char *directory, const char *boot_id, Store **store, StoreInfo *info, int *holder,
               char *message, size_t message_size);

/*
 * store_close() - commit what is queued, mark the store clean, stop the thread
 *
 * Blocks until the last commit is fsynced: for the end only. Answers that were not dispatched are dropped. NULL is allowed.
 * Returns NULL.
 */
Store *store_close(Store *store);
DEFINE_CLEANUP(Store *, store_close)

/* store_fd() - readable while answers wait for store_dispatch(). Owned by the store. */
int store_fd(Store *store);

/* store_dispatch() - run the callbacks of what is done; returns how many. */
int store_dispatch(Store *store);

/*
 * store_steady_usec() - now, by the clock that limiter entries, holds, and the age of what is done are kept in
 *
 * It was the wall clock when this boot's first agent began, and has run with the boot's clock since: setting the wall
 * clock does not move it. Any thread.
 */
uint64_t store_steady_usec(const Store *store);

/* store_pending() - operations whose answer has not been dispatched. */
unsigned store_pending(const Store *store);

/*
 * store_load() - read everything back, before the first operation
 *
 * Calls what is not NULL for each row: handles, limiter entries, holds, acknowledged ids, what was kept, then requests by rising
 * sequence. Blocks; for the start only. Returns 0 or a negative errno (also what a callback returned, which ends it). A
 * row that cannot be read, or for which a callback returns STORE_VISIT_UNREADABLE, is quarantined, and the rest goes on.
 */
enum {
    STORE_VISIT_UNREADABLE = 1,
};
typedef struct StoreVisitor {
    int (*handle)(const char *handle_id, const char *scid, const char *template_name, const char *name,
                  void *userdata);
    int (*limiter)(const char *account, uint32_t title_id, uint64_t ended_steady_usec, void *userdata);
    int (*hold)(const char *account, uint32_t title_id, uint64_t until_steady_usec, void *userdata);
    int (*acknowledged)(const char *id, const unsigned char hash[32], unsigned outcome, uint64_t steady_usec,
                        void *userdata);
    int (*kept)(const char *kind, const char *key, const void *value, size_t size, void *userdata);
    int (*request)(const StoreRequest *request, void *userdata);
} StoreVisitor;
int store_load(Store *store, const StoreVisitor *visitor, void *userdata);

/* store_unreadable() - rows that store_load() quarantined. */
unsigned store_unreadable(const Store *store);

/*
 * The operations. Arguments are copied. power: the answer comes after an fsync; otherwise after the commit was written.
 * done may be NULL. Return 0, or (then done is not called) -ENOMEM, -EINVAL for an id that is not a UUID, -E2BIG beyond 8 MiB of texts, or -ENOBUFS
 * beyond STORE_QUEUE_MAX operations; new requests are refused 10000 earlier, or beyond 64 MiB of them.
 *
 * Answers: 0; -ENOSPC: disk full (to a new request also while the reserve is used up; what was accepted gets the reserve);
 * -EIO: disk or file broken; -EEXIST: a second store_insert() of an id; -ENOENT: no such request; -EDQUOT: 200000 rows.
 */
#define STORE_QUEUE_MAX 50000

/* A new request; with request->marked its sending mark and a limiter entry at started_steady_usec in the same commit. */
int store_insert(Store *store, const StoreRequest *request, uint64_t started_steady_usec, bool power,
                 StoreDone done, void *userdata);
/* The sending mark with its base (NULL: none), and a limiter entry. For an id that is not stored (a read) the entry
 * alone. */
int store_mark(Store *store, const char *id, const char *account, uint32_t title_id,
               uint64_t started_steady_usec, const char *base, StoreDone done, void *userdata);
/* The limiter entry of an attempt that needs no mark. */
int store_attempt(Store *store, const char *account, uint32_t title_id, uint64_t started_steady_usec,
                  StoreDone done, void *userdata);
/* Clears the mark, and sets the attempts. -ENOENT for an id that is not stored. The limiter entry of the attempt moves to
 * now, as that of store_finish() does: the service may have counted it as late as that. */
int store_unmark(Store *store, const char *id, unsigned attempts, StoreDone done, void *userdata);
/* The result in place of the body: meta is the packed result; document may be NULL. */
int store_finish(Store *store, const char *id, unsigned outcome, uint64_t done_wall_usec, unsigned attempts,
                 const char *meta, const void *document, size_t document_size, StoreDone done,
                 void *userdata);
/* Keeps that its account has left the session since it was accepted. */
int store_behind_leave(Store *store, const char *id);
/* Forgets the document of a stored result (its meta gets session-dropped when it is loaded). */
int store_drop_document(Store *store, const char *id);
/* (id, hash, outcome), and when it began and ended, in place of the request. */
int store_acknowledge(Store *store, const char *id, const unsigned char hash[32], unsigned outcome,
                      uint64_t wall_usec);
/* Forgets the request, or the remembered id, with its story. */
int store_remove(Store *store, const char *id);
/* handle → reference; the newest STORE_HANDLES_MAX are kept. */
#define STORE_HANDLES_MAX 10000
int store_keep_handle(Store *store, const char *handle_id, const char *scid, const char *template_name,
                      const char *name, uint64_t wall_usec);

/* Until when an account and title have to wait (account "": all); replaces what was kept for them. */
int store_hold(Store *store, const char *account, uint32_t title_id, uint64_t until_steady_usec);
/*
 * Something small of another room's, by kind and key, opaque to the store; replaces what was there, and the answer comes
 * after an fsync. At most 1000 of a kind: -EDQUOT.
 */
int store_keep(Store *store, const char *kind, const char *key, const void *value, size_t size,
               StoreDone done, void *userdata);
/* Forgets a key, and all that begin with it and a slash, also in the file and its log. */
int store_unkeep(Store *store, const char *kind, const char *key, StoreDone done, void *userdata);

/* A line in the story of a stored request; of another id nothing is kept. Cut to STORE_NOTE_BYTES. Of many the first few
 * and the newest are kept, STORE_NOTES_MAX of one request. */
#define STORE_NOTE_BYTES 240
#define STORE_NOTES_MAX 64
int store_note(Store *store, const char *id, uint64_t wall_usec, const char *text);

/* Reads. data is NULL where r is not 0, else NUL-terminated and borrowed. -ENOENT: no such row. */
typedef void (*StoreBody)(int r, const char *data, size_t size, void *userdata);
int store_load_body(Store *store, const char *id, StoreBody done, void *userdata);
typedef void (*StoreResult)(int r, const char *meta, const char *document, size_t document_size,
                            bool document_dropped, void *userdata);
int store_load_result(Store *store, const char *id, StoreResult done, void *userdata);

/* What is known of the life of a request that is there, or of an acknowledged id; borrowed. */
typedef struct StoreLine {
    unsigned number; /* 1, 2, …; what is missing between two was left out */
    uint64_t wall_usec;
    const char *text;
} StoreLine;
typedef struct StoreStory {
    const char *app_id;          /* NULL: none */
    uint64_t accepted_wall_usec; /* 0: an earlier version acknowledged it */
    uint64_t done_wall_usec;
    uint64_t acknowledged_wall_usec; /* 0: it is not */
    unsigned attempts;
    bool done;
    unsigned outcome; /* of a done one */
    const char *meta; /* of a done one that is not acknowledged: its packed result */
    StoreLine *lines; /* in their order */
    size_t lines_count;
} StoreStory;
/* story is NULL where r is not 0. -ENOENT: there is no such id. */
typedef void (*StoreTold)(int r, const StoreStory *story, void *userdata);
int store_load_story(Store *store, const char *id, StoreTold done, void *userdata);

/* How the store itself is. */
typedef struct StoreFacts {
    unsigned format;
    uint64_t bytes;     /* of its file and log */
    uint64_t disk_free; /* that this user may still take on its file system */
    bool reserve;       /* it is there; false: it was given back, and nothing new is accepted */
    int failed; /* why the last write failed, a negative errno; 0: it did not, and the folder is writable */
    unsigned quarantined;  /* records set aside, of this start and of earlier ones */
    unsigned unreadable;   /* those of this start */
    unsigned moved_aside;  /* files that could not be read as a whole and lie beside it */
    char newest_moved[96]; /* the newest of them, its name in the folder; "": none */
} StoreFacts;
/* facts is NULL where r is not 0. */
typedef void (*StoreLooked)(int r, const StoreFacts *facts, void *userdata);
int store_look(Store *store, StoreLooked done, void *userdata);

/* store_ping() - the thread answers: for the watchdog. */
int store_ping(Store *store, StoreDone done, void *userdata);
