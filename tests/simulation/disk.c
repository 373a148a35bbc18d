/* SPDX-License-Identifier: MIT */
/* The store's thread, its group commits, and the two copies: what is written, and what is fsynced. */
#include "world.h"

#include <stdio.h>

#define WAKE_USEC 30
#define SLOW_MAX_USEC (400 * USEC_PER_MSEC)

static void state_clear(DiskState *state)
{
    state->clean = true;
    state->entries_count = state->holds_count = 0;
    state->handles_wall = 0;
    for (unsigned i = 0; i < HANDLES_MAX; i++)
        state->sessions[i] = -1;
}

void disk_reset(World *world)
{
    Disk *disk = &world->disk;
    disk->queue_count = disk->group_count = disk->log_count = disk->commits = 0;
    disk->busy = disk->entries_lost = false;
    state_clear(&disk->state);
    state_clear(&disk->synced);
}

void disk_clear(Disk *disk)
{
    while (disk->results_count) {
        DiskResult *result = &disk->results[--disk->results_count];
        free(result->meta);
        free(result->document);
    }
}

int disk_keep(World *world, char *meta, char *document, size_t size)
{
    Disk *disk = &world->disk;
    if (disk->results_count == DISK_RESULTS_MAX)
        abort();
    disk->results[disk->results_count] = (DiskResult){meta, document, size};
    return (int)disk->results_count++;
}

/* ---- Operations on a state ------------------------------------------------------------------------------------------- */

static int add_entry(DiskState *state, const Operation *operation)
{
    if (state->entries_count == DISK_ENTRIES_MAX)
        abort();
    state->entries[state->entries_count] = (DiskEntry){operation->account, operation->title, operation->boot,
                                                       operation->steady, operation->slept};
    return (int)state->entries_count++;
}

/* The service may have counted an attempt as late as its end. */
static void end_entry(DiskState *state, const Row *row, uint64_t steady)
{
    if (row->entry < 0)
        return;
    state->entries[row->entry].steady = steady;
    state->entries[row->entry].boot = DISK_ENDED;
}

static void hold(DiskState *state, const Operation *operation)
{
    unsigned i = 0;
    while (i < state->holds_count &&
           (state->holds[i].account != operation->account || state->holds[i].title != operation->title))
        i++;
    if (i == DISK_HOLDS_MAX)
        abort();
    state->holds_count += i == state->holds_count;
    state->holds[i] = (DiskHold){operation->account, operation->title, operation->until_steady};
}

static int insert(DiskState *state, Row *row, const Operation *operation)
{
    if (row->present)
        return -EEXIST;
    *row = operation->row;
    row->entry = row->marked ? add_entry(state, operation) : -1;
    return 0;
}

static int finish(DiskState *state, Row *row, const Operation *operation)
{
    if (!row->present)
        return -ENOENT;
    end_entry(state, row, operation->steady);
    row->done = true;
    row->marked = row->document_dropped = false;
    row->outcome = operation->outcome;
    row->done_wall = operation->wall;
    row->done_steady = operation->steady;
    row->attempts = operation->attempts;
    row->result = operation->result;
    row->result_size = operation->result_size;
    return 0;
}

static int mark(DiskState *state, Row *row, const Operation *operation)
{
    int entry = add_entry(state, operation);
    if (!row->present)
        return 0;
    row->marked = true;
    row->entry = entry;
    memcpy(row->base, operation->base, sizeof row->base);
    return 0;
}

static int unmark(DiskState *state, Row *row, const Operation *operation)
{
    if (!row->present)
        return -ENOENT;
    end_entry(state, row, operation->steady);
    row->marked = false;
    row->attempts = operation->attempts;
    return 0;
}

