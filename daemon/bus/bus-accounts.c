/* SPDX-License-Identifier: MIT */
/* The root's interface for accounts, and what accounts and sign-ins have in common. */
#include "bus/bus-internal.h"
#include "ipc/validate.h"

#include <stdio.h>

#define WHICH_ROWS 10     /* accounts that an error lists */
#define NAME_MAX_SHOWN 40 /* bytes of each one's name */

void bus_accounts_set_hooks(Bus *bus, const BusAccountHooks *hooks, void *userdata)
{
    if (!hooks)
        bus_accounts_clear(bus, true);
    bus->accounts = hooks;
    bus->accounts_userdata = userdata;
}

void bus_accounts_clear(Bus *bus, bool told)
{
    bus_sign_in_calls_clear(bus, told);
    bus_sign_out_calls_clear(bus, told);
}

int bus_accounts_refuse(const Bus *bus, sd_bus_error *error)
{
    if (bus->caller && !bus_caller_sandboxed(bus->caller))
        return 0;
    return bus_error_set(error, MPS_ERROR_NAME_ACCESS_DENIED,
                         "a program in a sandbox may not look at accounts, nor sign in or out; run "
                         "mpsessionctl outside of it");
}

size_t bus_cut_utf8(const char *text, size_t most)
{
    size_t length = strnlen(text, most + 1);
    if (length <= most)
        return length;
    for (length = most; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
        length--;
    return length;
}

/* "2533274900000001 (Alice), 2533274900000002": those that there are, to choose from. */
static void list_accounts(const Bus *bus, char *text, size_t size)
{
    BusAccount account;
    size_t used = 0, index = 0;
    text[0] = '\0';
    for (; index < WHICH_ROWS && bus->accounts->account_at(index, &account, bus->accounts_userdata);
         index++) {
        const char *name = account.gamertag ? account.gamertag : "";
        int length = (int)bus_cut_utf8(name, NAME_MAX_SHOWN);
        int written = snprintf(text + used, size - used, "%s%.20s%s%.*s%s", index ? ", " : "", account.xuid,
                               length ? " (" : "", length, name, length ? ")" : "");
        used += (size_t)written;
    }
    if (bus->accounts->account_at(index, &account, bus->accounts_userdata))
        snprintf(text + used, size - used, ", …");
    bus_make_utf8(text);
}

int bus_accounts_which(const Bus *bus, sd_bus_error *error)
{
    static const char several[] =
        "there is not exactly one account: name one with the option 'account', or set "
        "DefaultAccount= in agent.conf";
    char text[WHICH_ROWS * 80];
    BusAccount account;
    if (!bus->accounts || bus_caller_sandboxed(bus->caller))
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION, "%s", several);
    if (!bus->accounts->account_at(0, &account, bus->accounts_userdata))
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION,
                             "there is no account: mpsessionctl sign-in makes one");
    list_accounts(bus, text, sizeof text);
    return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION, "%s; there are: %s", several, text);
}

/* ---- Paths ------------------------------------------------------------------------------------------------------------- */

void bus_account_path(const char *prefix, const char *id, char path[BUS_ACCOUNT_PATH_SIZE])
{
    snprintf(path, BUS_ACCOUNT_PATH_SIZE, "%s%.*s", prefix, MPS_ID_LENGTH, id);
    for (char *c = path + strlen(prefix); *c; c++)
        if (*c == '-')
            *c = '_';
}

int bus_account_path_id(const char *prefix, const char *path, char id[MPS_ID_LENGTH + 1])
{
    char found[MPS_ID_LENGTH + 1];
    size_t length = strlen(prefix);
    if (strncmp(path, prefix, length) != 0 || strlen(path + length) != MPS_ID_LENGTH)
        return -EINVAL;
    for (size_t i = 0; i <= MPS_ID_LENGTH; i++)
        found[i] = path[length + i] == '_' ? '-' : path[length + i];
    if (!mps_validate_id(found))
        return -EINVAL;
    memcpy(id, found, sizeof found);
    return 0;
}

