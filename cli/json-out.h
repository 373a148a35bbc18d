/* SPDX-License-Identifier: MIT */
/* D-Bus values as JSON: what --json prints, and what the tables are made from. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#define CLEANUP_JSON __attribute__((cleanup(json_decrefp)))

/*
 * json_read() - the next complete value of a message
 * @value: set on success; a reference of the caller's
 *
 * Dictionaries with string keys become objects, arrays and structs arrays, variants what is inside. Returns 0,
 * -ENOMEM, -EBADMSG, or -EOPNOTSUPP for a file descriptor.
 */
int json_read(sd_bus_message *message, json_t **value);

/* json_text(), json_number(), json_flag() - a member of an object; "", 0, false when it is absent or of another type. */
const char *json_text(const json_t *object, const char *key);
uint64_t json_number(const json_t *object, const char *key);
bool json_flag(const json_t *object, const char *key);

/* json_print() - indented, with a newline, to stdout; on one line when line is true. */
void json_print(const json_t *value, bool line);
