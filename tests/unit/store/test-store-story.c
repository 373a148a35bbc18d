/* SPDX-License-Identifier: MIT */
/* Stories, holds, and how the store says it is. */
#include "store-fixture.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

static Fixture f;

static void setup(void)
{
    fixture_begin(&f);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
}

static void teardown(void)
{
    fixture_end(&f);
}

TestSuite(store_story, .init = setup, .fini = teardown);

static int see(const StoreRequest *request MPS_UNUSED, void *userdata MPS_UNUSED)
{
    return 0;
}

static const StoreVisitor visitor = {.request = see};

static void reopen(void)
{
    fixture_close(&f);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
}

static void insert(unsigned n)
{
    StoreRequest request = make_request(n, "{}");
    cr_assert_eq(insert_now(f.store, &request, false), 0);
}

static void acknowledge(unsigned n)
{
    StoreRequest request = make_request(n, NULL);
    cr_assert_eq(store_acknowledge(f.store, make_id(n), request.hash, 2, 1700000009000000ULL), 0);
}

/* A story as told, its texts copied. */
typedef struct Told {
    int r;
    StoreStory story;
    char app_id[64], meta[64];
    unsigned numbers[STORE_NOTES_MAX];
    char texts[STORE_NOTES_MAX][STORE_NOTE_BYTES + 1];
} Told;

static void keep(int r, const StoreStory *story, void *userdata)
{
    Told *told = userdata;
    *told = (Told){.r = r};
    if (!story)
        return;
    told->story = *story;
    snprintf(told->app_id, sizeof told->app_id, "%s", story->app_id ? story->app_id : "(null)");
    snprintf(told->meta, sizeof told->meta, "%s", story->meta ? story->meta : "(null)");
    cr_assert_leq(story->lines_count, STORE_NOTES_MAX);
    for (size_t i = 0; i < story->lines_count; i++) {
        told->numbers[i] = story->lines[i].number;
        snprintf(told->texts[i], sizeof told->texts[i], "%s", story->lines[i].text);
    }
}

static Told *tell(unsigned n)
{
    static Told told;
    told.r = -EINPROGRESS;
    cr_assert_eq(store_load_story(f.store, make_id(n), keep, &told), 0);
    cr_assert_eq(drain(f.store), 0);
    return &told;
}

Test(store_story, from_beginning_to_end)
{
    insert(1);
    cr_assert_eq(store_note(f.store, make_id(1), 5, "the directory cannot be reached"), 0);
    cr_assert_eq(store_note(f.store, make_id(1), 4, "it answered"), 0);
    Told *told = tell(1);
    cr_assert_eq(told->r, 0);
    cr_assert_not(told->story.done);
    cr_assert_eq(told->story.accepted_wall_usec, 1700000000000001ULL);
    cr_assert_eq(told->story.acknowledged_wall_usec, 0);
    cr_assert_str_eq(told->app_id, "org.example.Game");
    cr_assert_str_eq(told->meta, "(null)");
    cr_assert_eq(told->story.lines_count, 2);
    cr_assert_str_eq(told->texts[0], "the directory cannot be reached");
    cr_assert_str_eq(told->texts[1], "it answered"); /* in the order of the telling, whatever the clock did */

    cr_assert_eq(finish_now(f.store, 1, "{\"outcome\":0}", "{}"), 0);
    told = tell(1);
    cr_assert(told->story.done);
    cr_assert_eq(told->story.done_wall_usec, 1700000001000001ULL);
    cr_assert_eq(told->story.attempts, 1);
    cr_assert_str_eq(told->meta, "{\"outcome\":0}");

    acknowledge(1);
    reopen();
    told = tell(1);
    cr_assert_eq(told->r, 0);
    cr_assert(told->story.done);
    cr_assert_eq(told->story.accepted_wall_usec, 1700000000000001ULL);
    cr_assert_eq(told->story.done_wall_usec, 1700000001000001ULL);
    cr_assert_eq(told->story.acknowledged_wall_usec, 1700000009000000ULL);
    cr_assert_eq(told->story.attempts, 1);
    cr_assert_eq(told->story.outcome, 2);
    cr_assert_str_eq(told->app_id, "org.example.Game");
    cr_assert_eq(told->story.lines_count, 2);

    cr_assert_eq(store_remove(f.store, make_id(1)), 0);
    cr_assert_eq(tell(1)->r, -ENOENT);
    fixture_close(&f);
    cr_assert_eq(sql(&f, "SELECT CASE WHEN count(*) <> 0 THEN abs(-9223372036854775808) END FROM story"),
                 SQLITE_OK);
}

