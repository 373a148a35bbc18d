/* SPDX-License-Identifier: MIT */
/* Names, sums, and the table. */
#include "world.h"

#include <stdio.h>

static const char *const point_names[POINTS] = {
    [CORE_EFFECT_STORE_REQUEST] = "store-request",
    [CORE_EFFECT_STORE_MARK] = "store-mark",
    [CORE_EFFECT_STORE_ATTEMPT] = "store-attempt",
    [CORE_EFFECT_STORE_UNMARK] = "store-unmark",
    [CORE_EFFECT_STORE_RESULT] = "store-result",
    [CORE_EFFECT_STORE_BEHIND_LEAVE] = "store-behind-leave",
    [CORE_EFFECT_STORE_DROP_SESSION] = "store-drop-session",
    [CORE_EFFECT_STORE_ACKNOWLEDGED] = "store-acknowledged",
    [CORE_EFFECT_STORE_REMOVE] = "store-remove",
    [CORE_EFFECT_STORE_HANDLE] = "store-handle",
    [CORE_EFFECT_STORE_HOLD] = "store-hold",
    [CORE_EFFECT_STORE_NOTE] = "store-note",
    [CORE_EFFECT_LOAD] = "load",
    [CORE_EFFECT_ACCEPTED] = "accepted",
    [CORE_EFFECT_REFUSED] = "refused",
    [CORE_EFFECT_SEND] = "send",
    [CORE_EFFECT_ABORT] = "abort",
    [CORE_EFFECT_STATE] = "state",
    [CORE_EFFECT_COMPLETED] = "completed",
    [CORE_EFFECT_REMOVED] = "removed",
    [POINT_CALL] = "call",
    [POINT_WAKE] = "wake",
    [POINT_COMMIT] = "commit",
    [POINT_ANSWER] = "answer",
    [POINT_ACCOUNT] = "account",
    [POINT_START] = "start",
    [POINT_STOP] = "stop",
    [POINT_IDLE] = "any moment",
};

static const char *const fault_names[FAULTS] = {
    [FAULT_NOT_SENT] = "connection refused",
    [FAULT_OFFLINE] = "offline",
    [FAULT_REQUEST_LOST] = "request lost",
    [FAULT_ANSWER_LOST] = "answer lost",
    [FAULT_LATE] = "request late",
    [FAULT_SLOW_ANSWER] = "answer late",
    [FAULT_HALF_DOCUMENT] = "document unreadable",
    [FAULT_HALF_CUT] = "answer cut",
    [FAULT_NO_TOKEN] = "no token",
    [FAULT_NOT_STARTED] = "not begun",
    [FAULT_401] = "401",
    [FAULT_401_CLAIM] = "401 for good",
    [FAULT_429] = "429",
    [FAULT_429_BARE] = "429 without a time",
    [FAULT_503_TOLD] = "503 with a time",
    [FAULT_503_BEFORE] = "503, not applied",
    [FAULT_503_AFTER] = "503, applied",
    [FAULT_500_BEFORE] = "5xx, not applied",
    [FAULT_500_AFTER] = "5xx, applied",
    [FAULT_202_BEFORE] = "202, not applied",
    [FAULT_202_AFTER] = "202, applied",
    [FAULT_408_BEFORE] = "408, not applied",
    [FAULT_408_AFTER] = "408, applied",
    [FAULT_REFUSED] = "final refusal",
    [FAULT_BARE_412] = "412 without document",
    [FAULT_NO_LOCATION] = "no Content-Location",
    [FAULT_STALE_READ] = "stale read",
    [FAULT_HANDLE_GONE] = "handle gone",
    [FAULT_SESSION_GONE] = "session gone",
    [FAULT_BRANCH] = "new branch",
    [FAULT_MEMBER_EXPIRED] = "member timed out",
    [FAULT_RIVAL_SAME_KEY] = "rival: same key",
    [FAULT_RIVAL_OTHER_KEY] = "rival: other key",
    [FAULT_RIVAL_MEMBER] = "rival: member",
    [FAULT_OTHER_DEVICE] = "our other device",
    [FAULT_TOKEN_EXPIRED] = "401, token run out",
    [FAULT_TOKEN_REVOKED] = "token taken back",
    [FAULT_TOKEN_BANNED] = "401, no token is taken",
    [FAULT_IDENTITY_AWAY] = "identity service away",
    [FAULT_SIGN_OUT] = "signed out",
    [FAULT_DISK_FULL] = "disk full",
    [FAULT_DISK_ERROR] = "disk error",
    [FAULT_DISK_BUSY] = "store's queue full",
    [FAULT_DISK_SLOW] = "disk slow",
    [FAULT_DISK_UNREADABLE] = "document unreadable on disk",
    [FAULT_COMMITS_LOST] = "commits lost with the power",
    [FAULT_CLOCK_FORWARD] = "clock set forward",
    [FAULT_CLOCK_BACK] = "clock set back",
    [FAULT_SLEEP] = "sleep",
    [FAULT_HINT] = "network hint",
    [FAULT_CLEAN_STOP] = "clean stop",
};

