/* SPDX-License-Identifier: MIT */
/* All of xsapi-c that is here. */
#pragma once

#include <httpClient/httpClient.h>

#include <xsapi-c/types_c.h>
#include <xsapi-c/pal.h>
#include <xsapi-c/errors_c.h>
#include <xsapi-c/xbox_live_global_c.h>
#include <xsapi-c/xbox_live_context_c.h>
#include <xsapi-c/multiplayer_c.h>
