/* SPDX-License-Identifier: MIT */
/* Who we are to the services: accounts that sign in once, and the Authorization of each request. Loop thread only. */
#pragma once

#include "base/util.h"
#include "token/settings.h"

struct sd_event;
struct Store;

typedef struct Tokens Tokens;
typedef struct TokenWait TokenWait;

enum {
    TOKEN_READY = 0,
    TOKEN_WAITS = 1,     /* it is being fetched: the answer comes later */
    TOKEN_E_USER = 2,    /* the account needs its user: it has to sign in, to agree to something, … */
    TOKEN_E_OFFLINE = 3, /* the identity service does not answer, or wants to be left alone */
};

/* What is sent; borrowed until the loop's next turn. Never to be logged. */
typedef struct Token {
    const char *authorization; /* the header's value */
    uint64_t generation;       /* which of its kind: for token_refused() */
    bool bound;                /* requests are signed: token_sign() */
} Token;

/* The answer to a TOKEN_WAITS: TOKEN_READY with a token, or an error with a sentence for people. */
typedef void (*TokenDone)(int r, const Token *token, const char *reason, void *userdata);

/* ---- The room ------------------------------------------------------------------------------------------------------ */

/* tokens_new() - none yet. Returns 0 or -ENOMEM. */
int tokens_new(Tokens **tokens);
/* tokens_free() - wipes and frees, what waits is not answered; NULL is allowed. Returns NULL. */
Tokens *tokens_free(Tokens *tokens);
DEFINE_CLEANUP(Tokens *, tokens_free)

/*
 * tokens_add_fixed() - a token that was given on the command line
 * @text: XUID:TOKEN; sent as "XBL3.0 x=XUID;TOKEN"
 *
 * Returns 0, -ENOMEM, -EINVAL for a wrong form, -EEXIST for a second one of the XUID, -E2BIG beyond 64.
 */
int tokens_add_fixed(Tokens *tokens, const char *text);

typedef enum TokenChange {
    TOKEN_ADDED,
    TOKEN_CHANGED,
    TOKEN_REMOVED,
} TokenChange;

/* What goes up. None may free the room. */
typedef struct TokensHooks {
    /* An account can be sent as (TOKEN_READY), or not (TOKEN_E_…, with a sentence for people). Told when it changes. */
    void (*account_ready)(const char *xuid, int readiness, const char *reason, void *userdata);
    void (*account_changed)(const char *id, TokenChange change, void *userdata);
    void (*sign_in_changed)(const char *id, TokenChange change, void *userdata);
    /* Whether anything waits for this account: then an identity service that failed is asked again. */
    bool (*wanted)(const char *xuid, void *userdata);
} TokensHooks;

typedef struct TokensOptions {
    struct sd_event *event;
    struct Store *store;
    const TokenSettings *settings;
    const char *directory_url; /* where its tokens may go; NULL: the vendor's */
    const char *state_dir;
    const char *credentials_dir; /* NULL: none */
    const char *agent_version;
} TokensOptions;

/* tokens_start() - with an open store; all of it is borrowed and must outlive the room. Returns 0 or a negative errno. */
int tokens_start(Tokens *tokens, const TokensOptions *options, const TokensHooks *hooks, void *userdata);
/* tokens_restore() - for the store's visitor: what was kept. Returns 0, STORE_VISIT_UNREADABLE or -ENOMEM. */
int tokens_restore(Tokens *tokens, const char *kind, const char *key, const void *value, size_t size);
/* tokens_begin() - all was restored: look for the key that opens it. */
void tokens_begin(Tokens *tokens);
/* tokens_stop() - new exchanges of a refresh token are not begun any more. tokens_busy(): one is under way, or a sign-in is open. */
void tokens_stop(Tokens *tokens);
bool tokens_exchanging(const Tokens *tokens);
bool tokens_busy(const Tokens *tokens);
/* tokens_bus() - the session bus came back: the key is looked for where it was. */
void tokens_bus(Tokens *tokens);
/* tokens_network() - the network has changed, or the machine woke: what failed is tried at once. */
void tokens_network(Tokens *tokens);

/* ---- Requests ------------------------------------------------------------------------------------------------------ */

/*
 * token_get() - the token for a request
 * @token: set for TOKEN_READY
 * @done: called later for TOKEN_WAITS, never before this returns; @wait: set then
 * @reason: set for TOKEN_E_…: a sentence for people, borrowed until the loop's next turn
 */
