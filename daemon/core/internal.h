/* SPDX-License-Identifier: MIT */
/* The core's own structs: for daemon/core/ alone. */
#pragma once

#include "base/heap.h"
#include "base/map.h"
#include "base/text.h"
#include "core/core.h"
#include "core/limiter.h"
#include "core/outcome.h"
#include "core/write-class.h"

#include <sys/queue.h>

#define RESIDENT_MAX (8 * 1024 * 1024) /* bytes of documents kept in memory for those that are sent soon */
#define REMEMBERED_MAX 100000          /* acknowledged ids */
#define KEEP_USEC (24 * USEC_PER_HOUR) /* results, and acknowledged ids */
#define HANDLES_MAX 10000              /* handles whose session is known */
#define LAST_CHANCE_USEC (5 * USEC_PER_SEC)
#define FETCH_ROUNDS_MAX 5
#define RETRY_TOKENS 500
#define RETRY_COST_TRANSIENT 10
#define RETRY_COST_THROTTLE 5

typedef enum Phase {
    PHASE_ACCEPTING,        /* its first commit is awaited */
    PHASE_ACCEPTING_MARKED, /* the same, and it is sent as soon as that is done */
    PHASE_IDLE,             /* in its lane */
    PHASE_MARKING,          /* the commit of its sending mark is awaited */
    PHASE_SENDING,          /* an attempt's end is awaited */
    PHASE_FINISHING,        /* the commit of its result is awaited */
    PHASE_DONE,
} Phase;

typedef TAILQ_HEAD(RequestList, CoreRequest) RequestList;
typedef TAILQ_HEAD(LaneList, Lane) LaneList;

/* First accepted, first applied: the unfinished requests of one account and session. */
typedef struct Lane {
    MapNode node;
    RequestList requests; /* by rising sequence */
    TAILQ_ENTRY(Lane) ready;
    CoreRequest *busy;  /* the one with an attempt under way: at most one */
    LaneList *ready_in; /* the list it waits in for a slot; NULL: its head cannot start now */
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
    LaneList urgent; /* leaves and looks: they go first, and may use the reserve */
    TAILQ_HEAD(, LimiterApp) apps;
    uint32_t ready_count;
    TAILQ_ENTRY(Limiter) all;
    char key[];
} Limiter;

struct CoreRequest {
    MapNode by_id;
    TAILQ_ENTRY(CoreRequest) all;
    TAILQ_ENTRY(CoreRequest) in_list; /* its lane's, or the done ones */
    HeapNode timer;
    Lane *lane;
    Text *account, *app, *owner;
    char *target;
    char *etag, *supersedes, *last_error;
    char *body;
    CoreResult *result;
    char *send_parts; /* what CoreSend points to during an attempt */
    char **xuids;
    uint64_t sequence;
    uint64_t accepted_boot, accepted_wall, deadline;
    uint64_t not_before;
    uint64_t next_shown; /* when the host is tried again: for people */
    uint64_t failing_since;
    uint64_t done_at;
    uint32_t body_size;
    uint32_t bytes; /* counted for the quotas */
    uint32_t title_id;
    uint32_t xuids_count;
    uint32_t attempts;
    uint16_t failures;
    uint8_t kind, mode, durability, write_class, state, phase, retry_cost, fetch_rounds, outcome;
    bool fail_when_offline : 1;
    bool stored : 1; /* accepted */
    bool marked : 1;
    bool maybe_applied : 1; /* an attempt may have reached the service */
    bool fetching : 1;      /* the next attempt looks at the session */
    bool last_chance : 1;   /* its deadline is near: it may go whatever the host's back-off says, once */
    bool last_chance_used : 1;
    bool probe : 1; /* its attempt is the host's probe */
    bool told : 1;  /* COMPLETED was given out */
    bool result_stored : 1;
    bool abandoned : 1; /* nobody wants it: removed when its attempt has ended */
    bool held : 1;      /* it waits as the service told it to */
    bool storing : 1;   /* the commit of its result is under way */
    bool removed : 1;
    char id[37];
    unsigned char hash[32];
};

