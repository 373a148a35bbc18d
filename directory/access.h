/* SPDX-License-Identifier: MIT */
/* Who may read a session, and who may write what: the 403s. */
#ifndef DIRECTORY_ACCESS_H
#define DIRECTORY_ACCESS_H

#include "directory/user.h"

/* @session: NULL when it does not exist. @handle: the handle it was reached by, or NULL. */
bool access_may_read(const Directory *directory, const json_t *session, const Principal *who,
                     const json_t *handle);
/* Whether @who may use the handle at all. Returns 0 or REFUSED. */
int access_check_handle(const Directory *directory, const json_t *handle, const Principal *who,
                        Refusal *refusal);
/* @body: the request's document, or NULL when it could not be parsed. Returns 0 or REFUSED. */
int access_check_write(const Directory *directory, const json_t *session, const Principal *who,
                       const json_t *handle, const json_t *body, Refusal *refusal);

#endif
