/* SPDX-License-Identifier: MIT */
/* Tokens that run out, are taken back, are not taken any more; users who sign in late, never, or sign out. */
#include "world.h"

#include <stdio.h>

#define LEAVING_USEC (3 * USEC_PER_SEC)
/* A user who does not come in this run: when even leaves have had their time. */
#define NEVER_USEC (130 * USEC_PER_MINUTE)

enum {
    TOKEN_SIGN_IN,
    TOKEN_BACK = ACCOUNTS_MAX,
};

static const char *const state_names[] = {"ready", "offline", "needs its user", "leaving", "signed out"};

static Account *account_of(World *world, unsigned account)
{
    return &world->identity.accounts[account];
}

void identity_reset(World *world)
{
    world->identity.away = false;
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++)
        *account_of(world, i) = (Account){.issued = 1, .taken = 1, .token = 1};
}

/* ---- What the agent says ----------------------------------------------------------------------------------------------- */

static bool hears(const World *world)
{
    const Agent *agent = &world->agent;
    return agent->core && !agent->dying && (agent->phase == AGENT_SERVING || agent->phase == AGENT_STOPPING);
}

static void tell(World *world, unsigned account, CoreAccountState state)
{
    char name[XUID_TEXT];
    Account *of = account_of(world, account);
    xuid_render(account + 1, name);
    of->said = state;
    of->said_at = world->now;
    trace(world, "account %u: %s", account, state_names[state]);
    CoreNow now = agent_now(world);
    core_on_account(world->agent.core, &now, name, state,
                    state == CORE_ACCOUNT_READY ? NULL : "the identity service has said no");
}

static void say(World *world, unsigned account, CoreAccountState state)
{
    if (!hears(world) || agent_point(world, POINT_ACCOUNT, false))
        return;
    if (state == CORE_ACCOUNT_NEEDS_USER || state == CORE_ACCOUNT_OFFLINE)
        world_count(world, HAPPENING_PARKED);
    if (state == CORE_ACCOUNT_READY)
        check_word(world, account);
    tell(world, account, state);
    if (agent_point(world, POINT_ACCOUNT, true))
        return;
    agent_pump(world);
    if (hears(world))
        check_account(world, account);
}

/* Its user is told, and comes some time, or not in this run. */
static void ask_user(World *world, unsigned account)
{
    Account *of = account_of(world, account);
    if (!of->asks) {
        of->asks = true;
        uint64_t wait =
            world_spread(world, random_chance(&world->random, 500) ? 10 * USEC_PER_SEC : 3 * USEC_PER_MINUTE);
        if (world->settling || random_chance(&world->random, 750))
            world_event(world, wait, EVENT_TOKEN, TOKEN_SIGN_IN + account);
    }
    say(world, account, CORE_ACCOUNT_NEEDS_USER);
}

static void signed_in(World *world, unsigned account)
{
    Account *of = account_of(world, account);
    of->revoked = of->banned = of->asks = of->signed_out = of->refused = of->renewed = false;
    of->token = of->taken = ++of->issued;
    say(world, account, CORE_ACCOUNT_READY);
}

/* ---- Tokens -------------------------------------------------------------------------------------------------------------- */

static bool reachable(const World *world)
{
    return !world->identity.away && !world->network.offline;
}

unsigned identity_token(World *world, unsigned account)
{
    Account *of = account_of(world, account);
    if (of->token && !of->refused)
        return of->token;
    if (of->signed_out || of->revoked || !reachable(world))
        return 0;
    of->renewed = of->refused;
    of->refused = false;
    of->token = ++of->issued;
    return of->token;
}

void identity_failed(World *world, unsigned account)
{
    const Account *of = account_of(world, account);
    /* A room that keeps it to itself: the core has to find out. */
    if (of->signed_out || world_chance(world, 200))
        return;
    if (of->revoked || of->asks)
        ask_user(world, account);
    else if (!reachable(world))
        say(world, account, CORE_ACCOUNT_OFFLINE);
    else
        say(world, account, CORE_ACCOUNT_READY);
}

bool identity_answered(World *world, const Attempt *attempt)
{
    Account *of = account_of(world, attempt->account);
    bool newest = attempt->token == of->token;
    if (attempt->answer.status != 401) {
        of->renewed = of->renewed && !newest;
        return false;
    }
    if (attempt->answer.claim)
        return false;
    /* The one that was fetched for it is refused as well: that is for its user to see to. */
    if (newest && of->renewed && !of->signed_out)
        ask_user(world, attempt->account);
    of->refused = of->refused || newest;
    return true;
}

