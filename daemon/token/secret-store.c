/* SPDX-License-Identifier: MIT */
/* What is known of the key: where it was recorded, what is found there, and who is told. */
#include "base/log.h"
#include "token/secret-store-private.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const rung_names[] = {
    [SECRET_RUNG_NONE] = "none",
    [SECRET_RUNG_SERVICE] = "secret-service",
    [SECRET_RUNG_CREDENTIAL] = "credential",
    [SECRET_RUNG_FILE] = "plain-file",
    [SECRET_RUNG_MEMORY] = "memory",
};

const char *secret_rung_name(SecretRung rung)
{
    return rung_names[rung];
}

int secret_rung_parse(const char *name, SecretRung *rung)
{
    for (size_t i = 0; i < ELEMENTS(rung_names); i++)
        if (string_equal(name, rung_names[i])) {
            *rung = (SecretRung)i;
            return 0;
        }
    return -EINVAL;
}

/* ---- What is known, and who is told ---------------------------------------------------------------------------------- */

static void store_tell(SecretStore *store)
{
    int r = sd_event_source_set_enabled(store->tell, SD_EVENT_ONESHOT);
    if (r < 0)
        log_error("nobody is told of the key: %s", strerror(-r));
}

static int on_tell(sd_event_source *source MPS_UNUSED, void *userdata)
{
    SecretStore *store = userdata;
    if (store->task == STORE_TASK_NONE) {
        store->work = secret_work_free(store->work);
        /* Not before: they may have been in the middle of telling us. */
        if (store->rung != SECRET_RUNG_SERVICE)
            store->service = secret_service_free(store->service);
    }
    store->on_change(store->userdata);
    return 0;
}

void store_set(SecretStore *store, SecretState state, const char *format, ...)
{
    char message[SECRET_MESSAGE_BYTES];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(message, sizeof message, format, list);
    va_end(list);
    if (store->state == state && string_equal(store->message, message))
        return;
    store->state = state;
    memcpy(store->message, message, sizeof message);
    store_tell(store);
}

void store_end(SecretStore *store)
{
    store->task = STORE_TASK_NONE;
    store->awaiting = false;
    explicit_bzero(store->fresh, sizeof store->fresh);
    store->why[0] = '\0';
    store_tell(store);
}

void store_ready(SecretStore *store, SecretRung rung, const char *item, const unsigned char *key,
                 const char *message)
{
    /* What is wrapped by the one could not be read after a restart with the other. */
    if (key)
        store->other = store->held && memcmp(store->key, key, sizeof store->key) != 0;
    if (store->other) {
        store_set(
            store, SECRET_FAILED,
            "The key that is kept (%s) is not the one in use any more: put back the old one, or sign out "
            "everywhere and in again.",
            secret_rung_name(rung));
        return;
    }
    if (string_empty(item) != !store->item || (store->item && !string_equal(item, store->item))) {
        char *copy = string_empty(item) ? NULL : strdup(item);
        free(store->item);
        store->item = copy; /* without memory: it is found without it */
        store_tell(store);
    }
    if (key)
        memcpy(store->key, key, sizeof store->key);
    store->held = true;
    store->lost = false;
    store->rung = rung;
    store_set(store, SECRET_READY, "%s", message);
}

/* ---- Looking --------------------------------------------------------------------------------------------------------- */

bool store_look_file(SecretStore *store)
{
    unsigned char key[SECRET_KEY_BYTES];
    char message[SECRET_MESSAGE_BYTES];
    int r = secret_file_read(store->directory, key, message);
    if (r == 0) {
        snprintf(message, sizeof message,
                 "%.250s%sThe key is kept in the file %.120s/" SECRET_FILE_NAME
                 ", which is not encrypted and can be read by you alone.",
                 store->why, *store->why ? " " : "", store->directory);
        store_ready(store, SECRET_RUNG_FILE, SECRET_FILE_NAME, key, message);
        explicit_bzero(key, sizeof key);
    } else if (r != -ENOENT) {
        store_set(store, SECRET_FAILED, "%s", message);
    }
    return r != -ENOENT;
}

