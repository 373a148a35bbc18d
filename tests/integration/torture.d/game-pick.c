/* SPDX-License-Identifier: MIT */
/* What the game does next, by its dice. Each document holds its request's id, so that a commit tells whose it is. */
#include "game.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USEC_PER_MSEC UINT64_C(1000)

__attribute__((format(printf, 2, 3))) static void set_body(Call *call, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(call->body, sizeof(call->body), format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof(call->body))
        abort();
}

/* Comes in, and makes the session where the mode allows it. What is given is the same each time: constants cannot change. */
static void pick_join(Game *game, Call *call)
{
    unsigned roll = game_roll(game, 10);

    call->purpose = "join";
    call->mode = roll < 3 ? MPS_CREATE_NEW : roll < 7 ? MPS_UPDATE_OR_CREATE_NEW : MPS_UPDATE_EXISTING;
    set_body(call,
             "{\"constants\":{\"system\":{\"visibility\":\"open\",\"maxMembersCount\":40}},"
             "\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"%s\"}},"
             "\"properties\":{\"system\":{\"active\":true},\"custom\":{\"joined\":\"%s\"}}}}}",
             game->accounts[call->account], call->id);
}

static void pick_leave(Call *call)
{
    call->purpose = "leave";
    call->mode = MPS_UPDATE_EXISTING;
    /* Taking away what is not there changes nothing, but says whose leave it is. */
    set_body(call, "{\"members\":{\"me\":null},\"properties\":{\"custom\":{\"left-%s\":null}}}", call->id);
}

static void pick_own(Game *game, Call *call)
{
    static const char filler[] = "................................................................";
    char pad[1500] = "";

    call->purpose = "own";
    call->mode = game_chance(game, 80) ? MPS_UPDATE_EXISTING : MPS_UPDATE_OR_CREATE_NEW;
    for (unsigned i = game_chance(game, 30) ? game_roll(game, 20) : 0; i > 0; i--)
        strcat(pad, filler);
    set_body(call, "{\"members\":{\"me\":{\"properties\":{\"custom\":{\"own\":\"%s\",\"pad\":\"%s\"}}}}}",
             call->id, pad);
}

static void pick_shared(Game *game, Call *call)
{
    char key[20];

    call->purpose = "shared";
    call->mode = game_chance(game, 85) ? MPS_UPDATE_EXISTING : MPS_UPDATE_OR_CREATE_NEW;
    snprintf(key, sizeof(key), "shared%u", game_roll(game, 4));
    if (game_chance(game, 30)) {
        /* Only the newest matters. */
        snprintf(key, sizeof(key), "newest%u", game->number);
        snprintf(call->supersedes, sizeof(call->supersedes), "%s", key);
    }
    set_body(call, "{\"properties\":{\"custom\":{\"%s\":\"%s\"}}}", key, call->id);
}

static void pick_synchronized(Game *game, Call *call)
{
    pick_shared(game, call);
    call->purpose = "synchronized";
    call->mode = MPS_SYNCHRONIZED_UPDATE;
    snprintf(call->etag, sizeof(call->etag), "%s", game->places[call->session].etag);
}

static void pick_new(Call *call)
{
    call->purpose = "new";
    call->mode = MPS_CREATE_NEW;
    set_body(call, "{\"properties\":{\"custom\":{\"made\":\"%s\"}}}", call->id);
}

static void pick_write(Game *game, Call *call)
{
    bool member = game->member[call->account][call->session];
    unsigned roll = game_roll(game, 100);

    call->kind = CALL_WRITE;
    if (!member && roll < 75)
        pick_join(game, call);
    else if (roll < 6)
        pick_leave(call);
    else if (roll < 10)
        pick_new(call);
    else if (roll < 13)
        pick_join(game, call);
    else if (roll < 35 && game->places[call->session].etag[0])
        pick_synchronized(game, call);
    else if (roll < 65)
        pick_shared(game, call);
    else
        pick_own(game, call);
}

/* From hopeless to none at all. */
static uint64_t pick_deadline(Game *game)
{
    unsigned roll = game_roll(game, 100);

    if (roll < 10)
        return (50 + game_roll(game, 1950)) * USEC_PER_MSEC;
    if (roll < 40)
        return (3000 + game_roll(game, 7000)) * USEC_PER_MSEC;
    if (roll < 80)
        return (10000 + game_roll(game, 30000)) * USEC_PER_MSEC;
    if (roll < 90)
        return (40000 + game_roll(game, 50000)) * USEC_PER_MSEC;
    return 0;
}

static MpsDurability pick_durability(Game *game)
{
    unsigned roll = game_roll(game, 100);

    return roll < 85   ? MPS_DURABILITY_DEFAULT
           : roll < 90 ? MPS_DURABILITY_POWER
           : roll < 97 ? MPS_DURABILITY_CRASH
                       : MPS_DURABILITY_NONE;
}

static void pick_way(Game *game, Call *call)
{
    const Place *place = &game->places[call->session];
    const char *handle = place->activity[0] && game_chance(game, 30) ? place->activity : place->handle;

    if (call->kind != CALL_ACTIVITY && call->kind != CALL_ACTIVITIES && game_chance(game, 45))
        snprintf(call->handle, sizeof(call->handle), "%s", handle);
}

Call *pick_call(Game *game)
{
    Call *call = calloc(1, sizeof(*call));
    unsigned roll = game_roll(game, 100);

    if (!call)
        abort();
    /* The first account is busier than the service likes. */
    call->account = game_chance(game, 20) ? 0 : game_roll(game, game->accounts_count);
    call->session = game_roll(game, game->places_count);
    game_make_id(game, call->id);
    call->deadline_usec = pick_deadline(game);
    call->purpose = "look";
    if (roll < 6) {
        call->kind = CALL_READ;
    } else if (roll < 9 && game->member[call->account][call->session]) {
        call->kind = CALL_ACTIVITY;
    } else if (roll < 11) {
        call->kind = CALL_ACTIVITIES;
    } else {
        pick_write(game, call);
        call->durability = pick_durability(game);
        call->fail_when_offline = game_chance(game, 3);
    }
    pick_way(game, call);
    return call;
}

Call *pick_repeat(Game *game)
{
    const Call *earlier = game->recent[game_roll(game, RECENT_MAX)];
    Call *call;

    if (!earlier)
        return NULL;
    call = malloc(sizeof(*call));
    if (!call)
        abort();
    *call = *earlier;
    call->next = NULL;
    call->repeats = true;
    return call;
}
