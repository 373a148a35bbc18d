/* SPDX-License-Identifier: MIT */
/* mpsessiond: the agent of one user. */
#include "agent.h"
#include "base/log.h"
#include "base/secret.h"
#include "bus/bus-refuse.h"
#include "config.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void *crypto_malloc(size_t size, const char *file MPS_UNUSED, int line MPS_UNUSED)
{
    return secret_malloc(size);
}

static void *crypto_realloc(void *pointer, size_t size, const char *file MPS_UNUSED, int line MPS_UNUSED)
{
    return secret_realloc(pointer, size);
}

static void crypto_free(void *pointer, const char *file MPS_UNUSED, int line MPS_UNUSED)
{
    secret_release(pointer);
}

int main(int argc, char **argv)
{
    /* Tokens are in memory: no core dump, and no other process may look. */
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    /* What passes through these is wiped behind them; before either is used. */
    json_set_alloc_funcs(secret_malloc, secret_release);
    CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);

    CLEANUP(config_clear) Config config = {0};
    char message[600] = "";
    int r = config_init(&config);
    if (r >= 0)
        r = config_load(&config, argc, argv, message, sizeof message);
    if (r == CONFIG_E_DONE)
        return AGENT_EXIT_OK;
    if (r != 0) {
        const char *text = r < 0 ? strerror(-r) : message;
        log_error("%s", text);
        bus_refuse(text);
        return r == CONFIG_E_USAGE   ? AGENT_EXIT_USAGE
               : r == CONFIG_E_WRONG ? AGENT_EXIT_CONFIG
                                     : AGENT_EXIT_FAILED;
    }
    return agent_run(&config);
}
