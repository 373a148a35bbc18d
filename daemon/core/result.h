/* SPDX-License-Identifier: MIT */
/* How a request ended: the words of the completion. */
#pragma once

#include "base/util.h"

typedef enum CoreOutcome {
    CORE_OUTCOME_APPLIED,
    CORE_OUTCOME_OUT_OF_SYNC,
    CORE_OUTCOME_REJECTED,
    CORE_OUTCOME_EXPIRED,
    CORE_OUTCOME_CANCELLED,
    CORE_OUTCOME_SUPERSEDED,
    CORE_OUTCOME_UNKNOWN,
} CoreOutcome;

typedef enum CoreApplied {
    CORE_APPLIED_NO,
    CORE_APPLIED_YES,
    CORE_APPLIED_UNKNOWN,
} CoreApplied;

/* The numbers of XblWriteSessionStatus. */
typedef enum CoreWriteStatus {
    CORE_STATUS_UNKNOWN,
    CORE_STATUS_ACCESS_DENIED,
    CORE_STATUS_CREATED,
    CORE_STATUS_CONFLICT,
    CORE_STATUS_HANDLE_NOT_FOUND,
    CORE_STATUS_OUT_OF_SYNC,
    CORE_STATUS_SESSION_DELETED,
    CORE_STATUS_UPDATED,
} CoreWriteStatus;

/* Owned by whoever holds it; NULL texts are absent. */
typedef struct CoreResult {
    CoreOutcome outcome;
    CoreApplied applied;
    CoreWriteStatus write_status;
    bool has_write_status; /* only writes that the service answered have one */
    unsigned http_status;  /* 0: never answered */
    unsigned attempts;
    bool resolved;
    bool retryable;
    bool session_dropped;
    uint64_t retry_after_usec;
    char *etag;
    char *date;
    char *session; /* the document; session_size bytes and a NUL */
    size_t session_size;
    char *scid; /* the session's reference, all three or none */
    char *template_name;
    char *name;
    char *handle_id;
    char *activities;
    const char *error; /* a stable code, static: never freed; NULL: none */
    char *message;
    char *server_message;
} CoreResult;

/* core_result_free() - frees it with all it owns; NULL is allowed. Returns NULL. */
CoreResult *core_result_free(CoreResult *result);
DEFINE_CLEANUP(CoreResult *, core_result_free)

/* The contract's words, static: "applied", "yes", "OutOfSync". */
const char *core_outcome_name(CoreOutcome outcome);
const char *core_applied_name(CoreApplied applied);
const char *core_write_status_name(CoreWriteStatus status);

/*
 * core_result_pack() - everything but the document, as a JSON text, to be kept in the store
 * @text: set on success; freed by the caller
 *
 * Returns 0 or -ENOMEM.
 */
int core_result_pack(const CoreResult *result, char **text);

/*
 * core_result_unpack() - the reverse
 * @document: taken over on success; NULL: none
 *
 * Returns 0, -ENOMEM, or -EBADMSG for a text that core_result_pack() did not make.
 */
int core_result_unpack(const char *text, char *document, size_t document_size, CoreResult **result);
