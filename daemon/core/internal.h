/* SPDX-License-Identifier: MIT */
/* The core's own structs: for daemon/core/ alone. */
#pragma once

#include "base/heap.h"
#include "base/map.h"
#include "base/text.h"
#include "core/account.h"
#include "core/break.h"
#include "core/core.h"
#include "core/limiter.h"
#include "core/outcome.h"
#include "core/version.h"
#include "core/write-class.h"

#include <sys/queue.h>

static_assert(CORE_RATE_MAX == LIMITER_LOG_MAX, "what is allowed is counted");

#define RESIDENT_MAX (8 * 1024 * 1024) /* bytes of documents kept in memory for those that are sent soon */
#define REMEMBERED_MAX 100000          /* acknowledged ids */
#define KEEP_USEC (24 * USEC_PER_HOUR) /* results, and acknowledged ids */
#define HANDLES_MAX 10000              /* handles whose session is known */
#define RESULT_RETRY_USEC                                                                                    \
    (30 * USEC_PER_SEC) /* until a result that could not be kept is handed to the store again */
#define HOLD_MAX_USEC (72 * USEC_PER_MINUTE) /* the longest Retry-After that is obeyed, with its jitter */
#define BROKEN_DEADLINE_USEC (10 * USEC_PER_SEC)
#define LAST_CHANCE_USEC (5 * USEC_PER_SEC)
#define ROUNDS_MAX 5       /* looks and fenced repeats after one doubt */
#define SESSIONS_MAX 10000 /* sessions whose version is remembered */
#define NOTES_MAX 60       /* lines of one story; the store keeps no more */
#define ATTEMPT_MAX_USEC (20 * USEC_PER_SEC)
#define GONE_LEAST_USEC (20 * USEC_PER_SEC) /* the service takes so long to see that a member is gone */
#define LEAVE_LOOK_USEC (30 * USEC_PER_SEC) /* a leave older than this is sent only after a look */
#define RETRY_TOKENS 500
#define RETRY_COST_TRANSIENT 10
#define RETRY_COST_THROTTLE 5

typedef enum Phase {
    PHASE_ACCEPTING,        /* its first commit is awaited */
    PHASE_ACCEPTING_MARKED, /* the same, and it is sent as soon as that is done */
    PHASE_IDLE,             /* in its lane */
    PHASE_MARKING,          /* the commit of its sending mark is awaited */
    PHASE_SENDING,          /* an attempt's end is awaited */
    PHASE_JUDGING,          /* a look's document is being held against it */
    PHASE_FINISHING,        /* the commit of its result is awaited */
    PHASE_DONE,
} Phase;

/* Why the next attempt is a look at the session. */
typedef enum Look {
    LOOK_NONE,
    LOOK_RESOLVE,  /* the write may have been applied: was it? */
    LOOK_CONFLICT, /* it was not: a 412 that brought no document */
    LOOK_LEAVE,    /* a leave that waited long: is there anything to leave? */
    LOOK_HANDLE,   /* the handle is dead, but its session is known: may the write go on by reference? */
} Look;

typedef TAILQ_HEAD(RequestList, CoreRequest) RequestList;
typedef TAILQ_HEAD(LaneList, Lane) LaneList;

/* First accepted, first applied: the unfinished requests of one account and session. */
typedef struct Lane {
    MapNode node;
    RequestList requests; /* by rising sequence */
    TAILQ_ENTRY(Lane) ready;
    uint32_t doubts;       /* how many of those may have been applied */
    RequestList pointless; /* of those: what a leave behind them makes pointless, while it is unsent */
    uint32_t busy;         /* attempts under way: at most one, or of two lanes that became one */
    struct Lane
        *holds; /* it is known to be the same session as this one, which waits until they can be joined */
    uint64_t fence_number; /* of the look that it comes from */
    Version *fence; /* what its repeats must find: the version that the last look showed, and what our own
                              repeats have made of it since */
    struct Judging *judging; /* a look's document is being compared with those in doubt */
    LaneList *ready_in;      /* the list it waits in for a slot; NULL: its head cannot start now */
    struct Limiter *ready_at;
    char key[];
} Lane;

/* The ready lanes of one app at one limiter. */
typedef struct LimiterApp {
    TAILQ_ENTRY(LimiterApp) ring;
    Text *app;
    LaneList lanes;
} LimiterApp;

typedef struct Limiter {
    MapNode node;
    LimiterLog log;
    LaneList last;   /* those whose chance this is, whatever the host's back-off says */
    LaneList urgent; /* leaves and looks: they go first, and may use the reserve */
    LaneList spent;  /* taken out of the others: retries without a budget, until the probe has ended */
    TAILQ_HEAD(, LimiterApp) apps;
    uint32_t ready_count;
    TAILQ_ENTRY(Limiter) all;
    char key[];
} Limiter;

