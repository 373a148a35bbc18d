/* SPDX-License-Identifier: MIT */
/* Account objects, and signing out. */
#include "bus/bus-dictionary.h"
#include "bus/bus-internal.h"

#include "base/log.h"

/* One SignOut. The agent's answer may come after the connection, or the bus, is gone: then bus is NULL. */
struct BusSignOutCall {
    BusSignOutCall *next;
    Bus *bus;
    sd_bus_message *message;
};

static bool account_of(const Bus *bus, const char *path, BusAccount *account)
{
    char id[MPS_ID_LENGTH + 1];
    return bus->accounts && bus_account_path_id(MPS_ACCOUNT_PREFIX, path, id) == 0 &&
           bus->accounts->account_by_id(id, account, bus->accounts_userdata);
}

static int no_such_account(sd_bus_error *error)
{
    return bus_error_set(error, MPS_ERROR_NAME_NO_SUCH_ACCOUNT,
                         "there is no such account (any more); " MPS_LIST_ACCOUNTS
                         " tells those that there are");
}

static int account_find(sd_bus *connection MPS_UNUSED, const char *path, const char *interface MPS_UNUSED,
                        void *userdata, void **found, sd_bus_error *error)
{
    Bus *bus = userdata;
    BusAccount account;
    if (string_equal(path, MPS_ACCOUNT_ROOT))
        return 0;
    int r = bus->emitting ? 0 : bus_accounts_refuse(bus, error);
    if (r < 0)
        return r;
    if (!account_of(bus, path, &account))
        return no_such_account(error);
    *found = bus;
    return 1;
}

static const char *account_id_at(const Bus *bus, size_t index)
{
    BusAccount account;
    if (!bus->accounts || !bus->accounts->account_at(index, &account, bus->accounts_userdata))
        return NULL;
    return account.id;
}

static int account_enumerate(sd_bus *connection MPS_UNUSED, const char *prefix MPS_UNUSED, void *userdata,
                             char ***nodes, sd_bus_error *error MPS_UNUSED)
{
    return bus_accounts_nodes(userdata, MPS_ACCOUNT_PREFIX, MPS_ACCOUNTS_MAX, account_id_at, nodes);
}

int bus_list_accounts(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    int r = bus_accounts_refuse(bus, error);
    return r < 0
               ? r
               : bus_accounts_reply_paths(bus, message, MPS_ACCOUNT_PREFIX, MPS_ACCOUNTS_MAX, account_id_at);
}

/* ---- Signing out ------------------------------------------------------------------------------------------------------ */

static void sign_out_unlink(BusSignOutCall *call)
{
    Bus *bus = call->bus;
    BusSignOutCall **link = &bus->sign_out_calls;
    while (*link != call)
        link = &(*link)->next;
    *link = call->next;
    bus->account_calls--;
    call->bus = NULL;
}

static int sign_out_error(int r, sd_bus_error *error)
{
    if (r == -ENOENT)
        return no_such_account(error);
    if (r == -ECANCELED)
        return bus_error_set(error, MPS_ERROR_NAME_SHUTTING_DOWN, "the agent is stopping; call again");
    if (r == -EALREADY || r == -EBUSY)
        return bus_error_set(error, MPS_ERROR_NAME_SIGN_OUT_FAILED,
                             "the account is being signed out already");
    return bus_error_set(error, MPS_ERROR_NAME_SIGN_OUT_FAILED,
                         "the account could not be signed out: %s; the agent's log says more", strerror(-r));
}

static void on_signed_out(int r, void *userdata)
{
    CLEANUP_FREE BusSignOutCall *call = userdata;
    if (!call->bus)
        return;
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = TAKE(call->message);
    sign_out_unlink(call);
    if (r < 0) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        (void)sign_out_error(r, &error);
        r = sd_bus_reply_method_error(message, &error);
    } else
        r = sd_bus_reply_method_return(message, NULL);
    if (r < 0)
        log_debug("cannot answer " MPS_SIGN_OUT ": %s", strerror(-r));
}

void bus_sign_out_calls_clear(Bus *bus, bool told)
{
    while (bus->sign_out_calls) {
        BusSignOutCall *call = bus->sign_out_calls;
        if (told)
            sd_bus_reply_method_errorf(call->message, MPS_ERROR_NAME_SHUTTING_DOWN,
                                       "the agent is stopping; call again");
        call->message = sd_bus_message_unref(call->message);
        sign_out_unlink(call); /* It is freed when the agent answers. */
    }
}

static int sign_out_begin(Bus *bus, sd_bus_message *message, const char *id, sd_bus_error *error)
{
    if (bus->account_calls >= BUS_ACCOUNT_CALLS_MAX)
        return bus_error_set(error, MPS_ERROR_NAME_QUOTA_EXCEEDED, "too many calls wait; try again");
    BusSignOutCall *call = calloc(1, sizeof *call);
    if (!call)
        return -ENOMEM;
    call->bus = bus;
    call->message = sd_bus_message_ref(message);
    call->next = bus->sign_out_calls;
    bus->sign_out_calls = call;
    bus->account_calls++;
    int r = bus->accounts->sign_out(id, on_signed_out, call, bus->accounts_userdata);
    if (r >= 0)
        return 1; /* It may be answered, and freed, already. */
    sign_out_unlink(call);
    sd_bus_message_unref(call->message);
    free(call);
    return sign_out_error(r, error);
}

