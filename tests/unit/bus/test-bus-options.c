/* SPDX-License-Identifier: MIT */
/* The options of a call, sent over a real connection. */
#include "bus/bus-options.h"
#include "bus-fixture.h"
#include "ipc/names.h"

#include <stdarg.h>

TestSuite(bus_options, .init = fixture_open, .fini = fixture_close);

#define NOW 1000000000ULL
#define DAY (24ULL * 3600 * 1000000)
#define UUID "0a1b2c3d-0000-4000-8000-000000000001"

static BusOptions options;
static sd_bus_error error;

/* What sd_bus_message_append() takes for an a{sv}. */
static int read_options(bool write, CoreMode mode, unsigned count, ...)
{
    sd_bus_message *message = fixture_message();
    va_list arguments;
    va_start(arguments, count);
    cr_assert_geq(sd_bus_message_open_container(message, 'a', "{sv}"), 0);
    for (unsigned i = 0; i < count; i++) {
        const char *key = va_arg(arguments, const char *), *type = va_arg(arguments, const char *);
        if (*type == 's' || *type == 'o')
            cr_assert_geq(sd_bus_message_append(message, "{sv}", key, type, va_arg(arguments, const char *)),
                          0);
        else if (*type == 'u')
            cr_assert_geq(sd_bus_message_append(message, "{sv}", key, type, va_arg(arguments, unsigned)), 0);
        else if (*type == 't')
            cr_assert_geq(
                sd_bus_message_append(message, "{sv}", key, type, va_arg(arguments, unsigned long long)), 0);
        else if (*type == 'b')
            cr_assert_geq(sd_bus_message_append(message, "{sv}", key, type, va_arg(arguments, int)), 0);
        else
            cr_assert_geq(sd_bus_message_append(message, "{sv}", key, "as", 0), 0);
    }
    va_end(arguments);
    cr_assert_geq(sd_bus_message_close_container(message), 0);
    sd_bus_message *received = fixture_pass(message);
    sd_bus_error_free(&error);
    memset(&options, 0x55, sizeof options);
    static sd_bus_message *kept; /* The texts of the options are the message's. */
    sd_bus_message_unref(kept);
    kept = received;
    return bus_options_read(received, write, mode, NOW, &options, &error);
}

#define write_options(...) read_options(true, CORE_MODE_UPDATE_EXISTING, __VA_ARGS__)

/* Refused as InvalidOption, with the name of the option in the sentence. */
static void assert_invalid(int r, const char *word)
{
    cr_assert_lt(r, 0);
    cr_assert_str_eq(error.name, MPS_ERROR_NAME_INVALID_OPTION);
    cr_assert_not_null(strstr(error.message, word), "'%s' does not name %s", error.message, word);
}

Test(bus_options, none)
{
    cr_assert_eq(write_options(0), 0);
    cr_assert_null(options.id);
    cr_assert_null(options.account);
    cr_assert_null(options.etag);
    cr_assert_null(options.supersedes);
    cr_assert_eq(options.title_id, 0);
    cr_assert_eq(options.deadline_boot_usec, 0);
    cr_assert_not(options.fail_when_offline);
    cr_assert_eq(options.durability, CORE_DURABILITY_DEFAULT);
}

Test(bus_options, all)
{
    cr_assert_eq(write_options(8, "id", "s", UUID, "account", "s", "2533274790000000", "title-id", "u", 77u,
                               "deadline-usec", "t", 5000000ULL, "when-offline", "s", "fail", "etag", "s",
                               "\"7\"", "supersedes", "s", "score", "durability", "s", "none"),
                 0);
    cr_assert_str_eq(options.id, UUID);
    cr_assert_str_eq(options.account, "2533274790000000");
    cr_assert_eq(options.title_id, 77);
    cr_assert_eq(options.deadline_boot_usec, NOW + 5000000);
    cr_assert(options.fail_when_offline);
    cr_assert_str_eq(options.etag, "\"7\"");
    cr_assert_str_eq(options.supersedes, "score");
    cr_assert_eq(options.durability, CORE_DURABILITY_NONE);
}

Test(bus_options, unknown_is_named)
{
    assert_invalid(write_options(1, "deadline", "t", 5ULL), "'deadline'");
    cr_assert_not_null(strstr(error.message, "deadline-usec"), "the message does not say what there is");
}

Test(bus_options, wrong_type_is_named)
{
    assert_invalid(write_options(1, "deadline-usec", "u", 5u), "'deadline-usec'");
    assert_invalid(write_options(1, "id", "o", "/x"), "'id'");
    assert_invalid(write_options(1, "title-id", "s", "7"), "'title-id'");
    assert_invalid(write_options(1, "when-offline", "b", 1), "'when-offline'");
    assert_invalid(write_options(1, "account", "a"), "'account'");
}

Test(bus_options, twice)
{
    assert_invalid(write_options(2, "title-id", "u", 1u, "title-id", "u", 1u), "'title-id'");
}

