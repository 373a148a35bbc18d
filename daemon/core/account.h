/* SPDX-License-Identifier: MIT */
/* Accounts: which may send, which wait, and which are signed out. */
#pragma once

#include "base/map.h"
#include "core/core.h"

#include <sys/queue.h>

/* One copy for all of its requests; and for the core while it is anything but ready. */
typedef struct Account {
    MapNode node;
    TAILQ_ENTRY(Account) held; /* of those that are not ready, the longest so first */
    CoreAccountState state;
    uint32_t references;
    uint32_t under_way; /* attempts */
    uint32_t leaves;    /* that have not ended */
    uint64_t ready_at;  /* when it was last said to be ready */
    char *reason;       /* why it is not; NULL: nothing was told */
    char value[];
} Account;

/* account_ref() - the one copy of a name; NULL: no memory. account_unref() - lets go of it; returns NULL. */
Account *account_ref(Core *core, const char *value);
Account *account_unref(Core *core, Account *account);
/* accounts_free() - after every request was freed. */
void accounts_free(Core *core);

/* account_lets_go() - whether a new attempt of this request may start, as far as its account goes. */
bool account_lets_go(const CoreRequest *request);

/*
 * account_ends() - ends what would wait for its account, where nothing will come of it, or its caller does not want it to
 *
 * For a request that is in its lane, with nothing under way. Returns whether it did.
 */
bool account_ends(Core *core, CoreRequest *request, const CoreNow *now);

/* account_reason() - why it waits for its account, for people; NULL: it does not, or nothing was told. */
const char *account_reason(const CoreRequest *request);
