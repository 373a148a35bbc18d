/* SPDX-License-Identifier: MIT */
/* mpsessionctl sign-in: open a sign-in, show its code, and wait until its user has agreed somewhere. */
#include "cli/account-proxy.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/sign-in-screen.h"
#include "cli/table.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define OPEN_LIMIT_USEC 120000000ULL /* until the identity service has given a code */
#define TICK_USEC 1000000ULL
#define NEW_CODE_USEC                                                                                        \
    300000000ULL /* codes were seen to be refused after 5 min, however long they are said to be good */
#define PATH_SIZE 128

typedef struct SignIn {
    const CommandLine *line;
    sd_bus *bus;
    sd_event *event;
    sd_event_source *input; /* Enter; NULL: nobody can press it */
    bool terminal;
    bool stopping;            /* Ctrl-C while the code was not known yet */
    bool offered;             /* of this code: it was said that a new one can be had */
    bool checking;            /* it was said that the code was entered */
    char path[PATH_SIZE];     /* "": it is being opened */
    uint64_t shown_boot_usec; /* 0: the code is not known yet */
    uint64_t expires_usec;
    bool finished;
    int code;
} SignIn;

static void finish(SignIn *run, int code)
{
    run->finished = true;
    run->code = code;
    sd_event_exit(run->event, 0);
}

static void clear_countdown(const SignIn *run)
{
    if (run->terminal && run->shown_boot_usec)
        screen_clear_countdown();
}

/* ---- Its states -------------------------------------------------------------------------------------------------------- */

static void show_code(SignIn *run, const json_t *properties)
{
    if (run->shown_boot_usec)
        return;
    run->shown_boot_usec = clock_usec(CLOCK_BOOTTIME);
    run->expires_usec = json_number(properties, "ExpiresAt");
    if (run->line->json) {
        json_print(properties, true);
        fflush(stdout);
    } else {
        screen_show_code(properties, run->terminal, !run->line->no_qr);
    }
}

static void show_checking(SignIn *run)
{
    clear_countdown(run);
    if (!run->checking && !run->line->json) {
        puts("the code was entered; looking at the account");
        fflush(stdout);
    }
    run->checking = true;
}

static void finish_done(SignIn *run, json_t *properties)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *account = NULL;
    const char *path = json_text(properties, "Account");
    int r = agent_properties(run->bus, path, MPS_ACCOUNT_INTERFACE, &error, &account);

    clear_countdown(run);
    if (r < 0) {
        finish(run, account_report(run->line->json, &error, r));
    } else {
        json_object_set(account, "Path", json_object_get(properties, "Account"));
        json_object_set(properties, "Account", account);
        if (run->line->json)
            json_print(properties, true);
        else
            screen_show_account(account);
        finish(run, EXIT_DONE);
    }
    sd_bus_error_free(&error);
}

/* The end is no account. Returns nothing: it was said. */
static void finish_failed(SignIn *run, const char *state, const char *name, const char *message)
{
    static const char next[] = "mpsessionctl sign-in begins another";

    clear_countdown(run);
    if (!run->line->json) {
        finish(run, report(false, EXIT_ANSWER_NO, state, message, next));
        return;
    }
    CLEANUP_JSON json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s}", "Path", run->path, "State", state,
                                            "error", *name ? name : state, "message", message, "next", next);
    json_print(object, true);
    finish(run, EXIT_ANSWER_NO);
}

static const char *ended_message(const char *state, const char *message)
{
    if (*message)
        return message;
    if (strcmp(state, MPS_SIGN_IN_STATE_DECLINED) == 0)
        return "it was declined on the web page";
    if (strcmp(state, MPS_SIGN_IN_STATE_EXPIRED) == 0)
        return "nobody has entered the code in time";
    if (strcmp(state, MPS_SIGN_IN_STATE_CANCELLED) == 0)
        return "it was cancelled";
    return "the sign-in has failed";
}

