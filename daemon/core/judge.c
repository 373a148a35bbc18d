/* SPDX-License-Identifier: MIT */
/* One look's document, held against all writes of its lane that are in doubt, the newest first. */
#include "core/internal.h"

#include "core/compare.h"

/*
 * The newest first, because what is there proves what must have been there before: if a later write of the account is in
 * the session, an earlier one that is not there was overwritten by it, or was never applied; to send it now would undo
 * the later one.
 */
typedef struct Judging {
    CoreAttempt attempt; /* with texts of its own */
    CoreRequest *head;   /* whose look it was: the lane waits for it */
    CoreRequest *next;   /* whose document is awaited */
    bool newer_applied;
} Judging;

/* ---- One write ------------------------------------------------------------------------------------------------------------- */

/*
 * Whether the member has joined since the leave was accepted, for sure. The service told its time in whole seconds, at some
 * moment between the look's beginning and its end.
 */
static bool joined_since(const CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                         const Comparison *comparison)
{
    uint64_t waited =
        request->sent_at > request->accepted_boot ? request->sent_at - request->accepted_boot : 0;
    /* Of what is older than the boot only the wall clock tells how old it is. */
    uint64_t sent_wall = now->wall_usec - (now->boot_usec - request->sent_at);
    if (request->other_boot && sent_wall > request->accepted_wall)
        waited = sent_wall - request->accepted_wall;
    return comparison->joined_usec && attempt->date_usec > waited &&
           comparison->joined_usec > attempt->date_usec + USEC_PER_SEC - waited;
}

/* Whether the versions alone prove that it was not applied: nobody has written, or the one who has was somebody else. */
static bool proves_absence(Core *core, const CoreRequest *request, const Comparison *comparison,
                           const Version *version)
{
    const Version *reference = resolve_reference(request);
    if (!request->maybe_applied || request->denied)
        return true;
    return (!request->fence || request->sure) &&
           (version_same(reference, version) ||
            /* The service may have removed the member in the very commit that made it one. */
            (version_next(reference, version) && (comparison->member || !comparison->own_differs) &&
             /* A leave of one who was no member makes no version, and the joining that came after it does. */
             !written_later(core, request)));
}

/* Whether the document shows, as well as can be, that it was not applied: enough to send it again with a fence. */
static bool shows_absence(Core *core, const CoreRequest *request, const CoreNow *now,
                          const Comparison *comparison, const Version *version)
{
    /* What is there may have been written later, or joined again, or left. What a restart has forgotten cannot be known. */
    bool may_be_later = comparison->own_other || request->write_class == WRITE_CLASS_LEAVE;
    if ((may_be_later && request->restored) || written_crossed(core, request))
        return false;
    /* Nobody else writes one's own member. But a member that the service has removed takes everything with it. */
    if (comparison->member || !comparison->own_differs)
        return comparison->own_differs;
    /* A leave that is in doubt too may have come after it: one that was accepted by another name of the session. */
    if (request->lane->doubts > 1 && request->restored)
        return false;
    uint64_t since = request->doubt_at ? request->doubt_at : request->accepted_boot;
    bool same_life = !version || version_same_branch(request->base, version);
    return request->write_class == WRITE_CLASS_JOIN && same_life && now->boot_usec - since < GONE_LEAST_USEC;
}

static void repeat(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                   Version *version, bool proved)
{
    if (resolve_left(core, request, now, attempt))
        return;
    if (request->rounds++ >= ROUNDS_MAX || !version || !*version->etag) {
        ending_out_of_sync(core, request, now, attempt, ending_doubt(request));
        return;
    }
    Lane *lane = request->lane;
    Version *fence = version_copy(version), *own = version_copy(version);
    if (!fence || !own) {
        free(fence);
        free(own);
        attempt_wait_failed(core, request, now);
        return;
    }
    free(lane->fence);
    lane->fence = fence;
    lane->fence_number = request->fence_number = core->looks;
    free(request->fence);
    request->fence = own;
    request->sure = proved;
    request->absent = true;
    request->refused = false;
    request->look = LOOK_NONE;
    request_note(core, request,
                 "The session shows that it was not applied; it is sent again, for that version alone.");
    request_wait(core, request, now, now->boot_usec);
}