Test(bus_options, ids)
{
    assert_invalid(write_options(1, "id", "s", ""), "'id'");
    assert_invalid(write_options(1, "id", "s", "0A1B2C3D-0000-4000-8000-000000000001"), "'id'");
    assert_invalid(write_options(1, "id", "s", "00000000-0000-0000-0000-000000000000"), "'id'");
    assert_invalid(write_options(1, "id", "s", "../../../../../../../../../../../../"), "'id'");
    assert_invalid(write_options(1, "account", "s", ""), "'account'");
    assert_invalid(write_options(1, "account", "s", "0"), "'account'");
    assert_invalid(write_options(1, "account", "s", "-1"), "'account'");
    assert_invalid(write_options(1, "account", "s", "253327479000000000000"), "'account'");
}

Test(bus_options, deadlines)
{
    cr_assert_eq(write_options(1, "deadline-usec", "t", 7 * DAY), 0);
    cr_assert_eq(options.deadline_boot_usec, NOW + 7 * DAY);
    assert_invalid(write_options(1, "deadline-usec", "t", 0ULL), "'deadline-usec'");
    assert_invalid(write_options(1, "deadline-usec", "t", 7 * DAY + 1), "'deadline-usec'");
    assert_invalid(write_options(1, "deadline-usec", "t", UINT64_MAX), "'deadline-usec'");
    cr_assert_eq(write_options(1, "deadline-boottime-usec", "t", NOW + 7 * DAY), 0);
    cr_assert_eq(options.deadline_boot_usec, NOW + 7 * DAY);
    assert_invalid(write_options(1, "deadline-boottime-usec", "t", NOW + 7 * DAY + 1),
                   "'deadline-boottime-usec'");
    assert_invalid(write_options(1, "deadline-boottime-usec", "t", UINT64_MAX), "'deadline-boottime-usec'");
    assert_invalid(write_options(1, "deadline-boottime-usec", "t", 0ULL), "'deadline-boottime-usec'");
    cr_assert_eq(write_options(1, "deadline-boottime-usec", "t", NOW - 1), 0,
                 "one that has just passed expires");
    cr_assert_eq(options.deadline_boot_usec, NOW - 1);
    assert_invalid(write_options(2, "deadline-usec", "t", 5ULL, "deadline-boottime-usec", "t", NOW + 5),
                   "not both");
}

Test(bus_options, etags)
{
    char longest[MPS_ETAG_MAX + 2];
    memset(longest, 'e', sizeof longest);
    longest[MPS_ETAG_MAX] = '\0';
    cr_assert_eq(write_options(1, "etag", "s", longest), 0);
    longest[MPS_ETAG_MAX] = 'e';
    longest[MPS_ETAG_MAX + 1] = '\0';
    assert_invalid(write_options(1, "etag", "s", longest), "'etag'");
    assert_invalid(write_options(1, "etag", "s", ""), "'etag'");
    assert_invalid(write_options(1, "etag", "s", "\"1\"\r\nX-Evil: 1"), "'etag'");
    assert_invalid(write_options(1, "etag", "s", "\"\xc3\xa9\""), "'etag'");
    assert_invalid(read_options(true, CORE_MODE_SYNCHRONIZED_UPDATE, 0), "'etag'");
    cr_assert_eq(read_options(true, CORE_MODE_SYNCHRONIZED_UPDATE, 1, "etag", "s", "\"1\""), 0);
    cr_assert_eq(read_options(true, CORE_MODE_CREATE_NEW, 1, "etag", "s", "\"1\""), 0);
}

Test(bus_options, words)
{
    cr_assert_eq(write_options(2, "when-offline", "s", "queue", "durability", "s", "power"), 0);
    cr_assert_not(options.fail_when_offline);
    cr_assert_eq(options.durability, CORE_DURABILITY_POWER);
    cr_assert_eq(write_options(1, "durability", "s", "crash"), 0);
    cr_assert_eq(options.durability, CORE_DURABILITY_CRASH);
    assert_invalid(write_options(1, "when-offline", "s", "Queue"), "'when-offline'");
    assert_invalid(write_options(1, "durability", "s", ""), "'durability'");
    char key[102];
    memset(key, 'k', sizeof key);
    key[100] = '\0';
    cr_assert_eq(write_options(1, "supersedes", "s", key), 0);
    key[100] = 'k';
    key[101] = '\0';
    assert_invalid(write_options(1, "supersedes", "s", key), "'supersedes'");
    assert_invalid(write_options(1, "supersedes", "s", ""), "'supersedes'");
}

Test(bus_options, reads_know_fewer)
{
    cr_assert_eq(read_options(false, CORE_MODE_NONE, 2, "when-offline", "s", "fail", "title-id", "u", 1u), 0);
    assert_invalid(read_options(false, CORE_MODE_NONE, 1, "etag", "s", "\"1\""), "'etag'");
    assert_invalid(read_options(false, CORE_MODE_NONE, 1, "supersedes", "s", "k"), "'supersedes'");
    assert_invalid(read_options(false, CORE_MODE_NONE, 1, "durability", "s", "none"), "'durability'");
}