static const char *const excluded_names[EXCLUDED] = {
    [EXCLUDED_NOTHING] = "",
    [EXCLUDED_LATE_COPY] = "first copy applied late",
    [EXCLUDED_CREATED_AGAIN] = "created again",
    [EXCLUDED_OTHER_DEVICE] = "own member changed elsewhere",
    [EXCLUDED_OTHER_NAME] = "later one by another name",
    [EXCLUDED_POWER_RESULT] = "second result after a power cut",
    [EXCLUDED_DISK_RESULT] = "second result after a disk error",
    [EXCLUDED_FORGOTTEN_LATER] = "repeated after a forgotten one",
    [EXCLUDED_POWER_LOST] = "forgotten by a power cut",
    [EXCLUDED_AGENT_LOST] = "kept in memory alone",
    [EXCLUDED_LIMITER] = "attempts the disk has lost",
    [EXCLUDED_TOO_OLD] = "forgotten after 24 h",
};

static const char *const happening_names[HAPPENINGS] = {
    [HAPPENING_RESOLVED] = "resolved",
    [HAPPENING_REATTACHED] = "attached again",
    [HAPPENING_REPEATED] = "id repeated",
    [HAPPENING_ID_REUSED] = "id with other content",
    [HAPPENING_REMEMBERED] = "acknowledged id repeated",
    [HAPPENING_QUOTA] = "refused for the quota",
    [HAPPENING_BY_REFERENCE] = "sent by reference instead",
    [HAPPENING_FENCED] = "sent with a fence",
    [HAPPENING_MERGED] = "handle became known",
    [HAPPENING_GAME_DEATHS] = "game deaths",
    [HAPPENING_PARKED] = "account had to wait",
    [HAPPENING_WENT_ON] = "went on when ready",
    [HAPPENING_SENT_ANEW] = "sent with a newer token",
    [HAPPENING_REFUSED_TWICE] = "token refused twice",
    [HAPPENING_NEEDS_SIGN_IN] = "ended: needs-sign-in",
    [HAPPENING_SIGNED_OUT] = "ended: signed-out",
    [HAPPENING_LEFT_FIRST] = "left before the sign-out",
};

const char *table_point_name(unsigned point)
{
    return point_names[point];
}

const char *table_fault_name(FaultKind fault)
{
    return fault_names[fault];
}

static const char *mode_name(unsigned mode)
{
    return mode == CORE_MODE_NONE ? "(read)" : core_mode_name((CoreMode)mode);
}

uint64_t table_crashes(const Table *table)
{
    uint64_t sum = table->happenings[HAPPENING_GAME_DEATHS];
    for (unsigned i = 0; i < POINTS; i++)
        for (unsigned j = 0; j < CRASH_KINDS; j++)
            sum += table->crashes[i][j];
    return sum;
}

uint64_t table_faults(const Table *table)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < FAULTS; i++)
        sum += table->faults[i];
    return sum;
}

