/* SPDX-License-Identifier: MIT */
/* What POST /control/identity sets besides knobs. */
#include "directory/identity-rule.h"

#include <string.h>

#include "directory/account.h"
#include "directory/answer.h"
#include "directory/failure.h"
#include "directory/schema.h"
#include "directory/token.h"
#include "directory/util.h"

static int check_texts(const json_t *list, const char *name, size_t maximum, Refusal *refusal)
{
    json_t *item;
    size_t i;

    if (!json_is_array(list) || json_array_size(list) > maximum)
        return refuse(refusal, 400, "%s is an array of at most %zu texts.", name, maximum);
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return refuse(refusal, 400, "%s is an array of at most %zu texts.", name, maximum);
    }
    return 0;
}

static int check_accounts(const json_t *value, Refusal *refusal)
{
    json_t *account;
    size_t i;

    if (!json_is_array(value) || json_array_size(value) > RULES_MAX)
        return refuse(refusal, 400, "accounts is an array of at most %d accounts.", RULES_MAX);
    json_array_foreach(value, i, account)
    {
        if (account_check(account, refusal) != 0)
            return REFUSED;
    }
    return 0;
}

static void apply_accounts(Directory *directory, const json_t *value)
{
    json_t *account;
    size_t i;

    json_array_foreach(value, i, account) account_set(directory, account);
}

static int check_next(const json_t *value, Refusal *refusal)
{
    json_t *xuid;
    size_t i;

    if (check_texts(value, "next", NEXT_MAX, refusal) != 0)
        return REFUSED;
    json_array_foreach(value, i, xuid)
    {
        if (!xuid_valid(json_string_value(xuid)))
            return refuse(refusal, 400, "next holds xuids, decimal numbers as text.");
    }
    return 0;
}

static void apply_next(Directory *directory, const json_t *value)
{
    json_t *xuid;
    size_t i;

    /* After the default account, which is the first unless somebody was made known before. */
    account_ensure(directory);
    json_array_foreach(value, i, xuid) account_make(directory, json_string_value(xuid));
    json_decref(directory->identity.next);
    directory->identity.next = json_deep_copy(value);
}

static int check_unknown_clients(const json_t *value, Refusal *refusal)
{
    return check_texts(value, "unknownClients", RULES_MAX, refusal);
}

static void apply_unknown_clients(Directory *directory, const json_t *value)
{
    json_decref(directory->identity.unknown_clients);
    directory->identity.unknown_clients = json_deep_copy(value);
}

static int check_titles(const json_t *value, Refusal *refusal)
{
    const char *client;
    json_t *title;

    if (!json_is_object(value) || json_object_size(value) > RULES_MAX)
        return refuse(refusal, 400, "titles is an object of client ids and title ids.");
    json_object_foreach((json_t *)(uintptr_t)value, client, title)
    {
        if (!json_is_integer(title) || json_integer_value(title) < 0 ||
            json_integer_value(title) > UINT32_MAX)
            return refuse(refusal, 400,
                          "A title id is a number of 32 bits; 0 for a client that is no title.");
    }
    return 0;
}

static void apply_titles(Directory *directory, const json_t *value)
{
    json_decref(directory->identity.titles);
    directory->identity.titles = json_deep_copy(value);
}

static int check_sandboxes(const json_t *value, Refusal *refusal)
{
    const char *name;
    json_t *allowed;

    if (!json_is_object(value) || json_object_size(value) > RULES_MAX)
        return refuse(refusal, 400, "sandboxes is an object of sandboxes and who may use them.");
    json_object_foreach((json_t *)(uintptr_t)value, name, allowed)
    {
        if (!json_is_null(allowed) && check_texts(allowed, "a sandbox", RULES_MAX, refusal) != 0)
            return REFUSED;
    }
    return 0;
}

static void apply_sandboxes(Directory *directory, const json_t *value)
{
    json_decref(directory->identity.sandboxes);
    directory->identity.sandboxes = json_deep_copy(value);
}

