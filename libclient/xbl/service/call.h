/* SPDX-License-Identifier: MIT */
/* One asynchronous call on the service: from the block of a game to a request of the agent, and back. */
#pragma once

#include "service/library.h"
#include "session/uuid.h"

#include <XAsync.h>
#include <xsapi-c/multiplayer_c.h>

struct Call {
    CallLink link;
    XAsyncBlock *async; /* the provider's copy */
    const char *name;   /* of the function, for people */
    char id[UUID_SIZE];
    uint64_t xuid;
    int (*start)(MpsClient *client, const MpsCallOptions *options, Call *call);
    /* Takes what a completion brought; what it returns, with the size of the result, is what the game gets. */
    HRESULT (*finish)(Call *call, const MpsResult *result, size_t *size);
    /* The request. */
    bool by_handle;
    MpsWriteMode mode;
    XblMultiplayerSessionReference reference;
    char *handle_id;
    char *document;
    size_t document_size;
    char *etag;
    char scid[XBL_SCID_LENGTH];
    uint64_t *xuids;
    size_t n_xuids;
    /* The result. */
    XblMultiplayerSessionHandle session;
    XblMultiplayerActivityDetails *activities;
    size_t n_activities;
};

/* call_new() - for the user @xuid; NULL without memory. */
Call *call_new(const char *name, uint64_t xuid);

/* call_free() - a call that did not begin; NULL is allowed. */
void call_free(Call *call);

/* call_begin() - starts it. @call is consumed, whatever is returned. Returns as XAsyncBegin(). */
HRESULT call_begin(Call *call, XAsyncBlock *async);

/* call_abort() - completes an open call that the agent will not complete any more. */
void call_abort(CallLink *link);

/* call_completed() - the MpsCompletion of every call; @userdata is the call. */
void call_completed(const MpsResult *result, void *userdata);

/* call_reference() - the call's reference, as the native library takes it; borrowed. */
MpsReference call_reference(const Call *call);

/* call_take_session() - makes the session object of @result, for calls whose result is a session. */
HRESULT call_take_session(Call *call, const MpsResult *result, size_t *size);

/* call_session_result() - fetches a session; NULL on failure. @session NULL: the result is dropped. */
HRESULT call_session_result(XAsyncBlock *async, XblMultiplayerSessionHandle *session);

/* call_activities_result() - fetches the activities. */
HRESULT call_activities_result(XAsyncBlock *async, size_t size, void *buffer);
