/* SPDX-License-Identifier: MIT */
/*
 * The bus room alone, with accounts that a test invents: commands come as JSON lines on standard input, each is answered
 * with "ok"; what the room asks of its hooks is told as JSON lines on standard output.
 *
 *   {"do": "account", "id": …, members…, "tell": "added"|"changed"}    set an account (all its members)
 *   {"do": "remove-account", "id": …}
 *   {"do": "sign-in", "id": …, members…}                               change members of a sign-in, and tell it
 *   {"do": "remove-sign-in", "id": …}
 *   {"do": "script", "id": …, "sign-in": state or number, "message": …, "sign-out": "now"|"later"|number, "default": …}
 *   {"do": "signed-out", "r": 0}                                       answer the oldest sign-out
 *   {"do": "hooks", "on": false}
 */
#include "base/clock.h"
#include "bus/bus-accounts.h"
#include "bus/bus.h"
#include "ipc/names.h"

#include <jansson.h>
#include <stdio.h>
#include <systemd/sd-event.h>

#define WAITING_MAX 10

typedef struct Server {
    sd_event *event;
    Core *core;
    Bus *bus;
    json_t *accounts, *sign_ins, *script;
    struct {
        BusSignedOut done;
        void *userdata;
    } waiting[WAITING_MAX];
    size_t waiting_count;
    char line[65536];
    size_t used;
    bool stopping;
} Server;

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static uint64_t number(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static json_t *find(json_t *rows, const char *id)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (string_equal(text(json_array_get(rows, i), "id"), id))
            return json_array_get(rows, i);
    return NULL;
}

static void forget(json_t *rows, const char *id)
{
    for (size_t i = json_array_size(rows); i-- > 0;)
        if (string_equal(text(json_array_get(rows, i), "id"), id))
            json_array_remove(rows, i);
}

static void tell(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT);
    puts("");
    fflush(stdout);
    json_decref(object);
}

/* ---- Hooks -------------------------------------------------------------------------------------------------------------- */

static bool fill_account(const json_t *row, BusAccount *account)
{
    if (!row)
        return false;
    *account = (BusAccount){.id = text(row, "id"),
                            .xuid = text(row, "xuid"),
                            .gamertag = text(row, "gamertag"),
                            .state = text(row, "state"),
                            .reason = text(row, "reason"),
                            .action_uri = text(row, "action-uri"),
                            .client_id = text(row, "client-id"),
                            .secret_store = text(row, "secret-store"),
                            .token_expires_wall_usec = number(row, "token-expires"),
                            .signed_in_wall_usec = number(row, "signed-in"),
                            .is_default = json_is_true(json_object_get(row, "default"))};
    return true;
}

static bool account_at(size_t index, BusAccount *account, void *userdata)
{
    const Server *server = userdata;
    return fill_account(json_array_get(server->accounts, index), account);
}

static bool account_by_id(const char *id, BusAccount *account, void *userdata)
{
    const Server *server = userdata;
    return fill_account(find(server->accounts, id), account);
}

static bool fill_sign_in(const json_t *row, BusSignIn *sign_in)
{
    if (!row)
        return false;
    *sign_in = (BusSignIn){.id = text(row, "id"),
                           .state = text(row, "state"),
                           .user_code = text(row, "user-code"),
                           .verification_uri = text(row, "uri"),
                           .verification_uri_complete = text(row, "uri-complete"),
                           .error = text(row, "error"),
                           .message = text(row, "message"),
                           .account_id = text(row, "account"),
                           .expires_wall_usec = number(row, "expires")};
    return true;
}

static bool sign_in_at(size_t index, BusSignIn *sign_in, void *userdata)
{
    const Server *server = userdata;
    return fill_sign_in(json_array_get(server->sign_ins, index), sign_in);
}

static bool sign_in_by_id(const char *id, BusSignIn *sign_in, void *userdata)
{
    const Server *server = userdata;
    return fill_sign_in(find(server->sign_ins, id), sign_in);
}

static bool is_open(const json_t *sign_in)
{
    const char *state = text(sign_in, "state");
    return string_equal(state, MPS_SIGN_IN_STATE_STARTING) ||
           string_equal(state, MPS_SIGN_IN_STATE_WAITING) || string_equal(state, MPS_SIGN_IN_STATE_CHECKING);
}

