/* SPDX-License-Identifier: MIT */
/* Reaching the agent: the bus, who owns the name, starting it, and noticing that it is gone. */
#pragma once

#include "client-io.h"

/* link_open() - a first attempt to reach the bus. */
void link_open(Io *io);

/* link_step() - do what can be done without waiting. */
void link_step(Io *io, uint64_t now);

/* link_next_usec() - when link_step() is due again; UINT64_MAX: not by time. */
uint64_t link_next_usec(const Io *io);

/* link_hurry() - somebody new wants the agent: do not let him wait for a long back-off. */
void link_hurry(Io *io);

/* link_lost() - the agent does not take calls any more. Called again and again by each failing call. */
void link_lost(Io *io, bool leaving);

/* link_filter() - all that comes from the bus. */
DBusHandlerResult link_filter(DBusConnection *connection, DBusMessage *message, void *io);
