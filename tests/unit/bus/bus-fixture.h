/* SPDX-License-Identifier: MIT */
/* Two ends of a connection without a bus, for reading what was written as a message. */
#pragma once

#include <criterion/criterion.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

static sd_bus *fixture_bus, *fixture_peer;

static inline void fixture_open(void)
{
    int fds[2];
    sd_id128_t id;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    cr_assert_geq(sd_id128_randomize(&id), 0);
    cr_assert_geq(sd_bus_new(&fixture_bus), 0);
    cr_assert_geq(sd_bus_set_fd(fixture_bus, fds[0], fds[0]), 0);
    cr_assert_geq(sd_bus_set_server(fixture_bus, 1, id), 0);
    cr_assert_geq(sd_bus_new(&fixture_peer), 0);
    cr_assert_geq(sd_bus_set_fd(fixture_peer, fds[1], fds[1]), 0);
    cr_assert_geq(sd_bus_start(fixture_bus), 0);
    cr_assert_geq(sd_bus_start(fixture_peer), 0);
    /* The handshake: each side has its turns until both are ready. */
    for (int i = 0; i < 100 && !(sd_bus_is_ready(fixture_bus) > 0 && sd_bus_is_ready(fixture_peer) > 0);
         i++) {
        sd_bus_process(fixture_bus, NULL);
        sd_bus_process(fixture_peer, NULL);
    }
    cr_assert(sd_bus_is_ready(fixture_bus) > 0 && sd_bus_is_ready(fixture_peer) > 0);
}

static inline void fixture_close(void)
{
    fixture_bus = sd_bus_close_unref(fixture_bus);
    fixture_peer = sd_bus_close_unref(fixture_peer);
}

static inline sd_bus_message *fixture_message(void)
{
    sd_bus_message *message = NULL;
    cr_assert_geq(sd_bus_message_new_method_call(fixture_peer, &message, NULL, "/x", "x.y", "Z"), 0);
    return message;
}

/* Sends it through the socket; what comes out at the other end was checked by sd-bus as any call is. */
static inline sd_bus_message *fixture_pass(sd_bus_message *message)
{
    sd_bus_message *out = NULL;
    cr_assert_geq(sd_bus_send(fixture_peer, message, NULL), 0);
    sd_bus_message_unref(message);
    for (int i = 0; i < 1000 && !out; i++) {
        cr_assert_geq(sd_bus_process(fixture_peer, NULL), 0);
        cr_assert_geq(sd_bus_process(fixture_bus, &out), 0);
    }
    cr_assert_not_null(out);
    return out;
}
