/* SPDX-License-Identifier: MIT */
/* Tokens that were issued. */
#include "directory/token.h"

#include <string.h>

#include "directory/clock.h"
#include "directory/util.h"

#define RANDOM_LENGTH 32
#define RANDOM_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static const struct {
    const char *name;
    const char *word, *title_word; /* the second for family B, as its tokens are told apart on sight */
} kinds[TOKEN_KINDS] = {
    [TOKEN_DEVICE_CODE] = {"device-code", "DC", "DCB"},
    [TOKEN_ACCESS] = {"access", "AT", "ATB"},
    [TOKEN_REFRESH] = {"refresh", "RT", "RTB"},
    [TOKEN_USER] = {"user", "U", "U"},
    [TOKEN_DEVICE] = {"device", "D", "D"},
    [TOKEN_TITLE] = {"title", "T", "T"},
    [TOKEN_XSTS] = {"xsts", "X", "X"},
};

const char *token_kind_name(TokenKind kind)
{
    return kinds[kind].name;
}

char *token_value(Identity *identity, const char *word, const char *subject)
{
    size_t wanted = (size_t)identity_knob(identity, KNOB_FORMAT_TOKEN_BYTES);
    OWN_TEXT char *head =
        text_format("EMU.%s.%s.g%" JSON_INTEGER_FORMAT ".", word, subject, ++identity->generation);
    size_t length = strlen(head) + RANDOM_LENGTH < wanted ? wanted - strlen(head) : RANDOM_LENGTH;
    OWN_TEXT char *random = text_random(RANDOM_LETTERS, length);

    return text_format("%s%s", head, random);
}

/* Makes room: one that cannot be used any more goes first, else the oldest. */
static void token_forget_one(Identity *identity, int64_t now)
{
    const char *value;
    json_t *token;

    json_object_foreach(identity->tokens, value, token)
    {
        if (token_live(token, now))
            continue;
        json_object_del(identity->tokens, value);
        return;
    }
    json_object_del(identity->tokens, json_object_iter_key(json_object_iter(identity->tokens)));
}

const json_t *token_issue(Identity *identity, TokenKind kind, const char *subject, json_t *claims,
                          int64_t now, int64_t life_s)
{
    bool title_family = strcmp(json_text(claims, "family", ""), "B") == 0;
    OWN_TEXT char *value =
        token_value(identity, title_family ? kinds[kind].title_word : kinds[kind].word, subject);

    json_object_set_new(claims, "kind", json_string(kinds[kind].name));
    json_object_set_new(claims, "value", json_string(value));
    json_object_set_new(claims, "issued", json_integer(now));
    json_object_set_new(claims, "expires", json_integer(now + life_s * SECOND_US));
    if (json_object_size(identity->tokens) == TOKENS_MAX)
        token_forget_one(identity, now);
    json_object_set_new(identity->tokens, value, claims);
    identity->used = true;
    return claims;
}

json_t *token_find(const Identity *identity, TokenKind kind, const char *value)
{
    json_t *token = value ? json_object_get(identity->tokens, value) : NULL;

    return token && strcmp(json_text(token, "kind", ""), kinds[kind].name) == 0 ? token : NULL;
}

bool token_expired(const json_t *token, int64_t now)
{
    return json_number(token, "expires", 0) <= now;
}

bool token_live(const json_t *token, int64_t now)
{
    return !json_object_get(token, "ended") && !token_expired(token, now);
}

void token_end(json_t *token, const char *why)
{
    json_object_set_new(token, "ended", json_string(why));
}

size_t token_end_all(Identity *identity, const char *kind, const char *xuid, const char *why, int64_t now)
{
    size_t count = 0;
    const char *value;
    json_t *token;

    json_object_foreach(identity->tokens, value, token)
    {
        if (!token_live(token, now) || (kind && strcmp(json_text(token, "kind", ""), kind) != 0) ||
            (xuid && strcmp(json_text(token, "xuid", ""), xuid) != 0))
            continue;
        token_end(token, why);
        count++;
    }
    return count;
}

size_t token_count(const Identity *identity, TokenKind kind, int64_t now)
{
    size_t count = 0;
    const char *value;
    json_t *token;

    json_object_foreach(identity->tokens, value, token) count +=
        strcmp(json_text(token, "kind", ""), kinds[kind].name) == 0 && token_live(token, now);
    return count;
}
