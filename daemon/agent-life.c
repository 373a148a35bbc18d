/* SPDX-License-Identifier: MIT */
/* The agent's life: ready, watched, idle, without a bus, stopped. */
#include "agent-internal.h"

#include "base/clock.h"
#include "base/log.h"

#include <signal.h>
#include <systemd/sd-daemon.h>

#define STOP_USEC (5 * USEC_PER_SEC)       /* what is being sent when it is stopped may take so long */
#define RECONNECT_USEC (60 * USEC_PER_SEC) /* without a bus */
#define RECONNECT_FIRST_USEC (100 * USEC_PER_MSEC)
#define RECONNECT_MAX_USEC (5 * USEC_PER_SEC)

void agent_timer(Agent *agent, sd_event_source **timer, uint64_t due_usec, uint64_t accuracy_usec,
                 sd_event_time_handler_t handler, const char *description)
{
    int r = 0;
    if (!*timer) {
        r = sd_event_add_time(agent->event, timer, CLOCK_BOOTTIME, due_usec, accuracy_usec, handler, agent);
        if (r >= 0)
            sd_event_source_set_description(*timer, description);
    } else {
        r = sd_event_source_set_time(*timer, due_usec);
        if (r >= 0)
            r = sd_event_source_set_enabled(*timer, SD_EVENT_ONESHOT);
    }
    if (r < 0)
        log_error("the timer %s cannot be set: %s", description, strerror(-r));
}

/* ---- Idle ------------------------------------------------------------------------------------------------------------ */

static bool busy(const Agent *agent)
{
    CoreCounters counters = core_counters(agent->core);
    return counters.queued > 0 || counters.active > 0 || counters.unstored > 0 || bus_busy(agent->bus) ||
           agent->attempts || agent->operations || agent->sign_outs || tokens_busy(agent->config->tokens);
}

static int on_idle(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    Agent *agent = userdata;
    agent->idle_armed = false;
    uint64_t due = agent->active_usec + agent->config->idle_exit_usec;
    if (agent->phase != AGENT_SERVING || agent->reconnect_until_usec || busy(agent))
        return 0;
    if (clock_boot_usec() < due) {
        agent_life_check(agent);
        return 0;
    }
    log_info("idle: leaving");
    agent->phase = AGENT_LEAVING;
    int r = bus_release_name(agent->bus);
    if (r < 0) {
        log_warning("the name cannot be given back: %s", strerror(-r));
        agent_stop(agent, AGENT_EXIT_OK);
    }
    return 0;
}

static void check_idle(Agent *agent)
{
    if (busy(agent)) {
        agent->active_usec = clock_boot_usec();
        return;
    }
    if (agent->phase == AGENT_SERVING)
        agent->came_back = false;
    /* A timer that is set stays: it looks again when it comes. */
    if (agent->idle_armed || agent->config->idle_exit_usec == USEC_NEVER)
        return;
    agent->idle_armed = true;
    agent_timer(agent, &agent->idle_timer, agent->active_usec + agent->config->idle_exit_usec,
                100 * USEC_PER_MSEC, on_idle, "agent-idle");
}

static void on_called(void *userdata)
{
    Agent *agent = userdata;
    agent->active_usec = clock_boot_usec();
    if (agent->phase == AGENT_LEAVING)
        agent->came_back = true;
}

/* ---- Stopping ---------------------------------------------------------------------------------------------------------- */

static void finish(Agent *agent)
{
    sd_event_exit(agent->event, agent->status);
}

static int on_stop_time(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    /* What is still being sent keeps its mark: the next agent finds out what became of it. */
    finish(userdata);
    return 0;
}

