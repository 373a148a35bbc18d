/* SPDX-License-Identifier: MIT */
/* The HTTP side, on libmicrohttpd's external loop: our epoll holds MHD's, the signals and the holds. */
#include "directory/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "directory/exchange.h"
#include "directory/hold.h"
#include "directory/listen.h"
#include "directory/perform.h"
#include "directory/util.h"

#define IDLE_TIMEOUT_S 300U
#define EVENTS_MAX 64
#define CONNECTION_MEMORY ((size_t)64 * 1024)

struct Server {
    ServerContext context; /* what a request needs to know */
    struct MHD_Daemon *daemon;
    ListenAddress address;
    char *certificate, *key;
    int epoll, signals, listener;
};

static char *read_pem(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;

    /* A PEM file holds no NUL, so this takes the whole of it. */
    if (!file || getdelim(&text, &size, '\0', file) <= 0) {
        fprintf(stderr, "mpsession-directory: %s cannot be read: %s\n", path, strerror(errno));
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

static int server_watch(Server *server)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = server};
    sigset_t set;
    int r;

    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server->epoll < 0)
        return -errno;
    r = hold_open(&server->context.hold, server->epoll);
    if (r < 0)
        return r;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -errno;
    server->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (server->signals < 0 || epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->signals, &event) < 0)
        return -errno;
    return 0;
}

static int server_start(Server *server)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    const union MHD_DaemonInfo *info;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, server->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, server->key},
        {MHD_OPTION_END, 0, NULL},
    };

    if (server->address.ipv6)
        flags |= MHD_USE_IPv6;
    if (server->key)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, exchange_handle, &server->context, MHD_OPTION_LISTEN_SOCKET, server->listener,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED,
        exchange_completed, &server->context, MHD_OPTION_NOTIFY_CONNECTION, exchange_connection,
        &server->context, MHD_OPTION_URI_LOG_CALLBACK, exchange_target, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
        exchange_unescape, NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (!server->daemon) {
        fprintf(stderr, "mpsession-directory: the HTTP server cannot start%s\n",
                server->key ? ": is the certificate's key the right one?" : "");
        return -EIO;
    }
    server->listener = -1;
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info || epoll_ctl(server->epoll, EPOLL_CTL_ADD, info->epoll_fd, &event) < 0)
        return -EIO;
    return 0;
}

int server_open(Directory *directory, Server **out)
{
    const Options *options = directory->options;
    Server *server = memory_new(sizeof(*server));
    int r;

    server->context.directory = directory;
    server->context.hold.timer = -1;
    directory->hold = &server->context.hold;
    server->context.plain = !options->tls_key;
    server->epoll = server->signals = -1;
    server->listener = listen_open(options, &server->address);
    r = server->listener < 0 ? server->listener : 0;
    server->context.loopback = server->address.loopback;
    if (r == 0 && options->tls_key) {
        server->certificate = read_pem(options->tls_certificate);
        server->key = read_pem(options->tls_key);
        if (!server->certificate || !server->key)
            r = -EINVAL;
    }
    if (r == 0) {
        r = server_watch(server);
        if (r < 0)
            fprintf(stderr, "mpsession-directory: %s\n", strerror(-r));
    }
    if (r == 0)
        r = server_start(server);
    if (r < 0)
        server_close(server);
    else
        *out = server;
    return r;
}

void server_close(Server *server)
{
    if (server->daemon) {
        /* The library must not stop with suspended connections. */
        hold_stop(&server->context.hold);
        MHD_run(server->daemon);
        MHD_stop_daemon(server->daemon);
    }
    server->context.directory->hold = NULL;
    hold_close(&server->context.hold);
    if (server->listener >= 0)
        close(server->listener);
    if (server->signals >= 0)
        close(server->signals);
    if (server->epoll >= 0)
        close(server->epoll);
    free(server->address.url);
    free(server->certificate);
    free(server->key);
    free(server);
}

const char *server_url(const Server *server)
{
    return server->address.url;
}

static int server_timeout(const Server *server)
{
    MHD_UNSIGNED_LONG_LONG milliseconds;

    if (MHD_get_timeout(server->daemon, &milliseconds) != MHD_YES)
        return -1;
    return milliseconds > 60000 ? 60000 : (int)milliseconds;
}

static void server_run_late(Server *server)
{
    Hold *hold = &server->context.hold;
    uint64_t expirations;
    Held *held;

    if (read(hold->timer, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
        return;
    while ((held = hold_due(hold)) != NULL) {
        if (held->later.status == 0)
            perform_late(server->context.directory, &held->call);
        hold_end(hold, held, held->later.status ? &held->later : NULL);
    }
}

int server_run(Server *server)
{
    struct epoll_event events[EVENTS_MAX];

    for (;;) {
        int n = epoll_wait(server->epoll, events, EVENTS_MAX, server_timeout(server));
        bool due = false;

        if (n < 0 && errno != EINTR)
            return -errno;
        for (int i = 0; i < n; i++) {
            void *who = events[i].data.ptr;

            if (who == server)
                return 0;
            if (who == &server->context.hold)
                due = true;
            else if (who)
                hold_leave(&server->context.hold, who);
        }
        /* After those who left: a due call may let go of a connection that has an event here as well. */
        if (due)
            server_run_late(server);
        /* The library does not count a connection that came back as a reason to be run again. */
        do {
            server->context.hold.resumed = false;
            if (MHD_run(server->daemon) != MHD_YES)
                return -EIO;
        } while (server->context.hold.resumed);
    }
}
