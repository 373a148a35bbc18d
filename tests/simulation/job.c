/* SPDX-License-Identifier: MIT */
/* Drawing a request: its target, its document, its options. */
#include "world.h"

#include <stdio.h>

static const char scid[] = "5f2c0100-7e1b-4c57-9d0e-0000665a1be9";
static const char template_name[] = "quickmatch";
static const char *const names[SESSIONS_MAX] = {"game-0", "game-1", "game-2"};
static const char *const accounts[ACCOUNTS_MAX] = {"2533274900000001", "2533274900000002",
                                                   "2533274900000003"};
static const char *const class_names[JOB_CLASSES] = {
    "join", "leave", "own", "shared", "reservation", "encounter", "read", "activity", "lookup"};

const char *job_class_name(JobClass class)
{
    return class_names[class];
}

bool job_is_write(const Job *job)
{
    return job->class < JOB_READ;
}

Job *job_by_id(World *world, const char *id)
{
    unsigned long number = strlen(id) == 36 ? strtoul(id + 24, NULL, 10) : 0;
    if (number == 0 || number > world->jobs_count || !string_equal(world->jobs[number].id, id)) {
        fprintf(stderr, "no request has the id %s\n", id);
        abort();
    }
    return &world->jobs[number];
}

void job_target(const Job *job, char text[160])
{
    if (job->handle != BY_REFERENCE)
        snprintf(text, 160, "0a7be2c4-51d3-4f8e-8c7d-%012u", (unsigned)job->handle + 1);
    else if (job->class == JOB_LOOKUP)
        snprintf(text, 160, "%s", scid);
    else
        snprintf(text, 160, "%s/%s/%s", scid, template_name, names[job->session]);
}

uint64_t job_lifetime(const Job *job)
{
    if (job->lifetime)
        return job->lifetime;
    if (!job_is_write(job) || job->class == JOB_JOIN)
        return 30 * USEC_PER_SEC;
    return job->class == JOB_LEAVE ? 2 * USEC_PER_HOUR : 10 * USEC_PER_MINUTE;
}

/* ---- Drawing ------------------------------------------------------------------------------------------------------- */

static void draw_target(World *world, Job *job)
{
    const Directory *directory = &world->directory;
    job->session = (unsigned)random_below(&world->random, world->profile.sessions);
    job->handle = BY_REFERENCE;
    if (job->class == JOB_LOOKUP || job->class == JOB_ACTIVITY || random_chance(&world->random, 400))
        return;
    /* Any handle of any session, dead ones too; its session is the request's. */
    unsigned handle = (unsigned)random_below(&world->random, directory->handles_count);
    if (!directory->handles[handle].alive && random_chance(&world->random, 700))
        handle = (unsigned)random_below(&world->random, directory->handles_count);
    job->handle = (int)handle;
    job->session = directory->handles[handle].session;
}

static void draw_shared(World *world, Job *job)
{
    unsigned key = (unsigned)random_below(&world->random, DOCUMENT_KEYS);
    if (random_chance(&world->random, 60))
        job->delta.removes[key] = true;
    else
        job->delta.shared[key] = job->number;
    if (random_chance(&world->random, 200))
        job->delta.shared[(key + 1) % DOCUMENT_KEYS] = job->number;
}

static void draw_delta(World *world, Job *job)
{
    Delta *delta = &job->delta;
    switch (job->class) {
    case JOB_JOIN:
        delta->me = delta->joins = true;
        delta->own = random_chance(&world->random, 850) ? job->number : 0;
        if (job->mode == CORE_MODE_CREATE_NEW || random_chance(&world->random, 150))
            draw_shared(world, job);
        break;
    case JOB_LEAVE:
        delta->leaves = true;
        break;
    case JOB_OWN:
        delta->me = true;
        delta->own = job->number;
        break;
    case JOB_SHARED:
        draw_shared(world, job);
        delta->me = random_chance(&world->random, 300);
        delta->own = delta->me ? job->number : 0;
        break;
    case JOB_RESERVATION:
        delta->reserves = DELTA_RESERVES_OWN + job->number;
        if (random_chance(&world->random, 250))
            delta->reserves = RIVAL_XUID + (unsigned)random_below(&world->random, RIVALS);
        break;
    case JOB_ENCOUNTER:
        delta->me = delta->encounter = true;
        break;
    default:
        return;
    }
    job->body_size = delta_render(delta, job->account + 1, job->body);
}

static CoreMode draw_mode(World *world, const Job *job)
{
    /* create-new, update-or-create-new, update-existing, synchronized-update */
    static const unsigned joining[] = {30, 35, 25, 10}, others[] = {3, 25, 50, 22};
    return (CoreMode)(CORE_MODE_CREATE_NEW +
                      random_pick(&world->random, job->class == JOB_JOIN ? joining : others, 4));
}

