/* SPDX-License-Identifier: MIT */
/* From an earlier format to the present one: nothing is lost, and whatever stops it on the way leaves one or the other. */
#include "store-fixture.h"

#include "power-disk.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

static Fixture f;

static void read_in(sqlite3 *database, const char *path)
{
    FILE *stream = fopen(path, "r");
    cr_assert_not_null(stream, "%s", path);
    static char text[20000];
    size_t size = fread(text, 1, sizeof text - 1, stream);
    text[size] = '\0';
    fclose(stream);
    cr_assert_eq(sqlite3_exec(database, text, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(database));
}

/* As an earlier agent left it. */
static void begin(int format)
{
    fixture_begin(&f);
    power_begin();
    char parent[96];
    snprintf(parent, sizeof parent, "%s/a", f.folder);
    cr_assert_eq(mkdir(parent, 0700), 0);
    cr_assert_eq(mkdir(f.state, 0700), 0);
    sqlite3 *database = NULL;
    cr_assert_eq(sqlite3_open_v2(fixture_path(&f, "queue.db"), &database,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
                 SQLITE_OK);
    read_in(database, FORMATS "format-1.sql");
    if (format == 2)
        read_in(database, FORMATS "format-2.sql");
    sqlite3_close(database);
}

static void setup(void)
{
    power_install();
    begin(1);
}

static void teardown(void)
{
    fixture_end(&f);
}

TestSuite(store_format, .init = setup, .fini = teardown, .timeout = 120);

typedef struct Seen {
    unsigned handles, limiters, holds, acknowledged, requests, marked, done, aged, based, other_boot;
    uint64_t sequences;
} Seen;

static int see_handle(const char *id MPS_UNUSED, const char *scid MPS_UNUSED,
                      const char *template_name MPS_UNUSED, const char *name, void *userdata)
{
    ((Seen *)userdata)->handles += string_equal(name, "game");
    return 0;
}

static int see_limiter(const char *account MPS_UNUSED, uint32_t title_id MPS_UNUSED,
                       uint64_t wall_usec MPS_UNUSED, void *userdata)
{
    ((Seen *)userdata)->limiters++;
    return 0;
}

static int see_hold(const char *account MPS_UNUSED, uint32_t title_id MPS_UNUSED,
                    uint64_t wall_usec MPS_UNUSED, void *userdata)
{
    ((Seen *)userdata)->holds++;
    return 0;
}

static int see_acknowledged(const char *id, const unsigned char hash[32], unsigned outcome,
                            uint64_t steady_usec, void *userdata)
{
    ((Seen *)userdata)->acknowledged +=
        string_equal(id, make_id(8)) && hash[31] == 8 && outcome == 0 && steady_usec == 1700000009000000ULL;
    return 0;
}

static int see_request(const StoreRequest *request, void *userdata)
{
    Seen *seen = userdata;
    seen->requests += string_equal(request->id, make_id((unsigned)request->sequence));
    seen->sequences = seen->sequences * 10 + request->sequence;
    seen->marked += request->marked;
    seen->done += request->done;
    seen->aged += request->done && request->done_steady_usec == request->done_wall_usec;
    seen->based += request->base != NULL;
    seen->other_boot += string_equal(request->boot_id, BOOT_TWO);
    return 0;
}

static const StoreVisitor visitor = {.handle = see_handle,
                                     .limiter = see_limiter,
                                     .hold = see_hold,
                                     .acknowledged = see_acknowledged,
                                     .request = see_request};

/* Everything that the file of the earlier format held. */
static void expect_all(void)
{
    Seen seen = {0};
    cr_assert_eq(store_load(f.store, &visitor, &seen), 0);
    cr_assert_eq(store_unreadable(f.store), 0);
    cr_assert_eq(seen.sequences, 12345679);
    cr_assert_eq(seen.requests, 8);
    /* After a cut, what another boot accepted is marked too. */
    cr_assert_geq(seen.marked, 2);
    cr_assert_eq(seen.done, 2);
    cr_assert_eq(seen.aged, 2);
    cr_assert_eq(seen.based, 0);
    cr_assert_eq(seen.other_boot, 1);
    cr_assert_eq(seen.handles, 1);
    cr_assert_eq(seen.limiters, 5);
    cr_assert_eq(seen.holds, 0);
    cr_assert_eq(seen.acknowledged, 1);
    Loaded body = load_body_now(f.store, 4), result = load_result_now(f.store, 6),
           dropped = load_result_now(f.store, 7);
    cr_assert_str_eq(body.data, "{\"properties\":{\"custom\":{\"n\":4}}}");
    cr_assert_str_eq(result.data, "{\"changeNumber\":1}");
    cr_assert(dropped.r == 0 && dropped.dropped && !dropped.data);
    loaded_free(&body);
    loaded_free(&result);
    loaded_free(&dropped);
}

/* The number in the closed file, as SQLite itself finds it, with all pages in order. */
static int format_of_file(void)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *row = NULL;
    cr_assert_eq(sqlite3_open_v2(fixture_path(&f, "queue.db"), &database, SQLITE_OPEN_READWRITE, "unix"),
                 SQLITE_OK);
    cr_assert_eq(
        sqlite3_prepare_v2(
            database,
            "SELECT (SELECT user_version FROM pragma_user_version), integrity_check, (SELECT count(*)"
            " FROM sqlite_schema WHERE name IN ('hold', 'story')) FROM pragma_integrity_check",
            -1, &row, NULL),
        SQLITE_OK, "%s", sqlite3_errmsg(database));
    cr_assert_eq(sqlite3_step(row), SQLITE_ROW);
    int version = sqlite3_column_int(row, 0);
    cr_assert_str_eq((const char *)sqlite3_column_text(row, 1), "ok");
    cr_assert_eq(sqlite3_column_int(row, 2), version == 1 ? 0 : 2, "format %d in part", version);
    sqlite3_finalize(row);
    sqlite3_close(database);
    return version;
}

Test(store_format, everything_is_there_and_goes_on)
{
    cr_assert_eq(fixture_open(&f, BOOT_TWO), 0, "%s", f.message);
    cr_assert_not(f.info.moved_aside);
    cr_assert(f.info.clean);
    cr_assert_eq(f.info.newest_wall_usec, 1700000009000000ULL);
    expect_all();

    /* Each goes on from where it was. */
    int answers[4] = {1, 1, 1, 1};
    StoreRequest request = make_request(6, NULL);
    cr_assert_eq(store_mark(f.store, make_id(1), "1", 1, 1, "b 7", keep_r, &answers[0]), 0);
    cr_assert_eq(store_unmark(f.store, make_id(4), 1, keep_r, &answers[1]), 0);
    cr_assert_eq(store_finish(f.store, make_id(3), 6, 5, 2, "{}", NULL, 0, keep_r, &answers[2]), 0);
    cr_assert_eq(store_acknowledge(f.store, make_id(6), request.hash, 0, 1700000010000000ULL), 0);
    cr_assert_eq(store_remove(f.store, make_id(8)), 0);
    cr_assert_eq(store_hold(f.store, "1", 1, 9), 0);
    request = make_request(11, "{}");
    cr_assert_eq(store_insert(f.store, &request, 0, true, keep_r, &answers[3]), 0);
    cr_assert_eq(drain(f.store), 0);
    for (size_t i = 0; i < ELEMENTS(answers); i++)
        cr_assert_eq(answers[i], 0, "%zu", i);
    fixture_close(&f);
    cr_assert_eq(format_of_file(), STORE_FORMAT);

    cr_assert_eq(fixture_open(&f, BOOT_TWO), 0, "%s", f.message);
    Seen seen = {0};
    cr_assert_eq(store_load(f.store, &visitor, &seen), 0);
    cr_assert_eq(seen.sequences, 1234579 * 10ULL + 11);
    cr_assert_eq(seen.marked, 1);
    cr_assert_eq(seen.based, 1);
    cr_assert_eq(seen.done, 2);
    cr_assert_eq(seen.holds, 1);
}

static void keep_story(int r, const StoreStory *story, void *userdata)
{
    *(StoreStory *)userdata = story ? *story : (StoreStory){.attempts = (unsigned)-r};
}

Test(store_format, stories_of_what_was_there)
{
    StoreStory stories[3];
    cr_assert_eq(fixture_open(&f, BOOT_TWO), 0, "%s", f.message);
    cr_assert_eq(store_load_story(f.store, make_id(5), keep_story, &stories[0]), 0);
    cr_assert_eq(store_load_story(f.store, make_id(8), keep_story, &stories[1]), 0);
    cr_assert_eq(store_load_story(f.store, make_id(10), keep_story, &stories[2]), 0);
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(stories[0].accepted_wall_usec, 1700000000000005ULL);
    cr_assert_eq(stories[0].attempts, 2);
    cr_assert_not(stories[0].done);
    /* What format 1 did not keep of an acknowledged id is not known. */
    cr_assert_eq(stories[1].accepted_wall_usec, 0);
    cr_assert_eq(stories[1].acknowledged_wall_usec, 1700000009000000ULL);
    cr_assert_eq(stories[2].attempts, ENOENT, "the unreadable one");
}

Test(store_format, from_format_2)
{
    fixture_end(&f);
    begin(2);
    cr_assert_eq(fixture_open(&f, BOOT_TWO), 0, "%s", f.message);
    cr_assert_not(f.info.moved_aside);
    cr_assert_eq(store_steady_usec(f.store) / 100000000000000ULL, 16, "its clock goes on");
    expect_all();
    fixture_close(&f);
    cr_assert_eq(format_of_file(), STORE_FORMAT);
}

/* The power goes at each call that writes, one after the other. */
Test(store_format, cut_anywhere_it_is_one_or_the_other)
{
    unsigned cuts = 0, old = 0, new = 0;
    for (PowerLoss loss = 0; loss < POWER_LOSSES; loss++) {
        bool cut = true;
        for (unsigned call = 1; cut; call++) {
            power_cut_after(call);
            (void)fixture_open(&f, BOOT_TWO);
            fixture_close(&f);
            cut = power_tripped();
            power_cut();
            power_restore(loss, call);
            int version = format_of_file();
            old += version == 1;
            new += version == STORE_FORMAT;
            cr_assert(version >= 1 && version <= STORE_FORMAT, "loss %d, call %u: format %d", (int)loss, call,
                      version);
            power_begin();
            cr_assert_eq(fixture_open(&f, BOOT_TWO), 0, "loss %d, call %u: %s", (int)loss, call, f.message);
            cr_assert_not(f.info.moved_aside, "loss %d, call %u", (int)loss, call);
            expect_all();
            cuts += cut;
            fixture_end(&f);
            begin(1);
        }
    }
    /* Neither always too early nor always too late. */
    cr_assert_gt(cuts, 15, "%u", cuts);
    cr_assert_gt(old, 3, "%u", old);
    cr_assert_gt(new, 3, "%u", new);
}

/* One call fails, as on a full or a broken disk: it is told, and the next start goes on. */
Test(store_format, a_failure_anywhere_loses_nothing)
{
    static const int codes[] = {SQLITE_FULL, SQLITE_IOERR_WRITE};
    unsigned refused = 0;
    for (size_t i = 0; i < ELEMENTS(codes); i++) {
        bool failed = true;
        for (unsigned call = 1; failed; call++) {
            power_fail_after(call, codes[i]);
            int r = fixture_open(&f, BOOT_TWO);
            failed = power_tripped();
            cr_assert(failed || r == 0);
            cr_assert(r == 0 || f.message[0], "call %u", call);
            cr_assert_not(r == 0 && f.info.moved_aside, "call %u", call);
            refused += r != 0;
            fixture_close(&f);
            int version = format_of_file();
            cr_assert(version >= 1 && version <= STORE_FORMAT, "call %u: format %d", call, version);
            cr_assert_eq(fixture_open(&f, BOOT_TWO), 0, "call %u: %s", call, f.message);
            cr_assert_not(f.info.moved_aside, "call %u", call);
            expect_all();
            fixture_end(&f);
            begin(1);
        }
    }
    cr_assert_gt(refused, 5, "%u", refused);
}

Test(store_format, newer_one_is_left_alone)
{
    sqlite3 *database = NULL;
    cr_assert_eq(sqlite3_open_v2(fixture_path(&f, "queue.db"), &database, SQLITE_OPEN_READWRITE, "unix"),
                 SQLITE_OK);
    char sql_text[40];
    snprintf(sql_text, sizeof sql_text, "PRAGMA user_version=%d", STORE_FORMAT + 1);
    cr_assert_eq(sqlite3_exec(database, sql_text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    cr_assert_eq(fixture_open(&f, BOOT_TWO), STORE_E_NEWER);
    cr_assert_not_null(strstr(f.message, "newer"), "%s", f.message);
    cr_assert_eq(access(fixture_path(&f, "queue.db"), F_OK), 0);
}
