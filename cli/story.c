/* SPDX-License-Identifier: MIT */
/* A request's story, for people and as JSON. */
#include "cli/story.h"

#include "cli/duration.h"
#include "cli/json-out.h"
#include "cli/table.h"
#include "ipc/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int story_from_bus(const json_t *lines, json_t **story)
{
    CLEANUP_JSON json_t *made = json_array();
    json_int_t accepted = 0;

    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        json_int_t when = json_integer_value(json_array_get(line, 0));
        const char *event = json_string_value(json_array_get(line, 1)),
                   *text = json_string_value(json_array_get(line, 2));
        if (!event || !text)
            return -EBADMSG;
        if (strcmp(event, MPS_EVENT_ACCEPTED) == 0)
            accepted = when;
        json_t *row = json_pack(
            "{s:o, s:o, s:s, s:s}", "time", when ? json_integer(when) : json_null(), "since-accepted-usec",
            when && accepted ? json_integer(when - accepted) : json_null(), "event", event, "text", text);
        if (!row || json_array_append_new(made, row) < 0)
            return -ENOMEM;
    }
    *story = json_incref(made);
    return made ? 0 : -ENOMEM;
}

static void format_time(const json_t *line, char *text, size_t size)
{
    json_int_t usec = json_integer_value(json_object_get(line, "time"));
    time_t seconds = (time_t)(usec / 1000000);
    struct tm parts;
    char whole[32];

    snprintf(text, size, "-");
    if (usec <= 0 || !localtime_r(&seconds, &parts))
        return;
    strftime(whole, sizeof(whole), "%F %T", &parts);
    snprintf(text, size, "%s.%03u", whole, (unsigned)(usec / 1000 % 1000));
}

/* "+12 s"; the clock may have been set back in between. */
static void format_since(const json_t *line, char *text, size_t size)
{
    const json_t *since = json_object_get(line, "since-accepted-usec");
    json_int_t usec = json_integer_value(since);
    char span[DURATION_SIZE];

    text[0] = '\0';
    if (json_is_integer(since) && strcmp(json_text(line, "event"), MPS_EVENT_ACCEPTED) != 0)
        snprintf(text, size, "%s%s", usec < 0 ? "-" : "+", duration_format((uint64_t)llabs(usec), span));
}

void story_print(const json_t *story, FILE *out)
{
    for (size_t i = 0; i < json_array_size(story); i++) {
        const json_t *line = json_array_get(story, i);
        char when[48], since[DURATION_SIZE + 1];
        char *text = text_clean(json_text(line, "text"), 0);
        format_time(line, when, sizeof(when));
        format_since(line, since, sizeof(since));
        fprintf(out, "  %-23s  %8s  %s%s%s\n", when, since,
                strcmp(json_text(line, "event"), MPS_EVENT_NOW) == 0 ? "now: " : "",
                strcmp(json_text(line, "event"), MPS_EVENT_DONE) == 0 ? "done: " : "", text ? text : "");
        free(text);
    }
}
