/* SPDX-License-Identifier: MIT */
/* A first key: the places are tried from the best to the least. And the last sign-out, which leaves none behind. */
#include "token/secret-store-private.h"

#include <stdio.h>

/* ---- From the best place to the least -------------------------------------------------------------------------------- */

static void create_memory(SecretStore *store)
{
    char message[SECRET_MESSAGE_BYTES];
    snprintf(message, sizeof message,
             "%.350s%sThe key is kept in memory: sign in again when the agent was restarted.", store->why,
             *store->why ? " " : "");
    store_ready(store, SECRET_RUNG_MEMORY, "", store->fresh, message);
    store_end(store);
}

static void on_written(void *userdata, int r)
{
    SecretStore *store = userdata;
    store->writing = false;
    if (store->task == STORE_TASK_FORGET) {
        forget_begin(store);
        return;
    }
    /* Somebody else's may have been first; what lies there counts. */
    if (r == 0 || r == -EEXIST) {
        if (!store_look_file(store))
            store_set(store, SECRET_FAILED,
                      "The key file vanishes when it is made: look at the state folder %.200s.",
                      store->directory);
        store_end(store);
        return;
    }
    snprintf(store->why, sizeof store->why, "The key file cannot be made in %.200s (%s).", store->directory,
             strerror(-r));
    create_memory(store);
}

static void create_file(SecretStore *store)
{
    unsigned char there[SECRET_KEY_BYTES];
    char message[SECRET_MESSAGE_BYTES];
    /* One that was made and never recorded; but a file that is refused is not passed over. */
    int r = secret_file_read(store->directory, there, message);
    explicit_bzero(there, sizeof there);
    if (r == 0 || r == -EPERM || r == -EBADMSG) {
        (void)store_look_file(store);
        store_end(store);
        return;
    }
    store->work = secret_work_free(store->work);
    r = secret_work_start(store->event, store->directory, store->fresh, on_written, store, &store->work);
    store->writing = r == 0;
    if (r < 0)
        on_written(store, r);
}

static void create_credential(SecretStore *store)
{
    if (!store->held && store_look_credential(store))
        store_end(store);
    else
        create_file(store);
}

void create_on_service(SecretStore *store, const SecretServiceAnswer *answer)
{
    switch (answer->outcome) {
    case SECRET_SERVICE_FOUND:
        store_ready(store, SECRET_RUNG_SERVICE, answer->item, answer->key, "");
        break;
    case SECRET_SERVICE_MISSING: /* of what was recorded */
        store->lost = true;
        create_begin(store);
        return;
    case SECRET_SERVICE_BAD:
        store_set(store, SECRET_FAILED, "%s", answer->message);
        break;
    case SECRET_SERVICE_LOCKED:
    case SECRET_SERVICE_UNFIT:
    case SECRET_SERVICE_ABSENT:
    case SECRET_SERVICE_DELETED:
        snprintf(store->why, sizeof store->why, "%s", answer->message);
        create_credential(store);
        return;
    }
    store_end(store);
}

void create_begin(SecretStore *store)
{
    /* What is wrapped already stays readable. */
    int r = 0;
    if (store->held)
        memcpy(store->fresh, store->key, sizeof store->fresh);
    else
        r = secret_key_make(store->fresh);
    SecretService *service = r == 0 && store->remember ? store_service(store) : NULL;
    if (r < 0) {
        store_set(store, SECRET_FAILED, "The kernel gives no random bytes for a key: %s.", strerror(-r));
        store_end(store);
    } else if (!store->remember) {
        create_memory(store);
    } else if (service) {
        store->awaiting = true;
        secret_service_make(service, store->fresh);
    } else {
        create_credential(store);
    }
}

/* ---- Forgetting ------------------------------------------------------------------------------------------------------ */

static void on_removed(void *userdata, int r)
{
    SecretStore *store = userdata;
    char message[SECRET_MESSAGE_BYTES];
    if (r < 0)
        snprintf(store->why, sizeof store->why,
                 "The key file %.200s/" SECRET_FILE_NAME " cannot be removed (%s): remove it.",
                 store->directory, strerror(-r));
    memcpy(message, store->why, sizeof message);
    free(TAKE(store->item));
    store->rung = SECRET_RUNG_NONE;
    store->lost = false;
    store_set(store, SECRET_EMPTY, "%s", message);
    store_end(store);
    if (store->create_after) {
        store->create_after = false;
        secret_store_create(store);
    }
}

static void forget_file(SecretStore *store)
{
    store->work = secret_work_free(store->work);
    int r = secret_work_start(store->event, store->directory, NULL, on_removed, store, &store->work);
    if (r < 0)
        on_removed(store, r);
}

void forget_on_service(SecretStore *store, const SecretServiceAnswer *answer)
{
    if (answer->outcome != SECRET_SERVICE_DELETED)
        snprintf(store->why, sizeof store->why,
                 "The signed-out accounts' key is still in the keyring, where it opens nothing any more: "
                 "delete the "
                 "item of mpsession there.");
    forget_file(store);
}

void forget_begin(SecretStore *store)
{
    store->awaiting = false;
    if (store->service)
        secret_service_cancel(store->service);
    if (store->writing)
        return; /* on_written() comes back here */
    if (store->rung == SECRET_RUNG_SERVICE && store_service(store)) {
        store->awaiting = true;
        secret_service_delete(store->service);
    } else {
        forget_file(store);
    }
}
