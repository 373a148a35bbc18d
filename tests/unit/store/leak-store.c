/* SPDX-License-Identifier: MIT */
/* The main ways through the store in a plain program, so that the leak checker sees them. TAP. */
#include "store-fixture.h"

static unsigned number;
static bool failed;

static void ok(bool good, const char *what)
{
    printf("%sok %u - %s\n", good ? "" : "not ", ++number, what);
    failed = failed || !good;
}

static int visit(const StoreRequest *request, void *userdata)
{
    (*(unsigned *)userdata)++;
    return request->sequence == 2 ? STORE_VISIT_UNREADABLE : 0;
}

static void count_lines(int r, const StoreStory *story, void *userdata)
{
    *(unsigned *)userdata = r == 0 ? (unsigned)story->lines_count : 0;
}

int main(void)
{
    Fixture f;
    puts("1..8");
    fixture_begin(&f);
    ok(fixture_open(&f, BOOT_ONE) == 0, "opened");
    bool good = true;
    for (unsigned n = 1; n <= 4; n++) {
        StoreRequest request = make_request(n, "{}");
        good = good && insert_now(f.store, &request, n % 2) == 0;
    }
    ok(good, "inserted");
    good = finish_now(f.store, 1, "{}", "{\"d\":1}") == 0;
    Loaded result = load_result_now(f.store, 1);
    ok(good && result.r == 0, "finished");
    loaded_free(&result);
    unsigned lines = 0;
    good = store_note(f.store, make_id(3), 1, "a line") == 0 &&
           store_load_story(f.store, make_id(3), count_lines, &lines) == 0 &&
           store_look(f.store, NULL, NULL) == 0 && drain(f.store) == 0;
    ok(good && lines == 1, "a story");
    Fixture second = f;
    second.store = NULL;
    ok(fixture_open(&second, BOOT_ONE) == STORE_E_LOCKED, "locked");
    (void)store_load_body(f.store, make_id(3), NULL, NULL); /* never dispatched */
    (void)store_load_story(f.store, make_id(3), NULL, NULL);
    (void)store_look(f.store, NULL, NULL);
    (void)store_ping(f.store, NULL, NULL);
    fixture_close(&f);
    unsigned visited = 0;
    StoreVisitor visitor = {.request = visit};
    ok(fixture_open(&f, BOOT_TWO) == 0 && store_load(f.store, &visitor, &visited) == 0, "loaded");
    ok(visited == 4 && store_unreadable(f.store) == 1, "one put aside");
    fixture_close(&f);
    FILE *broken = fopen(fixture_path(&f, "queue.db"), "w");
    fputs("this is no database, however you look at it", broken);
    fclose(broken);
    ok(fixture_open(&f, BOOT_ONE) == 0 && f.info.moved_aside, "moved aside");
    fixture_end(&f);
    return failed;
}
