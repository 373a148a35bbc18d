/* SPDX-License-Identifier: MIT */
/* The promises: events in, effects out. Pure: reads no clock, no random device, does no I/O. */
#pragma once

#include "base/util.h"
#include "core/request.h"
#include "core/result.h"

/*
 * The one who drives a core (the agent, or the simulator) calls an event function, then takes effects with
 * core_next_effect() until there is none, carries each out, and calls core_on_time() at core_next_wake(). An effect
 * with an answer is answered exactly once, in a later event, in any order.
 *
 * All in one thread. Nothing here logs.
 */

typedef struct Core Core;

/* What time it is, told with every event, and 64 fresh random bits. */
typedef struct CoreNow {
    uint64_t boot_usec;
    uint64_t wall_usec;
    uint64_t random;
} CoreNow;

typedef struct CoreLimits {
    uint32_t requests_max;       /* in all; default 100 000 */
    uint64_t bytes_max;          /* documents and results in all; default 512 MiB */
    uint32_t app_requests_max;   /* per app id; default 10 000 */
    uint64_t app_bytes_max;      /* default 64 MiB */
    uint32_t owner_unstored_max; /* requests of one owner whose commit is awaited; default 1000 */
    uint32_t burst;              /* attempts per 15 s, account and title; 0 = none; default 29 */
    uint32_t sustained;          /* attempts per 300 s; 0 = none; default 290 */
} CoreLimits;
#define CORE_RATE_MAX 3000 /* of both: so many attempts are remembered */

/* core_limits_default() - the defaults above. */
CoreLimits core_limits_default(void);

/* core_new() - an empty core. Returns 0 or -ENOMEM. */
int core_new(const CoreLimits *limits, Core **core);
/* core_free() - frees it with every request; NULL is allowed. Returns NULL. */
Core *core_free(Core *core);
DEFINE_CLEANUP(Core *, core_free)

/* ---- Submitting ---------------------------------------------------------------------------------------------- */

/* A call, checked for its form by the bus room; all texts are borrowed, NULL = not given. */
typedef struct CoreSubmit {
    const char *id; /* canonical lower-case UUID; the bus room makes one if the caller gave none */
    CoreKind kind;
    CoreMode mode;
    const char *account;
    uint32_t title_id;
    const char *app_id; /* "" on the host */
    bool sandboxed; /* an id of another app is then refused as a new one would be: IdReused without details */
    const char *owner;
    const char *handle_id; /* lower-case; by-handle kinds */
    const char *scid;      /* the others */
    const char *template_name;
    const char *name;
    const char *session; /* writes; session_size bytes, NUL-terminated */
    size_t session_size;
    const char *const *xuids; /* CORE_GET_ACTIVITIES */
    size_t xuids_count;
    const char *etag;
    const char *supersedes;
    uint64_t deadline_boot_usec; /* 0: by what the write does */
    bool fail_when_offline;
    CoreDurability durability;
} CoreSubmit;

/* Why a call was not taken. */
typedef enum CoreRefusalCode {
    CORE_REFUSED_INVALID_SESSION = 1,
    CORE_REFUSED_INVALID_OPTION,
    CORE_REFUSED_TOO_LARGE,
    CORE_REFUSED_ID_REUSED,
    CORE_REFUSED_QUOTA,
    CORE_REFUSED_STORE_FAILED,
    CORE_REFUSED_SHUTTING_DOWN,
} CoreRefusalCode;

typedef struct CoreRefusal {
    CoreRefusalCode code;
    char message[300]; /* a sentence that says what to change */
} CoreRefusal;

enum {
    CORE_SUBMITTED = 0, /* new: CORE_EFFECT_ACCEPTED or CORE_EFFECT_REFUSED will follow for it */
    CORE_E_REFUSED = 1, /* not taken: see the refusal */
    CORE_E_SAME = 2,    /* the same id and content as a request that is known: it is accepted already, or
                                CORE_EFFECT_ACCEPTED follows (core_request_stored() tells); the owner is changed as
                                core_attach() does where the old one is "" or the same */
    CORE_E_REMEMBERED =
        3, /* the same id and content as one acknowledged within 24 h: nothing is sent; a request
                                object with that outcome is there again, done */
};

