/* SPDX-License-Identifier: MIT */
/* Completions on their way to the game. */
#pragma once

#include "client.h"

/* deliver_push() - a call is done. On the I/O thread; the call is the game's side's until it comes back in returned. */
void deliver_push(MpsClient *client, Call *call);

/*
 * deliver_dispatch() - run the callbacks of what is done
 * @timeout_msec: to wait for a first one
 *
 * Return: how many ran.
 */
int deliver_dispatch(MpsClient *client, int timeout_msec);

/* deliver_thread() - the thread of MPS_OWN_THREAD. A slow callback holds up other callbacks, but not the bus. */
void *deliver_thread(void *client);
