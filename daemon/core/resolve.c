/* SPDX-License-Identifier: MIT */
/* What became of a write whose attempt has ended: when to look, when to repeat, and when nobody can tell. */
#include "core/internal.h"

#include "core/compare.h"

#include <stdio.h>

/* ---- Before an attempt ----------------------------------------------------------------------------------------------- */

/* The newest version that is known before the first byte, or what the caller said its change was made from. */
static Version *base_of(Core *core, const CoreRequest *request)
{
    const Version *known = session_version(core, lane_session(request));
    bool other = known && request->mode == CORE_MODE_SYNCHRONIZED_UPDATE && request->etag &&
                 !string_equal(known->etag, request->etag);
    if (known && !other)
        return version_copy(known);
    return request->etag ? version_new(NULL, 0, request->etag) : NULL;
}

static void set_version(Version **of, Version *version)
{
    free(*of);
    *of = version;
}

/* The newest version of which it is known that the write was not in it, or not known to be. */
const Version *resolve_reference(const CoreRequest *request)
{
    return request->fence ? request->fence : request->base;
}

/* Whether it is to be repeated for a version that its lane does not vouch for: it has been joined with another since. */
bool resolve_stale(const CoreRequest *request)
{
    const Lane *lane = request->lane;
    return request->absent && !request->look && !(lane->fence && lane->fence_number == request->fence_number);
}

/* Decides what the attempt that is about to start does. */
/* When its turn comes, not at the start: a queue that a power cut has left in doubt would flood the store with notes. */
static void note_restored(Core *core, CoreRequest *request)
{
    if (!request->restored || request->noted)
        return;
    request->noted = true;
    request_note(core, request, "The agent had ended while it may have been sent. %s",
                 request->look ? "The session is read to see."
                               : "A second copy can do no harm, so it is sent again.");
}

void resolve_start(Core *core, CoreRequest *request, const CoreNow *now)
{
    note_restored(core, request);
    if (!core_kind_is_write((CoreKind)request->kind) || request->look)
        return;
    if (request->write_class == WRITE_CLASS_LEAVE && !request->looked && !request->maybe_applied &&
        !request->absent && !request_is_conditional(request) &&
        (request->other_boot || now->boot_usec > request->accepted_boot + LEAVE_LOOK_USEC)) {
        request->look = LOOK_LEAVE;
        return;
    }
    if (request->absent) {
        Version *fence = resolve_stale(request) ? NULL : version_copy(request->lane->fence);
        /* The lane has been joined since, or nobody knows what its own writes have made of the version. */
        if (fence)
            set_version(&request->fence, fence);
        else
            request->look = request->maybe_applied ? LOOK_RESOLVE : LOOK_LEAVE;
    } else if (!request->maybe_applied && !request->absent) {
        set_version(&request->base, base_of(core, request));
    }
}

CorePrecondition resolve_precondition(const CoreRequest *request, const char **etag)
{
    *etag = request->etag;
    if (request->created_once)
        return CORE_PRECONDITION_IF_NONE_MATCH_ANY;
    if (request->absent && !request_is_conditional(request) && !core_broken(BREAK_UNFENCED_REPEAT)) {
        *etag = request->fence->etag;
        return CORE_PRECONDITION_IF_MATCH;
    }
    switch (request->mode) {
    case CORE_MODE_CREATE_NEW:
        return CORE_PRECONDITION_IF_NONE_MATCH_ANY;
    case CORE_MODE_UPDATE_EXISTING:
        return CORE_PRECONDITION_IF_MATCH_ANY;
    case CORE_MODE_SYNCHRONIZED_UPDATE:
        return CORE_PRECONDITION_IF_MATCH;
    default:
        return CORE_PRECONDITION_NONE;
    }
}

/* ---- Looks -------------------------------------------------------------------------------------------------------------- */

static void look_now(Core *core, CoreRequest *request, const CoreNow *now, Look look)
{
    request->look = (uint8_t)look;
    request_wait(core, request, now, now->boot_usec);
}

static void send_now(Core *core, CoreRequest *request, const CoreNow *now)
{
    look_now(core, request, now, LOOK_NONE);
}

/* To send it again would make a member of one who has left since. */
bool resolve_left(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    if (!request->behind_leave)
        return false;
    if (ending_doubt(request) == CORE_APPLIED_NO)
        leave_refuse(core, request, now);
    else
        ending_unknown(core, request, now, attempt, "the account has left the session since");
    return true;
}

/*
 * Its handle is dead. A write that is no join goes on by reference, if its account is a member of that session. A join that
 * is in doubt is only looked for.
 */
