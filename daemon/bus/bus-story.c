/* SPDX-License-Identifier: MIT */
/* GetStory: from what is kept of a request to sentences in their order. */
#include "bus/bus-internal.h"

#include "base/log.h"
#include "ipc/validate.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct Teller {
    BusTelling *telling;
    size_t count;
} Teller;

/* What comes from a damaged record, or from the service by way of a note, must not cost the whole reply. */
void bus_make_utf8(char *text)
{
    if (mps_validate_utf8(text, strlen(text)))
        return;
    for (char *c = text; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
}

static void tell(Teller *teller, uint64_t wall_usec, const char *event, const char *format, ...)
    MPS_PRINTF(4, 5);
static void tell(Teller *teller, uint64_t wall_usec, const char *event, const char *format, ...)
{
    if (teller->count == BUS_STORY_LINES)
        return;
    BusTelling *line = &teller->telling[teller->count++];
    line->wall_usec = wall_usec;
    line->event = event;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line->text, sizeof line->text, format, arguments);
    va_end(arguments);
    bus_make_utf8(line->text);
}

static const char *span(uint64_t usec, char text[32])
{
    uint64_t seconds = usec / USEC_PER_SEC;
    if (seconds < 120)
        snprintf(text, 32, "%llu s", (unsigned long long)seconds);
    else if (seconds < 7200)
        snprintf(text, 32, "%llu min", (unsigned long long)(seconds / 60));
    else
        snprintf(text, 32, "%llu h", (unsigned long long)(seconds / 3600));
    return text;
}

/* ---- The beginning and the end ------------------------------------------------------------------------------------- */

static void tell_accepted(Teller *teller, uint64_t wall_usec, const CoreRequest *request)
{
    if (!request) {
        tell(teller, wall_usec, MPS_EVENT_ACCEPTED, "accepted");
        return;
    }
    CoreKind kind = core_request_kind(request);
    const char *mode = core_mode_name(core_request_mode(request));
    char lifetime[32];
    span(core_request_deadline(request) - core_request_accepted_at(request), lifetime);
    tell(teller, wall_usec, MPS_EVENT_ACCEPTED,
         "accepted: %s%s%s%s %.400s as account %s, to be done within %s", core_kind_name(kind),
         *mode ? " (" : "", mode, *mode ? ")" : "", core_request_target(request),
         core_request_account(request), lifetime);
}

static void tell_done(Teller *teller, uint64_t wall_usec, CoreOutcome outcome, unsigned attempts,
                      const CoreResult *result)
{
    char status[24] = "";
    if (result && result->http_status)
        snprintf(status, sizeof status, ", HTTP %u", result->http_status);
    tell(teller, wall_usec, MPS_EVENT_DONE, "%s%s%s, %u attempt%s%s%.500s", core_outcome_name(outcome),
         status, result && result->resolved ? ", found out by looking" : "", attempts,
         attempts == 1 ? "" : "s", result && result->message ? ": " : "",
         result && result->message ? result->message : "");
}

static bool is_outcome(CoreOutcome outcome)
{
    return outcome <= CORE_OUTCOME_UNKNOWN;
}

/* ---- What it waits for --------------------------------------------------------------------------------------------- */

static void tell_now(Teller *teller, const Core *core, const CoreNow *now, const CoreRequest *request)
{
    static const char *const reasons[] = {
        [CORE_WAIT_NOTHING] = "done",
        [CORE_WAIT_ANSWER] = "an attempt is under way",
        [CORE_WAIT_STORE] = "it is being written to the disk",
        [CORE_WAIT_BEFORE] = "an earlier request for this session goes first",
        [CORE_WAIT_ACCOUNT] = "its account has no token now",
        [CORE_WAIT_TOLD] = "the service said to wait",
        [CORE_WAIT_AGAIN] = "it waits for its next attempt",
        [CORE_WAIT_DIRECTORY] = "the directory cannot be reached; it is tried again by and by",
        [CORE_WAIT_LIMITER] =
            "the account has used up what the service allows in so short a time; a slot comes free by itself",
        [CORE_WAIT_TURN] = "it waits for its turn",
    };
    CoreWaiting waiting = core_request_waiting(core, now, request);
    const char *error = core_request_last_error(request);
    char text[32], until[64] = "", before[80] = "";
    if (waiting.until_usec > now->boot_usec)
        snprintf(until, sizeof until, ", another %s",
                 span(waiting.until_usec - now->boot_usec + USEC_PER_SEC, text));
    if (waiting.before)
        snprintf(before, sizeof before, ": %s", core_request_id(waiting.before));
    bool resolving = core_request_state(request) == CORE_STATE_RESOLVING;
    tell(teller, now->wall_usec, MPS_EVENT_NOW, "%s%s%s%s%s%.300s",
         resolving ? "finding out whether it was applied; " : "", reasons[waiting.what], before, until,
         !*error                             ? ""
         : waiting.what == CORE_WAIT_ACCOUNT ? ": "
                                             : "; the last attempt: ",
         error);
}

/* ---- All of it ----------------------------------------------------------------------------------------------------------- */