void agent_stop(Agent *agent, int status)
{
    if (agent->phase == AGENT_STOPPING)
        return;
    agent->phase = AGENT_STOPPING;
    agent->status = status;
    sd_notify(0, "STOPPING=1");
    CoreNow now = agent_now();
    core_stop(agent->core, &now);
    tokens_stop(agent->config->tokens);
    /* What was sent to the name while it is still ours gets its answer; what comes later starts the next agent. */
    agent->releasing = bus_has_name(agent->bus) && bus_release_name(agent->bus) >= 0;
    agent_timer(agent, &agent->stop_timer, now.boot_usec + STOP_USEC, USEC_PER_MSEC, on_stop_time,
                "agent-stop");
    agent_pump(agent);
}

static int on_signal(sd_event_source *source MPS_UNUSED, const struct signalfd_siginfo *info, void *userdata)
{
    Agent *agent = userdata;
    log_info("stopping: %s", strsignal((int)info->ssi_signo));
    /* systemd stops a service that gives its name back. What came in that moment must not wait for the next call. */
    bool again = agent->came_back && busy(agent);
    agent_stop(agent, again ? AGENT_EXIT_AGAIN : AGENT_EXIT_OK);
    return 0;
}

void agent_life_check(Agent *agent)
{
    if (agent->phase == AGENT_STOPPING) {
        /* A refresh token that was exchanged and not kept would be lost. */
        if (!agent->attempts && !agent->releasing && !tokens_exchanging(agent->config->tokens) &&
            core_counters(agent->core).unstored == 0 && !agent->operations)
            finish(agent);
    } else
        check_idle(agent);
}

/* ---- The bus ------------------------------------------------------------------------------------------------------------- */

static void on_touched(void *userdata)
{
    agent_pump(userdata);
}

static bool account_known(const char *account, void *userdata)
{
    const Agent *agent = userdata;
    return tokens_known(agent->config->tokens, account);
}

static const char *default_account(void *userdata)
{
    const Agent *agent = userdata;
    return agent->config->default_account ? agent->config->default_account
                                          : tokens_only_account(agent->config->tokens);
}

static void on_name_acquired(void *userdata)
{
    Agent *agent = userdata;
    if (agent->reconnect_until_usec)
        tokens_bus(agent->config->tokens);
    agent->reconnect_until_usec = 0;
    agent->reconnect_delay_usec = RECONNECT_FIRST_USEC;
    if (agent->phase == AGENT_STARTING) {
        agent->phase = AGENT_SERVING;
        agent->served = true;
        agent->active_usec = clock_boot_usec();
        CoreNow now = agent_now();
        core_start(agent->core, &now);
        sd_notify(0, "READY=1");
        log_info("ready; the directory is %s", agent->config->directory_url);
        agent_network_start(agent);
    }
    agent_pump(agent);
}

static void on_name_taken(pid_t holder, void *userdata)
{
    Agent *agent = userdata;
    if (agent->releasing) {
        agent->releasing = false;
        agent_life_check(agent);
        return;
    }
    log_error("another agent, PID %d, serves this bus: stop it first", (int)holder);
    agent_stop(agent, AGENT_EXIT_SECOND);
}

static void on_name_lost(void *userdata)
{
    Agent *agent = userdata;
    if (agent->phase == AGENT_STOPPING) {
        agent->releasing = false;
        agent_life_check(agent);
        return;
    }
    if (agent->phase == AGENT_LEAVING && !agent->came_back && !busy(agent)) {
        agent_stop(agent, AGENT_EXIT_OK);
        return;
    }
    if (agent->phase == AGENT_LEAVING)
        log_info("calls came while leaving: staying");
    else
        log_warning("the bus took the name away: asking for it again");
    agent->phase = AGENT_SERVING;
    int r = bus_request_name(agent->bus);
    if (r < 0) {
        log_error("the name cannot be asked for: %s", strerror(-r));
        agent_stop(agent, AGENT_EXIT_FAILED);
    }
}

static int on_reconnect(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata);