int token_get(Tokens *tokens, const char *xuid, uint32_t title_id, Token *token, TokenDone done,
              void *userdata, TokenWait **wait, const char **reason);
/* token_wait_cancel() - done is not called any more; what is under way goes on. */
void token_wait_cancel(TokenWait *wait);

/*
 * token_refused() - the directory answered 401 to this token
 *
 * Returns whether a newer one is there or may be had: then token_get() will fetch it, once. token_taken(): it was taken.
 */
bool token_refused(Tokens *tokens, const char *xuid, uint32_t title_id, uint64_t generation);
void token_taken(Tokens *tokens, const char *xuid, uint32_t title_id, uint64_t generation);

#define TOKEN_SIGNATURE_SIZE 105
/* token_sign() - the Signature header's value for a request of a bound token. Returns 0 or a negative errno. */
int token_sign(Tokens *tokens, const Token *token, const char *method, const char *path_and_query,
               const void *body, size_t body_size, char signature[TOKEN_SIGNATURE_SIZE]);

/* ---- Accounts ------------------------------------------------------------------------------------------------------ */

/* As it is shown; texts are borrowed, "" = none. */
typedef struct TokenAccount {
    const char *id; /* a UUID of ours */
    const char *xuid, *gamertag, *state, *reason, *action_uri, *client_id;
    int64_t expires; /* seconds since the epoch; 0: it has no token */
    uint64_t signed_in_wall_usec;
    bool remembered; /* its tokens are on the disk, under the key in the store of secrets */
} TokenAccount;

/* tokens_account() - who has signed in: the one at an index, counted from 0; false: there is none. */
bool tokens_account(const Tokens *tokens, size_t index, TokenAccount *account);
/* tokens_fixed() - the XUID of a fixed token; NULL: there is none at this index. */
const char *tokens_fixed(const Tokens *tokens, size_t index);
/* tokens_secret_rung() - where the key lies, by name. tokens_secret_message(): what is wrong with that; "". */
const char *tokens_secret_rung(const Tokens *tokens);
const char *tokens_secret_message(const Tokens *tokens);
/* tokens_known() - whether there is an account of this XUID. tokens_only_account(): the one to take when a call names none; NULL. */
bool tokens_known(const Tokens *tokens, const char *xuid);
const char *tokens_only_account(const Tokens *tokens);
/* tokens_clock_skew() - what the identity service's clock is ahead of ours, microseconds. Returns false: not known. */
bool tokens_clock_skew(const Tokens *tokens, int64_t *skew_usec);

/* token_retry() - a user's own action: unlock the store, ask again after needs-action, denied, offline. Returns 0 or -ENOENT. */
int token_retry(Tokens *tokens, const char *account_id);
/* token_closing() - nothing new for it but what token_get() is asked for leaves; token_remove(): wiped, and gone. Return 0 or -ENOENT. */
int token_closing(Tokens *tokens, const char *account_id);
int token_remove(Tokens *tokens, const char *account_id);

/* ---- Signing in ---------------------------------------------------------------------------------------------------- */

typedef struct TokenSignIn {
    const char *id, *state, *user_code, *verification_uri, *verification_uri_complete, *error, *message,
        *account_id;
    uint64_t expires_wall_usec;
} TokenSignIn;

enum {
    TOKEN_E_BUSY = 1,           /* one is open */
    TOKEN_E_NOT_CONFIGURED = 2, /* no ClientId= */
};

/*
 * token_sign_in() - begin: ask for a code
 * @xuid: whose it has to be; NULL: anybody's. @remember: false: not longer than this agent runs
 *
 * Returns 0, TOKEN_E_BUSY, TOKEN_E_NOT_CONFIGURED (message says what to set) or a negative errno.
 */
int token_sign_in(Tokens *tokens, uint32_t title_id, const char *xuid, bool remember, char id[37],
                  char *message, size_t size);
/* token_sign_in_at() - the open one, and the last one for ten minutes after its end; false: none. */
bool token_sign_in_at(const Tokens *tokens, size_t index, TokenSignIn *sign_in);
/* Returns 0, -ENOENT, or -EALREADY when it has ended. */
int token_sign_in_cancel(Tokens *tokens, const char *id);
