/* SPDX-License-Identifier: MIT */
/* A private libdbus connection, driven by an own poll loop. One thread alone touches it. */
#pragma once

#include <dbus/dbus.h>
#include <stdbool.h>
#include <stdint.h>

/* libdbus keeps one watch for reading and one for writing per connection, and a timeout or two while it authenticates. */
enum { BUS_WATCHES_MAX = 8, BUS_TIMEOUTS_MAX = 8 };

typedef struct Bus {
    DBusConnection *connection; /* NULL: none */
    DBusWatch *watches[BUS_WATCHES_MAX];
    unsigned watches_count;
    struct {
        DBusTimeout *timeout;
        uint64_t due_usec; /* UINT64_MAX: disabled */
    } timeouts[BUS_TIMEOUTS_MAX];
    unsigned timeouts_count;
} Bus;

/* bus_now_usec() - CLOCK_BOOTTIME in microseconds. */
uint64_t bus_now_usec(void);

/*
 * bus_choose_address() - where the session bus is
 * @given: the game's own choice, or NULL
 * @address: set to a copy, to be freed with free(); NULL if there is none
 *
 * Reads the environment. Never an address that would start a bus. Return: 0 or MPS_ERROR_NO_MEMORY.
 */
int bus_choose_address(const char *given, char **address);

/*
 * bus_open() - connect, without greeting the bus
 * @filter: gets every message
 *
 * Connects to the socket; authentication goes on in bus_poll(). Return: false if nobody listens there.
 */
bool bus_open(Bus *bus, const char *address, DBusHandleMessageFunction filter, void *userdata);

/* bus_close() - as often as wanted. */
void bus_close(Bus *bus);

/*
 * bus_send() - queue a message
 * @message: consumed; NULL is allowed and fails
 * @serial: set to its serial; NULL: not wanted
 *
 * Return: false without memory.
 */
bool bus_send(Bus *bus, DBusMessage *message, uint32_t *serial);

/* bus_dispatch() - hand at most a few hundred messages to the filter. Return: true if there are more. */
bool bus_dispatch(Bus *bus);

/* bus_has_output() - are there messages that were not written to the socket? */
bool bus_has_output(Bus *bus);

/*
 * bus_poll() - wait for the socket, for @wake_fd, or until @until_usec, and do what libdbus wants then
 * @until_usec: bus_now_usec() when to return at the latest; 0: at once; UINT64_MAX: never
 */
void bus_poll(Bus *bus, int wake_fd, uint64_t until_usec);
