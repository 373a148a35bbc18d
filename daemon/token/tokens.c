/* SPDX-License-Identifier: MIT */
/* The room's life: fixed tokens, the service's time, the key that opens what was kept. */
#include "base/clock.h"
#include "base/log.h"
#include "ipc/validate.h"
#include "token/token-private.h"

#include <stdio.h>
#include <systemd/sd-event.h>

#define TOKEN_BYTES_MAX 16384

int tokens_new(Tokens **tokens)
{
    Tokens *made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;
    list_init(&made->calls);
    *tokens = made;
    return 0;
}

Tokens *tokens_free(Tokens *tokens)
{
    if (!tokens)
        return NULL;
    tokens->sign_in = sign_in_free(tokens->sign_in);
    for (Account *account; (account = tokens->accounts);) {
        tokens->accounts = account->next;
        account_free(account);
    }
    tokens->secrets = secret_store_free(tokens->secrets);
    tokens->http = http_free(tokens->http);
    identity_calls_clear(tokens);
    sd_event_source_disable_unref(tokens->soon);
    vault_clear(tokens);
    proof_free(tokens->proof);
    stamped_clear(&tokens->device);
    free(tokens->secret_reference);
    for (size_t i = 0; i < tokens->fixed_count; i++)
        secret_free(tokens->fixed[i].value);
    free(tokens);
    return NULL;
}

/* ---- Fixed tokens ------------------------------------------------------------------------------------------------------ */

const FixedToken *tokens_fixed_find(const Tokens *tokens, const char *account)
{
    for (size_t i = 0; i < tokens->fixed_count; i++)
        if (string_equal(tokens->fixed[i].account, account))
            return &tokens->fixed[i];
    return NULL;
}

/* What may stand in a header's value, and cannot end it. */
static bool token_good(const char *token)
{
    size_t size = strlen(token);
    if (size == 0 || size > TOKEN_BYTES_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        if (token[i] <= 0x20 || token[i] >= 0x7f)
            return false;
    return true;
}

int tokens_add_fixed(Tokens *tokens, const char *text)
{
    FixedToken fixed = {0};
    size_t account_size = strcspn(text, ":");
    if (text[account_size] != ':' || account_size >= sizeof fixed.account)
        return -EINVAL;
    memcpy(fixed.account, text, account_size);
    const char *token = text + account_size + 1;
    if (!mps_validate_xuid(fixed.account) || !token_good(token))
        return -EINVAL;
    if (tokens_fixed_find(tokens, fixed.account))
        return -EEXIST;
    if (tokens->fixed_count == TOKENS_FIXED_MAX)
        return -E2BIG;
    fixed.value = secret_printf("XBL3.0 x=%s;%s", fixed.account, token);
    if (!fixed.value)
        return -ENOMEM;
    tokens->fixed[tokens->fixed_count++] = fixed;
    return 0;
}

/* ---- Time ---------------------------------------------------------------------------------------------------------------- */

int64_t tokens_now(const Tokens *tokens)
{
    return server_time_now(&tokens->time, clock_boot_usec(), clock_wall_usec());
}

bool stamped_usable(const Tokens *tokens, const Stamped *stamped)
{
    return stamped->text && server_time_usable(tokens_now(tokens), stamped->expires);
}

bool stamped_fresh(const Tokens *tokens, const Stamped *stamped)
{
    return stamped->text && server_time_fresh(tokens_now(tokens), stamped->issued, stamped->expires);
}

void stamped_clear(Stamped *stamped)
{
    secret_free(stamped->text);
    *stamped = (Stamped){0};
}

/* ---- Beginning and ending ------------------------------------------------------------------------------------------------- */

static void account_begin(Account *account)
{
    char reason[REASON_MAX];
    account->foreign = !account_fits(account);
    if (account->foreign) {
        snprintf(
            reason, sizeof reason,
            "It signed in for the directory %.120s, and agent.conf names another: its tokens are not sent "
            "there. Set Url= back, or sign in anew.",
            *account->directory_url ? account->directory_url : "of the vendor");
        account_set(account, ACCOUNT_CONFIG_ERROR, reason, "");
    } else if (!account->refresh) {
        account_set(account, ACCOUNT_NEEDS_SIGN_IN, "It has to sign in: mpsessionctl sign-in.", "");
    } else {
        account_set(account, ACCOUNT_READY, "", "");
        for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next)
            if (ticket->asked)
                chain_need_soon(ticket);
        return;
    }
    for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next) {
        ticket->asked = false;
        ticket_answer(ticket, TOKEN_E_USER, account->reason);
    }
}

