/* SPDX-License-Identifier: MIT */
/* The switches of the rule sheet. */
#include "directory/switches.h"

#include <string.h>

#include "directory/schema.h"
#include "directory/util.h"

static int set_flags(Switches *switches, const json_t *json, Refusal *refusal)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"bumpNoop", &switches->bump_noop},           {"deepCustom", &switches->deep_custom},
        {"ignoreUnknown", &switches->ignore_unknown}, {"bareCreateConflict", &switches->bare_create_conflict},
        {"rateLimit", &switches->rate_limit},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        const json_t *value = json_object_get(json, flags[i].name);

        if (value && !json_is_boolean(value))
            return refuse(refusal, 400, "%s must be a boolean.", flags[i].name);
        if (value)
            *flags[i].flag = json_is_true(value);
    }
    return 0;
}

static int set_etag_style(Switches *switches, const json_t *json, Refusal *refusal)
{
    static const char *const styles[] = {
        [ETAG_BARE] = "bare", [ETAG_QUOTED] = "quoted", [ETAG_WEAK] = "weak"};

    if (!json_object_get(json, "etagStyle"))
        return 0;
    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
        if (strcmp(json_text(json, "etagStyle", ""), styles[i]) != 0)
            continue;
        switches->etag_style = (EtagStyle)i;
        return 0;
    }
    return refuse(refusal, 400, "etagStyle is bare, quoted or weak.");
}

static int set_body_limit(Switches *switches, const json_t *json, Refusal *refusal)
{
    const json_t *value = json_object_get(json, "bodyLimit");
    json_int_t limit = json_integer_value(value);

    if (value && (!json_is_integer(value) || limit < 0 || limit > (json_int_t)BODY_MAX))
        return refuse(refusal, 400, "bodyLimit is a number of bytes, at most 1 MiB.");
    if (value)
        switches->body_limit = (size_t)limit;
    return 0;
}

int switches_set(Switches *switches, const json_t *json, Refusal *refusal)
{
    Switches wanted = *switches;

    if (schema_check_shape(
            json, "The request",
            "etagStyle,bumpNoop,deepCustom,ignoreUnknown,bareCreateConflict,rateLimit,bodyLimit",
            refusal) != 0 ||
        set_flags(&wanted, json, refusal) != 0 || set_etag_style(&wanted, json, refusal) != 0 ||
        set_body_limit(&wanted, json, refusal) != 0)
        return REFUSED;
    *switches = wanted;
    return 0;
}
