/* SPDX-License-Identifier: MIT */
/* Promises 3 to 7: what leaves the agent. */
#include "world.h"

#include <stdio.h>

/* ---- 3: order -------------------------------------------------------------------------------------------------------------- */

static bool handles_known_same(const World *world, const Job *a, const Job *b, uint64_t before)
{
    const Agent *agent = &world->agent;
    if (a->handle == b->handle)
        return true;
    for (unsigned i = 0; i < 2; i++) {
        const Job *job = i ? b : a;
        if (job->handle != BY_REFERENCE &&
            (agent->known[job->handle] < 0 || agent->known_at[job->handle] > before))
            return false;
    }
    return true;
}

bool check_one_lane(const World *world, const Job *a, const Job *b, uint64_t before)
{
    return a->account == b->account && a->session == b->session && handles_known_same(world, a, b, before);
}

/* Nothing overtakes in its lane. One that was on its way before the lanes were known as one goes on. */
static void check_order(World *world, const Job *job)
{
    uint64_t before = job->sends ? job->first_sent_at : world->now;
    world->table->checks[3]++;
    if (job->under_way)
        check_failed(world, 3, job, "it is sent while it is being sent");
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        const Job *other = &world->jobs[i];
        if (other == job || !job_is_write(other) || !other->in_core || other->ended ||
            !check_one_lane(world, job, other, before))
            continue;
        if (other->order < job->order)
            check_failed(world, 3, job, "it is sent before request %u, which came first", other->number);
        else if (other->under_way)
            check_failed(world, 3, job, "it is sent while request %u is", other->number);
    }
}

/* ---- 5: no blind repeats ------------------------------------------------------------------------------------------------------ */

static void check_repeat(World *world, const Job *job, const CoreSend *send)
{
    CorePrecondition precondition = send->precondition;
    bool fenced =
        precondition == CORE_PRECONDITION_IF_MATCH || precondition == CORE_PRECONDITION_IF_NONE_MATCH_ANY;
    world->table->checks[5]++;
    if (job->mode == CORE_MODE_CREATE_NEW && precondition != CORE_PRECONDITION_IF_NONE_MATCH_ANY)
        check_failed(world, 5, job, "a create-new is sent without If-None-Match");
    if (job->mode == CORE_MODE_SYNCHRONIZED_UPDATE &&
        (precondition != CORE_PRECONDITION_IF_MATCH || !string_equal(send->etag, job->etag)))
        check_failed(world, 5, job, "a synchronized-update is sent without its ETag");
    if (job->mode == CORE_MODE_UPDATE_EXISTING && precondition != CORE_PRECONDITION_IF_MATCH &&
        precondition != CORE_PRECONDITION_IF_MATCH_ANY)
        check_failed(world, 5, job, "an update-existing is sent without If-Match");
    if (job->maybe && !fenced)
        check_failed(world, 5, job, "it may have been applied, and is sent again without a fence");
    if (job->maybe && job->delta.encounter)
        check_failed(world, 5, job, "an encounter may have been told, and is told again");
    bool asked = job->mode == CORE_MODE_CREATE_NEW || job->mode == CORE_MODE_SYNCHRONIZED_UPDATE;
    if (fenced && !asked)
        world_count(world, HAPPENING_FENCED);
}

static void check_target(World *world, const Job *job, const CoreSend *send)
{
    char target[160], sent[160];
    job_target(job, target);
    if (send->handle_id && job->handle != BY_REFERENCE) {
        if (!string_equal(send->handle_id, target))
            check_failed(world, 5, job, "it goes to another handle");
        return;
    }
    if (job->class == JOB_LOOKUP)
        return;
    Job by_reference = {.handle = BY_REFERENCE, .session = job->session, .class = job->class};
    job_target(&by_reference, target);
    snprintf(sent, sizeof sent, "%s/%s/%s", send->scid, send->template_name, send->name);
    if (!string_equal(sent, target))
        check_failed(world, 5, job, "it goes to another session");
    if (job->handle == BY_REFERENCE)
        return;
    world_count(world, HAPPENING_BY_REFERENCE);
    if (world->agent.known[job->handle] < 0)
        check_failed(world, 5, job, "it goes to a session that its handle was never told to be");
}

/* ---- All that is sent ------------------------------------------------------------------------------------------------------------- */

static void check_deadline(World *world, const Job *job)
{
    uint64_t now = world_boot_usec(world);
    world->table->checks[4]++;
    if (now >= job->deadline_now)
        check_failed(world, 4, job, "it is sent %.3f s after its deadline",
                     (double)(now - job->deadline_now) / 1e6);
    if (job->clock_lost)
        check_failed(world, 4, job, "it is sent, and nobody can tell whether its deadline has passed");
}

static void check_held(World *world, const Job *job)
{
    const Agent *agent = &world->agent;
    uint64_t now = world_boot_usec(world);
    uint64_t until = agent->held_until[job->account][job->title];
    until = until > agent->host_held_until ? until : agent->host_held_until;
    world->table->checks[7]++;
    if (now < until)
        check_failed(world, 7, job, "it is sent %.3f s before the time that the service said",
                     (double)(until - now) / 1e6);
}

void check_send(World *world, Job *job, const CoreSend *send)
{
    char account[XUID_TEXT];
    xuid_render(job->account + 1, account);
    world->table->checks[6]++;
    if (!string_equal(send->account, account))
        check_failed(world, 6, job, "it is sent with the token of %s", send->account);
    if (job->ended || job->stored)
        check_failed(world, 2, job, "it is sent after its result");
    check_token_send(world, job);
    check_deadline(world, job);
    check_held(world, job);
    check_target(world, job, send);
    if (send->body &&
        (send->body_size != job->body_size || memcmp(send->body, job->body, job->body_size) != 0))
        check_failed(world, 1, job, "another document is sent than was accepted");
    if (send->verb != CORE_VERB_WRITE)
        return;
    check_order(world, job);
    check_repeat(world, job, send);
    if (!job->sends++)
        job->first_sent_at = world->now;
    job->under_way = true;
}
