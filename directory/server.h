/* SPDX-License-Identifier: MIT */
/* The HTTP side: one thread, one epoll, connections that can be held, cut and closed as scripted. */
#ifndef DIRECTORY_SERVER_H
#define DIRECTORY_SERVER_H

#include "directory/directory.h"

/* Connections at a time. */
#define CONNECTIONS_MAX 1000

typedef struct Server Server;

/* Starts to listen. Returns 0 or a negative errno, with a line on stderr. */
int server_open(Directory *directory, Server **out);
void server_close(Server *server);
/* Where it listens: "http://127.0.0.1:1234". Owned by @server. */
const char *server_url(const Server *server);
/* Serves until SIGTERM or SIGINT. Returns 0 or a negative errno. */
int server_run(Server *server);

#endif
