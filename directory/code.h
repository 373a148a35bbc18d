/* SPDX-License-Identifier: MIT */
/* Device codes: a sign-in that waits for its person. Each is an object: "value", "userCode", "client", "family",
 * "scope", "cookie", "issued" and "expires" (µs), "interval" (seconds), "polled" (µs), "state", "xuid". */
#ifndef DIRECTORY_CODE_H
#define DIRECTORY_CODE_H

#include "directory/directory.h"

/* What a poll finds. */
typedef enum CodeState {
    CODE_PENDING,
    CODE_APPROVED,
    CODE_DECLINED,
    CODE_USED,
    CODE_EXPIRED,
    CODE_TOO_FAST,
} CodeState;

/* What a person, or a test, did about it. */
typedef enum CodeAnswer {
    CODE_ANSWERED,
    CODE_UNKNOWN,
    CODE_ANSWERED_BEFORE,
    CODE_TOO_OLD,
} CodeAnswer;

/* Makes a code. Borrowed until the next is made. */
const json_t *code_make(Directory *directory, const char *client, const char *family, const char *scope);
/* The code with that value, or NULL. Borrowed. */
json_t *code_find(const Directory *directory, const char *value);
/* The code that a person typed, with whatever they put between its letters, or NULL. Borrowed. */
json_t *code_typed(const Directory *directory, const char *typed);
/* The person's answer. @xuid: who approves; NULL declines. */
CodeAnswer code_answer(Directory *directory, json_t *code, const char *xuid);
/* A poll for it, at the directory's present. */
CodeState code_poll(Directory *directory, json_t *code);
/* Its tokens are issued: it works no more. */
void code_use(Directory *directory, json_t *code);
/* As it is, "pending" and so on. */
const char *code_state_text(const Directory *directory, const json_t *code);

#endif
