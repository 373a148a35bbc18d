/* SPDX-License-Identifier: MIT */
/* Requests that are held: to be seen, and to be let go in one way or another. */
#include "directory/release.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "directory/auth.h"
#include "directory/hold.h"
#include "directory/perform.h"
#include "directory/route.h"
#include "directory/schema.h"
#include "directory/util.h"

/* What becomes of a held request. */
typedef enum ReleaseAction {
    RELEASE_ANSWER, /* as if it had never been held */
    RELEASE_APPLY,  /* it takes effect, nobody is told */
    RELEASE_DROP,   /* neither */
} ReleaseAction;

typedef struct Release {
    uint64_t number; /* 0: all */
    ReleaseAction action;
} Release;

static const Held *first_held(const Directory *directory)
{
    return directory->hold ? directory->hold->first : NULL;
}

static json_t *held_json(const Directory *directory, const Held *held)
{
    char xuid[XUID_SIZE];
    json_t *out = json_object();

    auth_claimed_xuid(directory, held->call.authorization, xuid);
    if (held->call.subject)
        snprintf(xuid, sizeof(xuid), "%s", held->call.subject);
    json_object_set_new(out, "request", json_integer((json_int_t)held->call.number));
    json_object_set_new(out, "fault", json_string(held->terms.fault));
    json_object_set_new(out, "method", json_string(held->call.method));
    json_object_set_new(out, "path", json_string(held->call.path));
    json_object_set_new(out, "xuid", json_string(xuid));
    json_object_set_new(out, "applied", json_boolean(held->terms.applied));
    json_object_set_new(out, "connected", json_boolean(held->connection != NULL));
    return out;
}

void release_list(const Directory *directory, Reply *reply)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    if (!stream)
        abort();
    for (const Held *held = first_held(directory); held; held = held->next) {
        OWN_JSON json_t *entry = held_json(directory, held);
        OWN_TEXT char *line = json_dumps(entry, JSON_COMPACT);

        fprintf(stream, "%s\n", line);
    }
    fclose(stream);
    reply_take(reply, 200, "application/x-ndjson", text, length);
}

static int release_parse(const json_t *json, Release *out, Refusal *refusal)
{
    static const char *const actions[] = {
        [RELEASE_ANSWER] = "answer", [RELEASE_APPLY] = "apply", [RELEASE_DROP] = "drop"};
    const json_t *number = json_object_get(json, "request"), *action = json_object_get(json, "action");

    *out = (Release){0};
    if (schema_check_shape(json, "The request", "request,action", refusal) != 0)
        return REFUSED;
    if (number && (!json_is_integer(number) || json_integer_value(number) <= 0))
        return refuse(refusal, 400, "request is the number of a held request.");
    out->number = (uint64_t)json_integer_value(number);
    if (!action)
        return 0;
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(json_text(json, "action", ""), actions[i]) != 0)
            continue;
        out->action = (ReleaseAction)i;
        return 0;
    }
    return refuse(refusal, 400, "action is answer, apply or drop.");
}

static bool release_means(const Release *release, const Held *held)
{
    return release->number == 0 || release->number == held->call.number;
}

/* All of it or nothing: nothing is released when one of them cannot be. */
static int release_check(const Directory *directory, const Release *release, Refusal *refusal)
{
    bool found = false;

    for (const Held *held = first_held(directory); held; held = held->next) {
        if (!release_means(release, held))
            continue;
        found = true;
        if (held->terms.applied && release->action != RELEASE_DROP)
            return refuse(refusal, 400, "Request %" PRIu64 " is applied already: it can only be dropped.",
                          held->call.number);
    }
    return found ? 0 : refuse(refusal, 404, "No such request is held.");
}

static unsigned release_one(Directory *directory, Held *held, ReleaseAction action)
{
    char date[CLOCK_HTTP_SIZE];
    Reply reply = {0};
    unsigned status;

    if (action != RELEASE_DROP)
        route_serve(directory, &held->call, &reply);
    status = reply.status;
    if (perform_date(directory, &held->call, clock_now(&directory->clock), date))
        reply_header(&reply, "Date", date);
    hold_end(directory->hold, held, action == RELEASE_ANSWER ? &reply : NULL);
    reply_clear(&reply);
    return status;
}

void release_requests(Directory *directory, const json_t *body, Reply *reply)
{
    OWN_JSON json_t *answer = json_pack("{s:[]}", "released");
    json_t *released = json_object_get(answer, "released");
    Refusal refusal;
    Release release;
    Held *next;

    if (release_parse(body, &release, &refusal) != 0 || release_check(directory, &release, &refusal) != 0) {
        reply_text(reply, refusal.status, refusal.text);
        return;
    }
    for (Held *held = directory->hold->first; held; held = next) {
        json_int_t number = (json_int_t)held->call.number;

        next = held->next;
        if (!release_means(&release, held))
            continue;
        json_array_append_new(released, json_pack("{s:I, s:I}", "request", number, "status",
                                                  (json_int_t)release_one(directory, held, release.action)));
    }
    reply_json(reply, 200, answer);
}
