/* SPDX-License-Identifier: MIT */
/* What doctor makes of what the agent tells: each trouble is a line with its fix. */
#include "cli/doctor.h"
#include "cli/json-out.h"

#include <criterion/criterion.h>
#include <string.h>

#define NOW 1700000000000000LL

static Doctor doctor;

static void setup(void)
{
    doctor = (Doctor){.checks = json_array(), .now = (uint64_t)NOW};
    doctor.facts = json_pack(
        "{s:s, s:i, s:i, s:I, s:b, s:i, s:i, s:i, s:[], s:s, s:I, s:I, s:i, s:i, s:I, s:I}", "state-folder",
        "/state", "store-format", 2, "store-bytes", 40960, "disk-free", (json_int_t)1 << 30, "reserve", 1,
        "quarantined", 0, "quarantined-now", 0, "moved-aside", 0, "limiters", "connectivity", "online",
        "next-probe", (json_int_t)0, "held-until", (json_int_t)0, "retry-tokens", 500, "retry-tokens-max",
        500, "last-error-at", (json_int_t)0, "last-success-at", (json_int_t)NOW - 5000000);
    cr_assert_not_null(doctor.facts);
}

static void teardown(void)
{
    json_decref(doctor.checks);
    json_decref(doctor.facts);
}

TestSuite(doctor, .init = setup, .fini = teardown);

static void set(const char *key, json_t *value)
{
    json_object_set_new(doctor.facts, key, value);
}

static void judge(void)
{
    doctor_store(&doctor);
    doctor_health(&doctor);
    doctor_limiters(&doctor);
    doctor_quarantine(&doctor);
}

/* The one line that is not ok. */
static void expect(const char *check, const char *state, const char *part)
{
    size_t bad = 0;

    judge();
    for (size_t i = 0; i < json_array_size(doctor.checks); i++) {
        const json_t *row = json_array_get(doctor.checks, i);
        if (strcmp(json_text(row, "state"), "ok") == 0) {
            cr_expect_null(json_object_get(row, "fix"), "%s is ok and has a fix", json_text(row, "check"));
            continue;
        }
        bad++;
        cr_expect_str_eq(json_text(row, "check"), check);
        cr_expect_str_eq(json_text(row, "state"), state);
        cr_expect_not_null(strstr(json_text(row, "text"), part), "%s", json_text(row, "text"));
        cr_expect_gt(strlen(json_text(row, "fix")), 5, "%s has no fix", check);
    }
    cr_expect_eq(bad, 1, "%zu lines of %s", bad, check);
}

Test(doctor, all_is_well)
{
    judge();
    cr_expect_eq(doctor_count(&doctor, DOCTOR_OK), 5);
    cr_expect_eq(json_array_size(doctor.checks), 5);
}

Test(doctor, store_that_cannot_be_written)
{
    set("store-error", json_string("Read-only file system"));
    expect("store", "fail", "Read-only");
}

Test(doctor, full_disk)
{
    set("reserve", json_false());
    expect("disk", "fail", "full");
}

Test(doctor, disk_nearly_full)
{
    set("disk-free", json_integer(10 << 20));
    expect("disk", "warn", "only 10 MiB");
}

Test(doctor, directory_away)
{
    set("connectivity", json_string("offline"));
    set("last-error", json_string("connection refused"));
    set("last-error-at", json_integer(NOW - 2000000));
    set("next-probe", json_integer(NOW + 4000000));
    expect("health", "fail", "connection refused (2 s ago); it is tried again in 4 s");
}

Test(doctor, directory_in_trouble)
{
    set("connectivity", json_string("limited"));
    set("last-error", json_string("it answered 500"));
    set("last-error-at", json_integer(NOW - 2000000));
    expect("health", "warn", "it answered 500 (2 s ago)");
}

Test(doctor, directory_said_to_wait)
{
    set("held-until", json_integer(NOW + 30000000));
    expect("health", "warn", "in 30 s");
}

Test(doctor, retries_used_up)
{
    set("retry-tokens", json_integer(40));
    expect("retries", "warn", "40 of 500");
}

Test(doctor, account_that_was_told_to_wait)
{
    set("limiters", json_pack("[[s,i,i,i,i,i,I], [s,i,i,i,i,i,I]]", "1", 0, 3, 29, 3, 290, (json_int_t)0, "2",
                              7, 3, 29, 3, 290, (json_int_t)NOW + 9000000));
    expect("limiter", "warn", "account 2, title 7: the service said to wait, and it is tried again in 9 s");
}

Test(doctor, limit_used_up)
{
    set("limiters", json_pack("[[s,i,i,i,i,i,I]]", "1", 0, 3, 29, 290, 290, (json_int_t)0));
    expect("limiter", "warn", "290 of 290 in 300 s");
}

Test(doctor, without_limits_nothing_is_used_up)
{
    set("limiters", json_pack("[[s,i,i,i,i,i,I]]", "1", 0, 50, 0, 500, 0, (json_int_t)0));
    judge();
    cr_expect_eq(doctor_count(&doctor, DOCTOR_WARN), 0);
}

Test(doctor, records_put_aside)
{
    set("quarantined", json_integer(3));
    set("quarantined-now", json_integer(1));
    expect("quarantine", "warn", "3 records of /state/queue.db");
}

Test(doctor, queue_moved_aside)
{
    set("moved-aside", json_integer(2));
    set("newest-moved", json_string("queue.db.corrupt-x"));
    expect("quarantine", "warn", "queue.db.corrupt-x");
}

Test(doctor, what_others_say_does_no_harm)
{
    doctor_add(&doctor, "x", DOCTOR_OK, NULL, "%s", "a\x1b[31m\nb");
    cr_expect_str_eq(json_text(json_array_get(doctor.checks, 0), "text"), "a?[31m?b");
    doctor_add(&doctor, "y", DOCTOR_FAIL, "mend it", "%s", "no utf-8: \xff");
    cr_expect_eq(json_array_size(doctor.checks), 2);
    cr_expect_eq(doctor_count(&doctor, DOCTOR_FAIL), 1);
}
