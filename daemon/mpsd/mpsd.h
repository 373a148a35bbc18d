/* SPDX-License-Identifier: MIT */
/* The session directory's protocol: URLs, headers, ETags, documents. One call is one HTTP request. */
#pragma once

#include "base/util.h"
#include "token/token.h"

struct sd_event;

typedef struct Mpsd Mpsd;
typedef struct MpsdCall MpsdCall;

typedef struct MpsdOptions {
    const char *url;     /* the directory, without a path; NULL: the vendor's */
    const char *ca_file; /* NULL: the system's */
    const char *proxy;   /* NULL: as the environment says; never used for loopback */
    const char *agent_version;
} MpsdOptions;

/*
 * mpsd_check_url() - whether a directory's URL may be used
 * @message: why not, and what to change; at least 300 bytes
 * @loopback: set on success: its host is 127.0.0.0/8, [::1] or localhost
 *
 * https, or http to loopback; no user info, path, query or fragment. Returns 0 or -EINVAL.
 */
int mpsd_check_url(const char *url, bool *loopback, char *message, size_t message_size);

/* mpsd_new() - a client of one directory; tokens are borrowed and must outlive it. Returns 0 or a negative errno. */
int mpsd_new(struct sd_event *event, Tokens *tokens, const MpsdOptions *options, Mpsd **mpsd);
/* mpsd_free() - calls under way are given up without an answer; NULL is allowed. Returns NULL. */
Mpsd *mpsd_free(Mpsd *mpsd);
DEFINE_CLEANUP(Mpsd *, mpsd_free)

typedef enum MpsdVerb {
    MPSD_WRITE,          /* PUT …/session */
    MPSD_READ,           /* GET …/session */
    MPSD_SET_ACTIVITY,   /* POST /handles */
    MPSD_GET_ACTIVITIES, /* POST /handles/query */
} MpsdVerb;

typedef enum MpsdPrecondition {
    MPSD_UNCONDITIONAL,
    MPSD_IF_NONE_MATCH_ANY,
    MPSD_IF_MATCH_ANY,
    MPSD_IF_MATCH, /* etag */
} MpsdPrecondition;

/* Checked arguments; all of it is borrowed until the answer. */
typedef struct MpsdRequest {
    MpsdVerb verb;
    MpsdPrecondition precondition;
    const char *etag;
    const char *account;
    uint32_t title_id;
    const char *handle_id; /* NULL: by reference */
    const char *scid;
    const char *template_name;
    const char *name;
    const char *const *xuids;
    size_t xuids_count;
    const char *body;
    size_t body_size;
    uint64_t timeout_usec;
} MpsdRequest;

typedef enum MpsdFate {
    MPSD_ANSWERED,
    MPSD_NOT_SENT,  /* certainly not one byte of the request reached the service */
    MPSD_UNCERTAIN, /* it may have */
    MPSD_NO_TOKEN,  /* not sent: the account has to sign in */
} MpsdFate;

/* Texts are borrowed for the callback, NULL = absent. */
typedef struct MpsdReply {
    MpsdFate fate;
    unsigned status;
    const char *etag; /* as it came, at most 255 bytes */
    const char *date;
    uint64_t date_usec; /* the same; 0: absent */
    bool has_retry_after;
    uint64_t retry_after_usec; /* from now; seconds or HTTP-date (against the reply's own Date) */
    uint32_t limit_max;        /* what a 429's body says: so many ... */
    uint32_t limit_period_sec; /* ... in so long; 0: it does not say */
    const char *scid;          /* of a well-formed Content-Location: all three or none */
    const char *template_name;
    const char *name;
    const char *document; /* a body that is a JSON object, NUL-terminated */
    size_t document_size;
    const char *branch;         /* of the document; at most 63 bytes */
    uint64_t change_number;     /* of the document; 0: it does not say */
    const char *handle_id;      /* of a created handle */
    const char *activities;     /* the results array, JSON text */
    const char *server_message; /* a text body: valid UTF-8, control characters removed, at most 1000 bytes */
    const char *error;          /* what went wrong below HTTP, for people */
    bool token_renewed;         /* a 401: another token may be taken, and is or will be fetched */
} MpsdReply;

typedef void (*MpsdDone)(const MpsdReply *reply, void *userdata);

/*
 * mpsd_start() - send a request
 * @call: set on success; gone when done was called, which never happens before mpsd_start() has returned
 *
 * Returns 0 or a negative errno (then done is not called).
 */
int mpsd_start(Mpsd *mpsd, const MpsdRequest *request, MpsdDone done, void *userdata, MpsdCall **call);

/*
 * mpsd_drop_connections() - the network has changed: what is connected is not used for anything new
 *
 * Calls whose request has left go on. Returns 0, or a negative errno with all as it was.
 */
int mpsd_drop_connections(Mpsd *mpsd);

/* mpsd_abort() - give a call up: it is answered soon as MPSD_NOT_SENT or MPSD_UNCERTAIN. */
void mpsd_abort(MpsdCall *call);
