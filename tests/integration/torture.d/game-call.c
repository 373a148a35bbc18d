/* SPDX-License-Identifier: MIT */
/* Making a call, and hearing of its end. */
#include "game.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_USEC 200000

typedef struct Ending {
    Game *game;
    Call *call;
} Ending;

/* Nothing was begun, and the same call may be made again. */
static bool may_retry(const Call *call, int error)
{
    if (call->kind == CALL_ATTACH)
        return error == MPS_ERROR_NO_AGENT || error == MPS_ERROR_ACCESS_DENIED || error == MPS_ERROR_BUSY;
    return error == MPS_ERROR_NO_AGENT || error == MPS_ERROR_QUOTA || error == MPS_ERROR_BUSY ||
           error == MPS_ERROR_STORE_FAILED;
}

static void retry_later(Game *game, Call *call, int error)
{
    uint64_t now = game_boot_usec();

    journal_note(game, "refused", call->id, error);
    call->retry_usec = now + RETRY_USEC;
    if (call->kind != CALL_ATTACH &&
        (game->draining || (call->due_usec && call->retry_usec > call->due_usec))) {
        free(call);
        return;
    }
    call->next = game->refused;
    game->refused = call;
}

/* Only what has reached the service once: an end that the library made by itself is not remembered by the agent. */
static void keep_recent(Game *game, Call *call, const MpsResult *result)
{
    Call **slot = &game->recent[game->recent_at];

    if (call->kind != CALL_WRITE || call->repeats || result->error != MPS_OK || result->attempts == 0) {
        free(call);
        return;
    }
    game->recent_at = (game->recent_at + 1) % RECENT_MAX;
    free(*slot);
    *slot = call;
}

static void learn(Game *game, const Call *call, const MpsResult *result)
{
    Place *place = &game->places[call->session];
    bool *member = &game->member[call->account][call->session];

    if (call->kind == CALL_ATTACH || call->kind == CALL_ACTIVITIES)
        return;
    if (result->etag[0])
        snprintf(place->etag, sizeof(place->etag), "%s", result->etag);
    if (result->outcome == MPS_OUTCOME_APPLIED && call->kind == CALL_ACTIVITY)
        snprintf(place->activity, sizeof(place->activity), "%s", result->handle_id);
    else if (result->outcome == MPS_OUTCOME_APPLIED && call->kind == CALL_WRITE)
        *member = strcmp(call->purpose, "leave") != 0;
    else if (result->outcome == MPS_OUTCOME_REJECTED)
        *member = false;
}

static void on_completed(const MpsResult *result, void *userdata)
{
    Ending *ending = userdata;
    Game *game = ending->game;
    Call *call = ending->call;

    free(ending);
    pthread_mutex_lock(&game->lock);
    game->pending--;
    if (may_retry(call, result->error) && result->applied != MPS_APPLIED_YES) {
        retry_later(game, call, result->error);
    } else if (call->kind == CALL_ATTACH && result->error == MPS_ERROR_NO_SUCH_REQUEST) {
        /* It was not accepted when we died. What we sent last may still be on its way, so this is no end. */
        journal_note(game, "absent", call->id, result->error);
        free(call);
    } else {
        journal_completed(game, call, result);
        learn(game, call, result);
        keep_recent(game, call, result);
    }
    pthread_mutex_unlock(&game->lock);
}

static MpsCallOptions options_of(const Game *game, const Call *call)
{
    return (MpsCallOptions){
        .struct_size = sizeof(MpsCallOptions),
        .id = call->id,
        .account = game->accounts[call->account],
        .etag = call->etag[0] ? call->etag : NULL,
        .deadline_usec = call->deadline_usec,
        .fail_when_offline = call->fail_when_offline,
        .supersedes = call->supersedes[0] ? call->supersedes : NULL,
        .durability = call->durability,
    };
}

static int hand_over(Game *game, const Call *call, Ending *ending)
{
    const Place *place = &game->places[call->session];
    MpsReference reference = {game->scid, place->template_name, place->name};
    MpsCallOptions options = options_of(game, call);
    uint64_t xuids[ACCOUNTS_MAX];

    switch (call->kind) {
    case CALL_WRITE:
        if (call->handle[0])
            return mps_write_session_by_handle(game->client, call->handle, call->mode, call->body,
                                               strlen(call->body), &options, on_completed, ending, NULL);
        return mps_write_session(game->client, &reference, call->mode, call->body, strlen(call->body),
                                 &options, on_completed, ending, NULL);
    case CALL_READ:
        if (call->handle[0])
            return mps_get_session_by_handle(game->client, call->handle, &options, on_completed, ending,
                                             NULL);
        return mps_get_session(game->client, &reference, &options, on_completed, ending, NULL);
    case CALL_ACTIVITY:
        return mps_set_activity(game->client, &reference, &options, on_completed, ending, NULL);
    case CALL_ACTIVITIES:
        for (unsigned i = 0; i < game->accounts_count; i++)
            xuids[i] = strtoull(game->accounts[i], NULL, 10);
        return mps_get_activities(game->client, game->scid, xuids, game->accounts_count, &options,
                                  on_completed, ending, NULL);
    case CALL_ATTACH:
        break;
    }
    return mps_attach(game->client, call->id, on_completed, ending);
}

/* What is left of the deadline, for one that is made again. */
static void renew_deadline(Call *call)
{
    uint64_t now = game_boot_usec();

    if (call->repeats || !call->deadline_usec)
        return;
    if (!call->due_usec)
        call->due_usec = now + call->deadline_usec;
    call->deadline_usec = call->due_usec > now ? call->due_usec - now : 1;
}

void call_make(Game *game, Call *call)
{
    Ending *ending = malloc(sizeof(*ending));
    int r;

    if (!ending)
        abort();
    *ending = (Ending){.game = game, .call = call};
    renew_deadline(call);
    journal_called(game, call);
    if (call->kind != CALL_ATTACH) {
        memcpy(game->pending_ids[game->pending_at], call->id, MPS_ID_SIZE);
        game->pending_at = (game->pending_at + 1) % RECENT_MAX;
    }
    r = hand_over(game, call, ending);
    if (r == 0) {
        game->pending++;
        return;
    }
    free(ending);
    if (may_retry(call, r)) {
        retry_later(game, call, r);
        return;
    }
    /* Every argument is ours, so this is a mistake of the test: the conductor says so. */
    journal_note(game, "impossible", call->id, r);
    free(call);
}

void call_attach(Game *game, const char *id)
{
    Call *call = calloc(1, sizeof(*call));

    if (!call)
        abort();
    call->kind = CALL_ATTACH;
    memcpy(call->id, id, MPS_ID_SIZE);
    call_make(game, call);
}

void call_again(Game *game)
{
    uint64_t now = game_boot_usec();
    Call *call = game->refused;

    game->refused = NULL;
    while (call) {
        Call *next = call->next;

        if (now >= call->retry_usec) {
            call_make(game, call);
        } else {
            call->next = game->refused;
            game->refused = call;
        }
        call = next;
    }
}

void call_cancel_some(Game *game)
{
    const char *id = game->pending_ids[game_roll(game, RECENT_MAX)];

    if (!id[0])
        return;
    journal_note(game, "cancel", id, 0);
    (void)mps_cancel(game->client, id);
}

void call_drop_all(Game *game)
{
    while (game->refused) {
        Call *call = game->refused;

        game->refused = call->next;
        free(call);
    }
    for (unsigned i = 0; i < RECENT_MAX; i++) {
        free(game->recent[i]);
        game->recent[i] = NULL;
    }
}
