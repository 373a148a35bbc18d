/* SPDX-License-Identifier: MIT */
/* A full disk: new work is refused by name, what was accepted goes on. As root on a small tmpfs in a mount namespace of
 * its own. An ordinary user cannot have one in a process with threads: there a limit on the size of files takes its place,
 * which the reserve cannot help with, so that work goes on when the limit is gone. */
#include "store-fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

static Fixture f;
static bool small_disk;

static bool make_small_disk(void)
{
    return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("mpsession-test", f.folder, "tmpfs", 0, "size=12m,mode=700") == 0;
}

static void setup(void)
{
    fixture_begin(&f);
    small_disk = make_small_disk();
    cr_assert(small_disk || geteuid() != 0, "root must be able to mount a tmpfs: %s", strerror(errno));
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    if (!small_disk) {
        struct rlimit limit = {.rlim_cur = 6 << 20, .rlim_max = RLIM_INFINITY};
        signal(SIGXFSZ, SIG_IGN);
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    }
}

static void teardown(void)
{
    fixture_close(&f);
    if (small_disk)
        (void)umount2(f.folder, MNT_DETACH);
    fixture_end(&f);
}

TestSuite(store_full, .init = setup, .fini = teardown, .timeout = 60);

/* What the reserve does on a disk, for a limit. */
static void lift_limit(void)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (!small_disk)
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Requests until the disk is full; returns how many were accepted. */
static unsigned fill(void)
{
    static char body[20001];
    memset(body, 'a', sizeof body - 1);
    unsigned accepted = 0;
    for (unsigned n = 1; n < 10000; n++) {
        StoreRequest request = make_request(n, body);
        int r = insert_now(f.store, &request, false);
        if (r == 0) {
            accepted++;
            continue;
        }
        cr_assert_eq(r, -ENOSPC, "request %u: %s", n, strerror(-r));
        return accepted;
    }
    cr_assert_fail("the disk never filled");
    return 0;
}

Test(store_full, accepted_work_goes_on)
{
    unsigned accepted = fill();
    cr_assert_gt(accepted, 50);
    lift_limit();
    /* Each of them can be marked, finished, read and acknowledged; the reserve is for that. */
    for (unsigned n = 1; n <= accepted; n++) {
        cr_assert_eq(mark_now(f.store, n, n), 0, "mark %u of %u", n, accepted);
        Loaded loaded = load_body_now(f.store, n);
        cr_assert_eq(loaded.r, 0);
        cr_assert_eq(loaded.size, 20000);
        loaded_free(&loaded);
        cr_assert_eq(finish_now(f.store, n, "{\"outcome\":0}", "{\"small\":1}"), 0, "finish %u of %u", n,
                     accepted);
    }
    for (unsigned n = 1; n <= accepted; n++) {
        Loaded result = load_result_now(f.store, n);
        cr_assert_eq(result.r, 0);
        loaded_free(&result);
        StoreRequest request = make_request(n, NULL);
        cr_assert_eq(store_acknowledge(f.store, make_id(n), request.hash, 0, n), 0);
    }
    cr_assert_eq(drain(f.store), 0);
}

Test(store_full, stories_are_not_worth_the_reserve)
{
    unsigned accepted = fill();
    char text[STORE_NOTE_BYTES + 1];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_assert(f.store->reserve_there);
    for (unsigned n = 1; n <= accepted; n++)
        for (unsigned line = 0; line < STORE_NOTES_MAX; line++)
            cr_assert_eq(store_note(f.store, make_id(n), 1, text), 0);
    cr_assert_eq(drain(f.store), 0);
    cr_assert(f.store->reserve_there);
    cr_assert_eq(f.store->failed, -ENOSPC, "they did not all fit");
    lift_limit();
    cr_assert_eq(mark_now(f.store, 1, 1), 0, "what was accepted goes on");
}

