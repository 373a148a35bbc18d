/* SPDX-License-Identifier: MIT */
/* Spans of time as people write and read them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DURATION_SIZE 32

/*
 * duration_parse() - "30s", "1h30min", "250ms"
 * @text: numbers with the units us, ms, s, min (or m), h, d, each once and from large to small; a number alone is seconds
 * @usec: set on success
 *
 * Returns 0, -EINVAL for another form, -ERANGE for a span that 64 bits do not hold.
 */
int duration_parse(const char *text, uint64_t *usec);

/*
 * duration_format() - "12 s", "3 min", "250 ms"; one unit, rounded down
 * @buffer: DURATION_SIZE bytes
 *
 * Returns buffer.
 */
const char *duration_format(uint64_t usec, char *buffer);

/*
 * duration_format_relative() - "in 12 s", "3 min ago", "now"
 * @then: µs since the epoch; 0 = never: "-"
 * @now: µs since the epoch
 *
 * Returns buffer, of DURATION_SIZE bytes.
 */
const char *duration_format_relative(uint64_t then, uint64_t now, char *buffer);
