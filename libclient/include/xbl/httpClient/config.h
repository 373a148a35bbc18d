/* SPDX-License-Identifier: MIT */
/* What the Xbox Live C headers know of the platform: it is Linux. */
#pragma once

#define HC_PLATFORM_UNKNOWN 0
#define HC_PLATFORM_LINUX 6
#if !defined(HC_PLATFORM)
#define HC_PLATFORM HC_PLATFORM_LINUX
#endif
#define HC_PLATFORM_IS_MICROSOFT 0
#define HC_PLATFORM_IS_APPLE 0
