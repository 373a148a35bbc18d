/* SPDX-License-Identifier: MIT */
/* Paths and properties of accounts, and the options of SignIn's kind. */
#include "bus-fixture.h"
#include "bus/bus-dictionary.h"
#include "bus/bus-internal.h"

#define ID "a11ce000-0000-4000-8000-00000000abcd"
#define PATH MPS_ACCOUNT_PREFIX "a11ce000_0000_4000_8000_00000000abcd"

TestSuite(bus_accounts, .init = fixture_open, .fini = fixture_close);

Test(bus_accounts, one_id_has_one_path)
{
    char path[BUS_ACCOUNT_PATH_SIZE], id[MPS_ID_LENGTH + 1] = "";
    bus_account_path(MPS_ACCOUNT_PREFIX, ID, path);
    cr_expect_str_eq(path, PATH);
    cr_assert_eq(bus_account_path_id(MPS_ACCOUNT_PREFIX, path, id), 0);
    cr_expect_str_eq(id, ID);
    bus_account_path(MPS_SIGN_IN_PREFIX, ID, path);
    cr_expect_eq(strncmp(path, "/org/mpsession/Agent1/sign_in/a11ce000_", 39), 0, "%s", path);
    static const char *const wrong[] = {
        MPS_ACCOUNT_ROOT,
        MPS_ACCOUNT_PREFIX,
        MPS_SIGN_IN_PREFIX "a11ce000_0000_4000_8000_00000000abcd",
        MPS_ACCOUNT_PREFIX "A11CE000_0000_4000_8000_00000000ABCD",
        MPS_ACCOUNT_PREFIX "a11ce0000000_4000_8000_00000000abcd_",
        MPS_ACCOUNT_PREFIX "00000000_0000_0000_0000_000000000000",
        PATH "_",
        PATH "/x",
    };
    for (size_t i = 0; i < ELEMENTS(wrong); i++)
        cr_expect_eq(bus_account_path_id(MPS_ACCOUNT_PREFIX, wrong[i], id), -EINVAL, "%s", wrong[i]);
    cr_expect_str_eq(id, ID, "an out-parameter is written last");
}

Test(bus_accounts, no_character_is_cut)
{
    cr_expect_eq(bus_cut_utf8("", 4), 0);
    cr_expect_eq(bus_cut_utf8("abcd", 4), 4);
    cr_expect_eq(bus_cut_utf8("abcde", 4), 4);
    cr_expect_eq(bus_cut_utf8("ab\xe7\x8e\xa9", 5), 5);
    cr_expect_eq(bus_cut_utf8("ab\xe7\x8e\xa9", 4), 2);
    cr_expect_eq(bus_cut_utf8("ab\xe7\x8e\xa9", 3), 2);
    cr_expect_eq(bus_cut_utf8("\xf0\x9f\x8e\xae", 3), 0);
}

static const BusMember members[] = {
    {"Xuid", 's', offsetof(BusAccount, xuid)},
    {"Gamertag", 's', offsetof(BusAccount, gamertag)},
    {"SignedInAt", 't', offsetof(BusAccount, signed_in_wall_usec)},
    {"IsDefault", 'b', offsetof(BusAccount, is_default)},
};

Test(bus_accounts, members_are_appended)
{
    const BusAccount account = {.gamertag = "caf\xe9", .signed_in_wall_usec = UINT64_MAX, .is_default = true};
    sd_bus_message *message = fixture_message();
    for (size_t i = 0; i < ELEMENTS(members); i++)
        cr_assert_geq(bus_member_append(message, members, ELEMENTS(members), members[i].name, &account), 0);
    cr_expect_eq(bus_member_append(message, members, ELEMENTS(members), "Nothing", &account), -ENOENT);
    message = fixture_pass(message);
    const char *xuid, *gamertag;
    uint64_t since;
    int is_default;
    cr_assert_gt(sd_bus_message_read(message, "sstb", &xuid, &gamertag, &since, &is_default), 0);
    cr_expect_str_eq(xuid, "", "a text that is not there is empty");
    cr_expect_str_eq(gamertag, "caf?", "what is no UTF-8 costs nothing else");
    cr_expect_eq(since, UINT64_MAX);
    cr_expect(is_default);
    sd_bus_message_unref(message);
}

static const BusKey keys[] = {{"remember", 'b', 0}};

static int read_flag(const char *type, int value, int *flag, sd_bus_error *error)
{
    sd_bus_message *message = fixture_message();
    uint32_t seen;
    cr_assert_geq(sd_bus_message_append(message, "a{sv}", 1, "remember", type, value), 0);
    message = fixture_pass(message);
    int r = bus_dictionary_read(message, keys, 1, flag, &seen, "option", error);
    sd_bus_message_unref(message);
    return r;
}

Test(bus_accounts, booleans_are_options)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int flag = 7;
    cr_assert_eq(read_flag("b", 0, &flag, &error), 0);
    cr_expect_eq(flag, 0);
    cr_assert_eq(read_flag("b", 1, &flag, &error), 0);
    cr_expect_eq(flag, 1);
    cr_expect_lt(read_flag("u", 0, &flag, &error), 0);
    cr_expect_str_eq(error.name, MPS_ERROR_NAME_INVALID_OPTION);
    cr_expect_not_null(strstr(error.message, "'remember' has to be a boolean (b)"), "%s", error.message);
    cr_expect_eq(flag, 1);
    sd_bus_error_free(&error);
}
