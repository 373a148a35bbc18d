/* SPDX-License-Identifier: MIT */
/* What the service does with a request: its order of checks, the merge, the log. */
#include "world.h"

#include <stdio.h>

#define RESERVED_USEC (30 * USEC_PER_SEC)

void directory_reset(World *world)
{
    Directory *directory = &world->directory;
    memset(directory->sessions, 0, sizeof directory->sessions);
    memset(directory->handles, 0, sizeof directory->handles);
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++)
        for (unsigned j = 0; j < TITLES_MAX; j++)
            directory->windows[i][j].count = 0;
    directory->branch = directory->version = 0;
    directory->rival_value = 500000;
    /* Two invitations to each session, whether it is there yet or not. */
    directory->handles_count = 2 * world->profile.sessions;
    for (unsigned i = 0; i < directory->handles_count; i++)
        directory->handles[i] = (Handle){.made = true, .alive = true, .session = i / 2};
    for (unsigned i = 0; i < world->profile.sessions; i++)
        if (random_chance(&world->random, 600))
            directory_rival(world);
}

void directory_etag(const World *world, unsigned version, char text[40])
{
    static const char *const formats[ETAG_STYLES][2] = {
        [ETAG_BARE] = {"", ""}, [ETAG_QUOTED] = {"\"", "\""}, [ETAG_WEAK] = {"W/\"", "\""}};
    const char *const *format = formats[world->profile.etags];
    snprintf(text, 40, "%s4E6D0C77-%08u%s", format[0], version, format[1]);
}

void directory_clear_answer(Answer *answer)
{
    memset(answer, 0, offsetof(Answer, document));
    answer->handle = -1;
}

void directory_commit(World *world, unsigned session, const Document *document)
{
    Directory *directory = &world->directory;
    Session *of = &directory->sessions[session];
    of->before = of->now;
    of->now = *document;
    of->now.version = ++directory->version;
    if (!of->now.exists) {
        trace(world, "session %u is gone", session);
        return;
    }
    if (!of->before.exists) {
        of->now.branch = ++directory->branch;
        of->now.change = 0;
    }
    of->now.change++;
    trace(world, "session %u: branch %u, change %u", session, of->now.branch, of->now.change);
}

static void close_handles(World *world, unsigned session)
{
    Directory *directory = &world->directory;
    for (unsigned i = 0; i < directory->handles_count; i++) {
        Handle *handle = &directory->handles[i];
        if (!handle->alive || !handle->owner || handle->session != session ||
            document_member(&directory->sessions[session].now, handle->owner))
            continue;
        handle->alive = false;
        world_fault(world, FAULT_HANDLE_GONE);
    }
}

/* The design lets one's own member decide, since only we write it: what else happens to it may mislead the agent. */
void directory_disown(World *world, unsigned session, unsigned xuid)
{
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        Job *job = &world->jobs[i];
        if (job->session == session && job->account + 1 == xuid && job->changed &&
            (job->delta.me || job->delta.leaves))
            job->disowned = true;
    }
}

static void disown_expired(World *world, unsigned session, const Document *left)
{
    const Document *now = &world->directory.sessions[session].now;
    for (unsigned i = 0; i < now->members_count; i++)
        if (!document_member((Document *)left, now->members[i].xuid))
            directory_disown(world, session, now->members[i].xuid);
}

void directory_settle(World *world, unsigned session)
{
    Document document = world->directory.sessions[session].now;
    if (!document_expire(&document, world->now, RESERVED_USEC, world->profile.inactive_usec))
        return;
    world_fault(world, FAULT_MEMBER_EXPIRED);
    disown_expired(world, session, &document);
    directory_commit(world, session, &document);
    close_handles(world, session);
}

/* ---- Answers ----------------------------------------------------------------------------------------------------------- */

/* What a game's request wants is there now, or it is seen that it is not: whoever asked may take it as done. */
static void note_shown(World *world, unsigned session, const Document *document)
{
    for (unsigned i = 1; i <= world->jobs_count; i++) {
        Job *job = &world->jobs[i];
        if (job->session == session && job->in_core && !job->ended && !job->shown)
            job->shown = document_shows(document, &job->delta, job->account + 1);
    }
}

