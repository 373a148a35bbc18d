/* SPDX-License-Identifier: MIT */
/* Which app a process belongs to, by what its sandbox says; fails closed. */
#pragma once

#include "base/util.h"

#include <sys/types.h>

#define BUS_APP_ID_MAX 255

typedef struct BusIdentity {
    bool sandboxed;                  /* Flatpak or snap: app_id is an authority; otherwise a mere label */
    char app_id[BUS_APP_ID_MAX + 1]; /* "org.example.Game", "snap.game"; a label: "app-steam-app123"; or "" */
} BusIdentity;

/*
 * bus_sandbox_read() - look at a process
 * @reason: why it cannot be told; at least 200 bytes
 *
 * Returns 0, or a negative errno: then the process must be refused.
 */
int bus_sandbox_read(pid_t pid, BusIdentity *identity, char *reason, size_t reason_size);

/*
 * bus_sandbox_parse_flatpak() - the app id in the text of a .flatpak-info
 *
 * Returns 0, or -EBADMSG for a text without exactly one well-formed name.
 */
int bus_sandbox_parse_flatpak(const char *text, size_t size, char app_id[BUS_APP_ID_MAX + 1]);

/* bus_sandbox_parse_cgroup() - a snap, or the label of a host process, in the text of /proc/PID/cgroup. Returns 0, or
 * -EBADMSG for a snap without a well-formed name. */
int bus_sandbox_parse_cgroup(const char *text, BusIdentity *identity);
