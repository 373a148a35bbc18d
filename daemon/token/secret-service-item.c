/* SPDX-License-Identifier: MIT */
/*
 * The item: found by its attributes, its secret fetched, made in the default collection, deleted.
 *
 * The secret is 64 hexadecimal digits, of type text/plain: gnome-keyring gives back any bytes, but KWallet keeps a text and
 * replaces what is not UTF-8, and KeePassXC has a field for a password. What was made is fetched before it is believed.
 */
#include "token/secret-service-private.h"

#define SCHEMA "org.mpsession.Agent1.Key"
#define LABEL "Multiplayer sessions (mpsession): key of the signed-in accounts"
#define ERROR_LOCKED "org.freedesktop.Secret.Error.IsLocked"
#define ERROR_SESSION "org.freedesktop.Secret.Error.NoSession"

#define LABEL_KEY "org.freedesktop.Secret.Item.Label"
#define ATTRIBUTES_KEY "org.freedesktop.Secret.Item.Attributes"

static int append_attributes(SecretService *service, sd_bus_message *message)
{
    return sd_bus_message_append(message, "a{ss}", 2, "xdg:schema", SCHEMA, "state", service->state);
}

/* ---- The session ----------------------------------------------------------------------------------------------------- */

static void item_fetch(SecretService *service);
static void item_make(SecretService *service);

static void session_go_on(SecretService *service)
{
    if (service->item)
        item_fetch(service);
    else
        item_make(service);
}

static int on_session(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    const char *session;
    service_answered(service);
    if (sd_bus_message_is_method_error(reply, NULL)) {
        service_refused(service, reply);
        return 1;
    }
    if (!sd_bus_message_has_signature(reply, "vo") || sd_bus_message_skip(reply, "v") < 0 ||
        sd_bus_message_read(reply, "o", &session) <= 0 || string_equal(session, NO_PATH)) {
        service_nonsense(service, "OpenSession");
        return 1;
    }
    service->session = strdup(session);
    if (service->session)
        session_go_on(service);
    else
        service_no_memory(service);
    return 1;
}

static void session_open(SecretService *service)
{
    sd_bus_message *message = service_message(service, SERVICE_PATH, SERVICE_INTERFACE, "OpenSession");
    if (!message)
        return;
    if (sd_bus_message_append(message, "sv", "plain", "s", "") < 0)
        service_no_memory(service);
    else
        service_send(service, message, on_session, CALL_USEC);
    sd_bus_message_unref(message);
}

static void session_need(SecretService *service)
{
    if (service->session)
        session_go_on(service);
    else
        session_open(service);
}

/* What the errors of calls with a session mean. */
static void session_refused(SecretService *service, sd_bus_message *reply, const char *locked)
{
    if (sd_bus_message_is_method_error(reply, ERROR_SESSION) && !service->reopened) {
        service->reopened = true;
        free(TAKE(service->session));
        session_open(service);
    } else if (sd_bus_message_is_method_error(reply, ERROR_LOCKED)) {
        service_unlock(service, locked);
    } else {
        service_refused(service, reply);
    }
}

/* ---- The secret ------------------------------------------------------------------------------------------------------ */

static int read_secret(SecretService *service, sd_bus_message *reply, unsigned char key[SECRET_KEY_BYTES])
{
    const char *session;
    const void *text;
    size_t size;
    if (!sd_bus_message_has_signature(reply, "(oayays)"))
        return -EBADMSG;
    int r = sd_bus_message_enter_container(reply, 'r', "oayays");
    if (r >= 0)
        r = sd_bus_message_read(reply, "o", &session);
    if (r >= 0)
        r = string_equal(session, service->session) ? sd_bus_message_skip(reply, "ay") : -EBADMSG;
    if (r >= 0)
        r = sd_bus_message_read_array(reply, 'y', &text, &size);
    return r < 0 ? r : secret_key_parse(text, size, key);
}