/*
 * core_submit() - take a call
 * @request: set for CORE_SUBMITTED, CORE_E_SAME and CORE_E_REMEMBERED; owned by the core, until CORE_EFFECT_REMOVED
 * @refusal: set for CORE_E_REFUSED
 *
 * Checks the document (an object, depth, known top-level members), its class (which gives the default deadline and
 * durability), the id and the quotas. Returns one of the above, or -ENOMEM.
 */
int core_submit(Core *core, const CoreNow *now, const CoreSubmit *submit, CoreRequest **request,
                CoreRefusal *refusal);

/* ---- Other events from the bus --------------------------------------------------------------------------------- */

enum {
    CORE_OK = 0,
    CORE_E_NOT_DONE = 1,
    CORE_E_TOO_LATE = 2, /* sending, resolving or done */
};

/* core_cancel() - end a request that was not sent. Returns CORE_OK (its completion follows) or CORE_E_TOO_LATE. */
int core_cancel(Core *core, const CoreNow *now, CoreRequest *request);

/*
 * core_acknowledge() - the result may be forgotten
 *
 * Returns CORE_OK: the id is remembered 24 h, and CORE_EFFECT_REMOVED follows once that is stored. Or CORE_E_NOT_DONE.
 */
int core_acknowledge(Core *core, const CoreNow *now, CoreRequest *request);

/*
 * core_attach() - somebody else gets the completion
 * @owner: a copy is kept; "": nobody
 *
 * If the request is done, CORE_EFFECT_COMPLETED follows again (unless nobody). Who may is the bus room's business.
 * Returns 0 or -ENOMEM.
 */
int core_attach(Core *core, const CoreNow *now, CoreRequest *request, const char *owner);

/* core_owner_gone() - a connection is gone: no request is owned by it any more. Its reads and activity calls end,
 * with nobody to tell; its writes run on. */
void core_owner_gone(Core *core, const CoreNow *now, const char *owner);

/* ---- Looking ----------------------------------------------------------------------------------------------------- */

/* core_find() - by id; NULL if there is none. */
CoreRequest *core_find(Core *core, const char *id);

/* core_first(), core_next() - all requests, in order of acceptance; NULL at the end. */
CoreRequest *core_first(Core *core);
CoreRequest *core_next(Core *core, CoreRequest *request);

/* core_request_outcome() - how a done one ended, as far as that is known without its result. */
CoreOutcome core_request_outcome(const CoreRequest *request);

/* core_request_stored() - whether its acceptance is settled: false between CORE_SUBMITTED and CORE_EFFECT_ACCEPTED. A
 * request that is not is not shown to anybody. */
bool core_request_stored(const CoreRequest *request);

typedef enum CoreConnectivity {
    CORE_ONLINE,
    CORE_LIMITED,
    CORE_OFFLINE,
} CoreConnectivity;

typedef struct CoreCounters {
    uint32_t queued;         /* not done, not being sent */
    uint32_t active;         /* being sent or resolved */
    uint32_t unacknowledged; /* done */
    uint32_t unstored;       /* effects whose answer is awaited from the store */
    CoreConnectivity connectivity;
} CoreCounters;

CoreCounters core_counters(const Core *core);

/* What keeps a request that is not done. */
typedef enum CoreWait {
    CORE_WAIT_NOTHING,   /* it is done */
    CORE_WAIT_ANSWER,    /* an attempt is under way */
    CORE_WAIT_STORE,     /* a commit: of itself, of its mark or of its result */
    CORE_WAIT_BEFORE,    /* an earlier one of its lane */
    CORE_WAIT_ACCOUNT,   /* its account: see core_on_account() */
    CORE_WAIT_TOLD,      /* the service said how long */
    CORE_WAIT_AGAIN,     /* its own next attempt */
    CORE_WAIT_DIRECTORY, /* the directory cannot be reached */
    CORE_WAIT_LIMITER,   /* a free slot */
    CORE_WAIT_TURN,      /* nothing that could be told */
} CoreWait;

