/* SPDX-License-Identifier: MIT */
/* Tokens on the disk: sealed with the one key that lies in the user's secret store. */
#include "token/token-private.h"

#include "base/log.h"
#include "token/seal.h"

#include <jansson.h>
#include <stdio.h>

#define KIND "token"
#define PLAIN_MAX (64U << 10)
#define KEY_MAX 200

static void sealed_free(Sealed *sealed)
{
    free(sealed->blob);
    free(sealed);
}

int vault_restore(Tokens *tokens, const char *key, const void *value, size_t size)
{
    size_t length = strlen(key);
    if (length > KEY_MAX || size > PLAIN_MAX || tokens->sealed_count == TOKENS_SEALED_MAX)
        return STORE_VISIT_UNREADABLE;
    Sealed *sealed = calloc(1, sizeof *sealed + length + 1);
    if (!sealed)
        return -ENOMEM;
    sealed->blob = malloc(size ? size : 1);
    if (!sealed->blob) {
        free(sealed);
        return -ENOMEM;
    }
    memcpy(sealed->blob, value, size);
    sealed->size = size;
    memcpy(sealed->key, key, length + 1);
    sealed->next = tokens->sealed;
    tokens->sealed = sealed;
    tokens->sealed_count++;
    return 0;
}

void vault_clear(Tokens *tokens)
{
    for (Sealed *sealed; (sealed = tokens->sealed);) {
        tokens->sealed = sealed->next;
        sealed_free(sealed);
    }
    tokens->sealed_count = 0;
}

int vault_keep(Tokens *tokens, const char *key, const char *secret, StoreDone done, void *userdata)
{
    /* Who is not to be remembered signs in without a store of secrets. */
    const unsigned char *wrapping = tokens->secrets ? secret_store_key(tokens->secrets) : NULL;
    if (!wrapping)
        return -ENOKEY;
    unsigned char *blob = NULL;
    size_t size = 0;
    int r = seal_close(wrapping, key, secret, strlen(secret), &blob, &size);
    if (r < 0)
        return r;
    r = store_keep(tokens->options.store, KIND, key, blob, size, done, userdata);
    free(blob);
    return r;
}

void vault_drop(Tokens *tokens, const char *key)
{
    int r = store_unkeep(tokens->options.store, KIND, key, NULL, NULL);
    if (r < 0)
        log_warning("a token cannot be removed from the disk: %s", strerror(-r));
    /* Nor may it come back when the key is found later. */
    size_t length = strlen(key);
    for (Sealed **link = &tokens->sealed; *link;) {
        Sealed *sealed = *link;
        if (strncmp(sealed->key, key, length) == 0 && (sealed->key[length] == '/' || !sealed->key[length])) {
            *link = sealed->next;
            tokens->sealed_count--;
            sealed_free(sealed);
        } else
            link = &sealed->next;
    }
}

/* ---- What is in them ----------------------------------------------------------------------------------------------------- */

static int vault_keep_json(Tokens *tokens, const char *key, json_t *row)
{
    char *text = row ? json_dumps(row, JSON_COMPACT) : NULL;
    json_decref(row);
    if (!text)
        return -ENOMEM;
    int r = vault_keep(tokens, key, text, NULL, NULL);
    secret_release(text);
    return r;
}

int vault_keep_stamped(Tokens *tokens, const char *account_id, const char *name, const Stamped *stamped)
{
    char key[KEY_MAX];
    const char *url = tokens->options.settings->url;
    snprintf(key, sizeof key, "%s/%s", account_id, name);
    return vault_keep_json(tokens, key,
                           json_pack("{s:s, s:I, s:I, s:s}", "token", stamped->text, "issued",
                                     (json_int_t)stamped->issued, "expires", (json_int_t)stamped->expires,
                                     "identityUrl", url ? url : ""));
}

/* The number of its place in the list would change; what it is for does not. */
static uint64_t ticket_hash(const Ticket *ticket)
{
    uint64_t hash = 14695981039346656037ULL;
    const char *parts[] = {ticket->sandbox, ticket->relying_party, ticket->device ? "d" : "",
                           ticket->title ? "t" : ""};
    for (size_t i = 0; i < ELEMENTS(parts); i++)
        for (const char *at = parts[i];; at++) {
            hash = (hash ^ (unsigned char)*at) * 1099511628211ULL;
            if (!*at)
                break;
        }
    return hash;
}

int vault_keep_ticket(const Ticket *ticket)
{
    char key[KEY_MAX];
    snprintf(key, sizeof key, "%s/xsts/%016llx", ticket->account->id,
             (unsigned long long)ticket_hash(ticket));
    return vault_keep_json(ticket->account->tokens, key,
                           json_pack("{s:s, s:I, s:I, s:s, s:s, s:I, s:b, s:b, s:b}", "token",
                                     ticket->token.text, "issued", (json_int_t)ticket->token.issued,
                                     "expires", (json_int_t)ticket->token.expires, "sandbox", ticket->sandbox,
                                     "relyingParty", ticket->relying_party, "title",
                                     (json_int_t)ticket->title_id, "device", ticket->device, "titled",
                                     ticket->title, "bound", ticket->bound));
}