static void accounts_locked(Tokens *tokens, const char *reason)
{
    for (Account *account = tokens->accounts; account; account = account->next) {
        if (account->state != ACCOUNT_STARTING && account->state != ACCOUNT_STORE_LOCKED)
            continue;
        account_set(account, ACCOUNT_STORE_LOCKED, reason, "");
        for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next) {
            ticket->asked = false;
            ticket_answer(ticket, TOKEN_E_USER, account->reason);
        }
    }
}

/* Where the key lies is kept in clear: later a store that is not there is known to be missing. */
static void keep_reference(Tokens *tokens)
{
    char *text = NULL;
    if (asprintf(&text, "%s\n%s", secret_rung_name(secret_store_rung(tokens->secrets)),
                 secret_store_item(tokens->secrets)) < 0)
        return;
    if (!tokens->secret_reference || !string_equal(text, tokens->secret_reference))
        (void)store_keep(tokens->options.store, "setting", "secret", text, strlen(text), NULL, NULL);
    free(tokens->secret_reference);
    tokens->secret_reference = text;
}

static void on_secrets(void *userdata)
{
    Tokens *tokens = userdata;
    switch (secret_store_state(tokens->secrets)) {
    case SECRET_LOOKING:
        return;
    case SECRET_READY:
        keep_reference(tokens);
        vault_open(tokens);
        for (Account *account = tokens->accounts; account; account = account->next)
            if (account->state == ACCOUNT_STARTING || account->state == ACCOUNT_STORE_LOCKED)
                account_begin(account);
        break;
    case SECRET_EMPTY:
        for (Account *account = tokens->accounts; account; account = account->next)
            if (account->state == ACCOUNT_STARTING || account->state == ACCOUNT_STORE_LOCKED)
                account_begin(account);
        break;
    default:
        accounts_locked(tokens, secret_store_message(tokens->secrets));
    }
    sign_in_secrets_changed(tokens);
}

int tokens_start(Tokens *tokens, const TokensOptions *options, const TokensHooks *hooks, void *userdata)
{
    int r = http_new(options->event, &tokens->http);
    if (r < 0)
        return r;
    tokens->options = *options;
    tokens->hooks = hooks;
    tokens->userdata = userdata;
    return 0;
}

int tokens_restore(Tokens *tokens, const char *kind, const char *key, const void *value, size_t size)
{
    if (string_equal(kind, "account"))
        return account_restore(tokens, key, value, size);
    if (string_equal(kind, "token"))
        return vault_restore(tokens, key, value, size);
    if (string_equal(kind, "setting") && string_equal(key, "secret")) {
        free(tokens->secret_reference);
        tokens->secret_reference = strndup(value, size);
        return tokens->secret_reference ? 0 : -ENOMEM;
    }
    return 0;
}

int tokens_look(Tokens *tokens)
{
    char *item = tokens->secret_reference ? strchr(tokens->secret_reference, '\n') : NULL;
    SecretStoreOptions options = {
        .state_dir = tokens->options.state_dir,
        .credentials_dir = tokens->options.credentials_dir,
        .remember = true,
    };
    char name[32] = "";
    if (item) {
        snprintf(name, sizeof name, "%.*s", (int)(item - tokens->secret_reference), tokens->secret_reference);
        if (secret_rung_parse(name, &options.rung) == 0)
            options.item = item + 1;
    }
    tokens->secrets = secret_store_free(tokens->secrets);
    return secret_store_new(tokens->options.event, &options, on_secrets, tokens, &tokens->secrets);
}

void tokens_begin(Tokens *tokens)
{
    /* Nothing was kept, and nobody has signed in: there is nothing to open. */
    if (!tokens->accounts && !tokens->secret_reference)
        return;
    int r = tokens_look(tokens);
    if (r < 0)
        accounts_locked(tokens, strerror(-r));
    else
        on_secrets(tokens);
}

void tokens_stop(Tokens *tokens)
{
    tokens->stopping = true;
}

bool tokens_exchanging(const Tokens *tokens)
{
    for (const Account *account = tokens->accounts; account; account = account->next)
        if (account->chain.step == CHAIN_REFRESH || account->chain.step == CHAIN_KEEPING)
            return true;
    return false;
}

bool tokens_busy(const Tokens *tokens)
{
    return tokens_exchanging(tokens) || sign_in_open(tokens->sign_in);
}

void tokens_bus(Tokens *tokens)
{
    if (tokens->secrets)
        secret_store_look(tokens->secrets);
}

void tokens_network(Tokens *tokens)
{
    int r = tokens->http ? http_drop_connections(tokens->http) : 0;
    if (r < 0)
        log_warning("connections of before the change of the network stay in use: %s", strerror(-r));
    for (Account *account = tokens->accounts; account; account = account->next) {
        if (account->state != ACCOUNT_OFFLINE)
            continue;
        account->not_before = 0;
        account->failures = 0;
        account_again(account);
    }
}