/* Looks at the sign-in, and does what its state asks for. */
static void look(SignIn *run)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *properties = NULL;
    int r = agent_properties(run->bus, run->path, MPS_SIGN_IN_INTERFACE, &error, &properties);

    if (r < 0) {
        clear_countdown(run);
        finish(run, account_report(run->line->json, &error, r));
        sd_bus_error_free(&error);
        return;
    }
    const char *state = json_text(properties, "State");
    json_object_set_new(properties, "Path", json_string(run->path));
    if (strcmp(state, MPS_SIGN_IN_STATE_WAITING) == 0)
        show_code(run, properties);
    else if (strcmp(state, MPS_SIGN_IN_STATE_CHECKING) == 0)
        show_checking(run);
    else if (strcmp(state, MPS_SIGN_IN_STATE_DONE) == 0)
        finish_done(run, properties);
    else if (strcmp(state, MPS_SIGN_IN_STATE_STARTING) != 0)
        finish_failed(run, state, json_text(properties, "Error"),
                      ended_message(state, json_text(properties, "Message")));
}

/* ---- Opening and ending it ------------------------------------------------------------------------------------------- */

static void cancel(SignIn *run)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;

    (void)agent_call(run->bus, run->path, MPS_SIGN_IN_INTERFACE, MPS_CANCEL, &error, NULL, NULL);
    sd_bus_error_free(&error);
}

static void stop(SignIn *run)
{
    cancel(run);
    finish_failed(run, MPS_SIGN_IN_STATE_CANCELLED, "", "the sign-in was cancelled");
}

/* Another one is open, perhaps of a terminal that was closed: that one is gone on with. Returns whether there is one. */
static bool resume(SignIn *run)
{
    bool found = account_open_sign_in(run->bus, run->path, sizeof(run->path));

    if (found && !run->line->json)
        fputs("mpsessionctl: a sign-in is open already: going on with it\n", stderr);
    return found;
}

static int on_opened(sd_bus_message *reply, void *userdata, sd_bus_error *unused)
{
    (void)unused;
    SignIn *run = userdata;
    const CommandLine *line = run->line;
    const sd_bus_error *error = sd_bus_message_get_error(reply);
    bool plain = !line->account && !line->has_title_id && !line->no_remember;
    const char *path;

    if (error && !(plain && sd_bus_error_has_name(error, MPS_ERROR_NAME_QUOTA_EXCEEDED) && resume(run))) {
        finish(run, account_report(line->json, error, -EIO));
        return 1;
    }
    if (!error) {
        int r = sd_bus_message_read_basic(reply, 'o', &path);
        if (r < 0) {
            finish(run, report(line->json, EXIT_NO_AGENT, "internal", strerror(-r), NULL));
            return 1;
        }
        snprintf(run->path, sizeof(run->path), "%s", path);
    }
    if (run->stopping)
        stop(run);
    else
        look(run);
    return 1;
}

static int append_options(sd_bus_message *call, const CommandLine *line)
{
    int r = sd_bus_message_open_container(call, 'a', "{sv}");

    if (r >= 0 && line->has_title_id)
        r = sd_bus_message_append(call, "{sv}", MPS_OPTION_TITLE_ID, "u", line->title_id);
    if (r >= 0 && line->account)
        r = sd_bus_message_append(call, "{sv}", MPS_OPTION_ACCOUNT, "s", line->account);
    if (r >= 0 && line->no_remember)
        r = sd_bus_message_append(call, "{sv}", MPS_OPTION_REMEMBER, "b", 0);
    return r < 0 ? r : sd_bus_message_close_container(call);
}

/* Asks for one; on_opened() has the answer. This starts an agent if there is none. */
static int open_one(SignIn *run)
{
    sd_bus_message *call = NULL;
    int r = sd_bus_message_new_method_call(run->bus, &call, MPS_BUS_NAME, MPS_ROOT_PATH,
                                           MPS_ACCOUNTS_INTERFACE, MPS_SIGN_IN);

    run->path[0] = '\0';
    run->shown_boot_usec = 0;
    run->offered = run->checking = false;
    if (r >= 0)
        r = append_options(call, run->line);
    if (r >= 0)
        r = sd_bus_call_async(run->bus, NULL, call, on_opened, run, OPEN_LIMIT_USEC);
    sd_bus_message_unref(call);
    return r < 0 ? r : 0;
}

