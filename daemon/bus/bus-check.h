/* SPDX-License-Identifier: MIT */
/* The form of arguments: what is checked here needs no look at the agent's state. */
#pragma once

#include "base/util.h"

#include <systemd/sd-bus.h>

/*
 * bus_check_handle(), bus_check_reference() - arguments of a method
 * @lower: set to the UUID in lower case
 *
 * Return 0, or a negative errno with InvalidHandle or InvalidReference set.
 */
int bus_check_handle(const char *handle_id, char lower[37], sd_bus_error *error);
int bus_check_scid(const char *scid, char lower[37], sd_bus_error *error);
int bus_check_reference(const char *scid, const char *template_name, const char *name, char lower[37],
                        sd_bus_error *error);
