/* SPDX-License-Identifier: MIT */
/* Promises 3, 5 and 7, by the directory's log: what came in, when, and what it did. */
#include "world.h"

#define BURST_USEC (15 * USEC_PER_SEC)
#define SUSTAINED_USEC (300 * USEC_PER_SEC)

/* Why the agent could not have known that the other one was applied, or that this one was over; 0: it could. */
static Excluded unknown_to_agent(const World *world, const Job *job, const Job *other)
{
    if (job->second == EXCLUDED_DISK_RESULT)
        return EXCLUDED_DISK_RESULT;
    if (other->forgotten == EXCLUDED_POWER_LOST || other->forgotten == EXCLUDED_AGENT_LOST)
        return EXCLUDED_FORGOTTEN_LATER;
    /* What was acknowledged before a restart left nothing but its id. */
    if (other->state == JOB_ACKNOWLEDGED && other->decided_at < world->agent.life_began)
        return EXCLUDED_FORGOTTEN_LATER;
    return EXCLUDED_NOTHING;
}

Excluded check_misled(const World *world, const Job *job, uint64_t decided_at, const Job **between)
{
    if (job->disowned)
        return EXCLUDED_OTHER_DEVICE;
    if (job->second == EXCLUDED_DISK_RESULT)
        return EXCLUDED_DISK_RESULT;
    *between = NULL;
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Job *other = &world->jobs[i];
        if (other == job || other->session != job->session || other->account != job->account)
            continue;
        if (other->changed_late && other->late_at > job->changed_at)
            return EXCLUDED_LATE_COPY;
        if (!other->changed || other->changed_at < job->changed_at)
            continue;
        if (unknown_to_agent(world, job, other))
            return unknown_to_agent(world, job, other);
        if (!check_one_lane(world, job, other, decided_at))
            return EXCLUDED_OTHER_NAME;
        *between = other;
    }
    return EXCLUDED_NOTHING;
}

/* 3: nothing of a later request of the lane may be there before. */
static void check_log_order(World *world, const Job *job)
{
    world->table->checks[3]++;
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Job *other = &world->jobs[i];
        if (!job->order || !other->changed || other->order <= job->order ||
            !check_one_lane(world, job, other, other->first_sent_at))
            continue;
        Excluded excluded = unknown_to_agent(world, job, other);
        if (excluded)
            world_exclude(world, excluded, job);
        else
            check_failed(world, 3, job, "it is applied after request %u, which was accepted later",
                         other->number);
    }
}

/* Whether there is a join of its lane between the two; one may be known as one of this lane later than the leave was. */
static bool joins_between(const World *world, const Job *left, const Job *job)
{
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Job *other = &world->jobs[i];
        /* What the agent of that time knew of handles, a later one need not know. */
        bool one_lane = world->agent.life_began > left->decided_at
                            ? other->account == job->account && other->session == job->session
                            : check_one_lane(world, job, other, world->now);
        if (other->class == JOB_JOIN && other->order > left->order && other->order < job->order && one_lane)
            return true;
    }
    return false;
}

void check_joined(World *world, const Job *job, uint64_t sent_at)
{
    const Job *left = NULL;
    world->table->checks[3]++;
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Job *other = &world->jobs[i];
        if (other->class == JOB_LEAVE && other->order && other->order < job->order &&
            (!left || other->order > left->order) && other->told.is &&
            other->told.outcome == CORE_OUTCOME_APPLIED && job->accepted_at < other->decided_at &&
            other->decided_at < sent_at && check_one_lane(world, job, other, other->decided_at - 1))
            left = other;
    }
    if (left && joins_between(world, left, job))
        left = NULL;
    if (left && job->second == EXCLUDED_DISK_RESULT)
        world_exclude(world, EXCLUDED_DISK_RESULT, job);
    else if (left && left->durability == CORE_DURABILITY_NONE)
        world_exclude(world, EXCLUDED_AGENT_LOST, job);
    else if (left)
        check_failed(world, 3, job, "it makes its account a member again, after leave %u", left->number);
}

/* 5: exactly once. */
static void applied_again(World *world, const Job *job, const Attempt *attempt)
{
    const Job *between = NULL;
    bool creates = attempt->precondition == CORE_PRECONDITION_IF_NONE_MATCH_ANY;
    Excluded excluded =
        creates ? EXCLUDED_CREATED_AGAIN : check_misled(world, job, attempt->sent_at, &between);
    if (excluded)
        world_exclude(world, excluded, job);
    else if (between)
        check_failed(world, 5, job, "it is applied a second time, after request %u of its account was",
                     between->number);
    else
        check_failed(world, 5, job, "it is applied a second time");
}

/* What ends it is on its way already: the directory has answered 412, and nothing that comes now can change that. */
static bool is_answered(const World *world, const Job *job)
{
    for (unsigned i = 0; i < world->network.count; i++) {
        const Attempt *attempt = &world->network.attempts[i];
        if (attempt->job == job->number && attempt->arrived && !attempt->ended &&
            attempt->answer.status == 412)
            return true;
    }
    return false;
}

void check_performed(World *world, Job *job, const Attempt *attempt, bool changed)
{
    bool fenced = attempt->precondition == CORE_PRECONDITION_IF_MATCH;
    bool creates = attempt->precondition == CORE_PRECONDITION_IF_NONE_MATCH_ANY;
    world->table->checks[5]++;
    job->performed++;
    if (!changed)
        return;
    bool over = job->told.is || job->ended || job->state == JOB_LOST || job->forgotten ||
                (creates && attempt->ended && is_answered(world, job));
    /* A fence keeps a copy from being the second one; a first one may come after the game was told that nobody knows. */
    bool told_unknown = job->told.is && job->told.applied == CORE_APPLIED_UNKNOWN;
    bool pardoned = fenced ? told_unknown && !job->changed : over || !creates;
    if (attempt->ended && pardoned) {
        world_exclude(world, creates ? EXCLUDED_CREATED_AGAIN : EXCLUDED_LATE_COPY, job);
        job->changed_late++;
        job->late_at = world->now;
        return;
    }
    if (job->changed++)
        applied_again(world, job, attempt);
    else
        check_log_order(world, job);
    job->changed_at = world->now;
}

/* 7, as the service counts: the requests of an account and title, when they come in. */
void check_arrival(World *world, unsigned account, unsigned title)
{
    const Profile *profile = &world->profile;
    Window *window = &world->directory.windows[account][title];
    unsigned burst = 1, sustained = 1;
    world->table->checks[7]++;
    for (unsigned i = window->count; i-- > 0;) {
        uint64_t age = world->now - window->times[i];
        if (age >= SUSTAINED_USEC)
            break;
        burst += age < BURST_USEC;
        sustained++;
    }
    if (window->count == WINDOW_MAX) {
        memmove(window->times, window->times + WINDOW_MAX / 2, WINDOW_MAX / 2 * sizeof *window->times);
        window->count = WINDOW_MAX / 2;
    }
    window->times[window->count++] = world->now;
    if (burst >= profile->service_burst)
        check_failed(world, 7, NULL, "%u requests of one account came within 15 s", burst);
    if (sustained >= profile->service_sustained)
        check_failed(world, 7, NULL, "%u requests of one account came within 300 s", sustained);
}
