/* SPDX-License-Identifier: MIT */
/* Hand a request to the agent, and wait for its completion through whatever happens to the agent. */
#pragma once

#include "cli/command.h"
#include "cli/json-out.h"
#include "cli/target.h"

/* A request to be made. Texts are borrowed. */
typedef struct Submission {
    const char *member; /* the method */
    const Target *target;
    const char *mode;    /* writes only */
    const char *session; /* writes only */
    char **xuids;        /* GetActivities only, NULL-terminated */
    const CommandLine *line;
    char id[MPS_ID_LENGTH + 1];
    char path[TARGET_PATH_SIZE];
    uint64_t deadline_boot_usec; /* 0: the agent's default */
} Submission;

/*
 * submission_prepare() - choose the id and fix the deadline, so that the same request can be handed over again
 *
 * member, target, mode, session, xuids and line are set by the caller. Returns an exit code; what is wrong has been said.
 */
int submission_prepare(Submission *submission);

/*
 * submission_send() - hand it over; starts an agent if there is none
 *
 * Returns an exit code; what is wrong has been said.
 */
int submission_send(Submission *submission, sd_bus *bus);

/*
 * submission_run() - hand it over, wait for Completed, acknowledge
 * @result: set for EXIT_DONE and EXIT_ANSWER_NO when there is one, with documents as JSON values; else NULL
 *
 * Completed is taken from the agent that holds the name alone. An agent that dies is started again and attached to. Returns an exit code; what
 * is wrong has been said, but the outcome itself has not.
 */
int submission_run(Submission *submission, sd_bus *bus, json_t **result);
