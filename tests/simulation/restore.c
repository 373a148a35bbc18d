/* SPDX-License-Identifier: MIT */
/* What a new agent finds on the disk, handed to its core in the order that it asks for. */
#include "world.h"

#include <stdio.h>

static const char *account_text(unsigned account, char text[XUID_TEXT])
{
    xuid_render(account + 1, text);
    return text;
}

static void restore_handles(World *world, Core *core)
{
    Agent *agent = &world->agent;
    for (unsigned i = 0; i < HANDLES_MAX; i++) {
        int session = world->disk.state.sessions[i];
        agent->known[i] = session;
        if (session < 0)
            continue;
        char handle[40], name[16];
        snprintf(handle, sizeof handle, "0a7be2c4-51d3-4f8e-8c7d-%012u", i + 1);
        snprintf(name, sizeof name, "game-%d", session);
        if (core_restore_handle(core, handle, "5f2c0100-7e1b-4c57-9d0e-0000665a1be9", "quickmatch", name) < 0)
            abort();
    }
}

static uint64_t title_id(unsigned title)
{
    return title ? 1717113002 : 0;
}

/* By time, as the store reads them. Entries are few: those of the last minutes. */
static void restore_limiter(World *world, Core *core, const CoreNow *now)
{
    const DiskState *state = &world->disk.state;
    static DiskEntry sorted[DISK_ENTRIES_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < state->entries_count; i++) {
        DiskEntry entry = state->entries[i];
        /* What was under way in a sleep goes on behind it. */
        if (entry.boot == world->boot)
            entry.steady += world->slept - entry.slept;
        if (entry.steady + 10 * USEC_PER_MINUTE < now->wall_usec)
            continue;
        unsigned at = count++;
        for (; at > 0 && sorted[at - 1].steady > entry.steady; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = entry;
    }
    for (unsigned i = 0; i < count; i++) {
        char account[XUID_TEXT];
        if (core_restore_limiter(core, now, account_text(sorted[i].account, account),
                                 (uint32_t)title_id(sorted[i].title), sorted[i].steady) < 0)
            abort();
    }
}

static void restore_holds(World *world, Core *core, const CoreNow *now)
{
    Agent *agent = &world->agent;
    const DiskState *state = &world->disk.state;
    agent->host_held_until = 0;
    memset(agent->held_until, 0, sizeof agent->held_until);
    for (unsigned i = 0; i < state->holds_count; i++) {
        const DiskHold *hold = &state->holds[i];
        char account[XUID_TEXT] = "";
        if (hold->account)
            account_text(hold->account - 1, account);
        if (core_restore_hold(core, now, account, (uint32_t)title_id(hold->title), hold->until_steady) < 0)
            abort();
    }
}

static uint64_t age(const World *world, uint64_t steady)
{
    uint64_t now = disk_steady_usec(world);
    return now > steady ? now - steady : 0;
}

static CoreStored record_of(const World *world, const Job *job, const Row *row, char target[160])
{
    static char account[XUID_TEXT];
    job_target(job, target);
    CoreStored record = {
        .id = job->id,
        .sequence = row->sequence,
        .kind = (CoreKind)row->kind,
        .mode = (CoreMode)row->mode,
        .durability = row->durability,
        .account = account_text(job->account, account),
        .title_id = (uint32_t)title_id(job->title),
        .target = target,
        .etag = *job->etag ? job->etag : NULL,
        .supersedes = *job->supersedes ? job->supersedes : NULL,
        .body_size = job->body_size,
        .accepted_boot_usec = row->accepted_boot,
        .accepted_wall_usec = row->accepted_wall,
        .deadline_boot_usec = row->deadline_boot,
        .deadline_wall_usec = row->deadline_wall,
        .fail_when_offline = row->fail_when_offline,
        .write_class = row->write_class,
        .attempts = row->attempts,
        .marked = row->marked,
        .base = *row->base ? row->base : NULL,
        .behind_leave = row->behind_leave,
        .done = row->done,
        .done_wall_usec = row->done_wall,
        .done_age_usec = age(world, row->done_steady),
        .outcome = row->outcome,
        .result_size = row->result_size,
    };
    memcpy(record.hash, row->hash, sizeof record.hash);
    return record;
}

/* The deadline by this boot's clock. */
static void set_deadline(const World *world, Job *job, const Row *row, bool lost_clock)
{
    uint64_t now = world_boot_usec(world), wall = world_wall_usec(world);
    job->boot_after_accept = row->boot != world->boot;
    job->clock_lost = job->boot_after_accept && lost_clock;
    if (!job->boot_after_accept)
        job->deadline_now = row->deadline_boot;
    else
        job->deadline_now = row->deadline_wall > wall ? now + (row->deadline_wall - wall) : 0;
}

/* The newest time of anything that is kept. */
static uint64_t newest_wall(const World *world)
{
    const DiskState *state = &world->disk.state;
    uint64_t newest = state->handles_wall;
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Row *row = &state->rows[i];
        if (row->present && row->accepted_wall > newest)
            newest = row->accepted_wall;
        if (row->present && row->done && row->done_wall > newest)
            newest = row->done_wall;
        if (row->remembered && row->remembered_wall > newest)
            newest = row->remembered_wall;
    }
    return newest;
}

static void restore_one(World *world, Core *core, const CoreNow *now, unsigned number, bool clean)
{
    Job *job = &world->jobs[number];
    const Row *row = &world->disk.state.rows[number];
    char target[160];
    CoreStored record = record_of(world, job, row, target);
    record.app_id = world->games[job->game].app;
    trace(world, "request %u is restored%s%s", number, row->marked ? ", marked" : "",
          row->done ? ", done" : "");
    if (core_restore(core, now, &record, row->boot == world->boot, clean) < 0)
        abort();
    job->in_core = true;
    job->ended = row->done;
    world->agent.present++;
}

void agent_restore(World *world)
{
    Core *core = world->agent.core;
    CoreNow now = agent_now(world);
    const DiskState *state = &world->disk.state;
    bool clean = state->clean;
    disk_open(world);
    CoreNow steady = now;
    steady.wall_usec = disk_steady_usec(world);
    uint64_t newest = newest_wall(world);
    bool lost_clock = now.wall_usec < newest;
    restore_handles(world, core);
    restore_limiter(world, core, &steady);
    restore_holds(world, core, &steady);
    core_restore_newest(core, newest);
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Row *row = &state->rows[i];
        if (row->remembered &&
            core_restore_acknowledged(core, &now, world->jobs[i].id, row->remembered_hash,
                                      row->remembered_outcome, age(world, row->remembered_steady)) < 0)
            abort();
    }
    uint64_t last = 0;
    for (;;) {
        unsigned next = 0;
        for (unsigned i = 1; i <= world->jobs_count; i++)
            if (state->rows[i].present && state->rows[i].sequence > last &&
                (!next || state->rows[i].sequence < state->rows[next].sequence))
                next = i;
        if (!next)
            break;
        last = state->rows[next].sequence;
        set_deadline(world, &world->jobs[next], &state->rows[next], lost_clock);
        restore_one(world, core, &now, next, clean);
    }
    identity_restore(world);
}
