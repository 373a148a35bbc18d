/* SPDX-License-Identifier: MIT */
/* Deliberate faults, for the simulator's proof that its checks can fail. The agent is built without them. */
#pragma once

#include "base/util.h"

typedef enum CoreBreak {
    BREAK_NONE,
    BREAK_ACCEPT_BEFORE_COMMIT, /* 1: the caller is answered before the request is in the store */
    BREAK_SIGNAL_BEFORE_STORE,  /* 2: the completion is told before the result is in the store */
    BREAK_DROP_RESULT,          /* 2: a result is forgotten by a restart */
    BREAK_TWO_IN_FLIGHT,        /* 3: a lane does not wait for its head */
    BREAK_NEWEST_FIRST,         /* 3: merged lanes lose their order */
    BREAK_IGNORE_DEADLINE,      /* 4: a request is sent after its deadline */
    BREAK_RESEND_BLINDLY,       /* 5: an unknown outcome is sent again as it was */
    BREAK_FORGET_MARK,          /* 5: after a crash, what was being sent counts as not sent */
    BREAK_UNFENCED_REPEAT,      /* 5: a repeat goes without If-Match */
    BREAK_TRUST_ANY_DOCUMENT,   /* 5: whatever a look shows proves the write */
    BREAK_FIRST_ACCOUNT,        /* 6: everything goes with the first account's token */
    BREAK_SEND_WHILE_PARKED,    /* 6: an account that waits is not waited for */
    BREAK_LIMITER_PER_PROCESS,  /* 7: a restart forgets what was sent */
    BREAK_LIMITER_PER_APP,      /* 7: each app has a limiter of its own */
    BREAK_IGNORE_RETRY_AFTER,   /* 7: what the service told to wait is not waited */
    BREAK_DROP_SILENTLY,        /* 8: over the quota, the oldest waiting request vanishes */
    BREAKS,
} CoreBreak;

#ifdef MPS_BREAKS
/* core_broken() - whether this fault is switched on; core_break() - switch one on, for the whole process. */
bool core_broken(CoreBreak which);
void core_break(CoreBreak which);
/* core_break_name() - its name on the command line, static. */
const char *core_break_name(CoreBreak which);
/* core_break_promise() - which promise it breaks, 1 to 8. */
unsigned core_break_promise(CoreBreak which);
#else
#define core_broken(which) false
#endif