static void judge_absent(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                         const Comparison *comparison)
{
    CLEANUP_FREE Version *version = version_new(attempt->branch, attempt->change_number, attempt->etag);
    const Version *reference = resolve_reference(request);
    bool overtaken = reference && !version_same(reference, version);
    bool proved = proves_absence(core, request, comparison, version);
    bool shown = proved || shows_absence(core, request, now, comparison, version);
    /* A read may show an old version; what comes with the refusal of a write is the one that refused it. */
    /* But while the session is the version that it asks for, its first copy may still come. */
    bool may_come = request->mode == CORE_MODE_SYNCHRONIZED_UPDATE && request->maybe_applied && version &&
                    string_equal(version->etag, request->etag);
    request->denied = proved && !may_come && (attempt->status == 412 || !request->maybe_applied);
    CoreApplied applied = request->denied ? CORE_APPLIED_NO : CORE_APPLIED_UNKNOWN;
    bool leaves = request->write_class == WRITE_CLASS_LEAVE;

    if (leaves && comparison->member && joined_since(request, now, attempt, comparison))
        ending(core, request, now, attempt, CORE_OUTCOME_SUPERSEDED, ending_doubt(request), ERROR_SUPERSEDED,
               "The account has joined the session again since, so it was not made to leave.");
    else if (shown && request->by_reference && request->write_class == WRITE_CLASS_JOIN)
        ending(core, request, now, attempt, CORE_OUTCOME_REJECTED, applied, ERROR_HANDLE_NOT_FOUND,
               "The session does not show it, and its handle is gone since: ask for a new handle.");
    else if (request_is_conditional(request) || (comparison->shared_differs && overtaken))
        ending_out_of_sync(core, request, now, attempt, applied);
    else if (!shown || request->created_once)
        ending_unknown(core, request, now, attempt,
                       request->created_once     ? "the session has come and gone"
                       : comparison->own_differs ? "its member may have been changed since"
                                                 : "the session's values may be someone else's since");
    else
        repeat(core, request, now, attempt, version, proved);
}

/* Ends the request, or leaves it to be sent again. Returns whether its change is in the document. */
static bool judge_one(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt,
                      const char *body, size_t body_size, bool newer_applied)
{
    Comparison comparison = {0};
    int r = body ? compare_documents(body, body_size, attempt->document, attempt->document_size,
                                     request->account->value, &comparison)
                 : -EBADMSG;
    bool present = r == 0 && comparison.seen && !comparison.own_differs && !comparison.shared_differs;
    request->look = request->look ? request->look : LOOK_RESOLVE;
    if (present || core_broken(BREAK_TRUST_ANY_DOCUMENT)) {
        ending(core, request, now, attempt, CORE_OUTCOME_APPLIED, CORE_APPLIED_YES, NULL,
               request->maybe_applied
                   ? "No answer came, but the session shows its change."
                   : "The account is no member of the session, so there is nothing to leave.");
        return true;
    }
    if (newer_applied)
        ending_unknown(core, request, now, attempt, "a later write of the account is in the session");
    else if (r < 0)
        ending_unknown(core, request, now, attempt, "its document cannot be compared with the session's");
    else if (!comparison.seen)
        ending_unknown(core, request, now, attempt, "what it wrote is never shown");
    else
        judge_absent(core, request, now, attempt, &comparison);
    return false;
}

/* ---- All of a lane ----------------------------------------------------------------------------------------------------------- */

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

Judging *judge_free(Judging *judging)
{
    if (!judging)
        return NULL;
    free((char *)judging->attempt.document);
    free((char *)judging->attempt.etag);
    free((char *)judging->attempt.date);
    free((char *)judging->attempt.branch);
    free((char *)judging->attempt.scid);
    free((char *)judging->attempt.template_name);
    free((char *)judging->attempt.name);
    free(judging);
    return NULL;
}