bool identity_takes(World *world, const Attempt *attempt)
{
    const Account *of = account_of(world, attempt->account);
    if (!of->banned && attempt->token >= of->taken)
        return true;
    world_fault(world, of->banned ? FAULT_TOKEN_BANNED : FAULT_TOKEN_EXPIRED);
    return false;
}

/* ---- What happens ------------------------------------------------------------------------------------------------------- */

static void sign_out(World *world, unsigned account)
{
    Account *of = account_of(world, account);
    if (of->signed_out || !hears(world))
        return;
    world_fault(world, FAULT_SIGN_OUT);
    of->signed_out = true;
    if (random_chance(&world->random, 600))
        world_event(world, LEAVING_USEC + world_spread(world, 20 * USEC_PER_SEC), EVENT_TOKEN,
                    TOKEN_SIGN_IN + account);
    world_event(world, LEAVING_USEC, EVENT_LEFT, account);
    say(world, account, CORE_ACCOUNT_LEAVING);
}

void identity_on_left(World *world, unsigned account)
{
    if (account_of(world, account)->said == CORE_ACCOUNT_LEAVING)
        say(world, account, CORE_ACCOUNT_SIGNED_OUT);
}

void identity_pumped(World *world)
{
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        char name[XUID_TEXT];
        if (account_of(world, i)->said != CORE_ACCOUNT_LEAVING || !hears(world))
            continue;
        xuid_render(i + 1, name);
        if (core_account_active(world->agent.core, name))
            continue;
        world_count(world, HAPPENING_LEFT_FIRST);
        say(world, i, CORE_ACCOUNT_SIGNED_OUT);
    }
}

void identity_mishap(World *world)
{
    /* Run out, taken back, not taken any more, nobody there to give one out, signed out. */
    static const unsigned weights[] = {35, 20, 12, 20, 13};
    unsigned account = (unsigned)random_below(&world->random, world->profile.accounts);
    Account *of = account_of(world, account);
    if (world->settling)
        return;
    size_t what = random_pick(&world->random, weights, ELEMENTS(weights));
    trace(world, "tokens: mishap %zu of account %u", what, account);
    if (what < 2)
        of->taken = of->issued + 1;
    if (what == 1) {
        of->revoked = true;
        world_fault(world, FAULT_TOKEN_REVOKED);
    } else if (what == 2) {
        of->banned = true;
    } else if (what == 3 && !world->identity.away) {
        world_fault(world, FAULT_IDENTITY_AWAY);
        world->identity.away = true;
        /* It matters to those whose token runs out. */
        for (unsigned i = 0; i < world->profile.accounts; i++)
            if (random_chance(&world->random, 700))
                account_of(world, i)->taken = account_of(world, i)->issued + 1;
        world_event(world, world_spread(world, USEC_PER_MINUTE), EVENT_TOKEN, TOKEN_BACK);
    } else if (what == 4) {
        sign_out(world, account);
    }
}

void identity_back(World *world)
{
    for (unsigned i = 0; i < world->profile.accounts && reachable(world); i++)
        if (account_of(world, i)->said == CORE_ACCOUNT_OFFLINE)
            say(world, i, CORE_ACCOUNT_READY);
}

void identity_on_event(World *world, unsigned what)
{
    if (what == TOKEN_BACK) {
        world->identity.away = false;
        identity_back(world);
    } else {
        signed_in(world, what - TOKEN_SIGN_IN);
    }
}

void identity_settle(World *world)
{
    world->identity.away = false;
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        Account *of = account_of(world, i);
        /* Late enough that what waits has run out, and early enough that the rest can still be done. */
        if (of->asks)
            world_event(world, random_chance(&world->random, 600) ? 0 : NEVER_USEC, EVENT_TOKEN,
                        TOKEN_SIGN_IN + i);
        else
            of->revoked = of->banned = false;
    }
    identity_back(world);
}

/* ---- Lives of the agent -------------------------------------------------------------------------------------------------- */

void identity_agent_died(World *world)
{
    check_forget_tokens(world);
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++) {
        Account *of = account_of(world, i);
        of->said = CORE_ACCOUNT_READY;
        of->refused = of->renewed = false;
        if (random_chance(&world->random, 500))
            of->token = 0;
    }
}

void identity_restore(World *world)
{
    for (unsigned i = 0; i < world->profile.accounts; i++) {
        const Account *of = account_of(world, i);
        if (of->signed_out)
            tell(world, i, CORE_ACCOUNT_SIGNED_OUT);
        else if (of->asks)
            tell(world, i, CORE_ACCOUNT_NEEDS_USER);
        else if (!of->token && !reachable(world) && random_chance(&world->random, 500))
            tell(world, i, CORE_ACCOUNT_OFFLINE);
    }
}
