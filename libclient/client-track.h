/* SPDX-License-Identifier: MIT */
/* Calls on their way to the agent, and again to the next one. */
#pragma once

#include "client-io.h"

/* track_add() - a call of the game: CALL_CANCEL is carried out and freed, others are kept until they were delivered. */
void track_add(Io *io, Call *call);

/* track_returned() - the game has seen its result: acknowledge and forget it. */
void track_returned(Io *io, Call *call);

/* track_issue() - hand waiting calls over, as many as the window takes. */
void track_issue(Io *io, uint64_t now);

/* track_accepted() - the agent has said that it has it. */
void track_accepted(Io *io, Call *call);

/* track_reset() - the agent that had them is gone: all calls wait again, in the order in which they were made. */
void track_reset(Io *io);

/* track_unreachable() - there is no agent to be had now. */
void track_unreachable(Io *io, const char *message);

/* track_acknowledge() - now, or once the agent is there. */
void track_acknowledge(Io *io, const char *id);

/* track_flush_notes() - tell a new agent what was noted. */
void track_flush_notes(Io *io);

/* track_has_unhanded() - is there something to be written that the agent may not have stored yet? */
bool track_has_unhanded(const Io *io);
