/* SPDX-License-Identifier: MIT */
/* A small game on the native interface: it hosts a session, publishes it, and keeps its state up to date. */

/*
 *     native-game XUID SCID
 *
 * It takes its commands from standard input, a line each, so that you (or tools/demo) can play it:
 *
 *     create NAME        make the session and join it
 *     publish            tell others what we are doing: they find our handle then
 *     set KEY VALUE      change a property of the session
 *     wait               take no more commands until all that was asked for is completed
 *     quit
 *
 * What to look at: no call here ever waits for the network, and nothing here retries. While the directory cannot be
 * reached the agent keeps the writes, in order, and each is completed once.
 */
#include <mpsession/mpsession.h>

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEMPLATE "quickmatch"

typedef struct Game {
    MpsClient *client;
    const char *xuid;
    const char *scid;
    char session_name[MPS_ID_SIZE + 63];
    unsigned pending;
    bool waits; /* no more commands until pending is 0 */
    bool quits;
} Game;

/* What a completion needs to know about its call. */
typedef struct Call {
    Game *game;
    char what[100];
} Call;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    va_list arguments;

    printf("[harbor/native] ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
}

static const char *outcome_name(MpsOutcome outcome)
{
    static const char *const names[] = {"failed",  "applied",   "out of sync", "rejected",
                                        "expired", "cancelled", "superseded",  "unknown"};

    return outcome <= MPS_OUTCOME_UNKNOWN ? names[outcome] : "?";
}

/* Each call ends here, once, on our own thread: from mps_client_dispatch(). */
static void on_done(const MpsResult *result, void *userdata)
{
    Call *call = userdata;

    if (result->outcome == MPS_OUTCOME_APPLIED)
        say("%s: applied (HTTP %u, %u attempt%s)%s%s", call->what, result->http_status, result->attempts,
            result->attempts == 1 ? "" : "s", *result->handle_id ? ", handle " : "", result->handle_id);
    else
        say("%s: %s: %s", call->what, outcome_name(result->outcome),
            *result->message ? result->message : mps_error_text(result->error));
    call->game->pending--;
    free(call);
}

static Call *call_new(Game *game, const char *what)
{
    Call *call = malloc(sizeof(*call));

    if (!call)
        abort();
    call->game = game;
    snprintf(call->what, sizeof(call->what), "%s", what);
    return call;
}

/* After each call: r is negative only when nothing was started, and then no completion comes. */
static void started(Game *game, Call *call, int r)
{
    if (r < 0) {
        say("%s: not possible: %s", call->what, mps_error_text(r));
        free(call);
        return;
    }
    game->pending++;
    say("%s: handed over", call->what);
}

static MpsReference reference(const Game *game)
{
    return (MpsReference){.scid = game->scid, .template_name = TEMPLATE, .name = game->session_name};
}

static void create(Game *game, const char *name)
{
    char document[800];
    MpsReference session;
    Call *call = call_new(game, "create session");

    snprintf(game->session_name, sizeof(game->session_name), "%s", name);
    snprintf(document, sizeof(document),
             "{\"constants\":{\"system\":{\"version\":1,\"maxMembersCount\":4,\"visibility\":\"open\"}},"
             "\"properties\":{\"system\":{\"joinRestriction\":\"none\",\"readRestriction\":\"none\"},"
             "\"custom\":{\"map\":\"harbor\"}},"
             "\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"%s\"}},"
             "\"properties\":{\"system\":{\"active\":true}}}}}",
             game->xuid);
    session = reference(game);
    started(game, call,
            mps_write_session(game->client, &session, MPS_CREATE_NEW, document, strlen(document), NULL,
                              on_done, call, NULL));
}

static void publish(Game *game)
{
    MpsReference session = reference(game);
    Call *call = call_new(game, "publish activity");

    started(game, call, mps_set_activity(game->client, &session, NULL, on_done, call, NULL));
}

static void set(Game *game, const char *key, const char *value)
{
    bool is_number = strspn(value, "0123456789") == strlen(value);
    const char *quote = is_number ? "" : "\"";
    char document[300], what[100];
    MpsReference session = reference(game);

    /* A delta: only what changes is written. */
    snprintf(document, sizeof(document), "{\"properties\":{\"custom\":{\"%s\":%s%s%s}}}", key, quote, value,
             quote);
    snprintf(what, sizeof(what), "set %.40s=%.40s", key, value);
    Call *call = call_new(game, what);
    started(game, call,
            mps_write_session(game->client, &session, MPS_UPDATE_EXISTING, document, strlen(document), NULL,
                              on_done, call, NULL));
}

static bool is_word(const char *text)
{
    return *text &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen(text);
}

static void command(Game *game, const char *line)
{
    char key[64], value[64];

    if (sscanf(line, "create %63s", key) == 1)
        create(game, key);
    else if (strcmp(line, "publish") == 0)
        publish(game);
    else if (sscanf(line, "set %63s %63s", key, value) == 2 && is_word(key) && is_word(value))
        set(game, key, value);
    else if (strcmp(line, "wait") == 0)
        game->waits = true;
    else if (strcmp(line, "quit") == 0)
        game->quits = true;
    else
        say("unknown command: %s", line);
}

/* One turn of the game's loop: sleep until the player or the agent has something for us. */
static int turn(Game *game)
{
    struct pollfd sources[] = {
        {.fd = mps_client_get_fd(game->client), .events = POLLIN},
        {.fd = game->waits ? -1 : STDIN_FILENO, .events = POLLIN},
    };
    char line[200];

    if (poll(sources, 2, -1) < 0)
        return -1;
    int r = mps_client_dispatch(game->client, 0);
    if (r < 0)
        return r;
    if (sources[1].revents) {
        if (!fgets(line, sizeof(line), stdin))
            game->quits = true;
        else {
            line[strcspn(line, "\n")] = '\0';
            command(game, line);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    Game game = {0};

    if (argc != 3) {
        fprintf(stderr, "usage: native-game XUID SCID\n");
        return 2;
    }
    game.xuid = argv[1];
    game.scid = argv[2];
    /* Lines must not be read ahead: poll() would not see them. */
    setvbuf(stdin, NULL, _IONBF, 0);

    MpsClientOptions options = {.struct_size = sizeof(options), .account = game.xuid};
    int r = mps_client_open(&options, &game.client);
    if (r < 0) {
        fprintf(stderr, "native-game: %s\n", mps_error_text(r));
        return 1;
    }
    say("ready as %s", game.xuid);
    while (!game.quits && r >= 0) {
        if (game.waits && game.pending == 0) {
            game.waits = false;
            say("all is completed");
        }
        r = turn(&game);
    }
    mps_client_close(game.client);
    return r < 0 ? 1 : 0;
}
