/* SPDX-License-Identifier: MIT */
/* What comes back after a restart, in which order, and what is put aside. */
#include "store-fixture.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <time.h>

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

TestSuite(store_load, .init = setup, .fini = teardown);

typedef struct Visit {
    unsigned handles, limiters, holds, acknowledged, requests, marked, behind;
    unsigned wrong;
    uint64_t last_sequence;
    uint64_t limiter_wall;
    uint64_t hold_until;
    uint32_t hold_title;
    char hold_account[32];
    unsigned refuse; /* this sequence cannot be read */
    unsigned fail;   /* at this sequence the visit ends */
    StoreRequest last;
    char last_id[37], last_account[32], last_etag[32], last_base[32], first_handle[64];
    unsigned char acknowledged_hash[32];
    unsigned acknowledged_outcome;
    uint64_t acknowledged_steady;
} Visit;

static int visit_handle(const char *id, const char *scid, const char *template_name, const char *name,
                        void *userdata)
{
    Visit *v = userdata;
    v->wrong += v->limiters + v->acknowledged + v->requests > 0;
    v->wrong +=
        strcmp(scid, "scid") != 0 || strcmp(template_name, "template") != 0 || strcmp(name, "name") != 0;
    if (v->handles++ == 0)
        snprintf(v->first_handle, sizeof v->first_handle, "%s", id);
    return 0;
}

static int visit_limiter(const char *account, uint32_t title_id, uint64_t wall_usec, void *userdata)
{
    Visit *v = userdata;
    v->wrong += v->acknowledged + v->requests > 0 || string_empty(account) || title_id == 0;
    v->limiters++;
    v->limiter_wall = wall_usec;
    return 0;
}

static int visit_acknowledged(const char *id, const unsigned char hash[32], unsigned outcome,
                              uint64_t steady_usec, void *userdata)
{
    Visit *v = userdata;
    v->wrong += v->requests > 0 || strlen(id) != 36 || steady_usec == 0;
    v->acknowledged_steady = steady_usec;
    memcpy(v->acknowledged_hash, hash, 32);
    v->acknowledged_outcome = outcome;
    v->acknowledged++;
    return 0;
}

static int visit_request(const StoreRequest *request, void *userdata)
{
    Visit *v = userdata;
    if (v->fail && request->sequence == v->fail)
        return -ECANCELED;
    if (v->refuse && request->sequence == v->refuse)
        return STORE_VISIT_UNREADABLE;
    v->wrong += request->sequence <= v->last_sequence || request->body != NULL;
    v->last_sequence = request->sequence;
    v->requests++;
    v->marked += request->marked;
    v->behind += request->behind_leave;
    v->last = *request;
    snprintf(v->last_id, sizeof v->last_id, "%s", request->id);
    snprintf(v->last_account, sizeof v->last_account, "%s", request->account);
    snprintf(v->last_etag, sizeof v->last_etag, "%s", request->etag ? request->etag : "(null)");
    snprintf(v->last_base, sizeof v->last_base, "%s", request->base ? request->base : "(null)");
    return 0;
}

static int visit_hold(const char *account, uint32_t title_id, uint64_t until_wall_usec, void *userdata)
{
    Visit *v = userdata;
    v->wrong += v->acknowledged + v->requests > 0;
    v->holds++;
    v->hold_title = title_id;
    v->hold_until = until_wall_usec;
    snprintf(v->hold_account, sizeof v->hold_account, "%s", account);
    return 0;
}

static const StoreVisitor visitor = {
    .handle = visit_handle,
    .limiter = visit_limiter,
    .hold = visit_hold,
    .acknowledged = visit_acknowledged,
    .request = visit_request,
};

static void insert(unsigned n)
{
    StoreRequest request = make_request(n, "{}");
    cr_assert_eq(insert_now(f.store, &request, false), 0);
}

static void reopen(const char *boot)
{
    fixture_close(&f);
    cr_assert_eq(fixture_open(&f, boot), 0, "%s", f.message);
}

