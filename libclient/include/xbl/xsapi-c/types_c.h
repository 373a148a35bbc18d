/* SPDX-License-Identifier: MIT */
/* Types that all xsapi-c headers share. */
#pragma once

#include <XUser.h>
#include <httpClient/httpClient.h>
#include <xsapi-c/pal.h>

#define XBL_GUID_LENGTH 40
#define XBL_SCID_LENGTH XBL_GUID_LENGTH
#define XBL_GAMERTAG_CHAR_SIZE 48
#define XBL_MODERN_GAMERTAG_CHAR_SIZE 97
#define XBL_MODERN_GAMERTAG_SUFFIX_CHAR_SIZE 15
#define XBL_UNIQUE_MODERN_GAMERTAG_CHAR_SIZE 101
#define XBL_XBOX_USER_ID_CHAR_SIZE 63

typedef struct XblContext *XblContextHandle;
typedef XUserHandle XblUserHandle;

/* 0: none. */
typedef int32_t XblFunctionContext;

typedef struct XblGuid {
    _Null_terminated_ char value[XBL_GUID_LENGTH];
} XblGuid;
