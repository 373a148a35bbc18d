/* SPDX-License-Identifier: MIT */
/* mpsession: write multiplayer sessions through the user's agent. */
#ifndef MPSESSION_H
#define MPSESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A game opens one client, hands over writes, and gets exactly one completion for each. A call checks its arguments,
 * copies them and returns; it never waits for the bus, the agent or the network. The agent keeps an accepted write
 * through a crash of the game, of itself, and through a dead network.
 *
 *     MpsClient *client;
 *     mps_client_open(NULL, &client);
 *     mps_write_session_by_handle(client, handle_id, MPS_UPDATE_EXISTING, json, strlen(json), NULL, on_done, me, NULL);
 *     ...each frame...
 *     mps_client_dispatch(client, 0);
 *
 * Functions return 0 or a negative MpsError. Any function may be called from any thread, except that a client must
 * not be used any more once mps_client_close() was called on it. Strings are UTF-8.
 *
 * Every struct that the caller fills begins with struct_size = sizeof of it, so that a later version may add fields.
 */

#if defined(_MSC_VER)
#define MPS_API
#elif defined(__GNUC__)
#define MPS_API __attribute__((visibility("default")))
#else
#define MPS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The room for a request's id: 36 characters and the NUL. */
#define MPS_ID_SIZE 37

typedef struct MpsClient MpsClient;

/* What a call answers, and why a request ended without an outcome of the service. */
typedef enum MpsError {
    MPS_OK = 0,
    MPS_ERROR_INVALID_ARGUMENT = -1,  /* a NULL, a wrong enum, a struct_size of 0 */
    MPS_ERROR_INVALID_HANDLE = -2,    /* not a UUID, or all zero */
    MPS_ERROR_INVALID_REFERENCE = -3, /* scid, template or name of a wrong form */
    MPS_ERROR_INVALID_SESSION = -4,   /* not a JSON object, nested too deep, unknown member, not UTF-8 */
    MPS_ERROR_INVALID_OPTION = -5,    /* an option that the agent refuses; the message names it */
    MPS_ERROR_TOO_LARGE = -6,         /* a session of more than 1 MiB */
    MPS_ERROR_ID_REUSED = -7,         /* the id belongs to a request with other content */
    MPS_ERROR_QUOTA = -8,             /* too much is waiting: acknowledge results, or wait */
    MPS_ERROR_NEEDS_SIGN_IN = -9,     /* the account has to sign in first */
    MPS_ERROR_NO_SUCH_REQUEST = -10,  /* no request of that id that this game may see */
    MPS_ERROR_ACCESS_DENIED = -11,    /* another living process owns it */
    MPS_ERROR_STORE_FAILED = -12,     /* the agent could not keep it (disk full?) */
    MPS_ERROR_NO_AGENT = -13,         /* there is none and none can be started */
    MPS_ERROR_AGENT_LOST = -14,       /* the agent did not come back in time; applied is unknown */
    MPS_ERROR_LOST = -15,             /* accepted, then forgotten in a power cut; applied is unknown */
    MPS_ERROR_CLOSED = -16,           /* the client belongs to the process that this one was forked from */
    MPS_ERROR_NO_MEMORY = -17,
    MPS_ERROR_BUSY =
        -18, /* too many calls wait in this process (see MPS_PENDING_MAX, MPS_PENDING_BYTES_MAX) */
    MPS_ERROR_INTERNAL = -19, /* the agent answered with an error that this version does not know */
} MpsError;

/* Calls of one client that have not completed yet; one more is MPS_ERROR_BUSY. */
#define MPS_PENDING_MAX 20000
/* The same for their memory: the documents of calls that have not completed yet. */
#define MPS_PENDING_BYTES_MAX (64u * 1024 * 1024)

typedef enum MpsWriteMode {
    MPS_CREATE_NEW = 0,           /* only if the session does not exist */
    MPS_UPDATE_OR_CREATE_NEW = 1, /* whatever there is */
    MPS_UPDATE_EXISTING = 2,      /* only if the session exists */
    MPS_SYNCHRONIZED_UPDATE = 3,  /* only if the session is still the version of options->etag */
} MpsWriteMode;

typedef enum MpsOutcome {
    MPS_OUTCOME_NONE = 0,    /* the request never ran: see error */
    MPS_OUTCOME_APPLIED = 1, /* done */
    MPS_OUTCOME_OUT_OF_SYNC =
        2,                    /* the session is another version; session holds it where the service told it */
    MPS_OUTCOME_REJECTED = 3, /* the service said no */
    MPS_OUTCOME_EXPIRED = 4,  /* the deadline came first; nothing was applied */
    MPS_OUTCOME_CANCELLED = 5,
    MPS_OUTCOME_SUPERSEDED = 6, /* a newer write took its place */
    MPS_OUTCOME_UNKNOWN = 7,    /* sent, and nobody can tell whether it was applied */
} MpsOutcome;

typedef enum MpsApplied {
    MPS_APPLIED_NO = 0,
    MPS_APPLIED_YES = 1,
    MPS_APPLIED_UNKNOWN = 2,
} MpsApplied;