Test(store_load, every_field_comes_back)
{
    StoreRequest request = make_request(7, "{\"a\":1}");
    request.supersedes = "key";
    request.marked = true;
    request.attempts = 3;
    cr_assert_eq(insert_now(f.store, &request, false), 0);
    reopen(BOOT_TWO);

    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.requests, 1);
    cr_assert_eq(v.wrong, 0);
    cr_assert_str_eq(v.last_id, make_id(7));
    cr_assert_str_eq(v.last_account, "2533274900000001");
    cr_assert_str_eq(v.last_etag, "W/\"x\"");
    cr_assert_eq(v.last.sequence, 7);
    cr_assert_eq(v.last.kind, 1);
    cr_assert_eq(v.last.mode, 3);
    cr_assert_eq(v.last.durability, 2);
    cr_assert_eq(v.last.title_id, 4000000000U);
    cr_assert_eq(v.last.body_size, 7);
    cr_assert_eq(v.last.accepted_boot_usec, 1007);
    cr_assert_eq(v.last.accepted_wall_usec, 1700000000000007ULL);
    cr_assert_eq(v.last.deadline_boot_usec, 2007);
    cr_assert_eq(v.last.deadline_wall_usec, USEC_NEVER);
    cr_assert_eq(v.last.write_class, 2);
    cr_assert_eq(v.last.attempts, 3);
    cr_assert(v.last.marked);
    cr_assert_not(v.last.done);
    cr_assert_not(v.last.fail_when_offline);
    cr_assert_eq(v.last.hash[31], 7);
    cr_assert_str_eq(v.last.boot_id, BOOT_ONE);
    /* It was being sent in the same commit. */
    cr_assert_eq(v.limiters, 1);
    cr_assert_eq(v.limiter_wall, 1700000000000007ULL);
    cr_assert_eq(f.info.newest_wall_usec, 1700000000000007ULL);
}

Test(store_load, rising_sequence_whatever_the_order_of_insertion)
{
    static const unsigned numbers[] = {5, 1, 9, 3, 7};
    for (size_t i = 0; i < ELEMENTS(numbers); i++)
        insert(numbers[i]);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.requests, 5);
    cr_assert_eq(v.wrong, 0);
    cr_assert_eq(v.last_sequence, 9);
}

Test(store_load, mark_and_unmark)
{
    insert(1);
    cr_assert_eq(mark_now(f.store, 1, 1600000000000000ULL), 0);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert(v.last.marked);
    cr_assert_eq(v.limiters, 1);
    cr_assert_eq(v.limiter_wall, 1600000000000000ULL);

    int answer = 1;
    cr_assert_eq(store_unmark(f.store, make_id(1), 4, keep_r, &answer), 0);
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(answer, 0);
    reopen(BOOT_ONE);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_not(v.last.marked);
    cr_assert_eq(v.last.attempts, 4);
    /* The attempt ended now; the service may have counted it as late as that. */
    cr_assert_eq(v.limiters, 1);
    cr_assert_gt(v.limiter_wall, 1600000000000000ULL);
}

Test(store_load, an_attempt_that_slept_is_as_late_as_it_may_have_ended)
{
    insert(1);
    cr_assert_eq(mark_now(f.store, 1, 1600000000000000ULL), 0);
    fixture_close(&f);
    /* The machine has slept five seconds since it began. */
    cr_assert_eq(sql(&f, "UPDATE limiter SET slept=slept-5000000"), 0);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_geq(v.limiter_wall, 1600000005000000ULL);
    cr_assert_leq(v.limiter_wall, store_steady_usec(f.store));
    reopen(BOOT_TWO);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.limiter_wall, 1600000000000000ULL, "the sleep of another boot says nothing");
    reopen(BOOT_ONE);
    cr_assert_eq(finish_now(f.store, 1, "{}", NULL), 0);
    fixture_close(&f);
    cr_assert_eq(sql(&f, "UPDATE limiter SET slept=slept-5000000000, wall=1600000000000000"), 0);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.limiter_wall, 1600000000000000ULL, "its end is known");
}

Test(store_load, behind_a_leave)
{
    insert(1);
    insert(2);
    cr_assert_eq(store_behind_leave(f.store, make_id(1)), 0);
    cr_assert_eq(store_behind_leave(f.store, make_id(3)), 0, "no such request: nothing happens");
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.requests, 2);
    cr_assert_eq(v.behind, 1);
    cr_assert_not(v.last.behind_leave);
}

Test(store_load, mark_of_a_read_is_a_limiter_entry)
{
    cr_assert_eq(mark_now(f.store, 77, 5), 0);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.limiters, 1);
    cr_assert_eq(v.requests, 0);
}

Test(store_load, finished_one)
{
    insert(1);
    cr_assert_eq(mark_now(f.store, 1, 1600000000000000ULL), 0);
    cr_assert_eq(finish_now(f.store, 1, "{}", "{\"d\":1}"), 0);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert(v.last.done);
    cr_assert_not(v.last.marked);
    cr_assert_eq(v.last.result_size, 7);
    cr_assert_eq(v.last.done_wall_usec, 1700000001000001ULL);
    cr_assert_gt(v.limiter_wall, 1600000000000000ULL);
    cr_assert_leq(v.limiter_wall, store_steady_usec(f.store), "it has moved to the end");
    cr_assert_eq(f.info.newest_wall_usec, 1700000001000001ULL);
}