static void reconnect_later(Agent *agent)
{
    uint64_t now = clock_boot_usec();
    if (now + agent->reconnect_delay_usec > agent->reconnect_until_usec) {
        log_notice("the session bus did not come back: stopping");
        agent_stop(agent, AGENT_EXIT_OK);
        return;
    }
    agent_timer(agent, &agent->reconnect_timer, now + agent->reconnect_delay_usec, 10 * USEC_PER_MSEC,
                on_reconnect, "agent-reconnect");
    agent->reconnect_delay_usec *= 2;
    if (agent->reconnect_delay_usec > RECONNECT_MAX_USEC)
        agent->reconnect_delay_usec = RECONNECT_MAX_USEC;
}

static int on_reconnect(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    Agent *agent = userdata;
    if (agent->phase == AGENT_STOPPING)
        return 0;
    int r = bus_connect(agent->bus);
    if (r < 0)
        reconnect_later(agent);
    return 0;
}

static void on_disconnected(int r, void *userdata)
{
    Agent *agent = userdata;
    if (agent->phase == AGENT_STARTING) {
        log_error("cannot reach the session bus: %s", strerror(-r));
        agent_stop(agent, AGENT_EXIT_FAILED);
        return;
    }
    if (agent->phase == AGENT_LEAVING)
        agent_stop(agent, AGENT_EXIT_OK);
    if (agent->phase == AGENT_STOPPING) {
        agent->releasing = false;
        agent_life_check(agent);
        return;
    }
    if (!agent->reconnect_until_usec) {
        log_warning("the session bus is gone: sending goes on; trying to reconnect for 60 s");
        agent->reconnect_until_usec = clock_boot_usec() + RECONNECT_USEC;
    }
    reconnect_later(agent);
    agent_pump(agent);
}

const BusHooks agent_bus_hooks = {
    .touched = on_touched,
    .called = on_called,
    .account_known = account_known,
    .default_account = default_account,
    .load_result = agent_load_result,
    .load_story = agent_load_story,
    .look = agent_look,
    .name_acquired = on_name_acquired,
    .name_taken = on_name_taken,
    .name_lost = on_name_lost,
    .disconnected = on_disconnected,
};

/* ---- The watchdog, and the start -------------------------------------------------------------------------------------- */

static void on_pong(int r MPS_UNUSED, void *userdata)
{
    /* It answered; whether the disk is well is another matter, which a restart does not change. */
    Agent *agent = userdata;
    agent->pinged = false;
    sd_notify(0, "WATCHDOG=1");
}

static int on_watchdog(sd_event_source *source MPS_UNUSED, uint64_t usec, void *userdata)
{
    Agent *agent = userdata;
    if (!agent->pinged) {
        int r = store_ping(agent->store, on_pong, agent);
        agent->pinged = r >= 0;
        if (r < 0)
            log_warning("the watchdog cannot ask the store: %s", strerror(-r));
    }
    agent_timer(agent, &agent->watchdog_timer, usec + agent->watchdog_usec, USEC_PER_SEC, on_watchdog,
                "agent-watchdog");
    return 0;
}

int agent_life_start(Agent *agent)
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    /* Before the store's thread is made, which inherits it. */
    int r = -pthread_sigmask(SIG_BLOCK, &mask, NULL);
    if (r >= 0)
        r = sd_event_add_signal(agent->event, NULL, SIGTERM, on_signal, agent);
    if (r >= 0)
        r = sd_event_add_signal(agent->event, NULL, SIGINT, on_signal, agent);
    if (r < 0)
        return r;
    uint64_t watchdog = 0;
    if (sd_watchdog_enabled(0, &watchdog) > 0) {
        agent->watchdog_usec = watchdog / 2;
        agent_timer(agent, &agent->watchdog_timer, clock_boot_usec() + agent->watchdog_usec, USEC_PER_SEC,
                    on_watchdog, "agent-watchdog");
    }
    agent->reconnect_delay_usec = RECONNECT_FIRST_USEC;
    agent->wake_usec = USEC_NEVER;
    return 0;
}