int bus_accounts_reply_paths(const Bus *bus, sd_bus_message *message, const char *prefix, size_t most,
                             BusIdAt id_at)
{
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    char path[BUS_ACCOUNT_PATH_SIZE];
    const char *id;
    int r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "o");
    for (size_t i = 0; r >= 0 && i < most && (id = id_at(bus, i)); i++) {
        bus_account_path(prefix, id, path);
        r = sd_bus_message_append_basic(reply, 'o', path);
    }
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

int bus_accounts_nodes(const Bus *bus, const char *prefix, size_t most, BusIdAt id_at, char ***nodes)
{
    char **list = calloc(most + 1, sizeof *list), path[BUS_ACCOUNT_PATH_SIZE];
    const char *id;
    if (!list)
        return -ENOMEM;
    bool shown = bus->caller && !bus_caller_sandboxed(bus->caller);
    for (size_t i = 0; shown && i < most && (id = id_at(bus, i)); i++) {
        bus_account_path(prefix, id, path);
        list[i] = strdup(path);
        if (!list[i])
            break; /* A shorter list is still a list. */
    }
    *nodes = list;
    return 0;
}

/* ---- Properties ---------------------------------------------------------------------------------------------------- */

/* Names and messages come from others: what is no UTF-8 must not cost the rest. */
static int append_text(sd_bus_message *reply, const char *text)
{
    CLEANUP_FREE char *copy = strdup(text ? text : "");
    if (!copy)
        return -ENOMEM;
    bus_make_utf8(copy);
    return sd_bus_message_append_basic(reply, 's', copy);
}

int bus_member_append(sd_bus_message *reply, const BusMember *members, size_t count, const char *name,
                      const void *base)
{
    for (size_t i = 0; i < count; i++) {
        const void *member = (const char *)base + members[i].offset;
        if (!string_equal(members[i].name, name))
            continue;
        if (members[i].type == 's')
            return append_text(reply, *(const char *const *)member);
        if (members[i].type == 'b')
            return sd_bus_message_append(reply, "b", (int)*(const bool *)member);
        return sd_bus_message_append(reply, "t", *(const uint64_t *)member);
    }
    return -ENOENT;
}

/* ---- The interface --------------------------------------------------------------------------------------------------- */

#define METHOD SD_BUS_METHOD_WITH_ARGS
#define ANYONE SD_BUS_VTABLE_UNPRIVILEGED

static const sd_bus_vtable accounts_vtable[] = {
    SD_BUS_VTABLE_START(0),
    METHOD(MPS_SIGN_IN, SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", sign_in), bus_sign_in, ANYONE),
    METHOD(MPS_SIGN_OUT, SD_BUS_ARGS("o", account, "a{sv}", options), SD_BUS_NO_RESULT, bus_sign_out, ANYONE),
    METHOD(MPS_LIST_ACCOUNTS, SD_BUS_NO_ARGS, SD_BUS_RESULT("ao", accounts), bus_list_accounts, ANYONE),
    METHOD(MPS_LIST_SIGN_INS, SD_BUS_NO_ARGS, SD_BUS_RESULT("ao", sign_ins), bus_list_sign_ins, ANYONE),
    SD_BUS_SIGNAL_WITH_ARGS(MPS_ACCOUNT_ADDED, SD_BUS_ARGS("o", account), 0),
    SD_BUS_SIGNAL_WITH_ARGS(MPS_ACCOUNT_REMOVED, SD_BUS_ARGS("o", account), 0),
    SD_BUS_VTABLE_END,
};

int bus_accounts_export(Bus *bus)
{
    int r =
        sd_bus_add_object_vtable(bus->bus, NULL, MPS_ROOT_PATH, MPS_ACCOUNTS_INTERFACE, accounts_vtable, bus);
    if (r >= 0)
        r = bus_account_export(bus);
    if (r >= 0)
        r = bus_sign_in_export(bus);
    return r;
}
