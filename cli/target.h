/* SPDX-License-Identifier: MIT */
/* What a session is called on the command line, and what a request is called on the bus. */
#pragma once

#include "ipc/names.h"

#include <stdbool.h>
#include <stddef.h>

/* "HANDLE" or "SCID/TEMPLATE/NAME", taken apart; the agent checks the parts. */
typedef struct Target {
    bool by_handle;
    char *text; /* owned; the members below point into it */
    const char *handle;
    const char *scid;
    const char *template_name;
    const char *name;
} Target;

/*
 * target_parse() - take it apart
 *
 * Returns 0, -EINVAL when it has slashes but not two, or -ENOMEM. To be freed with target_clear().
 */
int target_parse(const char *text, Target *target);
void target_clear(Target *target);

/* The room for a request's object path. */
#define TARGET_PATH_SIZE (sizeof(MPS_REQUEST_PREFIX) + MPS_ID_LENGTH)

/* target_is_id() - whether it is a UUID in lower case, with dashes. */
bool target_is_id(const char *text);

/* target_is_id_start() - whether it can be the first characters (4 to 36) of such a UUID. */
bool target_is_id_start(const char *text);

/* target_path() - the object path of a request. id: MPS_ID_LENGTH characters. */
void target_path(const char *id, char path[static TARGET_PATH_SIZE]);

/* target_id() - the reverse. Returns 0, or -EINVAL for a path that is not a request's. */
int target_id(const char *path, char id[static MPS_ID_LENGTH + 1]);

/*
 * target_shorten() - a session's name that fits into a table: "5f2c0100…/quickmatch/game", "handle 0a7be2c4…"
 *
 * target: as the agent tells it. Writes at most size bytes to text and returns it.
 */
const char *target_shorten(const char *target, char *text, size_t size);
