/* SPDX-License-Identifier: MIT */
/* The accounts that can sign in. */
#include "directory/account.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "directory/schema.h"
#include "directory/util.h"

#define PRIVILEGES "185 188 189 203 252 254 255"
#define PRIVILEGES_ALONE "185 188 189 203 252 255"
#define FIRST_XUID UINT64_C(2533274900000001)

static json_t *account_find(const Directory *directory, const char *xuid)
{
    return json_object_get(directory->users, xuid);
}

bool account_make(Directory *directory, const char *xuid)
{
    json_t *user;

    if (account_find(directory, xuid))
        return true;
    if (!xuid_valid(xuid) || json_object_size(directory->users) == USERS_MAX)
        return false;
    user = json_pack("{s:s}", "xuid", xuid);
    if (strcmp(xuid, ACCOUNT_DEFAULT_XUID) == 0)
        json_object_set_new(user, "gamertag", json_string(ACCOUNT_DEFAULT_GAMERTAG));
    else
        json_object_set_new(user, "gamertag",
                            json_sprintf("Player%s", xuid + (strlen(xuid) > 4 ? strlen(xuid) - 4 : 0)));
    json_object_set_new(directory->users, xuid, user);
    directory->dirty = true;
    return true;
}

void account_ensure(Directory *directory)
{
    account_make(directory, ACCOUNT_DEFAULT_XUID);
}

char *account_next(Directory *directory)
{
    Identity *identity = &directory->identity;
    const json_t *named = json_array_get(identity->next, 0);
    json_int_t index = 0;
    const char *xuid;
    json_t *user;
    char *out;

    account_ensure(directory);
    if (named) {
        out = text_copy(json_string_value(named));
        json_array_remove(identity->next, 0);
        return out;
    }
    json_object_foreach(directory->users, xuid, user)
    {
        if (index++ == identity->turn % (json_int_t)json_object_size(directory->users))
            break;
    }
    identity->turn++;
    return text_copy(xuid);
}

static bool gamertag_valid(const char *gamertag)
{
    size_t length = strlen(gamertag);

    if (length == 0 || length > GAMERTAG_MAX)
        return false;
    for (const char *p = gamertag; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    return true;
}

char *account_by_gamertag(Directory *directory, const char *gamertag)
{
    uint64_t number = FIRST_XUID;
    OWN_TEXT char *made = NULL;
    const char *xuid;
    json_t *user;

    account_ensure(directory);
    json_object_foreach(directory->users, xuid, user)
    {
        if (strcasecmp(json_text(user, "gamertag", ""), gamertag) == 0)
            return text_copy(xuid);
    }
    if (!gamertag_valid(gamertag))
        return NULL;
    do {
        free(made);
        made = text_format("%" PRIu64, number++);
    } while (account_find(directory, made));
    if (!account_make(directory, made))
        return NULL;
    json_object_set_new(account_find(directory, made), "gamertag", json_string(gamertag));
    return text_copy(made);
}

const char *account_gamertag(const Directory *directory, const char *xuid)
{
    return json_text(account_find(directory, xuid), "gamertag", xuid);
}

const char *account_age_group(const Directory *directory, const char *xuid)
{
    return json_text(account_find(directory, xuid), "agg", "Adult");
}

char *account_privileges(const Directory *directory, const char *xuid)
{
    const json_t *list = json_object_get(account_find(directory, xuid), "privileges");
    char *text = NULL;
    json_t *number;
    size_t i;

    if (!json_is_array(list))
        return text_copy(user_may_play(directory, xuid) ? PRIVILEGES : PRIVILEGES_ALONE);
    text = text_copy("");
    json_array_foreach(list, i, number)
    {
        char *longer =
            text_format("%s%s%" JSON_INTEGER_FORMAT, text, i ? " " : "", json_integer_value(number));

        free(text);
        text = longer;
    }
    return text;
}

json_int_t account_xerr(const Directory *directory, const char *xuid)
{
    return json_number(account_find(directory, xuid), "xerr", 0);
}

static int check_privileges(const json_t *list, Refusal *refusal)
{
    json_t *number;
    size_t i;

    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list) || json_array_size(list) > 1000)
        return refuse(refusal, 400, "privileges is an array of numbers, or null for the default.");
    json_array_foreach(list, i, number)
    {
        if (!json_is_integer(number) || json_integer_value(number) < 0)
            return refuse(refusal, 400, "privileges is an array of numbers, or null for the default.");
    }
    return 0;
}

int account_check(const json_t *account, Refusal *refusal)
{
    const json_t *xerr = json_object_get(account, "xerr"), *agg = json_object_get(account, "agg");
    const json_t *gamertag = json_object_get(account, "gamertag");

    if (!json_is_object(account))
        return refuse(refusal, 400, "An account is an object.");
    if (schema_check_shape(account, "An account", "xuid,gamertag,privileges,agg,xerr", refusal) != 0)
        return REFUSED;
    if (!xuid_valid(json_text(account, "xuid", "")))
        return refuse(refusal, 400, "An account needs an xuid, a decimal number as text.");
    if (gamertag && !json_is_null(gamertag) && !gamertag_valid(json_text(account, "gamertag", "")))
        return refuse(refusal, 400, "gamertag is a text of at most %d bytes.", GAMERTAG_MAX);
    if (agg && !json_is_null(agg) && !text_list_has("Adult,Teen,Child", json_text(account, "agg", "")))
        return refuse(refusal, 400, "agg is Adult, Teen or Child.");
    if (xerr && !json_is_null(xerr) &&
        (!json_is_integer(xerr) || json_integer_value(xerr) < 0 || json_integer_value(xerr) > UINT32_MAX))
        return refuse(refusal, 400, "xerr is a number of 32 bits.");
    return check_privileges(json_object_get(account, "privileges"), refusal);
}

void account_set(Directory *directory, const json_t *account)
{
    const char *xuid = json_text(account, "xuid", "");
    const char *key;
    json_t *value;

    if (!account_make(directory, xuid))
        return;
    json_object_foreach((json_t *)(uintptr_t)account, key, value)
    {
        if (json_is_null(value))
            json_object_del(account_find(directory, xuid), key);
        else
            json_object_set(account_find(directory, xuid), key, value);
    }
    directory->dirty = true;
}