/* The version that the game has in its hands: what it heard last, what is there, or one that never was. */
static void draw_etag(World *world, Job *job)
{
    const Session *session = &world->directory.sessions[job->session];
    const char *heard = world->games[job->game].etags[job->session];
    if (random_chance(&world->random, 700) && *heard)
        snprintf(job->etag, sizeof job->etag, "%s", heard);
    else if (random_chance(&world->random, 900))
        directory_etag(world, session->now.exists ? session->now.version : 999999, job->etag);
    else
        directory_etag(world, 999998, job->etag);
}

static void draw_options(World *world, Job *job)
{
    static const uint64_t lifetimes[] = {0, 7, 20, 45, 90, 400, 3000};
    static const CoreDurability durabilities[] = {CORE_DURABILITY_POWER, CORE_DURABILITY_CRASH,
                                                  CORE_DURABILITY_NONE};
    if (random_chance(&world->random, 550))
        job->lifetime = lifetimes[random_below(&world->random, ELEMENTS(lifetimes))] * USEC_PER_SEC +
                        random_between(&world->random, USEC_PER_MSEC, 3 * USEC_PER_SEC);
    if (random_chance(&world->random, 10))
        job->lifetime = random_between(&world->random, 1, 7 * 24) * USEC_PER_HOUR;
    job->fail_when_offline = random_chance(&world->random, 100);
    job->title = (unsigned)random_below(&world->random, world->profile.titles);
    if (!job_is_write(job))
        return;
    if (random_chance(&world->random, 250))
        job->durability_asked = durabilities[random_below(&world->random, ELEMENTS(durabilities))];
    if (random_chance(&world->random, 250))
        snprintf(job->supersedes, sizeof job->supersedes, "k%u", (unsigned)random_below(&world->random, 2));
    if (job->mode == CORE_MODE_SYNCHRONIZED_UPDATE || random_chance(&world->random, 200))
        draw_etag(world, job);
}

void job_fill(World *world, Job *job)
{
    /* join, leave, own, shared, reservation, encounter, read, activity, lookup */
    static const unsigned weights[JOB_CLASSES] = {24, 10, 16, 20, 6, 5, 10, 5, 4};
    job->account = world->games[job->game].account;
    if (random_chance(&world->random, 80))
        job->account = (unsigned)random_below(&world->random, world->profile.accounts);
    job->class = (JobClass)random_pick(&world->random, weights, JOB_CLASSES);
    draw_target(world, job);
    bool by_handle = job->handle != BY_REFERENCE;
    switch (job->class) {
    case JOB_READ:
        job->kind = by_handle ? CORE_GET_SESSION_BY_HANDLE : CORE_GET_SESSION;
        break;
    case JOB_ACTIVITY:
        job->kind = CORE_SET_ACTIVITY;
        break;
    case JOB_LOOKUP:
        job->kind = CORE_GET_ACTIVITIES;
        break;
    default:
        job->kind = by_handle ? CORE_WRITE_SESSION_BY_HANDLE : CORE_WRITE_SESSION;
        job->mode = draw_mode(world, job);
    }
    draw_delta(world, job);
    draw_options(world, job);
}

CoreSubmit job_submit(const World *world, const Job *job)
{
    static char handle[40];
    static const char *xuids[] = {"2533274900000001", "2533274900000050"};
    const Game *game = &world->games[job->game];
    CoreSubmit submit = {
        .id = job->id,
        .kind = job->kind,
        .mode = job->mode,
        .account = accounts[job->account],
        .title_id = job->title ? 1717113001 + job->title : 0,
        .app_id = game->app,
        .owner = game->owner,
        .etag = *job->etag ? job->etag : NULL,
        .supersedes = *job->supersedes ? job->supersedes : NULL,
        .deadline_boot_usec = job->lifetime ? job->deadline_boot : 0,
        .fail_when_offline = job->fail_when_offline,
        .durability = job->durability_asked,
    };
    if (job->handle != BY_REFERENCE) {
        snprintf(handle, sizeof handle, "0a7be2c4-51d3-4f8e-8c7d-%012u", (unsigned)job->handle + 1);
        submit.handle_id = handle;
    } else {
        submit.scid = scid;
    }
    if (job->handle == BY_REFERENCE && job->class != JOB_LOOKUP) {
        submit.template_name = template_name;
        submit.name = names[job->session];
    }
    if (job->class == JOB_LOOKUP) {
        submit.xuids = xuids;
        submit.xuids_count = ELEMENTS(xuids);
    }
    if (job_is_write(job)) {
        submit.session = job->body;
        submit.session_size = job->body_size;
    }
    return submit;
}
