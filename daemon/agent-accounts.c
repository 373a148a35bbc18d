/* SPDX-License-Identifier: MIT */
/* Accounts between the rooms: what token/ says goes to the core and the bus, what the bus asks goes to token/. */
#include "agent-internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "bus/bus-accounts.h"

#include <stdio.h>

/* What is under way, and the leaves, have so long to end when an account signs out. */
#define SIGN_OUT_USEC (3 * USEC_PER_SEC)

/* A sign-out that waits for what is under way. */
struct AgentSignOut {
    AgentSignOut *next;
    Agent *agent;
    char id[37], xuid[24];
    BusSignedOut done;
    void *userdata;
    sd_event_source *timer;
};

/* ---- From token/ ------------------------------------------------------------------------------------------------------ */

static void on_account_ready(const char *xuid, int readiness, const char *reason, void *userdata)
{
    Agent *agent = userdata;
    CoreNow now = agent_now();
    CoreAccountState state = readiness == TOKEN_READY       ? CORE_ACCOUNT_READY
                             : readiness == TOKEN_E_OFFLINE ? CORE_ACCOUNT_OFFLINE
                                                            : CORE_ACCOUNT_NEEDS_USER;
    char text[300];
    snprintf(text, sizeof text, "%s", reason);
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '.')
        text[length - 1] = '\0';
    core_on_account(agent->core, &now, xuid, state, text);
    agent_pump(agent);
}

static void on_account_changed(const char *id, TokenChange change, void *userdata)
{
    Agent *agent = userdata;
    if (change == TOKEN_ADDED)
        bus_account_added(agent->bus, id);
    else if (change == TOKEN_REMOVED)
        bus_account_removed(agent->bus, id);
    else
        bus_account_changed(agent->bus, id);
}

static void on_sign_in_changed(const char *id, TokenChange change, void *userdata)
{
    Agent *agent = userdata;
    if (change == TOKEN_REMOVED)
        bus_sign_in_removed(agent->bus, id);
    else
        bus_sign_in_changed(agent->bus, id);
    agent_pump(agent);
}

static bool is_wanted(const char *xuid, void *userdata)
{
    Agent *agent = userdata;
    for (CoreRequest *request = core_first(agent->core); request; request = core_next(agent->core, request))
        if (core_request_state(request) != CORE_STATE_DONE &&
            string_equal(core_request_account(request), xuid))
            return true;
    return false;
}

static const TokensHooks token_hooks = {
    .account_ready = on_account_ready,
    .account_changed = on_account_changed,
    .sign_in_changed = on_sign_in_changed,
    .wanted = is_wanted,
};

/* ---- From the bus ------------------------------------------------------------------------------------------------------ */

static void show_account(const Agent *agent, const TokenAccount *account, BusAccount *shown)
{
    const Tokens *tokens = agent->config->tokens;
    const char *only =
        agent->config->default_account ? agent->config->default_account : tokens_only_account(tokens);
    *shown = (BusAccount){
        .id = account->id,
        .xuid = account->xuid,
        .gamertag = account->gamertag,
        .state = account->state,
        .reason = account->reason,
        .action_uri = account->action_uri,
        .client_id = account->client_id,
        .secret_store = account->remembered ? tokens_secret_rung(tokens) : "memory",
        .token_expires_wall_usec = account->expires > 0 ? (uint64_t)account->expires * USEC_PER_SEC : 0,
        .signed_in_wall_usec = account->signed_in_wall_usec,
        .is_default = only && string_equal(only, account->xuid),
    };
}

static bool account_at(size_t index, BusAccount *shown, void *userdata)
{
    const Agent *agent = userdata;
    TokenAccount account;
    if (!tokens_account(agent->config->tokens, index, &account))
        return false;
    show_account(agent, &account, shown);
    return true;
}

static bool account_by_id(const char *id, BusAccount *shown, void *userdata)
{
    for (size_t i = 0; account_at(i, shown, userdata); i++)
        if (string_equal(shown->id, id))
            return true;
    return false;
}

static bool sign_in_at(size_t index, BusSignIn *shown, void *userdata)
{
    const Agent *agent = userdata;
    TokenSignIn sign_in;
    if (!token_sign_in_at(agent->config->tokens, index, &sign_in))
        return false;
    *shown = (BusSignIn){
        .id = sign_in.id,
        .state = sign_in.state,
        .user_code = sign_in.user_code,
        .verification_uri = sign_in.verification_uri,
        .verification_uri_complete = sign_in.verification_uri_complete,
        .error = sign_in.error,
        .message = sign_in.message,
        .account_id = sign_in.account_id,
        .expires_wall_usec = sign_in.expires_wall_usec,
    };
    return true;
}

static bool sign_in_by_id(const char *id, BusSignIn *shown, void *userdata)
{
    for (size_t i = 0; sign_in_at(i, shown, userdata); i++)
        if (string_equal(shown->id, id))
            return true;
    return false;
}

