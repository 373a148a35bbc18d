/* SPDX-License-Identifier: MIT */
/*
 * Where the one key is kept that wraps all tokens: the best place that works when a user signs in, and from then on that one.
 *
 * A place that is locked or away is never replaced by a lesser one behind the user's back: what is signed in then waits. All
 * is done on the loop, and nothing waits: on_change() tells when something has ended or changed.
 */
#pragma once

#include "token/secret-key.h"

struct sd_event;

typedef struct SecretStore SecretStore;

typedef enum SecretRung {
    SECRET_RUNG_NONE,
    SECRET_RUNG_SERVICE,    /* the user's keyring */
    SECRET_RUNG_CREDENTIAL, /* of the unit: given by the administrator */
    SECRET_RUNG_FILE,       /* in the state folder, not encrypted */
    SECRET_RUNG_MEMORY,     /* gone with the agent */
} SecretRung;

typedef enum SecretState {
    SECRET_LOOKING,
    SECRET_EMPTY, /* no key was ever made, or it is forgotten */
    SECRET_READY,
    SECRET_LOCKED, /* there is a store, and it is locked */
    SECRET_ABSENT, /* the recorded store, or the key in it, is not there */
    SECRET_FAILED, /* what is there cannot be used */
} SecretState;

typedef struct SecretStoreOptions {
    const char *state_dir;       /* it must be there */
    const char *credentials_dir; /* $CREDENTIALS_DIRECTORY; NULL: none */
    SecretRung rung;             /* what was recorded last time; SECRET_RUNG_NONE: never */
    const char *item;            /* the same; NULL or "" with SECRET_RUNG_NONE */
    bool remember;               /* false: a new key is kept in memory only */
    uint64_t prompt_usec;        /* how long a question to the user may stay open; 0: two minutes */
} SecretStoreOptions;

/* secret_rung_name() - "none", "secret-service", "credential", "plain-file", "memory": for properties and records. */
const char *secret_rung_name(SecretRung rung);
/* secret_rung_parse() - from that name. Returns 0 or -EINVAL. */
int secret_rung_parse(const char *name, SecretRung *rung);

/*
 * secret_store_new() - looks for the key where it was recorded, without a question to anybody
 * @options: copied
 * @on_change: state, rung, item or message have changed, or what was asked for has ended. Never called from within a function
 *             of this file; may call any of them but secret_store_free()
 *
 * What is in a file is known at once, and not told as a change. With a recorded SECRET_RUNG_MEMORY nothing is left to
 * be found. Returns 0 or a negative errno.
 */
int secret_store_new(struct sd_event *event, const SecretStoreOptions *options,
                     void (*on_change)(void *userdata), void *userdata, SecretStore **store);
/* secret_store_free() - wipes what it holds; NULL is allowed. May wait for the disk, if the key is just being written.
 * Returns NULL. */
SecretStore *secret_store_free(SecretStore *store);
DEFINE_CLEANUP(SecretStore *, secret_store_free)

SecretState secret_store_state(const SecretStore *store);
/* secret_store_rung() - where the key is, to be recorded with the item; SECRET_RUNG_NONE: nowhere. */
SecretRung secret_store_rung(const SecretStore *store);
/* secret_store_item() - where exactly, "" if there is no more to say; valid until the next on_change(). */
const char *secret_store_item(const SecretStore *store);
/* secret_store_message() - for people: what is wrong and what to do, or what to know about the place; "" is nothing. */
const char *secret_store_message(const SecretStore *store);

/*
 * secret_store_key() - the SECRET_KEY_BYTES bytes, owned by the store
 *
 * NULL until the store was SECRET_READY once, and after secret_store_forget(). When the store is locked or goes away later,
 * the state tells so and the key stays: what is signed in goes on, and a refresh token that changes meanwhile can be kept.
 */
const unsigned char *secret_store_key(const SecretStore *store);

/*
 * secret_store_create() - a user signs in: a key is needed now
 *
 * With none, it is made in the first place that works: the keyring (the user may be asked to unlock it), the credential, a
 * file, memory. A recorded place is looked at again instead (and may be unlocked), and left only if it is there and the key is
 * not in it any more. on_change() is called when it has ended, also when it was SECRET_READY all along.
 */
void secret_store_create(SecretStore *store);

/* secret_store_unlock() - a user wants the recorded place opened: as secret_store_create(), but nothing is made. */
void secret_store_unlock(SecretStore *store);

/* secret_store_look() - look again, without a question: after the session bus came back. */
void secret_store_look(SecretStore *store);

/*
 * secret_store_forget() - the last account signed out: the key is wiped, and deleted where it was recorded
 *
 * The keyring is not unlocked for it; what is left there is told by the message. Ends as SECRET_EMPTY. A
 * secret_store_create() meanwhile begins after it.
 */
void secret_store_forget(SecretStore *store);
