/* SPDX-License-Identifier: MIT */
/* The command line, and what it and the file come to. */
#include "config.h"

#include "mpsd/mpsd.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#ifndef MPS_VERSION
#define MPS_VERSION "0"
#endif

static const char help_text[] =
    "Usage: mpsessiond [OPTION]...\n"
    "Writes multiplayer sessions for the games of one user, by way of a durable queue.\n"
    "\n"
    "  --config FILE              read FILE instead of $XDG_CONFIG_HOME/mpsession/agent.conf or\n"
    "                             /etc/mpsession/agent.conf\n"
    "  --directory-url URL        the session directory; https, or http to a loopback address\n"
    "  --identity-url URL         the identity service; default: the vendor's, or the directory when that is "
    "a\n"
    "                             loopback address\n"
    "  --state-dir DIR            keep the queue there instead of in $XDG_STATE_HOME/mpsession\n"
    "  --fixed-token XUID:TOKEN   send requests of this account with this token; only with a loopback\n"
    "                             directory; may be repeated\n"
    "  --help                     show this and exit\n"
    "  --version                  show the version and exit\n"
    "\n"
    "It uses the session bus of its environment and logs to standard error.\n"
    "Exit status: 0 stopped or idle; 1 it failed; 3 another agent runs; 4 the queue was made by a newer\n"
    "version; 64 wrong options; 78 wrong configuration.\n";

int config_init(Config *config)
{
    Config fresh = {.idle_exit_usec = CONFIG_IDLE_EXIT_USEC, .limits = core_limits_default()};
    fresh.directory_url = strdup(CONFIG_DIRECTORY_URL);
    if (!fresh.directory_url)
        return -ENOMEM;
    int r = tokens_new(&fresh.tokens);
    if (r < 0) {
        free(fresh.directory_url);
        return r;
    }
    *config = fresh;
    return 0;
}

void config_clear(Config *config)
{
    free(config->file);
    free(config->directory_url);
    free(config->ca_file);
    free(config->proxy);
    free(config->default_account);
    free(config->state_dir);
    settings_clear(&config->identity);
    tokens_free(config->tokens);
    *config = (Config){0};
}

/* What the command line says; texts are argv's. */
typedef struct Arguments {
    const char *config, *directory_url, *identity_url, *state_dir;
} Arguments;

static int add_token(Config *config, char *text, char *message, size_t size)
{
    int r = tokens_add_fixed(config->tokens, text);
    /* The command line can be read by every process of the user. */
    explicit_bzero(text, strlen(text));
    if (r == 0 || r == -ENOMEM)
        return r;
    snprintf(message, size, "--fixed-token: %s",
             r == -EEXIST  ? "an account is given twice"
             : r == -E2BIG ? "at most 64 accounts can be given"
                           : "it has to be XUID:TOKEN, a decimal number, a colon and printable characters");
    return CONFIG_E_USAGE;
}

static int read_options(Config *config, int argc, char **argv, Arguments *arguments, char *message,
                        size_t size)
{
    enum { CONFIG = 1, DIRECTORY_URL, IDENTITY_URL, STATE_DIR, FIXED_TOKEN, HELP, VERSION };
    static const struct option options[] = {
        {"config", required_argument, NULL, CONFIG},
        {"directory-url", required_argument, NULL, DIRECTORY_URL},
        {"identity-url", required_argument, NULL, IDENTITY_URL},
        {"state-dir", required_argument, NULL, STATE_DIR},
        {"fixed-token", required_argument, NULL, FIXED_TOKEN},
        {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, VERSION},
        {NULL, 0, NULL, 0},
    };
    int option, r = 0;
    optind = 0;
    opterr = 0;
    while (r == 0 && (option = getopt_long(argc, argv, ":", options, NULL)) >= 0) {
        if (option == CONFIG)
            arguments->config = optarg;
        else if (option == DIRECTORY_URL)
            arguments->directory_url = optarg;
        else if (option == IDENTITY_URL)
            arguments->identity_url = optarg;
        else if (option == STATE_DIR)
            arguments->state_dir = optarg;
        else if (option == FIXED_TOKEN)
            r = add_token(config, optarg, message, size);
        else if (option == HELP || option == VERSION) {
            printf("%s", option == HELP ? help_text : "mpsessiond " MPS_VERSION "\n");
            return CONFIG_E_DONE;
        } else {
            /* Not the text itself: after a misspelt option it may be a token. */
            snprintf(message, size, "argument %d is %s; see --help", optind - 1,
                     option == ':' ? "an option without its value" : "not an option of mpsessiond");
            return CONFIG_E_USAGE;
        }
    }
    if (r == 0 && optind < argc) {
        snprintf(message, size, "argument %d is not an option of mpsessiond; see --help", optind);
        r = CONFIG_E_USAGE;
    }
    return r;
}

static int replace(char **text, const char *value)
{
    char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    free(*text);
    *text = copy;
    return 0;
}

