/* SPDX-License-Identifier: MIT */
/* What games do, and what they hear. */
#include "world.h"

#include <stdio.h>

#define REMEMBERED_USEC (20 * USEC_PER_HOUR)

void game_reset(World *world)
{
    const Profile *profile = &world->profile;
    static const char *const apps[GAMES_MAX] = {"", "com.example.One", "com.example.Two", "",
                                                "com.example.Three"};
    for (unsigned i = 0; i < profile->games; i++) {
        Game *game = &world->games[i];
        *game = (Game){.alive = true, .account = i < profile->accounts ? i : i % profile->accounts};
        snprintf(game->app, sizeof game->app, "%s", apps[i]);
        snprintf(game->owner, sizeof game->owner, ":1.%u", i + 1);
        game->left = profile->requests / profile->games + (i < profile->requests % profile->games);
    }
}

static bool agent_hears(const World *world)
{
    return world->agent.phase == AGENT_SERVING && !world->agent.dying;
}

static bool is_open(const Job *job)
{
    return job->state == JOB_CALLED || job->state == JOB_ACCEPTED;
}

/* ---- Calling ------------------------------------------------------------------------------------------------------------- */

static void submitted(World *world, Job *job, const CoreNow *now, const CoreRequest *request)
{
    uint64_t lifetime = job_lifetime(job);
    job->order = ++world->order;
    job->boot = world->boot;
    job->in_core = true;
    job->ended = job->boot_after_accept = job->clock_lost = false;
    job->accepted_boot = now->boot_usec;
    job->accepted_wall = now->wall_usec;
    job->accepted_at = world->now;
    if (!job->lifetime)
        job->deadline_boot = now->boot_usec + lifetime;
    lifetime = job->deadline_boot > now->boot_usec ? job->deadline_boot - now->boot_usec : 0;
    job->deadline_now = job->deadline_boot;
    job->deadline_wall = now->wall_usec + lifetime;
    job->durability = !job_is_write(job)                                 ? CORE_DURABILITY_NONE
                      : job->durability_asked != CORE_DURABILITY_DEFAULT ? job->durability_asked
                      : lifetime <= USEC_PER_MINUTE                      ? CORE_DURABILITY_CRASH
                                                                         : CORE_DURABILITY_POWER;
    world->agent.present++;
    if (core_request_deadline(request) != job->deadline_boot)
        check_failed(world, 4, job, "its deadline is not the one that was asked for");
    if (core_request_durability(request) != job->durability)
        check_failed(world, 1, job, "it is to be kept in another way than its lifetime asks for");
}

static void answered(World *world, Job *job, int r, const CoreNow *now, CoreRequest *request,
                     const CoreRefusal *refusal)
{
    static const char *const answers[] = {"submitted", "refused", "the same", "remembered"};
    trace(world, "request %u: %s of account %u, %s session %u by %s %d, calls: %s %s", job->number,
          job_class_name(job->class), job->account, core_mode_name(job->mode), job->session,
          job->handle == BY_REFERENCE ? "reference" : "handle", job->handle, answers[r],
          r == CORE_E_REFUSED ? refusal->message : "");
    trace(world, "    %s etag %s, until %.3f, for %.1f s", job->body, job->etag,
          (double)(job->deadline_boot ? job->deadline_boot - now->boot_usec : 0) / 1e6,
          (double)job->lifetime / 1e6);
    switch (r) {
    case CORE_SUBMITTED:
        submitted(world, job, now, request);
        break;
    case CORE_E_SAME:
        world_count(world, HAPPENING_REPEATED);
        if (core_request_stored(request) && job->state == JOB_CALLED)
            job->state = JOB_ACCEPTED;
        job->attaching = core_request_state(request) == CORE_STATE_DONE && is_open(job);
        break;
    case CORE_E_REMEMBERED:
        world_count(world, HAPPENING_REMEMBERED);
        if (job->state != JOB_ACKNOWLEDGED && !job->acknowledging)
            check_failed(world, 2, job, "it is taken for acknowledged, which it never was");
        job->in_core = job->ended = true;
        world->agent.present++;
        break;
    case CORE_E_REFUSED:
        if (refusal->code == CORE_REFUSED_SHUTTING_DOWN)
            break;
        check_refusal(world, job, refusal);
        if (job->state == JOB_CALLED)
            job->state = JOB_REFUSED;
        break;
    default:
        abort();
    }
}

static void call(World *world, Job *job)
{
    if (agent_point(world, POINT_CALL, false))
        return;
    CoreNow now = agent_now(world);
    if (!job->calls++)
        job->deadline_boot = job->lifetime ? now.boot_usec + job->lifetime : 0;
    CoreSubmit submit = job_submit(world, job);
    CoreRequest *request = NULL;
    CoreRefusal refusal = {0};
    int r = core_submit(world->agent.core, &now, &submit, &request, &refusal);
    answered(world, job, r, &now, request, &refusal);
    if (!agent_point(world, POINT_CALL, true))
        agent_pump(world);
}

