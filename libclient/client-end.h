/* SPDX-License-Identifier: MIT */
/* The one end of each call. */
#pragma once

#include "client-io.h"

/*
 * end_call() - it is done: tell the game
 * @result: consumed; NULL: there was no memory for one
 * @has_object: it is the agent's result, to be acknowledged once it was delivered
 *
 * The call stays in the table until it comes back delivered.
 */
void end_call(Io *io, Call *call, Result *result, bool has_object);

/* end_error() - it did not run to an outcome. @code, @message: NULL for the error's own. */
void end_error(Io *io, Call *call, MpsError error, const char *code, const char *message);

/* end_expired() - its deadline came, and certainly nothing was sent. */
void end_expired(Io *io, Call *call);

/* end_cancelled() - the agent never had it. */
void end_cancelled(Io *io, Call *call);

/* end_overdue() - end the calls that have been waited for long enough. */
void end_overdue(Io *io, uint64_t now);

/* end_unreachable() - there is no agent to be had now: end the calls that none can have. */
void end_unreachable(Io *io, const char *message);

/* end_clear_serial() - no reply is awaited any more. */
void end_clear_serial(Io *io, Call *call);
