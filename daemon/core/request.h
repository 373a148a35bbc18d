/* SPDX-License-Identifier: MIT */
/* What the other rooms see of a request. */
#pragma once

#include "base/util.h"
#include "core/result.h"

typedef struct CoreRequest CoreRequest;

typedef enum CoreKind {
    CORE_WRITE_SESSION_BY_HANDLE,
    CORE_WRITE_SESSION,
    CORE_GET_SESSION_BY_HANDLE,
    CORE_GET_SESSION,
    CORE_SET_ACTIVITY,
    CORE_GET_ACTIVITIES,
} CoreKind;

typedef enum CoreMode {
    CORE_MODE_NONE, /* nothing is written */
    CORE_MODE_CREATE_NEW,
    CORE_MODE_UPDATE_OR_CREATE_NEW,
    CORE_MODE_UPDATE_EXISTING,
    CORE_MODE_SYNCHRONIZED_UPDATE,
} CoreMode;

typedef enum CoreState {
    CORE_STATE_QUEUED, /* behind others of its lane, or for a free slot */
    CORE_STATE_SENDING,
    CORE_STATE_WAITING,   /* for its next attempt */
    CORE_STATE_RESOLVING, /* an attempt's outcome is being found out */
    CORE_STATE_DONE,
} CoreState;

typedef enum CoreDurability {
    CORE_DURABILITY_DEFAULT, /* by the deadline; never that of an accepted request */
    CORE_DURABILITY_POWER,
    CORE_DURABILITY_CRASH,
    CORE_DURABILITY_NONE, /* memory only */
} CoreDurability;

/* The contract's words for each, static; and back: 0 or -EINVAL. */
const char *core_kind_name(CoreKind kind);
const char *core_mode_name(CoreMode mode); /* "" for CORE_MODE_NONE */
const char *core_state_name(CoreState state);
int core_kind_from_name(const char *name, CoreKind *kind);
int core_mode_from_name(const char *name, CoreMode *mode);
int core_state_from_name(const char *name, CoreState *state);

/* What a request is. Texts belong to the request and are never NULL; times are CLOCK_BOOTTIME microseconds, 0 = none. */
const char *core_request_id(const CoreRequest *request);
CoreKind core_request_kind(const CoreRequest *request);
CoreMode core_request_mode(const CoreRequest *request);
CoreDurability core_request_durability(const CoreRequest *request);
CoreState core_request_state(const CoreRequest *request);
const char *core_request_account(const CoreRequest *request);
const char *core_request_app_id(const CoreRequest *request); /* "" for callers on the host without a label */
const char *core_request_owner(
    const CoreRequest *request); /* who gets the completion: an opaque text; "" = nobody now */
const char *core_request_target(
    const CoreRequest *request); /* the handle id, scid/template/name, or the scid */
uint32_t core_request_title_id(const CoreRequest *request); /* 0 = the default */
uint64_t core_request_accepted_at(const CoreRequest *request);
uint64_t core_request_deadline(const CoreRequest *request);
uint64_t core_request_next_attempt(const CoreRequest *request);
unsigned core_request_attempts(const CoreRequest *request);
const char *core_request_last_error(const CoreRequest *request); /* static or owned text; "" = none */

/*
 * core_request_result() - how it ended
 *
 * Returns the result while it is in memory, else NULL: the request is not done, or its result is in the store alone
 * (core_request_state() tells which).
 */
const CoreResult *core_request_result(const CoreRequest *request);