static int apply(DiskState *state, const Operation *operation)
{
    Row *row = &state->rows[operation->job];
    switch (operation->type) {
    case OPERATION_INSERT:
        return insert(state, row, operation);
    case OPERATION_MARK:
        return mark(state, row, operation);
    case OPERATION_ATTEMPT:
        add_entry(state, operation);
        return 0;
    case OPERATION_UNMARK:
        return unmark(state, row, operation);
    case OPERATION_FINISH:
        return finish(state, row, operation);
    case OPERATION_BEHIND_LEAVE:
        row->behind_leave = true;
        return row->present ? 0 : -ENOENT;
    case OPERATION_DROP:
        row->document_dropped = true;
        row->result_size = 0;
        return row->present ? 0 : -ENOENT;
    case OPERATION_ACKNOWLEDGE:
        row->present = false;
        row->remembered = true;
        row->remembered_outcome = operation->outcome;
        row->remembered_wall = operation->wall;
        row->remembered_steady = operation->steady;
        memcpy(row->remembered_hash, operation->hash, sizeof row->remembered_hash);
        return 0;
    case OPERATION_REMOVE:
        row->present = row->remembered = false;
        return 0;
    case OPERATION_HANDLE:
        state->sessions[operation->handle] = (int)operation->session;
        if (operation->wall > state->handles_wall)
            state->handles_wall = operation->wall;
        return 0;
    case OPERATION_HOLD:
        hold(state, operation);
        return 0;
    case OPERATION_LOAD_RESULT:
        return row->present && row->done ? 0 : -ENOENT;
    case OPERATION_LOAD_SEND:
    case OPERATION_LOAD_COMPARE:
        return row->present && !row->done ? 0 : -ENOENT;
    case OPERATION_NOTE:
        break;
    }
    return 0;
}

/* ---- Commits ------------------------------------------------------------------------------------------------------------ */

static void sync_all(Disk *disk)
{
    for (unsigned i = 0; i < disk->log_count; i++)
        (void)apply(&disk->synced, &disk->log[i]);
    disk->synced.clean = disk->state.clean;
    disk->log_count = 0;
}

static bool is_load(const Operation *operation)
{
    return operation->type >= OPERATION_LOAD_SEND;
}

/* Whether it says when an attempt was made; a mark that is refused lets no attempt go. */
static bool tells_of_attempt(const Operation *operation)
{
    return operation->type == OPERATION_ATTEMPT || operation->type == OPERATION_UNMARK ||
           operation->type == OPERATION_FINISH;
}

static void write_one(Disk *disk, Operation *operation)
{
    if (operation->r == 0)
        operation->r = apply(&disk->state, operation);
    disk->entries_lost = disk->entries_lost || (operation->r < 0 && tells_of_attempt(operation));
    if (operation->r < 0 || is_load(operation))
        return;
    if (disk->log_count == DISK_LOG_MAX)
        sync_all(disk);
    disk->log[disk->log_count] = *operation;
    disk->log_commit[disk->log_count++] = disk->commits;
}

static void write_group(Disk *disk)
{
    bool power = false;
    disk->commits++;
    for (unsigned i = 0; i < disk->group_count; i++) {
        write_one(disk, &disk->group[i]);
        power = power || disk->group[i].power;
    }
    if (power)
        sync_all(disk);
}

void disk_on_group(World *world)
{
    Disk *disk = &world->disk;
    memcpy(disk->group, disk->queue, disk->queue_count * sizeof *disk->queue);
    disk->group_count = disk->queue_count;
    disk->queue_count = 0;
    uint64_t usec = random_between(&world->random, 200, 6000);
    if (world_chance(world, world->profile.disk_trouble / 2)) {
        usec = random_below(&world->random, SLOW_MAX_USEC);
        world_fault(world, FAULT_DISK_SLOW);
    }
    world_event(world, usec, EVENT_COMMIT, 0);
}

/* A full disk refuses new requests, and what was accepted gets the reserve; a broken one refuses the whole group. */
static void draw_failures(World *world)
{
    Disk *disk = &world->disk;
    bool broken = world_chance(world, world->profile.disk_trouble / 4);
    bool full = world_chance(world, world->profile.disk_trouble);
    if (broken)
        world_fault(world, FAULT_DISK_ERROR);
    bool told = false;
    for (unsigned i = 0; i < disk->group_count; i++) {
        Operation *operation = &disk->group[i];
        if (is_load(operation)) {
            if (operation->type == OPERATION_LOAD_RESULT ||
                !world_chance(world, world->profile.disk_trouble / 8))
                continue;
            world_fault(world, FAULT_DISK_UNREADABLE);
            operation->r = -EIO;
        } else if (broken) {
            operation->r = -EIO;
        } else if (full && operation->type == OPERATION_INSERT) {
            operation->r = -ENOSPC;
            if (!told)
                world_fault(world, FAULT_DISK_FULL);
            told = true;
        }
    }
}

