/* SPDX-License-Identifier: MIT */
/* Member initialization: members who join together are checked together, in an episode of stages. */
#include "directory/initialize.h"

#include <string.h>

#include "directory/member.h"
#include "directory/schema.h"
#include "directory/session.h"
#include "directory/timers.h"
#include "directory/util.h"

#define MILLISECOND_US INT64_C(1000)
#define TIMEOUT_MAX_MS (INT64_C(1000) * 86400 * 365 * 100)

static const struct {
    const char *stage, *timeout;
    json_int_t fallback_ms;
} stages[] = {
    {"joining", "joinTimeout", 10000},
    {"measuring", "measurementTimeout", 30000},
    {"evaluating", "evaluationTimeout", 5000},
};

static const json_t *rules_of(const json_t *session)
{
    const json_t *rules = session_constant(session, "memberInitialization");

    return json_is_object(rules) ? rules : NULL;
}

int initialize_check(const json_t *session, Refusal *refusal)
{
    static const char *const numbers[] = {"joinTimeout", "measurementTimeout", "evaluationTimeout",
                                          "membersNeededToStart"};
    const json_t *rules = rules_of(session);
    const json_t *external = json_object_get(rules, "externalEvaluation");

    if (!rules)
        return 0;
    if (schema_check_shape(rules, "memberInitialization",
                           "joinTimeout,measurementTimeout,evaluationTimeout,externalEvaluation,"
                           "membersNeededToStart",
                           refusal) != 0)
        return REFUSED;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const json_t *number = json_object_get(rules, numbers[i]);

        if (number && !json_is_null(number) && (!json_is_integer(number) || json_integer_value(number) < 0))
            return refuse(refusal, 400, "%s must be a number that is not negative.", numbers[i]);
    }
    if (!json_is_absent(external) && !json_is_boolean(external))
        return refuse(refusal, 400, "externalEvaluation must be a boolean.");
    if (json_object_get(rules, "evaluationTimeout") && !json_is_true(external))
        return refuse(refusal, 400, "evaluationTimeout needs externalEvaluation.");
    if (json_number(rules, "membersNeededToStart", 1) > (json_int_t)session_capacity(session))
        return refuse(refusal, 400, "membersNeededToStart is more than the session can hold.");
    return 0;
}

static const char *stage_of(const json_t *session)
{
    return json_text(json_object_get(session, "initializing"), "stage", "");
}

static json_int_t episode_of(const json_t *session)
{
    return json_number(json_object_get(session, "initializing"), "episode", 0);
}

static void stage_enter(json_t *session, const char *stage, int64_t now)
{
    json_t *initializing = json_child(session, "initializing");

    json_object_set_new(initializing, "stage", json_string(stage));
    json_object_set_new(initializing, "since", json_integer(now));
}

int64_t initialize_due(const json_t *session)
{
    const json_t *rules = rules_of(session);

    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        const json_t *timeout = json_object_get(rules, stages[i].timeout);
        json_int_t ms = json_is_integer(timeout) ? json_integer_value(timeout) : stages[i].fallback_ms;

        if (strcmp(stage_of(session), stages[i].stage) != 0)
            continue;
        if (json_is_null(timeout) || ms > TIMEOUT_MAX_MS)
            return TIMERS_NONE;
        return json_number(json_object_get(session, "initializing"), "since", 0) + ms * MILLISECOND_US;
    }
    return TIMERS_NONE;
}

/* Whether the member is in the episode and has not failed yet. */
static bool takes_part(const json_t *session, const json_t *member)
{
    return json_number(member, "episode", -1) == episode_of(session) && !json_object_get(member, "failure");
}

bool initialize_concerns(const json_t *session, const json_t *member)
{
    const char *stage = stage_of(session);

    return stage[0] != '\0' && strcmp(stage, "failed") != 0 && takes_part(session, member);
}

static bool is_pending(const json_t *member)
{
    const json_t *constants = json_object_get(json_object_get(member, "constants"), "system");

    return json_is_true(json_object_get(constants, "initialize")) && !json_object_get(member, "episode");
}

/* Takes those who wait into the episode. Returns whether there were any. */
static bool adopt_members(json_t *session, json_int_t episode)
{
    bool adopted = false;
    json_t *member;
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i, member)
    {
        if (!is_pending(member))
            continue;
        json_object_set_new(member, "episode", json_integer(episode));
        adopted = true;
    }
    return adopted;
}

static bool has_joined(const json_t *session, const json_t *member)
{
    (void)session;
    return member_status(member) != MEMBER_RESERVED;
}

static bool has_measured(const json_t *session, const json_t *member)
{
    const json_t *measurements =
        json_object_get(json_object_get(json_object_get(member, "properties"), "system"), "measurements");
    json_t *other;
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i, other)
    {
        OWN_TEXT char *token = member_device_token(other);

        if (other != member && takes_part(session, other) && token && !json_object_get(measurements, token))
            return false;
    }
    return true;
}

/* How many take part, or with @done how many of them are done. */
static size_t count_parts(const json_t *session, bool (*done)(const json_t *session, const json_t *member))
{
    size_t count = 0, i;
    json_t *member;

    json_array_foreach(json_object_get(session, "members"), i, member) count +=
        takes_part(session, member) && (!done || done(session, member));
    return count;
}

