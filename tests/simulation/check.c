/* SPDX-License-Identifier: MIT */
/* Promises 1 and 8: what was accepted is there, whatever died. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>

#define KEEP_USEC (24 * USEC_PER_HOUR)

void check_failed(World *world, unsigned promise, const Job *job, const char *format, ...)
{
    Violation *violation = &world->violation;
    if (violation->is)
        return;
    *violation =
        (Violation){.promise = promise, .job = job ? job->number : 0, .when = world->now, .is = true};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(violation->text, sizeof violation->text, format, arguments);
    va_end(arguments);
    trace(world, "VIOLATION of promise %u, request %u: %s", promise, violation->job, violation->text);
}

/* ---- 1: accepted means kept -------------------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return string_equal(a ? a : "", b ? b : "");
}

void check_record(World *world, const Job *job, const CoreStored *record)
{
    char target[160], account[XUID_TEXT];
    job_target(job, target);
    xuid_render(job->account + 1, account);
    world->table->checks[1]++;
    bool whole =
        record->kind == job->kind && record->mode == job->mode && record->durability == job->durability &&
        same_text(record->account, account) && same_text(record->target, target) &&
        same_text(record->etag, job->etag) && same_text(record->supersedes, job->supersedes) &&
        same_text(record->app_id, world->games[job->game].app) && record->body_size == job->body_size &&
        record->body && memcmp(record->body, job->body, job->body_size) == 0 &&
        record->deadline_boot_usec == job->deadline_boot &&
        record->fail_when_offline == job->fail_when_offline;
    if (!whole)
        check_failed(world, 1, job, "what is stored is not what was asked for");
}

void check_accepted(World *world, const Job *job)
{
    const Disk *disk = &world->disk;
    world->table->checks[1]++;
    if (job->durability == CORE_DURABILITY_NONE || job->acknowledging)
        return;
    if (!disk->state.rows[job->number].present)
        check_failed(world, 1, job, "its call was answered before it was in the store");
    else if (job->durability == CORE_DURABILITY_POWER && !disk->synced.rows[job->number].present)
        check_failed(world, 1, job, "its call was answered before it was fsynced");
}

/* A result that was told, and that the next agent does not find. */
static void check_result_remains(World *world, Job *job, const Row *row, bool machine)
{
    if (row->done || row->remembered || !job->told.is)
        return;
    world->table->checks[2]++;
    if (!job->unstored && machine)
        job->second = EXCLUDED_POWER_RESULT;
    else if (!job->unstored)
        check_failed(world, 2, job, "its result was told, and is not in the store");
    job->before = job->told;
    job->told.is = false;
    if (job->state == JOB_DONE)
        job->state = JOB_ACCEPTED;
}

/* What the disk has lost of attempts, no later agent can count. */
static void forget_arrivals(World *world)
{
    if (!world->disk.entries_lost)
        return;
    world_exclude(world, EXCLUDED_LIMITER, NULL);
    world->disk.entries_lost = false;
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++)
        for (unsigned j = 0; j < TITLES_MAX; j++)
            world->directory.windows[i][j].count = 0;
}

/* After a death: what a later agent will find, compared with what was said. */
void check_remains(World *world, bool machine)
{
    forget_arrivals(world);
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        Job *job = &world->jobs[i];
        const Row *row = &world->disk.state.rows[i];
        bool kept = row->present || row->remembered || job->forgotten;
        /* What was in memory alone, or lost with the power, is not asked for again: it would be sent anew. */
        job->asked_in_old_boot = job->asked_in_old_boot || machine ||
                                 (job->order && job->durability == CORE_DURABILITY_NONE && job_is_write(job));
        job->cancelled = job->cancelled && row->done;
        job->stored = row->present && row->done;
        job->decided.is = false;
        job->acknowledging = job->acknowledging && row->remembered;
        /* Heard by nobody perhaps, but its lane has gone on. */
        if (job->unstored && row->present && !row->done)
            job->second = EXCLUDED_DISK_RESULT;
        if (job->state == JOB_CALLED || job->state == JOB_REFUSED || job->state == JOB_LOST)
            continue;
        world->table->checks[1]++;
        if (job->durability == CORE_DURABILITY_NONE)
            job->forgotten = job->forgotten ? job->forgotten : EXCLUDED_AGENT_LOST;
        else if (!kept && machine && job->durability == CORE_DURABILITY_CRASH)
            job->forgotten = EXCLUDED_POWER_LOST;
        else if (!kept)
            check_failed(world, 1, job, "it was accepted, and is not in the store");
        else if (row->present || row->remembered)
            check_result_remains(world, job, row, machine);
    }
}