/* ---- What happens -------------------------------------------------------------------------------------------------------- */

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    (void)error;
    SignIn *run = userdata;

    if (!run->finished && *run->path && strcmp(sd_bus_message_get_path(message), run->path) == 0)
        look(run);
    return 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    (void)error;
    SignIn *run = userdata;
    const char *name, *before, *after;

    /* While it is being opened, the call itself fails. */
    if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0 || !*before || !*run->path ||
        run->finished)
        return 0;
    clear_countdown(run);
    finish(run,
           report(run->line->json, EXIT_NO_AGENT, "agent-lost",
                  "the agent has ended, and the sign-in with it", "mpsessionctl sign-in begins another"));
    return 0;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
    SignIn *run = userdata;
    uint64_t now = clock_usec(CLOCK_REALTIME);
    bool old = run->shown_boot_usec && clock_usec(CLOCK_BOOTTIME) >= run->shown_boot_usec + NEW_CODE_USEC;

    if (old && !run->offered && !run->terminal)
        fputs("mpsessionctl: should the code not be taken any more: end this with Ctrl-C, and sign in again "
              "for a new one\n",
              stderr);
    run->offered = old;
    if (run->terminal && run->shown_boot_usec && !run->checking)
        screen_show_countdown(run->expires_usec > now ? run->expires_usec - now : 0, old && run->input);
    sd_event_source_set_time(source, usec + TICK_USEC);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    (void)events;
    SignIn *run = userdata;
    char keys[256];
    ssize_t size = read(fd, keys, sizeof(keys));

    if (size <= 0) {
        sd_event_source_set_enabled(source, SD_EVENT_OFF);
        run->input = NULL;
        return 0;
    }
    if (!run->offered || run->checking || !memchr(keys, '\n', (size_t)size))
        return 0;
    clear_countdown(run);
    cancel(run);
    int r = open_one(run);
    if (r < 0)
        finish(run, report(run->line->json, EXIT_NO_AGENT, "no-bus", strerror(-r), NULL));
    return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
    (void)source;
    (void)info;
    SignIn *run = userdata;

    if (run->finished)
        return 0;
    if (*run->path)
        stop(run);
    else if (run->stopping) /* Again: it is not waited for. */
        finish(run, EXIT_ANSWER_NO);
    run->stopping = true;
    return 0;
}

static int watch_bus(SignIn *run)
{
    int r = sd_bus_add_match(run->bus, NULL,
                             "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                             "member='NameOwnerChanged',arg0='" MPS_BUS_NAME "'",
                             on_owner_changed, run);

    if (r >= 0)
        r = sd_bus_add_match(run->bus, NULL,
                             "type='signal',sender='" MPS_BUS_NAME
                             "',interface='org.freedesktop.DBus.Properties',"
                             "member='PropertiesChanged',path_namespace='" MPS_SIGN_IN_ROOT "'",
                             on_changed, run);
    return r < 0 ? r : 0;
}

static int watch(SignIn *run)
{
    /* Not SIGHUP: when the terminal is closed the sign-in goes on, since its user may have the page open already. */
    static const int signals[] = {SIGINT, SIGTERM};
    sigset_t blocked;
    int r = watch_bus(run);

    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaddset(&blocked, signals[i]);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    for (size_t i = 0; r >= 0 && i < sizeof(signals) / sizeof(signals[0]); i++)
        r = sd_event_add_signal(run->event, NULL, signals[i], on_stop, run);
    if (r >= 0 && !run->line->json)
        r = sd_event_add_time_relative(run->event, NULL, CLOCK_MONOTONIC, TICK_USEC, 0, on_tick, run);
    if (r >= 0 && run->terminal)
        r = sd_event_add_io(run->event, &run->input, STDIN_FILENO, EPOLLIN, on_input, run);
    if (r >= 0)
        r = sd_bus_attach_event(run->bus, run->event, 0);
    if (r >= 0)
        r = sd_bus_set_exit_on_disconnect(run->bus, true);
    return r;
}

int command_sign_in(const CommandLine *line)
{
    SignIn run = {.line = line, .terminal = !line->json && screen_is_terminal()};
    int code = agent_open(line->json, &run.bus);

    if (code != EXIT_DONE)
        return code;
    int r = sd_event_new(&run.event);
    if (r >= 0)
        r = watch(&run);
    if (r >= 0)
        r = open_one(&run);
    if (r >= 0)
        r = sd_event_loop(run.event);
    if (!run.finished)
        run.code = report(line->json, EXIT_NO_AGENT, "no-bus",
                          r < 0 ? strerror(-r) : "the session bus is gone", NULL);
    sd_event_source_unref(run.input);
    sd_bus_flush_close_unref(run.bus);
    sd_event_unref(run.event);
    return run.code;
}
