/* SPDX-License-Identifier: MIT */
/* The numbers, flags and choices that POST /control/identity sets. */
#include "directory/knob.h"

#include <string.h>

#include "directory/util.h"

#define DAY INT64_C(86400)
#define YEARS (10000 * DAY)

typedef enum KnobType {
    KNOB_NUMBER,
    KNOB_FLAG,
    KNOB_CHOICE,
} KnobType;

static const struct {
    const char *section, *key;
    KnobType type;
    json_int_t fallback, minimum, maximum;
    const char *choices; /* in the order of their enum */
} knobs_known[KNOB_COUNT] = {
    [KNOB_LIFE_CODE] = {"life", "code", KNOB_NUMBER, 900, 0, YEARS, NULL},
    [KNOB_LIFE_ACCESS] = {"life", "access", KNOB_NUMBER, 3600, 0, YEARS, NULL},
    [KNOB_LIFE_ACCESS_TITLE] = {"life", "accessTitle", KNOB_NUMBER, DAY, 0, YEARS, NULL},
    [KNOB_LIFE_REFRESH] = {"life", "refresh", KNOB_NUMBER, 90 * DAY, 0, YEARS, NULL},
    [KNOB_LIFE_USER] = {"life", "user", KNOB_NUMBER, 4 * DAY, 0, YEARS, NULL},
    [KNOB_LIFE_DEVICE] = {"life", "device", KNOB_NUMBER, 14 * DAY, 0, YEARS, NULL},
    [KNOB_LIFE_TITLE] = {"life", "title", KNOB_NUMBER, 14 * DAY, 0, YEARS, NULL},
    [KNOB_LIFE_XSTS] = {"life", "xsts", KNOB_NUMBER, 16 * 3600, 0, YEARS, NULL},
    [KNOB_LIFE_XSTS_OTHER] = {"life", "xstsOther", KNOB_NUMBER, 4 * 3600, 0, YEARS, NULL},
    [KNOB_CLOCK_SKEW] = {"clock", "skew", KNOB_NUMBER, 0, -YEARS, YEARS, NULL},
    [KNOB_DATE_SKEW] = {"date", "skew", KNOB_NUMBER, 0, -YEARS, YEARS, NULL},
    [KNOB_DATE_MODE] = {"date", "mode", KNOB_CHOICE, DATE_SEND, 0, 0, "send,omit,bad"},
    [KNOB_POLL_INTERVAL] = {"poll", "interval", KNOB_NUMBER, 5, 0, 3600, NULL},
    [KNOB_POLL_ENFORCE] = {"poll", "enforce", KNOB_FLAG, 1, 0, 1, NULL},
    [KNOB_POLL_SLOW_DOWN] = {"poll", "slowDown", KNOB_NUMBER, 0, 0, 1000000, NULL},
    [KNOB_POLL_DECLINED] = {"poll", "declined", KNOB_CHOICE, DECLINED_AUTHORIZATION, 0, 0,
                            "authorization_declined,access_denied"},
    [KNOB_POLL_COOKIE] = {"poll", "cookie", KNOB_FLAG, 1, 0, 1, NULL},
    [KNOB_POLL_AUTO_APPROVE] = {"poll", "autoApprove", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_POLL_COMPLETE] = {"poll", "complete", KNOB_FLAG, 1, 0, 1, NULL},
    [KNOB_RT_ROTATE] = {"rt", "rotate", KNOB_FLAG, 1, 0, 1, NULL},
    [KNOB_RT_STRICT] = {"rt", "strict", KNOB_FLAG, 1, 0, 1, NULL},
    [KNOB_RT_OMIT] = {"rt", "omit", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_UHS_MODE] = {"uhs", "mode", KNOB_CHOICE, UHS_BINDING, 0, 0, "binding,party,same"},
    [KNOB_CLAIMS_TITLE] = {"claims", "title", KNOB_FLAG, 1, 0, 1, NULL},
    [KNOB_CLAIMS_REQUIRE] = {"claims", "require", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_SIGN_MODE] = {"sign", "mode", KNOB_CHOICE, SIGN_VERIFY, 0, 0, "verify,off,require"},
    [KNOB_SIGN_TOLERANCE] = {"sign", "tolerance", KNOB_NUMBER, 300, 0, YEARS, NULL},
    [KNOB_FORMAT_FRACTION] = {"format", "fraction", KNOB_NUMBER, 7, 0, 7, NULL},
    [KNOB_FORMAT_XERR_TEXT] = {"format", "xerrText", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_FORMAT_EXTRA] = {"format", "extra", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_FORMAT_SORTED] = {"format", "sorted", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_FORMAT_BOM] = {"format", "bom", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_FORMAT_CLOSE] = {"format", "close", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_FORMAT_TOKEN_BYTES] = {"format", "tokenBytes", KNOB_NUMBER, 0, 0, 8192, NULL},
    [KNOB_UNAUTHORIZED_BODY] = {"unauthorized", "body", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_UNAUTHORIZED_GZIP] = {"unauthorized", "gzip", KNOB_FLAG, 0, 0, 1, NULL},
    [KNOB_UNAUTHORIZED_CHUNKED] = {"unauthorized", "chunked", KNOB_FLAG, 0, 0, 1, NULL},
};

