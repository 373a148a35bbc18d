/* SPDX-License-Identifier: MIT */
/* Accounts: who they are, what state they are in, and what of it is kept. */
#include "token/token-private.h"

#include "base/clock.h"
#include "base/log.h"
#include "ipc/validate.h"

#include <jansson.h>
#include <stdio.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>

#define KEPT_MAX 4096

static int account_new_id(char id[37])
{
    sd_id128_t random;
    int r = sd_id128_randomize(&random);
    if (r < 0)
        return r;
    snprintf(id, 37, SD_ID128_UUID_FORMAT_STR, SD_ID128_FORMAT_VAL(random));
    return 0;
}

int account_new(Tokens *tokens, Account **out)
{
    Account *account = calloc(1, sizeof *account);
    if (!account)
        return -ENOMEM;
    account->tokens = tokens;
    account->told = -1;
    account->remembered = true;
    account->state = ACCOUNT_NEEDS_SIGN_IN;
    int r = account_new_id(account->id);
    if (r < 0) {
        free(account);
        return r;
    }
    *out = account;
    return 0;
}

static void ticket_free(Ticket *ticket)
{
    /* Who waits is gone, or is told by those who free it. */
    stamped_clear(&ticket->token);
    free(ticket->sandbox);
    free(ticket->relying_party);
    free(ticket);
}

Account *account_free(Account *account)
{
    if (!account)
        return NULL;
    chain_stop(account);
    sd_event_source_disable_unref(account->timer);
    for (Ticket *ticket; (ticket = account->tickets);) {
        account->tickets = ticket->next;
        ticket_free(ticket);
    }
    secret_free(account->refresh);
    stamped_clear(&account->access);
    stamped_clear(&account->user);
    stamped_clear(&account->title);
    free(account->xuid);
    free(account->gamertag);
    free(account->client_id);
    free(account->identity_url);
    free(account->directory_url);
    free(account);
    return NULL;
}

Account *account_find(const Tokens *tokens, const char *id)
{
    for (Account *account = tokens->accounts; account; account = account->next)
        if (string_equal(account->id, id))
            return account;
    return NULL;
}

Account *account_of(const Tokens *tokens, const char *xuid, const char *client_id)
{
    for (Account *account = tokens->accounts; account; account = account->next)
        if (string_equal(account->xuid, xuid) && (!client_id || string_equal(account->client_id, client_id)))
            return account;
    return NULL;
}

static Ticket *ticket_new(Account *account, uint32_t title_id, const TokenChoice *choice)
{
    Ticket *ticket = calloc(1, sizeof *ticket);
    if (!ticket)
        return NULL;
    list_init(&ticket->waits);
    ticket->account = account;
    ticket->title_id = title_id;
    ticket->device = choice->device;
    ticket->title = choice->title;
    ticket->sandbox = strdup(choice->sandbox);
    ticket->relying_party = strdup(choice->relying_party);
    if (!ticket->sandbox || !ticket->relying_party) {
        ticket_free(ticket);
        return NULL;
    }
    ticket->next = account->tickets;
    account->tickets = ticket;
    return ticket;
}

/* NULL: no memory, or too many. */
Ticket *account_ticket(Account *account, uint32_t title_id)
{
    TokenChoice choice = settings_choice(account->tokens->options.settings, title_id);
    unsigned count = 0;
    for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next, count++)
        if (string_equal(ticket->sandbox, choice.sandbox) &&
            string_equal(ticket->relying_party, choice.relying_party) && ticket->device == choice.device &&
            ticket->title == choice.title)
            return ticket;
    return count < TOKENS_TICKETS_MAX ? ticket_new(account, title_id, &choice) : NULL;
}

/* ---- States ---------------------------------------------------------------------------------------------------------- */

const char *account_state_name(AccountState state)
{
    static const char *const names[] = {
        [ACCOUNT_READY] = "ready",
        [ACCOUNT_OFFLINE] = "offline",
        [ACCOUNT_NEEDS_SIGN_IN] = "needs-sign-in",
        [ACCOUNT_NEEDS_ACTION] = "needs-action",
        [ACCOUNT_DENIED] = "denied",
        [ACCOUNT_CONFIG_ERROR] = "config-error",
        [ACCOUNT_STORE_LOCKED] = "store-locked",
        [ACCOUNT_STARTING] = "refreshing",
        [ACCOUNT_CLOSING] = "signing-out",
    };
    return names[state];
}

