/* SPDX-License-Identifier: MIT */
/*
 *     torture-game JOURNAL PLAN NUMBER INCARNATION SEED MSEC
 *
 * One life of a game: attaches to what its journal left open, then calls at random, on average every MSEC. PLAN is a file
 * of lines: "scid GUID", "account XUID", "session TEMPLATE NAME HANDLE". A line on standard input ends the calling; the
 * game then waits for what is pending, and exits with 0. The third of three games gets its completions on the library's thread.
 */
#include "game.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USEC_PER_MSEC UINT64_C(1000)
#define TICK_MSEC 20

uint64_t game_boot_usec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t game_random(Game *game)
{
    uint64_t z = (game->dice += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

unsigned game_roll(Game *game, unsigned limit)
{
    return (unsigned)(game_random(game) % limit);
}

bool game_chance(Game *game, unsigned percent)
{
    return game_roll(game, 100) < percent;
}

void game_make_id(Game *game, char id[MPS_ID_SIZE])
{
    uint64_t a = game_random(game);
    uint64_t b = game_random(game);

    snprintf(id, MPS_ID_SIZE, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
             (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff, 0x8000u | ((unsigned)(b >> 48) & 0x3fff),
             (unsigned long long)(b & UINT64_C(0xffffffffffff)));
}

static int plan_read(Game *game, const char *path)
{
    FILE *file = fopen(path, "re");
    char line[400];

    if (!file)
        return -1;
    while (fgets(line, sizeof(line), file)) {
        Place *place = &game->places[game->places_count];

        if (sscanf(line, "scid %36s", game->scid) == 1)
            continue;
        if (game->accounts_count < ACCOUNTS_MAX &&
            sscanf(line, "account %23s", game->accounts[game->accounts_count]) == 1)
            game->accounts_count++;
        else if (game->places_count < SESSIONS_MAX &&
                 sscanf(line, "session %99s %99s %36s", place->template_name, place->name, place->handle) ==
                     3)
            game->places_count++;
    }
    fclose(file);
    return game->scid[0] && game->accounts_count && game->places_count ? 0 : -1;
}

static void act(Game *game)
{
    /* Now and then as fast as it can. */
    unsigned count = game_chance(game, 4) ? 10 : 1;

    while (count-- > 0) {
        Call *call = game_chance(game, 4) ? pick_repeat(game) : NULL;

        call_make(game, call ? call : pick_call(game));
    }
    if (game_chance(game, 6))
        call_cancel_some(game);
}

static void play(Game *game, unsigned msec)
{
    uint64_t next = game_boot_usec();

    for (;;) {
        struct pollfd sources[] = {
            {.fd = mps_client_get_fd(game->client), .events = POLLIN},
            {.fd = game->draining ? -1 : STDIN_FILENO, .events = POLLIN},
        };
        uint64_t now;

        if (poll(sources, 2, TICK_MSEC) < 0)
            abort();
        if (sources[0].revents)
            (void)mps_client_dispatch(game->client, 0);
        pthread_mutex_lock(&game->lock);
        now = game_boot_usec();
        call_again(game);
        if (sources[1].revents)
            game->draining = true;
        if (!game->draining && now >= next) {
            act(game);
            next = now + game_roll(game, 2 * msec) * USEC_PER_MSEC;
        }
        if (game->draining && game->pending == 0 && !game->refused) {
            pthread_mutex_unlock(&game->lock);
            return;
        }
        pthread_mutex_unlock(&game->lock);
    }
}

int main(int argc, char **argv)
{
    MpsClientOptions options = {.struct_size = sizeof(options)};
    static Game game;
    unsigned incarnation, msec;
    int r;

    if (argc != 7) {
        fprintf(stderr, "usage: torture-game JOURNAL PLAN NUMBER INCARNATION SEED MSEC\n");
        return 2;
    }
    game.number = (unsigned)strtoul(argv[3], NULL, 10);
    incarnation = (unsigned)strtoul(argv[4], NULL, 10);
    msec = (unsigned)strtoul(argv[6], NULL, 10);
    game.dice = strtoull(argv[5], NULL, 10) + (uint64_t)game.number * 1000003 + (uint64_t)incarnation * 1009;
    pthread_mutex_init(&game.lock, NULL);
    game.journal = journal_open(argv[1]);
    if (game.journal < 0 || msec == 0 || plan_read(&game, argv[2]) < 0) {
        perror("torture-game: journal or plan");
        return 1;
    }
    options.flags = game.number == 2 ? MPS_OWN_THREAD : 0;
    r = mps_client_open(&options, &game.client);
    if (r < 0) {
        fprintf(stderr, "torture-game: %s\n", mps_error_text(r));
        return 1;
    }
    pthread_mutex_lock(&game.lock);
    journal_begin(&game, incarnation);
    r = journal_unfinished(argv[1], call_attach, &game);
    pthread_mutex_unlock(&game.lock);
    if (r == 0) {
        play(&game, msec);
        journal_note(&game, "drained", "", 0);
    }
    mps_client_close(game.client);
    call_drop_all(&game);
    close(game.journal);
    return r == 0 ? 0 : 1;
}
