/* SPDX-License-Identifier: MIT */
/* Stories in words: their order, what is derived, and what is left out. */
#include "bus/bus-internal.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define ID "0b9a4c1e-0000-4000-8000-000000000001"
#define WALL 1700000000000000ULL

static Core *core;
static CoreNow now = {.boot_usec = 1000 * USEC_PER_SEC, .wall_usec = WALL, .random = 1};
static BusTelling telling[BUS_STORY_LINES];

static void setup(void)
{
    CoreLimits limits = core_limits_default();
    cr_assert_eq(core_new(&limits, &core), 0);
}

static void teardown(void)
{
    core = core_free(core);
}

TestSuite(bus_story, .init = setup, .fini = teardown);

/* A read, which is in no store. */
static CoreRequest *read_request(void)
{
    CoreRequest *request = NULL;
    CoreRefusal refusal;
    const CoreSubmit submit = {.id = ID,
                               .kind = CORE_GET_SESSION,
                               .account = "2533274900000001",
                               .app_id = "",
                               .owner = ":1.1",
                               .scid = "5f2c0100-7e1b-4c57-9d0e-0000665a1be9",
                               .template_name = "quickmatch",
                               .name = "game"};
    cr_assert_eq(core_submit(core, &now, &submit, &request, &refusal), CORE_SUBMITTED);
    const CoreEffect *effect;
    bool counted = false;
    while ((effect = core_next_effect(core)))
        counted = counted || effect->type == CORE_EFFECT_STORE_ATTEMPT;
    if (counted)
        core_on_stored(core, &now, request, CORE_EFFECT_STORE_ATTEMPT, 0);
    while (core_next_effect(core))
        ;
    return request;
}

static void expect(size_t index, uint64_t wall_usec, const char *event, const char *text)
{
    cr_expect_eq(telling[index].wall_usec, wall_usec, "line %zu", index);
    cr_expect_str_eq(telling[index].event, event);
    cr_expect_str_eq(telling[index].text, text);
}

Test(bus_story, one_that_was_acknowledged)
{
    BusStoryLine lines[] = {{WALL + 2, 1, "first"}, {WALL + 3, 2, "second"}};
    BusStory story = {.app_id = "",
                      .accepted_wall_usec = WALL + 1,
                      .done_wall_usec = WALL + 4,
                      .acknowledged_wall_usec = WALL + 5,
                      .attempts = 2,
                      .done = true,
                      .outcome = CORE_OUTCOME_OUT_OF_SYNC,
                      .lines = lines,
                      .lines_count = 2};
    cr_assert_eq(bus_story_tell(core, &now, &story, NULL, telling), 5);
    expect(0, WALL + 1, "accepted", "accepted");
    expect(1, WALL + 2, "note", "first");
    expect(2, WALL + 3, "note", "second");
    expect(3, WALL + 4, "done", "out-of-sync, 2 attempts");
    expect(4, WALL + 5, "acknowledged",
           "the result, out-of-sync, was taken; the id is remembered for 24 hours");
}

Test(bus_story, one_of_an_earlier_version)
{
    BusStory story = {
        .app_id = "", .acknowledged_wall_usec = WALL, .done = true, .outcome = CORE_OUTCOME_APPLIED};
    cr_assert_eq(bus_story_tell(core, &now, &story, NULL, telling), 1);
    expect(0, WALL, "acknowledged", "the result, applied, was taken; the id is remembered for 24 hours");
}

Test(bus_story, a_result_tells_more)
{
    char message[] = "No answer came to the first attempt, but the session shows its change.";
    CoreResult result = {.http_status = 412, .resolved = true, .message = message};
    BusStory story = {.app_id = "",
                      .accepted_wall_usec = WALL,
                      .done_wall_usec = WALL,
                      .attempts = 1,
                      .done = true,
                      .outcome = CORE_OUTCOME_APPLIED,
                      .result = &result};
    cr_assert_eq(bus_story_tell(core, &now, &story, NULL, telling), 2);
    expect(1, WALL, "done",
           "applied, HTTP 412, found out by looking, 1 attempt: No answer came to the first attempt, but the "
           "session "
           "shows its change.");
}