static int account_readiness(const Account *account)
{
    switch (account->state) {
    case ACCOUNT_READY:
    case ACCOUNT_STARTING: /* what asks is told when it is known */
    case ACCOUNT_CLOSING:
        return TOKEN_READY;
    case ACCOUNT_OFFLINE:
        return TOKEN_E_OFFLINE;
    default:
        return TOKEN_E_USER;
    }
}

/* A token that is good is used to its end, whatever the account needs for the next one. */
static bool account_has_usable(const Account *account)
{
    for (const Ticket *ticket = account->tickets; ticket; ticket = ticket->next)
        if (!ticket->stale && stamped_usable(account->tokens, &ticket->token))
            return true;
    return false;
}

/* Those above know a XUID; it may have signed in for several clients, and one that can be used keeps the others going. */
static bool another_is_ready(const Account *account)
{
    for (const Account *other = account->tokens->accounts; other; other = other->next)
        if (other != account && other->told == TOKEN_READY && string_equal(other->xuid, account->xuid))
            return true;
    return false;
}

void account_told(Account *account, int readiness)
{
    Tokens *tokens = account->tokens;
    if (account->signing_in || readiness == account->told)
        return;
    account->told = readiness;
    /* Its fixed token is sent whatever becomes of it. */
    if (tokens_fixed_find(tokens, account->xuid))
        return;
    if (readiness == TOKEN_READY || !another_is_ready(account))
        tokens->hooks->account_ready(account->xuid, readiness, account->reason, tokens->userdata);
}

void account_tell(Account *account)
{
    /* One that may not be sent is not good, and what one title is refused is not refused to the others. */
    bool served = !account->foreign && account_has_usable(account);
    account_told(account, served ? TOKEN_READY : account_readiness(account));
}

void account_set(Account *account, AccountState state, const char *reason, const char *action_uri)
{
    Tokens *tokens = account->tokens;
    if (account->state == ACCOUNT_CLOSING)
        return;
    bool same = account->state == state && string_equal(account->reason, reason ? reason : "");
    account->state = state;
    snprintf(account->reason, sizeof account->reason, "%s", reason ? reason : "");
    snprintf(account->action_uri, sizeof account->action_uri, "%s", action_uri ? action_uri : "");
    if (account->signing_in)
        return;
    if (!same) {
        if (state != ACCOUNT_READY && state != ACCOUNT_STARTING && state != ACCOUNT_CLOSING)
            log_warning("an account is %s: %s", account_state_name(state), account->reason);
        tokens->hooks->account_changed(account->id, TOKEN_CHANGED, tokens->userdata);
    }
    account_tell(account);
}

/* ---- What is kept ------------------------------------------------------------------------------------------------------ */

int account_keep(Account *account, StoreDone done, void *userdata)
{
    json_t *row =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "xuid", account->xuid, "gamertag", account->gamertag,
                  "clientId", account->client_id, "identityUrl", account->identity_url, "directoryUrl",
                  account->directory_url, "signedInAt", (json_int_t)account->signed_in_wall_usec);
    if (!row)
        return -ENOMEM;
    char *text = json_dumps(row, JSON_COMPACT);
    json_decref(row);
    if (!text)
        return -ENOMEM;
    int r = store_keep(account->tokens->options.store, "account", account->id, text, strlen(text), done,
                       userdata);
    free(text);
    return r;
}

static int copy_field(const json_t *row, const char *name, char **field)
{
    const char *text = json_string_value(json_object_get(row, name));
    if (!text || strlen(text) > 300)
        return STORE_VISIT_UNREADABLE;
    *field = strdup(text);
    return *field ? 0 : -ENOMEM;
}

static int read_fields(const json_t *row, Account *account)
{
    int r = copy_field(row, "xuid", &account->xuid);
    if (r == 0)
        r = copy_field(row, "gamertag", &account->gamertag);
    if (r == 0)
        r = copy_field(row, "clientId", &account->client_id);
    if (r == 0)
        r = copy_field(row, "identityUrl", &account->identity_url);
    if (r == 0)
        r = copy_field(row, "directoryUrl", &account->directory_url);
    json_int_t at = json_integer_value(json_object_get(row, "signedInAt"));
    account->signed_in_wall_usec = at > 0 ? (uint64_t)at : 0;
    if (r == 0 && !mps_validate_xuid(account->xuid))
        r = STORE_VISIT_UNREADABLE;
    return r;
}

