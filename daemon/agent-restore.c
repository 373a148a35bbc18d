/* SPDX-License-Identifier: MIT */
/* The start: the store is opened by one agent alone, and the core gets back what it kept. */
#include "agent-internal.h"

#include "base/log.h"
#include "bus/bus-refuse.h"

#include <poll.h>
#include <sys/pidfd.h>
#include <sys/types.h>

/* How long an agent that has given its name back may take to close the store. */
#define HOLDER_WAIT_MSEC 10000

/*
 * The store is locked. An agent that was idle gives its name back before it closes the store, so that a call may have
 * started this one in between: then nobody has the name, and the other will end soon. Returns whether it ended.
 */
static bool holder_ended(int holder)
{
    if (holder <= 0 || bus_name_holder() != 0)
        return false;
    CLEANUP_CLOSE int pidfd = pidfd_open(holder, 0);
    if (pidfd < 0)
        return errno == ESRCH;
    struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
    return poll(&poll_fd, 1, HOLDER_WAIT_MSEC) == 1;
}

int agent_open_store(Agent *agent, StoreInfo *info)
{
    char message[400] = "";
    int holder = 0;
    int r = store_open(agent->config->state_dir, agent->boot_id, &agent->store, info, &holder, message,
                       sizeof message);
    if (r == STORE_E_LOCKED && holder_ended(holder))
        r = store_open(agent->config->state_dir, agent->boot_id, &agent->store, info, &holder, message,
                       sizeof message);
    if (r == STORE_E_LOCKED) {
        log_error("another agent, PID %d, has the queue in %s: stop it first", holder,
                  agent->config->state_dir);
        return AGENT_EXIT_SECOND;
    }
    if (r == STORE_E_NEWER) {
        log_error("%s", message);
        bus_refuse(message);
        return AGENT_EXIT_NEWER;
    }
    if (r < 0) {
        const char *text = *message ? message : strerror(-r);
        log_error("%s", text);
        bus_refuse(text);
        return AGENT_EXIT_FAILED;
    }
    if (info->moved_aside)
        log_error("the queue could not be read: it was moved to %s, and a new one is begun", info->moved_to);
    return 0;
}

typedef struct Restoring {
    Agent *agent;
    CoreNow now;
    CoreNow steady; /* the same moment by the clock of limiter entries and holds */
    bool clean;
    unsigned undone;
} Restoring;

/* 0 for what seems to lie ahead: the wall clock was set back over a reboot. */
static uint64_t steady_age(const Restoring *restoring, uint64_t steady_usec)
{
    uint64_t now = restoring->steady.wall_usec;
    return now > steady_usec ? now - steady_usec : 0;
}

/* What the core cannot read is put aside like what the store cannot. */
static int visited(int r)
{
    return r == -EBADMSG ? STORE_VISIT_UNREADABLE : r;
}

static int on_handle(const char *handle_id, const char *scid, const char *template_name, const char *name,
                     void *userdata)
{
    const Restoring *restoring = userdata;
    return core_restore_handle(restoring->agent->core, handle_id, scid, template_name, name);
}

static int on_limiter(const char *account, uint32_t title_id, uint64_t ended_steady_usec, void *userdata)
{
    const Restoring *restoring = userdata;
    return core_restore_limiter(restoring->agent->core, &restoring->steady, account, title_id,
                                ended_steady_usec);
}

static int on_hold(const char *account, uint32_t title_id, uint64_t until_steady_usec, void *userdata)
{
    const Restoring *restoring = userdata;
    return core_restore_hold(restoring->agent->core, &restoring->steady, account, title_id,
                             until_steady_usec);
}

static int on_acknowledged(const char *id, const unsigned char hash[32], unsigned outcome,
                           uint64_t steady_usec, void *userdata)
{
    const Restoring *restoring = userdata;
    return visited(core_restore_acknowledged(restoring->agent->core, &restoring->now, id, hash,
                                             (CoreOutcome)outcome, steady_age(restoring, steady_usec)));
}

static int on_request(const StoreRequest *row, void *userdata)
{
    Restoring *restoring = userdata;
    CoreStored record = {
        .id = row->id,
        .sequence = row->sequence,
        .kind = (CoreKind)row->kind,
        .mode = (CoreMode)row->mode,
        .durability = (CoreDurability)row->durability,
        .account = row->account,
        .title_id = row->title_id,
        .app_id = row->app_id,
        .target = row->target,
        .etag = row->etag,
        .supersedes = row->supersedes,
        .body_size = row->body_size,
        .accepted_boot_usec = row->accepted_boot_usec,
        .accepted_wall_usec = row->accepted_wall_usec,
        .deadline_boot_usec = row->deadline_boot_usec,
        .deadline_wall_usec = row->deadline_wall_usec,
        .fail_when_offline = row->fail_when_offline,
        .write_class = row->write_class,
        .attempts = row->attempts,
        .marked = row->marked,
        .base = row->base,
        .behind_leave = row->behind_leave,
        .done = row->done,
        .done_wall_usec = row->done_wall_usec,
        .done_age_usec = steady_age(restoring, row->done_steady_usec),
        .outcome = (CoreOutcome)row->outcome,
        .result_size = row->result_size,
    };
    memcpy(record.hash, row->hash, sizeof record.hash);
    bool same_boot = string_equal(row->boot_id, restoring->agent->boot_id);
    int r = core_restore(restoring->agent->core, &restoring->now, &record, same_boot, restoring->clean);
    restoring->undone += r == 0 && !row->done;
    return visited(r);
}

int agent_restore(Agent *agent, const StoreInfo *info)
{
    static const StoreVisitor visitor = {
        .handle = on_handle,
        .limiter = on_limiter,
        .hold = on_hold,
        .acknowledged = on_acknowledged,
        .request = on_request,
    };
    Restoring restoring = {.agent = agent, .now = agent_now(), .clean = info->clean};
    restoring.steady = restoring.now;
    restoring.steady.wall_usec = store_steady_usec(agent->store);
    core_restore_newest(agent->core, info->newest_wall_usec);
    int r = store_load(agent->store, &visitor, &restoring);
    if (r < 0)
        return r;
    if (store_unreadable(agent->store) > 0)
        log_error("%u records of the queue could not be read: mpsessionctl status says what to do",
                  store_unreadable(agent->store));
    if (restoring.undone > 0)
        log_info("%u requests of an earlier run go on", restoring.undone);
    return 0;
}