static int on_secret(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    unsigned char key[SECRET_KEY_BYTES];
    service_answered(service);
    (void)sd_bus_message_sensitive(reply);
    if (sd_bus_message_is_method_error(reply, NULL)) {
        session_refused(service, reply, service->item);
        return 1;
    }
    int r = read_secret(service, reply, key);
    if (r < 0)
        service_end(service, SECRET_SERVICE_BAD,
                    "The keyring's item \"" LABEL "\" has no key of ours in it: delete that item and sign in "
                    "again, or put back a good copy of it.");
    else if (service->created && memcmp(key, service->key, sizeof key) != 0)
        service_nonsense(service, "GetSecret");
    else
        service_end_found(service, key);
    explicit_bzero(key, sizeof key);
    return 1;
}

static void item_fetch(SecretService *service)
{
    sd_bus_message *message = service_message(service, service->item, ITEM_INTERFACE, "GetSecret");
    if (!message)
        return;
    /* So is the reply to it, from its first byte on. */
    int r = sd_bus_message_sensitive(message);
    if (r >= 0)
        r = sd_bus_message_append(message, "o", service->session);
    if (r < 0)
        service_no_memory(service);
    else
        service_send(service, message, on_secret, CALL_USEC);
    sd_bus_message_unref(message);
}

/* ---- Making ---------------------------------------------------------------------------------------------------------- */

/* The reply to CreateItem has a prompt at its end, and that to Delete has nothing else. */
static void follow_prompt(SecretService *service, sd_bus_message *reply, const char *what)
{
    const char *prompt;
    if (sd_bus_message_read(reply, "o", &prompt) <= 0)
        service_nonsense(service, what);
    else if (string_equal(prompt, NO_PATH))
        service_search(service);
    else
        service_prompt(service, prompt);
}

static int on_made(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    service_answered(service);
    if (sd_bus_message_is_method_error(reply, NULL)) {
        session_refused(service, reply, service->collection);
        return 1;
    }
    service->created = true;
    if (!sd_bus_message_has_signature(reply, "oo") || sd_bus_message_skip(reply, "o") < 0)
        service_nonsense(service, "CreateItem");
    else
        follow_prompt(service, reply, "CreateItem");
    return 1;
}

static int append_item(SecretService *service, sd_bus_message *message)
{
    char digits[SECRET_KEY_DIGITS];
    int r = sd_bus_message_open_container(message, 'a', "{sv}");
    if (r >= 0)
        r = sd_bus_message_append(message, "{sv}", LABEL_KEY, "s", LABEL);
    if (r >= 0)
        r = sd_bus_message_append(message, "{sv}", ATTRIBUTES_KEY, "a{ss}", 2, "xdg:schema", SCHEMA, "state",
                                  service->state);
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    if (r >= 0)
        r = sd_bus_message_open_container(message, 'r', "oayays");
    if (r >= 0)
        r = sd_bus_message_append(message, "oay", service->session, 0);
    secret_key_print(service->key, digits);
    if (r >= 0)
        r = sd_bus_message_append_array(message, 'y', digits, sizeof digits);
    explicit_bzero(digits, sizeof digits);
    if (r >= 0)
        r = sd_bus_message_append(message, "s", "text/plain");
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : sd_bus_message_append(message, "b", 1);
}

static void item_make(SecretService *service)
{
    sd_bus_message *message =
        service_message(service, service->collection, COLLECTION_INTERFACE, "CreateItem");
    if (!message)
        return;
    int r = sd_bus_message_sensitive(message);
    if (r >= 0)
        r = append_item(service, message);
    if (r < 0)
        service_no_memory(service);
    else
        service_send(service, message, on_made, CALL_USEC);
    sd_bus_message_unref(message);
}

/* ---- Nothing found: is there a place for it, and is it open? --------------------------------------------------------- */

static void item_missing(SecretService *service)
{
    if (service->created)
        service_end(service, SECRET_SERVICE_BAD,
                    "The keyring program took the key and does not have it: update or restart that program.");
    else if (service->goal == SERVICE_MAKE)
        session_need(service);
    else
        service_end(service, SECRET_SERVICE_MISSING, "%s", "");
}

static int on_collection_locked(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    int locked;
    service_answered(service);
    if (sd_bus_message_is_method_error(reply, NULL))
        service_refused(service, reply);
    else if (sd_bus_message_read(reply, "v", "b", &locked) <= 0)
        service_nonsense(service, "Locked");
    else if (locked)
        service_unlock(service, service->collection); /* while locked, some show nothing of what is in it */
    else
        item_missing(service);
    return 1;
}

