/* SPDX-License-Identifier: MIT */
/* The wiring: makes the rooms, carries out the core's effects, lives and ends. */
#pragma once

#include "base/util.h"
#include "config.h"

/* Exit statuses. Restarting does not help against the last four: the unit's RestartPreventExitStatus= lists them. */
enum {
    AGENT_EXIT_OK = 0,
    AGENT_EXIT_FAILED = 1,
    AGENT_EXIT_SECOND = 3, /* another agent has the bus or the state folder */
    AGENT_EXIT_NEWER = 4,  /* the queue was made by a newer version */
    AGENT_EXIT_USAGE = 64, /* EX_USAGE */
    AGENT_EXIT_AGAIN =
        75, /* EX_TEMPFAIL: stopped with work that came while it was leaving; to be started again */
    AGENT_EXIT_CONFIG = 78, /* EX_CONFIG */
};

/*
 * agent_run() - serve until idle or told to stop
 * @config: checked; its tokens are borrowed
 *
 * Returns an exit status; what went wrong is in the log.
 */
int agent_run(const Config *config);
