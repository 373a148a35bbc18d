/* SPDX-License-Identifier: MIT */
/* Memory for secrets: what the kernel was told of it, its bounds, and that nothing stays behind. */
#include "base/secret.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* The flags of the mapping that holds an address, as the kernel shows them. */
static void flags_of(const void *address, char *flags, size_t room)
{
    FILE *maps = fopen("/proc/self/smaps", "re");
    cr_assert_not_null(maps);
    char line[512];
    unsigned long begin, end;
    bool here = false;
    flags[0] = '\0';
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
            here = (uintptr_t)address >= begin && (uintptr_t)address < end;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(flags, room, "%.200s", line + 8);
    }
    fclose(maps);
    cr_assert(flags[0]);
}

Test(secret, what_the_kernel_was_told)
{
    /* Both may only become smaller for an ordinary user: where a megabyte is not allowed, the next test is this one. */
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    bool allowed = geteuid() == 0 || limit.rlim_cur >= SECRET_ARENA_SIZE;
    cr_assert_eq(secret_prepare(), allowed ? SECRET_ARENA_LOCKED : SECRET_ARENA_UNLOCKED);
    CLEANUP_SECRET char *secret = secret_copy("token");
    cr_assert(secret_is(secret));
    char flags[256];
    flags_of(secret, flags, sizeof flags);
    cr_assert_eq(strstr(flags, " lo") != NULL, allowed, "%s", flags);
    cr_assert_not_null(strstr(flags, " dd"), "%s", flags);
    cr_assert_not_null(strstr(flags, " wf"), "%s", flags);
}

Test(secret, no_memory_may_be_locked)
{
    struct rlimit none = {0, 0};
    cr_assert_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
    /* The privileged may lock as much as they like. */
    if (geteuid() == 0)
        cr_assert_eq(seteuid(65534), 0);
    cr_assert_eq(secret_prepare(), SECRET_ARENA_UNLOCKED);
    CLEANUP_SECRET char *secret = secret_copy("token");
    cr_assert(secret_is(secret));
    cr_assert_str_eq(secret, "token");
}

Test(secret, a_child_sees_nothing)
{
    CLEANUP_SECRET char *secret = secret_copy("token");
    cr_assert(secret_is(secret));
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0)
        _exit(secret[0] == '\0' ? 0 : 1);
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    cr_assert_str_eq(secret, "token");
}

Test(secret, texts)
{
    CLEANUP_SECRET char *copy = secret_copy("");
    CLEANUP_SECRET char *printed = secret_printf("x=%s;%u", "a", 7);
    CLEANUP_SECRET char *zeroed = secret_new(300);
    cr_assert_str_eq(copy, "");
    cr_assert_str_eq(printed, "x=a;7");
    for (size_t i = 0; i < 300; i++)
        cr_assert_eq(zeroed[i], 0);
    cr_assert_null(secret_copy(NULL));
    cr_assert_null(secret_free(NULL));
    cr_assert(!secret_is(NULL));
    cr_assert(!secret_is(&zeroed));
}

Test(secret, wiped_and_given_out_again)
{
    size_t before = secret_living();
    CLEANUP_SECRET char *first = secret_new(100);
    memset(first, 'S', 100);
    char *place = first;
    cr_assert_eq(secret_living(), before + 1);
    first = secret_free(first);
    cr_assert_eq(secret_living(), before);
    CLEANUP_SECRET char *second = secret_new(100);
    cr_assert_eq(second, place);
    for (size_t i = 0; i < 100; i++)
        cr_assert_eq(second[i], 0);
}

Test(secret, a_maximum)
{
    CLEANUP_SECRET char *most = secret_new(SECRET_SIZE_MAX);
    cr_assert_not_null(most);
    memset(most, 1, SECRET_SIZE_MAX);
    cr_assert_null(secret_new(SECRET_SIZE_MAX + 1));
    cr_assert_null(secret_new(SIZE_MAX));
    cr_assert_null(secret_printf("%*s", (int)SECRET_SIZE_MAX, "x"));
}

Test(secret, full_and_empty_again)
{
    enum { SIZE = 8000, ALL = SECRET_ARENA_SIZE / SIZE + 8 };
    char *secrets[ALL];
    size_t inside = 0;
    for (size_t i = 0; i < ALL; i++) {
        cr_assert_not_null(secrets[i] = secret_new(SIZE));
        memset(secrets[i], (int)i, SIZE);
        inside += secret_is(secrets[i]);
    }
    cr_assert_lt(inside, ALL);
    cr_assert_gt(inside, ALL - 12);
    cr_assert(!secret_is(secrets[ALL - 1]));
    for (size_t i = 0; i < ALL; i++)
        for (size_t n = 0; n < SIZE; n++)
            cr_assert_eq((unsigned char)secrets[i][n], (unsigned char)i);
    /* Every second one gone leaves holes that are too small for a large one, until their neighbours go too. */
    for (size_t i = 0; i < ALL; i += 2)
        secret_free(secrets[i]);
    char *large = secret_new(3 * SIZE);
    cr_assert(!secret_is(large));
    secret_free(large);
    for (size_t i = 1; i < ALL; i += 2)
        secret_free(secrets[i]);
    large = secret_new(SECRET_SIZE_MAX);
    cr_assert(secret_is(large));
    secret_free(large);
}

