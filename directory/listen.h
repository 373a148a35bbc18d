/* SPDX-License-Identifier: MIT */
/* The listening socket. */
#ifndef DIRECTORY_LISTEN_H
#define DIRECTORY_LISTEN_H

#include "directory/options.h"

/* Where the socket really listens. */
typedef struct ListenAddress {
    char *url; /* owned */
    bool loopback;
    bool ipv6;
} ListenAddress;

/* Opens the socket of --listen. Returns the file descriptor or a negative errno, with a line on stderr. */
int listen_open(const Options *options, ListenAddress *out);

#endif