typedef struct CoreWaiting {
    CoreWait what;
    uint64_t until_usec;       /* CLOCK_BOOTTIME; 0: nobody knows */
    const CoreRequest *before; /* CORE_WAIT_BEFORE: which */
} CoreWaiting;

CoreWaiting core_request_waiting(const Core *core, const CoreNow *now, const CoreRequest *request);

/* core_request_done_at() - CLOCK_BOOTTIME; 0: it is not done. */
uint64_t core_request_done_at(const CoreRequest *request);

/* What one account and title have used of what the service allows. */
typedef struct CoreLimiterFacts {
    char account[24];
    uint32_t title_id;
    uint32_t burst_used, burst_limit;         /* of 15 s; limit 0: none */
    uint32_t sustained_used, sustained_limit; /* of 300 s */
    uint64_t held_until_usec;                 /* CLOCK_BOOTTIME; 0: it is not held */
} CoreLimiterFacts;

/* core_limiter_facts() - of those in use; fills at most room of them. Returns how many there are. */
size_t core_limiter_facts(const Core *core, const CoreNow *now, CoreLimiterFacts *facts, size_t room);

/* How the directory does. Times are CLOCK_BOOTTIME, 0: none. */
typedef struct CoreHostFacts {
    bool probing;               /* one attempt is out to see whether it is back */
    uint64_t next_attempt_usec; /* it is tried again then */
    uint64_t held_until_usec;   /* it said so itself */
    uint32_t retry_tokens, retry_tokens_max;
} CoreHostFacts;

CoreHostFacts core_host_facts(const Core *core, const CoreNow *now);

/* ---- Effects ------------------------------------------------------------------------------------------------------ */

typedef enum CoreEffectType {
    CORE_EFFECT_STORE_REQUEST, /* commit it with its document; marked: with its sending mark and limiter entry. Answer:
                                    core_on_stored() */
    CORE_EFFECT_STORE_MARK, /* write its sending mark, its base and a limiter entry. Answer: core_on_stored() */
    CORE_EFFECT_STORE_ATTEMPT, /* write the limiter entry of an attempt that needs no mark: a read. Answer:
                                    core_on_stored() */
    CORE_EFFECT_STORE_UNMARK,  /* clear its mark, keep its attempts. No answer */
    CORE_EFFECT_STORE_RESULT,  /* replace its document by its result. Answer: core_on_stored() */
    CORE_EFFECT_STORE_BEHIND_LEAVE, /* keep that its account has left the session since: CoreStored. No answer */
    CORE_EFFECT_STORE_DROP_SESSION, /* forget the document of its stored result: the mailbox is too full. No answer */
    CORE_EFFECT_STORE_ACKNOWLEDGED, /* replace it by (id, hash, outcome). No answer */
    CORE_EFFECT_STORE_REMOVE,       /* forget the row, or the remembered id, of this id. No answer */
    CORE_EFFECT_STORE_HANDLE,       /* keep handle → reference. No answer */
    CORE_EFFECT_STORE_HOLD, /* keep until when the service told an account and title (account "": all) to wait. No
                                 answer */
    CORE_EFFECT_STORE_NOTE, /* add a line to its story, which is kept as long as its id. No answer */
    CORE_EFFECT_LOAD,       /* load its document, for comparing alone. Answer: core_on_loaded() */
    CORE_EFFECT_ACCEPTED,   /* answer the caller; announce the request */
    CORE_EFFECT_REFUSED, /* answer the caller: it could not be stored. The request is gone with the next effect */
    CORE_EFFECT_SEND,      /* one attempt. Answer: core_on_attempt_end() */
    CORE_EFFECT_ABORT,     /* give up the attempt under way (nobody wants its answer). It is still answered */
    CORE_EFFECT_STATE,     /* its state changed */
    CORE_EFFECT_COMPLETED, /* tell its owner; result is set */
    CORE_EFFECT_REMOVED,   /* the request object is gone with the next effect */
} CoreEffectType;