/* $NAME/tail, or ~/fallback/tail. Returns 0, -ENOENT without a home, or -ENOMEM. */
static int home_path(const char *name, const char *fallback, const char *tail, char **path)
{
    const char *base = getenv(name), *home = getenv("HOME");
    char *made = NULL;
    int size = 0;
    if (base && *base == '/')
        size = asprintf(&made, "%s/%s", base, tail);
    else if (home && *home == '/')
        size = asprintf(&made, "%s/%s/%s", home, fallback, tail);
    else
        return -ENOENT;
    if (size < 0)
        return -ENOMEM;
    *path = made;
    return 0;
}

/* The user's file, else the machine's, else none. */
static int read_default_file(Config *config, char *message, size_t size)
{
    CLEANUP_FREE char *own = NULL;
    int r = home_path("XDG_CONFIG_HOME", ".config", MPS_CONFIG_FILE, &own);
    if (r == -ENOMEM)
        return r;
    const char *candidates[] = {own, "/etc/" MPS_CONFIG_FILE};
    for (size_t i = 0; i < ELEMENTS(candidates); i++) {
        if (!candidates[i])
            continue;
        r = config_read_file(config, candidates[i], message, size);
        if (r == 0)
            return replace(&config->file, candidates[i]);
        if (r != -ENOENT)
            return r;
    }
    return 0;
}

int config_load(Config *config, int argc, char **argv, char *message, size_t size)
{
    Arguments arguments = {0};
    int r = read_options(config, argc, argv, &arguments, message, size);
    if (r != 0)
        return r;
    if (arguments.config) {
        r = config_read_file(config, arguments.config, message, size);
        if (r == -ENOENT)
            r = CONFIG_E_WRONG;
        if (r == 0)
            r = replace(&config->file, arguments.config);
    } else
        r = read_default_file(config, message, size);
    if (r == 0 && arguments.directory_url)
        r = replace(&config->directory_url, arguments.directory_url);
    if (r == 0 && arguments.identity_url)
        r = replace(&config->identity.url, arguments.identity_url);
    if (r == 0 && arguments.state_dir)
        r = replace(&config->state_dir, arguments.state_dir);
    if (r == 0 && !config->state_dir) {
        r = home_path("XDG_STATE_HOME", ".local/state", MPS_FOLDER, &config->state_dir);
        if (r == -ENOENT) {
            snprintf(message, size, "neither $XDG_STATE_HOME nor $HOME is set: give --state-dir");
            return CONFIG_E_WRONG;
        }
    }
    return r == 0 ? config_check(config, message, size) : r;
}

/* A directory on this machine is an identity service too, as mpsession-directory is. */
static int check_identity(Config *config, char *message, size_t size)
{
    char why[300] = "";
    bool same = !config->identity.url && config->directory_loopback;
    if (same && replace(&config->identity.url, config->directory_url) < 0)
        return -ENOMEM;
    if (same && config->ca_file && !config->identity.ca_file &&
        replace(&config->identity.ca_file, config->ca_file) < 0)
        return -ENOMEM;
    if (!config->identity.url)
        return 0;
    if (mpsd_check_url(config->identity.url, &config->identity.loopback, why, sizeof why) == 0) {
        /* Paths are put behind it; that has none of its own was checked. */
        size_t length = strlen(config->identity.url);
        if (config->identity.url[length - 1] == '/')
            config->identity.url[length - 1] = '\0';
        return 0;
    }
    snprintf(message, size, "the identity service's URL cannot be used: %s", why);
    return CONFIG_E_WRONG;
}

int config_check(Config *config, char *message, size_t size)
{
    char why[300] = "";
    if (mpsd_check_url(config->directory_url, &config->directory_loopback, why, sizeof why) < 0) {
        snprintf(message, size, "the directory's URL cannot be used: %s", why);
        return CONFIG_E_WRONG;
    }
    const char *ca_files[] = {config->ca_file, config->identity.ca_file};
    for (size_t i = 0; i < ELEMENTS(ca_files); i++)
        if (ca_files[i] && access(ca_files[i], R_OK) < 0) {
            snprintf(message, size, "CaFile=%.200s cannot be read: %s", ca_files[i], strerror(errno));
            return CONFIG_E_WRONG;
        }
    int r = check_identity(config, message, size);
    if (r != 0)
        return r;
    if (config->directory_loopback)
        return 0;
    if (tokens_fixed(config->tokens, 0)) {
        snprintf(message, size,
                 "--fixed-token is for a directory on this machine: give --directory-url a loopback URL");
        return CONFIG_E_WRONG;
    }
    CoreLimits defaults = core_limits_default();
    if (config->limits.burst == 0 || config->limits.burst > defaults.burst || config->limits.sustained == 0 ||
        config->limits.sustained > defaults.sustained) {
        snprintf(message, size,
                 "[Limits] Burst= and Sustained= can be raised over %u and %u, or set to 0, only with a "
                 "loopback directory: the service counts",
                 defaults.burst, defaults.sustained);
        return CONFIG_E_WRONG;
    }
    return 0;
}
