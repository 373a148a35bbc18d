/* SPDX-License-Identifier: MIT */
/* The members of a session: join, update, leave, reserve. */
#include "directory/member.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "directory/role.h"
#include "directory/session.h"
#include "directory/util.h"

#define ADDRESS_MAX 4096

char *member_device_token(const json_t *member)
{
    const char *address = json_text(json_object_get(json_object_get(member, "properties"), "system"),
                                    "secureDeviceAddress", NULL);
    uint64_t hash = UINT64_C(14695981039346656037);

    if (!address)
        return NULL;
    for (const char *p = address; *p; p++)
        hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
    return text_format("device-%016" PRIx64, hash);
}

static int member_add(const MergeContext *context, json_t *session, const char *xuid, json_t **out,
                      Refusal *refusal)
{
    json_t *members = json_object_get(session, "members");
    json_int_t index = json_number(session, "nextIndex", 0);
    json_t *member;

    if (json_array_size(members) >= session_capacity(session))
        return refuse(refusal, 400, "The session is full.");
    member =
        json_pack("{s:I, s:s, s:{s:{s:s}, s:{}}, s:{s:{}, s:{}}, s:{}, s:I, s:I}", "index", index, "xuid",
                  xuid, "constants", "system", "xuid", xuid, "custom", "properties", "system", "custom",
                  "roles", "joinTime", (json_int_t)context->now, "since", (json_int_t)context->now);
    json_object_set_new(session, "nextIndex", json_integer(index + 1));
    json_array_append_new(members, member);
    json_object_del(session, "emptySince");
    *out = member;
    return 0;
}

/* Member constants are set when the member is made; the same values later do no harm. */
static int member_constants(const MergeContext *context, json_t *member, const json_t *constants,
                            bool may_add, Refusal *refusal)
{
    static const char *const halves[] = {"system", "custom"};
    const json_t *system = json_object_get(constants, "system");
    OWN_TEXT char *xuid = NULL;
    int r;

    r = schema_check_shape(constants, "members.*.constants", "system,custom", refusal);
    if (r == 0 && system)
        r = schema_check(SCHEMA_MEMBER_CONSTANTS, system, context->ignore_unknown, refusal);
    if (r != 0)
        return r;
    xuid = json_xuid(json_object_get(system, "xuid"));
    if (xuid && strcmp(xuid, json_text(member, "xuid", "")) != 0)
        return refuse(refusal, 400, "The member's xuid is not the caller's.");
    for (size_t i = 0; i < 2; i++) {
        json_t *stored = json_child(json_child(member, "constants"), halves[i]);
        const json_t *given = json_object_get(constants, halves[i]);
        const char *key;
        json_t *value;

        if (given && !json_is_object(given))
            return refuse(refusal, 400, "constants.%s must be an object.", halves[i]);
        json_object_foreach((json_t *)(uintptr_t)given, key, value)
        {
            const json_t *old = json_object_get(stored, key);

            if (i == 0 && (strcmp(key, "xuid") == 0 || !schema_knows(SCHEMA_MEMBER_CONSTANTS, key)))
                continue;
            if (json_equal(old, value) || (!old && json_is_absent(value)))
                continue;
            if (old || !may_add)
                return refuse(refusal, 409, "The member's constant %.60s is set when it joins.", key);
            json_object_set(stored, key, value);
        }
    }
    return 0;
}

static int member_check_system(const MergeContext *context, const json_t *session, const json_t *system,
                               Refusal *refusal)
{
    const json_t *address = json_object_get(system, "secureDeviceAddress");
    int r = schema_check(SCHEMA_MEMBER_PROPERTIES, system, context->ignore_unknown, refusal);

    if (r != 0)
        return r;
    if (json_is_true(json_object_get(system, "active")) && json_is_true(json_object_get(system, "ready")))
        return refuse(refusal, 400, "ready and active cannot both be true.");
    if (json_is_string(address) && json_string_length(address) > ADDRESS_MAX)
        return refuse(refusal, 400, "secureDeviceAddress is longer than %d bytes.", ADDRESS_MAX);
    if (!json_is_absent(address) && !session_capability(session, "connectivity"))
        return refuse(refusal, 400, "secureDeviceAddress needs the capability connectivity.");
    if (!json_is_absent(json_object_get(system, "measurements")) && !session_constant(session, "metrics") &&
        !session_constant(session, "peerToPeerRequirements") &&
        !session_constant(session, "peerToHostRequirements"))
        return refuse(refusal, 400, "measurements need configured metrics.");
    if (!json_is_absent(json_object_get(system, "initializationGroup")) &&
        session_capability(session, "large"))
        return refuse(refusal, 400, "A large session has no initializationGroup.");
    return 0;
}