static int sign_in(const BusSignInOptions *options, char id[37], char *message, size_t size, void *userdata)
{
    Server *server = userdata;
    const json_t *wanted = json_object_get(server->script, "sign-in");
    tell(json_pack("{s:s, s:I, s:s, s:b}", "called", "sign-in", "title-id", (json_int_t)options->title_id,
                   "account", options->account ? options->account : "", "remember", options->remember));
    for (size_t i = 0; i < json_array_size(server->sign_ins); i++)
        if (is_open(json_array_get(server->sign_ins, i)))
            return BUS_E_BUSY;
    if (json_is_integer(wanted)) {
        snprintf(message, size, "%s", text(server->script, "message"));
        return (int)json_integer_value(wanted);
    }
    json_t *fresh = json_deep_copy(json_object_get(server->script, "fresh"));
    snprintf(id, 37, "%s", text(server->script, "id"));
    json_object_set_new(fresh, "id", json_string(id));
    forget(server->sign_ins, id);
    json_array_append_new(server->sign_ins, fresh);
    bus_sign_in_changed(server->bus, id);
    return 0;
}

static int sign_in_cancel(const char *id, void *userdata)
{
    Server *server = userdata;
    json_t *row = find(server->sign_ins, id);
    tell(json_pack("{s:s, s:s}", "called", "cancel", "id", id));
    if (!row)
        return -ENOENT;
    if (!is_open(row))
        return -EALREADY;
    json_object_set_new(row, "state", json_string(MPS_SIGN_IN_STATE_CANCELLED));
    bus_sign_in_changed(server->bus, id);
    return 0;
}

static int sign_out(const char *account_id, BusSignedOut done, void *done_userdata, void *userdata)
{
    Server *server = userdata;
    const json_t *how = json_object_get(server->script, "sign-out");
    char id[37];
    snprintf(id, sizeof id, "%s", account_id);
    tell(json_pack("{s:s, s:s}", "called", "sign-out", "id", id));
    if (json_is_integer(how))
        return (int)json_integer_value(how);
    if (string_equal(text(server->script, "sign-out"), "later")) {
        assert(server->waiting_count < WAITING_MAX);
        server->waiting[server->waiting_count].done = done;
        server->waiting[server->waiting_count++].userdata = done_userdata;
        return 0;
    }
    forget(server->accounts, id);
    bus_account_removed(server->bus, id);
    done(0, done_userdata);
    return 0;
}

static int retry(const char *account_id, void *userdata)
{
    Server *server = userdata;
    tell(json_pack("{s:s, s:s}", "called", "retry", "id", account_id));
    return (int)json_integer_value(json_object_get(server->script, "retry"));
}

static const BusAccountHooks account_hooks = {.account_at = account_at,
                                              .account_by_id = account_by_id,
                                              .sign_in_at = sign_in_at,
                                              .sign_in_by_id = sign_in_by_id,
                                              .sign_in = sign_in,
                                              .sign_in_cancel = sign_in_cancel,
                                              .sign_out = sign_out,
                                              .retry = retry};

static void nothing(void *userdata MPS_UNUSED)
{
}

static bool account_known(const char *account, void *userdata)
{
    const Server *server = userdata;
    for (size_t i = 0; i < json_array_size(server->accounts); i++)
        if (string_equal(text(json_array_get(server->accounts, i), "xuid"), account))
            return true;
    return false;
}

static const char *default_account(void *userdata)
{
    const Server *server = userdata;
    return json_string_value(json_object_get(server->script, "default"));
}

/* Nothing is stored here. */
static int load_nothing(const char *id MPS_UNUSED, BusLoaded done MPS_UNUSED, void *done_userdata MPS_UNUSED,
                        void *userdata MPS_UNUSED)
{
    return -EIO;
}

static int load_no_story(const char *id MPS_UNUSED, BusTold done MPS_UNUSED, void *done_userdata MPS_UNUSED,
                         void *userdata MPS_UNUSED)
{
    return -EIO;
}

typedef struct Looking {
    BusLooked done;
    void *userdata;
} Looking;

static int on_look_due(sd_event_source *source, void *userdata)
{
    CLEANUP_FREE Looking *looking = userdata;
    const BusFacts facts = {
        .state_folder = "/state", .store_format = 1, .disk_free = 1ULL << 30, .reserve = true};
    looking->done(&facts, looking->userdata);
    sd_event_source_unref(source);
    return 0;
}

/* Diagnose is answered in the next turn of the loop, as by a store. */
static int look(BusLooked done, void *done_userdata, void *userdata)
{
    Server *server = userdata;
    sd_event_source *source = NULL;
    Looking *looking = calloc(1, sizeof *looking);
    if (!looking)
        return -ENOMEM;
    *looking = (Looking){done, done_userdata};
    return sd_event_add_defer(server->event, &source, on_look_due, looking);
}

static void on_named(void *userdata MPS_UNUSED)
{
    tell(json_pack("{s:s}", "called", "named"));
}

static void on_taken(pid_t holder MPS_UNUSED, void *userdata)
{
    sd_event_exit(((Server *)userdata)->event, 1);
}

