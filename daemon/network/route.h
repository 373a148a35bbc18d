/* SPDX-License-Identifier: MIT */
/* Watching the ways out of this machine: the kernel's word on default routes. A hint, no more. */
#pragma once

#include "base/util.h"

struct sd_event;

typedef struct RouteWatch RouteWatch;

/* A way out came, went or changed: told once for a burst, and at most once a second. */
typedef void (*RouteChanged)(void *userdata);

/* route_watch_new() - Returns 0, or a negative errno: a sandbox may not let it listen. */
int route_watch_new(struct sd_event *event, RouteChanged changed, void *userdata, RouteWatch **watch);
/* route_watch_free() - NULL is allowed. Returns NULL. */
RouteWatch *route_watch_free(RouteWatch *watch);
DEFINE_CLEANUP(RouteWatch *, route_watch_free)
