/* SPDX-License-Identifier: MIT */
/* What the files of the secret store share. */
#pragma once

#include "token/secret-service.h"
#include "token/secret-store.h"
#include "token/secret-work.h"

#include <systemd/sd-event.h>

typedef enum StoreTask {
    STORE_TASK_NONE,
    STORE_TASK_LOOK,
    STORE_TASK_CREATE,
    STORE_TASK_UNLOCK,
    STORE_TASK_FORGET,
} StoreTask;

struct SecretStore {
    sd_event *event;
    sd_event_source *tell; /* on_change(), from a clean stack */
    char *directory, *credentials;
    bool remember;
    uint64_t prompt_usec;
    void (*on_change)(void *userdata);
    void *userdata;

    SecretState state;
    SecretRung rung;
    char *item; /* NULL: "" */
    char message[SECRET_MESSAGE_BYTES];
    bool lost; /* the recorded place is there, and the key is not in it */
    bool held;
    bool other;                          /* what is kept is not what is held */
    unsigned char key[SECRET_KEY_BYTES]; /* held */

    StoreTask task;
    bool create_after;                     /* of a task to forget */
    bool awaiting;                         /* the task waits for the service */
    bool writing;                          /* the work is to write, not to remove */
    SecretService *service;                /* NULL: not in use */
    SecretWork *work;                      /* NULL: none under way */
    unsigned char fresh[SECRET_KEY_BYTES]; /* to be kept somewhere */
    char why[SECRET_MESSAGE_BYTES];        /* a better place is not used, or the key is not deleted */
};

/* secret-store.c: what was found. */
void store_set(SecretStore *store, SecretState state, const char *format, ...) MPS_PRINTF(3, 4);
/* @key: NULL: the one told before */
void store_ready(SecretStore *store, SecretRung rung, const char *item, const unsigned char *key,
                 const char *message);
void store_end(SecretStore *store); /* of the task */
/* The service answers by store_on_service(); NULL: memory is out. */
SecretService *store_service(SecretStore *store);
bool store_look_file(SecretStore *store);       /* false: it is not there */
bool store_look_credential(SecretStore *store); /* the same */
void store_on_service(void *userdata, const SecretServiceAnswer *answer);

/* secret-store-create.c: choosing a place, and leaving it. */
void create_begin(SecretStore *store);
void create_on_service(SecretStore *store, const SecretServiceAnswer *answer);
void forget_begin(SecretStore *store);
void forget_on_service(SecretStore *store, const SecretServiceAnswer *answer);