void check_restored(World *world)
{
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Job *job = &world->jobs[i];
        const Row *row = &world->disk.state.rows[i];
        if (!row->present)
            continue;
        world->table->checks[row->done ? 2 : 1]++;
        if (core_find(world->agent.core, job->id))
            continue;
        if (row->done)
            check_failed(world, 2, job,
                         "its result is in the store, and the agent that starts does not know it");
        else
            check_failed(world, 1, job, "it is in the store, and the agent that starts does not know it");
    }
}

/* ---- 8: nothing is dropped ------------------------------------------------------------------------------------------------ */

void check_removed(World *world, Job *job)
{
    const Row *row = &world->disk.state.rows[job->number];
    world->table->checks[8]++;
    /* What was only read ends with the connection that asked for it. */
    if (job->acknowledging || (!job_is_write(job) && job->owner_gone))
        return;
    bool old = (job->decided_at && world->now >= job->decided_at + KEEP_USEC) ||
               (row->present && row->done && disk_steady_usec(world) >= row->done_steady + KEEP_USEC);
    if (!old)
        check_failed(world, 8, job, "it is forgotten, and nobody asked for that");
    job->forgotten = EXCLUDED_TOO_OLD;
}

/* What was acknowledged is remembered for a day. */
void check_forgotten(World *world, Job *job)
{
    const Row *row = &world->disk.state.rows[job->number];
    world->table->checks[8]++;
    if (!job->acknowledging)
        return;
    job->forgotten = EXCLUDED_TOO_OLD;
    if (world->now < job->acknowledged_at + KEEP_USEC && row->remembered &&
        disk_steady_usec(world) < row->remembered_steady + KEEP_USEC)
        check_failed(world, 8, job, "it was acknowledged, and is not remembered for a day");
}

void check_present(World *world)
{
    const Agent *agent = &world->agent;
    CoreCounters counters = core_counters(agent->core);
    unsigned sum = counters.queued + counters.active + counters.unacknowledged;
    world->table->checks[8]++;
    if (sum == agent->present)
        return;
    for (unsigned i = 1; i <= world->jobs_count; i++)
        if (world->jobs[i].in_core && !core_find(agent->core, world->jobs[i].id))
            check_failed(world, 8, &world->jobs[i], "it was accepted, and has vanished");
    check_failed(world, 8, NULL, "the agent counts %u requests where there are %u", sum, agent->present);
}

static unsigned present_of_app(const World *world, const char *app)
{
    unsigned count = 0;
    for (unsigned i = 1; i <= world->jobs_count; i++)
        count += world->jobs[i].in_core && string_equal(world->games[world->jobs[i].game].app, app);
    return count;
}

void check_refusal(World *world, const Job *job, const CoreRefusal *refusal)
{
    const CoreLimits *limits = &world->profile.limits;
    world->table->checks[8]++;
    switch (refusal->code) {
    case CORE_REFUSED_QUOTA:
        world_count(world, HAPPENING_QUOTA);
        if (!world->profile.small_quotas && world->agent.present < limits->requests_max &&
            present_of_app(world, world->games[job->game].app) < limits->app_requests_max)
            check_failed(world, 8, job, "it was refused for the quota, and there is room");
        break;
    case CORE_REFUSED_STORE_FAILED:
    case CORE_REFUSED_SHUTTING_DOWN:
        break;
    case CORE_REFUSED_ID_REUSED:
        check_failed(world, 2, job,
                     "it was asked for again with the same content, and is taken for another one");
        break;
    default:
        check_failed(world, 8, job, "it was refused: %s", refusal->message);
    }
}
