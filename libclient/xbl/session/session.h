/* SPDX-License-Identifier: MIT */
/* The session object, as the service calls see it. */
#pragma once

#include <xsapi-c/multiplayer_c.h>

#include <stddef.h>
#include <stdint.h>

/*
 * session_serialize() - the document to PUT, as it is now
 * @connection: by which changes are told, for a member that this write makes active; NULL: none
 * @text: set on success; a compact JSON text to be freed by the caller
 *
 * Takes the session's lock: may run while another thread changes it. Returns S_OK, E_OUTOFMEMORY, or
 * WEB_E_INVALID_JSON_STRING: the CustomJson that it was created with is none.
 */
HRESULT session_serialize(XblMultiplayerSessionHandle session, const char *connection, char **text,
                          size_t *size);

/* What an answer of the service brings; texts are borrowed, "" or NULL = absent. */
typedef struct SessionAnswer {
    uint64_t xuid;        /* whose answer it is: the current user */
    const char *document; /* a session document */
    size_t document_size;
    const char *etag;
    const char *date; /* RFC 1123: the time of the session */
    const char *scid; /* the session's reference */
    const char *template_name;
    const char *name;
    XblWriteSessionStatus write_status;
} SessionAnswer;

/*
 * session_from_answer() - a new object with one reference
 *
 * Returns S_OK, E_OUTOFMEMORY, WEB_E_INVALID_JSON_STRING (no JSON at all), or WEB_E_UNEXPECTED_CONTENT (JSON, but a part of
 * it is not what the service says: better no session than half a one).
 */
HRESULT session_from_answer(const SessionAnswer *answer, XblMultiplayerSessionHandle *session);

/* session_etag(), session_reference() - of the object; owned by it. "" where it has none. */
const char *session_etag(XblMultiplayerSessionHandle session);
const XblMultiplayerSessionReference *session_reference(XblMultiplayerSessionHandle session);
