/* SPDX-License-Identifier: MIT */
/* The comparison rules, part by part. All work on borrowed jansson values and read only. */
#include "core/compare.h"

#include <jansson.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

/* A value that the service may leave out: false, "" and []. */
static bool is_nothing(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && !json_string_length(value)) ||
           (json_is_array(value) && !json_array_size(value));
}

/* Numbers by value: 1 and 1.0 are the same, but not two integers that no double can tell apart. */
static bool deep_equal(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b))
        return json_integer_value(a) == json_integer_value(b);
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) == json_number_value(b);
    if (json_typeof(a) != json_typeof(b))
        return false;
    if (json_is_array(a)) {
        if (json_array_size(a) != json_array_size(b))
            return false;
        for (size_t i = 0; i < json_array_size(a); i++)
            if (!deep_equal(json_array_get(a, i), json_array_get(b, i)))
                return false;
        return true;
    }
    if (json_is_object(a)) {
        const char *key;
        json_t *value;
        if (json_object_size(a) != json_object_size(b))
            return false;
        json_object_foreach((json_t *)a, key, value)
        {
            const json_t *other = json_object_get(b, key);
            if (!other || !deep_equal(value, other))
                return false;
        }
        return true;
    }
    return json_equal(a, b) != 0;
}

/* Names and enumerations go without case; arrays of them as sets, as the service keeps keywords. */
static bool system_equal(const json_t *wanted, const json_t *is)
{
    if (json_is_string(wanted) && json_is_string(is))
        return strcasecmp(json_string_value(wanted), json_string_value(is)) == 0;
    /* The service writes numbers that are ids as text. */
    if (json_is_integer(wanted) && json_is_string(is))
        return strtoll(json_string_value(is), NULL, 10) == json_integer_value(wanted);
    if (json_is_array(wanted) && json_is_array(is)) {
        if (json_array_size(wanted) != json_array_size(is))
            return false;
        for (size_t i = 0; i < json_array_size(wanted); i++) {
            size_t j = 0;
            while (j < json_array_size(is) && !system_equal(json_array_get(wanted, i), json_array_get(is, j)))
                j++;
            if (j == json_array_size(is))
                return false;
        }
        return true;
    }
    return deep_equal(wanted, is);
}

/* Fields that no read shows, or that the service may drop at once. */
static bool proves_nothing(const char *key, const json_t *is)
{
    static const char *const never[] = {"encounters", "initializationSucceeded"};
    static const char *const maybe[] = {"host", "connection", "secureDeviceAddress", "subscription"};
    for (size_t i = 0; i < ELEMENTS(never); i++)
        if (string_equal(key, never[i]))
            return true;
    for (size_t i = 0; i < ELEMENTS(maybe); i++)
        if (!is && string_equal(key, maybe[i]))
            return true;
    return false;
}

/* What a comparison of a part has found so far. */
typedef struct Found {
    bool seen;  /* a field that a read shows */
    bool other; /* one that is there with another value */
} Found;

/* Compares an object's fields one by one, all of them: what is missing says less than what has another value. What has no
 * proof in it is passed over. */
static bool fields_present(const json_t *wanted, const json_t *is, bool system, Found *found)
{
    bool present = true;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)wanted, key, value)
    {
        const json_t *other = json_object_get(is, key);
        if (system && proves_nothing(key, other))
            continue;
        found->seen = true;
        bool nothing = json_is_null(value) || (system && is_nothing(value));
        bool there = other && !is_nothing(other);
        if (nothing && !there)
            continue;
        if (!nothing && other && (system ? system_equal(value, other) : deep_equal(value, other)))
            continue;
        found->other = found->other || there;
        present = false;
    }
    return present;
}

/* {"system": {...}, "custom": {...}} */
static bool part_present(const json_t *wanted, const json_t *is, Found *found)
{
    bool system =
        fields_present(json_object_get(wanted, "system"), json_object_get(is, "system"), true, found);
    return fields_present(json_object_get(wanted, "custom"), json_object_get(is, "custom"), false, found) &&
           system;
}

static const json_t *member_of(const json_t *document, const json_t *xuid)
{
    const char *key;
    json_t *member;
    json_object_foreach(json_object_get(document, "members"), key, member)
    {
        const json_t *is =
            json_object_get(json_object_get(json_object_get(member, "constants"), "system"), "xuid");
        if (is && (system_equal(xuid, is) || system_equal(is, xuid)))
            return member;
    }
    return NULL;
}