Test(store_full, in_a_group_only_what_does_not_fit_is_refused)
{
    unsigned accepted = fill();
    static char large[1000001];
    memset(large, 'a', sizeof large - 1);
    lift_limit();
    int answers[3] = {1, 1, 1};
    StoreRequest request = make_request(20000, large);
    pthread_mutex_lock(&f.store->database_mutex);
    cr_assert_eq(store_mark(f.store, make_id(1), "1", 1, 1, NULL, keep_r, &answers[0]), 0);
    cr_assert_eq(store_insert(f.store, &request, 0, true, keep_r, &answers[1]), 0);
    cr_assert_eq(store_finish(f.store, make_id(accepted), 0, 1, 1, "{}", NULL, 0, keep_r, &answers[2]), 0);
    pthread_mutex_unlock(&f.store->database_mutex);
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(answers[0], 0);
    cr_assert_eq(answers[1], small_disk ? -ENOSPC : 0);
    cr_assert_eq(answers[2], 0);
}

Test(store_full, survives_a_restart_and_takes_work_again_when_there_is_space)
{
    /* Something else fills the disk. */
    unsigned accepted = 20;
    for (unsigned n = 1; n <= accepted; n++) {
        StoreRequest request = make_request(n, "{}");
        cr_assert_eq(insert_now(f.store, &request, true), 0);
    }
    if (!small_disk)
        return; /* a limit on the size of each file does not fill anything; the two tests above hold there */
    char path[128];
    snprintf(path, sizeof path, "%s/ballast", f.folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    static const char bytes[4096];
    while (write(fd, bytes, sizeof bytes) > 0)
        ;
    cr_assert_eq(errno, ENOSPC);
    close(fd);

    StoreRequest request = make_request(100, "{}");
    unsigned tries = 0;
    int r = 0;
    /* The log may have room that it wrote before; then the pages run out. */
    for (; r == 0 && tries < 2000; tries++) {
        request = make_request(100 + tries, "{}");
        r = insert_now(f.store, &request, false);
    }
    cr_assert_eq(r, -ENOSPC, "%u tries", tries);
    for (unsigned n = 1; n <= accepted; n++)
        cr_assert_eq(finish_now(f.store, n, "{}", NULL), 0);
    fixture_close(&f);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    for (unsigned n = 1; n <= accepted; n++) {
        Loaded result = load_result_now(f.store, n);
        cr_assert_eq(result.r, 0);
        loaded_free(&result);
    }
    cr_assert_eq(unlink(path), 0);
    request = make_request(50000, "{}");
    cr_assert_eq(insert_now(f.store, &request, false), 0);
    cr_assert_eq(access(fixture_path(&f, "reserve"), F_OK), 0, "the reserve is there again");
}

/* Something else takes what is left. */
static void fill_the_rest(char path[128])
{
    static const char bytes[4096];
    snprintf(path, 128, "%s/ballast", f.folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    while (write(fd, bytes, sizeof bytes) > 0)
        ;
    cr_assert_eq(errno, ENOSPC);
    close(fd);
}

Test(store_full, starts_on_a_disk_that_has_been_filled_meanwhile)
{
    char path[128];
    StoreRequest request = make_request(1, "{}");
    cr_assert_eq(insert_now(f.store, &request, true), 0);
    if (!small_disk)
        return;
    fixture_close(&f);
    fill_the_rest(path);
    cr_assert_eq(fixture_open(&f, BOOT_TWO), 0, "%s", f.message);
    cr_assert_eq(finish_now(f.store, 1, "{}", NULL), 0, "what was accepted cannot end");
    request = make_request(2, "{}");
    cr_assert_eq(insert_now(f.store, &request, false), -ENOSPC);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(insert_now(f.store, &request, false), 0);
}

Test(store_full, many_results_are_no_reason_not_to_start_after_a_boot)
{
    char path[128];
    if (!small_disk)
        return;
    for (unsigned n = 1; n <= 16000; n++) {
        StoreRequest request = make_request(n, "{}");
        cr_assert_eq(insert_now(f.store, &request, false), 0);
        cr_assert_eq(finish_now(f.store, n, "{}", NULL), 0);
    }
    fixture_close(&f);
    fill_the_rest(path);
    cr_assert_eq(fixture_open(&f, BOOT_TWO), 0, "%s", f.message);
}
