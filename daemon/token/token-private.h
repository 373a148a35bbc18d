/* SPDX-License-Identifier: MIT */
/* What the files of this room share. */
#pragma once

#include "base/list.h"
#include "base/secret.h"
#include "http/http.h"
#include "store/store.h"
#include "token/identity-reply.h"
#include "token/identity-request.h"
#include "token/pace.h"
#include "token/proof.h"
#include "token/secret-store.h"
#include "token/server-time.h"
#include "token/token.h"

#define TOKENS_FIXED_MAX 64
#define TOKENS_ACCOUNTS_MAX 64
/* XSTS tokens of one account: one for each sandbox and relying party that its games use. */
#define TOKENS_TICKETS_MAX 32
#define TOKENS_SEALED_MAX 4096
#define REASON_MAX 400
#define ACTION_URI_MAX 400

typedef enum AccountState {
    ACCOUNT_READY,
    ACCOUNT_OFFLINE,
    ACCOUNT_NEEDS_SIGN_IN,
    ACCOUNT_NEEDS_ACTION,
    ACCOUNT_DENIED,
    ACCOUNT_CONFIG_ERROR,
    ACCOUNT_STORE_LOCKED,
    ACCOUNT_STARTING, /* the key that opens its tokens is being looked for */
    ACCOUNT_CLOSING,  /* it is signing out */
} AccountState;

/* A token and how long it is good, by the service's clock in seconds. */
typedef struct Stamped {
    char *text; /* secret; NULL: none */
    int64_t issued, expires;
} Stamped;

typedef struct Account Account;
typedef struct IdentityCall IdentityCall;

/* An XSTS token of an account, for one sandbox and relying party. */
typedef struct Ticket {
    struct Ticket *next;
    Account *account;
    uint32_t title_id; /* whose settings it is made by: the first that asked */
    char *sandbox, *relying_party;
    bool device, title;
    Stamped token; /* the whole value of the header */
    bool bound;
    uint64_t generation;
    bool stale;  /* the present one was refused: a new one is fetched before it is used again */
    bool forced; /* the present one was fetched since the one before was refused, and was not taken yet */
    bool asked;  /* somebody wants it */
    PaceForced force;       /* how often that was done */
    uint64_t refused_until; /* boot time: the service has said no, and is not asked before */
    ListNode waits;         /* TokenWait */
} Ticket;

struct TokenWait {
    ListNode in_ticket;
    TokenDone done;
    void *userdata;
};

/* The rungs of the chain, from the user's consent to the header's value. */
typedef enum ChainStep {
    CHAIN_IDLE,
    CHAIN_REFRESH,
    CHAIN_KEEPING, /* the new refresh token is on its way to the disk */
    CHAIN_DEVICE,
    CHAIN_USER,
    CHAIN_TITLE,
    CHAIN_XSTS,
} ChainStep;

typedef struct Chain {
    ChainStep step;
    Ticket *ticket; /* NULL: it rests */
    IdentityCall *call;
    unsigned tried; /* bits of steps that were redone since a later one refused what they had made */
    unsigned made;  /* bits of steps that have brought something since */
} Chain;

struct Account {
    Account *next;
    Tokens *tokens;
    char id[37];
    char *xuid, *gamertag;
    char *client_id, *identity_url, *directory_url; /* as they were when it signed in */
    uint64_t signed_in_wall_usec;
    uint32_t title_id; /* of a sign-in */
    bool signing_in;   /* its XUID is not known yet, and it is in no list */
    bool remembered;   /* its tokens are kept */
    bool foreign; /* it signed in for another directory or identity service: nothing of it is sent anywhere */
    uint64_t keeping; /* CHAIN_KEEPING: until so many have been kept */

    AccountState state;
    char reason[REASON_MAX], action_uri[ACTION_URI_MAX];
    int told; /* the readiness that was told last; -1: none */

    char *refresh; /* secret; NULL: it has to sign in */
    int64_t refreshed;
    Stamped access, user;
    bool user_bound;
    Stamped title;
    Ticket *tickets;
    Ticket *failed; /* which was not to be had, last; NULL: none */
    Chain chain;
    unsigned failures;   /* of the identity service in a row */
    bool parked;         /* denied until the timer comes */
    uint64_t not_before; /* boot time: the identity service is not asked before */
    struct sd_event_source *timer;
    uint64_t generation;
};

/* A sealed token that waits for the key. */
typedef struct Sealed {
    struct Sealed *next;
    size_t size;
    unsigned char *blob;
    char key[];
} Sealed;

typedef struct FixedToken {
    char account[24];
    char *value; /* of the header; secret */
} FixedToken;

typedef struct SignIn SignIn;

struct Tokens {
    FixedToken fixed[TOKENS_FIXED_MAX];
    size_t fixed_count;

    TokensOptions options; /* event NULL: not started */
    const TokensHooks *hooks;
    void *userdata;
    Http *http;
    SecretStore *secrets;
    char *secret_reference; /* as kept: the rung, a line break, the item */
    ServerTime time;
    Account *accounts;
    size_t accounts_count;
    Sealed *sealed;
    size_t sealed_count;
    SignIn *sign_in;
    struct sd_event_source *soon;
    ListNode calls;       /* IdentityCall: under way */
    uint64_t keeps, kept; /* refresh tokens given to the store, and answered; in order */
    bool stopping;

    /* Of this installation, for bound tokens: kept when accounts come and go. */
    Proof *proof;
    char device_id[37];
    bool device_kept;
    Stamped device;
};

/* ---- tokens.c --------------------------------------------------------------------------------------------------------- */

