/* SPDX-License-Identifier: MIT */
/* D-Bus values as JSON, each type once, and a message that ends too early. */
#include "cli/json-out.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

/* A sealed message on a bus that is connected to nobody. */
static sd_bus_message *message_with(const char *types, ...)
{
    sd_bus *bus = NULL;
    sd_bus_message *message = NULL;
    va_list arguments;

    cr_assert_geq(sd_bus_new(&bus), 0);
    cr_assert_geq(sd_bus_set_address(bus, "unix:path=/dev/null/none"), 0);
    sd_bus_start(bus);
    cr_assert_geq(sd_bus_message_new(bus, &message, SD_BUS_MESSAGE_METHOD_CALL), 0);
    va_start(arguments, types);
    cr_assert_geq(sd_bus_message_appendv(message, types, arguments), 0);
    va_end(arguments);
    cr_assert_geq(sd_bus_message_seal(message, 1, 0), 0);
    cr_assert_geq(sd_bus_message_rewind(message, true), 0);
    sd_bus_unref(bus);
    return message;
}

static void assert_json(sd_bus_message *message, const char *expected)
{
    CLEANUP_JSON json_t *value = NULL;

    cr_assert_eq(json_read(message, &value), 0);
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    cr_assert_str_eq(text, expected);
    free(text);
    sd_bus_message_unref(message);
}

Test(json, dictionary)
{
    assert_json(message_with("a{sv}", 4, "flag", "b", 1, "number", "u", 4294967295U, "text", "s", "żółw",
                             "time", "t", (uint64_t)5),
                "{\"flag\":true,\"number\":4294967295,\"text\":\"żółw\",\"time\":5}");
}

Test(json, nested)
{
    assert_json(message_with("a(oa{sv})", 2, "/a", 1, "r", "(sss)", "x", "y", "z", "/b", 0),
                "[[\"/a\",{\"r\":[\"x\",\"y\",\"z\"]}],[\"/b\",{}]]");
}

Test(json, empty)
{
    assert_json(message_with("as", 0), "[]");
    assert_json(message_with("a{sv}", 0), "{}");
}

Test(json, nothing_left)
{
    json_t *value = NULL;
    sd_bus_message *message = message_with("s", "x");

    cr_assert_eq(json_read(message, &value), 0);
    json_decref(value);
    value = NULL;
    cr_assert_eq(json_read(message, &value), -EBADMSG);
    cr_assert_null(value);
    sd_bus_message_unref(message);
}

Test(json, members)
{
    CLEANUP_JSON json_t *object = json_pack("{s:s, s:i, s:b}", "text", "x", "number", 3, "flag", 1);

    cr_assert_str_eq(json_text(object, "text"), "x");
    cr_assert_str_eq(json_text(object, "number"), "");
    cr_assert_str_eq(json_text(NULL, "text"), "");
    cr_assert_eq(json_number(object, "number"), 3);
    cr_assert_eq(json_number(object, "none"), 0);
    cr_assert(json_flag(object, "flag"));
    cr_assert_not(json_flag(object, "text"));
}
