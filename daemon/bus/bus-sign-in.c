/* SPDX-License-Identifier: MIT */
/* Sign-in objects, and opening one: the call is answered when its code is known. */
#include "bus/bus-dictionary.h"
#include "bus/bus-internal.h"
#include "ipc/validate.h"

#include "base/log.h"

#include <stdio.h>

struct BusSignInCall {
    BusSignInCall *next;
    sd_bus_message *message;
    char id[MPS_ID_LENGTH + 1];
};

static bool sign_in_of(const Bus *bus, const char *path, BusSignIn *sign_in)
{
    char id[MPS_ID_LENGTH + 1];
    return bus->accounts && bus_account_path_id(MPS_SIGN_IN_PREFIX, path, id) == 0 &&
           bus->accounts->sign_in_by_id(id, sign_in, bus->accounts_userdata);
}

static int no_such_sign_in(sd_bus_error *error)
{
    return bus_error_set(error, MPS_ERROR_NAME_NO_SUCH_SIGN_IN,
                         "there is no such sign-in (any more); " MPS_SIGN_IN " opens one");
}

static int sign_in_find(sd_bus *connection MPS_UNUSED, const char *path, const char *interface MPS_UNUSED,
                        void *userdata, void **found, sd_bus_error *error)
{
    Bus *bus = userdata;
    BusSignIn sign_in;
    if (string_equal(path, MPS_SIGN_IN_ROOT))
        return 0;
    int r = bus->emitting ? 0 : bus_accounts_refuse(bus, error);
    if (r < 0)
        return r;
    if (!sign_in_of(bus, path, &sign_in))
        return no_such_sign_in(error);
    *found = bus;
    return 1;
}

static const char *sign_in_id_at(const Bus *bus, size_t index)
{
    BusSignIn sign_in;
    if (!bus->accounts || !bus->accounts->sign_in_at(index, &sign_in, bus->accounts_userdata))
        return NULL;
    return sign_in.id;
}

static int sign_in_enumerate(sd_bus *connection MPS_UNUSED, const char *prefix MPS_UNUSED, void *userdata,
                             char ***nodes, sd_bus_error *error MPS_UNUSED)
{
    return bus_accounts_nodes(userdata, MPS_SIGN_IN_PREFIX, BUS_SIGN_INS_MAX, sign_in_id_at, nodes);
}

int bus_list_sign_ins(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    int r = bus_accounts_refuse(bus, error);
    return r < 0
               ? r
               : bus_accounts_reply_paths(bus, message, MPS_SIGN_IN_PREFIX, BUS_SIGN_INS_MAX, sign_in_id_at);
}

/* ---- Opening one --------------------------------------------------------------------------------------------------------- */

/* Answers a call, if its sign-in is far enough. Returns whether it is. */
static bool sign_in_answer(const Bus *bus, sd_bus_message *message, const char *id)
{
    char path[BUS_ACCOUNT_PATH_SIZE];
    BusSignIn sign_in;
    bool there = bus->accounts && bus->accounts->sign_in_by_id(id, &sign_in, bus->accounts_userdata);
    int r;
    bus_account_path(MPS_SIGN_IN_PREFIX, id, path);
    if (!there)
        r = sd_bus_reply_method_errorf(message, MPS_ERROR_NAME_SIGN_IN_FAILED,
                                       "the sign-in was ended before its code was known; try again");
    else if (string_equal(sign_in.state, MPS_SIGN_IN_STATE_STARTING))
        return false;
    else if (string_equal(sign_in.state, MPS_SIGN_IN_STATE_WAITING) ||
             string_equal(sign_in.state, MPS_SIGN_IN_STATE_CHECKING) ||
             string_equal(sign_in.state, MPS_SIGN_IN_STATE_DONE))
        r = sd_bus_reply_method_return(message, "o", path);
    else {
        char text[1000];
        const char *why =
            string_empty(sign_in.message) ? "the sign-in has ended; try again" : sign_in.message;
        snprintf(text, sizeof text, "%.*s", (int)bus_cut_utf8(why, sizeof text - 1), why);
        bus_make_utf8(text);
        r = sd_bus_reply_method_errorf(message, MPS_ERROR_NAME_SIGN_IN_FAILED, "%s", text);
    }
    if (r < 0)
        log_debug("cannot answer " MPS_SIGN_IN ": %s", strerror(-r));
    return true;
}