static int check_parties(const json_t *value, Refusal *refusal)
{
    return check_texts(value, "parties", RULES_MAX, refusal);
}

static void apply_parties(Directory *directory, const json_t *value)
{
    json_decref(directory->identity.parties);
    directory->identity.parties = json_deep_copy(value);
}

static int check_fail(const json_t *value, Refusal *refusal)
{
    return json_is_null(value) ? 0 : failure_check(value, refusal);
}

static void apply_fail(Directory *directory, const json_t *value)
{
    if (json_is_null(value))
        json_array_clear(directory->identity.failures);
    else if (json_array_size(directory->identity.failures) < RULES_MAX)
        json_array_append_new(directory->identity.failures, json_deep_copy(value));
}

static int check_latency(const json_t *value, Refusal *refusal)
{
    return json_is_null(value) ? 0 : latency_check(value, refusal);
}

static void apply_latency(Directory *directory, const json_t *value)
{
    if (json_is_null(value))
        json_object_clear(directory->identity.latencies);
    else if (json_object_size(directory->identity.latencies) < RULES_MAX)
        json_object_set_new(directory->identity.latencies, json_text(value, "path", ""),
                            json_deep_copy(value));
}

static int check_revoke(const json_t *value, Refusal *refusal)
{
    const char *kind = json_text(value, "kind", "refresh");
    bool known = false;

    if (!json_is_object(value))
        return refuse(refusal, 400, "revoke is an object.");
    if (schema_check_shape(value, "revoke", "kind,xuid,why", refusal) != 0)
        return REFUSED;
    for (TokenKind i = TOKEN_ACCESS; i < TOKEN_KINDS; i++)
        known = known || strcmp(kind, token_kind_name(i)) == 0;
    if (!known)
        return refuse(refusal, 400, "kind is access, refresh, user, device, title or xsts.");
    if (!text_list_has("revoked,idle", json_text(value, "why", "revoked")))
        return refuse(refusal, 400, "why is revoked or idle.");
    return 0;
}

static void apply_revoke(Directory *directory, const json_t *value)
{
    token_end_all(&directory->identity, json_text(value, "kind", "refresh"), json_text(value, "xuid", NULL),
                  json_text(value, "why", "revoked"), answer_now(directory));
}

static int check_defaults(const json_t *value, Refusal *refusal)
{
    return json_is_true(value) ? 0 : refuse(refusal, 400, "defaults is true or not there.");
}

static void apply_nothing(Directory *directory, const json_t *value)
{
    (void)directory;
    (void)value;
}

static const struct {
    const char *name;
    int (*check)(const json_t *value, Refusal *refusal);
    void (*apply)(Directory *directory, const json_t *value);
} rules[] = {
    {"accounts", check_accounts, apply_accounts},
    {"next", check_next, apply_next},
    {"unknownClients", check_unknown_clients, apply_unknown_clients},
    {"titles", check_titles, apply_titles},
    {"sandboxes", check_sandboxes, apply_sandboxes},
    {"parties", check_parties, apply_parties},
    {"fail", check_fail, apply_fail},
    {"latency", check_latency, apply_latency},
    {"revoke", check_revoke, apply_revoke},
    {"defaults", check_defaults, apply_nothing},
};

#define N_RULES (sizeof(rules) / sizeof(rules[0]))

static size_t rule_find(const char *name)
{
    size_t i = 0;

    while (i < N_RULES && strcmp(rules[i].name, name) != 0)
        i++;
    return i;
}

int identity_rule_check(const char *name, const json_t *value, Refusal *refusal)
{
    size_t i = rule_find(name);

    return i < N_RULES ? rules[i].check(value, refusal)
                       : refuse(refusal, 400, "There is nothing called '%.60s' to set.", name);
}

void identity_rule_apply(Directory *directory, const char *name, const json_t *value)
{
    size_t i = rule_find(name);

    if (i < N_RULES)
        rules[i].apply(directory, value);
}
