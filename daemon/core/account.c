/* SPDX-License-Identifier: MIT */
/* Accounts: which may send, which wait, and which are signed out. */
#include "core/internal.h"

#include <stdio.h>

#define REASON_MAX 200 /* bytes of what is told of an account that waits */

/* ---- One copy of each -------------------------------------------------------------------------------------------------- */

static Account *account_find(const Core *core, const char *value)
{
    MapNode *node = map_find(&core->accounts, value);
    return node ? container_of(node, Account, node) : NULL;
}

Account *account_ref(Core *core, const char *value)
{
    Account *account = account_find(core, value);
    if (account) {
        account->references++;
        return account;
    }
    size_t size = strlen(value) + 1;
    account = calloc(1, sizeof *account + size);
    if (!account)
        return NULL;
    memcpy(account->value, value, size);
    account->references = 1;
    if (map_add(&core->accounts, &account->node, account->value) < 0) {
        free(account);
        return NULL;
    }
    return account;
}

Account *account_unref(Core *core, Account *account)
{
    if (account && --account->references == 0) {
        map_remove(&core->accounts, &account->node);
        free(account);
    }
    return NULL;
}

/* ---- What its state means for a request ------------------------------------------------------------------------------ */

static bool account_waits(const Account *account)
{
    return account->state == CORE_ACCOUNT_OFFLINE || account->state == CORE_ACCOUNT_NEEDS_USER;
}

bool account_lets_go(const CoreRequest *request)
{
    switch (request->account->state) {
    case CORE_ACCOUNT_READY:
        return true;
    case CORE_ACCOUNT_LEAVING:
        return request->write_class == WRITE_CLASS_LEAVE;
    default:
        return core_broken(BREAK_SEND_WHILE_PARKED);
    }
}

const char *account_reason(const CoreRequest *request)
{
    const Account *account = request->account;
    return request->phase == PHASE_IDLE && account_waits(account) ? account->reason : NULL;
}

static void end_signed_out(Core *core, CoreRequest *request, const CoreNow *now)
{
    if (request->look == LOOK_CONFLICT) {
        ending_out_of_sync(core, request, now, &(CoreAttempt){.fate = CORE_FATE_ANSWERED, .status = 412},
                           CORE_APPLIED_NO);
        return;
    }
    bool in_doubt = ending_doubt(request) == CORE_APPLIED_UNKNOWN;
    finish(
        core, request, now,
        in_doubt
            ? finish_result(CORE_OUTCOME_UNKNOWN, CORE_APPLIED_UNKNOWN, ERROR_SIGNED_OUT,
                            "It was sent, no answer came, and its account was signed out before anybody "
                            "could see whether it was applied. Read the session before you write it again.")
            : finish_result(CORE_OUTCOME_CANCELLED, CORE_APPLIED_NO, ERROR_SIGNED_OUT,
                            "Its account was signed out before it could be sent. Nothing was written."));
}

static void end_at_once(Core *core, CoreRequest *request, const CoreNow *now)
{
    bool user = request->account->state == CORE_ACCOUNT_NEEDS_USER;
    const char *reason = request->account->reason;
    char message[ENDING_MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s%s%s. Nothing was written.",
             user ? "Its account has to sign in" : "There is no token of its account now", reason ? ": " : "",
             reason ? reason : "");
    CoreResult *result = finish_result(CORE_OUTCOME_EXPIRED, CORE_APPLIED_NO,
                                       user ? ERROR_NEEDS_SIGN_IN : ERROR_OFFLINE, message);
    result->retryable = true;
    finish(core, request, now, result);
}

bool account_ends(Core *core, CoreRequest *request, const CoreNow *now)
{
    const Account *account = request->account;
    if (account->state == CORE_ACCOUNT_READY)
        return false;
    if (!account_waits(account)) {
        if (account->state == CORE_ACCOUNT_LEAVING && request->write_class == WRITE_CLASS_LEAVE)
            return false;
        end_signed_out(core, request, now);
        return true;
    }
    if (!request->fail_when_offline || request->maybe_applied || request->look == LOOK_CONFLICT)
        return false;
    end_at_once(core, request, now);
    return true;
}

