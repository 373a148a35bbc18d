/* SPDX-License-Identifier: MIT */
/* The game runtime: nothing to be started here, but games do start it. */
#pragma once

#include <httpClient/pal.h>

/* XGameRuntimeInitialize() - returns S_OK. Since 0.1. */
STDAPI XGameRuntimeInitialize(void) HC_NOEXCEPT;
STDAPI_(void) XGameRuntimeUninitialize(void) HC_NOEXCEPT;