static void ask(World *world, unsigned game)
{
    if (world->jobs_count == JOBS_MAX || !world->games[game].left)
        return;
    world->games[game].left--;
    unsigned number = ++world->jobs_count;
    Job *job = &world->jobs[number];
    memset(job, 0, sizeof *job);
    memset(&world->disk.state.rows[number], 0, sizeof(Row));
    memset(&world->disk.synced.rows[number], 0, sizeof(Row));
    job->number = number;
    job->game = game;
    snprintf(job->id, sizeof job->id, "6d707300-0000-4000-8000-%012u", number);
    job_fill(world, job);
    call(world, job);
    /* Somebody who asks, and ends before the answer. */
    if (!job_is_write(job) && !world->profile.calm && world_chance(world, 40))
        game_die(world, game);
}

/* Nobody knows it any more: is that allowed? */
static void lose(World *world, Job *job)
{
    trace(world, "request %u is not known any more", job->number);
    if (job->state == JOB_ACCEPTED && job_is_write(job) && !job->forgotten)
        check_failed(world, 1, job, "it was accepted, and is not known any more");
    if (job_is_write(job) && job->forgotten)
        world_exclude(world, (Excluded)job->forgotten, job);
    job->state = JOB_LOST;
}

static void attach(World *world, Job *job)
{
    CoreRequest *request = core_find(world->agent.core, job->id);
    if (!request || !core_request_stored(request)) {
        if (is_open(job))
            lose(world, job);
        return;
    }
    if (job->state == JOB_CALLED)
        job->state = JOB_ACCEPTED;
    trace(world, "request %u: its game attaches", job->number);
    world_count(world, HAPPENING_REATTACHED);
    job->attaching = core_request_state(request) == CORE_STATE_DONE;
    CoreNow now = agent_now(world);
    if (core_attach(world->agent.core, &now, request, world->games[job->game].owner) < 0)
        abort();
    agent_pump(world);
}

/* What a client library does for a call that is not over when there is an agent again. */
static void ask_again(World *world, Job *job)
{
    if (job->state == JOB_ACCEPTED || job->asked_in_old_boot)
        attach(world, job);
    else if (job->state == JOB_CALLED)
        call(world, job);
}

static void ask_all_again(World *world, unsigned game)
{
    for (unsigned i = 1; i <= world->jobs_count && agent_hears(world); i++)
        if (world->jobs[i].game == game && is_open(&world->jobs[i]))
            ask_again(world, &world->jobs[i]);
}

void game_agent_back(World *world)
{
    for (unsigned i = 0; i < world->profile.games; i++)
        if (world->games[i].alive)
            ask_all_again(world, i);
}

/* ---- Lives ----------------------------------------------------------------------------------------------------------------- */

void game_die(World *world, unsigned number)
{
    Game *game = &world->games[number];
    if (!game->alive)
        return;
    game->alive = false;
    trace(world, "game %u dies", number);
    world_count(world, HAPPENING_GAME_DEATHS);
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        Job *job = &world->jobs[i];
        job->owner_gone = job->owner_gone || job->game == number;
        if (job->game == number && !job_is_write(job) && is_open(job))
            job->state = JOB_LOST;
    }
    if (world->agent.core && !world->agent.dying) {
        CoreNow now = agent_now(world);
        core_owner_gone(world->agent.core, &now, game->owner);
        agent_pump(world);
    }
}

void game_revive(World *world, unsigned number)
{
    Game *game = &world->games[number];
    if (game->alive || world->off)
        return;
    game->alive = true;
    game->lives++;
    snprintf(game->owner, sizeof game->owner, ":1.%u", number + 1 + 10 * game->lives);
    trace(world, "game %u is back as %s", number, game->owner);
    if (agent_hears(world))
        ask_all_again(world, number);
    else
        agent_need(world);
}

/* ---- What it does ------------------------------------------------------------------------------------------------------------ */

static Job *own_job(World *world, unsigned game)
{
    if (!world->jobs_count)
        return NULL;
    Job *job = &world->jobs[1 + random_below(&world->random, world->jobs_count)];
    return job->game == game ? job : NULL;
}

static void cancel(World *world, Job *job)
{
    CoreRequest *request = core_find(world->agent.core, job->id);
    if (!request || !core_request_stored(request))
        return;
    CoreNow now = agent_now(world);
    int r = core_cancel(world->agent.core, &now, request);
    trace(world, "request %u: cancelled: %d", job->number, r);
    job->cancelled = job->cancelled || r == CORE_OK;
    agent_pump(world);
}

static void acknowledge(World *world, Job *job)
{
    CoreRequest *request = core_find(world->agent.core, job->id);
    if (!request || job->state != JOB_DONE)
        return;
    CoreNow now = agent_now(world);
    if (core_acknowledge(world->agent.core, &now, request) != CORE_OK) {
        check_failed(world, 2, job, "its result was told, but it is not done");
        return;
    }
    trace(world, "request %u: acknowledged", job->number);
    job->acknowledging = true;
    job->attaching = false;
    job->state = JOB_ACKNOWLEDGED;
    job->acknowledged_at = world->now;
    job->acknowledged_boot = world->boot;
    agent_pump(world);
}