static int member_properties(const MergeContext *context, json_t *session, json_t *member,
                             const json_t *properties, Refusal *refusal)
{
    const json_t *delta = json_object_get(properties, "system");
    const json_t *custom = json_object_get(properties, "custom");
    json_t *stored = json_child(member, "properties");
    json_t *system = json_child(stored, "system");
    int r = schema_check_shape(properties, "members.me.properties", "system,custom", refusal);

    if (r != 0)
        return r;
    if ((delta && !json_is_object(delta)) || (custom && !json_is_object(custom)))
        return refuse(refusal, 400, "system and custom must be objects.");
    r = member_check_system(context, session, delta, refusal);
    if (r != 0)
        return r;
    merge_system(SCHEMA_MEMBER_PROPERTIES, system, delta);
    /* Encounters are consumed at once, and the two flags exclude each other. */
    json_object_del(system, "encounters");
    if (json_is_true(json_object_get(delta, "active")))
        json_object_del(system, "ready");
    if (json_is_true(json_object_get(delta, "ready")))
        json_object_del(system, "active");
    merge_custom(context, json_child(stored, "custom"), custom);
    return 0;
}

/* The status is what the timers run on; the active title is shown only while active. */
static void member_settle_status(const MergeContext *context, json_t *member, MemberStatus before,
                                 bool is_new)
{
    MemberStatus status = member_status(member);

    if (status != before && !is_new)
        json_object_set_new(member, "since", json_integer(context->now));
    if (status == MEMBER_ACTIVE)
        json_object_set_new(member, "titleId", json_string(context->title_id));
    else
        json_object_del(member, "titleId");
}

static int member_update_me(const MergeContext *context, json_t *session, const json_t *me, Refusal *refusal)
{
    json_t *member = session_member(session, context->xuid);
    MemberStatus before = member ? member_status(member) : MEMBER_INACTIVE;
    bool is_new = !member, accepting = before == MEMBER_RESERVED;
    const json_t *part;
    int r = schema_check_shape(me, "members.me", "constants,properties,roles", refusal);

    if (r == 0 && !member)
        r = member_add(context, session, context->xuid, &member, refusal);
    if (r != 0)
        return r;
    if (accepting) {
        json_object_del(member, "reserved");
        json_object_set_new(member, "joinTime", json_integer(context->now));
    }
    if (context->gamertag)
        json_object_set_new(member, "gamertag", json_string(context->gamertag));
    part = json_object_get(me, "constants");
    if (part)
        r = member_constants(context, member, part, is_new || accepting, refusal);
    part = json_object_get(me, "properties");
    if (r == 0 && part)
        r = member_properties(context, session, member, part, refusal);
    part = json_object_get(me, "roles");
    if (r == 0 && part)
        r = role_take(session, member, part, refusal);
    if (r == 0)
        member_settle_status(context, member, before, is_new);
    return r;
}

static void member_leave(const MergeContext *context, json_t *session)
{
    json_t *member;
    size_t i;

    json_array_foreach(json_object_get(session, "members"), i, member)
    {
        if (strcmp(json_text(member, "xuid", ""), context->xuid) != 0)
            continue;
        session_remove_member(session, i, context->now);
        return;
    }
}

static int member_reserve(const MergeContext *context, json_t *session, const json_t *reservation,
                          Refusal *refusal)
{
    const json_t *constants = json_object_get(reservation, "constants");
    OWN_TEXT char *xuid = json_xuid(json_object_get(json_object_get(constants, "system"), "xuid"));
    json_t *member;
    int r = schema_check_shape(reservation, "A reservation", "constants", refusal);

    if (r != 0)
        return r;
    if (session_capability(session, "large"))
        return refuse(refusal, 409, "A large session has no reservations.");
    if (!xuid)
        return refuse(refusal, 400, "A reservation needs constants.system.xuid.");
    if (session_member(session, xuid))
        return 0;
    r = member_add(context, session, xuid, &member, refusal);
    if (r != 0)
        return r;
    json_object_set_new(member, "reserved", json_true());
    return member_constants(context, member, constants, true, refusal);
}

int member_apply(const MergeContext *context, json_t *session, const json_t *members, Refusal *refusal)
{
    json_t *me = json_object_get(members, "me");
    size_t n_reservations = json_object_size(members) - (me ? 1 : 0);
    int r = 0;

    if (json_is_null(me))
        member_leave(context, session);
    else if (me)
        r = member_update_me(context, session, me, refusal);
    /* Reservation keys count from 0 in each request; they are appended in that order. */
    for (size_t i = 0; r == 0 && i < n_reservations; i++) {
        char key[32];
        const json_t *reservation;

        snprintf(key, sizeof(key), "reserve_%zu", i);
        reservation = json_object_get(members, key);
        if (!reservation)
            return refuse(refusal, 400, "The keys of members are me and reserve_0, reserve_1 and so on.");
        r = member_reserve(context, session, reservation, refusal);
    }
    return r;
}
