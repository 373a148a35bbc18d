/* SPDX-License-Identifier: MIT */
/* One attempt: its document from memory or from the store, the call to the directory, the answer to the core. */
#include "agent-internal.h"

#include "base/log.h"

struct AgentAttempt {
    AgentAttempt *next, *previous;
    Agent *agent;
    CoreRequest *request;
    CoreSend send;  /* its texts are the core's until it is answered */
    MpsdCall *call; /* NULL: its document is being loaded */
    char *body;     /* a loaded document */
    bool aborted;
};

static AgentAttempt *attempt_new(Agent *agent, CoreRequest *request, const CoreSend *send)
{
    AgentAttempt *attempt = calloc(1, sizeof *attempt);
    if (!attempt)
        return NULL;
    attempt->agent = agent;
    attempt->request = request;
    attempt->send = *send;
    attempt->next = agent->attempts;
    if (attempt->next)
        attempt->next->previous = attempt;
    agent->attempts = attempt;
    return attempt;
}

static void attempt_free(AgentAttempt *attempt)
{
    if (attempt->next)
        attempt->next->previous = attempt->previous;
    if (attempt->previous)
        attempt->previous->next = attempt->next;
    else
        attempt->agent->attempts = attempt->next;
    free(attempt->body);
    free(attempt);
}

static void answer_not_begun(Agent *agent, CoreRequest *request, const char *error)
{
    CoreNow now = agent_now();
    CoreAttempt answer = {.fate = CORE_FATE_NOT_BEGUN, .error = error};
    core_on_attempt_end(agent->core, &now, request, &answer);
}

static CoreFate fate_of(MpsdFate fate)
{
    switch (fate) {
    case MPSD_ANSWERED:
        return CORE_FATE_ANSWERED;
    case MPSD_NOT_SENT:
        return CORE_FATE_NOT_SENT;
    case MPSD_NO_TOKEN:
        return CORE_FATE_NO_TOKEN;
    case MPSD_UNCERTAIN:
        break;
    }
    return CORE_FATE_UNCERTAIN;
}

static void on_reply(const MpsdReply *reply, void *userdata)
{
    AgentAttempt *attempt = userdata;
    Agent *agent = attempt->agent;
    CoreNow now = agent_now();
    CoreAttempt answer = {
        .fate = fate_of(reply->fate),
        .status = reply->status,
        .etag = reply->etag,
        .date = reply->date,
        .date_usec = reply->date_usec,
        .has_retry_after = reply->has_retry_after,
        .retry_after_usec = reply->retry_after_usec,
        .limit_max = reply->limit_max,
        .limit_period_sec = reply->limit_period_sec,
        .scid = reply->scid,
        .template_name = reply->template_name,
        .name = reply->name,
        .document = reply->document,
        .document_size = reply->document_size,
        .branch = reply->branch,
        .change_number = reply->change_number,
        .handle_id = reply->handle_id,
        .activities = reply->activities,
        .server_message = reply->server_message,
        .error = reply->error,
        .body = attempt->send.body,
        .body_size = attempt->send.body_size,
    };
    agent_look_at(agent, &answer);
    core_on_attempt_end(agent->core, &now, attempt->request, &answer);
    attempt_free(attempt);
    agent_pump(agent);
}

static MpsdVerb verb_of(CoreVerb verb)
{
    switch (verb) {
    case CORE_VERB_WRITE:
        return MPSD_WRITE;
    case CORE_VERB_SET_ACTIVITY:
        return MPSD_SET_ACTIVITY;
    case CORE_VERB_GET_ACTIVITIES:
        return MPSD_GET_ACTIVITIES;
    case CORE_VERB_READ:
        break;
    }
    return MPSD_READ;
}