typedef enum CorePrecondition {
    CORE_PRECONDITION_NONE,
    CORE_PRECONDITION_IF_NONE_MATCH_ANY, /* If-None-Match: * */
    CORE_PRECONDITION_IF_MATCH_ANY,      /* If-Match: * */
    CORE_PRECONDITION_IF_MATCH,          /* If-Match: etag */
} CorePrecondition;

typedef enum CoreVerb {
    CORE_VERB_WRITE, /* PUT the document */
    CORE_VERB_READ,  /* GET the session: a read request, or a look at what became of a write */
    CORE_VERB_SET_ACTIVITY,
    CORE_VERB_GET_ACTIVITIES,
} CoreVerb;

/* What an attempt does. Texts are borrowed until the attempt's answer. */
typedef struct CoreSend {
    CoreVerb verb;
    const char *account;
    uint32_t title_id;
    CorePrecondition precondition;
    const char *etag;
    const char *handle_id; /* NULL: by reference */
    const char *scid;
    const char *template_name;
    const char *name;
    const char *const *xuids;
    size_t xuids_count;
    bool
        needs_body; /* a write, or a look at what became of one: then it comes back in CoreAttempt for comparing */
    const char *body; /* NULL with needs_body: load it from the store by the request's id */
    size_t body_size;
    uint64_t timeout_usec; /* the attempt's limit */
} CoreSend;

/* A request as the store keeps it; all texts borrowed until the next call of core_next_effect(). */
typedef struct CoreStored {
    const char *id;
    uint64_t sequence; /* order of acceptance */
    CoreKind kind;
    CoreMode mode;
    CoreDurability durability;
    const char *account;
    uint32_t title_id;
    const char *app_id;
    const char *target;
    const char *etag;       /* NULL: none */
    const char *supersedes; /* NULL: none */
    unsigned char hash[32]; /* of the content */
    const char *body;       /* NULL when it is read back: loaded by id when it is sent */
    size_t body_size;
    uint64_t accepted_boot_usec;
    uint64_t accepted_wall_usec;
    uint64_t deadline_boot_usec;
    uint64_t deadline_wall_usec;
    bool fail_when_offline;
    unsigned write_class; /* core/write-class.h */
    unsigned attempts;
    bool marked; /* its sending mark: an attempt may have reached the service */
    const char
        *base; /* of a marked one: the version of the session that was known before; opaque; NULL: none */
    bool behind_leave; /* its account has left the session since it was accepted */
    bool done;         /* its result is in the store */
    uint64_t done_wall_usec;
    uint64_t done_age_usec; /* how long ago that was, by a clock that does not jump within a boot */
    CoreOutcome outcome;    /* of a done one */
    size_t result_size;     /* bytes of its stored document */
} CoreStored;

typedef struct CoreEffect {
    CoreEffectType type;
    CoreRequest *request; /* NULL for STORE_REMOVE, STORE_HANDLE and STORE_HOLD */
    union {
        struct {
            CoreStored record;
            bool marked; /* with STORE_REQUEST: being sent in the same commit */
        } store;         /* STORE_REQUEST */
        struct {
            const char *account;
            uint32_t title_id;
            unsigned attempts;
            const char *base; /* STORE_MARK: as in CoreStored */
        } mark;               /* STORE_MARK, STORE_ATTEMPT, STORE_UNMARK */
        const CoreResult *
            result; /* STORE_RESULT, COMPLETED: in the latter NULL means: it is in the store alone, load it */
        struct {
            unsigned char hash[32];
            CoreOutcome outcome;
            uint64_t wall_usec;
        } acknowledged; /* STORE_ACKNOWLEDGED */
        char id[37];    /* STORE_REMOVE */
        struct {
            char handle_id[37], scid[37], template_name[100], name[100];
            uint64_t wall_usec;
        } handle; /* STORE_HANDLE */
        struct {
            const char *account;
            uint32_t title_id;
            uint64_t until_wall_usec;
        } hold;              /* STORE_HOLD */
        char note[240];      /* STORE_NOTE: a sentence for people, at the time of the event */
        CoreRefusal refusal; /* REFUSED */
        CoreSend send;       /* SEND */
    };
} CoreEffect;

