/* SPDX-License-Identifier: MIT */
/* The contract's words, in the order of the public enums (tests/unit/client/test-words.c holds them against each other). */
#include <string.h>

#include "client-words.h"
#include "ipc/names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const outcomes[] = {
    NULL,
    MPS_OUTCOME_APPLIED,
    MPS_OUTCOME_OUT_OF_SYNC,
    MPS_OUTCOME_REJECTED,
    MPS_OUTCOME_EXPIRED,
    MPS_OUTCOME_CANCELLED,
    MPS_OUTCOME_SUPERSEDED,
    MPS_OUTCOME_UNKNOWN,
};

static const char *const applied[] = {MPS_APPLIED_NO, MPS_APPLIED_YES, MPS_APPLIED_UNKNOWN};

/* XblWriteSessionStatus without its prefix. */
static const char *const write_statuses[] = {
    "Unknown",        "AccessDenied", "Created",        "Conflict",
    "HandleNotFound", "OutOfSync",    "SessionDeleted", "Updated",
};

static const char *const modes[] = {
    MPS_MODE_CREATE_NEW,
    MPS_MODE_UPDATE_OR_CREATE_NEW,
    MPS_MODE_UPDATE_EXISTING,
    MPS_MODE_SYNCHRONIZED_UPDATE,
};

static const char *const durabilities[] = {NULL, MPS_DURABILITY_POWER, MPS_DURABILITY_CRASH,
                                           MPS_DURABILITY_NONE};

/* By -MpsError. */
static const struct {
    const char *name; /* of the D-Bus error, NULL if the library alone makes it */
    const char *code;
    bool retryable;
} errors[] = {
    {NULL, "", false},
    {NULL, "invalid-argument", false},
    {MPS_ERROR_NAME_INVALID_HANDLE, "invalid-handle", false},
    {MPS_ERROR_NAME_INVALID_REFERENCE, "invalid-reference", false},
    {MPS_ERROR_NAME_INVALID_SESSION, "invalid-session", false},
    {MPS_ERROR_NAME_INVALID_OPTION, "invalid-option", false},
    {MPS_ERROR_NAME_TOO_LARGE, "too-large", false},
    {MPS_ERROR_NAME_ID_REUSED, "id-reused", false},
    {MPS_ERROR_NAME_QUOTA_EXCEEDED, "quota-exceeded", true},
    {MPS_ERROR_NAME_NEEDS_SIGN_IN, "needs-sign-in", true},
    {MPS_ERROR_NAME_NO_SUCH_REQUEST, "no-such-request", false},
    {MPS_ERROR_NAME_ACCESS_DENIED, "access-denied", false},
    {MPS_ERROR_NAME_STORE_FAILED, "store-failed", true},
    {MPS_ERROR_NAME_NOT_STARTED, "no-agent", true},
    {NULL, "agent-lost", false},
    {NULL, "lost", false},
    {NULL, "closed", false},
    {NULL, "no-memory", true},
    {NULL, "busy", true},
    {NULL, "internal", false},
};

enum { ERROR_QUOTA = 8, ERROR_NO_AGENT = 13, ERROR_INTERNAL = 19 };
_Static_assert(COUNT(errors) == ERROR_INTERNAL + 1, "one row for each MpsError");

static int words_find(const char *const *words, size_t count, const char *word)
{
    if (!word)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (words[i] && strcmp(words[i], word) == 0)
            return (int)i;
    }
    return -1;
}

static const char *words_get(const char *const *words, size_t count, int value)
{
    return value >= 0 && (size_t)value < count ? words[value] : NULL;
}

int words_to_outcome(const char *word)
{
    return words_find(outcomes, COUNT(outcomes), word);
}

int words_to_applied(const char *word)
{
    return words_find(applied, COUNT(applied), word);
}

int words_to_write_status(const char *word)
{
    return words_find(write_statuses, COUNT(write_statuses), word);
}

const char *words_from_mode(int mode)
{
    return words_get(modes, COUNT(modes), mode);
}

const char *words_from_durability(int durability)
{
    return words_get(durabilities, COUNT(durabilities), durability);
}

int words_to_error(const char *name)
{
    if (!name)
        return -ERROR_INTERNAL;
    for (size_t i = 0; i < COUNT(errors); i++) {
        if (errors[i].name && strcmp(errors[i].name, name) == 0)
            return -(int)i;
    }
    /* The bus itself: too many messages on their way, or a policy that keeps us from the agent. */
    if (strcmp(name, "org.freedesktop.DBus.Error.LimitsExceeded") == 0)
        return -ERROR_QUOTA;
    if (strcmp(name, "org.freedesktop.DBus.Error.AccessDenied") == 0)
        return -ERROR_NO_AGENT;
    return -ERROR_INTERNAL;
}

const char *words_from_error(int error)
{
    return error <= 0 && error >= -ERROR_INTERNAL ? errors[-error].code : errors[ERROR_INTERNAL].code;
}

bool words_is_retryable(int error)
{
    return error <= 0 && error >= -ERROR_INTERNAL && errors[-error].retryable;
}

WordsLoss words_to_loss(const char *name)
{
    if (!name)
        return WORDS_LOSS_NONE;
    if (strcmp(name, MPS_ERROR_NAME_SHUTTING_DOWN) == 0)
        return WORDS_LOSS_LEAVING;
    if (strcmp(name, "org.freedesktop.DBus.Error.NoReply") == 0 ||
        strcmp(name, "org.freedesktop.DBus.Error.Disconnected") == 0)
        return WORDS_LOSS_UNCERTAIN;
    if (strcmp(name, "org.freedesktop.DBus.Error.ServiceUnknown") == 0 ||
        strcmp(name, "org.freedesktop.DBus.Error.NameHasNoOwner") == 0)
        return WORDS_LOSS_UNSENT;
    return WORDS_LOSS_NONE;
}
