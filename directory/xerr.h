/* SPDX-License-Identifier: MIT */
/* The refusals of the Xbox services that carry a number. */
#ifndef DIRECTORY_XERR_H
#define DIRECTORY_XERR_H

#include "directory/directory.h"

#define XERR_SANDBOX_NOT_ALLOWED INT64_C(2148916249)
#define XERR_CONTENT_ISOLATION INT64_C(2148916242)
#define XERR_DEVICES_MIXED INT64_C(2148916254)
#define XERR_DEVICE_EXPIRED INT64_C(2148916256)
#define XERR_TITLE_EXPIRED INT64_C(2148916257)
#define XERR_USER_EXPIRED INT64_C(2148916258)
#define XERR_DEVICE_INVALID INT64_C(2148916259)
#define XERR_TITLE_INVALID INT64_C(2148916260)
#define XERR_USER_INVALID INT64_C(2148916261)

/* Answers 401 with it. @redirect: where the user is sent; NULL: as is usual for this one. */
void xerr_reply(const Directory *directory, json_int_t xerr, const char *redirect, Reply *reply);
/* The headers that every answer of the Xbox services has. */
void xerr_headers(Reply *reply);

#endif
