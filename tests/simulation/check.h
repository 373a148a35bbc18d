/* SPDX-License-Identifier: MIT */
/* The promises, looked at from outside. Each function says which one it holds the agent to. */
#pragma once

#include "job.h"
#include "disk.h"
#include "network.h"

typedef struct World World;

/* check_failed() - a promise is broken; the first one counts. job: NULL if it is none's. */
void check_failed(World *world, unsigned promise, const Job *job, const char *format, ...) MPS_PRINTF(4, 5);

/* 1: accepted means kept. */
void check_record(World *world, const Job *job, const CoreStored *record);
void check_accepted(World *world, const Job *job);
/* After a death: what is on the disk, against what was said. */
void check_remains(World *world, bool machine);
void check_restored(World *world);

/* 2: exactly one result, by its deadline, in the store first. */
void check_decided(World *world, Job *job, const CoreResult *result);
void check_completed(World *world, const Job *job);
void check_told(World *world, Job *job, const Told *told);
void check_end(World *world);

/* 2 to 7: what is sent. */
void check_send(World *world, Job *job, const CoreSend *send);

/* check_one_lane() - whether two requests are of one lane, as far as the agent knew before that time. */
bool check_one_lane(const World *world, const Job *a, const Job *b, uint64_t before);

/*
 * check_misled() - why what the agent could see of a write says nothing any more of whether it was applied
 * @between: a later one of its account that was applied since; NULL: none
 */
Excluded check_misled(const World *world, const Job *job, uint64_t decided_at, const Job **between);

/* 3 and 5: what the directory performed. */
/* 3: its write has made its account a member again, though it is no join. */
void check_joined(World *world, const Job *job, uint64_t sent_at);
void check_performed(World *world, Job *job, const Attempt *attempt, bool changed);

/* 6: what a token, or its want, does to a request. */
/* An attempt has ended: what its agent has to have learnt about its token. */
void check_refused(World *world, Job *job, const Attempt *attempt);
/* READY is about to be said: what was refused may be tried anew. */
void check_word(World *world, unsigned account);
/* A new agent, or a new way out: what had been refused is tried as if for the first time. */
void check_forget_tokens(World *world);
/* After a word on an account, or an attempt of it: what may wait, and what may not. */
void check_account(World *world, unsigned account);
void check_token_send(World *world, Job *job);
void check_token_result(World *world, const Job *job, const CoreResult *result);

/* 7: what the directory counts. */
void check_arrival(World *world, unsigned account, unsigned title);

/* 8: nothing is dropped. */
void check_removed(World *world, Job *job);
void check_forgotten(World *world, Job *job);
void check_present(World *world);
void check_refusal(World *world, const Job *job, const CoreRefusal *refusal);