static void print_outcomes(const char *title, const uint64_t (*rows)[TABLE_OUTCOMES], unsigned first,
                           unsigned count, const char *(*name)(unsigned))
{
    printf("%-22s", title);
    for (unsigned i = 0; i < TABLE_OUTCOMES; i++)
        printf(" %11s", core_outcome_name((CoreOutcome)i));
    printf("\n");
    for (unsigned row = first; row < count; row++) {
        printf("  %-20s", name(row));
        for (unsigned i = 0; i < TABLE_OUTCOMES; i++)
            printf(" %11lu", (unsigned long)rows[row][i]);
        printf("\n");
    }
}

static const char *class_name(unsigned class)
{
    return job_class_name((JobClass) class);
}

static void print_list(const char *title, const char *const *names, const uint64_t *counts, unsigned first,
                       unsigned count)
{
    printf("%s\n", title);
    for (unsigned i = first; i < count; i++)
        printf("  %-32s %10lu%s", names[i], (unsigned long)counts[i],
               (i - first) % 2 || i + 1 == count ? "\n" : "");
}

void table_print(const Table *table)
{
    double runs = table->runs ? (double)table->runs : 1;
    printf("%lu runs, %.1f requests and %.0f events each on average\n", (unsigned long)table->runs,
           (double)table->requests / runs, (double)table->events / runs);
    print_outcomes("outcomes by mode", table->outcomes, CORE_MODE_NONE, TABLE_MODES, mode_name);
    print_outcomes("outcomes by class", table->classes, 0, JOB_CLASSES, class_name);
    print_list("faults", fault_names, table->faults, 0, FAULTS);
    printf("%-24s %13s %13s %13s %13s\n", "deaths", "agent before", "agent after", "power before",
           "power after");
    for (unsigned i = 0; i < POINTS; i++) {
        printf("  %-22s", point_names[i]);
        for (unsigned j = 0; j < CRASH_KINDS; j++)
            printf(" %13lu", (unsigned long)table->crashes[i][j]);
        printf("\n");
    }
    print_list("reached", happening_names, table->happenings, 0, HAPPENINGS);
    print_list("left out by name", excluded_names, table->excluded, 1, EXCLUDED);
    printf("looked at promise");
    for (unsigned i = 1; i < ELEMENTS(table->checks); i++)
        printf(" %u: %lu%s", i, (unsigned long)table->checks[i],
               i + 1 < ELEMENTS(table->checks) ? "," : "\n");
}

/* ---- What was never reached -------------------------------------------------------------------------------------------- */

static unsigned zero(uint64_t count, const char *what, const char *name, const char *more)
{
    if (count)
        return 0;
    printf("never reached: %s %s %s\n", what, name, more);
    return 1;
}

unsigned table_zeros(const Table *table)
{
    static const char *const kinds[CRASH_KINDS] = {"(agent, before)", "(agent, after)", "(power, before)",
                                                   "(power, after)"};
    unsigned zeros = 0;
    for (unsigned mode = CORE_MODE_CREATE_NEW; mode < TABLE_MODES; mode++)
        for (unsigned i = 0; i < TABLE_OUTCOMES; i++)
            zeros +=
                zero(table->outcomes[mode][i], "outcome", core_outcome_name((CoreOutcome)i), mode_name(mode));
    for (unsigned class = 0; class < JOB_CLASSES; class ++)
        zeros += zero(table->classes[class][CORE_OUTCOME_APPLIED], "outcome", "applied", class_name(class));
    for (unsigned i = 0; i < FAULTS; i++)
        zeros += zero(table->faults[i], "fault", fault_names[i], "");
    for (unsigned i = 0; i < POINTS; i++)
        for (unsigned j = 0; j < CRASH_KINDS; j++)
            zeros += zero(table->crashes[i][j], "death at", point_names[i], kinds[j]);
    for (unsigned i = 0; i < HAPPENINGS; i++)
        zeros += zero(table->happenings[i], "", happening_names[i], "");
    for (unsigned i = 1; i < ELEMENTS(table->checks); i++)
        zeros += zero(table->checks[i], "a check of promise", (const char[]){(char)('0' + i), '\0'}, "");
    return zeros;
}
