/* SPDX-License-Identifier: MIT */
/* The log: standard error, with the prefixes of sd-daemon(3), which the journal reads. */
#pragma once

#include "base/util.h"

#include <syslog.h>

/*
 * log_line() - write one line
 * @level: LOG_ERR … LOG_DEBUG of syslog(3)
 *
 * Never a token, a document or a header of a request. Control characters are replaced, so that a server's words cannot
 * forge a line. Lines over 2000 bytes are cut.
 */
void log_line(int level, const char *format, ...) MPS_PRINTF(2, 3);

/* log_set_level() - what is written at most; LOG_INFO unless told. */
void log_set_level(int level);

#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
