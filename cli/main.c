/* SPDX-License-Identifier: MIT */
/* mpsessionctl: look at the agent, and do by hand what a game does. */
#include "cli/command.h"
#include "cli/duration.h"
#include "ipc/names.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_ANY 1000

enum {
    OPTION_MODE = 256,
    OPTION_DEADLINE,
    OPTION_ETAG,
    OPTION_ACCOUNT,
    OPTION_ID,
    OPTION_TITLE_ID,
    OPTION_DURABILITY,
    OPTION_WHEN_OFFLINE,
    OPTION_SUPERSEDES,
    OPTION_REFERENCE,
    OPTION_STATE,
    OPTION_SHAPE,
    OPTION_ANONYMOUS,
    OPTION_WAIT,
    OPTION_NO_REMEMBER,
    OPTION_NO_QR,
    OPTION_VERSION,
};

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"json", no_argument, NULL, 'j'},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"deadline", required_argument, NULL, OPTION_DEADLINE},
    {"etag", required_argument, NULL, OPTION_ETAG},
    {"account", required_argument, NULL, OPTION_ACCOUNT},
    {"id", required_argument, NULL, OPTION_ID},
    {"title-id", required_argument, NULL, OPTION_TITLE_ID},
    {"durability", required_argument, NULL, OPTION_DURABILITY},
    {"when-offline", required_argument, NULL, OPTION_WHEN_OFFLINE},
    {"supersedes", required_argument, NULL, OPTION_SUPERSEDES},
    {"reference", required_argument, NULL, OPTION_REFERENCE},
    {"state", required_argument, NULL, OPTION_STATE},
    {"shape", no_argument, NULL, OPTION_SHAPE},
    {"anonymous", no_argument, NULL, OPTION_ANONYMOUS},
    {"wait", no_argument, NULL, OPTION_WAIT},
    {"no-remember", no_argument, NULL, OPTION_NO_REMEMBER},
    {"no-qr", no_argument, NULL, OPTION_NO_QR},
    {0},
};

#define BIT(option) (1u << ((option)-OPTION_MODE))
#define CALL_OPTIONS                                                                                         \
    (BIT(OPTION_ACCOUNT) | BIT(OPTION_ID) | BIT(OPTION_TITLE_ID) | BIT(OPTION_DEADLINE) |                    \
     BIT(OPTION_WHEN_OFFLINE))
#define WRITE_OPTIONS                                                                                        \
    (CALL_OPTIONS | BIT(OPTION_MODE) | BIT(OPTION_ETAG) | BIT(OPTION_DURABILITY) | BIT(OPTION_SUPERSEDES) |  \
     BIT(OPTION_REFERENCE) | BIT(OPTION_WAIT))

static const struct {
    const char *name;
    int (*run)(const CommandLine *line);
    size_t arguments_min;
    size_t arguments_max;
    unsigned options;
    const char *arguments;
} commands[] = {
    {"status", command_status, 0, 0, 0, ""},
    {"queue", command_queue, 0, 0,
     BIT(OPTION_SHAPE) | BIT(OPTION_ANONYMOUS) | BIT(OPTION_ACCOUNT) | BIT(OPTION_STATE), ""},
    {"show", command_show, 1, 1, 0, "ID"},
    {"explain", command_explain, 1, 1, 0, "ID|CODE"},
    {"write", command_write, 1, 2, WRITE_OPTIONS, "HANDLE FILE --mode MODE"},
    {"get", command_get, 1, 1, CALL_OPTIONS, "HANDLE|SCID/TEMPLATE/NAME"},
    {"activity", command_activity, 1, 1, CALL_OPTIONS, "SCID/TEMPLATE/NAME"},
    {"activities", command_activities, 2, ARGUMENTS_ANY, CALL_OPTIONS, "SCID XUID…"},
    {"cancel", command_cancel, 1, 1, 0, "ID"},
    {"monitor", command_monitor, 0, 0, 0, ""},
    {"sign-in", command_sign_in, 0, 0,
     BIT(OPTION_TITLE_ID) | BIT(OPTION_ACCOUNT) | BIT(OPTION_NO_REMEMBER) | BIT(OPTION_NO_QR), ""},
    {"sign-out", command_sign_out, 0, 1, 0, "[XUID|GAMERTAG|ID]"},
    {"accounts", command_accounts, 0, 0, 0, ""},
    {"retry", command_retry, 0, 1, 0, "[XUID|GAMERTAG|ID]"},
    {"doctor", command_doctor, 0, 0, 0, ""},
};