/* The numbers of XblWriteSessionStatus. */
typedef enum MpsWriteStatus {
    MPS_STATUS_UNKNOWN = 0,
    MPS_STATUS_ACCESS_DENIED = 1,
    MPS_STATUS_CREATED = 2,
    MPS_STATUS_CONFLICT = 3,
    MPS_STATUS_HANDLE_NOT_FOUND = 4,
    MPS_STATUS_OUT_OF_SYNC = 5,
    MPS_STATUS_SESSION_DELETED = 6,
    MPS_STATUS_UPDATED = 7,
} MpsWriteStatus;

typedef enum MpsDurability {
    MPS_DURABILITY_DEFAULT = 0, /* by the deadline: more than 60 s is MPS_DURABILITY_POWER */
    MPS_DURABILITY_POWER = 1,   /* survives a power cut */
    MPS_DURABILITY_CRASH = 2,   /* survives the agent's death */
    MPS_DURABILITY_NONE = 3,    /* memory only */
} MpsDurability;

typedef struct MpsReference {
    const char *scid;          /* a UUID */
    const char *template_name; /* [A-Za-z0-9._-]{1,99} */
    const char *name;          /* the same */
} MpsReference;

/* What a completion tells. All pointers die when the callback returns; absent texts are "", never NULL. */
typedef struct MpsResult {
    size_t struct_size;
    const char *id; /* the request's UUID */
    MpsError error; /* MPS_OK when the request ran to an outcome; else why it did not */
    MpsOutcome outcome;
    MpsApplied applied;
    MpsWriteStatus write_status;
    unsigned http_status; /* 0: the service never answered */
    unsigned attempts;
    bool resolved;             /* found out by looking, after an attempt without an answer */
    bool retryable;            /* the same call may succeed later */
    bool session_dropped;      /* there was a document, but it could not be kept */
    uint64_t retry_after_usec; /* 0: nothing was said */
    const char *etag;
    const char *date;           /* the service's Date header, RFC 1123 */
    const char *session;        /* the session's JSON document */
    size_t session_size;        /* bytes, without the NUL */
    MpsReference reference;     /* texts "" when it is not known */
    const char *handle_id;      /* mps_set_activity: the handle that others can use */
    const char *activities;     /* mps_get_activities: the service's JSON array */
    const char *code;           /* a stable code of what went wrong, "" if nothing did */
    const char *message;        /* for people: what happened and what to do */
    const char *server_message; /* the service's own words */
} MpsResult;

/*
 * MpsCompletion() - told once for each accepted call
 * @result: the outcome; valid during the callback
 * @userdata: as given to the call
 *
 * Called from mps_client_dispatch(), or on the library's thread if the client was opened with MPS_OWN_THREAD. It may
 * call any function of this header but mps_client_close() and mps_client_dispatch().
 */
typedef void (*MpsCompletion)(const MpsResult *result, void *userdata);

enum {
    MPS_OWN_THREAD = 1u << 0, /* completions come on the library's thread, not from mps_client_dispatch() */
};

typedef struct MpsClientOptions {
    size_t struct_size;
    unsigned flags;          /* of the enum above */
    const char *bus_address; /* NULL: $DBUS_SESSION_BUS_ADDRESS, else $XDG_RUNTIME_DIR/bus */
    const char *account;     /* XUID for calls that name none; NULL: the agent's default */
    uint32_t title_id;       /* for calls that name none; 0: the agent's default */
} MpsClientOptions;

typedef struct MpsCallOptions {
    size_t struct_size;
    const char *id;         /* a canonical lower-case UUID; NULL: the library makes one */
    const char *account;    /* XUID; NULL: the client's */
    uint32_t title_id;      /* 0: the client's */
    const char *etag;       /* the version that the change was made from; NULL: none */
    uint64_t deadline_usec; /* from now; 0: by what the call does (30 s to 2 h); at most 7 days */
    bool fail_when_offline; /* end as soon as an attempt could not be sent */
    const char *supersedes; /* replaces an unsent write of the same key, account and target; NULL: none */
    MpsDurability durability;
} MpsCallOptions;

/*
 * mps_client_open() - make a client and start its thread
 * @options: NULL for the defaults
 * @client: set on success; to be closed with mps_client_close()
 *
 * Does not wait for the bus: without one, or without an agent, it succeeds, and each call completes with
 * MPS_ERROR_NO_AGENT.
 *
 * Return: 0, MPS_ERROR_INVALID_ARGUMENT or MPS_ERROR_NO_MEMORY. Any thread. Since 0.1.
 */
MPS_API int mps_client_open(const MpsClientOptions *options, MpsClient **client);

/*
 * mps_client_close() - end a client
 * @client: NULL is allowed
 *
 * Stops the library's thread and frees everything. Callbacks that were not dispatched yet are not called any more.
 * Writes that the agent was not told of yet, or has not accepted yet, are waited for, at most 1 s. What it accepted goes
 * on; attach to it by id with mps_attach() later. Waits for a callback that runs just now. In a forked child nothing
 * happens. Any thread but a callback's. Since 0.1.
 */