static int read_stamped(const json_t *row, Stamped *stamped)
{
    const char *text = json_string_value(json_object_get(row, "token"));
    Stamped read = {.issued = json_integer_value(json_object_get(row, "issued")),
                    .expires = json_integer_value(json_object_get(row, "expires"))};
    if (!text || read.expires <= read.issued)
        return -EINVAL;
    read.text = secret_copy(text);
    if (!read.text)
        return -ENOMEM;
    stamped_clear(stamped);
    *stamped = read;
    return 0;
}

/* Only if it is what the settings ask for today. */
static void open_ticket(Account *account, const json_t *row)
{
    json_int_t title_id = json_integer_value(json_object_get(row, "title"));
    const char *sandbox = json_string_value(json_object_get(row, "sandbox"));
    const char *relying_party = json_string_value(json_object_get(row, "relyingParty"));
    bool device = json_is_true(json_object_get(row, "device")),
         title = json_is_true(json_object_get(row, "titled"));
    if (title_id < 0 || title_id > UINT32_MAX || !sandbox || !relying_party)
        return;
    TokenChoice choice = settings_choice(account->tokens->options.settings, (uint32_t)title_id);
    if (!string_equal(choice.sandbox, sandbox) || !string_equal(choice.relying_party, relying_party) ||
        choice.device != device || choice.title != title)
        return;
    Ticket *ticket = account_ticket(account, (uint32_t)title_id);
    if (!ticket || read_stamped(row, &ticket->token) < 0)
        return;
    ticket->bound = json_is_true(json_object_get(row, "bound"));
    ticket->generation = ++account->generation;
}

/* The device belongs to no account, and its token to the service that gave it, which may not be today's. */
static bool of_this_service(const Tokens *tokens, const json_t *row)
{
    const char *url = tokens->options.settings->url,
               *kept = json_string_value(json_object_get(row, "identityUrl"));
    return kept && string_equal(kept, url ? url : "");
}

static void open_device(Tokens *tokens, const char *name, const char *text, const json_t *row)
{
    if (string_equal(name, "key"))
        device_restore(tokens, text);
    else if (string_equal(name, "id"))
        snprintf(tokens->device_id, sizeof tokens->device_id, "%s", text);
    else if (string_equal(name, "token") && of_this_service(tokens, row))
        (void)read_stamped(row, &tokens->device);
}

static void open_one(Tokens *tokens, const char *key, const char *text)
{
    json_t *row = *text == '{' ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *name = strchr(key, '/');
    char id[37] = "";
    if (name && (size_t)(name - key) < sizeof id) {
        memcpy(id, key, (size_t)(name - key));
        id[name - key] = '\0';
        name++;
    } else
        name = "";
    Account *account = account_find(tokens, id);
    /* It has signed in again since, in memory alone: that is newer. */
    if (account && !account->remembered)
        account = NULL;
    if (string_equal(id, "device")) {
        open_device(tokens, name, text, row);
    } else if (account && string_equal(name, "refresh")) {
        secret_free(account->refresh);
        account->refresh = secret_copy(text);
    } else if (account && string_equal(name, "user") && !account->user_bound) {
        (void)read_stamped(row, &account->user);
    } else if (account && string_equal(name, "user-bound")) {
        account->user_bound = read_stamped(row, &account->user) == 0;
    } else if (account && strncmp(name, "xsts/", 5) == 0) {
        open_ticket(account, row);
    }
    json_decref(row);
}

/* Without their key nobody takes them. */
static void forget_bound(Tokens *tokens)
{
    stamped_clear(&tokens->device);
    for (Account *account = tokens->accounts; account; account = account->next) {
        if (account->user_bound)
            stamped_clear(&account->user);
        for (Ticket *ticket = account->tickets; ticket; ticket = ticket->next)
            if (ticket->bound)
                stamped_clear(&ticket->token);
    }
}

void vault_open(Tokens *tokens)
{
    const unsigned char *wrapping = secret_store_key(tokens->secrets);
    unsigned lost = 0;
    if (!wrapping)
        return;
    for (Sealed *sealed; (sealed = tokens->sealed);) {
        char *text = NULL;
        size_t size;
        tokens->sealed = sealed->next;
        if (seal_open(wrapping, sealed->key, sealed->blob, sealed->size, &text, &size) == 0)
            open_one(tokens, sealed->key, text);
        else
            lost++;
        secret_free(text);
        sealed_free(sealed);
    }
    tokens->sealed_count = 0;
    if (!tokens->proof || !*tokens->device_id)
        forget_bound(tokens);
    if (lost > 0)
        log_warning("%u kept tokens cannot be opened with the key that is there: they are fetched anew",
                    lost);
}
