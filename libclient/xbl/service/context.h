/* SPDX-License-Identifier: MIT */
/* Contexts: what the calls need of them. */
#pragma once

#include <xsapi-c/types_c.h>

/* context_xuid() - whose it is. */
uint64_t context_xuid(XblContextHandle context);
