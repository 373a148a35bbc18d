/* SPDX-License-Identifier: MIT */
/* Checking what the game gives. */
#include <string.h>

#include "client-check.h"
#include "ipc/names.h"
#include "ipc/validate.h"

/* A larger struct_size is not a later version but a struct that was never filled. */
#define STRUCT_SIZE_MAX 4096

int check_struct(const void *from, void *to, size_t size)
{
    size_t given;

    memset(to, 0, size);
    if (!from)
        return 0;
    memcpy(&given, from, sizeof(given));
    if (given < sizeof(given) || given > STRUCT_SIZE_MAX)
        return MPS_ERROR_INVALID_ARGUMENT;
    for (size_t i = size; i < given; i++) {
        if (((const char *)from)[i] != 0)
            return MPS_ERROR_INVALID_ARGUMENT;
    }
    memcpy(to, from, given < size ? given : size);
    return 0;
}

static bool kind_is_write(CallKind kind)
{
    return kind == CALL_WRITE || kind == CALL_WRITE_BY_HANDLE;
}

int check_options(const MpsCallOptions *options, CallArguments *arguments)
{
    MpsCallOptions o;
    int r;

    r = check_struct(options, &o, sizeof(o));
    if (r < 0)
        return r;
    if (o.id && !mps_validate_id(o.id))
        return MPS_ERROR_INVALID_OPTION;
    if (o.account && !mps_validate_xuid(o.account))
        return MPS_ERROR_INVALID_OPTION;
    if (o.etag && !mps_validate_etag(o.etag))
        return MPS_ERROR_INVALID_OPTION;
    if (o.supersedes && !mps_validate_supersedes(o.supersedes))
        return MPS_ERROR_INVALID_OPTION;
    if (o.deadline_usec > MPS_DEADLINE_MAX_USEC)
        return MPS_ERROR_INVALID_OPTION;
    if ((int)o.durability < 0 || o.durability > 3)
        return MPS_ERROR_INVALID_OPTION;
    if (!kind_is_write(arguments->kind) && (o.etag || o.supersedes || o.durability != 0))
        return MPS_ERROR_INVALID_OPTION;
    if (kind_is_write(arguments->kind) && arguments->mode == MPS_SYNCHRONIZED_UPDATE && !o.etag)
        return MPS_ERROR_INVALID_OPTION;
    arguments->id = o.id;
    if (o.account)
        arguments->account = o.account;
    if (o.title_id != 0)
        arguments->title_id = o.title_id;
    arguments->etag = o.etag;
    arguments->supersedes = o.supersedes;
    arguments->deadline_usec = o.deadline_usec;
    arguments->fail_when_offline = o.fail_when_offline;
    arguments->durability = o.durability;
    return 0;
}

static int check_session(const CallArguments *a)
{
    if ((int)a->mode < 0 || a->mode > MPS_SYNCHRONIZED_UPDATE || !a->session)
        return MPS_ERROR_INVALID_ARGUMENT;
    if (a->session_size > MPS_SESSION_MAX)
        return MPS_ERROR_TOO_LARGE;
    if (!mps_validate_utf8(a->session, a->session_size) ||
        !mps_validate_json_shape(a->session, a->session_size, MPS_SESSION_DEPTH_MAX))
        return MPS_ERROR_INVALID_SESSION;
    return 0;
}

static int check_reference(const CallArguments *a)
{
    if (!mps_validate_uuid(a->scid) || !mps_validate_name(a->template_name) || !mps_validate_name(a->name))
        return MPS_ERROR_INVALID_REFERENCE;
    return 0;
}

static int check_handle(const CallArguments *a)
{
    return mps_validate_uuid(a->handle_id) ? 0 : MPS_ERROR_INVALID_HANDLE;
}

static int check_activities(const CallArguments *a)
{
    if (!mps_validate_uuid(a->scid))
        return MPS_ERROR_INVALID_REFERENCE;
    if (!a->xuids || a->xuids_count == 0 || a->xuids_count > MPS_XUIDS_MAX)
        return MPS_ERROR_INVALID_ARGUMENT;
    for (size_t i = 0; i < a->xuids_count; i++) {
        if (a->xuids[i] == 0)
            return MPS_ERROR_INVALID_ARGUMENT;
    }
    return 0;
}

int check_arguments(const CallArguments *a)
{
    int r = 0;

    switch (a->kind) {
    case CALL_WRITE_BY_HANDLE:
        r = check_handle(a);
        return r < 0 ? r : check_session(a);
    case CALL_WRITE:
        r = check_reference(a);
        return r < 0 ? r : check_session(a);
    case CALL_GET_BY_HANDLE:
        return check_handle(a);
    case CALL_GET:
    case CALL_SET_ACTIVITY:
        return check_reference(a);
    case CALL_GET_ACTIVITIES:
        return check_activities(a);
    case CALL_ATTACH:
    case CALL_CANCEL:
        return mps_validate_id(a->id) ? 0 : MPS_ERROR_INVALID_ARGUMENT;
    }
    return MPS_ERROR_INVALID_ARGUMENT;
}
