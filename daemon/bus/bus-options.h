/* SPDX-License-Identifier: MIT */
/* The options of a call that makes a request. */
#pragma once

#include "base/util.h"
#include "core/request.h"

#include <systemd/sd-bus.h>

typedef struct BusOptions {
    const char *id; /* NULL: none; all texts are borrowed from the message */
    const char *account;
    const char *etag;
    const char *supersedes;
    uint32_t title_id;
    uint64_t deadline_boot_usec; /* 0: none */
    bool fail_when_offline;
    CoreDurability durability;
} BusOptions;

/*
 * bus_options_read() - read and check the a{sv} that comes next in a message
 * @write: of a write; the others know fewer options
 * @mode: of the write
 * @boot_usec: now
 *
 * Returns 0, or a negative errno with the error InvalidOption set, which names the option.
 */
int bus_options_read(sd_bus_message *message, bool write, CoreMode mode, uint64_t boot_usec,
                     BusOptions *options, sd_bus_error *error);
