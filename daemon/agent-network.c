/* SPDX-License-Identifier: MIT */
/* Hints from outside: the network has changed, the machine sleeps or is back. */
#include "agent-internal.h"

#include "base/log.h"

/* What is connected leads over the network as it was. */
static void drop_connections(Agent *agent)
{
    int r = mpsd_drop_connections(agent->mpsd);
    if (r < 0)
        log_warning("connections of before the change of the network stay in use: %s", strerror(-r));
}

static void on_route_changed(void *userdata)
{
    Agent *agent = userdata;
    CoreNow now = agent_now();
    log_info("the network has changed: what waits is tried again");
    drop_connections(agent);
    core_on_network(agent->core, &now);
    tokens_network(agent->config->tokens);
    agent_pump(agent);
}

static void on_going(void *userdata)
{
    Agent *agent = userdata;
    CoreNow now = agent_now();
    log_info("the machine is about to sleep: nothing more is sent");
    agent->sleeping = true;
    core_on_sleep(agent->core, &now, true);
    agent_pump(agent);
}

static void on_back(void *userdata)
{
    Agent *agent = userdata;
    CoreNow now = agent_now();
    log_info("the machine is awake: going on");
    agent->sleeping = false;
    drop_connections(agent);
    core_on_sleep(agent->core, &now, false);
    tokens_network(agent->config->tokens);
    agent_pump(agent);
}

void agent_network_start(Agent *agent)
{
    static const SleepHooks hooks = {.going = on_going, .back = on_back};
    int r = route_watch_new(agent->event, on_route_changed, agent, &agent->routes);
    if (r < 0)
        log_info("changes of the network are not noticed: %s", strerror(-r));
    r = sleep_watch_new(agent->event, &hooks, agent, &agent->sleep);
    if (r < 0)
        log_info("the machine's sleep is not noticed: %s", strerror(-r));
}

void agent_network_look(Agent *agent)
{
    if (agent->sleep)
        sleep_watch_look(agent->sleep);
}

void agent_network_check(Agent *agent)
{
    /* A result on its way to the store is waited for too: what the directory has done is then known after a power cut. */
    if (agent->sleeping && !agent->attempts && core_counters(agent->core).unstored == 0)
        sleep_watch_ready(agent->sleep);
}

void agent_network_end(Agent *agent)
{
    agent->sleep = sleep_watch_free(agent->sleep);
    agent->routes = route_watch_free(agent->routes);
}
