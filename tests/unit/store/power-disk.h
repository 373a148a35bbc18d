/* SPDX-License-Identifier: MIT */
/* A disk whose power can be cut, under the real store: a VFS that knows what was synced and what was only written. */
#pragma once

#include "base/util.h"

/*
 * It is SQLite's default from power_install() on. The files are real ones; beside each is kept what a disk would certainly
 * hold (as of its last sync), and what was written since, in order. When the power goes, every call fails, and
 * power_restore() leaves the files as the disk may have kept them.
 */
void power_install(void);

/* power_begin() - a new disk: whatever the files hold when they are opened is safe. */
void power_begin(void);

/* What survives of what was written and not synced. */
typedef enum PowerLoss {
    POWER_LOSES_ALL,
    POWER_LOSES_THE_END, /* what came first is there, up to some point */
    POWER_LOSES_SOME,    /* any sector of any write may be missing, in no order */
    POWER_LOSSES,
} PowerLoss;

/* power_cut() - now; power_cut_after() - with the call number calls from now that writes, syncs, makes or removes. */
void power_cut(void);
void power_cut_after(unsigned calls);
/* power_fail_after() - that one call fails with this code of SQLite's, and the next ones work. */
void power_fail_after(unsigned calls, int code);
/* power_tripped() - whether the call was reached that was waited for; it is not waited for any more. */
bool power_tripped(void);
/* power_restore() - the power is back: the files are what the disk kept. Everything has to be closed. */
void power_restore(PowerLoss loss, uint64_t seed);

/* power_lie() - from now on a disk that says "synced" and has not. */
void power_lie(bool lie);

/* power_database_syncs() - syncs of databases themselves, not of their logs, since power_begin(). */
unsigned power_database_syncs(void);

/* power_random() - the next number of a seed. */
uint64_t power_random(uint64_t *seed);
