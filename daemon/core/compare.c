/* SPDX-License-Identifier: MIT */
/* The comparison rules, part by part. All work on borrowed jansson values and read only. */
#include "core/compare.h"

#include <jansson.h>
#include <strings.h>

/* A value that the service may leave out: false, "" and []. */
static bool is_nothing(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && !json_string_length(value)) ||
           (json_is_array(value) && !json_array_size(value));
}

/* Numbers by value: 1 and 1.0 are the same. */
static bool deep_equal(const json_t *a, const json_t *b)
{
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

static bool fields_present(const json_t *wanted, const json_t *is, bool system)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)wanted, key, value)
    {
        const json_t *other = json_object_get(is, key);
        if (system && proves_nothing(key, other))
            continue;
        if (json_is_null(value) || (system && is_nothing(value))) {
            if (other && !is_nothing(other))
                return false;
        } else if (!other || !(system ? system_equal(value, other) : deep_equal(value, other))) {
            return false;
        }
    }
    return true;
}

/* {"system": {...}, "custom": {...}} */
static bool part_present(const json_t *wanted, const json_t *is)
{
    return fields_present(json_object_get(wanted, "system"), json_object_get(is, "system"), true) &&
           fields_present(json_object_get(wanted, "custom"), json_object_get(is, "custom"), false);
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

static bool me_present(const json_t *wanted, const json_t *document, const char *xuid)
{
    CLEANUP(json_decrefp) json_t *own = json_string(xuid);
    const json_t *member = own ? member_of(document, own) : NULL;
    if (json_is_null(wanted))
        return !member;
    return member &&
           part_present(json_object_get(wanted, "constants"), json_object_get(member, "constants")) &&
           part_present(json_object_get(wanted, "properties"), json_object_get(member, "properties")) &&
           fields_present(json_object_get(wanted, "roles"), json_object_get(member, "roles"), true);
}

static bool members_present(const json_t *wanted, const json_t *document, const char *xuid)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)wanted, key, value)
    {
        if (string_equal(key, "me")) {
            if (!me_present(value, document, xuid))
                return false;
        } else if (strncmp(key, "reserve_", 8) == 0) {
            const json_t *other =
                json_object_get(json_object_get(json_object_get(value, "constants"), "system"), "xuid");
            if (!other || !member_of(document, other))
                return false;
        } else if (json_is_null(value) && json_object_get(json_object_get(document, "members"), key)) {
            return false;
        }
    }
    return true;
}

static bool roles_present(const json_t *wanted, const json_t *is)
{
    const char *type_name, *role_name;
    json_t *type, *role;
    json_object_foreach((json_t *)wanted, type_name, type)
    {
        const json_t *roles = json_object_get(json_object_get(is, type_name), "roles");
        json_object_foreach(
            json_object_get(type, "roles"), role_name,
            role) if (!fields_present(role, json_object_get(roles, role_name), true)) return false;
    }
    return true;
}

int compare_documents(const char *delta, size_t delta_size, const char *document, size_t document_size,
                      const char *xuid)
{
    json_error_t error;
    CLEANUP(json_decrefp) json_t *wanted = json_loadb(delta, delta_size, 0, &error);
    if (!wanted)
        return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
    CLEANUP(json_decrefp) json_t *is = json_loadb(document, document_size, 0, &error);
    if (!is)
        return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
    if (!json_is_object(wanted) || !json_is_object(is))
        return -EBADMSG;

    bool present = part_present(json_object_get(wanted, "constants"), json_object_get(is, "constants")) &&
                   part_present(json_object_get(wanted, "properties"), json_object_get(is, "properties")) &&
                   roles_present(json_object_get(wanted, "roleTypes"), json_object_get(is, "roleTypes")) &&
                   members_present(json_object_get(wanted, "members"), is, xuid);
    return present ? COMPARE_PRESENT : COMPARE_ABSENT;
}