Test(store_story, happy_path_writes_no_line)
{
    insert(1);
    cr_assert_eq(mark_now(f.store, 1, 1), 0);
    cr_assert_eq(finish_now(f.store, 1, "{}", NULL), 0);
    acknowledge(1);
    cr_assert_eq(tell(1)->story.lines_count, 0);
    cr_assert_eq(f.store->story_lines, 0);
}

Test(store_story, of_strangers_nothing_is_kept)
{
    insert(1);
    cr_assert_eq(store_note(f.store, make_id(2), 1, "nobody"), 0);
    cr_assert_eq(store_note(f.store, "nonsense", 1, "nobody"), -EINVAL);
    cr_assert_eq(tell(2)->r, -ENOENT);
    insert(2);
    cr_assert_eq(tell(2)->story.lines_count, 0);
    cr_assert_eq(store_remove(f.store, make_id(1)), 0);
    cr_assert_eq(tell(1)->r, -ENOENT);
}

Test(store_story, a_second_acknowledgement_changes_nothing_but_its_time)
{
    insert(1);
    cr_assert_eq(finish_now(f.store, 1, "{}", NULL), 0);
    acknowledge(1);
    StoreRequest request = make_request(1, NULL);
    cr_assert_eq(store_acknowledge(f.store, make_id(1), request.hash, 2, 1700000010000000ULL), 0);
    Told *told = tell(1);
    cr_assert_eq(told->story.accepted_wall_usec, 1700000000000001ULL);
    cr_assert_eq(told->story.acknowledged_wall_usec, 1700000010000000ULL);
}

Test(store_story, of_many_lines_the_first_and_the_newest_are_kept)
{
    insert(1);
    insert(2);
    cr_assert_eq(store_note(f.store, make_id(2), 1, "another's"), 0);
    for (unsigned n = 1; n <= 200; n++) {
        char text[16];
        snprintf(text, sizeof text, "line %u", n);
        cr_assert_eq(store_note(f.store, make_id(1), n, text), 0);
    }
    Told *told = tell(1);
    cr_assert_eq(told->story.lines_count, STORE_NOTES_MAX);
    cr_assert_str_eq(told->texts[0], "line 1");
    cr_assert_str_eq(told->texts[7], "line 8");
    cr_assert_eq(told->numbers[8], 200 - (STORE_NOTES_MAX - 8) + 1); /* the gap can be seen */
    cr_assert_str_eq(told->texts[STORE_NOTES_MAX - 1], "line 200");
    cr_assert_eq(f.store->story_lines, STORE_NOTES_MAX + 1);
    cr_assert_eq(tell(2)->story.lines_count, 1);
}

Test(store_story, all_together_are_bounded)
{
    /* As if the other lines were there already: the oldest go. */
    insert(1);
    insert(2);
    cr_assert_eq(store_note(f.store, make_id(1), 1, "the oldest"), 0);
    cr_assert_eq(tell(1)->story.lines_count, 1);
    pthread_mutex_lock(&f.store->database_mutex);
    f.store->story_lines = STORE_STORY_MAX;
    pthread_mutex_unlock(&f.store->database_mutex);
    cr_assert_eq(store_note(f.store, make_id(2), 2, "the newest"), 0);
    cr_assert_eq(tell(1)->story.lines_count, 0);
    cr_assert_eq(tell(2)->story.lines_count, 1);
    cr_assert_eq(f.store->story_lines, STORE_STORY_MAX);
    reopen();
    cr_assert_eq(f.store->story_lines, 1);
}