bool store_look_credential(SecretStore *store)
{
    unsigned char key[SECRET_KEY_BYTES];
    char message[SECRET_MESSAGE_BYTES];
    int r = secret_credential_read(store->credentials, key, message);
    if (r == 0) {
        store_ready(store, SECRET_RUNG_CREDENTIAL, SECRET_CREDENTIAL_NAME, key, "");
        explicit_bzero(key, sizeof key);
    } else if (r != -ENOENT) {
        store_set(store, SECRET_FAILED, "%s", message);
    }
    return r != -ENOENT;
}

static void store_lost(SecretStore *store, const char *where)
{
    store->lost = true;
    store_set(store, SECRET_ABSENT, "The key is not %s any more: put it back, or sign in again.", where);
}

/* What is in a file is known at once; what is in the keyring is told by store_on_service(). */
static void store_look(SecretStore *store, bool ask)
{
    SecretService *service;
    switch (store->rung) {
    case SECRET_RUNG_SERVICE:
        service = store_service(store);
        if (service) {
            store->awaiting = true;
            secret_service_find(service, ask);
            return;
        }
        store_set(store, SECRET_ABSENT, "Memory is out: close something, then try again.");
        break;
    case SECRET_RUNG_CREDENTIAL:
        if (!store_look_credential(store))
            store_set(store, SECRET_ABSENT,
                      "The unit's credential " SECRET_CREDENTIAL_NAME
                      ", which has the key, is not there: start "
                      "the agent as the unit that has it, or sign out and in again.");
        break;
    case SECRET_RUNG_FILE:
        if (!store_look_file(store))
            store_lost(store, "in its file");
        break;
    case SECRET_RUNG_NONE:
    case SECRET_RUNG_MEMORY:
        break;
    }
    store_end(store);
}

static void look_on_service(SecretStore *store, const SecretServiceAnswer *answer)
{
    switch (answer->outcome) {
    case SECRET_SERVICE_FOUND:
        store_ready(store, SECRET_RUNG_SERVICE, answer->item, answer->key, "");
        break;
    case SECRET_SERVICE_MISSING:
        store_lost(store, "in the keyring");
        break;
    case SECRET_SERVICE_LOCKED:
        store_set(store, SECRET_LOCKED, "%s", answer->message);
        break;
    case SECRET_SERVICE_UNFIT:
    case SECRET_SERVICE_ABSENT:
    case SECRET_SERVICE_DELETED:
        store_set(store, SECRET_ABSENT, "%s", answer->message);
        break;
    case SECRET_SERVICE_BAD:
        store_set(store, SECRET_FAILED, "%s", answer->message);
        break;
    }
}

void store_on_service(void *userdata, const SecretServiceAnswer *answer)
{
    SecretStore *store = userdata;
    bool asked = store->awaiting;
    store->awaiting = false;
    if (store->task == STORE_TASK_NONE && store->rung == SECRET_RUNG_SERVICE)
        look_on_service(store, answer);
    if (!asked || store->task == STORE_TASK_NONE)
        return;
    if (store->task == STORE_TASK_FORGET) {
        forget_on_service(store, answer);
    } else if (store->task == STORE_TASK_CREATE && (store->rung != SECRET_RUNG_SERVICE || store->lost ||
                                                    answer->outcome == SECRET_SERVICE_MISSING)) {
        create_on_service(store, answer);
    } else {
        look_on_service(store, answer);
        store_end(store);
    }
}

SecretService *store_service(SecretStore *store)
{
    const char *item = store->rung == SECRET_RUNG_SERVICE ? store->item : NULL;
    if (!store->service)
        (void)secret_service_new(store->event, store->directory, item, store->prompt_usec, store_on_service,
                                 store, &store->service);
    return store->service;
}

/* ---- What is asked for ----------------------------------------------------------------------------------------------- */