static void tell_lines(Teller *teller, const BusStory *story)
{
    unsigned expected = 1;
    for (size_t i = 0; i < story->lines_count; i++) {
        const BusStoryLine *line = &story->lines[i];
        if (line->number > expected)
            tell(teller, line->wall_usec, MPS_EVENT_NOTE, "(%u line%s left out)", line->number - expected,
                 line->number - expected == 1 ? " is" : "s are");
        tell(teller, line->wall_usec, MPS_EVENT_NOTE, "%s", line->text);
        expected = line->number + 1;
    }
}

/* What is in no store: reads, and what was to be kept in memory alone. */
static void tell_unstored(Teller *teller, const CoreNow *now, const CoreRequest *request)
{
    tell_accepted(teller, bus_wall(now, core_request_accepted_at(request)), request);
    const CoreResult *result = core_request_result(request);
    if (result)
        tell_done(teller, bus_wall(now, core_request_done_at(request)), result->outcome, result->attempts,
                  result);
}

size_t bus_story_tell(const Core *core, const CoreNow *now, const BusStory *story, const CoreRequest *request,
                      BusTelling telling[BUS_STORY_LINES])
{
    Teller teller = {.telling = telling};
    if (!story)
        tell_unstored(&teller, now, request);
    else {
        if (story->accepted_wall_usec)
            tell_accepted(&teller, story->accepted_wall_usec, story->acknowledged_wall_usec ? NULL : request);
        tell_lines(&teller, story);
        if (story->done && story->done_wall_usec && is_outcome(story->outcome))
            tell_done(&teller, story->done_wall_usec, story->outcome, story->attempts, story->result);
        if (story->acknowledged_wall_usec)
            tell(&teller, story->acknowledged_wall_usec, MPS_EVENT_ACKNOWLEDGED,
                 "the result, %s, was taken; the id is remembered for 24 hours",
                 is_outcome(story->outcome) ? core_outcome_name(story->outcome) : "unreadable");
    }
    if (request && core_request_state(request) != CORE_STATE_DONE)
        tell_now(&teller, core, now, request);
    return teller.count;
}

/* ---- The call -------------------------------------------------------------------------------------------------------------- */

typedef struct StoryCall {
    Bus *bus;
    sd_bus_message *message;
    bool sandboxed;
    char id[MPS_ID_LENGTH + 1];
    char app_id[];
} StoryCall;

static int reply_story(sd_bus_message *message, const BusTelling *telling, size_t count)
{
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "(tss)");
    for (size_t i = 0; r >= 0 && i < count; i++)
        r = sd_bus_message_append(reply, "(tss)", telling[i].wall_usec, telling[i].event, telling[i].text);
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int reply_loaded(const StoryCall *call, const BusStory *story)
{
    Bus *bus = call->bus;
    CoreRequest *request = core_find(bus->core, call->id);
    if (request && !core_request_stored(request))
        request = NULL;
    const char *app_id = story ? story->app_id : request ? core_request_app_id(request) : "";
    if ((!story && !request) || (call->sandboxed && !string_equal(app_id, call->app_id)))
        return sd_bus_reply_method_errorf(
            call->message, MPS_ERROR_NAME_NO_SUCH_REQUEST,
            "there is no such request: it was acknowledged more than 24 hours ago, or it was never accepted");
    CLEANUP_FREE BusTelling *telling = calloc(BUS_STORY_LINES, sizeof *telling);
    if (!telling)
        return -ENOMEM;
    CoreNow now = bus_now();
    return reply_story(call->message, telling, bus_story_tell(bus->core, &now, story, request, telling));
}

static void on_story_loaded(const BusStory *story, void *userdata)
{
    CLEANUP_FREE StoryCall *call = userdata;
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = call->message;
    call->bus->loading--;
    int r = reply_loaded(call, story);
    if (r < 0)
        log_debug("cannot answer " MPS_GET_STORY ": %s", strerror(-r));
}

int bus_get_story(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    const char *id = NULL;
    int r = sd_bus_message_read_basic(message, 's', &id);
    if (r < 0)
        return r;
    if (!mps_validate_id(id))
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION,
                             "id has to be a request's id: a UUID in lower case, 36 characters with dashes");
    if (bus->loading >= BUS_LOADING_MAX)
        return bus_error_set(error, MPS_ERROR_NAME_QUOTA_EXCEEDED, "too much is being read; try again");
    const char *app_id = bus_caller_app_id(bus->caller);
    size_t size = strlen(app_id) + 1;
    CLEANUP_FREE StoryCall *call = calloc(1, sizeof *call + size);
    if (!call)
        return -ENOMEM;
    call->bus = bus;
    call->message = message;
    call->sandboxed = bus_caller_sandboxed(bus->caller);
    memcpy(call->id, id, sizeof call->id);
    memcpy(call->app_id, app_id, size);
    r = bus->hooks->load_story(id, on_story_loaded, call, bus->userdata);
    if (r < 0)
        return bus_error_set(error, MPS_ERROR_NAME_STORE_FAILED, "the story cannot be read: %s",
                             strerror(-r));
    sd_bus_message_ref(message);
    (void)TAKE(call);
    bus->loading++;
    return 1;
}