/* All who take part and are not done fail. All the same at the same time: who fails first must not excuse others. */
static void fail_parts(json_t *session, bool (*done)(const json_t *session, const json_t *member),
                       const char *why)
{
    OWN_JSON json_t *failed = json_array();
    json_t *member;
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i, member)
    {
        if (takes_part(session, member) && (!done || !done(session, member)))
            json_array_append(failed, member);
    }
    json_array_foreach(failed, i, member) json_object_set_new(member, "failure", json_string(why));
}

static void fail_episode(json_t *session, int64_t now)
{
    fail_parts(session, NULL, "episode");
    stage_enter(session, "failed", now);
}

static bool within(const json_t *session, const json_t *member, const char *measure, json_int_t limit,
                   bool at_most)
{
    const json_t *measurements =
        json_object_get(json_object_get(json_object_get(member, "properties"), "system"), "measurements");
    json_t *other;
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i, other)
    {
        OWN_TEXT char *token = member_device_token(other);
        const json_t *value = token ? json_object_get(json_object_get(measurements, token), measure) : NULL;

        if (other == member || !takes_part(session, other) || !json_is_number(value))
            continue;
        if (at_most ? json_number_value(value) > (double)limit : json_number_value(value) < (double)limit)
            return false;
    }
    return true;
}

static bool is_near(const json_t *session, const json_t *member)
{
    const json_t *limits = session_constant(session, "peerToPeerRequirements");

    return within(session, member, "latency", json_number(limits, "latencyMaximum", 250), true);
}

static bool hears_enough(const json_t *session, const json_t *member)
{
    const json_t *limits = session_constant(session, "peerToPeerRequirements");

    return within(session, member, "bandwidthDown", json_number(limits, "bandwidthMinimum", 10000), false);
}

static bool says_enough(const json_t *session, const json_t *member)
{
    const json_t *limits = session_constant(session, "peerToPeerRequirements");

    return within(session, member, "bandwidthUp", json_number(limits, "bandwidthMinimum", 10000), false);
}

static bool measures(const json_t *session)
{
    return !json_is_absent(session_constant(session, "metrics")) ||
           !json_is_absent(session_constant(session, "peerToPeerRequirements")) ||
           !json_is_absent(session_constant(session, "peerToHostRequirements"));
}

/* Only the founding members can be too few. */
static bool has_enough(const json_t *session)
{
    json_int_t needed = json_number(rules_of(session), "membersNeededToStart", 1);

    return episode_of(session) > 1 || (json_int_t)count_parts(session, has_joined) >= needed;
}

static bool run_joining(json_t *session, int64_t now)
{
    bool late = initialize_due(session) <= now;

    adopt_members(session, episode_of(session));
    if (!late && (count_parts(session, has_joined) < count_parts(session, NULL) || !has_enough(session)))
        return false;
    fail_parts(session, has_joined, "timeout");
    if (!has_enough(session) || count_parts(session, NULL) == 0)
        fail_episode(session, now);
    else
        stage_enter(session, "measuring", now);
    return true;
}

static bool run_measuring(json_t *session, int64_t now)
{
    if (measures(session)) {
        if (initialize_due(session) > now && count_parts(session, has_measured) < count_parts(session, NULL))
            return false;
        fail_parts(session, has_measured, "timeout");
        if (!json_is_absent(session_constant(session, "peerToPeerRequirements"))) {
            fail_parts(session, is_near, "latency");
            fail_parts(session, hears_enough, "bandwidthdown");
            fail_parts(session, says_enough, "bandwidthup");
        }
    }
    if (count_parts(session, NULL) == 0)
        fail_episode(session, now);
    else
        stage_enter(session, "evaluating", now);
    return true;
}

static bool run_evaluating(json_t *session, int64_t now)
{
    if (!json_is_true(json_object_get(rules_of(session), "externalEvaluation"))) {
        json_object_del(session, "initializing");
        return true;
    }
    if (initialize_due(session) > now && count_parts(session, NULL) > 0)
        return false;
    fail_episode(session, now);
    return true;
}

/* Returns whether something went on. */
static bool initialize_step(json_t *session, int64_t now)
{
    const char *stage = stage_of(session);
    json_int_t episode = json_number(session, "episodes", 0) + 1;

    if (strcmp(stage, "joining") == 0)
        return run_joining(session, now);
    if (strcmp(stage, "measuring") == 0)
        return run_measuring(session, now);
    if (strcmp(stage, "evaluating") == 0)
        return run_evaluating(session, now);
    if (!adopt_members(session, episode))
        return false;
    json_object_set_new(session, "episodes", json_integer(episode));
    json_object_set_new(json_child(session, "initializing"), "episode", json_integer(episode));
    stage_enter(session, "joining", now);
    return true;
}

void initialize_run(json_t *session, int64_t now)
{
    if (!rules_of(session))
        return;
    while (initialize_step(session, now))
        ;
}

int initialize_decide(json_t *session, bool succeeded, int64_t now, Refusal *refusal)
{
    if (strcmp(stage_of(session), "evaluating") != 0)
        return refuse(refusal, 400, "initializationSucceeded is for the evaluation only.");
    if (succeeded)
        json_object_del(session, "initializing");
    else
        fail_episode(session, now);
    return 0;
}
