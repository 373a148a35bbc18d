/* SPDX-License-Identifier: MIT */
/* What other rooms keep: it comes back, it can be replaced, and what was forgotten is nowhere in the files. */
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

TestSuite(store_kept, .init = setup, .fini = teardown, .timeout = 60);

typedef struct Seen {
    unsigned count;
    char text[400];
} Seen;

static int see(const char *kind, const char *key, const void *value, size_t size, void *userdata)
{
    Seen *seen = userdata;
    size_t at = strlen(seen->text);
    seen->count++;
    snprintf(seen->text + at, sizeof seen->text - at, "%s:%s=%.*s;", kind, key, (int)size,
             (const char *)value);
    return string_equal(key, "unreadable") ? STORE_VISIT_UNREADABLE : 0;
}

static Seen look(void)
{
    static const StoreVisitor visitor = {.kept = see};
    Seen seen = {0};
    fixture_close(&f);
    cr_assert_eq(fixture_open(&f, BOOT_ONE), 0, "%s", f.message);
    cr_assert_eq(store_load(f.store, &visitor, &seen), 0);
    return seen;
}

static int keep(const char *kind, const char *key, const char *value)
{
    int r = 1;
    cr_assert_eq(store_keep(f.store, kind, key, value, strlen(value), keep_r, &r), 0);
    cr_assert_eq(drain(f.store), 0);
    return r;
}

static int unkeep(const char *kind, const char *key)
{
    int r = 1;
    cr_assert_eq(store_unkeep(f.store, kind, key, keep_r, &r), 0);
    cr_assert_eq(drain(f.store), 0);
    return r;
}

Test(store_kept, it_comes_back_and_is_replaced)
{
    cr_assert_eq(keep("token", "a/refresh", "one"), 0);
    cr_assert_eq(keep("account", "a", "{}"), 0);
    cr_assert_eq(keep("token", "a/refresh", "two"), 0);
    cr_assert_eq(keep("token", "b/refresh", ""), 0);
    cr_assert_str_eq(look().text, "account:a={};token:a/refresh=two;token:b/refresh=;");
    cr_assert_eq(store_keep(f.store, "token", NULL, "", 0, NULL, NULL), -EINVAL);
}

Test(store_kept, a_key_goes_with_those_below_it)
{
    static const char *const keys[] = {"a", "a/refresh", "a/xsts/1", "ab", "a_", "b/a"};
    for (size_t i = 0; i < ELEMENTS(keys); i++)
        cr_assert_eq(keep("token", keys[i], "x"), 0);
    cr_assert_eq(keep("account", "a", "x"), 0);
    cr_assert_eq(unkeep("token", "a"), 0);
    cr_assert_eq(unkeep("token", "nothing"), 0);
    cr_assert_str_eq(look().text, "account:a=x;token:a_=x;token:ab=x;token:b/a=x;");
}

static bool file_has(const char *file, const char *text)
{
    FILE *stream = fopen(fixture_path(&f, file), "r");
    if (!stream)
        return false;
    static char bytes[8 << 20];
    size_t size = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    return memmem(bytes, size, text, strlen(text));
}

Test(store_kept, what_was_forgotten_is_in_no_file)
{
    cr_assert_eq(keep("token", "a/refresh", "a-secret-that-must-go"), 0);
    cr_assert(file_has("queue.db", "a-secret-that-must-go") ||
              file_has("queue.db-wal", "a-secret-that-must-go"));
    cr_assert_eq(unkeep("token", "a"), 0);
    /* The log is wiped after the answer, before the thread takes anything else. */
    cr_assert_eq(keep("token", "b", "x"), 0);
    cr_assert_not(file_has("queue.db", "a-secret-that-must-go"));
    cr_assert_not(file_has("queue.db-wal", "a-secret-that-must-go"));
    fixture_close(&f);
    cr_assert_not(file_has("queue.db", "a-secret-that-must-go"));
}

Test(store_kept, there_is_a_maximum_of_each_kind)
{
    char key[20];
    for (unsigned i = 0; i < STORE_KEPT_MAX; i++) {
        snprintf(key, sizeof key, "k%u", i);
        cr_assert_eq(store_keep(f.store, "token", key, "x", 1, NULL, NULL), 0);
    }
    cr_assert_eq(drain(f.store), 0);
    cr_assert_eq(keep("token", "more", "x"), -EDQUOT);
    cr_assert_eq(keep("token", "k7", "y"), 0, "one that is there may change");
    cr_assert_eq(keep("account", "more", "x"), 0);
    cr_assert_eq(look().count, STORE_KEPT_MAX + 1);
}

Test(store_kept, what_cannot_be_read_is_put_aside)
{
    cr_assert_eq(keep("account", "unreadable", "{"), 0);
    cr_assert_eq(keep("account", "well", "{}"), 0);
    cr_assert_eq(look().count, 2);
    cr_assert_eq(store_unreadable(f.store), 1);
    cr_assert_str_eq(look().text, "account:well={};");
}
