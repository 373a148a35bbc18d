/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef DIRECTORY_OPTIONS_H
#define DIRECTORY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIXED_TOKENS_MAX 64
#define DEFAULT_TITLE_ID 1717113001U

typedef struct Options {
    char *listen_address; /* without brackets */
    uint16_t listen_port;
    const char *tls_certificate, *tls_key;
    const char *state_file;
    const char *templates_file;
    const char *fixed_tokens[FIXED_TOKENS_MAX]; /* "XUID:TOKEN" */
    size_t n_fixed_tokens;
    uint32_t title_id;
    bool rate_limit;
    bool auto_approve;
    bool help, version;
} Options;

/* Returns 0; -EINVAL after a line on stderr that names what is wrong. Texts borrow from @argv, except the address:
 * options_clear() in any case. */
int options_parse(int argc, char **argv, Options *out);
void options_clear(Options *options);
/* The usage, for --help and after an error. */
const char *options_usage(void);

#endif