void knob_defaults(Knobs *knobs)
{
    for (size_t i = 0; i < KNOB_COUNT; i++)
        knobs->values[i] = knobs_known[i].fallback;
}

bool knob_section_known(const char *section)
{
    for (size_t i = 0; i < KNOB_COUNT; i++)
        if (strcmp(knobs_known[i].section, section) == 0)
            return true;
    return false;
}

/* The number of @word in a comma separated list, or -1. */
static json_int_t choice_find(const char *choices, const char *word)
{
    json_int_t number = 0;

    for (const char *next = choices; *next; number++) {
        size_t length = strcspn(next, ",");

        if (length == strlen(word) && strncmp(next, word, length) == 0)
            return number;
        next += length + (next[length] == ',');
    }
    return -1;
}

static char *choice_text(const char *choices, json_int_t number)
{
    while (number-- > 0)
        choices += strcspn(choices, ",") + 1;
    return text_format("%.*s", (int)strcspn(choices, ","), choices);
}

static int knob_set_one(Knobs *knobs, size_t i, const json_t *value, Refusal *refusal)
{
    const char *section = knobs_known[i].section, *key = knobs_known[i].key;
    json_int_t wanted = json_integer_value(value);

    if (json_is_null(value)) {
        wanted = knobs_known[i].fallback;
    } else if (knobs_known[i].type == KNOB_FLAG) {
        if (!json_is_boolean(value))
            return refuse(refusal, 400, "%s.%s must be a boolean.", section, key);
        wanted = json_is_true(value);
    } else if (knobs_known[i].type == KNOB_CHOICE) {
        wanted = choice_find(knobs_known[i].choices, json_is_string(value) ? json_string_value(value) : "");
        if (wanted < 0)
            return refuse(refusal, 400, "%s.%s is one of %s.", section, key, knobs_known[i].choices);
    } else if (!json_is_integer(value) || wanted < knobs_known[i].minimum ||
               wanted > knobs_known[i].maximum) {
        return refuse(refusal, 400,
                      "%s.%s must be a number from %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT ".",
                      section, key, knobs_known[i].minimum, knobs_known[i].maximum);
    }
    knobs->values[i] = wanted;
    return 0;
}

int knob_set(Knobs *knobs, const char *section, const json_t *values, Refusal *refusal)
{
    const char *key;
    json_t *value;

    if (!json_is_object(values))
        return refuse(refusal, 400, "%.60s must be an object.", section);
    json_object_foreach((json_t *)(uintptr_t)values, key, value)
    {
        size_t i = 0;

        while (i < KNOB_COUNT &&
               (strcmp(knobs_known[i].section, section) != 0 || strcmp(knobs_known[i].key, key) != 0))
            i++;
        if (i == KNOB_COUNT)
            return refuse(refusal, 400, "%.60s has no '%.60s'.", section, key);
        if (knob_set_one(knobs, i, value, refusal) != 0)
            return REFUSED;
    }
    return 0;
}

json_t *knob_list(const Knobs *knobs)
{
    json_t *list = json_object();

    for (size_t i = 0; i < KNOB_COUNT; i++) {
        json_t *section = json_child(list, knobs_known[i].section);
        OWN_TEXT char *choice = NULL;

        if (knobs_known[i].type == KNOB_CHOICE) {
            choice = choice_text(knobs_known[i].choices, knobs->values[i]);
            json_object_set_new(section, knobs_known[i].key, json_string(choice));
        } else if (knobs_known[i].type == KNOB_FLAG) {
            json_object_set_new(section, knobs_known[i].key, json_boolean(knobs->values[i]));
        } else {
            json_object_set_new(section, knobs_known[i].key, json_integer(knobs->values[i]));
        }
    }
    return list;
}