static void collection_look(SecretService *service)
{
    sd_bus_message *message =
        service_message(service, service->collection, "org.freedesktop.DBus.Properties", "Get");
    if (!message)
        return;
    if (sd_bus_message_append(message, "ss", COLLECTION_INTERFACE, "Locked") < 0)
        service_no_memory(service);
    else
        service_send(service, message, on_collection_locked, CALL_USEC);
    sd_bus_message_unref(message);
}

static int on_alias(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    const char *path;
    service_answered(service);
    if (sd_bus_message_is_method_error(reply, NULL)) {
        service_refused(service, reply);
    } else if (sd_bus_message_read(reply, "o", &path) <= 0) {
        service_nonsense(service, "ReadAlias");
    } else if (string_equal(path, NO_PATH)) {
        service_end(
            service, SECRET_SERVICE_UNFIT,
            "The keyring program has no default keyring to keep a key in: make one, with a password.");
    } else {
        free(service->collection);
        service->collection = strdup(path);
        if (service->collection)
            collection_look(service);
        else
            service_no_memory(service);
    }
    return 1;
}

static void alias_look(SecretService *service)
{
    sd_bus_message *message = service_message(service, SERVICE_PATH, SERVICE_INTERFACE, "ReadAlias");
    if (!message)
        return;
    if (sd_bus_message_append(message, "s", "default") < 0)
        service_no_memory(service);
    else
        service_send(service, message, on_alias, CALL_USEC);
    sd_bus_message_unref(message);
}

/* ---- Looking --------------------------------------------------------------------------------------------------------- */

static int on_deleted(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    service_answered(service);
    if (sd_bus_message_is_method_error(reply, NULL))
        service_refused(service, reply);
    else
        follow_prompt(service, reply, "Delete");
    return 1;
}

static void item_delete(SecretService *service, const char *path)
{
    sd_bus_message *message = service_message(service, path, ITEM_INTERFACE, "Delete");
    if (message)
        service_send(service, message, on_deleted, CALL_USEC);
    sd_bus_message_unref(message);
}

/* Of several the one that is known already: two can be there when a keyring was put back from a copy. */
static int read_paths(SecretService *service, sd_bus_message *reply, const char **path)
{
    const char *next;
    *path = NULL;
    int r = sd_bus_message_enter_container(reply, 'a', "o");
    while (r >= 0 && (r = sd_bus_message_read(reply, "o", &next)) > 0)
        if (!*path || (service->item && string_equal(next, service->item)))
            *path = next;
    return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static void item_found(SecretService *service, const char *path)
{
    bool same = service->item && string_equal(service->item, path);
    if (!same) {
        char *copy = strdup(path);
        if (!copy) {
            service_no_memory(service);
            return;
        }
        free(service->item);
        service->item = copy;
    }
    if (same && service->told)
        service_end_found(service, NULL);
    else
        session_need(service);
}

static int on_found(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    const char *open, *locked;
    service_answered(service);
    if (sd_bus_message_is_method_error(reply, NULL))
        service_refused(service, reply);
    else if (read_paths(service, reply, &open) < 0 || read_paths(service, reply, &locked) < 0)
        service_nonsense(service, "SearchItems");
    else if (open && service->goal == SERVICE_DELETE)
        item_delete(service, open);
    else if (service->goal == SERVICE_DELETE && !locked)
        service_end(service, SECRET_SERVICE_DELETED, "%s", "");
    else if (open)
        item_found(service, open);
    else if (locked)
        service_unlock(service, locked);
    else {
        free(TAKE(service->item));
        alias_look(service);
    }
    return 1;
}

void service_search(SecretService *service)
{
    sd_bus_message *message = service_message(service, SERVICE_PATH, SERVICE_INTERFACE, "SearchItems");
    if (!message)
        return;
    if (append_attributes(service, message) < 0)
        service_no_memory(service);
    else
        service_send(service, message, on_found, CALL_USEC);
    sd_bus_message_unref(message);
}
