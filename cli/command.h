/* SPDX-License-Identifier: MIT */
/* What the command line said, and the commands that carry it out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* How mpsessionctl ends. */
enum {
    EXIT_DONE = 0,
    EXIT_ANSWER_NO = 1,
    EXIT_USAGE = 2,
    EXIT_NO_AGENT = 3,
};

/* What was asked for. Texts are those of argv; NULL = not given. */
typedef struct CommandLine {
    bool json;
    bool shape;
    bool anonymous;
    bool wait;
    bool no_remember;
    bool no_qr;
    const char *mode;
    const char *etag;
    const char *account;
    const char *id;
    const char *durability;
    const char *when_offline;
    const char *supersedes;
    const char *reference;
    const char *state;
    bool has_deadline;
    uint64_t deadline_usec;
    bool has_title_id;
    uint32_t title_id;
    char **arguments; /* behind the command's name */
    size_t arguments_count;
} CommandLine;

/* Each does its work, prints what there is to say, and returns one of the exit codes above. */
int command_status(const CommandLine *line);
int command_queue(const CommandLine *line);
int command_explain(const CommandLine *line);
int command_doctor(const CommandLine *line);
int command_show(const CommandLine *line);
int command_write(const CommandLine *line);
int command_get(const CommandLine *line);
int command_activity(const CommandLine *line);
int command_activities(const CommandLine *line);
int command_cancel(const CommandLine *line);
int command_sign_in(const CommandLine *line);
int command_sign_out(const CommandLine *line);
int command_accounts(const CommandLine *line);
int command_retry(const CommandLine *line);
int command_monitor(const CommandLine *line);