/* core_next_effect() - the oldest effect, valid until the next call of it; NULL: none is left. */
const CoreEffect *core_next_effect(Core *core);

/* core_next_wake() - when core_on_time() is due, in CLOCK_BOOTTIME microseconds; USEC_NEVER: not at all. */
uint64_t core_next_wake(const Core *core);

/* ---- Answers to effects, and other events ------------------------------------------------------------------------- */

/*
 * core_on_stored() - the commit of a STORE_REQUEST, STORE_MARK, STORE_ATTEMPT or STORE_RESULT
 * @effect: which of them
 * @r: 0, or a negative errno: -ENOSPC for a full disk
 */
void core_on_stored(Core *core, const CoreNow *now, CoreRequest *request, CoreEffectType effect, int r);

typedef enum CoreFate {
    CORE_FATE_ANSWERED,  /* there is a status */
    CORE_FATE_NOT_SENT,  /* certainly not one byte of the request reached the service */
    CORE_FATE_UNCERTAIN, /* it may have */
    CORE_FATE_NOT_BEGUN, /* not sent: the agent could not make it, which says nothing of the directory */
    CORE_FATE_NO_TOKEN,  /* not sent: the account has to sign in, or the identity service does not answer; the
                            directory's health says nothing about it */
} CoreFate;

/* How an attempt ended; texts are borrowed, NULL = absent. */
typedef struct CoreAttempt {
    CoreFate fate;
    unsigned status;
    const char *etag;
    const char *date;
    uint64_t date_usec; /* the same as microseconds of the service's clock; 0: absent */
    bool has_retry_after;
    uint64_t retry_after_usec; /* from now, either form, not yet capped */
    uint32_t limit_max;        /* what a 429 says of the limit: so many ... */
    uint32_t limit_period_sec; /* ... in so long; 0: it does not say */
    const char *scid;          /* of Content-Location, checked like an argument; all three or none */
    const char *template_name;
    const char *name;
    const char *document; /* a session document: a JSON object, else NULL */
    size_t document_size;
    const char *branch;     /* of the document: which life of the session; NULL: it does not say */
    uint64_t change_number; /* of the document: rises with each commit of the branch; 0: it does not say */
    const char *handle_id;
    const char *activities;
    const char *server_message; /* text, control characters removed, at most 1000 bytes */
    const char *error;          /* what went wrong below HTTP, for people */
    bool
        token_renewed; /* of a 401: there may be a newer one, with which it is sent once more; else it ends */
    const char *body;  /* what was sent, if anything, for comparing */
    size_t body_size;
} CoreAttempt;

void core_on_attempt_end(Core *core, const CoreNow *now, CoreRequest *request, const CoreAttempt *attempt);

/*
 * core_on_loaded() - the document that CORE_EFFECT_LOAD asked for
 * @r: 0, or a negative errno: then there is none
 * @body: borrowed for the call
 */
void core_on_loaded(Core *core, const CoreNow *now, CoreRequest *request, int r, const char *body,
                    size_t body_size);

/* What an account may do. Every account is ready until something else was said. */
typedef enum CoreAccountState {
    CORE_ACCOUNT_READY,
    CORE_ACCOUNT_OFFLINE,    /* there is no token now: the identity service does not answer */
    CORE_ACCOUNT_NEEDS_USER, /* there is none until its user has done something */
    CORE_ACCOUNT_LEAVING,    /* it is being signed out: its leaves are sent, all else ends */
    CORE_ACCOUNT_SIGNED_OUT, /* its leaves end as well */
} CoreAccountState;