static MpsdPrecondition precondition_of(CorePrecondition precondition)
{
    switch (precondition) {
    case CORE_PRECONDITION_IF_NONE_MATCH_ANY:
        return MPSD_IF_NONE_MATCH_ANY;
    case CORE_PRECONDITION_IF_MATCH_ANY:
        return MPSD_IF_MATCH_ANY;
    case CORE_PRECONDITION_IF_MATCH:
        return MPSD_IF_MATCH;
    case CORE_PRECONDITION_NONE:
        break;
    }
    return MPSD_UNCONDITIONAL;
}

/* Answers the core itself where the call cannot be made. */
static void attempt_start(AgentAttempt *attempt)
{
    const CoreSend *send = &attempt->send;
    MpsdRequest request = {
        .verb = verb_of(send->verb),
        .precondition = precondition_of(send->precondition),
        .etag = send->etag,
        .account = send->account,
        .title_id = send->title_id,
        .handle_id = send->handle_id,
        .scid = send->scid,
        .template_name = send->template_name,
        .name = send->name,
        .xuids = send->xuids,
        .xuids_count = send->xuids_count,
        .body = send->body,
        .body_size = send->body_size,
        .timeout_usec = send->timeout_usec,
    };
    int r = mpsd_start(attempt->agent->mpsd, &request, on_reply, attempt, &attempt->call);
    if (r < 0) {
        Agent *agent = attempt->agent;
        CoreRequest *of = attempt->request;
        attempt_free(attempt);
        answer_not_begun(agent, of, strerror(-r));
    }
}

static void on_body(int r, const char *data, size_t size, void *userdata)
{
    AgentAttempt *attempt = userdata;
    Agent *agent = attempt->agent;
    CoreRequest *request = attempt->request;
    if (r >= 0 && !(attempt->body = strndup(data, size)))
        r = -ENOMEM;
    if (r < 0 || attempt->aborted) {
        if (r < 0)
            log_error("the document of request %s cannot be read: %s", core_request_id(request),
                      strerror(-r));
        attempt_free(attempt);
        answer_not_begun(agent, request, r < 0 ? "the document cannot be read from the queue" : "given up");
        return;
    }
    attempt->send.body = attempt->body;
    attempt->send.body_size = size;
    attempt_start(attempt);
}

void agent_attempt(Agent *agent, CoreRequest *request, const CoreSend *send)
{
    AgentAttempt *attempt = attempt_new(agent, request, send);
    if (!attempt) {
        answer_not_begun(agent, request, strerror(ENOMEM));
        return;
    }
    if (!send->needs_body || send->body) {
        attempt_start(attempt);
        return;
    }
    int r = store_load_body(agent->store, core_request_id(request), on_body, attempt);
    if (r < 0) {
        attempt_free(attempt);
        answer_not_begun(agent, request, strerror(-r));
    }
}

static void on_document(int r, const char *data, size_t size, void *userdata)
{
    AgentAttempt *attempt = userdata;
    Agent *agent = attempt->agent;
    CoreRequest *request = attempt->request;
    CoreNow now = agent_now();
    if (r < 0)
        log_error("the document of request %s cannot be read: %s", core_request_id(request), strerror(-r));
    attempt_free(attempt);
    core_on_loaded(agent->core, &now, request, r, data, size);
}

void agent_load_document(Agent *agent, CoreRequest *request)
{
    AgentAttempt *attempt = attempt_new(agent, request, &(CoreSend){0});
    int r = attempt ? store_load_body(agent->store, core_request_id(request), on_document, attempt) : -ENOMEM;
    if (r >= 0)
        return;
    if (attempt)
        attempt_free(attempt);
    CoreNow now = agent_now();
    core_on_loaded(agent->core, &now, request, r, NULL, 0);
}

void agent_attempt_abort(Agent *agent, CoreRequest *request)
{
    AgentAttempt *attempt = agent->attempts;
    while (attempt && attempt->request != request)
        attempt = attempt->next;
    if (!attempt)
        return;
    attempt->aborted = true;
    if (attempt->call)
        mpsd_abort(attempt->call);
}

void agent_attempts_clear(Agent *agent)
{
    while (agent->attempts)
        attempt_free(agent->attempts);
}
