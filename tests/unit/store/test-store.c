/* SPDX-License-Identifier: MIT */
/* The store's border: operations, their answers and their order. */
#include "store-fixture.h"

#include <criterion/criterion.h>

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

TestSuite(store, .init = setup, .fini = teardown);

Test(store, body_comes_back_as_it_was)
{
    StoreRequest request = make_request(1, NULL);
    static const char body[] = "{\"a\":\0\"\xc3\xa4\"}"; /* bytes, not a C string */
    request.body = body;
    request.body_size = sizeof body - 1;
    cr_assert_eq(insert_now(f.store, &request, true), 0);
    Loaded loaded = load_body_now(f.store, 1);
    cr_assert_eq(loaded.r, 0);
    cr_assert_eq(loaded.size, sizeof body - 1);
    cr_assert_eq(memcmp(loaded.data, body, sizeof body), 0); /* with the NUL behind it */
    loaded_free(&loaded);
}

Test(store, empty_body)
{
    StoreRequest request = make_request(1, "");
    cr_assert_eq(insert_now(f.store, &request, false), 0);
    Loaded loaded = load_body_now(f.store, 1);
    cr_assert_eq(loaded.r, 0);
    cr_assert_eq(loaded.size, 0);
    cr_assert_str_eq(loaded.data, "");
    loaded_free(&loaded);
}

Test(store, arguments_are_copied)
{
    char body[] = "{\"first\":1}", account[] = "1", id[37];
    snprintf(id, sizeof id, "%s", make_id(5));
    StoreRequest request = make_request(5, body);
    request.id = id;
    request.account = account;
    int answer = 1;
    cr_assert_eq(store_insert(f.store, &request, 0, false, keep_r, &answer), 0);
    memset(body, 'x', sizeof body - 1);
    memset(account, 'x', 1);
    memset(id, 'x', 36);
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(answer, 0);
    Loaded loaded = load_body_now(f.store, 5);
    cr_assert_str_eq(loaded.data, "{\"first\":1}");
    loaded_free(&loaded);
}

Test(store, same_id_twice_is_refused_and_harms_nobody)
{
    StoreRequest one = make_request(1, "{}"), again = make_request(1, "{\"other\":1}"),
                 two = make_request(2, "{}");
    again.sequence = 9;
    int answers[3] = {1, 1, 1};
    cr_assert_eq(store_insert(f.store, &one, 0, false, keep_r, &answers[0]), 0);
    cr_assert_eq(store_insert(f.store, &again, 0, false, keep_r, &answers[1]), 0);
    cr_assert_eq(store_insert(f.store, &two, 0, false, keep_r, &answers[2]), 0);
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(answers[0], 0);
    cr_assert_eq(answers[1], -EEXIST);
    cr_assert_eq(answers[2], 0);
    Loaded loaded = load_body_now(f.store, 1);
    cr_assert_str_eq(loaded.data, "{}");
    loaded_free(&loaded);
}

Test(store, same_sequence_twice_is_refused_and_harms_nobody)
{
    StoreRequest one = make_request(1, "{}"), clash = make_request(2, "{}"), three = make_request(3, "{}");
    clash.sequence = 1;
    int answers[3] = {1, 1, 1};
    cr_assert_eq(store_insert(f.store, &one, 0, false, keep_r, &answers[0]), 0);
    cr_assert_eq(store_insert(f.store, &clash, 0, false, keep_r, &answers[1]), 0);
    cr_assert_eq(store_insert(f.store, &three, 0, false, keep_r, &answers[2]), 0);
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(answers[0], 0);
    cr_assert_eq(answers[1], -EEXIST);
    cr_assert_eq(answers[2], 0);
}

Test(store, what_is_not_there)
{
    int unmarked = 1, finished = 1;
    cr_assert_eq(store_unmark(f.store, make_id(1), 0, keep_r, &unmarked), 0);
    cr_assert_eq(store_finish(f.store, make_id(1), 0, 1, 1, "{}", NULL, 0, keep_r, &finished), 0);
    cr_assert_eq(store_remove(f.store, make_id(1)), 0);
    cr_assert_eq(store_drop_document(f.store, make_id(1)), 0);
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(unmarked, -ENOENT);
    cr_assert_eq(finished, -ENOENT);
    Loaded body = load_body_now(f.store, 1), result = load_result_now(f.store, 1);
    cr_assert_eq(body.r, -ENOENT);
    cr_assert_null(body.data);
    cr_assert_eq(result.r, -ENOENT);
    cr_assert_null(result.meta);
}

