/* SPDX-License-Identifier: MIT */
/* The state folder: who may, what is in the way, what is broken. */
#include "store-fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static Fixture f;

static void setup(void)
{
    fixture_begin(&f);
}

static void teardown(void)
{
    fixture_end(&f);
}

TestSuite(store_open, .init = setup, .fini = teardown, .timeout = 60);

static unsigned mode_of(const char *path)
{
    struct stat status;
    cr_assert_eq(stat(path, &status), 0, "%s", path);
    return status.st_mode & 07777;
}

static void make_state(mode_t mode)
{
    char parent[96];
    snprintf(parent, sizeof parent, "%s/a", f.folder);
    cr_assert_eq(mkdir(parent, 0755), 0);
    cr_assert_eq(mkdir(f.state, 0700), 0);
    cr_assert_eq(chmod(f.state, mode), 0);
}

static void write_file(const char *file, const void *data, size_t size)
{
    FILE *stream = fopen(fixture_path(&f, file), "w");
    cr_assert_not_null(stream);
    cr_assert_eq(fwrite(data, 1, size, stream), size);
    fclose(stream);
}

static void store_one(unsigned n)
{
    StoreRequest request = make_request(n, "{}");
    cr_assert_eq(insert_now(f.store, &request, true), 0);
}

static bool has_body(unsigned n)
{
    Loaded loaded = load_body_now(f.store, n);
    bool has = loaded.r == 0;
    loaded_free(&loaded);
    return has;
}

Test(store_open, makes_the_folder_and_its_parents_whatever_the_umask)
{
    umask(0);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    store_one(1);
    cr_expect_eq(mode_of(f.state), 0700);
    cr_expect_eq(mode_of(fixture_path(&f, "queue.db")), 0600);
    cr_expect_eq(mode_of(fixture_path(&f, "queue.db-wal")), 0600);
    cr_expect_eq(mode_of(fixture_path(&f, "lock")), 0600);
    cr_expect_eq(mode_of(fixture_path(&f, "reserve")), 0600);
    cr_expect(f.info.clean);
    cr_expect_not(f.info.moved_aside);
}

Test(store_open, narrow_umask)
{
    umask(0777);
    int r = fixture_open(&f, BOOT_ONE);
    umask(022);
    cr_assert_eq(r, 0, "%s", f.message);
    store_one(1);
    cr_expect_eq(mode_of(f.state), 0700);
    cr_expect_eq(mode_of(fixture_path(&f, "queue.db")), 0600);
    cr_expect_eq(mode_of(fixture_path(&f, "reserve")), 0600);
}

Test(store_open, readable_folder_is_made_private)
{
    make_state(0755);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert_eq(mode_of(f.state), 0700);
}

Test(store_open, readable_file_is_made_private)
{
    make_state(0700);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    fixture_close(&f);
    cr_assert_eq(chmod(fixture_path(&f, "queue.db"), 0644), 0);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert_eq(mode_of(fixture_path(&f, "queue.db")), 0600);
}

Test(store_open, folder_that_others_may_write_to)
{
    make_state(0777);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), -EPERM);
    cr_assert_not_null(strstr(f.message, "chmod 700"), "%s", f.message);
    cr_assert_null(f.store);
}

Test(store_open, file_in_the_place_of_the_folder)
{
    char parent[96];
    snprintf(parent, sizeof parent, "%s/a", f.folder);
    FILE *stream = fopen(parent, "w");
    fclose(stream);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), -ENOTDIR);
    cr_assert_not_null(strstr(f.message, "--state-dir"), "%s", f.message);
}

