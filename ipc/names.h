/* SPDX-License-Identifier: MIT */
/* The words of the bus contract: names, errors, keys and limits, shared by the agent and the client library. */
#pragma once

#define MPS_BUS_NAME "org.mpsession.Agent1"
#define MPS_ROOT_PATH "/org/mpsession/Agent1"
#define MPS_REQUEST_ROOT "/org/mpsession/Agent1/request"
#define MPS_REQUEST_PREFIX MPS_REQUEST_ROOT "/"
#define MPS_AGENT_INTERFACE "org.mpsession.Agent1"
#define MPS_REQUEST_INTERFACE "org.mpsession.Agent1.Request"
#define MPS_ACCOUNTS_INTERFACE "org.mpsession.Agent1.Accounts"
#define MPS_ACCOUNT_ROOT "/org/mpsession/Agent1/account"
#define MPS_ACCOUNT_PREFIX MPS_ACCOUNT_ROOT "/"
#define MPS_ACCOUNT_INTERFACE "org.mpsession.Agent1.Account"
#define MPS_SIGN_IN_ROOT "/org/mpsession/Agent1/sign_in"
#define MPS_SIGN_IN_PREFIX MPS_SIGN_IN_ROOT "/"
#define MPS_SIGN_IN_INTERFACE "org.mpsession.Agent1.SignIn"

/* Bumped when a member or key is added; the digit in the names only when something is removed. */
#define MPS_CONTRACT_VERSION "1.2"

/* Methods of the root. */
#define MPS_WRITE_SESSION_BY_HANDLE "WriteSessionByHandle"
#define MPS_WRITE_SESSION "WriteSession"
#define MPS_GET_SESSION_BY_HANDLE "GetSessionByHandle"
#define MPS_GET_SESSION "GetSession"
#define MPS_SET_ACTIVITY "SetActivity"
#define MPS_GET_ACTIVITIES "GetActivities"
#define MPS_LIST_REQUESTS "ListRequests"
#define MPS_GET_STORY "GetStory"
#define MPS_DIAGNOSE "Diagnose"

/* Members of a request object. */
#define MPS_GET_RESULT "GetResult"
#define MPS_ATTACH "Attach"
#define MPS_ACKNOWLEDGE "Acknowledge"
#define MPS_CANCEL "Cancel"
#define MPS_COMPLETED "Completed"

/* Accounts: methods and signals of the root, members of an account's and of a sign-in's object. */
#define MPS_SIGN_IN "SignIn"
#define MPS_SIGN_OUT "SignOut"
#define MPS_LIST_ACCOUNTS "ListAccounts"
#define MPS_LIST_SIGN_INS "ListSignIns"
#define MPS_ACCOUNT_ADDED "AccountAdded"
#define MPS_ACCOUNT_REMOVED "AccountRemoved"
#define MPS_RETRY "Retry"

/* Write modes, and what a request is (property Kind). */
#define MPS_MODE_CREATE_NEW "create-new"
#define MPS_MODE_UPDATE_EXISTING "update-existing"
#define MPS_MODE_UPDATE_OR_CREATE_NEW "update-or-create-new"
#define MPS_MODE_SYNCHRONIZED_UPDATE "synchronized-update"
#define MPS_KIND_WRITE_SESSION_BY_HANDLE "write-session-by-handle"
#define MPS_KIND_WRITE_SESSION "write-session"
#define MPS_KIND_GET_SESSION_BY_HANDLE "get-session-by-handle"
#define MPS_KIND_GET_SESSION "get-session"
#define MPS_KIND_SET_ACTIVITY "set-activity"
#define MPS_KIND_GET_ACTIVITIES "get-activities"

/* Request options (a{sv}). */
#define MPS_OPTION_ID "id"
#define MPS_OPTION_ACCOUNT "account"
#define MPS_OPTION_TITLE_ID "title-id"
#define MPS_OPTION_ETAG "etag"
#define MPS_OPTION_DEADLINE "deadline-usec"
#define MPS_OPTION_DEADLINE_BOOTTIME "deadline-boottime-usec"
#define MPS_OPTION_WHEN_OFFLINE "when-offline"
#define MPS_OPTION_SUPERSEDES "supersedes"
#define MPS_OPTION_DURABILITY "durability"

/* Options of SignIn (a{sv}); title-id and account too. */
#define MPS_OPTION_REMEMBER "remember"

#define MPS_WHEN_OFFLINE_QUEUE "queue"
#define MPS_WHEN_OFFLINE_FAIL "fail"
#define MPS_DURABILITY_POWER "power"
#define MPS_DURABILITY_CRASH "crash"
#define MPS_DURABILITY_NONE "none"

/* ListRequests filter (a{sv}). */
#define MPS_FILTER_LIMIT "limit"
#define MPS_FILTER_AFTER "after"
#define MPS_FILTER_STATE "state"
#define MPS_FILTER_ACCOUNT "account"
#define MPS_FILTER_APP_ID "app-id"

