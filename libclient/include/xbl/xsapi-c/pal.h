/* SPDX-License-Identifier: MIT */
/* Words of the xsapi-c headers. */
#pragma once

#include <httpClient/pal.h>

#define XBL_NOEXCEPT HC_NOEXCEPT
#define XBL_DEPRECATED
#define STDAPI_XBL_DEPRECATED STDAPI
#define STDAPI_XBL_DEPRECATED_(type) STDAPI_(type)
#define XBL_INLINE inline
#define XBL_WARNING_PUSH
#define XBL_WARNING_DISABLE_DEPRECATED
#define XBL_WARNING_POP