static void print_help(void)
{
    puts(
        "mpsessionctl [OPTIONS] COMMAND …\n"
        "\n"
        "Look at the user's mpsession agent, and do by hand what a game does.\n"
        "\n"
        "Commands:\n"
        "  status                        how the agent is, and whether the directory can be reached\n"
        "  queue                         what the agent keeps, oldest first, and why it waits\n"
        "  show ID                       one request; ID may be the first 4 or more characters\n"
        "  explain ID                    what became of a request, from accepted to acknowledged\n"
        "  explain CODE                  what an HTTP status, an error, an outcome or a D-Bus error means\n"
        "  write HANDLE FILE             write a session through a handle; FILE may be - for standard input\n"
        "  write --reference REF FILE    the same by reference: SCID/TEMPLATE/NAME\n"
        "  get HANDLE|REF                read a session\n"
        "  activity REF                  publish a session as the account's activity; prints the handle\n"
        "  activities SCID XUID…         what others are doing: where handles come from\n"
        "  cancel ID                     end a request that was not sent yet\n"
        "  monitor                       what happens, a line each, until Ctrl-C\n"
        "  sign-in                       sign an account in: shows a web page and a code to enter there\n"
        "  sign-out [ACCOUNT]            forget an account: its XUID or gamertag; default: the only one\n"
        "  accounts                      who is signed in, and what there is to do\n"
        "  retry [ACCOUNT]               its trouble was mended: try again at once\n"
        "  doctor                        look at everything a write needs, and say what to mend\n"
        "\n"
        "Options:\n"
        "  -j, --json                    print JSON\n"
        "      --shape                   queue: how many wait for how long, by session\n"
        "      --anonymous               queue: without ids, names and addresses, for a bug report\n"
        "      --state STATE             queue: only queued, sending, waiting, resolving or done ones\n"
        "      --account XUID            the account to act as; queue: only that account's; sign-in: no "
        "other\n"
        "      --mode MODE               write: create-new, update-existing, update-or-create-new or\n"
        "                                synchronized-update (needs --etag)\n"
        "      --etag ETAG               write: the version that the change was made from\n"
        "      --reference REF           write: the session, instead of HANDLE\n"
        "      --deadline TIME           how long it may wait: 30s, 10min, 2h; at most 7d\n"
        "      --when-offline WHAT       queue (default), or fail: end when it cannot be sent\n"
        "      --durability HOW          write: power, crash or none\n"
        "      --supersedes KEY          write: replaces an unsent write of the same key and session\n"
        "      --id UUID                 the request's id; the same id is never carried out twice\n"
        "      --title-id N              the title that it is done for\n"
        "      --wait                    write: until it is completed; then print the outcome\n"
        "      --no-remember             sign-in: keep the secret in memory alone\n"
        "      --no-qr                   sign-in: without a QR code\n"
        "  -h, --help                    this text\n"
        "      --version                 the version\n"
        "\n"
        "Exit code: 0 done, 1 the answer is no, 2 wrong usage, 3 no agent.");
}

__attribute__((format(printf, 1, 2))) static int usage(const char *format, ...)
{
    va_list arguments;

    fputs("mpsessionctl: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("\n  next: mpsessionctl --help\n", stderr);
    return EXIT_USAGE;
}

static int parse_title_id(CommandLine *line, const char *text)
{
    char *end;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || number > UINT32_MAX)
        return usage("--title-id takes a number of 32 bits, not \"%.100s\"", text);
    line->title_id = (uint32_t)number;
    line->has_title_id = true;
    return EXIT_DONE;
}

static int parse_deadline(CommandLine *line, const char *text)
{
    int r = duration_parse(text, &line->deadline_usec);

    if (r < 0)
        return usage("--deadline takes a time like 30s, 10min or 2h, not \"%.100s\"", text);
    if (line->deadline_usec == 0 || line->deadline_usec > MPS_DEADLINE_MAX_USEC)
        return usage("--deadline must be more than 0 and at most 7d, not \"%.100s\"", text);
    line->has_deadline = true;
    return EXIT_DONE;
}

/* One option into line. Returns an exit code. */
static int take_option(CommandLine *line, int option, const char *value)
{
    switch (option) {
    case 'j':
        line->json = true;
        break;
    case OPTION_MODE:
        line->mode = value;
        break;
    case OPTION_ETAG:
        line->etag = value;
        break;
    case OPTION_ACCOUNT:
        line->account = value;
        break;
    case OPTION_ID:
        line->id = value;
        break;
    case OPTION_DURABILITY:
        line->durability = value;
        break;
    case OPTION_WHEN_OFFLINE:
        line->when_offline = value;
        break;
    case OPTION_SUPERSEDES:
        line->supersedes = value;
        break;
    case OPTION_REFERENCE:
        line->reference = value;
        break;
    case OPTION_STATE:
        line->state = value;
        break;
    case OPTION_SHAPE:
        line->shape = true;
        break;
    case OPTION_ANONYMOUS:
        line->anonymous = true;
        break;
    case OPTION_WAIT:
        line->wait = true;
        break;
    case OPTION_NO_REMEMBER:
        line->no_remember = true;
        break;
    case OPTION_NO_QR:
        line->no_qr = true;
        break;
    case OPTION_TITLE_ID:
        return parse_title_id(line, value);
    case OPTION_DEADLINE:
        return parse_deadline(line, value);
    default:
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static const char *option_name(unsigned bits)
{
    for (const struct option *option = options; option->name; option++)
        if (option->val >= OPTION_MODE && (bits & BIT(option->val)))
            return option->name;
    return "";
}

static int run_command(const CommandLine *line, const char *name, unsigned given)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        if (given & ~commands[i].options)
            return usage("%s does not take --%s", name, option_name(given & ~commands[i].options));
        if (line->arguments_count < commands[i].arguments_min ||
            line->arguments_count > commands[i].arguments_max)
            return usage("usage: mpsessionctl %s %s", name, commands[i].arguments);
        return commands[i].run(line);
    }
    return usage("there is no command \"%.100s\"", name);
}

int main(int argc, char **argv)
{
    CommandLine line = {0};
    unsigned given = 0;
    int option;

    setlocale(LC_ALL, "");
    while ((option = getopt_long(argc, argv, "hj", options, NULL)) >= 0) {
        if (option == 'h') {
            print_help();
            return EXIT_DONE;
        }
        if (option == OPTION_VERSION) {
            puts("mpsessionctl " MPSESSION_VERSION);
            return EXIT_DONE;
        }
        int code = take_option(&line, option, optarg);
        if (code != EXIT_DONE)
            return code;
        if (option >= OPTION_MODE)
            given |= BIT(option);
    }
    if (optind >= argc)
        return usage("a command is missing");
    line.arguments = argv + optind + 1;
    line.arguments_count = (size_t)(argc - optind - 1);
    return run_command(&line, argv[optind], given);
}
