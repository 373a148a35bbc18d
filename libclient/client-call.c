/* SPDX-License-Identifier: MIT */
/* One call of the game. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "client-call.h"
#include "ipc/names.h"

#define USEC_PER_SEC UINT64_C(1000000)

/* An agent that is alive tells the outcome within 20 s after the deadline; one that does not is lost. */
#define GRACE_USEC (25 * USEC_PER_SEC)

/* The longest that the agent chooses by itself. */
#define READ_DEADLINE_USEC (30 * USEC_PER_SEC)
#define WRITE_DEADLINE_USEC (2 * 3600 * USEC_PER_SEC)

static int call_make_id(char id[MPS_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    size_t at = 0;

    for (size_t got = 0; got < sizeof(bytes);) {
        ssize_t n = getrandom(bytes + got, sizeof(bytes) - got, 0);

        if (n < 0 && errno != EINTR)
            return MPS_ERROR_INTERNAL;
        if (n > 0)
            got += (size_t)n;
    }
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            id[at++] = '-';
        id[at++] = digits[bytes[i] >> 4];
        id[at++] = digits[bytes[i] & 15];
    }
    id[at] = '\0';
    return 0;
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static char *text_copy(char *p, const char **text)
{
    size_t size = text_size(*text);

    if (size == 0)
        return p;
    memcpy(p, *text, size);
    *text = p;
    return p + size;
}

static void call_set_deadline(Call *call, uint64_t now)
{
    const CallArguments *a = &call->arguments;

    if (a->kind == CALL_ATTACH) {
        call->given_up_boot_usec = now + MPS_DEADLINE_MAX_USEC;
    } else if (a->deadline_usec > 0 || !call_is_write(call)) {
        /* A read is told its default, so that issuing it again does not prolong it. */
        call->deadline_boot_usec = now + (a->deadline_usec > 0 ? a->deadline_usec : READ_DEADLINE_USEC);
        call->given_up_boot_usec = call->deadline_boot_usec;
    } else {
        call->given_up_boot_usec = now + WRITE_DEADLINE_USEC;
    }
}

int call_new(const CallArguments *arguments, uint64_t now_boot_usec, Call **ret)
{
    size_t xuids_size = arguments->xuids_count * sizeof(arguments->xuids[0]);
    CallArguments a = *arguments;
    char id[MPS_ID_SIZE];
    size_t size;
    Call *call;
    char *p;
    int r;

    if (!a.id) {
        r = call_make_id(id);
        if (r < 0)
            return r;
        a.id = id;
    }
    size = sizeof(*call) + xuids_size + text_size(a.id) + text_size(a.handle_id) + text_size(a.scid) +
           text_size(a.template_name) + text_size(a.name) + text_size(a.account) + text_size(a.etag) +
           text_size(a.supersedes) + (a.session ? a.session_size + 1 : 0);
    call = malloc(size);
    if (!call)
        return MPS_ERROR_NO_MEMORY;
    memset(call, 0, sizeof(*call));
    p = call->text;
    if (xuids_size > 0) {
        /* First, where the alignment is right. */
        memcpy(p, a.xuids, xuids_size);
        a.xuids = (const uint64_t *)(void *)p;
        p += xuids_size;
    }
    p = text_copy(p, &a.id);
    p = text_copy(p, &a.handle_id);
    p = text_copy(p, &a.scid);
    p = text_copy(p, &a.template_name);
    p = text_copy(p, &a.name);
    p = text_copy(p, &a.account);
    p = text_copy(p, &a.etag);
    p = text_copy(p, &a.supersedes);
    if (a.session) {
        memcpy(p, a.session, a.session_size);
        p[a.session_size] = '\0';
        a.session = p;
    }
    call->arguments = a;
    call->bytes = size;
    call_set_deadline(call, now_boot_usec);
    *ret = call;
    return 0;
}

Call *call_free(Call *call)
{
    if (call) {
        result_unref(call->result);
        free(call);
    }
    return NULL;
}

bool call_is_write(const Call *call)
{
    return call->arguments.kind == CALL_WRITE || call->arguments.kind == CALL_WRITE_BY_HANDLE;
}

static bool text_is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool call_is_same(const Call *a, const Call *b)
{
    const CallArguments *x = &a->arguments;
    const CallArguments *y = &b->arguments;

    return x->kind == y->kind && x->mode == y->mode && x->title_id == y->title_id &&
           text_is_same(x->account, y->account) && text_is_same(x->handle_id, y->handle_id) &&
           text_is_same(x->scid, y->scid) && text_is_same(x->template_name, y->template_name) &&
           text_is_same(x->name, y->name) && text_is_same(x->etag, y->etag) &&
           text_is_same(x->supersedes, y->supersedes) && text_is_same(x->session, y->session) &&
           x->xuids_count == y->xuids_count &&
           (x->xuids_count == 0 || memcmp(x->xuids, y->xuids, x->xuids_count * sizeof(x->xuids[0])) == 0);
}

uint64_t call_due_usec(const Call *call)
{
    bool may_be_kept = call->accepted || call->exposed || call->state != CALL_WAITING;

    return call->given_up_boot_usec + (may_be_kept ? GRACE_USEC : 0);
}

void call_queue_push(CallQueue *queue, Call *call)
{
    call->queue_next = NULL;
    if (queue->last)
        queue->last->queue_next = call;
    else
        queue->first = call;
    queue->last = call;
}

Call *call_queue_take(CallQueue *queue)
{
    Call *first = queue->first;

    *queue = (CallQueue){0};
    return first;
}