static bool handle_died(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    if (attempt->status != 404 || request->kind != CORE_WRITE_SESSION_BY_HANDLE || request->by_reference ||
        !handle_reference(core, request->target))
        return false;
    bool in_doubt = request->maybe_applied && !request->denied;
    if (!in_doubt && !request->look &&
        (request->write_class == WRITE_CLASS_JOIN || request->mode == CORE_MODE_CREATE_NEW))
        return false;
    request->by_reference = true;
    request_note(core, request, "Its handle is gone; it goes on by the session's reference.");
    attempt_clear_mark(core, request);
    if (request->look)
        request_wait(core, request, now, now->boot_usec);
    else if (request->maybe_applied && request_is_conditional(request) &&
             request->write_class != WRITE_CLASS_JOIN)
        send_now(core, request, now);
    else
        look_now(core, request, now, in_doubt ? LOOK_RESOLVE : LOOK_HANDLE);
    return true;
}

/* ---- The session is not there ------------------------------------------------------------------------------------------ */

/* newest: no later write of the lane is in doubt, which sending this one again might undo. */
static void gone(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                 bool newest)
{
    bool again = newest && !written_crossed(core, request);
    bool seen = (request->base && *request->base->branch) || session_version(core, lane_session(request));
    if (request->write_class == WRITE_CLASS_LEAVE) {
        ending(core, request, now, attempt, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, NULL,
               "The session is not there any more, so there is nothing to leave.");
    } else if (resolve_left(core, request, now, attempt)) {
        return;
    } else if (request->maybe_applied && !again && request->mode == CORE_MODE_CREATE_NEW) {
        ending_unknown(core, request, now, attempt, "a later write of the account may have been applied");
    } else if (request->maybe_applied && request->mode == CORE_MODE_CREATE_NEW &&
               request->rounds++ >= ROUNDS_MAX) {
        ending_unknown(core, request, now, attempt,
                       "the session is not shown, and yet the directory refuses to make it");
    } else if (request->maybe_applied && request->mode == CORE_MODE_CREATE_NEW) {
        /* A second copy can only make what the first one did not. */
        send_now(core, request, now);
    } else if (request->maybe_applied && request->mode == CORE_MODE_UPDATE_OR_CREATE_NEW && !seen &&
               !request->created_once && !request->absent && again) {
        request->created_once = true;
        request_note(core, request,
                     "There is no session yet; it is sent again, to create it and nothing else.");
        send_now(core, request, now);
    } else {
        ending(core, request, now, attempt, CORE_OUTCOME_REJECTED, ending_doubt(request), ERROR_SESSION_GONE,
               "The session is not there any more. It was not made anew, since nobody knows who else has "
               "left it.");
    }
}

/* A look found no session: that settles all of the lane that are in doubt, the newest first. */
static void all_gone(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    CoreRequest *other, *older;
    bool newest = true;
    for (other = TAILQ_LAST(&request->lane->requests, RequestList); other; other = older) {
        older = other == request ? NULL : TAILQ_PREV(other, RequestList, in_list);
        if (other != request &&
            (!other->maybe_applied || other->phase != PHASE_IDLE || other->ended_at > request->sent_at))
            continue;
        gone(core, other, now, attempt, newest);
        newest = false;
    }
}

/* ---- The end of a write's attempt -------------------------------------------------------------------------------------- */

static void conflict(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    bool repeated = request->maybe_applied || request->absent;
    request->refused = true;
    attempt_clear_mark(core, request);
    if (repeated && attempt->document) {
        judge_begin(core, request, now, attempt);
    } else if (repeated) {
        look_now(core, request, now, request->maybe_applied ? LOOK_RESOLVE : LOOK_LEAVE);
    } else if (attempt->document) {
        ending_out_of_sync(core, request, now, attempt, CORE_APPLIED_NO);
    } else if (request->mode == CORE_MODE_UPDATE_EXISTING) {
        /* It can only be that there is no session: nothing to show, and nothing to fetch. */
        if (request->write_class == WRITE_CLASS_LEAVE)
            gone(core, request, now, attempt, true);
        else
            ending_out_of_sync(core, request, now, attempt, CORE_APPLIED_NO);
    } else {
        look_now(core, request, now, LOOK_CONFLICT);
    }
}

static void doubt(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    if (!request->maybe_applied) {
        request->lane->doubts++;
        request->doubt_at = request->sent_at;
    }
    request->maybe_applied = true;
    request->absent = request->denied = request->refused = false;
    /* Not even with a precondition: what is consumed need not make a new version. */
    if (request->encounters) {
        ending_unknown(core, request, now, attempt, "encounters cannot be seen afterwards");
        return;
    }
    if ((!request_is_conditional(request) || request->behind_leave) && !core_broken(BREAK_RESEND_BLINDLY))
        request->look = LOOK_RESOLVE;
    request_note(core, request, "Attempt %u may have been applied: %.120s. %s", request->attempts,
                 request->last_error ? request->last_error : "no answer",
                 request->look ? "The session is read to see."
                               : "A second copy can do no harm, so it is sent again.");
    attempt_wait_failed(core, request, now);
}

