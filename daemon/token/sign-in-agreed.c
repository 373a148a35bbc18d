/* SPDX-License-Identifier: MIT */
/* A sign-in whose user has agreed: the chain to its end, a key to keep it all with, the account in its place. */
#include "base/clock.h"
#include "base/log.h"
#include "token/sign-in-private.h"

#include <stdio.h>

#define NOT_KEPT "an account cannot be kept: %s; after a restart it has to sign in again"

/* A user is there: a locked store may ask to be opened, and a key may be made. */
void sign_in_want_secrets(SignIn *sign_in)
{
    Tokens *tokens = sign_in->tokens;
    sign_in->settled = !sign_in->remember || (!tokens->secrets && tokens_look(tokens) < 0);
    if (!sign_in->settled)
        secret_store_create(tokens->secrets);
}

static void on_token_kept(int r, void *userdata MPS_UNUSED)
{
    if (r < 0)
        log_error(NOT_KEPT, strerror(-r));
}

/* Not before its tokens are on the disk is it done: the next agent has to find what this one has told of. */
static void on_kept(int r, void *userdata)
{
    const Tokens *tokens = userdata;
    SignIn *sign_in = tokens->sign_in;
    if (r < 0)
        log_error(NOT_KEPT, strerror(-r));
    if (!sign_in || !sign_in->keeping)
        return;
    sign_in->keeping = false;
    /* A lesser place is told of: its user may have closed the keyring's question. */
    sign_in_end(sign_in, SIGN_IN_DONE, "",
                r < 0 ? "It could not be written to the disk: when the agent ends, it has to sign in again."
                      : secret_store_message(tokens->secrets));
}

/* Who it is comes last: with that on the disk the rest is. Returns 0, or a negative errno and on_kept() is not called. */
static int keep_all(Account *account)
{
    Tokens *tokens = account->tokens;
    char key[80];
    int r = 0;
    snprintf(key, sizeof key, "%s/refresh", account->id);
    if (account->refresh)
        r = vault_keep(tokens, key, account->refresh, on_token_kept, NULL);
    if (r == 0 && account->user.text)
        r = vault_keep_stamped(tokens, account->id, account->user_bound ? "user-bound" : "user",
                               &account->user);
    for (const Ticket *ticket = account->tickets; ticket && r == 0; ticket = ticket->next)
        if (ticket->token.text && !ticket->stale)
            r = vault_keep_ticket(ticket);
    return r == 0 ? account_keep(account, on_kept, tokens) : r;
}

static void sign_in_finish(SignIn *sign_in)
{
    Tokens *tokens = sign_in->tokens;
    if (!sign_in->chained || !sign_in->settled)
        return;
    const Account *old = account_of(tokens, sign_in->account->xuid, sign_in->client_id);
    /* It would go with the one that is going: token_remove() calls again. */
    if (old && old->state == ACCOUNT_CLOSING)
        return;
    if (!old && tokens->accounts_count == TOKENS_ACCOUNTS_MAX) {
        sign_in_end(sign_in, SIGN_IN_FAILED, "too-many",
                    "There are 64 accounts already: sign one out first.");
        return;
    }
    bool kept = sign_in->remember && tokens->secrets && secret_store_key(tokens->secrets) &&
                secret_store_rung(tokens->secrets) != SECRET_RUNG_MEMORY;
    sign_in->account->remembered = kept;
    sign_in->account->signed_in_wall_usec = clock_wall_usec();
    Account *account = account_merge(tokens, TAKE(sign_in->account));
    if (!sign_in->remember) {
        /* Of an earlier sign-in that was to be remembered. */
        (void)store_unkeep(tokens->options.store, "account", account->id, NULL, NULL);
        vault_drop(tokens, account->id);
    }
    memcpy(sign_in->account_id, account->id, sizeof sign_in->account_id);
    account_set(account, ACCOUNT_READY, "", "");
    account->told = -1;
    account_tell(account);
    log_info("an account has signed in; its tokens are kept %s",
             kept ? secret_rung_name(secret_store_rung(tokens->secrets)) : "in memory alone");
    sign_in->keeping = kept;
    if (!kept) {
        sign_in_end(sign_in, SIGN_IN_DONE, "",
                    "Its tokens are in memory alone: when the agent ends, it has to sign in again.");
        return;
    }
    device_keep(tokens);
    int r = keep_all(account);
    if (r < 0)
        on_kept(r, tokens);
}

void sign_in_secrets_changed(Tokens *tokens)
{
    SignIn *sign_in = tokens->sign_in;
    if (!sign_in || sign_in->state != SIGN_IN_CHECKING || sign_in->settled)
        return;
    SecretState state = secret_store_state(tokens->secrets);
    /* EMPTY: what an earlier key has left is gone, and the new one is being made. */
    if (state == SECRET_LOOKING || state == SECRET_EMPTY)
        return;
    sign_in->settled = true;
    /* Its user did not open it: the tokens would have to go to a lesser place, and nobody has asked for that. */
    if (state == SECRET_LOCKED)
        sign_in_end(sign_in, SIGN_IN_FAILED, "store-locked", secret_store_message(tokens->secrets));
    else
        sign_in_finish(sign_in);
}

void sign_in_account_removed(Tokens *tokens, bool forgotten)
{
    SignIn *sign_in = tokens->sign_in;
    if (!sign_in || sign_in->state != SIGN_IN_CHECKING)
        return;
    if (forgotten)
        sign_in_want_secrets(sign_in);
    sign_in_finish(sign_in);
}

void sign_in_chained(Tokens *tokens, Account *account, int r, const char *reason)
{
    SignIn *sign_in = tokens->sign_in;
    if (!sign_in || sign_in->account != account)
        return;
    if (r == TOKEN_READY && (string_empty(account->xuid) || !account->gamertag)) {
        sign_in_end(
            sign_in, SIGN_IN_FAILED, "failed",
            "The identity service did not say which account it is. RelyingParty= of agent.conf has to be "
            "http://xboxlive.com to sign in.");
    } else if (r == TOKEN_READY && sign_in->xuid && !string_equal(sign_in->xuid, account->xuid)) {
        sign_in_end(sign_in, SIGN_IN_FAILED, "other-account",
                    "Another account has signed in than the one that was named.");
    } else if (r == TOKEN_READY) {
        sign_in->chained = true;
        sign_in_finish(sign_in);
    } else {
        char message[REASON_MAX + 20];
        bool act = *account->action_uri != '\0';
        snprintf(message, sizeof message, "%s%s%.300s", reason, act ? " " : "",
                 act ? account->action_uri : "");
        sign_in_end(sign_in, SIGN_IN_FAILED, account_state_name(account->state), message);
    }
}

int sign_in_account(SignIn *sign_in, IdentityReply *reply)
{
    Tokens *tokens = sign_in->tokens;
    const TokensOptions *options = &tokens->options;
    CLEANUP(account_freep) Account *account = NULL;
    int r = account_new(tokens, &account);
    if (r < 0)
        return r;
    account->signing_in = true;
    account->client_id = strdup(sign_in->client_id);
    account->identity_url = strdup(options->settings->url ? options->settings->url : "");
    account->directory_url = strdup(options->directory_url ? options->directory_url : "");
    if (!account->client_id || !account->identity_url || !account->directory_url)
        return -ENOMEM;
    account->access =
        (Stamped){TAKE(reply->access_token), tokens_now(tokens), tokens_now(tokens) + reply->expires_sec};
    account->refresh = TAKE(reply->refresh_token);
    if (!account_ticket(account, sign_in->title_id))
        return -ENOMEM;
    sign_in->account = TAKE(account);
    return 0;
}
