/* SPDX-License-Identifier: MIT */
/* A session as the service shows it, and the replies that carry one. */
#ifndef DIRECTORY_RENDER_H
#define DIRECTORY_RENDER_H

#include "directory/directory.h"

/* The document of contract version 107 as @xuid sees it: of a large session only the own member. Owned. */
json_t *render_session(const json_t *session, const char *xuid);
/* The ETag as it stands in a header, in the style of the switch. Owned. */
char *render_etag(const Directory *directory, const json_t *session);
/* A reply with the whole session: ETag, Content-Location, Expires and the document. */
void render_reply(const Directory *directory, const json_t *session, const char *xuid, unsigned status,
                  Reply *reply);

#endif