Test(store, ids_must_be_uuids)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "0a7be2c4-51d3-4f8e-8c7d-93a1c0de000",
                                      "0a7be2c4-51d3-4f8e-8c7d-93a1c0de00011",
                                      "0a7be2c4x51d3-4f8e-8c7d-93a1c0de0001",
                                      "0a7be2c4-51d3-4f8e-8c7d-93a1c0de000g",
                                      "0a7be2c451d3-4f8e-8c7d--93a1c0de0001"};
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        StoreRequest request = make_request(1, "{}");
        request.id = bad[i];
        cr_expect_eq(store_insert(f.store, &request, 0, false, NULL, NULL), -EINVAL, "%s", bad[i]);
        cr_expect_eq(store_remove(f.store, bad[i]), -EINVAL, "%s", bad[i]);
    }
    cr_assert_eq(store_pending(f.store), 0);
}

Test(store, what_is_too_large_is_refused_by_name)
{
    static char large[(8 << 20) + 1];
    memset(large, 'a', sizeof large - 1);
    StoreRequest request = make_request(1, large);
    cr_assert_eq(store_insert(f.store, &request, 0, false, NULL, NULL), -E2BIG);
    cr_assert_eq(store_finish(f.store, make_id(1), 0, 1, 1, "{}", large, sizeof large - 1, NULL, NULL),
                 -E2BIG);
    cr_assert_eq(store_pending(f.store), 0);
}

Test(store, result_takes_the_place_of_the_body)
{
    StoreRequest request = make_request(1, "{}");
    cr_assert_eq(insert_now(f.store, &request, false), 0);
    cr_assert_eq(finish_now(f.store, 1, "{\"outcome\":0}", "{\"doc\":true}"), 0);
    Loaded body = load_body_now(f.store, 1);
    cr_assert_eq(body.r, -ENOENT);
    Loaded result = load_result_now(f.store, 1);
    cr_assert_eq(result.r, 0);
    cr_assert_str_eq(result.meta, "{\"outcome\":0}");
    cr_assert_str_eq(result.data, "{\"doc\":true}");
    cr_assert_not(result.dropped);
    loaded_free(&result);

    cr_assert_eq(store_drop_document(f.store, make_id(1)), 0);
    result = load_result_now(f.store, 1);
    cr_assert_eq(result.r, 0);
    cr_assert_null(result.data);
    cr_assert(result.dropped);
    loaded_free(&result);
}

Test(store, result_without_a_document_was_not_dropped)
{
    StoreRequest request = make_request(1, "{}");
    cr_assert_eq(insert_now(f.store, &request, false), 0);
    cr_assert_eq(finish_now(f.store, 1, "{}", NULL), 0);
    Loaded result = load_result_now(f.store, 1);
    cr_assert_eq(result.r, 0);
    cr_assert_null(result.data);
    cr_assert_not(result.dropped);
    loaded_free(&result);
}

typedef struct Order {
    unsigned next;
    unsigned wrong;
} Order;
static Order order;

static void in_order(int r, void *userdata)
{
    if (r != 0 || (uintptr_t)userdata != order.next++)
        order.wrong++;
}

static void body_in_order(int r, const char *data, size_t size MPS_UNUSED, void *userdata)
{
    if (r != 0 || !data || strcmp(data, "{}") != 0 || (uintptr_t)userdata != order.next++)
        order.wrong++;
}

Test(store, answers_come_in_the_order_of_the_calls)
{
    order = (Order){0};
    uintptr_t number = 0;
    for (unsigned n = 1; n <= 3000; n++) {
        StoreRequest request = make_request(n, "{}");
        cr_assert_eq(store_insert(f.store, &request, 0, n % 500 == 0, in_order, (void *)number++), 0);
        cr_assert_eq(store_load_body(f.store, make_id(n), body_in_order, (void *)number++), 0);
        cr_assert_eq(store_mark(f.store, make_id(n), "1", 1, n, NULL, in_order, (void *)number++), 0);
        cr_assert_eq(store_ping(f.store, in_order, (void *)number++), 0);
    }
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(order.wrong, 0);
    cr_assert_eq(order.next, number);
}

Test(store, what_waits_is_committed_together)
{
    /* As if a commit were under way: the thread cannot begin. */
    pthread_mutex_lock(&f.store->database_mutex);
    unsigned long commits = atomic_load(&f.store->commits);
    for (unsigned n = 1; n <= 500; n++) {
        StoreRequest request = make_request(n, "{}");
        cr_assert_eq(store_insert(f.store, &request, 0, n % 2, NULL, NULL), 0);
    }
    pthread_mutex_unlock(&f.store->database_mutex);
    cr_assert_eq(drain(f.store), 0);
    unsigned long more = atomic_load(&f.store->commits) - commits;
    cr_assert_leq(more, 2, "500 requests took %lu commits", more);
    cr_assert_geq(more, 1);
}

