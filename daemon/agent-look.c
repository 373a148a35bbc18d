/* SPDX-License-Identifier: MIT */
/* What people ask: the story of a request, and how the agent is. */
#include "agent-internal.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

/* ---- Stories -------------------------------------------------------------------------------------------------------- */

static void tell(const StoreStory *story, AgentOperation *operation)
{
    BusStoryLine lines[STORE_NOTES_MAX];
    CLEANUP(core_result_freep) CoreResult *result = NULL;
    if (story->meta && agent_result_unpack(story->meta, NULL, 0, false, &result) < 0)
        log_error("the result of request %s cannot be read", operation->id);
    for (size_t i = 0; i < story->lines_count; i++)
        lines[i] = (BusStoryLine){.wall_usec = story->lines[i].wall_usec,
                                  .number = story->lines[i].number,
                                  .text = story->lines[i].text};
    BusStory told = {
        .app_id = story->app_id ? story->app_id : "",
        .accepted_wall_usec = story->accepted_wall_usec,
        .done_wall_usec = story->done_wall_usec,
        .acknowledged_wall_usec = story->acknowledged_wall_usec,
        .attempts = story->attempts,
        .done = story->done,
        .outcome = (CoreOutcome)story->outcome,
        .result = result,
        .lines = lines,
        .lines_count = story->lines_count,
    };
    operation->told(&told, operation->bus_userdata);
}

static void on_story(int r, const StoreStory *story, void *userdata)
{
    AgentOperation *operation = userdata;
    if (r < 0 && r != -ENOENT)
        log_error("the story of request %s cannot be read: %s", operation->id, strerror(-r));
    if (story)
        tell(story, operation);
    else
        operation->told(NULL, operation->bus_userdata);
    agent_operation_free(operation);
}

int agent_load_story(const char *id, BusTold done, void *done_userdata, void *userdata)
{
    Agent *agent = userdata;
    AgentOperation *operation = agent_operation_new(agent);
    if (!operation)
        return -ENOMEM;
    snprintf(operation->id, sizeof operation->id, "%s", id);
    int r = store_load_story(agent->store, id, on_story, operation);
    if (r < 0) {
        agent_operation_free(operation);
        return r;
    }
    operation->told = done;
    operation->bus_userdata = done_userdata;
    return 0;
}

/* ---- Facts ------------------------------------------------------------------------------------------------------------ */

/* With fixed tokens alone nobody has to sign in, and nothing is amiss where nobody has. */
static bool needs_nobody(const Agent *agent)
{
    TokenAccount account;
    return tokens_fixed(agent->config->tokens, 0) && !tokens_account(agent->config->tokens, 0, &account);
}

static void on_facts(int r, const StoreFacts *facts, void *userdata)
{
    AgentOperation *operation = userdata;
    const Agent *agent = operation->agent;
    if (facts) {
        BusFacts told = {
            .state_folder = agent->config->state_dir,
            .store_format = facts->format,
            .store_bytes = facts->bytes,
            .store_error = facts->failed < 0 ? strerror(-facts->failed) : NULL,
            .disk_free = facts->disk_free,
            .reserve = facts->reserve,
            .quarantined = facts->quarantined,
            .quarantined_now = facts->unreadable,
            .moved_aside = facts->moved_aside,
            .newest_moved = *facts->newest_moved ? facts->newest_moved : NULL,
            .last_error = *agent->last_error ? agent->last_error : NULL,
            .last_error_usec = agent->last_error_usec,
            .last_success_usec = agent->last_success_usec,
            .ca_file = agent->config->ca_file,
            .proxy = agent->config->proxy,
            .identity_url = needs_nobody(agent) ? NULL : agent->config->identity.url,
            .secret_store = tokens_secret_rung(agent->config->tokens),
        };
        told.has_skew = tokens_clock_skew(agent->config->tokens, &told.skew_usec);
        operation->looked(&told, operation->bus_userdata);
    } else {
        log_error("the store does not tell how it is: %s", strerror(-r));
        operation->looked(NULL, operation->bus_userdata);
    }
    agent_operation_free(operation);
}

int agent_look(BusLooked done, void *done_userdata, void *userdata)
{
    Agent *agent = userdata;
    AgentOperation *operation = agent_operation_new(agent);
    if (!operation)
        return -ENOMEM;
    int r = store_look(agent->store, on_facts, operation);
    if (r < 0) {
        agent_operation_free(operation);
        return r;
    }
    operation->looked = done;
    operation->bus_userdata = done_userdata;
    return 0;
}

void agent_look_at(Agent *agent, const CoreAttempt *attempt)
{
    bool answered = attempt->fate == CORE_FATE_ANSWERED;
    if (attempt->fate == CORE_FATE_NO_TOKEN)
        return; /* nothing of the directory was seen */
    /* What a write is refused for is an answer as good as any; what is the directory's own trouble is not. */
    if (answered && attempt->status < 500 && attempt->status != 429 && attempt->status != 408) {
        agent->last_success_usec = clock_wall_usec();
        return;
    }
    agent->last_error_usec = clock_wall_usec();
    if (answered)
        snprintf(agent->last_error, sizeof agent->last_error, "it answered %u", attempt->status);
    else
        snprintf(agent->last_error, sizeof agent->last_error, "%s",
                 attempt->error ? attempt->error : "no answer");
}