void secret_store_create(SecretStore *store)
{
    if (store->task == STORE_TASK_FORGET) {
        store->create_after = true;
        return;
    }
    bool asking = store->task == STORE_TASK_UNLOCK;
    if (store->task == STORE_TASK_CREATE)
        return;
    store->task = STORE_TASK_CREATE;
    if (store->state == SECRET_READY)
        store_end(store);
    else if (store->rung != SECRET_RUNG_NONE && !store->lost && !asking)
        store_look(store, true);
    else if (!asking)
        create_begin(store);
}

void secret_store_unlock(SecretStore *store)
{
    if (store->task != STORE_TASK_NONE && store->task != STORE_TASK_LOOK)
        return;
    store->task = STORE_TASK_UNLOCK;
    if (store->state == SECRET_READY)
        store_end(store);
    else
        store_look(store, true);
}

void secret_store_look(SecretStore *store)
{
    if (store->task != STORE_TASK_NONE)
        return;
    store->task = STORE_TASK_LOOK;
    store_look(store, false);
}

void secret_store_forget(SecretStore *store)
{
    store->create_after = false;
    if (store->task == STORE_TASK_FORGET)
        return;
    store->task = STORE_TASK_FORGET;
    explicit_bzero(store->key, sizeof store->key);
    explicit_bzero(store->fresh, sizeof store->fresh);
    store->held = store->other = false;
    store->state = SECRET_LOOKING;
    forget_begin(store);
}

SecretState secret_store_state(const SecretStore *store)
{
    return store->state;
}

SecretRung secret_store_rung(const SecretStore *store)
{
    return store->rung;
}

const char *secret_store_item(const SecretStore *store)
{
    return store->item ? store->item : "";
}

const char *secret_store_message(const SecretStore *store)
{
    return store->message;
}

const unsigned char *secret_store_key(const SecretStore *store)
{
    return store->held ? store->key : NULL;
}

/* ---- Making and freeing ---------------------------------------------------------------------------------------------- */

static int store_copy(SecretStore *store, const SecretStoreOptions *options)
{
    bool recorded = options->rung != SECRET_RUNG_NONE && options->rung != SECRET_RUNG_MEMORY;
    store->remember = options->remember;
    store->prompt_usec = options->prompt_usec;
    store->rung = recorded ? options->rung : SECRET_RUNG_NONE;
    store->directory = strdup(options->state_dir);
    if (!store->directory)
        return -ENOMEM;
    if (options->credentials_dir && !(store->credentials = strdup(options->credentials_dir)))
        return -ENOMEM;
    if (recorded && !string_empty(options->item) && !(store->item = strdup(options->item)))
        return -ENOMEM;
    return 0;
}

int secret_store_new(struct sd_event *event, const SecretStoreOptions *options,
                     void (*on_change)(void *userdata), void *userdata, SecretStore **out)
{
    CLEANUP(secret_store_freep) SecretStore *store = calloc(1, sizeof *store);
    if (!store)
        return -ENOMEM;
    store->event = sd_event_ref(event);
    store->on_change = on_change;
    store->userdata = userdata;
    int r = store_copy(store, options);
    if (r >= 0)
        r = sd_event_add_defer(event, &store->tell, on_tell, store);
    if (r >= 0)
        r = sd_event_source_set_enabled(store->tell, SD_EVENT_OFF);
    if (r < 0)
        return r;
    (void)sd_event_source_set_description(store->tell, "key-tell");
    store->state = store->rung == SECRET_RUNG_NONE ? SECRET_EMPTY : SECRET_LOOKING;
    if (store->rung != SECRET_RUNG_NONE)
        secret_store_look(store);
    /* What is known already is no change. */
    if (store->task == STORE_TASK_NONE)
        (void)sd_event_source_set_enabled(store->tell, SD_EVENT_OFF);
    *out = TAKE(store);
    return 0;
}

SecretStore *secret_store_free(SecretStore *store)
{
    if (!store)
        return NULL;
    secret_service_free(store->service);
    secret_work_free(store->work);
    sd_event_source_disable_unref(store->tell);
    sd_event_unref(store->event);
    free(store->directory);
    free(store->credentials);
    free(store->item);
    explicit_bzero(store->key, sizeof store->key);
    explicit_bzero(store->fresh, sizeof store->fresh);
    free(store);
    return NULL;
}