/* 2026-11-26T10:20:30.1234567Z; 0 for anything else. */
static uint64_t time_usec(const char *text)
{
    struct tm tm = {0};
    int end = 0;
    unsigned usec = 0, digits = 0;
    if (!text || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
                        &tm.tm_min, &tm.tm_sec, &end) != 6)
        return 0;
    text += end;
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9'; text++)
            if (digits++ < 6)
                usec = usec * 10 + (unsigned)(*text - '0');
    for (; digits < 6; digits++)
        usec *= 10;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    if (!string_equal(text, "Z") || tm.tm_year < 70 || tm.tm_year > 8099 || tm.tm_mon < 0 || tm.tm_mon > 11)
        return 0;
    time_t seconds = timegm(&tm);
    return seconds > 0 ? (uint64_t)seconds * USEC_PER_SEC + usec : 0;
}

static bool me_present(const json_t *wanted, const json_t *member, Found *found)
{
    found->seen = true;
    if (json_is_null(wanted))
        return !member;
    /* The first write of one's own is what turns a place that was kept into a membership. */
    if (!member || json_is_true(json_object_get(member, "reserved")))
        return false;
    bool constants =
        part_present(json_object_get(wanted, "constants"), json_object_get(member, "constants"), found);
    bool properties =
        part_present(json_object_get(wanted, "properties"), json_object_get(member, "properties"), found);
    return fields_present(json_object_get(wanted, "roles"), json_object_get(member, "roles"), true, found) &&
           constants && properties;
}

static bool others_present(const json_t *wanted, const json_t *document, Found *found)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)wanted, key, value)
    {
        if (strncmp(key, "reserve_", 8) == 0) {
            const json_t *other =
                json_object_get(json_object_get(json_object_get(value, "constants"), "system"), "xuid");
            found->seen = true;
            if (!other || !member_of(document, other))
                return false;
        } else if (!string_equal(key, "me") && json_is_null(value)) {
            found->seen = true;
            if (json_object_get(json_object_get(document, "members"), key))
                return false;
        }
    }
    return true;
}

static bool roles_present(const json_t *wanted, const json_t *is, Found *found)
{
    const char *type_name, *role_name;
    json_t *type, *role;
    json_object_foreach((json_t *)wanted, type_name, type)
    {
        const json_t *roles = json_object_get(json_object_get(is, type_name), "roles");
        json_object_foreach(json_object_get(type, "roles"), role_name, role)
        {
            if (!fields_present(role, json_object_get(roles, role_name), true, found))
                return false;
        }
    }
    return true;
}

static int load(const char *text, size_t size, json_t **root)
{
    json_error_t error;
    json_t *loaded = json_loadb(text, size, 0, &error);
    if (!loaded)
        return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
    if (!json_is_object(loaded)) {
        json_decref(loaded);
        return -EBADMSG;
    }
    *root = loaded;
    return 0;
}

int compare_documents(const char *delta, size_t delta_size, const char *document, size_t document_size,
                      const char *xuid, Comparison *comparison)
{
    CLEANUP(json_decrefp) json_t *wanted = NULL, *is = NULL, *own = json_string(xuid);
    int r = own ? load(delta, delta_size, &wanted) : -ENOMEM;
    if (r == 0)
        r = load(document, document_size, &is);
    if (r < 0)
        return r;
    const json_t *members = json_object_get(wanted, "members"), *me = json_object_get(members, "me");
    const json_t *member = member_of(is, own);
    Comparison result = {
        .member = member != NULL,
        .joined_usec = time_usec(json_string_value(json_object_get(member, "joinTime"))),
    };
    Found own_found = {0}, shared_found = {0}, *found = &shared_found;
    result.own_differs = me && !me_present(me, member, &own_found);
    result.own_other = result.own_differs && own_found.other;
    result.shared_differs =
        !part_present(json_object_get(wanted, "constants"), json_object_get(is, "constants"), found) ||
        !part_present(json_object_get(wanted, "properties"), json_object_get(is, "properties"), found) ||
        !roles_present(json_object_get(wanted, "roleTypes"), json_object_get(is, "roleTypes"), found) ||
        !others_present(members, is, found);
    result.seen = own_found.seen || shared_found.seen;
    *comparison = result;
    return 0;
}
