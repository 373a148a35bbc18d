/* SPDX-License-Identifier: MIT */
/* Accounts as others see them, and what their users ask for. */
#include "token/token-private.h"

#include "base/clock.h"

static const char *text_of(const char *text)
{
    return text ? text : "";
}

/* The latest end of what can be sent today. */
static int64_t account_expires(const Account *account)
{
    int64_t expires = 0;
    for (const Ticket *ticket = account->tickets; ticket; ticket = ticket->next)
        if (ticket->token.text && !ticket->stale && ticket->token.expires > expires)
            expires = ticket->token.expires;
    return expires;
}

bool tokens_account(const Tokens *tokens, size_t index, TokenAccount *out)
{
    const Account *account = tokens->accounts;
    while (account && index-- > 0)
        account = account->next;
    if (!account)
        return false;
    bool refreshing = account->state == ACCOUNT_READY && account->chain.ticket;
    *out = (TokenAccount){
        .id = account->id,
        .xuid = account->xuid,
        .gamertag = text_of(account->gamertag),
        .state = refreshing ? "refreshing" : account_state_name(account->state),
        .reason = account->reason,
        .action_uri = account->action_uri,
        .client_id = account->client_id,
        .expires = account_expires(account),
        .signed_in_wall_usec = account->signed_in_wall_usec,
        .remembered = account->remembered,
    };
    return true;
}

const char *tokens_fixed(const Tokens *tokens, size_t index)
{
    return index < tokens->fixed_count ? tokens->fixed[index].account : NULL;
}

const char *tokens_secret_rung(const Tokens *tokens)
{
    return secret_rung_name(tokens->secrets ? secret_store_rung(tokens->secrets) : SECRET_RUNG_NONE);
}

const char *tokens_secret_message(const Tokens *tokens)
{
    return tokens->secrets ? secret_store_message(tokens->secrets) : "";
}

bool tokens_known(const Tokens *tokens, const char *xuid)
{
    for (size_t i = 0; i < tokens->fixed_count; i++)
        if (string_equal(tokens->fixed[i].account, xuid))
            return true;
    for (const Account *account = tokens->accounts; account; account = account->next)
        if (account->state != ACCOUNT_CLOSING && string_equal(account->xuid, xuid))
            return true;
    return false;
}

const char *tokens_only_account(const Tokens *tokens)
{
    const char *only = tokens->fixed_count == 1 ? tokens->fixed[0].account : NULL;
    if (tokens->fixed_count > 1)
        return NULL;
    for (const Account *account = tokens->accounts; account; account = account->next) {
        if (account->state == ACCOUNT_CLOSING)
            continue;
        if (only && !string_equal(only, account->xuid))
            return NULL;
        only = account->xuid;
    }
    return only;
}

bool tokens_clock_skew(const Tokens *tokens, int64_t *skew_usec)
{
    if (!tokens->time.known)
        return false;
    *skew_usec = tokens->time.offset_usec + (int64_t)clock_boot_usec() - (int64_t)clock_wall_usec();
    return true;
}

int token_retry(Tokens *tokens, const char *account_id)
{
    Account *account = account_find(tokens, account_id);
    if (!account)
        return -ENOENT;
    if (account->state == ACCOUNT_STORE_LOCKED && tokens->secrets) {
        secret_store_unlock(tokens->secrets);
        return 0;
    }
    if (account->foreign)
        return 0;
    bool asks = account->state == ACCOUNT_NEEDS_ACTION || account->state == ACCOUNT_DENIED ||
                account->state == ACCOUNT_CONFIG_ERROR || account->state == ACCOUNT_OFFLINE ||
                (account->state == ACCOUNT_NEEDS_SIGN_IN && account->refresh);
    for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next)
        ticket->refused_until = 0;
    account->not_before = 0;
    account->parked = false;
    account->failures = 0;
    Ticket *ticket = account->failed ? account->failed : account_ticket(account, account->title_id);
    if (asks && ticket)
        chain_need_soon(ticket);
    return 0;
}

int token_closing(Tokens *tokens, const char *account_id)
{
    Account *account = account_find(tokens, account_id);
    if (!account)
        return -ENOENT;
    account_set(account, ACCOUNT_CLOSING, "It is signing out.", "");
    return 0;
}

int token_remove(Tokens *tokens, const char *account_id)
{
    Account *account = account_find(tokens, account_id);
    if (!account)
        return -ENOENT;
    account_remove(account);
    bool forgotten = !tokens->accounts && tokens->secrets;
    if (forgotten) {
        /* The key opens nothing any more. The device is kept anew, with the next one. */
        secret_store_forget(tokens->secrets);
        vault_drop(tokens, "device");
        tokens->device_kept = false;
        free(TAKE(tokens->secret_reference));
        (void)store_unkeep(tokens->options.store, "setting", "secret", NULL, NULL);
    }
    sign_in_account_removed(tokens, forgotten);
    return 0;
}
