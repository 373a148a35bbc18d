/* SPDX-License-Identifier: MIT */
/* The members of a session: join, update, leave, reserve. */
#ifndef DIRECTORY_MEMBER_H
#define DIRECTORY_MEMBER_H

#include "directory/merge.h"

/* Applies the members object of a request. Returns 0 or REFUSED. */
int member_apply(const MergeContext *context, json_t *session, const json_t *members, Refusal *refusal);
/* The device token the service derives from a member's secureDeviceAddress. Owned, or NULL when it has none. */
char *member_device_token(const json_t *member);

#endif
