/* SPDX-License-Identifier: MIT */
/* A token for a request, and what became of it. */
#include "token/token.h"

#include "base/clock.h"
#include "token/token-private.h"

/* ---- A token for a request ------------------------------------------------------------------------------------------- */

static void token_of(const Ticket *ticket, Token *token)
{
    *token = (Token){
        .authorization = ticket->token.text, .generation = ticket->generation, .bound = ticket->bound};
}

void ticket_answer(Ticket *ticket, int r, const char *reason)
{
    ListNode *first;
    while ((first = list_first(&ticket->waits))) {
        TokenWait *wait = container_of(first, TokenWait, in_ticket);
        Token token = {0};
        list_remove(first);
        if (r == TOKEN_READY)
            token_of(ticket, &token);
        wait->done(r, r == TOKEN_READY ? &token : NULL, reason, wait->userdata);
        free(wait);
    }
}

static int token_wait(Ticket *ticket, TokenDone done, void *userdata, TokenWait **out)
{
    TokenWait *wait = calloc(1, sizeof *wait);
    if (!wait)
        return -ENOMEM;
    wait->done = done;
    wait->userdata = userdata;
    list_add(&ticket->waits, &wait->in_ticket);
    *out = wait;
    return TOKEN_WAITS;
}

void token_wait_cancel(TokenWait *wait)
{
    list_remove(&wait->in_ticket);
    free(wait);
}

/* The account of a XUID for a title: signed in as the client that the title's settings name. */
static Account *account_for(const Tokens *tokens, const char *xuid, uint32_t title_id)
{
    TokenChoice choice = settings_choice(tokens->options.settings, title_id);
    Account *account = choice.client_id ? account_of(tokens, xuid, choice.client_id) : NULL;
    /* It waits for its user, who is told what to do. */
    return account ? account : account_of(tokens, xuid, NULL);
}

/* Why no new token is fetched now; TOKEN_READY: nothing is in the way. */
static int token_held_back(const Tokens *tokens, Account *account, const Ticket *ticket)
{
    uint64_t now = clock_boot_usec();
    /* Also when another title's is to be had, and all seems to be well. */
    if (ticket->refused_until > now)
        return TOKEN_E_USER;
    switch (account->state) {
    case ACCOUNT_NEEDS_SIGN_IN:
    case ACCOUNT_STORE_LOCKED:
        return TOKEN_E_USER;
    case ACCOUNT_OFFLINE:
        return account->not_before > now ? TOKEN_E_OFFLINE : TOKEN_READY;
    default:
        return tokens->stopping ? TOKEN_E_OFFLINE : TOKEN_READY;
    }
}

int token_get(Tokens *tokens, const char *xuid, uint32_t title_id, Token *token, TokenDone done,
              void *userdata, TokenWait **wait, const char **reason)
{
    const FixedToken *fixed = tokens_fixed_find(tokens, xuid);
    if (fixed) {
        *token = (Token){.authorization = fixed->value};
        return TOKEN_READY;
    }
    Account *account = tokens->options.event ? account_for(tokens, xuid, title_id) : NULL;
    *reason = "Its account is not signed in: mpsessionctl sign-in.";
    if (!account)
        return TOKEN_E_USER;
    *reason = account->reason;
    if (account->foreign)
        return TOKEN_E_USER;
    TokenChoice choice = settings_choice(tokens->options.settings, title_id);
    if (!choice.client_id || !string_equal(account->client_id, choice.client_id)) {
        *reason =
            "Its account is signed in for another title's client only: mpsessionctl sign-in --title-id.";
        return TOKEN_E_USER;
    }
    if (settings_problem(&choice)) {
        *reason = settings_problem(&choice);
        return TOKEN_E_USER;
    }
    Ticket *ticket = account_ticket(account, title_id);
    if (!ticket)
        return -ENOMEM;
    bool usable = !ticket->stale && stamped_usable(tokens, &ticket->token);
    if (usable) {
        token_of(ticket, token);
        /* Ahead of its end, in the background: a failure means nothing yet. */
        if (!stamped_fresh(tokens, &ticket->token) && token_held_back(tokens, account, ticket) == TOKEN_READY)
            chain_need(ticket);
        return TOKEN_READY;
    }
    *reason = *account->reason ? account->reason : "It was refused for this title a short while ago.";
    int r = token_held_back(tokens, account, ticket);
    if (r != TOKEN_READY) {
        account_tell(account);
        return r;
    }
    r = token_wait(ticket, done, userdata, wait);
    if (r == TOKEN_WAITS && account->state == ACCOUNT_STARTING)
        ticket->asked = true; /* as soon as the key is there */
    else if (r == TOKEN_WAITS)
        chain_need_soon(ticket);
    return r;
}

/* ---- What became of it ----------------------------------------------------------------------------------------------- */

static Ticket *ticket_of(Tokens *tokens, const char *xuid, uint32_t title_id, uint64_t generation)
{
    Account *account = tokens->options.event ? account_for(tokens, xuid, title_id) : NULL;
    Ticket *ticket = account ? account_ticket(account, title_id) : NULL;
    return ticket && generation > 0 ? ticket : NULL;
}

bool token_refused(Tokens *tokens, const char *xuid, uint32_t title_id, uint64_t generation)
{
    Ticket *ticket = ticket_of(tokens, xuid, title_id, generation);
    if (!ticket)
        return false;
    /* Of many that were refused at once the first has seen to it. */
    if (ticket->generation != generation || ticket->stale)
        return true;
    uint64_t again = 0, now = clock_boot_usec();
    if (!ticket->forced && pace_forced_take(&ticket->force, now, &again)) {
        ticket->stale = true;
        return true;
    }
    /* A new token does not help: not to ask without end, it is left alone for a while. The one after that is forced too. */
    if (again <= now)
        again = now + USEC_PER_MINUTE;
    if (!pace_forced_take(&ticket->force, again, &again))
        (void)pace_forced_take(&ticket->force, again, &again);
    ticket->stale = true;
    ticket->forced = false;
    ticket->account->failed = ticket;
    account_park(
        ticket->account, again,
        "The directory does not take its token, not even a new one. Is the account allowed to play this "
        "title, and does [Identity] of agent.conf suit the directory?");
    return true;
}

void token_taken(Tokens *tokens, const char *xuid, uint32_t title_id, uint64_t generation)
{
    Ticket *ticket = ticket_of(tokens, xuid, title_id, generation);
    if (ticket && ticket->generation == generation)
        ticket->forced = false;
}

int token_sign(Tokens *tokens, const Token *token, const char *method, const char *path_and_query,
               const void *body, size_t body_size, char signature[TOKEN_SIGNATURE_SIZE])
{
    if (!tokens->proof)
        return -ENOKEY;
    ProofRequest request = {.method = method,
                            .path = path_and_query,
                            .authorization = token->authorization,
                            .body = body,
                            .body_size = body_size};
    return proof_sign(tokens->proof, tokens_now(tokens), &request, signature);
}