/* Answers those that wait for this sign-in, as far as it is. */
static void sign_in_calls_answer(Bus *bus, const char *id)
{
    for (BusSignInCall **link = &bus->sign_in_calls; *link;) {
        BusSignInCall *call = *link;
        if (!string_equal(call->id, id) || !sign_in_answer(bus, call->message, id)) {
            link = &call->next;
            continue;
        }
        *link = call->next;
        sd_bus_message_unref(call->message);
        free(call);
        bus->account_calls--;
    }
}

void bus_sign_in_calls_clear(Bus *bus, bool told)
{
    while (bus->sign_in_calls) {
        BusSignInCall *call = bus->sign_in_calls;
        bus->sign_in_calls = call->next;
        if (told)
            sd_bus_reply_method_errorf(call->message, MPS_ERROR_NAME_SHUTTING_DOWN,
                                       "the agent is stopping; sign in again");
        sd_bus_message_unref(call->message);
        free(call);
        bus->account_calls--;
    }
}

typedef struct Given {
    const char *account;
    uint32_t title_id;
    int remember;
} Given;

static const BusKey option_keys[] = {
    {MPS_OPTION_TITLE_ID, 'u', offsetof(Given, title_id)},
    {MPS_OPTION_ACCOUNT, 's', offsetof(Given, account)},
    {MPS_OPTION_REMEMBER, 'b', offsetof(Given, remember)},
};

static int read_options(sd_bus_message *message, BusSignInOptions *options, sd_bus_error *error)
{
    Given given = {.remember = true};
    uint32_t seen = 0;
    int r = bus_dictionary_read(message, option_keys, ELEMENTS(option_keys), &given, &seen, "option", error);
    if (r < 0)
        return r;
    if (given.account && !mps_validate_xuid(given.account))
        return bus_error_set(
            error, MPS_ERROR_NAME_INVALID_OPTION,
            "option 'account' has to be a XUID: a decimal number of at most 20 digits, not 0");
    *options =
        (BusSignInOptions){.title_id = given.title_id, .account = given.account, .remember = given.remember};
    return 0;
}

static int sign_in_refused(int r, const char *text, sd_bus_error *error)
{
    if (r == BUS_E_BUSY)
        return bus_error_set(error, MPS_ERROR_NAME_QUOTA_EXCEEDED,
                             "a sign-in is open already: finish it, or end it with Cancel; " MPS_LIST_SIGN_INS
                             " tells which");
    if (r == BUS_E_NOT_CONFIGURED)
        return bus_error_set(error, MPS_ERROR_NAME_SIGN_IN_UNAVAILABLE, "%s",
                             *text ? text : "nobody can sign in: agent.conf has no client id");
    if (*text)
        return bus_error_set(error, MPS_ERROR_NAME_SIGN_IN_FAILED, "%s", text);
    return bus_error_set(error, MPS_ERROR_NAME_SIGN_IN_FAILED, "the sign-in cannot be opened: %s",
                         strerror(-r));
}

int bus_sign_in(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    BusSignInOptions options;
    char text[500] = "";
    int r = bus_accounts_refuse(bus, error);
    if (r >= 0)
        r = read_options(message, &options, error);
    if (r < 0)
        return r;
    if (!bus->accounts)
        return bus_error_set(error, MPS_ERROR_NAME_SIGN_IN_UNAVAILABLE,
                             "this agent has no accounts to sign in to");
    if (bus->account_calls >= BUS_ACCOUNT_CALLS_MAX)
        return bus_error_set(error, MPS_ERROR_NAME_QUOTA_EXCEEDED, "too many calls wait; try again");
    CLEANUP_FREE BusSignInCall *call = calloc(1, sizeof *call);
    if (!call)
        return -ENOMEM;
    r = bus->accounts->sign_in(&options, call->id, text, sizeof text, bus->accounts_userdata);
    bus_make_utf8(text);
    if (r != 0)
        return sign_in_refused(r, text, error);
    if (sign_in_answer(bus, message, call->id))
        return 1;
    call->message = sd_bus_message_ref(message);
    call->next = bus->sign_in_calls;
    bus->sign_in_calls = TAKE(call);
    bus->account_calls++;
    return 1;
}

