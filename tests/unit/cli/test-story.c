/* SPDX-License-Identifier: MIT */
/* A story as JSON and for people. */
#include "cli/json-out.h"
#include "cli/story.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ACCEPTED 1700000000123456LL

static void utc(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
}

TestSuite(story, .init = utc);

static json_t *line(json_int_t time, const char *event, const char *text)
{
    return json_pack("[I, s, s]", time, event, text);
}

static char *printed(const json_t *story)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    story_print(story, out);
    fclose(out);
    return text;
}

Test(story, times_are_absolute_and_since_accepted)
{
    CLEANUP_JSON json_t *lines = json_array(), *story = NULL;

    json_array_append_new(lines, line(ACCEPTED, "accepted", "accepted"));
    json_array_append_new(lines, line(ACCEPTED + 2500, "note", "the directory cannot be reached"));
    json_array_append_new(lines, line(ACCEPTED + 95000000, "done", "applied, 2 attempts"));
    json_array_append_new(lines, line(ACCEPTED - 10000000, "acknowledged", "taken"));
    cr_assert_eq(story_from_bus(lines, &story), 0);
    cr_expect_eq(json_number(json_array_get(story, 1), "since-accepted-usec"), 2500);
    cr_expect_eq(json_number(json_array_get(story, 0), "since-accepted-usec"), 0);
    char *text = printed(story);
    cr_expect_str_eq(text,
                     "  2023-11-14 22:13:20.123            accepted\n"
                     "  2023-11-14 22:13:20.125     +2 ms  the directory cannot be reached\n"
                     "  2023-11-14 22:14:55.123     +95 s  done: applied, 2 attempts\n"
                     "  2023-11-14 22:13:10.123     -10 s  taken\n",
                     "%s", text);
    free(text);
}

Test(story, what_is_not_known)
{
    CLEANUP_JSON json_t *lines = json_array(), *story = NULL;

    json_array_append_new(lines, line(0, "done", "applied"));
    json_array_append_new(lines, line(ACCEPTED, "now", "it waits for its turn"));
    cr_assert_eq(story_from_bus(lines, &story), 0);
    cr_expect(json_is_null(json_object_get(json_array_get(story, 0), "time")));
    cr_expect(json_is_null(json_object_get(json_array_get(story, 1), "since-accepted-usec")));
    char *text = printed(story);
    cr_expect_str_eq(text,
                     "  -                                  done: applied\n"
                     "  2023-11-14 22:13:20.123            now: it waits for its turn\n",
                     "%s", text);
    free(text);
}

Test(story, control_characters_do_no_harm)
{
    CLEANUP_JSON json_t *lines = json_array(), *story = NULL;

    json_array_append_new(lines, line(ACCEPTED, "note", "red \x1b[31m and\na line"));
    cr_assert_eq(story_from_bus(lines, &story), 0);
    char *text = printed(story);
    cr_expect_null(strchr(text, '\x1b'));
    cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1);
    free(text);
}

Test(story, what_is_none)
{
    CLEANUP_JSON json_t *lines = json_pack("[[I, i, s]]", ACCEPTED, 5, "x");
    json_t *story = NULL;

    cr_expect_eq(story_from_bus(lines, &story), -EBADMSG);
    cr_expect_null(story);
}
