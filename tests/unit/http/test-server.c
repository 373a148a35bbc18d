/* SPDX-License-Identifier: MIT */
/* A scripted server on loopback, on a thread of its own. */
#include "test-server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define CONNECTIONS_MAX 64
#define REQUESTS_MAX 256
#define INPUT_MAX (2U << 20)

typedef struct Connection {
    int fd;
    unsigned number;
    bool silent, flooding;
    const char *held;
    char *input;
    size_t size;
    bool head_counted;
} Connection;

struct Server {
    const ServerStep *steps;
    size_t steps_count, step;
    int listener, stop_fd;
    unsigned port;
    pthread_t thread;
    pthread_mutex_t mutex;
    unsigned connections, requests, heads;
    ServerRequest kept[REQUESTS_MAX];
    Connection open[CONNECTIONS_MAX];
    size_t open_count;
};

static void die_unless(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    abort();
}

static void connection_close(Server *server, size_t index, bool reset)
{
    Connection *connection = &server->open[index];
    if (reset) {
        struct linger linger = {.l_onoff = 1};
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    }
    close(connection->fd);
    free(connection->input);
    server->open[index] = server->open[--server->open_count];
}

static const ServerStep *server_step(const Server *server)
{
    return &server->steps[server->step < server->steps_count ? server->step : server->steps_count - 1];
}

static void send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        data += sent;
        size -= (size_t)sent;
    }
}

static size_t content_length(const char *head)
{
    const char *line = strcasestr(head, "\r\ncontent-length:");
    return line ? strtoul(line + 17, NULL, 10) : 0;
}

/* Returns false when the connection is gone. */
static bool connection_act(Server *server, size_t index)
{
    Connection *connection = &server->open[index];
    const ServerStep *step = server_step(server);
    server->step++;
    size_t size = step->text ? strlen(step->text) : 0;
    switch (step->action) {
    case SERVER_REPLY:
        send_all(connection->fd, step->text, size);
        return true;
    case SERVER_REPLY_CLOSE:
        send_all(connection->fd, step->text, size);
        break;
    case SERVER_SILENT:
        connection->silent = true;
        return true;
    case SERVER_HOLD:
        connection->held = step->text;
        return true;
    case SERVER_FLOOD:
        send_all(connection->fd, step->text, size);
        connection->flooding = true;
        return true;
    case SERVER_READ_DIE:
        close(server->listener);
        server->listener = -1;
        break;
    default:
        break;
    }
    connection_close(server, index, step->action == SERVER_RESET);
    return false;
}

/* One request out of the input, if it is there whole. Returns false when the connection is gone. */
static bool connection_parse(Server *server, size_t index, bool *more)
{
    Connection *connection = &server->open[index];
    *more = false;
    char *end = connection->size ? memmem(connection->input, connection->size, "\r\n\r\n", 4) : NULL;
    if (!end)
        return true;
    size_t head = (size_t)(end - connection->input) + 4;
    if (!connection->head_counted) {
        connection->head_counted = true;
        server->heads++;
        if (server_step(server)->action == SERVER_HEAD_CLOSE)
            return connection_act(server, index);
    }
    char saved = connection->input[head];
    connection->input[head] = '\0';
    size_t body = content_length(connection->input);
    connection->input[head] = saved;
    if (connection->size < head + body)
        return true;
    if (server->requests < REQUESTS_MAX) {
        ServerRequest *kept = &server->kept[server->requests];
        kept->head = strndup(connection->input, head);
        kept->body = malloc(body + 1);
        die_unless(kept->head && kept->body, "malloc");
        memcpy(kept->body, connection->input + head, body);
        kept->body[body] = '\0';
        kept->body_size = body;
        kept->connection = connection->number;
    }
    server->requests++;
    memmove(connection->input, connection->input + head + body, connection->size - head - body);
    connection->size -= head + body;
    connection->head_counted = false;
    *more = true;
    return connection_act(server, index);
}

static void connection_readable(Server *server, size_t index)
{
    Connection *connection = &server->open[index];
    if (server_step(server)->action == SERVER_UNREAD_CLOSE && connection->size == 0) {
        char byte;
        if (recv(connection->fd, &byte, 1, MSG_PEEK) > 0)
            server->step++;
        connection_close(server, index, false);
        return;
    }
    ssize_t got =
        recv(connection->fd, connection->input + connection->size, INPUT_MAX - connection->size - 1, 0);
    if (got <= 0) {
        connection_close(server, index, false);
        return;
    }
    connection->size += (size_t)got;
    for (bool more = true; more;)
        if (!connection_parse(server, index, &more))
            return;
}