static int sign_in(const BusSignInOptions *options, char id[37], char *message, size_t size, void *userdata)
{
    Agent *agent = userdata;
    if (agent->phase != AGENT_SERVING)
        return -ESHUTDOWN;
    int r = token_sign_in(agent->config->tokens, options->title_id, options->account, options->remember, id,
                          message, size);
    return r == TOKEN_E_BUSY ? BUS_E_BUSY : r == TOKEN_E_NOT_CONFIGURED ? BUS_E_NOT_CONFIGURED : r;
}

static int sign_in_cancel(const char *id, void *userdata)
{
    const Agent *agent = userdata;
    return token_sign_in_cancel(agent->config->tokens, id);
}

static int retry(const char *account_id, void *userdata)
{
    const Agent *agent = userdata;
    return token_retry(agent->config->tokens, account_id);
}

/* ---- Signing out --------------------------------------------------------------------------------------------------------- */

static void sign_out_end(AgentSignOut *out, int r)
{
    Agent *agent = out->agent;
    AgentSignOut **link = &agent->sign_outs;
    while (*link != out)
        link = &(*link)->next;
    *link = out->next;
    sd_event_source_disable_unref(out->timer);
    if (r == 0) {
        CoreNow now = agent_now();
        /* The same player may be signed in for another title's client too, and stays that. */
        if (!tokens_known(agent->config->tokens, out->xuid))
            core_on_account(agent->core, &now, out->xuid, CORE_ACCOUNT_SIGNED_OUT,
                            "its account has signed out");
        r = token_remove(agent->config->tokens, out->id);
        log_info("an account has signed out");
    }
    out->done(r, out->userdata);
    free(out);
}

static int on_sign_out_late(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    AgentSignOut *out = userdata;
    Agent *agent = out->agent;
    sign_out_end(out, 0);
    agent_pump(agent);
    return 0;
}

void agent_accounts_check(Agent *agent)
{
    AgentSignOut *next;
    for (AgentSignOut *out = agent->sign_outs; out; out = next) {
        next = out->next;
        if (core_account_active(agent->core, out->xuid) == 0) {
            sign_out_end(out, 0);
            agent_pump(agent);
            return;
        }
    }
}

static int sign_out(const char *account_id, BusSignedOut done, void *done_userdata, void *userdata)
{
    Agent *agent = userdata;
    BusAccount account;
    if (!account_by_id(account_id, &account, agent))
        return -ENOENT;
    for (const AgentSignOut *other = agent->sign_outs; other; other = other->next)
        if (string_equal(other->id, account_id))
            return -EALREADY;
    AgentSignOut *out = calloc(1, sizeof *out);
    if (!out)
        return -ENOMEM;
    out->agent = agent;
    snprintf(out->id, sizeof out->id, "%s", account_id);
    snprintf(out->xuid, sizeof out->xuid, "%s", account.xuid);
    out->done = done;
    out->userdata = done_userdata;
    int r = token_closing(agent->config->tokens, account_id);
    if (r < 0) {
        free(out);
        return r;
    }
    out->next = agent->sign_outs;
    agent->sign_outs = out;
    agent_timer(agent, &out->timer, clock_boot_usec() + SIGN_OUT_USEC, 10 * USEC_PER_MSEC, on_sign_out_late,
                "agent-sign-out");
    sd_event_source_set_userdata(out->timer, out);
    CoreNow now = agent_now();
    if (!tokens_known(agent->config->tokens, out->xuid))
        core_on_account(agent->core, &now, out->xuid, CORE_ACCOUNT_LEAVING, "its account signs out");
    agent_pump(agent);
    return 0;
}

static const BusAccountHooks bus_hooks = {
    .account_at = account_at,
    .account_by_id = account_by_id,
    .sign_in_at = sign_in_at,
    .sign_in_by_id = sign_in_by_id,
    .sign_in = sign_in,
    .sign_in_cancel = sign_in_cancel,
    .sign_out = sign_out,
    .retry = retry,
};

/* ---- Life ---------------------------------------------------------------------------------------------------------------- */

int agent_accounts_start(Agent *agent)
{
    const Config *config = agent->config;
    TokensOptions options = {
        .event = agent->event,
        .store = agent->store,
        .settings = &config->identity,
        .directory_url = config->directory_url,
        .state_dir = config->state_dir,
        .credentials_dir = getenv("CREDENTIALS_DIRECTORY"),
        .agent_version = MPS_VERSION,
    };
    bus_accounts_set_hooks(agent->bus, &bus_hooks, agent);
    return tokens_start(config->tokens, &options, &token_hooks, agent);
}

void agent_accounts_end(Agent *agent)
{
    while (agent->sign_outs)
        sign_out_end(agent->sign_outs, -ECANCELED);
    bus_accounts_set_hooks(agent->bus, NULL, NULL);
}