void resolve_write_ended(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                         OutcomeClass class)
{
    switch (class) {
    case OUTCOME_APPLIED:
        if (request->absent && attempt->document) {
            free(request->lane->fence);
            /* Without an ETag there is nothing to send the next one for: it is looked up anew. */
            request->lane->fence =
                attempt->etag ? version_new(attempt->branch, attempt->change_number, attempt->etag) : NULL;
        }
        ending(core, request, now, attempt, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, NULL,
               request->maybe_applied
                   ? "An earlier attempt had no answer and was not applied; it was sent again."
                   : NULL);
        break;
    case OUTCOME_OUT_OF_SYNC:
        conflict(core, request, now, attempt);
        break;
    case OUTCOME_MAYBE:
        doubt(core, request, now, attempt);
        break;
    default:
        if (!handle_died(core, request, now, attempt))
            ending_rejected(core, request, now, attempt);
    }
}

/* ---- The end of a look --------------------------------------------------------------------------------------------------- */

/* It will not be told: what is left to say? */
static void look_failed(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    char why[120];
    switch (request->look) {
    case LOOK_CONFLICT:
        ending_out_of_sync(core, request, now, &(CoreAttempt){.fate = CORE_FATE_ANSWERED, .status = 412},
                           CORE_APPLIED_NO);
        break;
    case LOOK_LEAVE:
        /* It was not sent yet, and to send it is what was asked for. */
        request->looked = true;
        if (request->absent)
            ending_out_of_sync(core, request, now, attempt, CORE_APPLIED_NO);
        else if (attempt->status == 404)
            ending_rejected(core, request, now, attempt);
        else
            send_now(core, request, now);
        break;
    case LOOK_HANDLE:
        ending_rejected(core, request, now, attempt);
        break;
    default:
        snprintf(why, sizeof why, "the session cannot be read (%u)", attempt->status);
        ending_unknown(core, request, now, attempt, why);
    }
}

static void look_again(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    if (request->rounds++ < ROUNDS_MAX)
        attempt_wait_failed(core, request, now);
    else
        look_failed(core, request, now, attempt);
}

/* The handle died, and this is what its session says of the account. */
static void look_for_member(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    Comparison comparison;
    int r = attempt->body ? compare_documents(attempt->body, attempt->body_size, attempt->document,
                                              attempt->document_size, request->account->value, &comparison)
                          : -EBADMSG;
    if (r == 0 && comparison.member) {
        send_now(core, request, now);
    } else if (r == 0 && request->write_class == WRITE_CLASS_LEAVE) {
        ending(core, request, now, attempt, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, NULL,
               "The account is no member of the session, so there is nothing to leave.");
    } else {
        ending(core, request, now, attempt, CORE_OUTCOME_REJECTED, CORE_APPLIED_NO, ERROR_HANDLE_NOT_FOUND,
               "The handle is gone, and the account is no member of its session: ask for a new handle.");
    }
}

static void look_document(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    CLEANUP_FREE Version *version = version_new(attempt->branch, attempt->change_number, attempt->etag);
    if (version_older(version, session_version(core, lane_session(request))) ||
        version_older(version, resolve_reference(request)) ||
        (request->refused && version_same(version, resolve_reference(request)))) {
        request_set_error(request, "the directory showed an older version of the session");
        look_again(core, request, now, attempt);
        return;
    }
    session_note(core, lane_session(request), attempt);
    switch (request->look) {
    case LOOK_CONFLICT:
        ending_out_of_sync(core, request, now, attempt, CORE_APPLIED_NO);
        break;
    case LOOK_HANDLE:
        look_for_member(core, request, now, attempt);
        break;
    default:
        judge_begin(core, request, now, attempt);
    }
}

void resolve_look_ended(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                        OutcomeClass class)
{
    if (class == OUTCOME_APPLIED && attempt->document) {
        look_document(core, request, now, attempt);
    } else if (class == OUTCOME_APPLIED && attempt->status == 204) {
        if (request->look == LOOK_CONFLICT)
            look_failed(core, request, now, attempt);
        else
            all_gone(core, request, now, attempt);
    } else if (class == OUTCOME_APPLIED || (class == OUTCOME_MAYBE && request->look == LOOK_CONFLICT)) {
        request_set_error(request, "the directory answered with something that is no session");
        look_again(core, request, now, attempt);
    } else if (class == OUTCOME_MAYBE) {
        attempt_wait_failed(core, request, now);
    } else if (!handle_died(core, request, now, attempt)) {
        look_failed(core, request, now, attempt);
    }
}

/* ---- After a restart ------------------------------------------------------------------------------------------------------- */

void resolve_restored(Core *core, CoreRequest *request, const CoreNow *now)
{
    request_set_error(request, "the agent ended while it was being sent");
    if (request->encounters) {
        ending_unknown(core, request, now, &(CoreAttempt){.fate = CORE_FATE_UNCERTAIN},
                       "encounters cannot be seen afterwards");
        return;
    }
    /* With others of its lane in doubt behind it, even a conditional one might undo what they did. */
    bool looks = !request_is_conditional(request) || request->behind_leave || request->lane->doubts > 1 ||
                 written_crossed(core, request);
    if (looks && !core_broken(BREAK_RESEND_BLINDLY))
        request->look = LOOK_RESOLVE;
    request_set_state(core, request, CORE_STATE_RESOLVING);
}
