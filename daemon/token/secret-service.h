/* SPDX-License-Identifier: MIT */
/* The wrapping key as an item of the Secret Service: org.freedesktop.secrets, on the session bus. */
#pragma once

#include "token/secret-file.h"

struct sd_event;

typedef struct SecretService SecretService;

typedef enum SecretServiceOutcome {
    SECRET_SERVICE_FOUND,
    SECRET_SERVICE_MISSING, /* the collections are open, and it is not there */
    SECRET_SERVICE_LOCKED,  /* also when its user does not want to unlock it */
    SECRET_SERVICE_UNFIT,   /* there is no default collection to keep anything in */
    SECRET_SERVICE_ABSENT,  /* no bus, no service, or one that does not answer */
    SECRET_SERVICE_BAD,     /* what it says makes no sense */
    SECRET_SERVICE_DELETED,
} SecretServiceOutcome;

typedef struct SecretServiceAnswer {
    SecretServiceOutcome outcome;
    const unsigned char *key; /* SECRET_SERVICE_FOUND; NULL: it is the one told before */
    const char *item;         /* SECRET_SERVICE_FOUND: its path */
    const char *message;      /* a sentence; "" for FOUND, MISSING and DELETED */
} SecretServiceAnswer;

/*
 * What was asked for has ended; or, unasked, the service has come, gone or changed. What is pointed to is valid during the
 * call, in which the service must not be freed. It may be called from within a function of this file.
 */
typedef void (*SecretServiceDone)(void *userdata, const SecretServiceAnswer *answer);

/*
 * secret_service_new() - nothing is done yet, not even connecting
 * @state: the state folder; folders do not share a key
 * @item: the path told last time, preferred when there are several; NULL
 * @prompt_usec: how long a question to the user may stay open; 0: two minutes
 *
 * Returns 0 or -ENOMEM.
 */
int secret_service_new(struct sd_event *event, const char *state, const char *item, uint64_t prompt_usec,
                       SecretServiceDone done, void *userdata, SecretService **service);
/* secret_service_free() - closes what is open; NULL is allowed. Returns NULL. */
SecretService *secret_service_free(SecretService *service);
DEFINE_CLEANUP(SecretService *, secret_service_free)

/*
 * secret_service_find() - looks for the key; from then on changes are told, too
 * @ask: a user wants it now: what is locked may be unlocked, with a question
 *
 * What is under way is given up for it, as by the two below.
 */
void secret_service_find(SecretService *service, bool ask);

/* secret_service_make() - the same, asking; without one, @key becomes the key. Ends as FOUND with the key that counts. */
void secret_service_make(SecretService *service, const unsigned char key[SECRET_KEY_BYTES]);

/* secret_service_delete() - every key of the state folder. LOCKED: some are left. */
void secret_service_delete(SecretService *service);

/* secret_service_cancel() - gives up what is under way; done() does not tell of it. */
void secret_service_cancel(SecretService *service);