Test(store_load, acknowledged_and_forgotten)
{
    StoreRequest request = make_request(1, "{}");
    cr_assert_eq(insert_now(f.store, &request, false), 0);
    cr_assert_eq(finish_now(f.store, 1, "{}", NULL), 0);
    cr_assert_eq(store_acknowledge(f.store, make_id(1), request.hash, 6, 1700000002000000ULL), 0);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.requests, 0);
    cr_assert_eq(v.acknowledged, 1);
    cr_assert_eq(v.acknowledged_outcome, 6);
    cr_assert_eq(memcmp(v.acknowledged_hash, request.hash, 32), 0);
    cr_assert_eq(f.info.newest_wall_usec, 1700000002000000ULL);

    cr_assert_eq(store_remove(f.store, make_id(1)), 0);
    reopen(BOOT_ONE);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.acknowledged, 0);
}

Test(store_load, newest_handles_are_kept)
{
    for (unsigned n = 1; n <= STORE_HANDLES_MAX + 600; n++) {
        cr_assert_eq(store_keep_handle(f.store, make_id(n), "scid", "template", "name", n), 0);
        if (n % 10000 == 0)
            cr_assert_eq(drain(f.store), 0);
    }
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.handles, STORE_HANDLES_MAX);
    cr_assert_eq(v.wrong, 0);
    cr_assert_str_eq(v.first_handle, make_id(601));
    fixture_close(&f);
    cr_assert_eq(sql(&f, "SELECT CASE WHEN count(*) > 10256 THEN abs(-9223372036854775808) END FROM handle"),
                 SQLITE_OK);
}

Test(store_load, old_limiter_entries_go)
{
    for (unsigned n = 0; n < 2000; n++)
        cr_assert_eq(
            store_mark(f.store, make_id(1), "1", 1, 1000000000000ULL + n * USEC_PER_SEC, NULL, NULL, NULL),
            0);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_geq(v.limiters, 600);
    cr_assert_leq(v.limiters, 600 + 2 * STORE_PRUNE_EVERY);
}

Test(store_load, damaged_records_are_put_aside_and_the_rest_goes_on)
{
    for (unsigned n = 1; n <= 6; n++)
        insert(n);
    fixture_close(&f);
    cr_assert_eq(sql(&f, "UPDATE request SET kind=9999 WHERE sequence=2;"
                         "UPDATE request SET hash=x'00' WHERE sequence=3;"
                         "UPDATE request SET boot=77 WHERE sequence=4;"
                         "UPDATE request SET account='a'||char(0)||'b' WHERE sequence=5"),
                 SQLITE_OK);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert_not(f.info.moved_aside);
    Visit v = {.refuse = 6};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.requests, 1);
    cr_assert_eq(v.last_sequence, 1);
    cr_assert_eq(store_unreadable(f.store), 5);

    reopen(BOOT_ONE);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.requests, 1);
    cr_assert_eq(store_unreadable(f.store), 0);
    fixture_close(&f);
    /* With their documents, for whoever wants to know. */
    cr_assert_eq(sql(&f, "SELECT CASE WHEN count(*) <> 5 THEN abs(-9223372036854775808) END FROM quarantine "
                         "WHERE body = x'7b7d'"),
                 SQLITE_OK);
    cr_assert_eq(sql(&f, "SELECT CASE WHEN count(*) <> 1 THEN abs(-9223372036854775808) END FROM body"),
                 SQLITE_OK);
}

