/* SPDX-License-Identifier: MIT */
/* Promise 6: nothing under another account, and nothing of one that waits; and what tokens do to a request. */
#include "world.h"

/* The shortest back-off of one that waits for a token without a word of its account. */
#define TOKEN_WAIT_USEC (250 * USEC_PER_MSEC)
#define LAST_CHANCE_USEC (5 * USEC_PER_SEC)

static const Account *account_of(const World *world, const Job *job)
{
    return &world->identity.accounts[job->account];
}

static bool is_parked(const Account *account)
{
    return account->said == CORE_ACCOUNT_OFFLINE || account->said == CORE_ACCOUNT_NEEDS_USER;
}

static bool may_leave(const Job *job, const Account *account)
{
    return account->said == CORE_ACCOUNT_LEAVING && job->class == JOB_LEAVE;
}

/* Shortly before its deadline it may go once, whatever it waits for. */
static bool is_last_chance(const World *world, Job *job)
{
    if (job->last_chance || world_boot_usec(world) + LAST_CHANCE_USEC < job->deadline_now)
        return false;
    job->last_chance = true;
    return true;
}

/* ---- What is sent --------------------------------------------------------------------------------------------------------- */

void check_token_send(World *world, Job *job)
{
    const Account *account = account_of(world, job);
    world->table->checks[6]++;
    if (is_parked(account))
        check_failed(world, 6, job, "it is sent while its account waits");
    else if (account->said != CORE_ACCOUNT_READY && !may_leave(job, account))
        check_failed(world, 6, job, "it is sent after its account was signed out");
    if (job->refused >= 2 && world->now < job->refused_at + TOKEN_WAIT_USEC && !is_last_chance(world, job))
        check_failed(world, 6, job, "its token was refused %u times, and it is sent again at once",
                     job->refused);
    if (job->woken)
        world_count(world, HAPPENING_WENT_ON);
    job->tokenless = job->woken = false;
}

/* ---- What is answered ----------------------------------------------------------------------------------------------------- */

void check_refused(World *world, Job *job, const Attempt *attempt)
{
    if (attempt->answer.fate == CORE_FATE_NO_TOKEN)
        job->tokenless = true;
    if (attempt->answer.fate != CORE_FATE_ANSWERED)
        return;
    if (!attempt->renewed) {
        if (job->refused && attempt->answer.status != 401)
            world_count(world, HAPPENING_SENT_ANEW);
        job->refused = 0;
        return;
    }
    job->refused_at = world->now;
    if (++job->refused < 2)
        return;
    job->tokenless = true;
    world_count(world, HAPPENING_REFUSED_TWICE);
}

void check_token_result(World *world, const Job *job, const CoreResult *result)
{
    const Account *account = account_of(world, job);
    bool out = account->said == CORE_ACCOUNT_LEAVING || account->said == CORE_ACCOUNT_SIGNED_OUT;
    const char *error = result->error ? result->error : "";
    bool told_out = string_equal(error, "signed-out");
    world->table->checks[6]++;
    if (result->http_status == 401 && job->refused)
        check_failed(world, 6, job, "it ends with a 401, and there may be a newer token");
    if (told_out && !out)
        check_failed(world, 6, job, "it ends as signed out, and its account is not");
    if (result->outcome == CORE_OUTCOME_CANCELLED && !job->cancelled && !told_out)
        check_failed(world, 2, job, "it is cancelled, and nobody asked for that");
    if (told_out)
        world_count(world, HAPPENING_SIGNED_OUT);
    if (!string_equal(error, "needs-sign-in"))
        return;
    world_count(world, HAPPENING_NEEDS_SIGN_IN);
    if (account->said != CORE_ACCOUNT_NEEDS_USER)
        check_failed(world, 6, job, "it ends for want of its user, who is not wanted");
}

/* ---- What waits ------------------------------------------------------------------------------------------------------------ */

void check_word(World *world, unsigned account)
{
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        Job *job = &world->jobs[i];
        if (job->account != account)
            continue;
        job->refused = 0;
        job->woken = job->tokenless;
    }
}

void check_forget_tokens(World *world)
{
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        Job *job = &world->jobs[i];
        job->refused = 0;
        job->tokenless = job->woken = job->last_chance = false;
    }
}

static void check_waiting(World *world, const Job *job, const CoreRequest *request, CoreWait what)
{
    const Account *account = account_of(world, job);
    CoreState state = core_request_state(request);
    bool settled = state == CORE_STATE_QUEUED || state == CORE_STATE_WAITING;
    if (account->said == CORE_ACCOUNT_READY) {
        if (what == CORE_WAIT_ACCOUNT ||
            (what == CORE_WAIT_AGAIN && job->tokenless && account->said_at == world->now))
            check_failed(world, 6, job, "its account is ready, and it waits for it");
    } else if (is_parked(account)) {
        if (job->fail_when_offline && settled)
            check_failed(world, 6, job, "it was not to wait, and waits for its account");
    } else if (!may_leave(job, account)) {
        check_failed(world, 6, job, "its account is signed out, and it waits");
    }
}

void check_account(World *world, unsigned account)
{
    CoreNow now = {.boot_usec = world_boot_usec(world), .wall_usec = world_wall_usec(world)};
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Job *job = &world->jobs[i];
        if (job->account != account || !job->in_core || job->ended)
            continue;
        const CoreRequest *request = core_find(world->agent.core, job->id);
        if (!request || !core_request_stored(request))
            continue;
        CoreWait what = core_request_waiting(world->agent.core, &now, request).what;
        world->table->checks[6]++;
        if (what != CORE_WAIT_ANSWER && what != CORE_WAIT_STORE && what != CORE_WAIT_NOTHING)
            check_waiting(world, job, request, what);
    }
}