/* Random sizes at random times against a model that knows what should be in them. */
Test(secret, many_sizes)
{
    char *secrets[64] = {NULL};
    size_t sizes[64] = {0};
    uint64_t state = 88172645463325252ULL;
    for (unsigned round = 0; round < 20000; round++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        size_t i = state % 64;
        if (secrets[i]) {
            for (size_t n = 0; n < sizes[i]; n++)
                cr_assert_eq(secrets[i][n], (char)(i + 1));
            secrets[i] = secret_free(secrets[i]);
            continue;
        }
        sizes[i] = (state >> 8) % 700;
        cr_assert(secret_is(secrets[i] = secret_new(sizes[i])));
        memset(secrets[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < 64; i++)
        secret_free(secrets[i]);
    cr_assert_eq(secret_living(), 0);
}

static void *churn(void *userdata)
{
    for (unsigned i = 0; i < 5000; i++) {
        char *secret = secret_printf("%s %u", (const char *)userdata, i);
        if (!secret || strncmp(secret, userdata, strlen(userdata)) != 0)
            return userdata;
        secret_free(secret);
    }
    return NULL;
}

Test(secret, from_several_threads)
{
    static char names[4][8] = {"one", "two", "three", "four"};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, churn, names[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        void *wrong;
        cr_assert_eq(pthread_join(threads[i], &wrong), 0);
        cr_assert_null(wrong);
    }
    cr_assert_eq(secret_living(), 0);
}

Test(secret, for_libraries)
{
    char *text = secret_strdup("token");
    cr_assert_eq((uintptr_t)text % _Alignof(max_align_t), 0);
    text = secret_realloc(text, 5000);
    cr_assert_str_eq(text, "token");
    text = secret_realloc(text, 3);
    cr_assert_eq(memcmp(text, "tok", 3), 0);
    secret_release(text);
    unsigned char *zeroed = secret_calloc(7, 9);
    for (size_t i = 0; i < 63; i++)
        cr_assert_eq(zeroed[i], 0);
    /* Both ways: what a library made and we free, and what it frees that came from elsewhere. */
    free(zeroed);
    secret_release(strdup("plain"));
    secret_release(NULL);
    secret_release(secret_realloc(NULL, 10));
    secret_release(secret_malloc(0));
    secret_release(secret_calloc(0, 8));
    cr_assert_eq(secret_living(), 0);
}

#if !defined(__SANITIZE_ADDRESS__)
/* These look where a sanitizer does not let anybody look, or take what it needs itself. */

Test(secret, guard_before, .signal = SIGSEGV)
{
    char *first = secret_new(1);
    *(volatile char *)(first - 1) = 1;
}

Test(secret, guard_behind, .signal = SIGSEGV)
{
    char *first = secret_new(1);
    *(volatile char *)(first + SECRET_ARENA_SIZE) = 1;
}

Test(secret, too_much)
{
    /* Hidden from a compiler that would warn of it. */
    volatile size_t half = SIZE_MAX / 2;
    cr_assert_null(secret_calloc(half, 4));
    cr_assert_null(secret_malloc(half + 1));
    char *kept = secret_strdup("kept");
    cr_assert_null(secret_realloc(kept, half + 1));
    cr_assert_str_eq(kept, "kept");
    secret_release(kept);
}

Test(secret, no_memory_for_an_arena)
{
    /* What malloc() has left is enough for a few bytes. */
    struct rlimit none = {0, 0};
    secret_release(secret_malloc(4096));
    cr_assert_eq(setrlimit(RLIMIT_AS, &none), 0);
    cr_assert_eq(secret_prepare(), SECRET_ARENA_NONE);
    CLEANUP_SECRET char *secret = secret_copy("token");
    cr_assert_str_eq(secret, "token");
    cr_assert(!secret_is(secret));
    cr_assert_null(secret_new(SECRET_SIZE_MAX + 1));
}

/* malloc() gives the same place again, where nothing may be left but its own first links. */
Test(secret, released_memory_is_wiped)
{
    char *text = secret_malloc(200);
    memset(text, 'S', 200);
    uintptr_t place = (uintptr_t)text;
    secret_release(text);
    char *again = malloc(200);
    cr_assert_eq((uintptr_t)again, place);
    cr_assert_null(memchr(again, 'S', 200));
    memset(again, 'S', 200);
    char *moved = secret_realloc(again, 4000);
    char *third = malloc(200);
    cr_assert_eq((uintptr_t)third, place);
    cr_assert_null(memchr(third, 'S', 200));
    free(third);
    secret_release(moved);
}
#endif