typedef struct Remembered {
    MapNode node;
    TAILQ_ENTRY(Remembered) in_order;
    uint64_t wall_usec;
    CoreOutcome outcome;
    unsigned char hash[32];
    char id[37];
} Remembered;

typedef struct KnownHandle {
    MapNode node;
    TAILQ_ENTRY(KnownHandle) in_order;
    char *reference; /* scid/template/name */
    char id[37];
} KnownHandle;

struct Core {
    CoreLimits limits;
    Map by_id, lanes, limiters, remembered, handles;
    Texts accounts, apps,
        owners; /* apps: count and bytes of requests; owners: count = unstored, bytes = owned */
    RequestList all, done;
    TAILQ_HEAD(, Limiter) limiter_list;
    TAILQ_HEAD(, Remembered) remembered_list;
    TAILQ_HEAD(, KnownHandle) handle_list;
    Heap timers;
    uint64_t sequence;
    uint64_t bytes, resident;
    uint64_t gate_wake; /* when a ready lane that could not start may try again */
    uint32_t queued, active, unacknowledged, unstored;

    /* The one directory. */
    bool down;     /* the last attempt could not be sent */
    bool probing;  /* one attempt is out to see whether it is back */
    bool unproven; /* the network has changed, and retries wait for the first answer over it */
    bool troubled; /* the last answer was a failure of the service */
    unsigned down_failures;
    uint64_t down_since, host_not_before;
    uint64_t host_held_until; /* a 503 said so */
    int retry_tokens;

    bool stopping;
    bool sleeping;   /* the machine is about to sleep: no attempt starts */
    bool clock_lost; /* restored under a wall clock earlier than what is stored */

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
void request_count_bytes(Core *core, CoreRequest *request, uint32_t bytes);

/* lane.c: which lane; a request of a target joins it by its sequence. */
int lane_join(Core *core, CoreRequest *request);
void lane_leave(Core *core, CoreRequest *request, const CoreNow *now);
void lane_update(Core *core, Lane *lane, const CoreNow *now);
void lane_learn(Core *core, CoreRequest *request, const CoreAttempt *attempt, const CoreNow *now);
int handle_know(Core *core, const char *handle_id, const char *scid, const char *template_name,
                const char *name);
void handle_free(Core *core, KnownHandle *handle);

/* schedule.c */
int limiter_find(Core *core, const char *account, uint32_t title_id, Limiter **limiter);
void limiter_free(Core *core, Limiter *limiter);
void schedule_ready(Core *core, Lane *lane);
void schedule_unready(Lane *lane);
bool schedule_may_start(Core *core, CoreRequest *request, const CoreNow *now);
void schedule_claim(Core *core, CoreRequest *request);
void schedule_unclaim(Core *core, CoreRequest *request, const CoreNow *now, bool counts);
void schedule_note(Core *core, CoreEffectType type, CoreRequest *request);
void schedule_run(Core *core, const CoreNow *now);
void schedule_hurry(Core *core, const CoreNow *now, bool answered);
void schedule_send(Core *core, CoreRequest *request, const CoreNow *now);

/* finish.c */
CoreResult *finish_result(CoreOutcome outcome, CoreApplied applied, const char *error, const char *message);
void finish(Core *core, CoreRequest *request, const CoreNow *now, CoreResult *result);
void finish_expired(Core *core, CoreRequest *request, const CoreNow *now);
void finish_store(Core *core, CoreRequest *request);
void finish_complete(Core *core, CoreRequest *request, const CoreNow *now);
void finish_remove(Core *core, CoreRequest *request, bool from_store);
int remember(Core *core, const char *id, const unsigned char hash[32], CoreOutcome outcome,
             uint64_t wall_usec);
void remember_forget(Core *core, Remembered *remembered, bool from_store);

/* attempt.c: when a request is tried again by itself. */
void request_wait(Core *core, CoreRequest *request, const CoreNow *now, uint64_t not_before);

/* submit.c: a request with its place in the maps, not yet in a lane; and the way back. */
int request_new(Core *core, const char *id, const char *account, const char *app_id, const char *owner,
                const char *target, CoreRequest **request);
void request_undo(Core *core, CoreRequest *request);
void submit_supersede(Core *core, CoreRequest *request, const CoreNow *now);