Test(store_load, unreadable_rows_of_small_tables_are_put_aside_too)
{
    insert(1);
    insert(2);
    StoreRequest request = make_request(3, NULL);
    for (unsigned n = 1; n <= 2; n++) {
        cr_assert_eq(mark_now(f.store, n, clock_wall_usec()), 0);
        cr_assert_eq(store_keep_handle(f.store, make_id(n), "scid", "template", "name", n), 0);
        cr_assert_eq(store_hold(f.store, n == 1 ? "1" : "2", 7, 5), 0);
        cr_assert_eq(store_acknowledge(f.store, make_id(n + 10), request.hash, 0, 5), 0);
    }
    fixture_close(&f);
    cr_assert_eq(sql(&f, "UPDATE limiter SET title_id=-1 WHERE number=1;"
                         "UPDATE handle SET scid='a'||char(0) WHERE wall=1;"
                         "UPDATE hold SET account='a'||char(0)||'b', title_id=-5 WHERE account='1';"
                         "UPDATE acknowledged SET id=x'0102' WHERE id=(SELECT max(id) FROM acknowledged)"),
                 SQLITE_OK);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.wrong, 0);
    cr_assert_eq(v.requests, 2);
    cr_assert_eq(v.limiters, 1);
    cr_assert_eq(v.handles, 1);
    cr_assert_eq(v.holds, 1);
    cr_assert_eq(v.acknowledged, 1);
    cr_assert_eq(store_unreadable(f.store), 4);

    reopen(BOOT_ONE);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.limiters + v.handles + v.holds + v.acknowledged, 4);
    cr_assert_eq(store_unreadable(f.store), 0, "once, not at every start");
    fixture_close(&f);
    cr_assert_eq(
        sql(&f, "SELECT CASE WHEN group_concat(origin) <> 'handle,limiter,hold,acknowledged'"
                " THEN abs(-9223372036854775808) END FROM (SELECT origin FROM quarantine ORDER BY number)"),
        SQLITE_OK);
}

Test(store_load, holds_are_replaced_and_come_back)
{
    cr_assert_eq(store_hold(f.store, "2533274900000001", 7, 100), 0);
    cr_assert_eq(store_hold(f.store, "", 0, 300), 0);
    cr_assert_eq(store_hold(f.store, "2533274900000001", 7, 50), 0);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.holds, 2);
    cr_assert_eq(v.wrong, 0);
    cr_assert_str_eq(v.hold_account, "2533274900000001"); /* the last one seen: "" comes first */
    cr_assert_eq(v.hold_title, 7);
    cr_assert_eq(v.hold_until, 50, "the newest word counts");
}

Test(store_load, holds_that_are_over_go_and_the_rest_is_bounded)
{
    uint64_t now = clock_wall_usec();
    for (unsigned n = 1; n <= STORE_HOLDS_MAX + 600; n++)
        cr_assert_eq(store_hold(f.store, "1", n, n <= 300 ? now - 1 : now + n * USEC_PER_SEC), 0);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_geq(v.holds, STORE_HOLDS_MAX);
    cr_assert_leq(v.holds, STORE_HOLDS_MAX + STORE_PRUNE_EVERY);
    for (unsigned n = 1; n <= STORE_PRUNE_EVERY; n++)
        cr_assert_eq(store_hold(f.store, "2", n, now - 1), 0);
    reopen(BOOT_ONE);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_leq(v.holds, STORE_HOLDS_MAX, "those that were over are gone");
}

Test(store_load, tables_are_cut_back_whatever_comes_between)
{
    /* Each second operation is one of another table. */
    StoreRequest request = make_request(1, NULL);
    for (unsigned n = 1; n <= 2000; n++) {
        cr_assert_eq(store_attempt(f.store, "1", 1, 1000000000000ULL + n * USEC_PER_SEC, NULL, NULL), 0);
        cr_assert_eq(store_acknowledge(f.store, make_id(n), request.hash, 0, n), 0);
    }
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_leq(v.limiters, 600 + 2 * STORE_PRUNE_EVERY);
    cr_assert_eq(v.acknowledged, 2000);
}

