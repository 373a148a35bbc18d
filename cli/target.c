/* SPDX-License-Identifier: MIT */
/* What a session is called on the command line, and what a request is called on the bus. */
#include "cli/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_START_MIN 4

int target_parse(const char *text, Target *target)
{
    char *copy = strdup(text), *first, *second;

    if (!copy)
        return -ENOMEM;
    first = strchr(copy, '/');
    if (!first) {
        *target = (Target){.by_handle = true, .text = copy, .handle = copy};
        return 0;
    }
    second = strchr(first + 1, '/');
    if (!second || strchr(second + 1, '/')) {
        free(copy);
        return -EINVAL;
    }
    *first = *second = '\0';
    *target = (Target){.text = copy, .scid = copy, .template_name = first + 1, .name = second + 1};
    return 0;
}

void target_clear(Target *target)
{
    free(target->text);
    *target = (Target){0};
}

static bool is_dash_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool target_is_id_start(const char *text)
{
    size_t length = strlen(text);

    if (length < ID_START_MIN || length > MPS_ID_LENGTH)
        return false;
    for (size_t i = 0; i < length; i++)
        if (is_dash_place(i) ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
            return false;
    return true;
}

bool target_is_id(const char *text)
{
    return strlen(text) == MPS_ID_LENGTH && target_is_id_start(text);
}

void target_path(const char *id, char path[static TARGET_PATH_SIZE])
{
    size_t prefix = strlen(MPS_REQUEST_PREFIX);

    memcpy(path, MPS_REQUEST_PREFIX, prefix);
    for (size_t i = 0; i < MPS_ID_LENGTH; i++)
        path[prefix + i] = id[i] == '-' ? '_' : id[i];
    path[prefix + MPS_ID_LENGTH] = '\0';
}

int target_id(const char *path, char id[static MPS_ID_LENGTH + 1])
{
    size_t prefix = strlen(MPS_REQUEST_PREFIX);
    char found[MPS_ID_LENGTH + 1];

    if (strncmp(path, MPS_REQUEST_PREFIX, prefix) != 0 || strlen(path + prefix) != MPS_ID_LENGTH)
        return -EINVAL;
    for (size_t i = 0; i < MPS_ID_LENGTH; i++)
        found[i] = path[prefix + i] == '_' ? '-' : path[prefix + i];
    found[MPS_ID_LENGTH] = '\0';
    if (!target_is_id(found))
        return -EINVAL;
    memcpy(id, found, sizeof(found));
    return 0;
}

const char *target_shorten(const char *target, char *text, size_t size)
{
    const char *rest = strchr(target, '/');

    if (strlen(target) < MPS_ID_LENGTH)
        snprintf(text, size, "%s", target);
    else if (rest)
        snprintf(text, size, "%.8s…%s", target, rest);
    else
        snprintf(text, size, "handle %.8s…", target);
    return text;
}