/* Result keys (a{sv}). */
#define MPS_RESULT_OUTCOME "outcome"
#define MPS_RESULT_APPLIED "applied"
#define MPS_RESULT_WRITE_STATUS "write-status"
#define MPS_RESULT_HTTP_STATUS "http-status"
#define MPS_RESULT_ETAG "etag"
#define MPS_RESULT_DATE "date"
#define MPS_RESULT_SESSION "session"
#define MPS_RESULT_SESSION_DROPPED "session-dropped"
#define MPS_RESULT_SESSION_REFERENCE "session-reference"
#define MPS_RESULT_RESOLVED "resolved"
#define MPS_RESULT_ATTEMPTS "attempts"
#define MPS_RESULT_RETRYABLE "retryable"
#define MPS_RESULT_RETRY_AFTER "retry-after-usec"
#define MPS_RESULT_ERROR "error"
#define MPS_RESULT_MESSAGE "message"
#define MPS_RESULT_SERVER_MESSAGE "server-message"
#define MPS_RESULT_HANDLE_ID "handle-id"
#define MPS_RESULT_ACTIVITIES "activities"

/* Outcomes, and whether the change is in the session. */
#define MPS_OUTCOME_APPLIED "applied"
#define MPS_OUTCOME_OUT_OF_SYNC "out-of-sync"
#define MPS_OUTCOME_REJECTED "rejected"
#define MPS_OUTCOME_EXPIRED "expired"
#define MPS_OUTCOME_CANCELLED "cancelled"
#define MPS_OUTCOME_SUPERSEDED "superseded"
#define MPS_OUTCOME_UNKNOWN "unknown"
#define MPS_APPLIED_YES "yes"
#define MPS_APPLIED_NO "no"
#define MPS_APPLIED_UNKNOWN "unknown"

/* Request states, and Connectivity. */
#define MPS_STATE_QUEUED "queued"
#define MPS_STATE_SENDING "sending"
#define MPS_STATE_WAITING "waiting"
#define MPS_STATE_RESOLVING "resolving"
#define MPS_STATE_DONE "done"
#define MPS_CONNECTIVITY_ONLINE "online"
#define MPS_CONNECTIVITY_LIMITED "limited"
#define MPS_CONNECTIVITY_OFFLINE "offline"

/* States of an account, and of a sign-in. */
#define MPS_ACCOUNT_STATE_READY "ready"
#define MPS_ACCOUNT_STATE_REFRESHING "refreshing"
#define MPS_ACCOUNT_STATE_OFFLINE "offline"
#define MPS_ACCOUNT_STATE_NEEDS_SIGN_IN "needs-sign-in"
#define MPS_ACCOUNT_STATE_NEEDS_ACTION "needs-action"
#define MPS_ACCOUNT_STATE_DENIED "denied"
#define MPS_ACCOUNT_STATE_CONFIG_ERROR "config-error"
#define MPS_ACCOUNT_STATE_STORE_LOCKED "store-locked"
#define MPS_ACCOUNT_STATE_SIGNING_OUT "signing-out"
#define MPS_SIGN_IN_STATE_STARTING "starting"
#define MPS_SIGN_IN_STATE_WAITING "waiting"
#define MPS_SIGN_IN_STATE_CHECKING "checking"
#define MPS_SIGN_IN_STATE_DONE "done"
#define MPS_SIGN_IN_STATE_DECLINED "declined"
#define MPS_SIGN_IN_STATE_EXPIRED "expired"
#define MPS_SIGN_IN_STATE_FAILED "failed"
#define MPS_SIGN_IN_STATE_CANCELLED "cancelled"

/* Where an account's long-lived secret is kept. */
#define MPS_SECRET_STORE_SECRET_SERVICE "secret-service"
#define MPS_SECRET_STORE_CREDENTIAL "credential"
#define MPS_SECRET_STORE_PLAIN_FILE "plain-file"
#define MPS_SECRET_STORE_MEMORY "memory"
#define MPS_SECRET_STORE_NONE "none"

/* Events of a story. */
#define MPS_EVENT_ACCEPTED "accepted"
#define MPS_EVENT_NOTE "note"
#define MPS_EVENT_DONE "done"
#define MPS_EVENT_ACKNOWLEDGED "acknowledged"
#define MPS_EVENT_NOW "now"

