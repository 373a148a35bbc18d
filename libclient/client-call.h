/* SPDX-License-Identifier: MIT */
/* One call of the game: its checked arguments, copied, and how far it is. */
#pragma once

#include "client-result.h"

typedef enum CallKind {
    CALL_WRITE_BY_HANDLE,
    CALL_WRITE,
    CALL_GET_BY_HANDLE,
    CALL_GET,
    CALL_SET_ACTIVITY,
    CALL_GET_ACTIVITIES,
    CALL_ATTACH,
    CALL_CANCEL, /* a note to the I/O thread, never a request */
} CallKind;

typedef enum CallState {
    CALL_WAITING,  /* to be handed to the agent (again) */
    CALL_SENT,     /* handed over; its reply is awaited */
    CALL_PARKED,   /* the reply was that the agent is gone; handed over again when all replies are in */
    CALL_ACCEPTED, /* the agent has it */
    CALL_FETCHING, /* done; the result's large document is asked for */
    CALL_DONE,     /* the result is on its way to the game */
} CallState;

/* What the game gave; absent texts are NULL. */
typedef struct CallArguments {
    CallKind kind;
    MpsWriteMode mode;
    const char *id; /* NULL until call_new() */
    const char *handle_id;
    const char *scid;
    const char *template_name;
    const char *name;
    const char *session;
    size_t session_size;
    const uint64_t *xuids;
    size_t xuids_count;
    const char *account;
    const char *etag;
    const char *supersedes;
    uint32_t title_id;
    uint64_t deadline_usec; /* from now; 0: not given */
    bool fail_when_offline;
    MpsDurability durability;
} CallArguments;

typedef struct Call Call;
struct Call {
    /* Never changed after call_new(). The texts of arguments point into text. */
    CallArguments arguments;
    MpsCompletion completion;
    void *userdata;
    size_t bytes;                /* what it costs in memory */
    uint64_t given_up_boot_usec; /* its deadline, or the latest one that the agent may have chosen */
    uint64_t deadline_boot_usec; /* told to the agent; 0: not given */

    /* Of the I/O thread. */
    CallState state;
    uint32_t serial; /* of the message whose reply is awaited; 0: none */
    bool by_attach;  /* that message was Attach */
    bool accepted;   /* the agent said that it has it */
    bool exposed;    /* an agent may have it, since one died before answering */
    bool cancel;     /* the game wants it cancelled */
    bool has_object; /* the result is the agent's, to be acknowledged once it was delivered */
    Call *next;      /* in the table's list of its state */
    Call *previous;
    Call *id_next; /* in the table's buckets */
    Call *serial_next;
    Call *followers; /* calls of the same id, chained by queue_next */
    Result *result;  /* CALL_FETCHING, CALL_DONE; NULL in the latter: there was no memory for one */

    Call *queue_next; /* in a CallQueue */
    _Alignas(uint64_t) char text[];
};

typedef struct CallQueue {
    Call *first;
    Call *last;
} CallQueue;

/*
 * call_new() - copy checked arguments
 * @now_boot_usec: CLOCK_BOOTTIME
 *
 * Gives it a random id if it has none. Return: 0, MPS_ERROR_NO_MEMORY, MPS_ERROR_INTERNAL (no random numbers).
 */
int call_new(const CallArguments *arguments, uint64_t now_boot_usec, Call **call);

/* call_free() - without its followers; NULL is allowed. Returns NULL. */
Call *call_free(Call *call);

/* call_is_write() - does the agent store it? */
bool call_is_write(const Call *call);

/* call_is_same() - have two calls of the same id the same content, as the agent compares it? */
bool call_is_same(const Call *a, const Call *b);

/* call_due_usec() - when to stop waiting, in CLOCK_BOOTTIME microseconds. */
uint64_t call_due_usec(const Call *call);

/* call_queue_push() - at the end. */
void call_queue_push(CallQueue *queue, Call *call);

/* call_queue_take() - all, chained by queue_next, leaving it empty; NULL if it was. */
Call *call_queue_take(CallQueue *queue);