const FixedToken *tokens_fixed_find(const Tokens *tokens, const char *xuid);
int64_t tokens_now(const Tokens *tokens);
bool stamped_usable(const Tokens *tokens, const Stamped *stamped);
bool stamped_fresh(const Tokens *tokens, const Stamped *stamped);
void stamped_clear(Stamped *stamped);
/* tokens_look() - for the key, where it was last, or nowhere yet. Returns 0 or a negative errno. */
int tokens_look(Tokens *tokens);

/* ---- token.c --------------------------------------------------------------------------------------------------------- */

/* What a ticket's waiters are told; all of them are gone then. */
void ticket_answer(Ticket *ticket, int r, const char *reason);

/* ---- identity-call.c ------------------------------------------------------------------------------------------------- */

/* reply: what was read, of which the callee may take texts; NULL: there is no answer, and error says why. */
typedef void (*IdentityDone)(IdentityReply *reply, const char *error, void *userdata);
/* identity_call() - one request; done comes later, never before this returns. Returns 0 or a negative errno. */
int identity_call(Tokens *tokens, const IdentityConfig *config, IdentityKind kind, const IdentityInput *input,
                  IdentityDone done, void *userdata, IdentityCall **call);
/* identity_config() - of a client, as the settings are. */
IdentityConfig identity_config(const Tokens *tokens, const char *client_id);
/* identity_call_cancel() - nobody wants its answer; abort: nor need it get there. */
void identity_call_cancel(IdentityCall *call, bool abort);
/* identity_calls_clear() - after http_free(). */
void identity_calls_clear(Tokens *tokens);

/* ---- account.c ------------------------------------------------------------------------------------------------------- */

int account_new(Tokens *tokens, Account **account);
Account *account_free(Account *account);
DEFINE_CLEANUP(Account *, account_free)
Account *account_find(const Tokens *tokens, const char *id);
/* Of a XUID that signed in as this client. client_id NULL: any. */
Account *account_of(const Tokens *tokens, const char *xuid, const char *client_id);
Ticket *account_ticket(Account *account, uint32_t title_id);
/* account_set() - a state, with a sentence and where to act; tells those above. */
void account_set(Account *account, AccountState state, const char *reason, const char *action_uri);
const char *account_state_name(AccountState state);
/* account_tell() - TOKEN_READY or TOKEN_E_…, as its state says. */
void account_tell(Account *account);
/* account_told() - the same, whatever its state says. */
void account_told(Account *account, int readiness);
/* account_fits() - whether its tokens may go where they would go today. */
bool account_fits(const Account *account);
/* account_keep() - who it is; done comes later, if this returns 0. */
int account_keep(Account *account, StoreDone done, void *userdata);
int account_restore(Tokens *tokens, const char *id, const void *value, size_t size);
/* Puts one that has signed in where it belongs: into the list, or into the account of the same XUID and client. Returns it. */
Account *account_merge(Tokens *tokens, Account *account);
void account_remove(Account *account);

/* ---- vault.c --------------------------------------------------------------------------------------------------------- */

/* vault_keep() - seal a secret and keep it. done may be NULL, and is not called before it returns. Returns 0 or a negative errno. */
int vault_keep(Tokens *tokens, const char *key, const char *secret, StoreDone done, void *userdata);
void vault_drop(Tokens *tokens, const char *key);
int vault_restore(Tokens *tokens, const char *key, const void *value, size_t size);
/* vault_open() - the key is there: everything sealed goes where it belongs. */
void vault_open(Tokens *tokens);
void vault_clear(Tokens *tokens);
int vault_keep_stamped(Tokens *tokens, const char *account_id, const char *name, const Stamped *stamped);
int vault_keep_ticket(const Ticket *ticket);

/* ---- device.c -------------------------------------------------------------------------------------------------------- */

/* device_prepare() - there is a key and an id. Returns 0 or a negative errno. */
int device_prepare(Tokens *tokens);
/* device_keep() - they are kept, once there is a key to seal them with. device_restore(): what was kept. */
void device_keep(Tokens *tokens);
void device_restore(Tokens *tokens, const char *text);

/* ---- chain.c --------------------------------------------------------------------------------------------------------- */

/* For chain-refused.c: on to what is missing; not now, for all who wait; the same, and later again; the grant is lost. */
void chain_next(Account *account);
void chain_failed(Account *account, AccountState state, const char *reason, const char *action_uri);
void chain_offline(Account *account, const char *reason, uint64_t told_usec);
void chain_lost(Account *account, const char *reason);
void chain_again_at(Account *account, uint64_t when_usec);
/* chain_in_vain() - whether that step was made just now and is missing all the same: then the run is over. */
bool chain_in_vain(Account *account, ChainStep step);
/* chain_refused() - what an answer that is no token leads to. */
void chain_refused(Account *account, const IdentityReply *reply);

/* chain_need() - fetch this ticket, unless that is under way. */
void chain_need(Ticket *ticket);
/* chain_need_soon() - the same, from the loop's next turn. */
void chain_need_soon(Ticket *ticket);
/* account_again() - it is time to try again. account_park(): not before then. */
void account_again(Account *account);
void account_park(Account *account, uint64_t until_usec, const char *reason);
/* chain_stop() - give up what is under way, but for an exchange of a refresh token. */
void chain_stop(Account *account);

/* ---- sign-in.c ------------------------------------------------------------------------------------------------------- */

/* The chain of an account that signs in has got to its end (r 0) or nowhere. */
void sign_in_chained(Tokens *tokens, Account *account, int r, const char *reason);
void sign_in_secrets_changed(Tokens *tokens);
/* sign_in_account_removed() - there may be room for it now. forgotten: and the key went with the last one. */
void sign_in_account_removed(Tokens *tokens, bool forgotten);
SignIn *sign_in_free(SignIn *sign_in);
bool sign_in_open(const SignIn *sign_in);
