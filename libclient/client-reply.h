/* SPDX-License-Identifier: MIT */
/* What the agent says about calls. */
#pragma once

#include <dbus/dbus.h>

#include "client-io.h"

/* reply_take() - the reply with that serial to a call's message. */
void reply_take(Io *io, uint32_t serial, DBusMessage *message);

/* reply_take_completed() - the agent's signal. */
void reply_take_completed(Io *io, const char *id, DBusMessage *message);
