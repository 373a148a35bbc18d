/* SPDX-License-Identifier: MIT */
/* Codes that a person meets with: finding their row, and what the agent does then. */
#include "cli/code.h"

#include "ipc/names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HRESULT_HTTP 0x80190000UL /* what other libraries make of a status */

static const char *const kind_names[CODE_KINDS] = {
    [CODE_HTTP_STATUS] = "HTTP status of the directory",
    [CODE_OUTCOME] = "outcome of a request",
    [CODE_ERROR] = "error of a result",
    [CODE_WRITE_STATUS] = "write-status of a result",
    [CODE_STATE] = "state of a request",
    [CODE_ACCOUNT] = "state of an account",
    [CODE_SIGN_IN] = "state of a sign-in",
    [CODE_BUS_ERROR] = "D-Bus error of a call",
    [CODE_LIBRARY] = "error of libmpsession",
};

static const char *const fate_texts[] = {
    [CODE_FATE_APPLIED] = "a write is applied",
    [CODE_FATE_MAYBE] = "a write may have been applied: the agent finds out before anything is sent again",
    [CODE_FATE_REFUSED] = "a write is not applied; it is sent again with a new token, once",
    [CODE_FATE_THROTTLED] =
        "a write is not applied; the agent waits as long as the service says, and sends it again",
    [CODE_FATE_OUT_OF_SYNC] =
        "a write is not applied, and ends as out-of-sync; unless an earlier attempt had no answer: "
        "then the session tells whether that was applied",
    [CODE_FATE_FINAL] = "a write is not applied, and ends as rejected",
};

/* The same word, however it is written: quota-exceeded, QuotaExceeded. */
static bool same_word(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '-')
            a++;
        while (*b == '-')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

/* "0x80190199" as "409". Returns whether it was one. */
static bool status_of_hresult(const char *text, char status[8])
{
    char *end;

    if (strncasecmp(text, "0x", 2) != 0)
        return false;
    unsigned long value = strtoul(text, &end, 16);
    if (*end || (value & 0xFFFF0000UL) != HRESULT_HTTP)
        return false;
    snprintf(status, 8, "%u", (unsigned)(value & 0xFFFF));
    return true;
}

static bool is_status(const char *text)
{
    return strlen(text) == 3 && text[0] >= '1' && text[0] <= '5' && isdigit((unsigned char)text[1]) &&
           isdigit((unsigned char)text[2]);
}

static const Code *find_word(const char *text, const Code *after)
{
    for (const Code *code = after ? after + 1 : code_table; code < code_table + code_table_size; code++)
        if (same_word(code->name, text))
            return code;
    return NULL;
}

const Code *code_find(const char *text, const Code *after)
{
    static const char *const prefixes[] = {MPS_ERROR_PREFIX, "org.freedesktop.DBus.Error.",
                                           "XblWriteSessionStatus::"};
    static const char spawn[] = "org.freedesktop.DBus.Error.Spawn.";
    char status[8];

    if (status_of_hresult(text, status))
        text = status;
    else if (strncmp(text, spawn, strlen(spawn)) == 0)
        text = "Spawn";
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0) {
            text += strlen(prefixes[i]);
            break;
        }
    const Code *code = find_word(text, after);
    if (code || after || !is_status(text))
        return code;
    const char family[] = {text[0], 'x', 'x', '\0'};
    return find_word(family, NULL);
}

const Code *code_next(const Code *after)
{
    const Code *code = after ? after + 1 : code_table;

    return code < code_table + code_table_size ? code : NULL;
}

const char *code_kind_name(CodeKind kind)
{
    return kind_names[kind];
}

const char *code_fate_text(CodeFate fate)
{
    return fate_texts[fate];
}