/* ---- The object --------------------------------------------------------------------------------------------------------- */

static int method_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    char id[MPS_ID_LENGTH + 1];
    if (bus_account_path_id(MPS_SIGN_IN_PREFIX, sd_bus_message_get_path(message), id) < 0)
        return -ENOENT;
    int r = bus->accounts->sign_in_cancel(id, bus->accounts_userdata);
    if (r == -ENOENT)
        return no_such_sign_in(error);
    /* One that has ended needs no end; its State tells which it had. */
    if (r < 0 && r != -EALREADY)
        return bus_error_set(error, MPS_ERROR_NAME_SIGN_IN_FAILED, "the sign-in cannot be ended: %s",
                             strerror(-r));
    return sd_bus_reply_method_return(message, NULL);
}

static const BusMember sign_in_members[] = {
    {"UserCode", 's', offsetof(BusSignIn, user_code)},
    {"VerificationUri", 's', offsetof(BusSignIn, verification_uri)},
    {"VerificationUriComplete", 's', offsetof(BusSignIn, verification_uri_complete)},
    {"ExpiresAt", 't', offsetof(BusSignIn, expires_wall_usec)},
    {"State", 's', offsetof(BusSignIn, state)},
    {"Error", 's', offsetof(BusSignIn, error)},
    {"Message", 's', offsetof(BusSignIn, message)},
};

static int get_property(sd_bus *connection MPS_UNUSED, const char *path, const char *interface MPS_UNUSED,
                        const char *property, sd_bus_message *reply, void *userdata,
                        sd_bus_error *error MPS_UNUSED)
{
    char account[BUS_ACCOUNT_PATH_SIZE] = "/";
    BusSignIn sign_in;
    if (!sign_in_of(userdata, path, &sign_in))
        return -ENOENT;
    if (!string_equal(property, "Account"))
        return bus_member_append(reply, sign_in_members, ELEMENTS(sign_in_members), property, &sign_in);
    if (string_equal(sign_in.state, MPS_SIGN_IN_STATE_DONE) && !string_empty(sign_in.account_id))
        bus_account_path(MPS_ACCOUNT_PREFIX, sign_in.account_id, account);
    return sd_bus_message_append_basic(reply, 'o', account);
}

#define ANYONE SD_BUS_VTABLE_UNPRIVILEGED
#define PROPERTY(name, type, flags) SD_BUS_PROPERTY(name, type, get_property, 0, flags)

static const sd_bus_vtable sign_in_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS(MPS_CANCEL, SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_cancel, ANYONE),
    PROPERTY("UserCode", "s", 0),
    PROPERTY("VerificationUri", "s", 0),
    PROPERTY("VerificationUriComplete", "s", 0),
    PROPERTY("ExpiresAt", "t", 0),
    /* The only one that is broadcast: a code is for who asks. */
    PROPERTY("State", "s", SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    PROPERTY("Error", "s", 0),
    PROPERTY("Message", "s", 0),
    PROPERTY("Account", "o", 0),
    SD_BUS_VTABLE_END,
};

int bus_sign_in_export(Bus *bus)
{
    int r = sd_bus_add_fallback_vtable(bus->bus, NULL, MPS_SIGN_IN_ROOT, MPS_SIGN_IN_INTERFACE,
                                       sign_in_vtable, sign_in_find, bus);
    if (r < 0)
        return r;
    return sd_bus_add_node_enumerator(bus->bus, NULL, MPS_SIGN_IN_ROOT, sign_in_enumerate, bus);
}

/* ---- What is told --------------------------------------------------------------------------------------------------- */

void bus_sign_in_changed(Bus *bus, const char *id)
{
    char path[BUS_ACCOUNT_PATH_SIZE];
    bus_account_path(MPS_SIGN_IN_PREFIX, id, path);
    sign_in_calls_answer(bus, id);
    if (!bus->bus)
        return;
    bus->emitting = true;
    int r = sd_bus_emit_properties_changed(bus->bus, path, MPS_SIGN_IN_INTERFACE, "State", NULL);
    bus->emitting = false;
    if (r < 0)
        log_debug("cannot tell a sign-in's state: %s", strerror(-r));
}

void bus_sign_in_removed(Bus *bus, const char *id)
{
    sign_in_calls_answer(bus, id);
}
