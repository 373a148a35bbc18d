/* SPDX-License-Identifier: MIT */
/* Users: the claims of their tokens and how they relate to each other. */
#include "directory/user.h"

#include <stdio.h>
#include <string.h>

#include "directory/schema.h"
#include "directory/util.h"

static const json_t *user_find(const Directory *directory, const char *xuid)
{
    return json_object_get(directory->users, xuid);
}

void user_principal(const Directory *directory, const char *xuid, Principal *out)
{
    const json_t *user = user_find(directory, xuid);

    *out = (Principal){0};
    snprintf(out->xuid, sizeof(out->xuid), "%s", xuid);
    snprintf(out->title_id, sizeof(out->title_id), "%lu",
             (unsigned long)json_number(user, "titleId", (json_int_t)directory->options->title_id));
    out->gamertag = json_text(user, "gamertag", NULL);
}

static int check_xuids(const json_t *list, const char *name, Refusal *refusal)
{
    json_t *item;
    size_t i;

    if (list && !json_is_array(list) && !json_is_null(list))
        return refuse(refusal, 400, "%s must be an array of XUIDs, or null for the default.", name);
    json_array_foreach(list, i, item) if (!json_is_string(item)) return refuse(
        refusal, 400, "%s must hold XUIDs as strings.", name);
    return 0;
}

int user_set(Directory *directory, const json_t *claims, Refusal *refusal)
{
    const char *xuid = json_text(claims, "xuid", NULL);
    const json_t *title = json_object_get(claims, "titleId");
    OWN_JSON json_t *user = NULL;
    int r = schema_check_shape(
        claims, "A user", "xuid,gamertag,titleId,deviceId,follows,favorites,blocks,multiplayer", refusal);

    if (r != 0)
        return r;
    if (!xuid || strlen(xuid) == 0 || strlen(xuid) >= XUID_SIZE)
        return refuse(refusal, 400, "A user needs an xuid.");
    if (title && (!json_is_integer(title) || json_integer_value(title) <= 0 ||
                  json_integer_value(title) > (json_int_t)UINT32_MAX))
        return refuse(refusal, 400, "titleId must be a number of 32 bits.");
    r = check_xuids(json_object_get(claims, "follows"), "follows", refusal);
    if (r == 0)
        r = check_xuids(json_object_get(claims, "favorites"), "favorites", refusal);
    if (r == 0)
        r = check_xuids(json_object_get(claims, "blocks"), "blocks", refusal);
    if (r != 0)
        return r;
    if (!user_find(directory, xuid) && json_object_size(directory->users) == USERS_MAX)
        return refuse(refusal, 400, "There are %d users already.", USERS_MAX);
    user = json_deep_copy(user_find(directory, xuid));
    if (!user)
        user = json_object();
    json_object_update(user, (json_t *)(uintptr_t)claims);
    json_object_set(directory->users, xuid, user);
    directory->dirty = true;
    return 0;
}

bool user_follows(const Directory *directory, const char *who, const char *whom)
{
    const json_t *follows = json_object_get(user_find(directory, who), "follows");

    return strcmp(who, whom) != 0 && (!json_is_array(follows) || json_array_has_text(follows, whom));
}

bool user_favors(const Directory *directory, const char *who, const char *whom)
{
    return json_array_has_text(json_object_get(user_find(directory, who), "favorites"), whom);
}

bool user_blocks(const Directory *directory, const char *who, const char *whom)
{
    return json_array_has_text(json_object_get(user_find(directory, who), "blocks"), whom);
}

bool user_same_device(const Directory *directory, const char *one, const char *other)
{
    const char *device = json_text(user_find(directory, one), "deviceId", NULL);
    const char *other_device = json_text(user_find(directory, other), "deviceId", NULL);

    return strcmp(one, other) == 0 || (device && other_device && strcmp(device, other_device) == 0);
}

bool user_may_play(const Directory *directory, const char *xuid)
{
    return !json_is_false(json_object_get(user_find(directory, xuid), "multiplayer"));
}
