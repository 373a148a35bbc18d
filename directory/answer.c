/* SPDX-License-Identifier: MIT */
/* How the identity services write their answers. */
#include "directory/answer.h"

#include <stdio.h>
#include <string.h>

#include "directory/util.h"

#define BOM "\xEF\xBB\xBF"
#define BAD_DATE "the day after tomorrow"

int64_t answer_now(const Directory *directory)
{
    return clock_now(&directory->clock) + identity_knob(&directory->identity, KNOB_CLOCK_SKEW) * SECOND_US;
}

json_t *answer_time(const Directory *directory, int64_t time_us)
{
    json_int_t digits = identity_knob(&directory->identity, KNOB_FORMAT_FRACTION);
    char text[CLOCK_ISO_SIZE];
    char *point;

    clock_format_iso(time_us, text);
    point = strchr(text, '.');
    /* The point goes with its last digit. */
    if (point)
        memcpy(point + (digits > 0 ? digits + 1 : 0), "Z", sizeof("Z"));
    return json_string(text);
}

void answer_json(const Directory *directory, unsigned status, const char *type, json_t *body, Reply *reply)
{
    const Identity *identity = &directory->identity;
    size_t flags = JSON_COMPACT | (identity_knob(identity, KNOB_FORMAT_SORTED) ? JSON_SORT_KEYS : 0);
    const char *bom = identity_knob(identity, KNOB_FORMAT_BOM) ? BOM : "";
    OWN_JSON json_t *shown = body;
    OWN_TEXT char *text = NULL;
    char *out;

    if (identity_knob(identity, KNOB_FORMAT_EXTRA))
        json_object_set_new(shown, "emuExtra",
                            json_pack("{s:[i,n,{s:f}], s:s}", "list", 1, "x", 0.5, "text", "\u00e9"));
    text = json_dumps(shown, flags);
    out = text_format("%s%s", bom, text);
    reply_take(reply, status, type, out, strlen(out));
    reply_header(reply, "Cache-Control", "no-store");
    reply_header(reply, "Pragma", "no-cache");
}

bool answer_date(const Directory *directory, int64_t now, char out[CLOCK_HTTP_SIZE])
{
    const Identity *identity = &directory->identity;
    json_int_t skew = identity_knob(identity, KNOB_CLOCK_SKEW) + identity_knob(identity, KNOB_DATE_SKEW);

    switch (identity_knob(identity, KNOB_DATE_MODE)) {
    case DATE_OMIT:
        return false;
    case DATE_BAD:
        snprintf(out, CLOCK_HTTP_SIZE, "%s", BAD_DATE);
        return true;
    default:
        clock_format_http(now + skew * SECOND_US, out);
        return true;
    }
}
