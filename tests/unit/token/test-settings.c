/* SPDX-License-Identifier: MIT */
/* What agent.conf says of clients and titles. */
#include "token/settings.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define APP "01234567-89ab-cdef-0123-456789abcdef"

static TokenSettings settings;
static char message[300];

static void teardown(void)
{
    settings_clear(&settings);
}

TestSuite(settings, .fini = teardown);

static int set(uint32_t title_id, const char *key, const char *value)
{
    *message = '\0';
    return settings_set(&settings, title_id, key, value, message, sizeof message);
}

Test(settings, nothing_is_set)
{
    TokenChoice choice = settings_choice(&settings, 0);
    cr_assert_null(choice.client_id, "a client belongs to somebody");
    cr_assert_str_eq(choice.sandbox, "RETAIL");
    cr_assert_str_eq(choice.relying_party, "http://xboxlive.com");
    cr_assert(!choice.device && !choice.title);
    settings.loopback = true;
    cr_assert_str_eq(settings_choice(&settings, 7).client_id, SETTINGS_CLIENT_ID_LOOPBACK);
}

Test(settings, a_title_has_its_own_and_the_rest_from_all)
{
    cr_assert_eq(set(0, "ClientId", APP), 0);
    cr_assert_eq(set(0, "DeviceToken", "yes"), 0);
    cr_assert_eq(set(7, "ClientId", "0123456789abcdef"), 0);
    cr_assert_eq(set(7, "Sandbox", "ABCDEF.1"), 0);
    cr_assert_eq(set(7, "DeviceToken", "no"), 0);
    cr_assert_eq(set(8, "TitleToken", "yes"), 0);
    TokenChoice all = settings_choice(&settings, 6), seven = settings_choice(&settings, 7),
                eight = settings_choice(&settings, 8);
    cr_assert_str_eq(all.client_id, APP);
    cr_assert_str_eq(all.sandbox, "RETAIL");
    cr_assert(all.device && !all.title);
    cr_assert_str_eq(seven.client_id, "0123456789abcdef");
    cr_assert_str_eq(seven.sandbox, "ABCDEF.1");
    cr_assert(!seven.device);
    cr_assert_str_eq(eight.client_id, APP);
    cr_assert(eight.device && eight.title, "a title token is bound to a device");
}

Test(settings, wrong_values_are_named)
{
    static const struct {
        const char *key, *value;
    } rows[] = {
        {"ClientId", "me"},
        {"ClientId", "0123456789abcdeg"},
        {"ClientId", APP "0"},
        {"Sandbox", ""},
        {"Sandbox", "RE TAIL"},
        {"Sandbox", "\"x"},
        {"RelyingParty", "xboxlive.com"},
        {"RelyingParty", "http://x\"y"},
        {"RelyingParty", "http://x y"},
        {"DeviceToken", "maybe"},
        {"TitleToken", ""},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        cr_assert_eq(set(0, rows[i].key, rows[i].value), -EINVAL, "%s=%s", rows[i].key, rows[i].value);
        cr_assert_not_null(strstr(message, rows[i].key), "%s", message);
    }
    cr_assert_eq(set(0, "Nonsense", "1"), -ENOENT);
}

Test(settings, there_is_a_maximum_of_titles)
{
    for (uint32_t title = 1; title <= SETTINGS_TITLES_MAX; title++)
        cr_assert_eq(set(title, "Sandbox", "X"), 0);
    cr_assert_eq(set(SETTINGS_TITLES_MAX + 1, "Sandbox", "X"), -E2BIG);
    cr_assert_eq(set(1, "Sandbox", "Y"), 0);
}

Test(settings, whose_directory_it_is)
{
    static const char *const vendors[] = {"https://sessiondirectory.xboxlive.com",
                                          "https://a.XBOXLIVE.com:443", "https://x.y.xboxlive.com/"};
    static const char *const others[] = {"http://sessiondirectory.xboxlive.com",
                                         "https://xboxlive.com.example.org",
                                         "https://evilxboxlive.com",
                                         "https://.xboxlive.com.",
                                         "https://a@b.xboxlive.com",
                                         "https://example.org/.xboxlive.com",
                                         "",
                                         "https://127.0.0.1"};
    for (size_t i = 0; i < ELEMENTS(vendors); i++)
        cr_assert(settings_is_vendor(vendors[i]), "%s", vendors[i]);
    for (size_t i = 0; i < ELEMENTS(others); i++)
        cr_assert_not(settings_is_vendor(others[i]), "%s", others[i]);
}