static void expect_fitted(const char *text, size_t size)
{
    static unsigned n = 100;
    insert(++n);
    cr_assert_eq(store_note(f.store, make_id(n), 1, text), 0);
    Told *told = tell(n);
    cr_assert_eq(strlen(told->texts[0]), size, "%zu bytes of %s", strlen(told->texts[0]), text);
    cr_assert_eq(strncmp(told->texts[0], text, size), 0);
}

Test(store_story, long_lines_are_cut_between_characters)
{
    char text[400];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    expect_fitted(text, 240);
    memcpy(text + 239, "\xc3\xa4", 2);
    expect_fitted(text, 239);
    memcpy(text + 238, "\xc3\xa4", 2);
    expect_fitted(text, 240);
    memcpy(text + 237, "\xf0\x9f\x8e\xae", 4);
    expect_fitted(text, 237);
    memcpy(text + 236, "\xf0\x9f\x8e\xae", 4);
    expect_fitted(text, 240);
    expect_fitted("cut by the writer \xe2\x80", 18);
    expect_fitted("\xe2\x80\xa6", 3);
    expect_fitted("", 0);
}

Test(store_story, a_request_that_is_put_aside_takes_its_story_along)
{
    insert(1);
    cr_assert_eq(store_note(f.store, make_id(1), 1, "gone"), 0);
    fixture_close(&f);
    cr_assert_eq(sql(&f, "UPDATE request SET kind=9999"), SQLITE_OK);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    cr_assert_eq(store_load(f.store, &visitor, NULL), 0);
    reopen();
    cr_assert_eq(f.store->story_lines, 0);
}

/* ---- How it is ------------------------------------------------------------------------------------------------------ */

static void keep_facts(int r, const StoreFacts *facts, void *userdata)
{
    cr_assert_eq(r, 0);
    *(StoreFacts *)userdata = *facts;
}

static StoreFacts facts_now(void)
{
    StoreFacts facts = {0};
    cr_assert_eq(store_look(f.store, keep_facts, &facts), 0);
    cr_assert_eq(drain(f.store), 0);
    return facts;
}

Test(store_story, facts_of_a_store_that_is_well)
{
    insert(1);
    StoreFacts facts = facts_now();
    struct stat file, log;
    cr_assert_eq(stat(fixture_path(&f, "queue.db"), &file), 0);
    cr_assert_eq(stat(fixture_path(&f, "queue.db-wal"), &log), 0);
    cr_assert_eq(facts.format, STORE_FORMAT);
    cr_assert_eq(facts.bytes, (uint64_t)(file.st_size + log.st_size));
    cr_assert_gt(facts.disk_free, 0);
    cr_assert(facts.reserve);
    cr_assert_eq(facts.failed, 0);
    cr_assert_eq(facts.quarantined, 0);
    cr_assert_eq(facts.unreadable, 0);
    cr_assert_eq(facts.moved_aside, 0);
    cr_assert_str_eq(facts.newest_moved, "");
}

Test(store_story, facts_of_one_that_has_suffered)
{
    for (unsigned n = 1; n <= 3; n++)
        insert(n);
    for (unsigned i = 1; i <= 2; i++) {
        fixture_close(&f);
        cr_assert_eq(
            sql(&f, "UPDATE request SET kind=9999 WHERE sequence=(SELECT max(sequence) FROM request)"),
            SQLITE_OK);
        cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
        cr_assert_eq(store_load(f.store, &visitor, NULL), 0);
        StoreFacts facts = facts_now();
        cr_assert_eq(facts.quarantined, i);
        cr_assert_eq(facts.unreadable, 1);
    }
    reopen();
    cr_assert_eq(store_load(f.store, &visitor, NULL), 0);
    StoreFacts facts = facts_now();
    cr_assert_eq(facts.quarantined, 2);
    cr_assert_eq(facts.unreadable, 0);

    fixture_close(&f);
    FILE *stream = fopen(fixture_path(&f, "queue.db"), "w");
    fputs("this is no database, however you look at it", stream);
    fclose(stream);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    facts = facts_now();
    cr_assert_eq(facts.quarantined, 0, "those are in the file that lies aside");
    cr_assert_eq(facts.moved_aside, 1);
    cr_assert_not_null(strstr(f.info.moved_to, facts.newest_moved));
}