int bus_sign_out(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    const char *path = NULL;
    char id[MPS_ID_LENGTH + 1];
    BusAccount account;
    uint32_t seen;
    int r = bus_accounts_refuse(bus, error);
    if (r < 0)
        return r;
    r = sd_bus_message_read_basic(message, 'o', &path);
    if (r < 0)
        return r;
    r = bus_dictionary_read(message, NULL, 0, NULL, &seen, "option", error);
    if (r < 0)
        return r;
    if (!account_of(bus, path, &account) || bus_account_path_id(MPS_ACCOUNT_PREFIX, path, id) < 0)
        return no_such_account(error);
    return sign_out_begin(bus, message, id, error);
}

/* ---- The object --------------------------------------------------------------------------------------------------------- */

static int method_retry(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    char id[MPS_ID_LENGTH + 1];
    if (bus_account_path_id(MPS_ACCOUNT_PREFIX, sd_bus_message_get_path(message), id) < 0)
        return -ENOENT;
    int r = bus->accounts->retry(id, bus->accounts_userdata);
    if (r == -ENOENT)
        return no_such_account(error);
    if (r < 0 && r != -EALREADY)
        return bus_error_set(error, MPS_ERROR_NAME_SIGN_IN_FAILED, "the account cannot be tried again: %s",
                             strerror(-r));
    return sd_bus_reply_method_return(message, NULL);
}

static const BusMember account_members[] = {
    {"Id", 's', offsetof(BusAccount, id)},
    {"Xuid", 's', offsetof(BusAccount, xuid)},
    {"Gamertag", 's', offsetof(BusAccount, gamertag)},
    {"State", 's', offsetof(BusAccount, state)},
    {"Reason", 's', offsetof(BusAccount, reason)},
    {"ActionUri", 's', offsetof(BusAccount, action_uri)},
    {"TokenExpiresAt", 't', offsetof(BusAccount, token_expires_wall_usec)},
    {"SignedInAt", 't', offsetof(BusAccount, signed_in_wall_usec)},
    {"SecretStore", 's', offsetof(BusAccount, secret_store)},
    {"ClientId", 's', offsetof(BusAccount, client_id)},
    {"IsDefault", 'b', offsetof(BusAccount, is_default)},
};

static int get_property(sd_bus *connection MPS_UNUSED, const char *path, const char *interface MPS_UNUSED,
                        const char *property, sd_bus_message *reply, void *userdata,
                        sd_bus_error *error MPS_UNUSED)
{
    BusAccount account;
    /* Who may see it was decided when it was found. */
    if (!account_of(userdata, path, &account))
        return -ENOENT;
    return bus_member_append(reply, account_members, ELEMENTS(account_members), property, &account);
}

#define ANYONE SD_BUS_VTABLE_UNPRIVILEGED
#define PROPERTY(name, type, flags) SD_BUS_PROPERTY(name, type, get_property, 0, flags)

static const sd_bus_vtable account_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS(MPS_RETRY, SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_retry, ANYONE),
    PROPERTY("Id", "s", SD_BUS_VTABLE_PROPERTY_CONST),
    PROPERTY("Xuid", "s", SD_BUS_VTABLE_PROPERTY_CONST),
    PROPERTY("Gamertag", "s", 0),
    PROPERTY("State", "s", SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    /* Told that they are others, not what they are: a sandbox may hear the broadcast. */
    PROPERTY("Reason", "s", SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    PROPERTY("ActionUri", "s", SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
    PROPERTY("TokenExpiresAt", "t", 0),
    PROPERTY("SignedInAt", "t", 0),
    PROPERTY("SecretStore", "s", SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    PROPERTY("ClientId", "s", 0),
    PROPERTY("IsDefault", "b", 0),
    SD_BUS_VTABLE_END,
};

int bus_account_export(Bus *bus)
{
    int r = sd_bus_add_fallback_vtable(bus->bus, NULL, MPS_ACCOUNT_ROOT, MPS_ACCOUNT_INTERFACE,
                                       account_vtable, account_find, bus);
    if (r < 0)
        return r;
    return sd_bus_add_node_enumerator(bus->bus, NULL, MPS_ACCOUNT_ROOT, account_enumerate, bus);
}

/* ---- What is told --------------------------------------------------------------------------------------------------- */

static void emit_path(Bus *bus, const char *member, const char *id)
{
    char path[BUS_ACCOUNT_PATH_SIZE];
    bus_account_path(MPS_ACCOUNT_PREFIX, id, path);
    if (!bus->bus)
        return;
    int r = sd_bus_emit_signal(bus->bus, MPS_ROOT_PATH, MPS_ACCOUNTS_INTERFACE, member, "o", path);
    if (r < 0)
        log_debug("cannot send %s: %s", member, strerror(-r));
}

void bus_account_added(Bus *bus, const char *id)
{
    emit_path(bus, MPS_ACCOUNT_ADDED, id);
}

void bus_account_removed(Bus *bus, const char *id)
{
    emit_path(bus, MPS_ACCOUNT_REMOVED, id);
}

void bus_account_changed(Bus *bus, const char *id)
{
    char path[BUS_ACCOUNT_PATH_SIZE];
    bus_account_path(MPS_ACCOUNT_PREFIX, id, path);
    if (!bus->bus)
        return;
    bus->emitting = true;
    int r = sd_bus_emit_properties_changed(bus->bus, path, MPS_ACCOUNT_INTERFACE, "State", "Reason",
                                           "ActionUri", "SecretStore", NULL);
    bus->emitting = false;
    if (r < 0)
        log_debug("cannot tell an account's state: %s", strerror(-r));
}