static Judging *judging_new(CoreRequest *head, const CoreAttempt *attempt)
{
    Judging *judging = calloc(1, sizeof *judging);
    if (!judging)
        return NULL;
    CoreAttempt *own = &judging->attempt;
    judging->head = head;
    *own = (CoreAttempt){
        .fate = attempt->fate,
        .status = attempt->status,
        .date_usec = attempt->date_usec,
        .document_size = attempt->document_size,
        .change_number = attempt->change_number,
        .etag = copy(attempt->etag),
        .date = copy(attempt->date),
        .branch = copy(attempt->branch),
        .scid = copy(attempt->scid),
        .template_name = copy(attempt->template_name),
        .name = copy(attempt->name),
        .document = strndup(attempt->document, attempt->document_size),
    };
    bool whole = own->document && (own->etag || !attempt->etag) && (own->branch || !attempt->branch) &&
                 (own->scid || !attempt->scid) && (own->template_name || !attempt->scid) &&
                 (own->name || !attempt->scid);
    return whole ? judging : judge_free(judging);
}

/* The newest that is in doubt and older than this one (NULL: of all); the head last. What was still under way when the
 * document was asked for has to be looked up by itself. */
static CoreRequest *judging_before(const Lane *lane, CoreRequest *from)
{
    CoreRequest *request =
        from ? TAILQ_PREV(from, RequestList, in_list) : TAILQ_LAST(&lane->requests, RequestList);
    while (request && request != lane->judging->head &&
           !(request->maybe_applied && request->phase == PHASE_IDLE &&
             request->ended_at <= lane->judging->head->sent_at))
        request = TAILQ_PREV(request, RequestList, in_list);
    return request;
}

/* Its deadline must not take it away while it is being judged. */
static void judging_hold(Core *core, CoreRequest *request)
{
    request->phase = PHASE_JUDGING;
    heap_set(&core->timers, &request->timer, USEC_NEVER);
}

/* Judges the one whose turn it is, and takes the next before this one may be gone. */
static void judging_step(Core *core, Lane *lane, const CoreNow *now, const char *body, size_t body_size)
{
    Judging *judging = lane->judging;
    CoreRequest *request = judging->next;
    judging->next = request == judging->head ? NULL : judging_before(lane, request);
    if (judging->next)
        judging_hold(core, judging->next);
    if (judge_one(core, request, now, &judging->attempt, body, body_size, judging->newer_applied))
        judging->newer_applied = true;
}

static void judging_run(Core *core, Lane *lane, const CoreNow *now)
{
    Judging *judging = lane->judging;
    while (judging->next && judging->next->body)
        judging_step(core, lane, now, judging->next->body, judging->next->body_size);
    if (judging->next) {
        effect_add(core, CORE_EFFECT_LOAD, judging->next);
        return;
    }
    lane->judging = judge_free(judging);
    lane->busy--;
    lane_settle(core, lane, now);
}

void judge_loaded(Core *core, CoreRequest *request, const CoreNow *now, int r, const char *body,
                  size_t body_size)
{
    Lane *lane = request->lane;
    assert(lane && lane->judging && lane->judging->next == request);
    judging_step(core, lane, now, r < 0 ? NULL : body, body_size);
    judging_run(core, lane, now);
}

void judge_begin(Core *core, CoreRequest *request, const CoreNow *now, const CoreAttempt *attempt)
{
    Lane *lane = request->lane;
    Judging *judging = NULL;
    core->looks++;
    if (lane->judging) {
        /* Two lanes have become one, and each had its look: this one looks again when the other is through. */
        request->look = request->maybe_applied ? LOOK_RESOLVE : LOOK_LEAVE;
        request_wait(core, request, now, now->boot_usec);
        return;
    }
    bool alone = lane->doubts == 0 || (lane->doubts == 1 && request->maybe_applied);
    if (!alone)
        judging = judging_new(request, attempt);
    /* Without memory the others have looks of their own; what is proved of this one stays true. */
    if (!judging) {
        judge_one(core, request, now, attempt, attempt->body, attempt->body_size, false);
        return;
    }
    lane->judging = judging;
    lane->busy++;
    schedule_unready(core, lane);
    judging_hold(core, request);
    judging->next = judging_before(lane, NULL);
    judging_hold(core, judging->next);
    judging_run(core, lane, now);
}
