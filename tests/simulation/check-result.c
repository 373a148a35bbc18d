/* SPDX-License-Identifier: MIT */
/* Promises 2 and 5: one result, in time, and a true one. */
#include "world.h"

#define LATE_USEC (20 * USEC_PER_SEC)

static bool same(const Told *a, const Told *b)
{
    return a->outcome == b->outcome && a->applied == b->applied && a->http_status == b->http_status;
}

/* Late: more than 20 s after the deadline while an agent runs. */
static void check_in_time(World *world, const Job *job)
{
    uint64_t now = world_boot_usec(world), since = world->agent.since_boot;
    if (job->deadline_now > since)
        since = job->deadline_now;
    /* One that was asked for again after its deadline. */
    if (!job->boot_after_accept && job->accepted_boot > since)
        since = job->accepted_boot;
    world->table->checks[2]++;
    if (now > since + LATE_USEC)
        check_failed(world, 2, job, "its result comes %.1f s after its deadline",
                     (double)(now - since) / 1e6);
}

/* Long enough that its turn must have come. */
static bool may_wait(const World *world, const Job *job)
{
    bool limited = world->profile.limits.burst < 29 || world->profile.limits.sustained < 290;
    return !limited && job_lifetime(job) >= 5 * USEC_PER_MINUTE;
}

void check_decided(World *world, Job *job, const CoreResult *result)
{
    const Told decided = {true, result->outcome, result->applied, result->http_status, result->resolved};
    if (job->acknowledging)
        return;
    world->table->checks[2]++;
    if (job->decided.is) {
        if (!same(&job->decided, &decided))
            check_failed(world, 2, job, "a second result, %s, after %s", core_outcome_name(decided.outcome),
                         core_outcome_name(job->decided.outcome));
        return;
    }
    job->decided = decided;
    job->ended = true;
    job->decided_at = world->now;
    if (job->stored)
        check_failed(world, 2, job, "a second result, %s, and the first one is in the store",
                     core_outcome_name(decided.outcome));
    if (world->profile.calm && decided.outcome == CORE_OUTCOME_UNKNOWN)
        check_failed(world, 5, job, "its outcome is unknown, and nothing went wrong");
    if (world->profile.calm && decided.outcome == CORE_OUTCOME_EXPIRED && may_wait(world, job))
        check_failed(world, 2, job, "it expired, and nothing went wrong");
    if (job->cancelled && decided.outcome != CORE_OUTCOME_CANCELLED)
        check_failed(world, 2, job, "it was cancelled, and ends as %s", core_outcome_name(decided.outcome));
    check_token_result(world, job, result);
    check_in_time(world, job);
}

void check_completed(World *world, const Job *job)
{
    const Row *row = &world->disk.state.rows[job->number];
    world->table->checks[2]++;
    if (job->durability == CORE_DURABILITY_NONE || job->acknowledging || job->unstored)
        return;
    if (!row->done)
        check_failed(world, 2, job, "its result is told before it is in the store");
}

/* ---- 5: the truth ------------------------------------------------------------------------------------------------------ */

static void check_truth(World *world, const Job *job, const Told *told)
{
    world->table->checks[5]++;
    if (!job_is_write(job))
        return;
    bool applied = told->applied == CORE_APPLIED_YES;
    if (applied != (told->outcome == CORE_OUTCOME_APPLIED))
        check_failed(world, 5, job, "%s, and applied is %s", core_outcome_name(told->outcome),
                     core_applied_name(told->applied));
    bool may_be_seen = !delta_is_unique(&job->delta) && !job->delta.encounter && job->shown;
    if (applied && !job->performed && !may_be_seen)
        check_failed(world, 5, job, "it is told as applied, and the directory has never applied it");
    if (told->applied != CORE_APPLIED_NO || !job->changed)
        return;
    const Job *between = NULL;
    Excluded excluded = check_misled(world, job, world->now, &between);
    if (excluded)
        world_exclude(world, excluded, job);
    else
        check_failed(world, 5, job, "it is told as not applied (%s), and the directory has applied it%s",
                     core_outcome_name(told->outcome), between ? ", and a later one of its account" : "");
}

void check_told(World *world, Job *job, const Told *told)
{
    world->table->checks[2]++;
    if (job->acknowledging) {
        /* What is remembered of it: how it ended. */
        if (job->told.is && told->outcome != job->told.outcome)
            check_failed(world, 2, job, "it was acknowledged as %s, and is remembered as %s",
                         core_outcome_name(job->told.outcome), core_outcome_name(told->outcome));
        return;
    }
    if (job->told.is && !same(&job->told, told))
        check_failed(world, 2, job, "told as %s, and then as %s", core_outcome_name(job->told.outcome),
                     core_outcome_name(told->outcome));
    if (!job->told.is && job->before.is && !same(&job->before, told))
        world_exclude(world, job->second, job);
    job->told = *told;
    check_truth(world, job, told);
}

/* ---- The end ------------------------------------------------------------------------------------------------------------- */

void check_end(World *world)
{
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Job *job = &world->jobs[i];
        world->table->checks[2]++;
        if (job->state == JOB_CALLED)
            check_failed(world, 2, job, "its call was never answered");
        else if (job->state == JOB_ACCEPTED)
            check_failed(world, 2, job, "it was accepted, and has no result");
        else if (job->attaching && job->state == JOB_DONE)
            check_failed(world, 2, job, "its game attached again, and its result did not come");
        if (job->told.is)
            check_truth(world, job, &job->told);
    }
}