static void connection_flood(Server *server, size_t index)
{
    static const char bytes[65536];
    if (send(server->open[index].fd, bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
        connection_close(server, index, false);
}

static void server_accept(Server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (server->open_count == CONNECTIONS_MAX) {
        close(fd);
        return;
    }
    Connection connection = {.fd = fd, .number = ++server->connections, .input = malloc(INPUT_MAX)};
    die_unless(connection.input, "malloc");
    server->open[server->open_count++] = connection;
}

static void *server_main(void *userdata)
{
    Server *server = userdata;
    for (;;) {
        struct pollfd fds[CONNECTIONS_MAX + 2] = {{.fd = server->stop_fd, .events = POLLIN},
                                                  {.fd = server->listener, .events = POLLIN}};
        size_t count = server->open_count;
        for (size_t i = 0; i < count; i++)
            fds[i + 2] = (struct pollfd){.fd = server->open[i].fd,
                                         .events = server->open[i].flooding ? POLLOUT : POLLIN};
        if (poll(fds, count + 2, -1) < 0)
            continue;
        if (fds[0].revents)
            return NULL;
        pthread_mutex_lock(&server->mutex);
        /* From the end, since a closed one is replaced by the last. */
        for (size_t i = count; i-- > 0;) {
            if (!fds[i + 2].revents)
                continue;
            if (server->open[i].flooding)
                connection_flood(server, i);
            else
                connection_readable(server, i);
        }
        if (fds[1].revents)
            server_accept(server);
        pthread_mutex_unlock(&server->mutex);
    }
}

static Server *server_begin(int family, const ServerStep *steps, size_t count)
{
    Server *server = calloc(1, sizeof *server);
    die_unless(server, "calloc");
    server->steps = steps;
    server->steps_count = count;
    pthread_mutex_init(&server->mutex, NULL);
    server->stop_fd = eventfd(0, EFD_CLOEXEC);
    server->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    die_unless(server->listener >= 0 && server->stop_fd >= 0, "socket");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 address6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr *any = family == AF_INET ? (struct sockaddr *)&address : (struct sockaddr *)&address6;
    socklen_t size = family == AF_INET ? sizeof address : sizeof address6;
    die_unless(bind(server->listener, any, size) == 0 && listen(server->listener, 64) == 0 &&
                   getsockname(server->listener, any, &size) == 0,
               "listen");
    server->port = ntohs(family == AF_INET ? address.sin_port : address6.sin6_port);
    die_unless(pthread_create(&server->thread, NULL, server_main, server) == 0, "pthread_create");
    return server;
}

Server *server_start(const ServerStep *steps, size_t count)
{
    return server_begin(AF_INET, steps, count);
}

Server *server_start_ipv6(const ServerStep *steps, size_t count)
{
    return server_begin(AF_INET6, steps, count);
}

Server *server_stop(Server *server)
{
    if (!server)
        return NULL;
    uint64_t one = 1;
    (void)!write(server->stop_fd, &one, sizeof one);
    pthread_join(server->thread, NULL);
    while (server->open_count > 0)
        connection_close(server, 0, false);
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        free(server->kept[i].head);
        free(server->kept[i].body);
    }
    close_fd(&server->listener);
    close(server->stop_fd);
    pthread_mutex_destroy(&server->mutex);
    free(server);
    return NULL;
}

unsigned server_port(const Server *server)
{
    return server->port;
}

static unsigned server_read(Server *server, const unsigned *counter)
{
    pthread_mutex_lock(&server->mutex);
    unsigned value = *counter;
    pthread_mutex_unlock(&server->mutex);
    return value;
}

unsigned server_connections(Server *server)
{
    return server_read(server, &server->connections);
}

unsigned server_requests(Server *server)
{
    return server_read(server, &server->requests);
}

unsigned server_heads(Server *server)
{
    return server_read(server, &server->heads);
}

unsigned server_open(Server *server)
{
    pthread_mutex_lock(&server->mutex);
    unsigned count = (unsigned)server->open_count;
    pthread_mutex_unlock(&server->mutex);
    return count;
}

void server_release(Server *server)
{
    pthread_mutex_lock(&server->mutex);
    for (size_t i = 0; i < server->open_count; i++) {
        const char *text = server->open[i].held;
        server->open[i].held = NULL;
        if (text)
            send_all(server->open[i].fd, text, strlen(text));
    }
    pthread_mutex_unlock(&server->mutex);
}

const ServerRequest *server_request(Server *server, unsigned index)
{
    return index < server_requests(server) && index < REQUESTS_MAX ? &server->kept[index] : NULL;
}
