/* SPDX-License-Identifier: MIT */
/*
 * The chain of an account, one request at a time: refresh token → access token → (device) → user → (title) → XSTS. The
 * lowest rung that is missing is fetched first; what a later one refuses of an earlier one is fetched anew, once.
 */
#include "token/token-private.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <systemd/sd-event.h>

#define NOT_KEPT                                                                                             \
    "a new refresh token cannot be kept: %s; after a restart its account may have to sign in again"

/* ---- Ends of a run ------------------------------------------------------------------------------------------------------ */

static Ticket *next_asked(Account *account)
{
    for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next)
        if (ticket->asked)
            return ticket;
    return NULL;
}

static void chain_over(Account *account, int r, const char *reason)
{
    Tokens *tokens = account->tokens;
    Ticket *ticket = account->chain.ticket;
    account->chain = (Chain){0};
    ticket->asked = false;
    if (account->signing_in) {
        sign_in_chained(tokens, account, r, reason);
        return;
    }
    ticket_answer(ticket, r, reason);
    Ticket *next = next_asked(account);
    if (next)
        chain_need(next);
}

/* All that wait for any token of this account are told: what failed is the same for all. */
void chain_failed(Account *account, AccountState state, const char *reason, const char *action_uri)
{
    int r = state == ACCOUNT_OFFLINE ? TOKEN_E_OFFLINE : TOKEN_E_USER;
    char copy[REASON_MAX];
    snprintf(copy, sizeof copy, "%s", reason);
    Ticket *ended = account->chain.ticket;
    account->failed = ended;
    for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next)
        if (ticket != ended && ticket->asked) {
            ticket->asked = false;
            ticket_answer(ticket, r, copy);
        }
    account_set(account, state, copy, action_uri);
    chain_over(account, r, copy);
}

void account_again(Account *account)
{
    Tokens *tokens = account->tokens;
    if (account->chain.ticket || tokens->stopping)
        return;
    if (account->parked) {
        account->parked = false;
        account_set(account, ACCOUNT_READY, "", "");
        return;
    }
    bool refused = account->state == ACCOUNT_NEEDS_ACTION || account->state == ACCOUNT_DENIED ||
                   account->state == ACCOUNT_CONFIG_ERROR;
    if (account->foreign || (account->state != ACCOUNT_OFFLINE && !refused))
        return;
    if (account->failed && tokens->hooks->wanted(account->xuid, tokens->userdata))
        chain_need_soon(account->failed);
    else
        /* If nobody waits, the next who asks begins: those above must not hold it back. */
        account_told(account, TOKEN_READY);
}

static int on_again(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    account_again(userdata);
    return 0;
}

void chain_again_at(Account *account, uint64_t when)
{
    account->not_before = when;
    if (account->signing_in)
        return;
    if (account->timer) {
        (void)sd_event_source_set_time(account->timer, when);
        (void)sd_event_source_set_enabled(account->timer, SD_EVENT_ONESHOT);
        return;
    }
    int r = sd_event_add_time(account->tokens->options.event, &account->timer, CLOCK_BOOTTIME, when,
                              100 * USEC_PER_MSEC, on_again, account);
    if (r < 0)
        log_warning("an account is not tried again by itself: %s", strerror(-r));
}

void chain_offline(Account *account, const char *reason, uint64_t told_usec)
{
    uint64_t random = clock_random();
    uint64_t delay = told_usec ? pace_told(told_usec, random) : pace_delay(++account->failures, random);
    chain_again_at(account, clock_boot_usec() + delay);
    chain_failed(account, ACCOUNT_OFFLINE, reason, "");
}

/* ---- Requests ------------------------------------------------------------------------------------------------------------ */

static IdentityKind kind_of(ChainStep step)
{
    switch (step) {
    case CHAIN_REFRESH:
        return IDENTITY_REFRESH;
    case CHAIN_DEVICE:
        return IDENTITY_DEVICE;
    case CHAIN_USER:
        return IDENTITY_USER;
    case CHAIN_TITLE:
        return IDENTITY_TITLE;
    default:
        return IDENTITY_XSTS;
    }
}

static bool needs_access(const Account *account, const Ticket *ticket)
{
    bool bound = ticket->device;
    return !stamped_usable(account->tokens, &account->user) || account->user_bound != bound ||
           (ticket->title && !stamped_usable(account->tokens, &account->title));
}