static void show(World *world, Attempt *attempt, unsigned session, const Document *document, unsigned status)
{
    Answer *answer = &attempt->answer;
    answer->status = status;
    answer->location = !world_chance(world, world->profile.trouble / 10);
    if (!answer->location)
        world_fault(world, FAULT_NO_LOCATION);
    note_shown(world, session, document);
    if (!document->exists)
        return;
    answer->version = document->version;
    answer->branch = document->branch;
    answer->change = document->change;
    answer->document_size = document_render(document, answer->document);
}

static bool wait_told(World *world, Answer *answer, unsigned status)
{
    answer->status = status;
    answer->retry_after = true;
    answer->retry_after_usec = random_below(&world->random, 20) * USEC_PER_SEC;
    if (random_chance(&world->random, 30))
        answer->retry_after_usec = random_below(&world->random, 4 * USEC_PER_HOUR);
    return true;
}

/* Instead of serving it. Whether it did. */
static bool refuse(World *world, Attempt *attempt)
{
    static const FaultKind faults[] = {FAULT_401,      FAULT_401_CLAIM,  FAULT_429,        FAULT_429_BARE,
                                       FAULT_503_TOLD, FAULT_503_BEFORE, FAULT_500_BEFORE, FAULT_408_BEFORE,
                                       FAULT_REFUSED,  FAULT_202_BEFORE};
    static const unsigned final[] = {400, 403, 404, 409};
    Answer *answer = &attempt->answer;
    if (!world_chance(world, world->profile.trouble / 3))
        return false;
    FaultKind fault = faults[random_below(&world->random, ELEMENTS(faults))];
    world_fault(world, fault);
    switch (fault) {
    case FAULT_401:
    case FAULT_401_CLAIM:
        answer->claim = fault == FAULT_401_CLAIM;
        answer->status = 401;
        return true;
    case FAULT_429:
        answer->limit = random_chance(&world->random, 500);
        return wait_told(world, answer, 429);
    case FAULT_429_BARE:
        answer->status = 429;
        return true;
    case FAULT_503_TOLD:
        return wait_told(world, answer, 503);
    case FAULT_503_BEFORE:
        answer->status = 503;
        return true;
    case FAULT_408_BEFORE:
        answer->status = 408;
        return true;
    case FAULT_REFUSED:
        answer->status = final[random_below(&world->random, ELEMENTS(final))];
        return true;
    case FAULT_202_BEFORE:
        answer->status = 202;
        return true;
    default:
        answer->status = 500;
        return true;
    }
}

/* After it was served: its answer says something else. */
static void spoil(World *world, Attempt *attempt)
{
    static const struct {
        unsigned status;
        FaultKind fault;
    } rows[] = {{500, FAULT_500_AFTER}, {502, FAULT_500_AFTER}, {504, FAULT_500_AFTER},
                {503, FAULT_503_AFTER}, {202, FAULT_202_AFTER}, {408, FAULT_408_AFTER}};
    if (!world_chance(world, world->profile.trouble / 8))
        return;
    size_t row = random_below(&world->random, ELEMENTS(rows));
    world_fault(world, rows[row].fault);
    directory_clear_answer(&attempt->answer);
    attempt->answer.fate = CORE_FATE_ANSWERED;
    attempt->answer.status = rows[row].status;
}

/* ---- Writes ---------------------------------------------------------------------------------------------------------------- */

static void conflict(World *world, Attempt *attempt, unsigned session)
{
    const Document *document = &world->directory.sessions[session].now;
    if (document->exists && world_chance(world, world->profile.trouble)) {
        world_fault(world, FAULT_BARE_412);
        attempt->answer.status = 412;
        return;
    }
    show(world, attempt, session, document, 412);
    if (!document->exists)
        attempt->answer.location = false;
}

