/* SPDX-License-Identifier: MIT */
/* The library as a whole: one connection to the agent, and the calls that are open on it. */
#pragma once

#include <httpClient/pal.h>
#include <mpsession/mpsession.h>

typedef struct Call Call;

/* One open call; embedded in each. */
typedef struct CallLink {
    struct CallLink *next, *previous;
} CallLink;

/* library_is_open() - whether XblInitialize() was called. */
bool library_is_open(void);

/*
 * library_start() - begin a call on the agent
 * @link: of the call; in the list until library_take()
 * @start: hands the call to the agent; called with the connection, under the library's lock
 *
 * Once it has succeeded the call may be completed, and freed, by another thread.
 *
 * Returns S_OK, E_XBL_NOT_INITIALIZED, or what @start failed with.
 */
HRESULT library_start(CallLink *link, int (*start)(MpsClient *client, uint32_t title_id, CallLink *link));

/* library_take() - takes a call out of the list: whoever did completes it. */
void library_take(CallLink *link);

/* library_cancel() - asks the agent to cancel a request. */
void library_cancel(const char *id);

/* library_say() - a line on standard error, if MPSESSION_XBL_DEBUG is set: what an HRESULT cannot tell. */
__attribute__((format(printf, 1, 2))) void library_say(const char *format, ...);