Test(bus_story, gaps_are_told)
{
    BusStoryLine lines[64];
    for (unsigned i = 0; i < ELEMENTS(lines); i++)
        lines[i] = (BusStoryLine){WALL + i, 2 + 3 * i, "x"};
    BusStory story = {
        .app_id = "", .accepted_wall_usec = WALL, .lines = lines, .lines_count = ELEMENTS(lines)};
    /* A gap before each of the most there can be: all of them fit. */
    cr_assert_eq(bus_story_tell(core, &now, &story, NULL, telling), 1 + 2 * ELEMENTS(lines));
    expect(1, WALL, "note", "(1 line is left out)");
    expect(2, WALL, "note", "x");
    expect(3, WALL + 1, "note", "(2 lines are left out)");
}

Test(bus_story, what_is_no_utf8_does_not_cost_the_rest)
{
    BusStoryLine line = {WALL, 1, "caf\xc3\xa9"}, cut = {WALL, 2, "caf\xc3"};
    BusStoryLine lines[] = {line, cut};
    BusStory story = {.app_id = "", .lines = lines, .lines_count = 2};
    cr_assert_eq(bus_story_tell(core, &now, &story, NULL, telling), 2);
    expect(0, WALL, "note", "caf\xc3\xa9");
    expect(1, WALL, "note", "caf?");
}

Test(bus_story, a_damaged_outcome_is_no_word)
{
    BusStory story = {.app_id = "",
                      .accepted_wall_usec = WALL,
                      .done_wall_usec = WALL,
                      .acknowledged_wall_usec = WALL,
                      .done = true,
                      .outcome = (CoreOutcome)63};
    cr_assert_eq(bus_story_tell(core, &now, &story, NULL, telling), 2);
    expect(1, WALL, "acknowledged", "the result, unreadable, was taken; the id is remembered for 24 hours");
}

Test(bus_story, what_is_in_no_store)
{
    CoreRequest *request = read_request();
    cr_assert_eq(bus_story_tell(core, &now, NULL, request, telling), 2);
    expect(0, WALL, "accepted",
           "accepted: get-session 5f2c0100-7e1b-4c57-9d0e-0000665a1be9/quickmatch/game as account "
           "2533274900000001, to be "
           "done within 30 s");
    expect(1, WALL, "now", "an attempt is under way");

    now.boot_usec += USEC_PER_SEC;
    now.wall_usec += USEC_PER_SEC;
    core_on_attempt_end(core, &now, request,
                        &(CoreAttempt){.fate = CORE_FATE_NOT_SENT, .error = "connection refused"});
    cr_assert_eq(bus_story_tell(core, &now, NULL, request, telling), 2);
    expect(0, WALL, telling[0].event, telling[0].text);
    cr_expect_eq(strncmp(telling[1].text,
                         "the directory cannot be reached; it is tried again by and by, another ", 70),
                 0, "%s", telling[1].text);
    cr_expect_not_null(strstr(telling[1].text, "; the last attempt: connection refused"), "%s",
                       telling[1].text);

    now.boot_usec += 40 * USEC_PER_SEC;
    now.wall_usec += 40 * USEC_PER_SEC;
    core_on_time(core, &now);
    cr_assert_eq(bus_story_tell(core, &now, NULL, request, telling), 2);
    expect(1, now.wall_usec, "done", telling[1].text);
    cr_expect_eq(strncmp(telling[1].text, "expired, 0 attempts: The deadline came", 38), 0, "%s",
                 telling[1].text);
}

Test(bus_story, stored_and_waiting)
{
    const CoreRequest *request = read_request();
    BusStoryLine line = {WALL + 7, 1, "sent again"};
    BusStory story = {.app_id = "", .accepted_wall_usec = WALL - 5, .lines = &line, .lines_count = 1};
    cr_assert_eq(bus_story_tell(core, &now, &story, request, telling), 3);
    expect(0, WALL - 5, "accepted", telling[0].text);
    expect(1, WALL + 7, "note", "sent again");
    expect(2, now.wall_usec, "now", "an attempt is under way");
}
