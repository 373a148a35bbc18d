/* SPDX-License-Identifier: MIT */
/* What the two files of a sign-in share. */
#pragma once

#include "token/token-private.h"

typedef enum SignInState {
    SIGN_IN_STARTING,
    SIGN_IN_WAITING,
    SIGN_IN_CHECKING,
    SIGN_IN_DONE,
    SIGN_IN_DECLINED,
    SIGN_IN_EXPIRED,
    SIGN_IN_FAILED,
    SIGN_IN_CANCELLED,
} SignInState;

struct SignIn {
    Tokens *tokens;
    char id[37];
    SignInState state;
    uint32_t title_id;
    bool remember;
    char *xuid; /* whose it has to be; NULL: anybody's */
    char *client_id;
    char *device_code; /* secret */
    char *cookie;      /* secret; of the older client family */
    char user_code[41], verification_uri[IDENTITY_URI_MAX + 1],
        verification_uri_complete[IDENTITY_URI_MAX + 1];
    uint64_t expires_boot, expires_wall;
    PacePoll poll;
    unsigned failures;
    IdentityCall *call;
    struct sd_event_source *timer;
    Account *account; /* from the user's consent on */
    bool chained;     /* the chain is done */
    bool settled;     /* whether there is a key to keep its tokens with is known */
    bool keeping;     /* all of it is on its way to the disk */
    char error[40], message[REASON_MAX], account_id[37];
};

/* sign_in_end() - with a state that is an end; the first one counts. */
void sign_in_end(SignIn *sign_in, SignInState state, const char *error, const char *message);
void sign_in_tell(const SignIn *sign_in, TokenChange change);
/* sign_in_account() - the account that it becomes, from what the user's consent has brought. Returns 0 or a negative errno. */
int sign_in_account(SignIn *sign_in, IdentityReply *reply);
/* sign_in_want_secrets() - a key to keep its tokens with; sign_in_secrets_changed() goes on. */
void sign_in_want_secrets(SignIn *sign_in);
