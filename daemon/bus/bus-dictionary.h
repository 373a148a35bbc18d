/* SPDX-License-Identifier: MIT */
/* Reading a{sv} arguments: every key known, of the right type, and given once. */
#pragma once

#include "base/util.h"

#include <systemd/sd-bus.h>

typedef struct BusKey {
    const char *name;
    char type;     /* 's', 'u', 't' or 'b' */
    size_t offset; /* where a const char *, uint32_t, uint64_t or int goes */
} BusKey;

/*
 * bus_dictionary_read() - read the a{sv} that comes next in a message
 * @count: of keys, at most 32
 * @target: what the offsets are of; texts are borrowed from the message
 * @seen: set to a mask of the keys that were given
 * @noun: "option" or "filter", for the message
 *
 * Returns 0, or a negative errno with the error InvalidOption set, which names the key.
 */
int bus_dictionary_read(sd_bus_message *message, const BusKey *keys, size_t count, void *target,
                        uint32_t *seen, const char *noun, sd_bus_error *error);
