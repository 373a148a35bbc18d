/* SPDX-License-Identifier: MIT */
/* The command line. */
#include "directory/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "directory/util.h"

const char *options_usage(void)
{
    return "Usage: mpsession-directory [OPTION]...\n"
           "A local multiplayer session directory, and its sign-in, with scripted faults, for development "
           "and tests.\n\n"
           "  --listen ADDRESS:PORT     where to listen (127.0.0.1:0; port 0 picks one)\n"
           "  --tls CERT KEY            speak HTTPS with this certificate and key (PEM files)\n"
           "  --state FILE              keep sessions, handles and the commit log across restarts\n"
           "  --fixed-token XUID:TOKEN  accept only tokens given like this (may be repeated) and issued "
           "ones\n"
           "  --templates FILE          session templates instead of the built-in ones\n"
           "  --title-id N              the title that callers play (1717113001)\n"
           "  --auto-approve            approve each sign-in at once, for the accounts in turn\n"
           "  --rate-limit              enforce the service's limits for each user and title\n"
           "  --help, --version\n\n"
           "Prints 'listening on URL' when it is ready. Its control interface is under URL/control/.\n";
}

static int complain(const char *what, const char *value)
{
    fprintf(stderr, "mpsession-directory: %s: %s\n%s", what, value, options_usage());
    return -EINVAL;
}

static int parse_number(const char *text, unsigned long maximum, unsigned long *out)
{
    unsigned long value;
    char *end;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    value = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || value > maximum)
        return -EINVAL;
    *out = value;
    return 0;
}

static int parse_listen(const char *value, Options *out)
{
    const char *colon = strrchr(value, ':');
    size_t length;
    unsigned long port;

    if (!colon || colon == value || parse_number(colon + 1, UINT16_MAX, &port) < 0)
        return complain("--listen takes ADDRESS:PORT, such as 127.0.0.1:0 or [::1]:0, not", value);
    length = (size_t)(colon - value);
    if (value[0] == '[' && value[length - 1] == ']') {
        value++;
        length -= 2;
    }
    free(out->listen_address);
    out->listen_address = text_format("%.*s", (int)length, value);
    out->listen_port = (uint16_t)port;
    return 0;
}

static int parse_fixed_token(const char *value, Options *out)
{
    const char *colon = strchr(value, ':');

    if (!colon || colon == value || colon[1] == '\0')
        return complain("--fixed-token takes XUID:TOKEN, not", value);
    if (out->n_fixed_tokens == FIXED_TOKENS_MAX)
        return complain("too many options", "--fixed-token");
    out->fixed_tokens[out->n_fixed_tokens++] = value;
    return 0;
}

static int parse_title_id(const char *value, Options *out)
{
    unsigned long title_id;

    if (parse_number(value, UINT32_MAX, &title_id) < 0 || title_id == 0)
        return complain("--title-id takes a number of 32 bits, not", value);
    out->title_id = (uint32_t)title_id;
    return 0;
}

/* The options that take values. Returns how many words were taken, or -EINVAL. */
static int parse_valued(const char *name, char **values, int n_values, Options *out)
{
    int r = 0, taken = 1;

    if (strcmp(name, "--tls") == 0)
        taken = 2;
    else if (strcmp(name, "--listen") != 0 && strcmp(name, "--state") != 0 &&
             strcmp(name, "--fixed-token") != 0 && strcmp(name, "--templates") != 0 &&
             strcmp(name, "--title-id") != 0)
        return complain("unknown option", name);
    if (n_values < taken)
        return complain("a value is missing after", name);
    if (strcmp(name, "--listen") == 0)
        r = parse_listen(values[0], out);
    else if (strcmp(name, "--fixed-token") == 0)
        r = parse_fixed_token(values[0], out);
    else if (strcmp(name, "--title-id") == 0)
        r = parse_title_id(values[0], out);
    else if (strcmp(name, "--state") == 0)
        out->state_file = values[0];
    else if (strcmp(name, "--templates") == 0)
        out->templates_file = values[0];
    else {
        out->tls_certificate = values[0];
        out->tls_key = values[1];
    }
    return r < 0 ? r : taken;
}

int options_parse(int argc, char **argv, Options *out)
{
    *out = (Options){.listen_address = text_copy("127.0.0.1"), .title_id = DEFAULT_TITLE_ID};
    for (int i = 1; i < argc; i++) {
        int r;

        if (strcmp(argv[i], "--help") == 0)
            out->help = true;
        else if (strcmp(argv[i], "--version") == 0)
            out->version = true;
        else if (strcmp(argv[i], "--rate-limit") == 0)
            out->rate_limit = true;
        else if (strcmp(argv[i], "--auto-approve") == 0)
            out->auto_approve = true;
        else {
            r = parse_valued(argv[i], argv + i + 1, argc - i - 1, out);
            if (r < 0)
                return r;
            i += r;
        }
    }
    return 0;
}

void options_clear(Options *options)
{
    free(options->listen_address);
    *options = (Options){0};
}
