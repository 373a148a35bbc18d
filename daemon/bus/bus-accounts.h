/* SPDX-License-Identifier: MIT */
/* Accounts on the bus: who is signed in, signing in and out. Tokens and device codes never come here. */
#pragma once

#include "bus/bus.h"

/* An account as it is told. Texts are borrowed for the call; "" = none. */
typedef struct BusAccount {
    const char *id; /* a UUID of ours: its object's path; never the XUID in a path or broadcast */
    const char *xuid, *gamertag;
    const char *state;      /* one of MPS_ACCOUNT_STATE_… */
    const char *reason;     /* a sentence: what is wrong, what to do */
    const char *action_uri; /* where its user has to act */
    const char *client_id;
    const char *secret_store;         /* one of MPS_SECRET_STORE_… */
    uint64_t token_expires_wall_usec; /* 0: there is none */
    uint64_t signed_in_wall_usec;
    bool is_default;
} BusAccount;

/* A sign-in as it is told. Texts are borrowed for the call; "" = none. */
typedef struct BusSignIn {
    const char *id;    /* a UUID of ours */
    const char *state; /* one of MPS_SIGN_IN_STATE_… */
    const char *user_code, *verification_uri, *verification_uri_complete;
    const char *error;      /* a stable code */
    const char *message;    /* for people */
    const char *account_id; /* of a done one */
    uint64_t expires_wall_usec;
} BusSignIn;

typedef struct BusSignInOptions {
    uint32_t title_id;   /* 0: none */
    const char *account; /* the XUID that is expected; NULL: any */
    bool remember;
} BusSignInOptions;

/* The answer to a sign-out. @r: 0, or a negative errno. */
typedef void (*BusSignedOut)(int r, void *userdata);

enum {
    BUS_E_BUSY = 1,           /* a sign-in is open already */
    BUS_E_NOT_CONFIGURED = 2, /* no client id: nobody can sign in */
};

/* What the bus asks of the agent about accounts. None may free the bus. */
typedef struct BusAccountHooks {
    /* The account or sign-in of an index, counted from 0 without gaps, or of an id; false: there is none. A sign-in that has
     * ended stays for some minutes, or until the next is opened, so that its end can be read. */
    bool (*account_at)(size_t index, BusAccount *account, void *userdata);
    bool (*account_by_id)(const char *id, BusAccount *account, void *userdata);
    bool (*sign_in_at)(size_t index, BusSignIn *sign_in, void *userdata);
    bool (*sign_in_by_id)(const char *id, BusSignIn *sign_in, void *userdata);
    /*
     * Open a sign-in. id: set for 0; it may be in any state already, and bus_sign_in_changed() may be called meanwhile.
     * message: what to set, for BUS_E_NOT_CONFIGURED; or what is wrong, for a negative errno; may be left empty.
     * Returns 0, BUS_E_BUSY, BUS_E_NOT_CONFIGURED or a negative errno.
     */
    int (*sign_in)(const BusSignInOptions *options, char id[37], char *message, size_t size, void *userdata);
    /* End one that is open; another may be opened at once. Returns 0, or a negative errno: -EALREADY, it has ended. */
    int (*sign_in_cancel)(const char *id, void *userdata);
    /* Sign out. For 0, done is called once: also before this returns, and when the agent ends first (-ECANCELED). For a
     * negative errno, never. */
    int (*sign_out)(const char *account_id, BusSignedOut done, void *done_userdata, void *userdata);
    /* A user's own action: unlock the store, ask again after needs-action, denied, offline. Returns 0 or a negative errno. */
    int (*retry)(const char *account_id, void *userdata);
} BusAccountHooks;

/*
 * bus_accounts_set_hooks() - have accounts
 * @hooks: borrowed; NULL, as before the first call: there are none, and nobody can sign in; calls that wait are answered
 *         with ShuttingDown. An agent that stops takes them away before it ends its event loop, which closes the connection.
 */
void bus_accounts_set_hooks(Bus *bus, const BusAccountHooks *hooks, void *userdata);

/* What happened to an account: it is there, its state or what belongs to it is another, it is gone. */
void bus_account_added(Bus *bus, const char *id);
void bus_account_changed(Bus *bus, const char *id);
void bus_account_removed(Bus *bus, const char *id);

/* The same of a sign-in; a call that opened it is answered when its code is known or it has ended. */
void bus_sign_in_changed(Bus *bus, const char *id);
void bus_sign_in_removed(Bus *bus, const char *id);
