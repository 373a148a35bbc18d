/* SPDX-License-Identifier: MIT */
/* What users are doing. */
#pragma once

#include <xsapi-c/multiplayer_c.h>

/*
 * activities_from_json() - reads the service's array of activities
 * @activities: set on success; one block, to be freed; never NULL
 *
 * CustomSessionPropertiesJson stays NULL. Returns S_OK, E_OUTOFMEMORY, WEB_E_INVALID_JSON_STRING or
 * WEB_E_UNEXPECTED_CONTENT.
 */
HRESULT activities_from_json(const char *text, XblMultiplayerActivityDetails **activities, size_t *count);