/* The same id once more: with the same content, or with another. */
static void repeat(World *world, Job *job)
{
    const Row *row = &world->disk.state.rows[job->number];
    bool known = core_find(world->agent.core, job->id);
    bool remembered =
        job->state == JOB_ACKNOWLEDGED && job_is_write(job) &&
        (job->acknowledged_boot == world->boot
             ? job->acknowledged_at + REMEMBERED_USEC > world->now
             : row->remembered && row->remembered_steady + REMEMBERED_USEC > disk_steady_usec(world));
    if (job->asked_in_old_boot || (!known && !remembered) || job->state == JOB_LOST)
        return;
    if (random_chance(&world->random, 700)) {
        call(world, job);
        return;
    }
    CoreNow now = agent_now(world);
    CoreSubmit submit = job_submit(world, job);
    CoreRequest *request;
    CoreRefusal refusal;
    submit.etag = submit.etag ? NULL : "another";
    if (job->mode == CORE_MODE_SYNCHRONIZED_UPDATE)
        submit.etag = "another";
    int r = core_submit(world->agent.core, &now, &submit, &request, &refusal);
    world_count(world, HAPPENING_ID_REUSED);
    bool full = r == CORE_E_REFUSED && refusal.code == CORE_REFUSED_QUOTA && !known;
    if (!full && (r != CORE_E_REFUSED || refusal.code != CORE_REFUSED_ID_REUSED))
        check_failed(world, 2, job, "its id was taken for another request's");
    agent_pump(world);
}

void game_on_event(World *world, unsigned number)
{
    /* New, cancel, acknowledge, repeat, attach. */
    static const unsigned weights[] = {66, 6, 14, 8, 6};
    Game *game = &world->games[number];
    if (world->settling)
        return;
    if (!game->alive) {
        if (random_chance(&world->random, 300))
            game_revive(world, number);
    } else if (!agent_hears(world)) {
        agent_need(world);
    } else {
        size_t what = random_pick(&world->random, weights, ELEMENTS(weights));
        Job *job = own_job(world, number);
        if (what == 0)
            ask(world, number);
        else if (!job)
            what = 0;
        else if (what == 1)
            cancel(world, job);
        else if (what == 2)
            acknowledge(world, job);
        else if (what == 3)
            repeat(world, job);
        else if (job->state == JOB_DONE || is_open(job))
            attach(world, job);
    }
    world_event(world, world_spread(world, world->profile.gap_usec * 2) + USEC_PER_MSEC, EVENT_GAME, number);
}

/* ---- The end ------------------------------------------------------------------------------------------------------------------- */

bool game_settle(World *world)
{
    if (!agent_hears(world) || world->network.under_way || world->disk.busy)
        return false;
    for (unsigned i = 1; i <= world->jobs_count; i++)
        if (is_open(&world->jobs[i]))
            return false;
    if (world->final)
        return true;
    world->final = true;
    /* Every result that is kept has to come once more. */
    for (unsigned i = 1; i <= world->jobs_count && agent_hears(world); i++)
        if (world->jobs[i].state == JOB_DONE)
            attach(world, &world->jobs[i]);
    return !world->disk.busy;
}

/* ---- What it hears ------------------------------------------------------------------------------------------------------------- */

static bool hears(const World *world, const Job *job, const char *owner)
{
    const Game *game = &world->games[job->game];
    return game->alive && string_equal(owner, game->owner);
}

void game_accepted(World *world, Job *job, const char *owner)
{
    check_accepted(world, job);
    if (hears(world, job, owner) && job->state == JOB_CALLED)
        job->state = JOB_ACCEPTED;
}

/* A result that nobody fetched for a day. */
void game_removed(World *world, Job *job)
{
    if (is_open(job) && job->forgotten)
        lose(world, job);
}

void game_refused(World *world, Job *job, const CoreRefusal *refusal)
{
    check_refusal(world, job, refusal);
    if (job->state == JOB_CALLED)
        job->state = JOB_REFUSED;
}

void game_completed(World *world, Job *job, const char *owner, const CoreResult *result)
{
    if (!hears(world, job, owner))
        return;
    const Told told = {true, result->outcome, result->applied, result->http_status, result->resolved};
    trace(world, "request %u: %s, applied: %s, status %u%s", job->number, core_outcome_name(told.outcome),
          core_applied_name(told.applied), told.http_status, told.resolved ? ", resolved" : "");
    check_told(world, job, &told);
    job->attaching = false;
    if (is_open(job)) {
        job->state = JOB_DONE;
        job->told_at = world->now;
        world->table->outcomes[job->mode][told.outcome]++;
        world->table->classes[job->class][told.outcome]++;
        if (told.resolved)
            world_count(world, HAPPENING_RESOLVED);
    }
    if (result->etag)
        snprintf(world->games[job->game].etags[job->session], 40, "%s", result->etag);
}