/* Keys of Diagnose (a{sv}). */
#define MPS_FACT_VERSION "version"
#define MPS_FACT_STATE_FOLDER "state-folder"
#define MPS_FACT_STORE_FORMAT "store-format"
#define MPS_FACT_STORE_BYTES "store-bytes"
#define MPS_FACT_STORE_ERROR "store-error"
#define MPS_FACT_DISK_FREE "disk-free"
#define MPS_FACT_RESERVE "reserve"
#define MPS_FACT_QUARANTINED "quarantined"
#define MPS_FACT_QUARANTINED_NOW "quarantined-now"
#define MPS_FACT_MOVED_ASIDE "moved-aside"
#define MPS_FACT_NEWEST_MOVED "newest-moved"
#define MPS_FACT_LIMITERS "limiters"
#define MPS_FACT_CONNECTIVITY "connectivity"
#define MPS_FACT_PROBING "probing"
#define MPS_FACT_NEXT_PROBE "next-probe"
#define MPS_FACT_HELD_UNTIL "held-until"
#define MPS_FACT_RETRY_TOKENS "retry-tokens"
#define MPS_FACT_RETRY_TOKENS_MAX "retry-tokens-max"
#define MPS_FACT_LAST_ERROR "last-error"
#define MPS_FACT_LAST_ERROR_AT "last-error-at"
#define MPS_FACT_LAST_SUCCESS_AT "last-success-at"
#define MPS_FACT_DIRECTORY_URL "directory-url"
#define MPS_FACT_CA_FILE "ca-file"
#define MPS_FACT_PROXY "proxy"
#define MPS_FACT_CLOCK_SKEW_USEC "clock-skew-usec" /* x: how far the identity service's clock is ahead of this machine's */
#define MPS_FACT_SECRET_STORE "secret-store"       /* s: where the next sign-in's secret would be kept */
#define MPS_FACT_IDENTITY_URL "identity-url"       /* s */
#define MPS_LIMITERS_MAX 100 /* rows of the key limiters */

/* Words of Features. */
#define MPS_FEATURE_ACCOUNTS "accounts"
#define MPS_FEATURE_DIAGNOSE "diagnose"
#define MPS_FEATURE_STORY "story"

/* Answers of Cancel. */
#define MPS_CANCEL_CANCELLED "cancelled"
#define MPS_CANCEL_TOO_LATE "too-late"

/* D-Bus errors. */
#define MPS_ERROR_PREFIX "org.mpsession.Error."
#define MPS_ERROR_NAME_INVALID_HANDLE MPS_ERROR_PREFIX "InvalidHandle"
#define MPS_ERROR_NAME_INVALID_REFERENCE MPS_ERROR_PREFIX "InvalidReference"
#define MPS_ERROR_NAME_INVALID_SESSION MPS_ERROR_PREFIX "InvalidSession"
#define MPS_ERROR_NAME_INVALID_OPTION MPS_ERROR_PREFIX "InvalidOption"
#define MPS_ERROR_NAME_ID_REUSED MPS_ERROR_PREFIX "IdReused"
#define MPS_ERROR_NAME_TOO_LARGE MPS_ERROR_PREFIX "TooLarge"
#define MPS_ERROR_NAME_QUOTA_EXCEEDED MPS_ERROR_PREFIX "QuotaExceeded"
#define MPS_ERROR_NAME_NEEDS_SIGN_IN MPS_ERROR_PREFIX "NeedsSignIn"
#define MPS_ERROR_NAME_SIGN_IN_FAILED MPS_ERROR_PREFIX "SignInFailed"
#define MPS_ERROR_NAME_SIGN_IN_UNAVAILABLE MPS_ERROR_PREFIX "SignInUnavailable"
#define MPS_ERROR_NAME_SIGN_OUT_FAILED MPS_ERROR_PREFIX "SignOutFailed"
#define MPS_ERROR_NAME_NO_SUCH_ACCOUNT MPS_ERROR_PREFIX "NoSuchAccount"
#define MPS_ERROR_NAME_NO_SUCH_SIGN_IN MPS_ERROR_PREFIX "NoSuchSignIn"
#define MPS_ERROR_NAME_NO_SUCH_REQUEST MPS_ERROR_PREFIX "NoSuchRequest"
#define MPS_ERROR_NAME_NOT_DONE MPS_ERROR_PREFIX "NotDone"
#define MPS_ERROR_NAME_ACCESS_DENIED MPS_ERROR_PREFIX "AccessDenied"
#define MPS_ERROR_NAME_STORE_FAILED MPS_ERROR_PREFIX "StoreFailed"
#define MPS_ERROR_NAME_NOT_STARTED MPS_ERROR_PREFIX "NotStarted"
#define MPS_ERROR_NAME_SHUTTING_DOWN MPS_ERROR_PREFIX "ShuttingDown"

/* The directory where no other is configured, and the folders of configuration and state. */
#define MPS_DIRECTORY_URL_DEFAULT "https://sessiondirectory.xboxlive.com"
#define MPS_CONFIG_FILE "mpsession/agent.conf"
#define MPS_FOLDER "mpsession"

/* Limits that both sides check. */
#define MPS_SESSION_MAX (1024 * 1024)      /* bytes of a session document */
#define MPS_SESSION_DEPTH_MAX 64           /* nested arrays and objects */
#define MPS_NAME_MAX 99                    /* bytes of a template or session name */
#define MPS_ETAG_MAX 255                   /* bytes; printable ASCII */
#define MPS_SUPERSEDES_MAX 100             /* bytes of a key */
#define MPS_XUIDS_MAX 100                  /* owners asked for in one GetActivities */
#define MPS_LIST_MAX 1000                  /* rows of ListRequests, nodes of the enumerator */
#define MPS_ACCOUNTS_MAX 100               /* rows of ListAccounts */
#define MPS_SIGNAL_SESSION_MAX (64 * 1024) /* a larger document is left to GetResult */
#define MPS_DEADLINE_MAX_USEC (7ULL * 24 * 3600 * 1000000)
#define MPS_ID_LENGTH 36 /* a canonical UUID */
