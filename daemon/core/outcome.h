/* SPDX-License-Identifier: MIT */
/* What an attempt's end means: DESIGN's classes as a table. */
#pragma once

#include "core/core.h"

typedef enum OutcomeClass {
    OUTCOME_NOT_SENT,  /* send it again when possible; not counted */
    OUTCOME_THROTTLED, /* 429, 503 with Retry-After: wait as told */
    OUTCOME_REFUSED,   /* 401: the token is not taken; once more with a newer one, if there may be one */
    OUTCOME_MAYBE,     /* it may have been applied: resolve */
    OUTCOME_APPLIED,
    OUTCOME_OUT_OF_SYNC, /* 412 */
    OUTCOME_FINAL,       /* the service said no */
} OutcomeClass;

/* outcome_class() - the class of an attempt. */
OutcomeClass outcome_class(CoreFate fate, unsigned status, bool has_retry_after);

/* outcome_write_status() - the XblWriteSessionStatus of an answered write. */
CoreWriteStatus outcome_write_status(unsigned status);

/*
 * The stable error codes of a result (key "error"), and what each tells a person:
 *   rejected          the service said no: see http-status and server-message
 *   unauthorized      the service did not take the account's token
 *   forbidden         the service says that the account may not do this
 *   handle-not-found  the handle (or session, or template) is not there any more
 *   out-of-sync       the session is another version than the change was made from
 *   no-answer         sent, but no answer came: nobody can tell whether it was applied
 *   expired           the deadline came before it could be sent
 *   offline           it could not be sent, and when-offline was "fail"
 *   needs-sign-in     the account has to sign in, and did not in time
 *   signed-out        its account was signed out before it was done
 *   cancelled         by Cancel
 *   superseded        a newer write took its place
 *   no-session        there is no session by that handle or reference
 *   bad-answer        the service answered a read with something that is no session
 *   left              the account had left the session before, and did not ask to join again
 *   session-gone      the session is not there any more
 *   lost-clock        the clock went back behind the newest stored time: nobody can tell which deadlines have passed
 */
#define ERROR_REJECTED "rejected"
#define ERROR_UNAUTHORIZED "unauthorized"
#define ERROR_FORBIDDEN "forbidden"
#define ERROR_HANDLE_NOT_FOUND "handle-not-found"
#define ERROR_OUT_OF_SYNC "out-of-sync"
#define ERROR_NO_ANSWER "no-answer"
#define ERROR_EXPIRED "expired"
#define ERROR_OFFLINE "offline"
#define ERROR_NEEDS_SIGN_IN "needs-sign-in"
#define ERROR_SIGNED_OUT "signed-out"
#define ERROR_CANCELLED "cancelled"
#define ERROR_SUPERSEDED "superseded"
#define ERROR_NO_SESSION "no-session"
#define ERROR_BAD_ANSWER "bad-answer"
#define ERROR_LEFT "left"
#define ERROR_SESSION_GONE "session-gone"
#define ERROR_LOST_CLOCK "lost-clock"

/* outcome_error() - the code of a status that is final. */
const char *outcome_error(unsigned status);