static ChainStep chain_missing(const Account *account, const Ticket *ticket)
{
    const Tokens *tokens = account->tokens;
    if (needs_access(account, ticket) && !stamped_usable(tokens, &account->access))
        return CHAIN_REFRESH;
    if (ticket->device && !stamped_usable(tokens, &tokens->device))
        return CHAIN_DEVICE;
    if (!stamped_usable(tokens, &account->user) || account->user_bound != ticket->device)
        return CHAIN_USER;
    if (ticket->title && !stamped_usable(tokens, &account->title))
        return CHAIN_TITLE;
    return CHAIN_XSTS;
}

static void on_reply(IdentityReply *reply, const char *error, void *userdata);

static int chain_send(Account *account)
{
    Tokens *tokens = account->tokens;
    const Ticket *ticket = account->chain.ticket;
    int r = ticket->device ? device_prepare(tokens) : 0;
    if (r < 0)
        return r;
    IdentityConfig config = identity_config(tokens, account->client_id);
    config.sandbox = ticket->sandbox;
    config.relying_party = ticket->relying_party;
    config.want_device = ticket->device;
    config.want_title = ticket->title;
    IdentityInput input = {
        .refresh_token = account->refresh,
        .access_token = account->access.text,
        .user_token = account->user.text,
        .device_token = tokens->device.text,
        .title_token = account->title.text,
        .proof = ticket->device ? tokens->proof : NULL,
        .unix_sec = tokens_now(tokens),
    };
    return identity_call(tokens, &config, kind_of(account->chain.step), &input, on_reply, account,
                         &account->chain.call);
}

void chain_next(Account *account)
{
    ChainStep step = chain_missing(account, account->chain.ticket);
    if (step == CHAIN_REFRESH && !account->refresh) {
        chain_lost(account, "It has to sign in: mpsessionctl sign-in.");
        return;
    }
    if (step == CHAIN_REFRESH && account->tokens->stopping) {
        chain_failed(account, ACCOUNT_OFFLINE, "The agent is stopping.", "");
        return;
    }
    if (chain_in_vain(account, step))
        return;
    account->chain.step = step;
    int r = chain_send(account);
    if (r < 0)
        chain_offline(account, strerror(-r), 0);
}

void chain_need(Ticket *ticket)
{
    Account *account = ticket->account;
    assert(!account->foreign);
    ticket->asked = true;
    if (account->chain.ticket)
        return;
    account->chain.ticket = ticket;
    chain_next(account);
}

/* What waits to be begun, outside of the call that asked for it. */
static int on_soon(sd_event_source *source MPS_UNUSED, void *userdata)
{
    Tokens *tokens = userdata;
    for (Account *account = tokens->accounts; account;) {
        Ticket *ticket =
            account->chain.ticket || account->state == ACCOUNT_STARTING ? NULL : next_asked(account);
        if (ticket)
            chain_need(ticket);
        /* What it tells may end a sign-out, and with it any of them. */
        account = ticket ? tokens->accounts : account->next;
    }
    return 0;
}

void chain_need_soon(Ticket *ticket)
{
    Tokens *tokens = ticket->account->tokens;
    int r = 0;
    ticket->asked = true;
    if (tokens->soon)
        r = sd_event_source_set_enabled(tokens->soon, SD_EVENT_ONESHOT);
    else
        r = sd_event_add_defer(tokens->options.event, &tokens->soon, on_soon, tokens);
    if (r < 0)
        log_warning("a token is not fetched: %s", strerror(-r));
}

void chain_stop(Account *account)
{
    if (!account->chain.call)
        return;
    /* An exchange of a refresh token goes on to its end, but what it brings belongs to nobody any more. */
    identity_call_cancel(account->chain.call, account->chain.step != CHAIN_REFRESH);
    account->chain = (Chain){0};
}

/* ---- What they bring ------------------------------------------------------------------------------------------------------- */

static void on_refresh_kept(int r, void *userdata)
{
    Tokens *tokens = userdata;
    if (r < 0)
        log_error(NOT_KEPT, strerror(-r));
    tokens->kept++;
    for (Account *account = tokens->accounts; account;) {
        bool kept = account->chain.step == CHAIN_KEEPING && account->keeping <= tokens->kept;
        if (kept)
            chain_next(account);
        /* What it tells may end a sign-out, and with it any of them. */
        account = kept ? tokens->accounts : account->next;
    }
}

