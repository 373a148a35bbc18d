/* SPDX-License-Identifier: MIT */
/* What the agent is told: agent.conf, and the command line, which wins. */
#pragma once

#include "base/util.h"
#include "core/core.h"
#include "ipc/names.h"
#include "token/settings.h"
#include "token/token.h"

#define CONFIG_DIRECTORY_URL MPS_DIRECTORY_URL_DEFAULT
#define CONFIG_IDLE_EXIT_USEC (5 * USEC_PER_MINUTE)

typedef struct Config {
    char *file; /* the file that was read; NULL: none */
    char *directory_url;
    bool directory_loopback;
    char *ca_file;
    char *proxy;
    char *default_account;
    char *state_dir;
    uint64_t idle_exit_usec; /* USEC_NEVER: it never exits for idleness */
    CoreLimits limits;
    TokenSettings identity;
    Tokens *tokens; /* of --fixed-token */
} Config;

enum {
    CONFIG_OK = 0,
    CONFIG_E_WRONG = 1, /* a file that is wrong or cannot be read */
    CONFIG_E_USAGE = 2, /* a wrong command line */
    CONFIG_E_DONE = 3,  /* --help or --version: was answered */
};

/* config_init() - the defaults. Returns 0 or -ENOMEM. */
int config_init(Config *config);
void config_clear(Config *config);

/*
 * config_read_file() - read an agent.conf
 * @message: which line is wrong, and why; at least 400 bytes
 *
 * Returns 0, CONFIG_E_WRONG, -ENOENT if there is no such file, or -ENOMEM.
 */
int config_read_file(Config *config, const char *path, char *message, size_t size);

/*
 * config_load() - the command line, and the file that it names or the first that is found
 *
 * The texts of fixed tokens are wiped from argv. Returns one of the above with the message set, or a negative errno.
 */
int config_load(Config *config, int argc, char **argv, char *message, size_t size);

/*
 * config_check() - whether all of it fits together
 *
 * Returns 0, or CONFIG_E_WRONG with the message set.
 */
int config_check(Config *config, char *message, size_t size);