struct CoreRequest {
    MapNode by_id;
    TAILQ_ENTRY(CoreRequest) all;
    TAILQ_ENTRY(CoreRequest) in_list; /* its lane's */
    TAILQ_ENTRY(CoreRequest) pointless;
    ListNode owned;     /* its owner's */
    ListNode documents; /* its app's results that have one */
    HeapNode timer;
    Lane *lane;
    Account *account;
    Text *app, *owner;
    char *target;
    char *etag, *supersedes, *last_error;
    struct Superseding *superseding; /* it is the newest with its key */
    Version *base;  /* the newest version that was known before the first byte that may have been applied */
    Version *fence; /* the version that it is repeated for, alone */
    char *body;
    CoreResult *result;
    char *send_parts; /* what CoreSend points to during an attempt */
    char **xuids;
    uint64_t sequence;
    uint64_t accepted_boot, accepted_wall, deadline;
    uint64_t not_before;
    uint64_t next_shown; /* when the host is tried again: for people */
    uint64_t failing_since;
    uint64_t sent_at, ended_at; /* its last attempt */
    uint64_t fence_number;
    uint64_t doubt_at; /* the first of its attempts that may have been applied */
    uint64_t done_at;
    uint32_t body_size;
    uint32_t bytes; /* counted for the quotas */
    uint32_t title_id;
    uint32_t xuids_count;
    uint32_t attempts;
    uint16_t failures;
    uint8_t kind, mode, durability, write_class, state, phase, retry_cost, outcome;
    uint8_t look, rounds, notes;
    bool fail_when_offline : 1;
    bool stored : 1; /* accepted */
    bool marked : 1;
    bool maybe_applied : 1; /* an attempt may have reached the service */
    bool absent : 1;        /* a document shows that it was not applied: it is repeated with a fence */
    bool sure : 1;          /* and every document before it has shown that by its version */
    bool
        denied : 1; /* and that document came with the refusal of a write, so that it cannot have been an old one */
    bool refused : 1;                  /* a 412 has told that the session is another version than the base */
    bool created_once : 1;             /* repeated once with If-None-Match */
    bool by_reference : 1;             /* its handle is dead, its session known */
    bool looked : 1;                   /* it waited long, and the look is done */
    bool own_only : 1, encounters : 1; /* see WriteFacts */
    bool in_pointless : 1;
    bool overtaken : 1;  /* a newer one with its key came while it was being sent */
    bool other_boot : 1; /* accepted under another boot: its deadline is told by the wall clock */
    bool power_cut : 1;  /* in doubt since another boot: later writes of its account may be forgotten */
    bool restored : 1;   /* in doubt since an earlier agent */
    bool noted : 1;      /* that is in its story */
    bool
        renamed : 1; /* and its lane has got another name since: others of its session may have been in another */
    bool behind_leave : 1; /* its account has left: it must not join again */
    bool last_chance : 1;  /* its deadline is near: it may go whatever the host's back-off says, once */
    bool last_chance_used : 1;
    bool probe : 1; /* its attempt is the host's probe */
    bool told : 1;  /* COMPLETED was given out */
    bool result_stored : 1;
    bool abandoned : 1;     /* nobody wants it: removed when its attempt has ended */
    bool held : 1;          /* it waits as the service told it to */
    bool token_refused : 1; /* its last answer was a 401, and it was sent once more with a newer token */
    bool wants_token : 1; /* it waits until its account is ready; without a word of that, for its back-off */
    bool storing : 1;     /* the commit of its result is under way */
    bool removed : 1;
    char id[37];
    unsigned char hash[32];
};

typedef struct Remembered {
    MapNode node;
    TAILQ_ENTRY(Remembered) in_order;
    uint64_t
        at; /* acknowledged, by the boot's clock; what is older than the boot lies before 0, modulo 2^64 */
    CoreOutcome outcome;
    unsigned char hash[32];
    char id[37];
} Remembered;

/* The newest write with one key, of one app, account and target. */
typedef struct Superseding {
    MapNode node;
    CoreRequest *request;
    char key[];
} Superseding;

/* While the store is read: the last leave of a lane that is done. */
typedef struct Left {
    MapNode node;
    uint64_t done_wall;
    char key[];
} Left;

/* What its documents say of a session, for any account. */
typedef struct Session {
    MapNode node;
    TAILQ_ENTRY(Session) in_order; /* the one longest not heard of first */
    Version *version;
    char key[];
} Session;