/* ---- A change --------------------------------------------------------------------------------------------------------------- */

static bool is_head(const CoreRequest *request)
{
    return TAILQ_FIRST(&request->lane->requests) == request;
}

/* In order of acceptance: so they come to the limiter. */
static void account_wake(Core *core, const Account *account, const CoreNow *now)
{
    CoreRequest *request;
    TAILQ_FOREACH(request, &core->all, all)
    {
        if (request->account != account)
            continue;
        request->token_refused = false;
        bool waited = request->wants_token && request->phase == PHASE_IDLE;
        request->wants_token = false;
        if (waited) {
            request->not_before = now->boot_usec;
            request->failures = 0;
            request_set_timer(core, request, now);
        }
        if (request->phase == PHASE_IDLE && is_head(request))
            lane_update(core, request->lane, now);
    }
}

/* The newest first: one that ends must not be what settles those behind it. */
static void account_hold(Core *core, const Account *account, const CoreNow *now)
{
    CoreRequest *request, *older;
    for (request = TAILQ_LAST(&core->all, RequestList); request; request = older) {
        older = TAILQ_PREV(request, RequestList, all);
        if (request->account == account && request->phase == PHASE_IDLE &&
            !account_ends(core, request, now) && is_head(request))
            lane_update(core, request->lane, now);
    }
    /* The one that was to try the new way out may be among them: another one does. */
    if (core->unproven)
        schedule_hurry(core, now, false);
}

static char *copy_reason(const char *reason)
{
    size_t size = reason ? strnlen(reason, REASON_MAX + 1) : 0;
    if (size > REASON_MAX)
        for (size = REASON_MAX; size && ((unsigned char)reason[size] & 0xc0) == 0x80;)
            size--;
    return size ? strndup(reason, size) : NULL;
}

/* Those that are not ready are held on to, so that it is known of them when nothing of them is there. */
static void account_set(Core *core, Account *account, CoreAccountState state, const char *reason)
{
    bool was_ready = account->state == CORE_ACCOUNT_READY, is_ready = state == CORE_ACCOUNT_READY;
    free(account->reason);
    account->reason = is_ready ? NULL : copy_reason(reason);
    account->state = state;
    if (was_ready == is_ready)
        return;
    if (is_ready) {
        TAILQ_REMOVE(&core->account_list, account, held);
        core->accounts_held--;
        account_unref(core, account);
    } else {
        TAILQ_INSERT_TAIL(&core->account_list, account, held);
        core->accounts_held++;
        account->references++;
    }
}

void core_on_account(Core *core, const CoreNow *now, const char *name, CoreAccountState state,
                     const char *reason)
{
    Account *account = account_ref(core, name);
    /* Without memory its attempts find out by themselves. */
    if (!account)
        return;
    account_set(core, account, state, reason);
    if (state == CORE_ACCOUNT_READY)
        account->ready_at = now->boot_usec;
    if (core->restoring) {
        account_unref(core, account);
        return;
    }
    if (state == CORE_ACCOUNT_READY)
        account_wake(core, account, now);
    else
        account_hold(core, account, now);
    account_unref(core, account);
    if (core->accounts_held > CORE_ACCOUNTS_MAX)
        core_on_account(core, now, TAILQ_FIRST(&core->account_list)->value, CORE_ACCOUNT_READY, NULL);
    schedule_run(core, now);
}

unsigned core_account_active(const Core *core, const char *name)
{
    const Account *account = account_find(core, name);
    return account ? account->under_way + account->leaves : 0;
}

void accounts_free(Core *core)
{
    Account *account;
    while ((account = TAILQ_FIRST(&core->account_list)))
        account_set(core, account, CORE_ACCOUNT_READY, NULL);
    assert(core->accounts.count == 0);
    map_deinit(&core->accounts);
}