static bool precondition_holds(const World *world, const Attempt *attempt, const Document *document)
{
    char etag[40];
    switch (attempt->precondition) {
    case CORE_PRECONDITION_IF_NONE_MATCH_ANY:
        return !document->exists;
    case CORE_PRECONDITION_IF_MATCH_ANY:
        return document->exists;
    case CORE_PRECONDITION_IF_MATCH:
        directory_etag(world, document->version, etag);
        return document->exists && string_equal(etag, attempt->etag);
    case CORE_PRECONDITION_NONE:
        break;
    }
    return true;
}

static void serve_write(World *world, Attempt *attempt, unsigned session)
{
    Session *of = &world->directory.sessions[session];
    const Job *job = &world->jobs[attempt->job];
    Document document = of->now;
    if (!precondition_holds(world, attempt, &of->now)) {
        trace(world, "request %u: the directory answers 412", job->number);
        conflict(world, attempt, session);
        return;
    }
    bool changed, member = document_member(&document, attempt->account + 1);
    unsigned status = document_apply(&document, &job->delta, attempt->account + 1, world->now, &changed);
    trace(world, "request %u: the directory answers %u%s%s", job->number, status,
          changed ? ", and the session is another one" : "", attempt->ended ? " (late)" : "");
    if (status == 403) {
        attempt->answer.status = 403;
        return;
    }
    bool bumps = changed || (world->profile.noop_bumps && of->now.exists && status == 200);
    if (bumps)
        directory_commit(world, session, &document);
    if (!member && !job->delta.joins && !attempt->ended && document_member(&document, attempt->account + 1))
        check_joined(world, job, attempt->sent_at);
    check_performed(world, &world->jobs[attempt->job], attempt, changed || job->delta.encounter);
    close_handles(world, session);
    note_shown(world, session, &of->now);
    if (status == 204)
        attempt->answer.status = 204;
    else
        show(world, attempt, session, &of->now, status);
    spoil(world, attempt);
}

/* ---- Everything else ----------------------------------------------------------------------------------------------------- */

static void serve_read(World *world, Attempt *attempt, unsigned session)
{
    const Session *of = &world->directory.sessions[session];
    bool older = of->before.exists && of->now.exists && of->before.branch == of->now.branch;
    if (older && world_chance(world, world->profile.trouble)) {
        world_fault(world, FAULT_STALE_READ);
        show(world, attempt, session, &of->before, 200);
        return;
    }
    show(world, attempt, session, &of->now, of->now.exists ? 200 : 204);
}

static void set_activity(World *world, Attempt *attempt)
{
    Directory *directory = &world->directory;
    unsigned xuid = attempt->account + 1;
    if (!document_member(&directory->sessions[attempt->session].now, xuid)) {
        attempt->answer.status = 403;
        return;
    }
    for (unsigned i = 0; i < directory->handles_count; i++)
        if (directory->handles[i].owner == xuid)
            directory->handles[i].alive = false;
    attempt->answer.status = 201;
    if (directory->handles_count == HANDLES_MAX)
        return;
    directory->handles[directory->handles_count] =
        (Handle){.made = true, .alive = true, .session = attempt->session, .owner = xuid};
    attempt->answer.handle = (int)directory->handles_count++;
}

void directory_serve(World *world, Attempt *attempt)
{
    Directory *directory = &world->directory;
    directory_clear_answer(&attempt->answer);
    attempt->answer.fate = CORE_FATE_ANSWERED;
    if (!attempt->ended)
        check_arrival(world, attempt->account, attempt->title);
    if (!identity_takes(world, attempt)) {
        attempt->answer.status = 401;
        return;
    }
    if (refuse(world, attempt))
        return;
    unsigned session = attempt->session;
    if (attempt->by_handle) {
        if (!directory->handles[attempt->handle].alive) {
            attempt->answer.status = 404;
            return;
        }
        session = directory->handles[attempt->handle].session;
    }
    directory_settle(world, session);
    switch (attempt->verb) {
    case CORE_VERB_WRITE:
        serve_write(world, attempt, session);
        break;
    case CORE_VERB_READ:
        serve_read(world, attempt, session);
        break;
    case CORE_VERB_SET_ACTIVITY:
        set_activity(world, attempt);
        break;
    case CORE_VERB_GET_ACTIVITIES:
        attempt->answer.status = 200;
        attempt->answer.activities = true;
        break;
    }
}