/* The last two writes of one account to one session that had an attempt, whatever lane they were in. */
typedef struct Written {
    MapNode node;
    TAILQ_ENTRY(Written) in_order;
    struct {
        uint64_t sequence, when;
    } last[2];
    char key[]; /* a lane's */
} Written;

typedef struct KnownHandle {
    MapNode node;
    TAILQ_ENTRY(KnownHandle) in_order;
    char *reference; /* scid/template/name */
    char id[37];
} KnownHandle;

struct Core {
    CoreLimits limits;
    Map by_id, lanes, limiters, remembered, handles, sessions, written, superseding, left, accounts;
    Texts apps,
        owners; /* apps: count and bytes of requests, list of documents; owners: count = unstored, list of all */
    RequestList all;
    TAILQ_HEAD(, Limiter) limiter_list;
    TAILQ_HEAD(, Remembered) remembered_list;
    TAILQ_HEAD(, KnownHandle) handle_list;
    TAILQ_HEAD(, Session) session_list;
    TAILQ_HEAD(, Written) written_list;
    TAILQ_HEAD(, Account) account_list; /* those that are not ready */
    Heap timers;
    uint64_t sequence;
    uint64_t bytes, resident;
    uint64_t gate_wake;  /* when a ready lane that could not start may try again */
    uint32_t last_count; /* lanes in the limiters' last lists */
    uint32_t queued, active, unacknowledged, unstored;
    uint32_t accounts_held;

    /* The one directory. */
    bool down;        /* the last attempt could not be sent */
    bool unproven;    /* the network has changed, and retries wait for the first answer over it */
    bool troubled;    /* the last answer was a failure of the service */
    uint32_t probing; /* attempts that are out to see whether it is back: one, and those of a last chance */
    unsigned down_failures;
    uint64_t down_since, host_not_before;
    uint64_t host_held_until; /* a 503 said so */
    int retry_tokens;

    bool restoring; /* core_start() is still to come */
    bool stopping;
    bool sleeping;        /* the machine is about to sleep: no attempt starts */
    uint64_t looks;       /* so many documents have been judged */
    uint64_t newest_wall; /* restored: the newest time in the store */

    CoreEffect *effects; /* a ring */
    size_t effects_first, effects_count, effects_room;
    CoreEffect current;
    CoreRequest *dying; /* freed with the next effect */
};

/* effect.c: adding to the ring. An effect that finds no memory ends the process: half a promise cannot be kept. */
CoreEffect *effect_add(Core *core, CoreEffectType type, CoreRequest *request);

/* request.c */
CoreRequest *request_free(Core *core, CoreRequest *request);
void request_set_state(Core *core, CoreRequest *request, CoreState state);
void request_set_error(CoreRequest *request, const char *text);
void request_set_timer(Core *core, CoreRequest *request, const CoreNow *now);
void request_drop_body(Core *core, CoreRequest *request);
bool request_is_conditional(const CoreRequest *request);
bool request_is_urgent(const CoreRequest *request);
bool request_is_late(const CoreRequest *request, const CoreNow *now);
void request_note(Core *core, CoreRequest *request, const char *format, ...) MPS_PRINTF(3, 4);
void request_count_bytes(Core *core, CoreRequest *request, uint32_t bytes);

/* lane.c: which lane; a request of a target joins it by its sequence. */
int lane_join(Core *core, CoreRequest *request);
void lane_leave(Core *core, CoreRequest *request, const CoreNow *now);
void lane_update(Core *core, Lane *lane, const CoreNow *now);
void lane_settle(Core *core, Lane *lane, const CoreNow *now);
void lane_learn(Core *core, CoreRequest *request, const CoreAttempt *attempt, const CoreNow *now);
char *lane_key(Core *core, const CoreRequest *request);
const char *lane_session(const CoreRequest *request);
const char *handle_reference(Core *core, const char *handle_id);
int handle_know(Core *core, const char *handle_id, const char *scid, const char *template_name,
                const char *name);
void handle_free(Core *core, KnownHandle *handle);

/* schedule.c */
int limiter_find(Core *core, const char *account, uint32_t title_id, Limiter **limiter);
int limiter_of(Core *core, const CoreRequest *request, Limiter **limiter);
void limiter_free(Core *core, Limiter *limiter);
void schedule_ready(Core *core, Lane *lane);
void schedule_unready(Core *core, Lane *lane);
bool schedule_may_start(Core *core, CoreRequest *request, const CoreNow *now);
uint64_t schedule_held(Core *core, const CoreRequest *request);
void schedule_run(Core *core, const CoreNow *now);
void schedule_hurry(Core *core, const CoreNow *now, bool answered);