Test(store_open, folder_that_cannot_be_written_to)
{
    make_state(0700);
    int status;
    pid_t child = fork();
    if (child == 0) {
        /* As root the bits say nothing: become nobody, for whom the folder is a stranger's. */
        (void)chmod(f.folder, 0755);
        if (geteuid() != 0)
            (void)chmod(f.state, 0500);
        else if (setgid(65534) < 0 || setuid(65534) < 0)
            _exit(2);
        int r = fixture_open(&f, BOOT_ONE);
        _exit(r < 0 && strstr(f.message, "state folder") && strstr(f.message, "--state-dir") ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    (void)chmod(f.state, 0700);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%d", status);
}

Test(store_open, second_agent_is_told_who_has_it)
{
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    Fixture second = f;
    second.store = NULL;
    cr_assert_eq(fixture_open(&second, BOOT_ONE), STORE_E_LOCKED);
    cr_assert_eq(second.holder, getpid());
    cr_assert_not_null(strstr(second.message, "another agent"), "%s", second.message);
    /* The first goes on. */
    store_one(1);
    fixture_close(&f);
    cr_assert_eq(fixture_open(&second, BOOT_ONE), 0, "%s", second.message);
    f.store = second.store;
}

Test(store_open, lock_goes_with_its_holder)
{
    int ready[2], status;
    cr_assert_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        int r = fixture_open(&f, BOOT_ONE);
        (void)!write(ready[1], &r, sizeof r);
        pause();
        _exit(1);
    }
    int r = 1;
    cr_assert_eq(read(ready[0], &r, sizeof r), (ssize_t)sizeof r);
    cr_assert_eq(r, 0);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), STORE_E_LOCKED);
    cr_assert_eq(f.holder, child);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert_not(f.info.clean);
}

Test(store_open, clean_only_after_closing)
{
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    cr_assert(f.info.clean);
    fixture_close(&f);
    cr_assert_eq(
        sql(&f, "SELECT CASE value WHEN 0 THEN abs(-9223372036854775808) END FROM meta WHERE key='clean'"),
        SQLITE_OK);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    cr_assert(f.info.clean);
}

Test(store_open, newer_format_is_left_alone)
{
    char back[40];
    snprintf(back, sizeof back, "PRAGMA user_version=%d", STORE_FORMAT);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    store_one(1);
    fixture_close(&f);
    cr_assert_eq(sql(&f, "PRAGMA user_version=7"), SQLITE_OK);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), STORE_E_NEWER);
    cr_assert_not_null(strstr(f.message, "newer"), "%s", f.message);
    cr_assert_not_null(strstr(f.message, "format 7"), "%s", f.message);
    cr_assert_null(f.store);
    cr_assert_eq(sql(&f, back), SQLITE_OK);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert(has_body(1));
}

static void expect_moved_aside(void)
{
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert(f.info.moved_aside);
    cr_assert_eq(access(f.info.moved_to, F_OK), 0, "%s", f.info.moved_to);
    cr_assert_not_null(strstr(f.info.moved_to, "/queue.db.corrupt-"));
    store_one(1);
    cr_assert(has_body(1));
}

Test(store_open, garbage_is_moved_aside)
{
    make_state(0700);
    char garbage[9000];
    memset(garbage, 0x5a, sizeof garbage);
    write_file("queue.db", garbage, sizeof garbage);
    expect_moved_aside();
    cr_assert_eq(mode_of(fixture_path(&f, "queue.db")), 0600);
}

