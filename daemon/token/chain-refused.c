/* SPDX-License-Identifier: MIT */
/* What the identity services refuse: fetched anew, once, or a state that says who can do something about it. */
#include "base/clock.h"
#include "token/token-private.h"
#include "token/xerr.h"

#include <stdio.h>

static unsigned step_bit(ChainStep step)
{
    return 1U << step;
}

static uint64_t told_usec(const IdentityReply *reply)
{
    return reply->has_retry_after ? reply->retry_after_usec : 0;
}

/* What this rung refused is fetched anew from the rung below, unless that was done in this run already. */
static bool redo(Account *account, ChainStep step)
{
    Tokens *tokens = account->tokens;
    if (account->chain.tried & step_bit(step))
        return false;
    account->chain.tried |= step_bit(step);
    account->chain.made = 0;
    if (step == CHAIN_REFRESH)
        stamped_clear(&account->access);
    if (step == CHAIN_USER)
        stamped_clear(&account->user);
    if (step == CHAIN_TITLE)
        stamped_clear(&account->title);
    if (step == CHAIN_DEVICE)
        stamped_clear(&tokens->device);
    chain_next(account);
    return true;
}

/* Otherwise one that has ended when it comes would be fetched over and over, without a pause. */
bool chain_in_vain(Account *account, ChainStep step)
{
    if (!(account->chain.made & step_bit(step)))
        return false;
    chain_offline(
        account,
        "The identity service gives tokens that have ended, or are about to, when they come: is its clock "
        "right, and this one?",
        0);
    return true;
}

static void refused_for(Account *account, AccountState state, const IdentityReply *reply)
{
    /* The answer would be the same: it is not asked for again until its user says so, or a while has passed. */
    uint64_t until = clock_boot_usec() + PACE_DENIAL_USEC;
    account->chain.ticket->refused_until = until;
    chain_again_at(account, until);
    chain_failed(account, state, reply->message, reply->redirect);
}

static void xerr(Account *account, const IdentityReply *reply)
{
    switch (reply->xerr_class) {
    case XERR_TRANSIENT:
        chain_offline(account, reply->message, told_usec(reply));
        return;
    case XERR_REBUILD_USER:
        /* A new one, of a new grant: each rung once. */
        if (redo(account, CHAIN_USER))
            return;
        if (!(account->chain.tried & step_bit(CHAIN_REFRESH))) {
            stamped_clear(&account->user);
            (void)redo(account, CHAIN_REFRESH);
            return;
        }
        break;
    case XERR_REBUILD_DEVICE:
        if (redo(account, CHAIN_DEVICE))
            return;
        break;
    case XERR_REBUILD_TITLE:
        if (redo(account, CHAIN_TITLE))
            return;
        break;
    case XERR_REBUILD_ALL:
        stamped_clear(&account->user);
        stamped_clear(&account->title);
        if (redo(account, CHAIN_DEVICE))
            return;
        break;
    case XERR_USER_ACTION:
        refused_for(account, ACCOUNT_NEEDS_ACTION, reply);
        return;
    case XERR_CONFIG:
        refused_for(account, ACCOUNT_CONFIG_ERROR, reply);
        return;
    default:
        break;
    }
    refused_for(account, ACCOUNT_DENIED, reply);
}

void chain_lost(Account *account, const char *reason)
{
    char key[80];
    account->refresh = secret_free(account->refresh);
    stamped_clear(&account->access);
    snprintf(key, sizeof key, "%s/refresh", account->id);
    if (!account->signing_in)
        vault_drop(account->tokens, key);
    chain_failed(account, ACCOUNT_NEEDS_SIGN_IN, reason, "");
}

/* The directory takes no token of it: it is left alone until then. */
void account_park(Account *account, uint64_t until, const char *reason)
{
    account->parked = true;
    for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next)
        ticket->refused_until = until;
    chain_again_at(account, until);
    account_set(account, ACCOUNT_DENIED, reason, "");
}

void chain_refused(Account *account, const IdentityReply *reply)
{
    switch (reply->outcome) {
    case IDENTITY_NEEDS_SIGN_IN:
        chain_lost(account, reply->message);
        return;
    case IDENTITY_CONFIG:
    case IDENTITY_CLIENT_MISMATCH:
    case IDENTITY_TITLE_REFUSED:
        refused_for(account, ACCOUNT_CONFIG_ERROR, reply);
        return;
    case IDENTITY_LOOPS:
        chain_again_at(account, clock_boot_usec() + PACE_LOOPS_USEC);
        chain_failed(account, ACCOUNT_OFFLINE, reply->message, "");
        return;
    case IDENTITY_SIGNATURE_REFUSED:
        /* Its time may have been wrong: the answer has brought the right one. */
        if (!redo(account, CHAIN_DEVICE))
            refused_for(account, ACCOUNT_CONFIG_ERROR, reply);
        return;
    case IDENTITY_TICKET_REFUSED:
        /* That is said of the access token: the grant holds until its own service says that it does not. */
        if (!redo(account, CHAIN_REFRESH))
            chain_failed(account, ACCOUNT_NEEDS_SIGN_IN, reply->message, "");
        return;
    case IDENTITY_XERR:
        xerr(account, reply);
        return;
    default:
        chain_offline(account, reply->message, told_usec(reply));
    }
}