static void got_access(Account *account, IdentityReply *reply)
{
    Tokens *tokens = account->tokens;
    char key[80];
    stamped_clear(&account->access);
    account->access =
        (Stamped){TAKE(reply->access_token), tokens_now(tokens), tokens_now(tokens) + reply->expires_sec};
    if (!reply->refresh_token) {
        chain_next(account);
        return;
    }
    secret_free(account->refresh);
    account->refresh = TAKE(reply->refresh_token);
    account->refreshed = tokens_now(tokens);
    account->chain.step = CHAIN_KEEPING;
    snprintf(key, sizeof key, "%s/refresh", account->id);
    /* The service may have forgotten the old one: the new one is safe before anything is done with it. */
    int r = account->remembered && !account->signing_in
                ? vault_keep(tokens, key, account->refresh, on_refresh_kept, tokens)
                : -ENOKEY;
    if (r >= 0) {
        account->keeping = ++tokens->keeps;
        return;
    }
    if (r != -ENOKEY)
        log_error(NOT_KEPT, strerror(-r));
    chain_next(account);
}

static void got_token(const Account *account, IdentityReply *reply, Stamped *stamped, const char *name)
{
    Tokens *tokens = account->tokens;
    stamped_clear(stamped);
    *stamped = (Stamped){TAKE(reply->token), reply->issued, reply->not_after};
    const char *owner = stamped == &tokens->device ? "device" : account->id;
    if (name && account->remembered && !account->signing_in)
        (void)vault_keep_stamped(tokens, owner, name, stamped);
}

/* XSTS of other relying parties name nobody. */
static int got_names(Account *account, const IdentityReply *reply)
{
    if (!*reply->xid)
        return 0;
    if (!account->xuid && !(account->xuid = strdup(reply->xid)))
        return -ENOMEM;
    if (!string_equal(account->xuid, reply->xid))
        return -EPERM;
    if (account->gamertag && string_equal(account->gamertag, reply->gtg))
        return 0;
    char *copy = strdup(reply->gtg);
    if (!copy)
        return -ENOMEM;
    free(account->gamertag);
    account->gamertag = copy;
    return 0;
}

static void got_xsts(Account *account, IdentityReply *reply)
{
    Ticket *ticket = account->chain.ticket;
    int r = got_names(account, reply);
    if (r == -EPERM) {
        chain_lost(account, "The identity service answered for another account: sign in again.");
        return;
    }
    if (r < 0) {
        chain_offline(account, strerror(-r), 0);
        return;
    }
    char *value = secret_printf("XBL3.0 x=%s;%s", reply->uhs, reply->token);
    if (!value) {
        chain_offline(account, strerror(ENOMEM), 0);
        return;
    }
    stamped_clear(&ticket->token);
    ticket->token = (Stamped){value, reply->issued, reply->not_after};
    ticket->bound = ticket->device;
    ticket->generation = ++account->generation;
    ticket->forced = ticket->stale;
    ticket->stale = false;
    ticket->refused_until = 0;
    account->failures = 0;
    account->not_before = 0;
    if (account->remembered && !account->signing_in)
        (void)vault_keep_ticket(ticket);
    account_set(account, ACCOUNT_READY, "", "");
    chain_over(account, TOKEN_READY, "");
}

static void got(Account *account, IdentityReply *reply)
{
    account->chain.made |= 1U << account->chain.step;
    switch (account->chain.step) {
    case CHAIN_REFRESH:
        got_access(account, reply);
        return;
    case CHAIN_DEVICE:
        got_token(account, reply, &account->tokens->device, "token");
        break;
    case CHAIN_USER:
        account->user_bound = account->chain.ticket->device;
        got_token(account, reply, &account->user, account->user_bound ? "user-bound" : "user");
        break;
    case CHAIN_TITLE:
        got_token(account, reply, &account->title, NULL);
        break;
    default:
        got_xsts(account, reply);
        return;
    }
    chain_next(account);
}

static void on_reply(IdentityReply *reply, const char *error, void *userdata)
{
    Account *account = userdata;
    account->chain.call = NULL;
    if (!reply) {
        char reason[REASON_MAX];
        snprintf(reason, sizeof reason, "The identity service cannot be reached: %.300s.", error);
        chain_offline(account, reason, 0);
    } else if (reply->outcome == IDENTITY_OK) {
        got(account, reply);
    } else {
        chain_refused(account, reply);
    }
}
