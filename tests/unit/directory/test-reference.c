/* SPDX-License-Identifier: MIT */
/* References, paths, identifiers, the clock's texts, the journal's ring and the loopback test of a Host. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "directory/clock.h"
#include "directory/control.h"
#include "directory/journal.h"
#include "directory/route.h"
#include "directory/session.h"
#include "directory/util.h"

#define SCID "5F2C0100-7e1b-4c57-9d0e-0000665a1be9"

Test(reference, parts_are_checked)
{
    static const struct {
        const char *scid, *template_name, *name;
        int r;
    } cases[] = {
        {SCID, "quickmatch", "one", 0},
        {SCID, "Quick.Match_1", "a-b", 0},
        {"5f2c0100", "quickmatch", "one", -EINVAL},
        {SCID, "", "one", -EINVAL},
        {SCID, "quickmatch", "..", -EINVAL},
        {SCID, "quickmatch", ".", -EINVAL},
        {SCID, "quickmatch", "a/b", -EINVAL},
        {SCID, "quick~match", "one", -EINVAL},
        {SCID, "quickmatch", "a%2f", -EINVAL},
        {SCID, "quickmatch", "...", 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SessionReference given = {cases[i].scid, cases[i].template_name, cases[i].name}, parsed;
        OWN_JSON json_t *json = session_reference_json(&given);

        cr_assert_eq(session_reference_parse(json, false, &parsed), cases[i].r, "case %zu", i);
    }
}

Test(reference, keys_compare_without_case)
{
    SessionReference one = {SCID, "QuickMatch", "One"},
                     two = {"5f2c0100-7E1B-4c57-9d0e-0000665a1be9", "quickmatch", "oNE"};
    OWN_TEXT char *first = session_key(&one), *second = session_key(&two);

    cr_assert_str_eq(first, second);
}

Test(reference, names_have_a_length)
{
    char name[NAME_MAX_LENGTH + 2];

    memset(name, 'a', sizeof(name));
    name[NAME_MAX_LENGTH] = '\0';
    cr_assert(name_valid(name));
    name[NAME_MAX_LENGTH] = 'a';
    name[NAME_MAX_LENGTH + 1] = '\0';
    cr_assert_not(name_valid(name));
}

Test(reference, guids)
{
    char guid[GUID_SIZE], other[GUID_SIZE];

    guid_make(guid, true);
    guid_make(other, true);
    cr_assert(guid_valid(guid) && !guid_nil(guid) && strpbrk(guid, "abcdef") == NULL);
    cr_assert_str_neq(guid, other);
    cr_assert(guid_nil("00000000-0000-0000-0000-000000000000"));
    cr_assert_not(guid_valid("0a7be2c451d3-4f8e-8c7d-93a1c0de0001-"));
    cr_assert_not(guid_valid("0a7be2c4-51d3-4f8e-8c7d-93a1c0de000g"));
}

Test(reference, paths)
{
    Path path;

    cr_assert_eq(path_split("/Handles/x/session/", &path), 0);
    cr_assert_eq(path.count, 3);
    cr_assert(path_is(&path, 0, "handles") && path_is(&path, 2, "session") && !path_is(&path, 3, "session"));
    path_clear(&path);
    cr_assert_eq(path_split("/", &path), 0);
    cr_assert_eq(path.count, 0);
    path_clear(&path);
    cr_assert_eq(path_split("//handles", &path), -EINVAL);
    cr_assert_eq(path_split("/a//b", &path), -EINVAL);
    cr_assert_eq(path_split("handles", &path), -EINVAL);
    cr_assert_eq(path_split("/1/2/3/4/5/6/7/8/9", &path), -EINVAL);
}

Test(reference, times)
{
    char iso[CLOCK_ISO_SIZE], http[CLOCK_HTTP_SIZE];
    int64_t time_us = INT64_C(1772562011) * SECOND_US + 123456;

    clock_format_iso(time_us, iso);
    clock_format_http(time_us, http);
    cr_assert_str_eq(iso, "2026-03-03T18:20:11.1234560Z");
    cr_assert_str_eq(http, "Tue, 03 Mar 2026 18:20:11 GMT");
}

Test(reference, clock_goes_forward_only)
{
    Clock clock = {0};

    cr_assert_eq(clock_advance(&clock, 5), 0);
    cr_assert_eq(clock_advance(&clock, -1), -EINVAL);
    cr_assert_eq(clock_advance(&clock, CLOCK_OFFSET_MAX_US), -EINVAL);
    cr_assert_eq(clock.offset_us, 5);
}

Test(reference, journal_keeps_the_newest)
{
    OWN_TEXT char *text = NULL, *tail = NULL;
    size_t length;
    Journal journal;

    journal_open(&journal, 3);
    for (int i = 0; i < 5; i++)
        journal_append(&journal, json_object());
    text = journal_text(&journal, 0, &length);
    cr_assert_str_eq(text, "{\"sequence\":3}\n{\"sequence\":4}\n{\"sequence\":5}\n");
    cr_assert_eq(length, strlen(text));
    tail = journal_text(&journal, 4, &length);
    cr_assert_str_eq(tail, "{\"sequence\":5}\n");
    free(tail);
    tail = journal_text(&journal, UINT64_MAX, &length);
    cr_assert_eq(length, 0);
    journal_close(&journal);
}

Test(reference, loopback_hosts)
{
    static const char *const good[] = {"127.0.0.1", "127.0.0.1:80", "localhost",  "LOCALHOST:1",
                                       "[::1]",     "[::1]:80",     "127.255.0.1"};
    static const char *const bad[] = {"",
                                      "::1",
                                      "example.org",
                                      "127.0.0.1.example.org",
                                      "localhost.example.org",
                                      "[::1]x",
                                      "[::2]",
                                      "127.1",
                                      "2130706433",
                                      "10.0.0.1",
                                      "[::1"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_assert(control_host_is_loopback(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_not(control_host_is_loopback(bad[i]), "%s", bad[i]);
    cr_assert_not(control_host_is_loopback(NULL));
}

Test(reference, depth)
{
    json_t *json = json_array();

    for (int i = 1; i < JSON_DEPTH_MAX; i++)
        json = json_pack("[o]", json);
    cr_assert(json_depth_fits(json));
    json = json_pack("{s:o}", "a", json);
    cr_assert_not(json_depth_fits(json));
    json_decref(json);
}
