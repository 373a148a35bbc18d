/* SPDX-License-Identifier: MIT */
/* The listening socket. */
#include "directory/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "directory/util.h"

typedef union Address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} Address;

static int address_parse(const Options *options, Address *out, socklen_t *length)
{
    const char *text = options->listen_address;

    if (strcasecmp(text, "localhost") == 0)
        text = "127.0.0.1";
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(options->listen_port);
        *length = sizeof(out->v4);
        return 0;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(options->listen_port);
        *length = sizeof(out->v6);
        return 0;
    }
    return -EINVAL;
}

static void address_describe(const Address *address, bool tls, ListenAddress *out)
{
    const char *scheme = tls ? "https" : "http";
    char text[INET6_ADDRSTRLEN];

    out->ipv6 = address->any.sa_family == AF_INET6;
    if (out->ipv6) {
        inet_ntop(AF_INET6, &address->v6.sin6_addr, text, sizeof(text));
        out->loopback = IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
        out->url = text_format("%s://[%s]:%u", scheme, text, ntohs(address->v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &address->v4.sin_addr, text, sizeof(text));
        out->loopback = (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127;
        out->url = text_format("%s://%s:%u", scheme, text, ntohs(address->v4.sin_port));
    }
}

static int listen_socket(const Address *address, socklen_t length)
{
    OWN_FD int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1, taken;

    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, &address->any, length) < 0 || listen(fd, SOMAXCONN) < 0)
        return -errno;
    taken = fd;
    fd = -1;
    return taken;
}

int listen_open(const Options *options, ListenAddress *out)
{
    socklen_t length;
    Address address;
    int fd;

    if (address_parse(options, &address, &length) < 0) {
        fprintf(stderr, "mpsession-directory: --listen: %s is not an IP address\n", options->listen_address);
        return -EINVAL;
    }
    fd = listen_socket(&address, length);
    if (fd < 0) {
        fprintf(stderr, "mpsession-directory: cannot listen on %s port %u: %s\n", options->listen_address,
                options->listen_port, strerror(-fd));
        return fd;
    }
    length = sizeof(address);
    if (getsockname(fd, &address.any, &length) < 0) {
        int error = -errno;

        close(fd);
        return error;
    }
    address_describe(&address, options->tls_key != NULL, out);
    return fd;
}
