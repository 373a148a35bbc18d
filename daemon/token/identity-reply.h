/* SPDX-License-Identifier: MIT */
/* What the identity services answer. Everything in it is a stranger's word. Pure. */
#pragma once

#include "token/identity-text.h"
#include "token/identity.h"
#include "token/xerr.h"

/* A body beyond this is not looked at; nor is one that is nested deeper. */
#define IDENTITY_BODY_MAX (64U << 10)
#define IDENTITY_DEPTH_MAX 32
#define IDENTITY_MESSAGE_MAX 500

typedef enum IdentityOutcome {
    IDENTITY_OK,
    IDENTITY_PENDING,         /* POLL: the person is not done */
    IDENTITY_SLOW_DOWN,       /* POLL: 5 s more between polls from now on */
    IDENTITY_DECLINED,        /* POLL: the person refused */
    IDENTITY_EXPIRED_CODE,    /* POLL: too late, a new code is wanted */
    IDENTITY_BAD_CODE,        /* POLL: unknown or used already, a new code is wanted */
    IDENTITY_NEEDS_SIGN_IN,   /* the grant does not serve any more, see grant_lost */
    IDENTITY_CLIENT_MISMATCH, /* the grant is another client's: the configuration has changed; keep it */
    IDENTITY_CONFIG,          /* client, sandbox or relying party are not accepted: nothing is tried again */
    IDENTITY_LOOPS,           /* we ask far too often: silence for PACE_LOOPS_USEC */
    IDENTITY_TICKET_REFUSED,  /* USER, TITLE: the access token: refresh it once, then sign in or CONFIG */
    IDENTITY_TITLE_REFUSED,   /* TITLE: the client is no title's */
    IDENTITY_SIGNATURE_REFUSED, /* the signature, or the device itself: sign anew once, by the service's time */
    IDENTITY_XERR,              /* see xerr */
    IDENTITY_TRANSIENT,         /* 408, 429, 5xx and their like: later, see retry_after_usec */
    IDENTITY_BAD_ANSWER,        /* cannot be understood */
} IdentityOutcome;

/* The parts of an HTTP reply; texts are borrowed, NULL = absent. */
typedef struct IdentityRaw {
    unsigned status;
    const char *date;
    const char *age;
    const char *retry_after;
    const char *www_authenticate;
    const char *content_type;
    const char *set_cookie;
    const char *body;
    size_t body_size;
} IdentityRaw;

/* Secrets are in secret memory, NULL = absent; other texts are empty when absent, and all of them may be shown. */
typedef struct IdentityReply {
    IdentityOutcome outcome;
    unsigned status;
    char message
        [IDENTITY_MESSAGE_MAX]; /* for people: what is the matter, what to do; empty for OK, PENDING, SLOW_DOWN */
    char error[41];             /* the service's own word for it */
    bool has_date, has_age;
    int64_t date_sec; /* for server_time_take() */
    bool has_retry_after;
    uint64_t retry_after_usec; /* for pace_told() */

    /* DEVICE_CODE */
    char *device_code;
    char *cookie; /* to be sent with each poll */
    char user_code[41];
    char verification_uri[IDENTITY_URI_MAX + 1];
    char verification_uri_complete[IDENTITY_URI_MAX + 1];
    char instruction[IDENTITY_MESSAGE_MAX]; /* the service's own sentence for people */
    uint32_t interval_sec;                  /* at least 1 */

    /* POLL, REFRESH; expires_sec for DEVICE_CODE too */
    char *access_token;
    char *refresh_token; /* NULL: the old one goes on */
    uint32_t expires_sec;
    bool grant_lost; /* NEEDS_SIGN_IN: the refresh token is of no use any more */

    /* USER, DEVICE, TITLE, XSTS */
    char *token;
    int64_t issued, not_after; /* seconds since the epoch, by the service's clock */
    char uhs[65];
    char xid[21];
    char gtg[65];
    char agg[17];
    char prv[1024]; /* numbers with spaces between */
    char did[65];
    char tid[21];

    /* XERR */
    uint32_t xerr; /* 0: it named none */
    XErrClass xerr_class;
    char redirect[IDENTITY_URI_MAX + 1]; /* where people can put it right */
} IdentityReply;

/*
 * identity_reply_parse() - understand an answer
 * @wall_usec: for a Retry-After that is a date, when the reply has none of its own
 * @reply: free with identity_reply_free(), whatever the outcome; it holds secrets for IDENTITY_OK alone
 *
 * What is not understood is BAD_ANSWER, never half of an answer. No message holds a secret or more of the body than an
 * error's name and the first line of its description, masked. Returns 0 or -ENOMEM (then nothing is owned).
 */
int identity_reply_parse(IdentityKind kind, const IdentityRaw *raw, uint64_t wall_usec, IdentityReply *reply);
/* identity_reply_free() - wipes it, and frees the secrets. */
void identity_reply_free(IdentityReply *reply);

/* identity_reply_privilege() - is the number among the privileges that the reply lists? */
bool identity_reply_privilege(const IdentityReply *reply, unsigned number);

/* identity_outcome_name() - for logs: "needs-sign-in". */
const char *identity_outcome_name(IdentityOutcome outcome);