Test(store_load, each_mark_has_its_own_base)
{
    StoreRequest request = make_request(1, "{}");
    request.marked = true;
    request.base = "branch 7";
    cr_assert_eq(insert_now(f.store, &request, false), 0);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_str_eq(v.last_base, "branch 7");

    int answer = 1;
    cr_assert_eq(store_unmark(f.store, make_id(1), 1, keep_r, &answer), 0);
    reopen(BOOT_ONE);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_str_eq(v.last_base, "branch 7", "it was the last that was known");

    cr_assert_eq(store_mark(f.store, make_id(1), "1", 1, 1, "branch 8", keep_r, &answer), 0);
    reopen(BOOT_ONE);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_str_eq(v.last_base, "branch 8");
    cr_assert_eq(store_mark(f.store, make_id(1), "1", 1, 1, NULL, keep_r, &answer), 0);
    reopen(BOOT_ONE);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_str_eq(v.last_base, "(null)", "each mark has its own");

    /* What was known when it was accepted is kept, marked or not. */
    request = make_request(2, "{}");
    request.base = "branch 9";
    cr_assert_eq(insert_now(f.store, &request, false), 0);
    reopen(BOOT_ONE);
    v = (Visit){0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    cr_assert_eq(v.last_sequence, 2);
    cr_assert_str_eq(v.last_base, "branch 9");
}

static unsigned count_marked(const char *boot_id)
{
    fixture_close(&f);
    cr_assert_eq(fixture_open(&f, boot_id), 0, "%s", f.message);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    return v.marked;
}

Test(store_load, after_an_unclean_end_another_boot_marks_what_it_finds)
{
    insert(1);
    insert(2);
    cr_assert_eq(finish_now(f.store, 2, "{}", NULL), 0);
    cr_assert_eq(count_marked(BOOT_ONE), 0);
    cr_assert_eq(count_marked(BOOT_TWO), 0, "a clean end is no power cut");
    insert(3);
    fixture_close(&f);
    cr_assert_eq(sql(&f, "UPDATE meta SET value=0 WHERE key='clean'"), 0);
    cr_assert_eq(count_marked(BOOT_TWO), 1, "the one of the other boot; what this boot wrote is still there");
    cr_assert_eq(count_marked(BOOT_TWO), 1, "a clean end after it does not take the doubt away");
}

Test(store_load, the_steady_clock_is_the_boots)
{
    uint64_t one = store_steady_usec(f.store);
    cr_assert_geq(one, 1600000000000000ULL, "it began as the wall clock");
    reopen(BOOT_ONE);
    cr_assert_geq(store_steady_usec(f.store), one);
    fixture_close(&f);
    cr_assert_eq(sql(&f, "UPDATE boot SET offset=offset+1000000000000"), 0);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert_geq(store_steady_usec(f.store), one + 1000000000000ULL,
                  "the offset is that of the boot's first agent");
    reopen(BOOT_TWO);
    cr_assert_lt(store_steady_usec(f.store), one + 1000000000000ULL,
                 "another boot begins with the wall clock");
}

Test(store_load, the_age_of_what_is_done_goes_by_the_steady_clock)
{
    uint64_t before = store_steady_usec(f.store);
    StoreRequest request = make_request(1, "{}");
    insert(1);
    insert(2);
    cr_assert_eq(finish_now(f.store, 1, "{}", NULL), 0);
    cr_assert_eq(finish_now(f.store, 2, "{}", NULL), 0);
    cr_assert_eq(store_acknowledge(f.store, make_id(1), request.hash, 6, 1700000002000000ULL), 0);
    reopen(BOOT_ONE);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    uint64_t after = store_steady_usec(f.store);
    cr_assert(v.last.done_steady_usec >= before && v.last.done_steady_usec <= after);
    cr_assert(v.acknowledged_steady >= before && v.acknowledged_steady <= after);

    reopen(BOOT_TWO);
    for (int start = 0; start < 2; start++, reopen(BOOT_TWO)) {
        v = (Visit){0};
        cr_assert_eq(store_load(f.store, &visitor, &v), 0);
        cr_assert_eq(v.last.done_steady_usec, 1700000001000002ULL,
                     "another boot goes on with the wall clock");
        cr_assert_eq(v.acknowledged_steady, 1700000002000000ULL);
    }
}

Test(store_load, visitor_can_end_it)
{
    for (unsigned n = 1; n <= 3; n++)
        insert(n);
    reopen(BOOT_ONE);
    Visit v = {.fail = 2};
    cr_assert_eq(store_load(f.store, &visitor, &v), -ECANCELED);
    cr_assert_eq(v.requests, 1);
}

Test(store_load, hundred_thousand, .timeout = 60)
{
    char body[1500];
    memset(body, 'a', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    for (unsigned n = 1; n <= 100000; n++) {
        StoreRequest request = make_request(n, body);
        cr_assert_eq(store_insert(f.store, &request, 0, false, NULL, NULL), 0);
        if (n % 10000 == 0)
            cr_assert_eq(drain(f.store), 0);
    }
    fixture_close(&f);
    struct timespec from, middle, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    cr_assert_eq(fixture_open(&f, BOOT_TWO), 0);
    clock_gettime(CLOCK_MONOTONIC, &middle);
    Visit v = {0};
    cr_assert_eq(store_load(f.store, &visitor, &v), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    cr_assert_eq(v.requests, 100000);
    cr_assert_eq(v.wrong, 0);
    fprintf(stderr, "# 100000 requests: opened in %.0f ms, loaded in %.0f ms\n",
            (double)(middle.tv_sec - from.tv_sec) * 1e3 + (double)(middle.tv_nsec - from.tv_nsec) / 1e6,
            (double)(to.tv_sec - middle.tv_sec) * 1e3 + (double)(to.tv_nsec - middle.tv_nsec) / 1e6);
}
