/* SPDX-License-Identifier: MIT */
/* What the codes mean that a person meets with: one table. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum CodeKind {
    CODE_HTTP_STATUS,  /* of the directory's answer: http-status of a result */
    CODE_OUTCOME,      /* outcome of a result */
    CODE_ERROR,        /* error of a result */
    CODE_WRITE_STATUS, /* write-status of a result */
    CODE_STATE,        /* of a request */
    CODE_ACCOUNT,      /* State of an account */
    CODE_SIGN_IN,      /* State of a sign-in */
    CODE_BUS_ERROR,    /* of a call; without "org.mpsession.Error." or "org.freedesktop.DBus.Error." */
    CODE_LIBRARY,      /* code of an MpsError that the library alone makes */
    CODE_KINDS,
} CodeKind;

/* What the agent does with such an answer to a write. */
typedef enum CodeFate {
    CODE_FATE_NONE, /* it is no answer of the directory */
    CODE_FATE_APPLIED,
    CODE_FATE_MAYBE,
    CODE_FATE_REFUSED,   /* the token */
    CODE_FATE_THROTTLED, /* it says how long to wait */
    CODE_FATE_OUT_OF_SYNC,
    CODE_FATE_FINAL,
} CodeFate;

typedef struct Code {
    CodeKind kind;
    const char *name; /* "409"; "4xx" for all that have no row of their own */
    CodeFate fate;
    const char *meaning; /* a sentence */
    const char *next;    /* what to do; NULL: nothing */
} Code;

/* The table, in code-table.c. */
extern const Code code_table[];
extern const size_t code_table_size;

/*
 * code_find() - what a text may mean
 * @text: as told anywhere: 409, 0x80190199, no-answer, NoAnswer, QuotaExceeded, quota-exceeded, org.mpsession.Error.…
 * @after: the one before; NULL: the first
 *
 * Returns the next row that fits, or NULL.
 */
const Code *code_find(const char *text, const Code *after);

/* code_next() - the table, row by row; NULL: the first, or the end. */
const Code *code_next(const Code *after);

/* code_kind_name() - for people, static. */
const char *code_kind_name(CodeKind kind);

/* code_fate_text() - what the agent does then; NULL for CODE_FATE_NONE. */
const char *code_fate_text(CodeFate fate);
