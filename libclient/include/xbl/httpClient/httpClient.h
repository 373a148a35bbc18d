/* SPDX-License-Identifier: MIT */
/* The types of libHttpClient that Xbox Live headers speak of. Its functions are not here: games do not need them. */
#pragma once

#include <httpClient/async.h>
#include <httpClient/pal.h>

typedef uint32_t HCMemoryType;
typedef struct HC_CALL *HCCallHandle;
