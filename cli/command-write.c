/* SPDX-License-Identifier: MIT */
/* mpsessionctl write: hand a session document to the agent. */
#include "cli/agent-proxy.h"
#include "cli/command.h"
#include "cli/outcome.h"
#include "cli/submit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file, "-" for stdin, as a text. Returns 0 or negative: -EFBIG over the contract's limit, -EINVAL with a NUL. */
static int read_document(const char *name, char **text)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    char *buffer;
    size_t size;
    int r = 0;

    if (!file)
        return -errno;
    buffer = malloc(MPS_SESSION_MAX + 2);
    if (!buffer) {
        r = -ENOMEM;
    } else {
        size = fread(buffer, 1, MPS_SESSION_MAX + 1, file);
        buffer[size] = '\0';
        if (ferror(file))
            r = -EIO;
        else if (size > MPS_SESSION_MAX)
            r = -EFBIG;
        else if (strlen(buffer) != size)
            r = -EINVAL;
    }
    if (file != stdin)
        fclose(file);
    if (r < 0) {
        free(buffer);
        return r;
    }
    *text = buffer;
    return 0;
}

static int report_document(const CommandLine *line, const char *name, int r)
{
    char message[400];

    if (r == -EFBIG)
        return report(line->json, EXIT_ANSWER_NO, MPS_ERROR_NAME_TOO_LARGE,
                      "a session may have at most 1 MiB", NULL);
    if (r == -EINVAL)
        return report(line->json, EXIT_ANSWER_NO, MPS_ERROR_NAME_INVALID_SESSION,
                      "this is not a JSON text: it has a NUL byte in it", NULL);
    snprintf(message, sizeof(message), "cannot read %.300s: %s", name, strerror(-r));
    return report(line->json, EXIT_USAGE, "usage", message, "- reads the session from standard input");
}

/* Text that is not UTF-8 would not even fit into a message: say so here. */
static bool is_utf8(const char *text)
{
    CLEANUP_JSON json_t *string = json_string(text);

    return string;
}

static int print_accepted(const CommandLine *line, const Submission *submission)
{
    if (line->json) {
        CLEANUP_JSON json_t *object = json_pack("{s:s, s:s}", "id", submission->id, "path", submission->path);
        json_print(object, false);
    } else {
        printf("accepted %s\n", submission->id);
        printf("  object %s\n", submission->path);
    }
    fflush(stdout);
    return EXIT_DONE;
}

static int write_and_wait(const CommandLine *line, Submission *submission, sd_bus *bus)
{
    CLEANUP_JSON json_t *result = NULL;
    int code = submission_run(submission, bus, &result);

    if (!result)
        return code;
    if (line->json) {
        json_object_set_new(result, "id", json_string(submission->id));
        json_print(result, false);
    } else {
        printf("%s ", submission->id);
        outcome_print(result, stdout);
    }
    return code;
}

static int write_document(const CommandLine *line, const Target *target, const char *session)
{
    Submission submission = {
        .member = target->by_handle ? MPS_WRITE_SESSION_BY_HANDLE : MPS_WRITE_SESSION,
        .target = target,
        .mode = line->mode,
        .session = session,
        .line = line,
    };
    sd_bus *bus = NULL;
    int code = submission_prepare(&submission);

    if (code == EXIT_DONE)
        code = agent_open(line->json, &bus);
    if (code == EXIT_DONE && line->wait) {
        code = write_and_wait(line, &submission, bus);
    } else if (code == EXIT_DONE) {
        code = submission_send(&submission, bus);
        if (code == EXIT_DONE)
            code = print_accepted(line, &submission);
    }
    sd_bus_flush_close_unref(bus);
    return code;
}

int command_write(const CommandLine *line)
{
    const char *name = line->arguments[line->arguments_count - 1];
    const char *where = line->reference ? line->reference : line->arguments[0];
    Target target;
    char *session = NULL;
    int code;

    if (line->arguments_count != (line->reference ? 1U : 2U))
        return report(line->json, EXIT_USAGE, "usage",
                      "write takes HANDLE and FILE, or --reference SCID/TEMPLATE/NAME and FILE",
                      "mpsessionctl --help");
    if (!line->mode)
        return report(line->json, EXIT_USAGE, "usage", "write needs --mode",
                      "--mode create-new, update-existing, update-or-create-new or synchronized-update");
    int r = target_parse(where, &target);
    if (r < 0 || (line->reference && target.by_handle)) {
        if (r >= 0)
            target_clear(&target);
        return report(line->json, EXIT_USAGE, "usage",
                      "a session is named by its handle, or as SCID/TEMPLATE/NAME", NULL);
    }
    r = read_document(name, &session);
    if (r < 0)
        code = report_document(line, name, r);
    else if (!is_utf8(session))
        code = report(line->json, EXIT_ANSWER_NO, MPS_ERROR_NAME_INVALID_SESSION,
                      "the session is not UTF-8 text", NULL);
    else
        code = write_document(line, &target, session);
    free(session);
    target_clear(&target);
    return code;
}
