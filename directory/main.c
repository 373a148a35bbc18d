/* SPDX-License-Identifier: MIT */
/* mpsession-directory: a local session directory with scripted faults. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "directory/directory.h"
#include "directory/options.h"
#include "directory/server.h"
#include "directory/util.h"

#ifndef DIRECTORY_VERSION
#define DIRECTORY_VERSION "unknown"
#endif

static int run(const Options *options)
{
    Directory directory;
    Server *server;
    int r = directory_open(&directory, options);

    if (r < 0)
        return r;
    r = server_open(&directory, &server);
    if (r == 0) {
        printf("listening on %s\n", server_url(server));
        fflush(stdout);
        r = server_run(server);
        if (r < 0)
            fprintf(stderr, "mpsession-directory: %s\n", strerror(-r));
        server_close(server);
    }
    directory_close(&directory);
    return r;
}

int main(int argc, char **argv)
{
    Options options;
    int r;

    util_init();
    r = options_parse(argc, argv, &options);
    if (r < 0) {
        options_clear(&options);
        return 2;
    }
    if (options.help || options.version) {
        fputs(options.help ? options_usage() : "mpsession-directory " DIRECTORY_VERSION "\n", stdout);
        options_clear(&options);
        return 0;
    }
    r = run(&options);
    options_clear(&options);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
