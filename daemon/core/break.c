/* SPDX-License-Identifier: MIT */
/* The names of the deliberate faults, and which one is on. */
#include "core/break.h"

static const struct {
    const char *name;
    unsigned promise;
} rows[BREAKS] = {
    [BREAK_NONE] = {"none", 0},
    [BREAK_ACCEPT_BEFORE_COMMIT] = {"accept-before-commit", 1},
    [BREAK_SIGNAL_BEFORE_STORE] = {"signal-before-store", 2},
    [BREAK_DROP_RESULT] = {"drop-result", 2},
    [BREAK_TWO_IN_FLIGHT] = {"two-in-flight", 3},
    [BREAK_NEWEST_FIRST] = {"newest-first", 3},
    [BREAK_IGNORE_DEADLINE] = {"ignore-deadline", 4},
    [BREAK_RESEND_BLINDLY] = {"resend-blindly", 5},
    [BREAK_FORGET_MARK] = {"forget-mark", 5},
    [BREAK_UNFENCED_REPEAT] = {"unfenced-repeat", 5},
    [BREAK_TRUST_ANY_DOCUMENT] = {"trust-any-document", 5},
    [BREAK_FIRST_ACCOUNT] = {"first-account", 6},
    [BREAK_SEND_WHILE_PARKED] = {"send-while-parked", 6},
    [BREAK_LIMITER_PER_PROCESS] = {"limiter-per-process", 7},
    [BREAK_LIMITER_PER_APP] = {"limiter-per-app", 7},
    [BREAK_IGNORE_RETRY_AFTER] = {"ignore-retry-after", 7},
    [BREAK_DROP_SILENTLY] = {"drop-silently", 8},
};

static CoreBreak broken;

bool core_broken(CoreBreak which)
{
    return broken == which;
}

void core_break(CoreBreak which)
{
    broken = which;
}

const char *core_break_name(CoreBreak which)
{
    return rows[which].name;
}

unsigned core_break_promise(CoreBreak which)
{
    return rows[which].promise;
}