Test(store, fsync_only_where_one_of_the_group_asks)
{
    unsigned long syncs = atomic_load(&f.store->syncs);
    StoreRequest request = make_request(1, "{}");
    cr_assert_eq(insert_now(f.store, &request, false), 0);
    cr_assert_eq(mark_now(f.store, 1, 5), 0);
    cr_assert_eq(atomic_load(&f.store->syncs), syncs);
    cr_assert_not(f.store->synchronous_full);
    request = make_request(2, "{}");
    cr_assert_eq(insert_now(f.store, &request, true), 0);
    cr_assert_eq(atomic_load(&f.store->syncs), syncs + 1);
    cr_assert(f.store->synchronous_full);
}

Test(store, full_queue_refuses_new_work_first)
{
    pthread_mutex_lock(&f.store->database_mutex);
    int r = 0;
    unsigned taken = 0;
    for (unsigned n = 1; n <= STORE_QUEUE_MAX + 1 && r == 0; n++, taken += r == 0) {
        StoreRequest request = make_request(n, "{}");
        r = store_insert(f.store, &request, 0, false, NULL, NULL);
    }
    cr_expect_eq(r, -ENOBUFS);
    cr_expect_eq(taken, STORE_QUEUE_MAX - STORE_QUEUE_KEPT);
    cr_expect_eq(store_mark(f.store, make_id(1), "1", 1, 1, NULL, NULL, NULL), 0);
    for (r = 0; r == 0;)
        r = store_ping(f.store, NULL, NULL);
    cr_expect_eq(r, -ENOBUFS);
    cr_expect_eq(store_pending(f.store), STORE_QUEUE_MAX);
    pthread_mutex_unlock(&f.store->database_mutex);
    cr_assert_eq(drain(f.store), 0);
}

Test(store, large_bodies_that_wait_are_bounded)
{
    char *large = calloc(1, (1 << 20) + 1);
    memset(large, 'a', 1 << 20);
    pthread_mutex_lock(&f.store->database_mutex);
    int r = 0;
    unsigned taken = 0;
    for (unsigned n = 1; n <= 200 && r == 0; n++, taken += r == 0) {
        StoreRequest request = make_request(n, large);
        r = store_insert(f.store, &request, 0, false, NULL, NULL);
    }
    pthread_mutex_unlock(&f.store->database_mutex);
    free(large);
    cr_expect_eq(r, -ENOBUFS);
    cr_expect_geq(taken, 60);
    cr_expect_leq(taken, 64 + 16 + 1); /* the queue, and what the thread has in its hands */
    cr_assert_eq(drain(f.store), 0);
}

Test(store, log_does_not_grow_for_ever)
{
    char body[4000];
    memset(body, 'a', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    for (unsigned n = 1; n <= 6000; n++) {
        StoreRequest request = make_request(n, body);
        cr_assert_eq(store_insert(f.store, &request, 0, false, NULL, NULL), 0);
        cr_assert_eq(store_finish(f.store, make_id(n), 0, 1, 1, "{}", NULL, 0, NULL, NULL), 0);
        cr_assert_eq(store_acknowledge(f.store, make_id(n), request.hash, 0, n), 0);
        if (n % 100 == 0)
            cr_assert_eq(drain(f.store), 0);
    }
    cr_assert_eq(drain(f.store), 0);
    FILE *wal = fopen(fixture_path(&f, "queue.db-wal"), "r");
    cr_assert_not_null(wal);
    fseek(wal, 0, SEEK_END);
    long size = ftell(wal);
    fclose(wal);
    /* 6000 × 4 KB went through it. */
    cr_assert_leq(size, 12L << 20, "%ld bytes", size);
}

Test(store, no_answers_after_closing)
{
    int answer = 1;
    StoreRequest request = make_request(1, "{}");
    cr_assert_eq(store_insert(f.store, &request, 0, true, keep_r, &answer), 0);
    fixture_close(&f);
    cr_assert_eq(answer, 1);
    /* But it was committed. */
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    Loaded loaded = load_body_now(f.store, 1);
    cr_assert_eq(loaded.r, 0);
    loaded_free(&loaded);
}

static void again(int r, void *userdata)
{
    int *left = userdata;
    if (r == 0 && --*left > 0)
        (void)store_ping(f.store, again, left);
}

Test(store, callbacks_may_queue_more)
{
    int left = 5;
    cr_assert_eq(store_ping(f.store, again, &left), 0);
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(left, 0);
}
