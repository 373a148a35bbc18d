/* SPDX-License-Identifier: MIT */
/* Making the rooms in order, and taking them down in the reverse one. */
#include "agent-internal.h"

#include "base/clock.h"
#include "base/log.h"

#include <sys/epoll.h>

CoreNow agent_now(void)
{
    return (CoreNow){
        .boot_usec = clock_boot_usec(), .wall_usec = clock_wall_usec(), .random = clock_random()};
}

static int on_store_ready(sd_event_source *source MPS_UNUSED, int fd MPS_UNUSED, uint32_t events MPS_UNUSED,
                          void *userdata)
{
    Agent *agent = userdata;
    store_dispatch(agent->store);
    agent_pump(agent);
    return 0;
}

static int make_rooms(Agent *agent)
{
    const Config *config = agent->config;
    MpsdOptions options = {
        .url = config->directory_url,
        .ca_file = config->ca_file,
        .proxy = config->proxy,
        .agent_version = MPS_VERSION,
    };
    BusSettings settings = {.version = MPS_VERSION, .directory_url = config->directory_url};
    int r = core_new(&config->limits, &agent->core);
    if (r < 0)
        return r;
    r = mpsd_new(agent->event, config->tokens, &options, &agent->mpsd);
    if (r < 0)
        return r;
    return bus_new(agent->event, agent->core, &settings, &agent_bus_hooks, agent, &agent->bus);
}

static int agent_start(Agent *agent)
{
    StoreInfo info = {0};
    int r = sd_event_default(&agent->event);
    if (r >= 0)
        r = clock_boot_id(agent->boot_id);
    if (r >= 0)
        r = agent_life_start(agent);
    if (r >= 0)
        r = make_rooms(agent);
    if (r < 0) {
        log_error("cannot start: %s", strerror(-r));
        return AGENT_EXIT_FAILED;
    }
    r = agent_open_store(agent, &info);
    if (r != 0)
        return r;
    agent->was_clean = info.clean;
    r = agent_accounts_start(agent);
    if (r >= 0)
        r = agent_restore(agent, &info);
    if (r < 0) {
        log_error("the queue cannot be read: %s", strerror(-r));
        return AGENT_EXIT_FAILED;
    }
    r = sd_event_add_io(agent->event, &agent->store_source, store_fd(agent->store), EPOLLIN, on_store_ready,
                        agent);
    if (r >= 0)
        r = bus_connect(agent->bus);
    if (r < 0) {
        log_error("cannot reach the session bus: %s; is DBUS_SESSION_BUS_ADDRESS set?", strerror(-r));
        return AGENT_EXIT_FAILED;
    }
    return AGENT_EXIT_OK;
}

/* From the outside in: nobody is told of what is being taken down. */
static void agent_end(Agent *agent)
{
    agent_network_end(agent);
    if (agent->bus)
        agent_accounts_end(agent);
    tokens_stop(agent->config->tokens);
    agent->mpsd = mpsd_free(agent->mpsd);
    sd_event_source_disable_unref(agent->store_source);
    /* One that never served must not call clean what the one before it left unclean. */
    if (agent->served || agent->was_clean)
        agent->store = store_close(agent->store);
    agent->pumping = true; /* No effect is carried out any more. */
    agent_operations_clear(agent);
    agent_attempts_clear(agent);
    agent->bus = bus_free(agent->bus);
    agent->core = core_free(agent->core);
    sd_event_source_disable_unref(agent->wake_timer);
    sd_event_source_disable_unref(agent->idle_timer);
    sd_event_source_disable_unref(agent->watchdog_timer);
    sd_event_source_disable_unref(agent->stop_timer);
    sd_event_source_disable_unref(agent->reconnect_timer);
    agent->event = sd_event_unref(agent->event);
}

int agent_run(const Config *config)
{
    Agent agent = {.config = config};
    int status = agent_start(&agent);
    if (status == AGENT_EXIT_OK) {
        int r = sd_event_loop(agent.event);
        if (r < 0)
            log_error("the event loop failed: %s", strerror(-r));
        status = r < 0 ? AGENT_EXIT_FAILED : r;
    }
    agent_end(&agent);
    return status;
}