#define CORE_ACCOUNTS_MAX 64 /* that are not ready; beyond that the first one counts as ready again */

/*
 * core_on_account() - what one account may do from now on
 * @reason: a sentence for people, without its full stop; the first 200 bytes become LastError of what waits; NULL: none
 *
 * OFFLINE, NEEDS_USER: nothing of it is started. Deadlines run on, and what must not wait (fail_when_offline) ends
 * `expired`, `offline` or `needs-sign-in`. No other account notices, and the directory's health is not in question.
 * READY: what waited for a token goes on at once, in order; may be said again whenever there is a newer token.
 * LEAVING, SIGNED_OUT: what is not under way, and not allowed to be, ends `signed-out`: `cancelled`, or `unknown` if it may
 * have been applied. What is under way goes on, and ends so when it would have to wait. A request that comes later ends
 * too, but it should have been refused before.
 *
 * May be said before core_start(), and again at any time. Looks at every request.
 */
void core_on_account(Core *core, const CoreNow *now, const char *account, CoreAccountState state,
                     const char *reason);

/* core_account_active() - attempts of it that are under way, and leaves that have not ended: 0 = a sign-out need not be
 * waited for any longer. */
unsigned core_account_active(const Core *core, const char *account);

/* core_on_time() - core_next_wake() has come (calling it early or late is allowed). */
void core_on_time(Core *core, const CoreNow *now);

/*
 * core_on_network() - a way out came or changed
 *
 * A hint only. All back-off ends, but what the service told to wait goes on waiting: one attempt goes at once, and the
 * other retries follow when something was answered. Looks at every request, so the caller makes one of a burst.
 */
void core_on_network(Core *core, const CoreNow *now);

/*
 * core_on_sleep() - the machine is about to sleep, or is back
 * @going: true: start no more attempts; work is taken as ever, deadlines pass, what is under way may end.
 *         false: go on, as core_on_network() does
 */
void core_on_sleep(Core *core, const CoreNow *now, bool going);

/* core_stop() - start no more attempts and refuse new work; what is under way may end. */
void core_stop(Core *core, const CoreNow *now);

/* ---- After a restart ------------------------------------------------------------------------------------------------ */

/*
 * Before the first event, in this order: core_restore_handle(), core_restore_limiter(), core_restore_hold(),
 * core_restore_acknowledged(), core_restore() for each record by rising sequence, core_on_account() for those that are
 * known not to be ready, then core_start().
 *
 * The times of limiter entries and holds, and now with them, are by a wall clock that does not jump within a boot.
 * core_restore_newest(): the newest time that anything in the store has.
 * core_restore_acknowledged(): by falling age; age_usec: how long ago, by the same clock.
 * same_boot: the boot-time fields of the records are of this boot; otherwise deadlines go by wall time, and if the wall
 * clock is earlier than the newest stored time, all such that is not done expires.
 * core_restore() and core_restore_acknowledged() return -EBADMSG for a record that no core has made.
 * clean: the last agent stopped cleanly. Otherwise what was accepted under another boot and not marked may have been
 * sent too.
 */
int core_restore_handle(Core *core, const char *handle_id, const char *scid, const char *template_name,
                        const char *name);
int core_restore_limiter(Core *core, const CoreNow *now, const char *account, uint32_t title_id,
                         uint64_t ended_wall_usec);
int core_restore_hold(Core *core, const CoreNow *now, const char *account, uint32_t title_id,
                      uint64_t until_wall_usec);
void core_restore_newest(Core *core, uint64_t wall_usec);
int core_restore_acknowledged(Core *core, const CoreNow *now, const char *id, const unsigned char hash[32],
                              CoreOutcome outcome, uint64_t age_usec);
int core_restore(Core *core, const CoreNow *now, const CoreStored *record, bool same_boot, bool clean);
void core_start(Core *core, const CoreNow *now);