void disk_on_commit(World *world)
{
    Disk *disk = &world->disk;
    if (agent_point(world, POINT_COMMIT, false))
        return;
    draw_failures(world);
    write_group(disk);
    unsigned count = disk->group_count;
    disk->group_count = 0;
    if (agent_point(world, POINT_COMMIT, true))
        return;
    disk->busy = disk->queue_count > 0;
    if (disk->busy)
        world_event(world, WAKE_USEC, EVENT_GROUP, 0);
    for (unsigned i = 0; i < count; i++)
        effects_answer(world, &disk->group[i]);
    agent_pump(world);
}

int disk_queue(World *world, const Operation *operation)
{
    Disk *disk = &world->disk;
    if (disk->queue_count == DISK_QUEUE_MAX)
        abort();
    if (world_chance(world, world->profile.disk_trouble / 16)) {
        world_fault(world, FAULT_DISK_BUSY);
        disk->entries_lost = disk->entries_lost || tells_of_attempt(operation);
        return -ENOBUFS;
    }
    disk->queue[disk->queue_count++] = *operation;
    if (!disk->busy) {
        disk->busy = true;
        world_event(world, WAKE_USEC, EVENT_GROUP, 0);
    }
    return 0;
}

/* ---- Ends --------------------------------------------------------------------------------------------------------------- */

uint64_t disk_steady_usec(const World *world)
{
    return world_boot_usec(world) + world->disk.state.steady_offset;
}

static void begin_boot(World *world, DiskState *state)
{
    state->boot = world->boot;
    state->steady_offset = world_wall_usec(world) - world_boot_usec(world);
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        state->rows[i].done_steady = state->rows[i].done_wall;
        state->rows[i].remembered_steady = state->rows[i].remembered_wall;
    }
}

/* Before anything is read: this boot's clock, and the marks that a power cut may have forgotten. */
void disk_open(World *world)
{
    DiskState *state = &world->disk.state;
    if (state->boot != world->boot)
        begin_boot(world, state);
    for (unsigned i = 1; i <= world->jobs_count && !state->clean; i++) {
        Row *row = &state->rows[i];
        row->marked = row->marked || (row->present && !row->done && row->boot != world->boot);
    }
    state->clean = false;
    sync_all(&world->disk);
}

void disk_close(World *world)
{
    Disk *disk = &world->disk;
    if (disk->group_count)
        write_group(disk);
    memcpy(disk->group, disk->queue, disk->queue_count * sizeof *disk->queue);
    disk->group_count = disk->queue_count;
    disk->queue_count = 0;
    write_group(disk);
    disk->group_count = 0;
    disk->busy = false;
    disk->state.clean = true;
    sync_all(disk);
}

void disk_agent_died(World *world)
{
    Disk *disk = &world->disk;
    if (disk->group_count && random_chance(&world->random, 500))
        write_group(disk);
    disk->group_count = disk->queue_count = 0;
    disk->busy = false;
}

void disk_power_cut(World *world)
{
    Disk *disk = &world->disk;
    unsigned first = disk->log_count ? disk->log_commit[0] : 0;
    unsigned last = disk->log_count ? disk->log_commit[disk->log_count - 1] : 0;
    unsigned kept = first + (unsigned)random_below(&world->random, last - first + 2);
    unsigned count = 0;
    while (count < disk->log_count && disk->log_commit[count] < kept)
        count++;
    bool lost = count < disk->log_count;
    if (lost)
        world_fault(world, FAULT_COMMITS_LOST);
    disk->entries_lost = disk->entries_lost || lost;
    disk->log_count = count;
    sync_all(disk);
    if (!lost)
        return;
    disk->state = disk->synced;
}
