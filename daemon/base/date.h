/* SPDX-License-Identifier: MIT */
/* Times as they stand in headers and documents: a stranger's word. Pure. */
#pragma once

#include "base/util.h"

/*
 * date_parse_http() - the three forms of RFC 9110
 * @seconds: since the epoch; set on success
 */
bool date_parse_http(const char *text, int64_t *seconds);

/*
 * date_parse_iso() - YYYY-MM-DDThh:mm:ss, a fraction of up to seven digits or none, and Z
 * @seconds: since the epoch; set on success. The fraction is cut off, so that nothing lasts longer than it says
 */
bool date_parse_iso(const char *text, int64_t *seconds);

/*
 * date_retry_after() - a Retry-After header, in either form
 * @date: the reply's own Date, or NULL: then wall_usec is taken
 *
 * Returns whether it makes sense; a moment that is past is 0. Not capped.
 */
bool date_retry_after(const char *text, const char *date, uint64_t wall_usec, uint64_t *usec);
