/* SPDX-License-Identifier: MIT */
/* Sessions for the tests of the golden requests. */
#pragma once

#include "session/session.h"

#include <xsapi-c/errors_c.h>

/* golden_new(), golden_with() - a local session of 9; with initial constants. */
XblMultiplayerSessionHandle golden_new(void);
XblMultiplayerSessionHandle golden_with(const XblMultiplayerSessionInitArgs *arguments);

/* golden_got() - a session as the service has it: members 9 and 10, custom {x, y}, a role type. @xuid asks. */
XblMultiplayerSessionHandle golden_got(uint64_t xuid);

/* golden_from() - a session of 9 from a document; fails the test if it is refused. */
XblMultiplayerSessionHandle golden_from(const char *document);

/* golden_document - of the service, with every field that is read; members 3 (9) and 4 (10). */
extern const char golden_document[];

/* golden_check() - that @session is written as @expected (JSON values; GUID stands for any id); closes it. */
void golden_check(XblMultiplayerSessionHandle session, const char *expected);

/* golden_check_connected() - the same, written over a connection that tells changes. */
void golden_check_connected(XblMultiplayerSessionHandle session, const char *connection,
                            const char *expected);

/* golden_look() - golden_check() without closing it. */
void golden_look(XblMultiplayerSessionHandle session, const char *expected);

/* golden_read() - what comes of a document, and the session if one does; NULL if none. */
HRESULT golden_read(const char *document, size_t size, XblMultiplayerSessionHandle *session);

/* golden_refused() - the same without the session. */
HRESULT golden_refused(const char *document);
