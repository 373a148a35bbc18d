/* SPDX-License-Identifier: MIT */
/* A game to be tortured: it calls at random, tells its journal of everything, and may be killed at any moment. */
#pragma once

#include <mpsession/mpsession.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCOUNTS_MAX 16
#define SESSIONS_MAX 16
#define RECENT_MAX 64 /* calls that may be made again after their end */
#define BODY_MAX 4096

typedef enum CallKind {
    CALL_WRITE,
    CALL_READ,
    CALL_ACTIVITY,
    CALL_ACTIVITIES,
    CALL_ATTACH,
} CallKind;

/* One call of the library, kept until its completion, or for being made again. */
typedef struct Call {
    struct Call *next;
    CallKind kind;
    bool repeats; /* the same id and content as an earlier call */
    char id[MPS_ID_SIZE];
    const char *purpose; /* "join", "own" and so on: for the journal */
    unsigned account, session;
    char handle[MPS_ID_SIZE]; /* "": by reference */
    MpsWriteMode mode;
    uint64_t deadline_usec; /* as given; 0: the default */
    uint64_t due_usec;      /* CLOCK_BOOTTIME; 0: none. A refused call is not made again later */
    MpsDurability durability;
    bool fail_when_offline;
    char supersedes[32];
    char etag[256];
    char body[BODY_MAX];
    uint64_t retry_usec; /* in the list of refused ones: when it is made again */
} Call;

typedef struct Place {
    char template_name[100], name[100];
    char handle[MPS_ID_SIZE];   /* one that is always there */
    char activity[MPS_ID_SIZE]; /* the last one that a game has published, "" for none */
    char etag[256];             /* of the version seen last, "" for none */
} Place;

typedef struct Game {
    MpsClient *client;
    unsigned number; /* which of the games */
    int journal;
    uint64_t dice;
    bool draining;

    char scid[MPS_ID_SIZE];
    char accounts[ACCOUNTS_MAX][24];
    unsigned accounts_count;
    Place places[SESSIONS_MAX];
    unsigned places_count;

    /* The completions may come on the library's thread: this guards what follows, the places, and the dice. */
    pthread_mutex_t lock;
    bool member[ACCOUNTS_MAX][SESSIONS_MAX]; /* as far as we know */
    unsigned pending;
    Call *refused; /* to be made again */
    Call *recent[RECENT_MAX];
    unsigned recent_at;
    char pending_ids[RECENT_MAX][MPS_ID_SIZE]; /* some of those that were called last: to be cancelled */
    unsigned pending_at;
} Game;

uint64_t game_boot_usec(void);
/* A number below @limit. */
unsigned game_roll(Game *game, unsigned limit);
bool game_chance(Game *game, unsigned percent);
void game_make_id(Game *game, char id[MPS_ID_SIZE]);

/* pick.c: a call at random. Owned; NULL when there is nothing to make again. */
Call *pick_call(Game *game);
Call *pick_repeat(Game *game);

/* call.c: with the lock held. The call is taken over. */
void call_make(Game *game, Call *call);
void call_attach(Game *game, const char *id);
void call_again(Game *game);
void call_cancel_some(Game *game);
void call_drop_all(Game *game);

/* journal.c: each line is one write, so that a kill loses at most the last one. */
int journal_open(const char *path);
void journal_begin(const Game *game, unsigned incarnation);
void journal_called(const Game *game, const Call *call);
void journal_note(const Game *game, const char *what, const char *id, int error);
void journal_completed(const Game *game, const Call *call, const MpsResult *result);
/* Tells of each id that was called and has no end in the journal. Returns 0 or -1. */
int journal_unfinished(const char *path, void (*tell)(Game *game, const char *id), Game *game);