MPS_API void mps_client_close(MpsClient *client);

/*
 * mps_client_get_fd() - what to poll
 *
 * Return: a file descriptor, owned by the client, that is readable (POLLIN) while completions wait for
 * mps_client_dispatch(); with MPS_OWN_THREAD it never is. Any thread. Since 0.1.
 */
MPS_API int mps_client_get_fd(MpsClient *client);

/*
 * mps_client_dispatch() - run the callbacks of what has completed
 * @timeout_msec: how long to wait for a first one; 0: do not wait; -1: as long as it takes
 *
 * With MPS_OWN_THREAD it is MPS_ERROR_INVALID_ARGUMENT.
 *
 * Return: how many callbacks ran, or a negative MpsError. Any thread, one at a time. Since 0.1.
 */
MPS_API int mps_client_dispatch(MpsClient *client, int timeout_msec);

/*
 * mps_write_session_by_handle() - write a new or updated session through a handle
 * @handle_id: the handle's UUID
 * @session: a JSON object: the delta to write
 * @session_size: its bytes, without a NUL
 * @options: NULL for the defaults
 * @completion: called once; NULL: nobody asks
 * @id: MPS_ID_SIZE characters for the request's id, to attach to it later; NULL: not wanted
 *
 * Return: 0: the completion will come. Negative: nothing was done and none will come. Any thread. Since 0.1.
 */
MPS_API int mps_write_session_by_handle(MpsClient *client, const char *handle_id, MpsWriteMode mode,
                                        const char *session, size_t session_size,
                                        const MpsCallOptions *options, MpsCompletion completion,
                                        void *userdata, char *id);

/*
 * mps_write_session() - write a new or updated session by its reference
 *
 * See mps_write_session_by_handle(). Since 0.1.
 */
MPS_API int mps_write_session(MpsClient *client, const MpsReference *reference, MpsWriteMode mode,
                              const char *session, size_t session_size, const MpsCallOptions *options,
                              MpsCompletion completion, void *userdata, char *id);

/*
 * mps_get_session_by_handle() - read a session through a handle
 *
 * The result has session, etag and reference. Reads are not kept through a restart of the agent by itself; the
 * library issues them again. See mps_write_session_by_handle() for the arguments. Since 0.1.
 */
MPS_API int mps_get_session_by_handle(MpsClient *client, const char *handle_id, const MpsCallOptions *options,
                                      MpsCompletion completion, void *userdata, char *id);

/* mps_get_session() - read a session by its reference. Since 0.1. */
MPS_API int mps_get_session(MpsClient *client, const MpsReference *reference, const MpsCallOptions *options,
                            MpsCompletion completion, void *userdata, char *id);

/*
 * mps_set_activity() - publish a session as what the account is doing now
 *
 * The account must be an active member. The result has handle_id. Since 0.1.
 */
MPS_API int mps_set_activity(MpsClient *client, const MpsReference *reference, const MpsCallOptions *options,
                             MpsCompletion completion, void *userdata, char *id);

/*
 * mps_get_activities() - ask what others are doing: where handle ids come from
 * @xuids: whose
 * @xuids_count: 1 to 100
 *
 * The result has activities. Since 0.1.
 */
MPS_API int mps_get_activities(MpsClient *client, const char *scid, const uint64_t *xuids, size_t xuids_count,
                               const MpsCallOptions *options, MpsCompletion completion, void *userdata,
                               char *id);

/*
 * mps_cancel() - end a call that was not sent yet
 * @id: as given by the call
 *
 * Does not wait. The call's own completion tells how it ended: MPS_OUTCOME_CANCELLED, or its true outcome if it was too
 * late. A call that this client does not know is asked of the agent all the same, without an answer.
 *
 * Return: 0, MPS_ERROR_INVALID_ARGUMENT, MPS_ERROR_NO_MEMORY or MPS_ERROR_BUSY. Any thread. Since 0.1.
 */
MPS_API int mps_cancel(MpsClient *client, const char *id);

/*
 * mps_attach() - get the completion of a request made before the game was restarted
 * @id: as given by the call then
 *
 * Completes with MPS_ERROR_NO_SUCH_REQUEST if the agent knows none of that id, and with MPS_ERROR_ACCESS_DENIED while
 * another living process owns it; applied is MPS_APPLIED_UNKNOWN then.
 *
 * Return: as mps_write_session_by_handle(). Any thread. Since 0.1.
 */
MPS_API int mps_attach(MpsClient *client, const char *id, MpsCompletion completion, void *userdata);

/* mps_error_text() - a sentence for an MpsError; never NULL, static. Since 0.1. */
MPS_API const char *mps_error_text(int error);

/* mps_version() - the library's version, "major.minor.patch"; static. Since 0.1. */
MPS_API const char *mps_version(void);

#ifdef __cplusplus
}
#endif

#endif