Test(store_open, broken_pages_are_moved_aside_with_their_log)
{
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    char body[2000];
    memset(body, 'a', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    for (unsigned n = 1; n <= 500; n++) {
        StoreRequest request = make_request(n, body);
        cr_assert_eq(store_insert(f.store, &request, 0, false, NULL, NULL), 0);
    }
    fixture_close(&f);
    int fd = open(fixture_path(&f, "queue.db"), O_RDWR);
    char garbage[4096];
    memset(garbage, 0x5a, sizeof garbage);
    struct stat status;
    cr_assert_eq(fstat(fd, &status), 0);
    for (off_t at = 4096; at < status.st_size; at += 4096)
        cr_assert_eq(pwrite(fd, garbage, sizeof garbage, at), (ssize_t)sizeof garbage);
    close(fd);
    write_file("queue.db-wal", "not a log", 9);
    expect_moved_aside();
}

Test(store_open, another_programs_database_is_moved_aside)
{
    make_state(0700);
    cr_assert_eq(sql(&f, "CREATE TABLE theirs(a); INSERT INTO theirs VALUES(1)"), SQLITE_OK);
    expect_moved_aside();
}

Test(store_open, ours_with_a_table_missing_is_moved_aside)
{
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    fixture_close(&f);
    cr_assert_eq(sql(&f, "DROP TABLE body"), SQLITE_OK);
    expect_moved_aside();
}

Test(store_open, several_broken_ones_do_not_overwrite_each_other)
{
    make_state(0700);
    for (unsigned i = 0; i < 3; i++) {
        write_file("queue.db", "this is no database, however you look at it", 43);
        expect_moved_aside();
        fixture_close(&f);
    }
    glob_t found;
    cr_assert_eq(glob(fixture_path(&f, "queue.db.corrupt-*"), 0, NULL, &found), 0);
    cr_expect_eq(found.gl_pathc, 3);
    globfree(&found);
}

static unsigned count_files(const char *pattern)
{
    glob_t found;
    unsigned count = 0;
    if (glob(fixture_path(&f, pattern), 0, NULL, &found) == 0) {
        count = (unsigned)found.gl_pathc;
        globfree(&found);
    }
    return count;
}

Test(store_open, of_broken_ones_the_newest_three_are_kept)
{
    make_state(0700);
    write_file("queue.db.corrupt-20250101T000000Z", "the oldest", 10);
    write_file("queue.db.corrupt-20250101T000000Z-wal", "its log", 7);
    write_file("queue.db.corrupt-20250101T000000Z.2", "the next", 8);
    write_file("queue.db.corrupt-20250101T000000Z.10", "and a newer one", 15);
    write_file("queue.db.corrupt-20250102T000000Z", "and a newer one", 15);
    write_file("queue.db", "this is no database, however you look at it", 43);
    expect_moved_aside();
    cr_expect_eq(count_files("queue.db.corrupt-20250101T000000Z*"), 1, "with its log");
    cr_expect_eq(count_files("queue.db.corrupt-20250101T000000Z.10"), 1);
    cr_expect_eq(count_files("queue.db.corrupt-*"), 3);
    char newest[96];
    cr_expect_eq(store_folder_moved(f.store, newest, sizeof newest), 3);
    cr_expect_not_null(strstr(f.info.moved_to, newest), "%s", newest);
}

Test(store_open, needs_no_shared_memory)
{
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
        store_one(i + 1);
        cr_assert_eq(access(fixture_path(&f, "queue.db-shm"), F_OK), -1, "start %u", i);
        fixture_close(&f);
    }
}

Test(store_open, empty_file_is_a_new_one)
{
    make_state(0700);
    write_file("queue.db", "", 0);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert_not(f.info.moved_aside);
}

Test(store_open, what_was_answered_outlives_kill_9)
{
    int answered[2], status;
    cr_assert_eq(pipe(answered), 0);
    pid_t child = fork();
    if (child == 0) {
        if (fixture_open(&f, BOOT_ONE) != 0)
            _exit(1);
        for (unsigned n = 1;; n++) {
            StoreRequest request = make_request(n, "{}");
            if (insert_now(f.store, &request, n % 10 == 0) != 0)
                _exit(1);
            if (n % 3 == 0 && (mark_now(f.store, n, n) != 0 || finish_now(f.store, n, "{}", NULL) != 0))
                _exit(1);
            (void)!write(answered[1], &n, sizeof n);
        }
    }
    unsigned last = 0;
    while (last < 300)
        cr_assert_eq(read(answered[0], &last, sizeof last), (ssize_t)sizeof last);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    close(answered[1]);
    for (unsigned n; read(answered[0], &n, sizeof n) == (ssize_t)sizeof n;)
        last = n;

    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert_not(f.info.clean);
    cr_assert_not(f.info.moved_aside);
    for (unsigned n = 1; n <= last; n++) {
        if (n % 3) {
            cr_assert(has_body(n), "request %u of %u was answered, and is lost", n, last);
            continue;
        }
        Loaded result = load_result_now(f.store, n);
        cr_assert_eq(result.r, 0, "result %u of %u was answered, and is lost", n, last);
        loaded_free(&result);
    }
}

Test(store_open, signals_are_not_the_threads)
{
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0);
    char path[64], line[256];
    unsigned threads = 0, blocking = 0;
    glob_t found;
    snprintf(path, sizeof path, "/proc/self/task/*/status");
    cr_assert_eq(glob(path, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *stream = fopen(found.gl_pathv[i], "r");
        bool store = false;
        while (stream && fgets(line, sizeof line, stream)) {
            unsigned long long mask;
            store = store || string_equal(line, "Name:\tstore\n");
            if (store && sscanf(line, "SigBlk: %llx", &mask) == 1)
                blocking += (mask & (1ULL << (SIGTERM - 1))) && (mask & (1ULL << (SIGCHLD - 1)));
        }
        threads += store;
        if (stream)
            fclose(stream);
    }
    globfree(&found);
    cr_assert_eq(threads, 1);
    cr_assert_eq(blocking, 1);
}