/* send.c: an attempt's start. */
void send_claim(Core *core, CoreRequest *request);
void send_unclaim(Core *core, CoreRequest *request, const CoreNow *now, bool counts);
void send_note(Core *core, CoreEffectType type, CoreRequest *request);
void send_mark(Core *core, CoreRequest *request);
void send_begin(Core *core, CoreRequest *request, const CoreNow *now);

/* finish.c */
CoreResult *finish_result(CoreOutcome outcome, CoreApplied applied, const char *error, const char *message);
void finish(Core *core, CoreRequest *request, const CoreNow *now, CoreResult *result);
void finish_expired(Core *core, CoreRequest *request, const CoreNow *now);
void finish_store(Core *core, CoreRequest *request);
void finish_complete(Core *core, CoreRequest *request, const CoreNow *now);
void finish_remove(Core *core, CoreRequest *request, bool from_store);
int remember(Core *core, const char *id, const unsigned char hash[32], CoreOutcome outcome, uint64_t at);
void remember_forget(Core *core, Remembered *remembered, bool from_store);

/* attempt.c: when a request is tried again by itself. */
void request_wait(Core *core, CoreRequest *request, const CoreNow *now, uint64_t not_before);
void attempt_wait_failed(Core *core, CoreRequest *request, const CoreNow *now);
void attempt_clear_mark(Core *core, CoreRequest *request);

/* ending.c: ends with what an attempt has told. */
#define ENDING_MESSAGE_SIZE 600
void ending(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
            CoreOutcome outcome, CoreApplied applied, const char *error, const char *message);
void ending_unknown(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                    const char *why);
void ending_rejected(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt);
void ending_out_of_sync(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                        CoreApplied applied);
CoreApplied ending_doubt(const CoreRequest *request);

/* resolve.c: what became of a write. */
void resolve_write_ended(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                         OutcomeClass class);
void resolve_look_ended(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                        OutcomeClass class);
void resolve_start(Core *core, CoreRequest *request, const CoreNow *now);
bool resolve_stale(const CoreRequest *request);
const Version *resolve_reference(const CoreRequest *request);
CorePrecondition resolve_precondition(const CoreRequest *request, const char **etag);
bool resolve_left(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt);
void resolve_restored(Core *core, CoreRequest *request, const CoreNow *now);

/* judge.c: one look's document, compared with all of its lane that are in doubt. */
void judge_begin(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt);
void judge_loaded(Core *core, CoreRequest *request, const CoreNow *now, int r, const char *body,
                  size_t body_size);
struct Judging *judge_free(struct Judging *judging);

/* session.c: which version of a session is known. */
const Version *session_version(Core *core, const char *key);
void session_note(Core *core, const char *key, const CoreAttempt *attempt);
void session_free(Core *core, Session *session);

/* written.c: who of us wrote a session last. */
void written_by(Core *core, const CoreRequest *request, uint64_t when);
void written_before(Core *core, const char *key, uint64_t sequence, const CoreNow *now);
void written_rename(Core *core, const char *from, const char *into);
bool written_crossed(Core *core, const CoreRequest *request);
bool written_later(Core *core, const CoreRequest *request);
void written_forget(Core *core, Written *written);

/* leave.c: what a leave does to others of its lane. */
void leave_track(CoreRequest *request);
void leave_untrack(CoreRequest *request);
void leave_supersede(Core *core, CoreRequest *leave, const CoreNow *now);
void leave_ended(Core *core, CoreRequest *leave, const CoreNow *now);
void leave_refuse(Core *core, CoreRequest *request, const CoreNow *now);
int leave_restored(Core *core, const CoreRequest *request, const char *lane_key, const CoreStored *record);
void leave_restore_end(Core *core);

/* submit.c: a request with its place in the maps, not yet in a lane; and the way back. */
int request_new(Core *core, const char *id, const char *account, const char *app_id, const char *owner,
                const char *target, CoreRequest **request);
void request_undo(Core *core, CoreRequest *request);
int submit_refuse(CoreRefusal *refusal, CoreRefusalCode code, const char *format, ...) MPS_PRINTF(3, 4);

/* quota.c: whether a call fits; old results lose their documents for it. */
void quota_keep(Core *core, const Text *app);
int quota_check(Core *core, const CoreNow *now, const CoreSubmit *submit, CoreRefusal *refusal);

/* supersede.c: the newest write with a key ends those before it. */
void supersede_older(Core *core, CoreRequest *request, const CoreNow *now);
void supersede_end(Core *core, CoreRequest *request, const CoreNow *now);
void supersede_forget(Core *core, CoreRequest *request);