static void on_gone(int r MPS_UNUSED, void *userdata)
{
    sd_event_exit(((Server *)userdata)->event, 1);
}

static const BusHooks hooks = {.touched = nothing,
                               .called = nothing,
                               .account_known = account_known,
                               .default_account = default_account,
                               .load_result = load_nothing,
                               .load_story = load_no_story,
                               .look = look,
                               .name_acquired = on_named,
                               .name_taken = on_taken,
                               .name_lost = nothing,
                               .disconnected = on_gone};

/* ---- Commands ----------------------------------------------------------------------------------------------------------- */

static void do_account(Server *server, json_t *command)
{
    const char *id = text(command, "id");
    forget(server->accounts, id);
    json_array_append(server->accounts, command);
    if (string_equal(text(command, "tell"), "added"))
        bus_account_added(server->bus, id);
    else if (string_equal(text(command, "tell"), "changed"))
        bus_account_changed(server->bus, id);
}

static void do_command(Server *server, json_t *command)
{
    const char *what = text(command, "do"), *id = text(command, "id");
    json_t *row = find(server->sign_ins, id);
    if (string_equal(what, "account"))
        do_account(server, command);
    else if (string_equal(what, "remove-account")) {
        forget(server->accounts, id);
        bus_account_removed(server->bus, id);
    } else if (string_equal(what, "sign-in")) {
        json_object_update(row, command);
        bus_sign_in_changed(server->bus, id);
    } else if (string_equal(what, "remove-sign-in")) {
        forget(server->sign_ins, id);
        bus_sign_in_removed(server->bus, id);
    } else if (string_equal(what, "script"))
        json_object_update(server->script, command);
    else if (string_equal(what, "hooks"))
        bus_accounts_set_hooks(server->bus,
                               json_is_true(json_object_get(command, "on")) ? &account_hooks : NULL, server);
    else if (string_equal(what, "signed-out")) {
        assert(server->waiting_count > 0);
        server->waiting_count--;
        server->waiting[server->waiting_count].done((int)json_integer_value(json_object_get(command, "r")),
                                                    server->waiting[server->waiting_count].userdata);
    } else
        tell(json_pack("{s:s, s:s}", "wrong", what, "id", id));
}

static int on_input(sd_event_source *source MPS_UNUSED, int fd, uint32_t events MPS_UNUSED, void *userdata)
{
    Server *server = userdata;
    ssize_t size = read(fd, server->line + server->used, sizeof server->line - server->used);
    if (size <= 0) {
        server->stopping = true;
        return 0;
    }
    server->used += (size_t)size;
    char *newline;
    while ((newline = memchr(server->line, '\n', server->used))) {
        json_t *command = json_loadb(server->line, (size_t)(newline - server->line), 0, NULL);
        do_command(server, command);
        json_decref(command);
        server->used -= (size_t)(newline + 1 - server->line);
        memmove(server->line, newline + 1, server->used);
        tell(json_pack("{s:b}", "ok", bus_busy(server->bus)));
    }
    return 0;
}

int main(void)
{
    static const BusSettings settings = {.version = "0.1.0", .directory_url = "http://127.0.0.1:9"};
    Server *server = calloc(1, sizeof *server);
    CoreLimits limits = core_limits_default();
    if (!server)
        return 1;
    server->accounts = json_array();
    server->sign_ins = json_array();
    server->script = json_object();
    if (sd_event_default(&server->event) < 0 || core_new(&limits, &server->core) < 0 ||
        bus_new(server->event, server->core, &settings, &hooks, server, &server->bus) < 0)
        return 1;
    bus_accounts_set_hooks(server->bus, &account_hooks, server);
    if (bus_connect(server->bus) < 0 ||
        sd_event_add_io(server->event, NULL, STDIN_FILENO, EPOLLIN, on_input, server) < 0)
        return 1;
    /* Not sd_event_exit(): that closes the connection before the room has said its last words. */
    while (!server->stopping && sd_event_get_state(server->event) != SD_EVENT_FINISHED)
        if (sd_event_run(server->event, UINT64_MAX) < 0)
            return 1;
    int r = server->stopping ? 0 : 1;
    bus_free(server->bus);
    /* Answers that come after the bus is gone. */
    while (server->waiting_count > 0) {
        server->waiting_count--;
        server->waiting[server->waiting_count].done(-ECANCELED,
                                                    server->waiting[server->waiting_count].userdata);
    }
    core_free(server->core);
    sd_event_unref(server->event);
    json_decref(server->accounts);
    json_decref(server->sign_ins);
    json_decref(server->script);
    free(server);
    return r;
}
