/* SPDX-License-Identifier: MIT */
/* A secret store to be driven by a test: a line for each change, a command for each line read. It shows the key. */
#include "base/log.h"
#include "token/secret-store.h"

#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

typedef struct Probe {
    sd_event *event;
    SecretStore *store;
    char line[256];
    size_t size;
} Probe;

static void show(const Probe *probe, const char *what)
{
    static const char *const states[] = {
        [SECRET_LOOKING] = "looking", [SECRET_EMPTY] = "empty",   [SECRET_READY] = "ready",
        [SECRET_LOCKED] = "locked",   [SECRET_ABSENT] = "absent", [SECRET_FAILED] = "failed",
    };
    const unsigned char *key = secret_store_key(probe->store);
    char digits[SECRET_KEY_DIGITS + 1] = "";
    if (key)
        secret_key_print(key, digits);
    printf("%s\t%s\t%s\t%s\t%s\t%s\n", what, states[secret_store_state(probe->store)],
           secret_rung_name(secret_store_rung(probe->store)), secret_store_item(probe->store), digits,
           secret_store_message(probe->store));
    fflush(stdout);
}

static void on_change(void *userdata)
{
    show(userdata, "change");
}

static void command(Probe *probe, const char *line)
{
    if (string_equal(line, "create"))
        secret_store_create(probe->store);
    else if (string_equal(line, "unlock"))
        secret_store_unlock(probe->store);
    else if (string_equal(line, "look"))
        secret_store_look(probe->store);
    else if (string_equal(line, "forget"))
        secret_store_forget(probe->store);
    else if (string_equal(line, "show"))
        show(probe, "show");
    else
        (void)sd_event_exit(probe->event, 2);
}

static int on_input(sd_event_source *source MPS_UNUSED, int fd, uint32_t events MPS_UNUSED, void *userdata)
{
    Probe *probe = userdata;
    char c;
    ssize_t got = read(fd, &c, 1);
    if (got <= 0)
        return sd_event_exit(probe->event, 0);
    if (c != '\n' && probe->size < sizeof probe->line - 1) {
        probe->line[probe->size++] = c;
        return 0;
    }
    probe->line[probe->size] = '\0';
    probe->size = 0;
    /* Several in one turn of the loop: nothing that they lead to happens in between. */
    for (char *rest = probe->line, *one; (one = strsep(&rest, " "));)
        command(probe, one);
    return 0;
}

int main(int argc, char **argv)
{
    Probe probe = {0};
    SecretStoreOptions options = {.state_dir = ".", .remember = true};
    for (int i = 1; i < argc; i++) {
        const char *value = strchr(argv[i], '=');
        value = value ? value + 1 : "";
        if (strncmp(argv[i], "--state=", 8) == 0)
            options.state_dir = value;
        else if (strncmp(argv[i], "--credentials=", 14) == 0)
            options.credentials_dir = value;
        else if (strncmp(argv[i], "--item=", 7) == 0)
            options.item = value;
        else if (strncmp(argv[i], "--prompt-msec=", 14) == 0)
            options.prompt_usec = strtoull(value, NULL, 10) * USEC_PER_MSEC;
        else if (string_equal(argv[i], "--memory"))
            options.remember = false;
        else if (strncmp(argv[i], "--rung=", 7) != 0 || secret_rung_parse(value, &options.rung) < 0)
            return 2;
    }
    log_set_level(LOG_DEBUG);
    (void)signal(SIGPIPE, SIG_IGN); /* the test does not read what comes at its end */
    int r = sd_event_new(&probe.event);
    if (r >= 0)
        r = sd_event_add_io(probe.event, NULL, STDIN_FILENO, EPOLLIN, on_input, &probe);
    if (r >= 0)
        r = secret_store_new(probe.event, &options, on_change, &probe, &probe.store);
    if (r < 0)
        return 1;
    show(&probe, "start");
    r = sd_event_loop(probe.event);
    secret_store_free(probe.store);
    sd_event_unref(probe.event);
    return r < 0 ? 1 : r;
}