static void account_add(Tokens *tokens, Account *account)
{
    account->next = tokens->accounts;
    tokens->accounts = account;
    tokens->accounts_count++;
}

int account_restore(Tokens *tokens, const char *id, const void *value, size_t size)
{
    if (strlen(id) != 36 || size > KEPT_MAX || tokens->accounts_count == TOKENS_ACCOUNTS_MAX)
        return STORE_VISIT_UNREADABLE;
    json_t *row = json_loadb(value, size, JSON_REJECT_DUPLICATES, NULL);
    if (!row)
        return STORE_VISIT_UNREADABLE;
    CLEANUP(account_freep) Account *account = NULL;
    int r = account_new(tokens, &account);
    if (r == 0)
        r = read_fields(row, account);
    json_decref(row);
    if (r != 0)
        return r;
    memcpy(account->id, id, sizeof account->id);
    account->state = ACCOUNT_STARTING;
    account_add(tokens, TAKE(account));
    return 0;
}

/* ---- Where its tokens may go ------------------------------------------------------------------------------------------ */

static bool text_same(const char *a, const char *b)
{
    return string_equal(a ? a : "", b ? b : "");
}

bool account_fits(const Account *account)
{
    const TokensOptions *options = &account->tokens->options;
    return text_same(account->identity_url, options->settings->url) &&
           text_same(account->directory_url, options->directory_url) &&
           (options->settings->url || settings_is_vendor(options->directory_url));
}

/* ---- Coming and going -------------------------------------------------------------------------------------------------- */

/* What the new sign-in has brought goes into the account that is there: its requests and its id stay. */
static void account_take_over(Account *into, Account *from)
{
    secret_free(into->refresh);
    into->refresh = TAKE(from->refresh);
    into->refreshed = from->refreshed;
    stamped_clear(&into->access);
    into->access = from->access;
    from->access = (Stamped){0};
    stamped_clear(&into->user);
    into->user = from->user;
    into->user_bound = from->user_bound;
    from->user = (Stamped){0};
    stamped_clear(&into->title);
    into->title = from->title;
    from->title = (Stamped){0};
    char *gamertag = into->gamertag;
    into->gamertag = TAKE(from->gamertag);
    free(gamertag);
    char *identity_url = into->identity_url, *directory_url = into->directory_url;
    into->identity_url = TAKE(from->identity_url);
    into->directory_url = TAKE(from->directory_url);
    free(identity_url);
    free(directory_url);
    into->remembered = from->remembered;
    into->foreign = false;
    into->parked = false;
    into->signed_in_wall_usec = from->signed_in_wall_usec;
    into->not_before = 0;
    for (Ticket *ticket = into->tickets; ticket; ticket = ticket->next) {
        ticket->stale = ticket->token.text != NULL;
        ticket->forced = false;
        ticket->refused_until = 0;
        /* Who waits for it waits for the new one: what was under way was given up. */
        if (ticket->asked)
            chain_need_soon(ticket);
    }
}

Account *account_merge(Tokens *tokens, Account *account)
{
    Account *old = account_of(tokens, account->xuid, account->client_id);
    account->signing_in = false;
    if (!old) {
        account_add(tokens, account);
        tokens->hooks->account_changed(account->id, TOKEN_ADDED, tokens->userdata);
        return account;
    }
    chain_stop(old);
    account_take_over(old, account);
    account_free(account);
    /* Who waited for what was given up waits for what there is now. */
    for (Ticket *ticket = old->tickets; ticket; ticket = ticket->next)
        if (ticket->asked)
            chain_need_soon(ticket);
    return old;
}

void account_remove(Account *account)
{
    Tokens *tokens = account->tokens;
    Account **link = &tokens->accounts;
    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
    tokens->accounts_count--;
    for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next)
        ticket_answer(ticket, TOKEN_E_USER, "The account has signed out.");
    (void)store_unkeep(tokens->options.store, "account", account->id, NULL, NULL);
    vault_drop(tokens, account->id);
    tokens->hooks->account_changed(account->id, TOKEN_REMOVED, tokens->userdata);
    /* As long as this one was ready, nothing was said of the same player's others. */
    for (Account *other = tokens->accounts; other; other = other->next)
        if (other->state != ACCOUNT_CLOSING && string_equal(other->xuid, account->xuid)) {
            other->told = -1;
            account_tell(other);
            break;
        }
    account_free(account);
}
