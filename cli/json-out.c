/* SPDX-License-Identifier: MIT */
/* D-Bus values as JSON: what --json prints, and what the tables are made from. */
#include "cli/json-out.h"

#include <errno.h>
#include <stdio.h>

static int read_basic(sd_bus_message *message, char type, json_t **value)
{
    union {
        uint8_t u8;
        int b;
        int16_t i16;
        uint16_t u16;
        int32_t i32;
        uint32_t u32;
        int64_t i64;
        uint64_t u64;
        double d;
        const char *text;
    } basic;
    int r = sd_bus_message_read_basic(message, type, &basic);

    if (r < 0)
        return r;
    switch (type) {
    case 'y':
        *value = json_integer(basic.u8);
        break;
    case 'b':
        *value = json_boolean(basic.b);
        break;
    case 'n':
        *value = json_integer(basic.i16);
        break;
    case 'q':
        *value = json_integer(basic.u16);
        break;
    case 'i':
        *value = json_integer(basic.i32);
        break;
    case 'u':
        *value = json_integer(basic.u32);
        break;
    case 'x':
        *value = json_integer(basic.i64);
        break;
    case 't':
        *value = json_integer((json_int_t)basic.u64);
        break;
    case 'd':
        *value = json_real(basic.d);
        break;
    case 's':
    case 'o':
    case 'g':
        *value = json_string(basic.text);
        break;
    default:
        return -EOPNOTSUPP;
    }
    return *value ? 0 : -ENOMEM;
}

/* One {key value} pair into an object. */
static int read_entry(sd_bus_message *message, json_t *object)
{
    CLEANUP_JSON json_t *value = NULL;
    const char *key;
    int r = sd_bus_message_read_basic(message, 's', &key);

    if (r < 0)
        return r;
    r = json_read(message, &value);
    if (r < 0)
        return r;
    return json_object_set(object, key, value) < 0 ? -ENOMEM : 0;
}

static int read_member(sd_bus_message *message, json_t *container)
{
    CLEANUP_JSON json_t *value = NULL;
    int r;

    if (json_is_object(container)) {
        r = sd_bus_message_enter_container(message, 'e', NULL);
        if (r >= 0)
            r = read_entry(message, container);
        return r < 0 ? r : sd_bus_message_exit_container(message);
    }
    r = json_read(message, &value);
    if (r < 0)
        return r;
    return json_array_append(container, value) < 0 ? -ENOMEM : 0;
}

static int read_container(sd_bus_message *message, char type, const char *contents, json_t **value)
{
    bool dictionary = type == 'a' && contents[0] == '{' && contents[1] == 's';
    CLEANUP_JSON json_t *container = dictionary ? json_object() : json_array();
    int r;

    if (!container)
        return -ENOMEM;
    r = sd_bus_message_enter_container(message, type, contents);
    if (r < 0)
        return r;
    while (!(r = sd_bus_message_at_end(message, false))) {
        r = read_member(message, container);
        if (r < 0)
            return r;
    }
    if (r > 0)
        r = sd_bus_message_exit_container(message);
    if (r < 0)
        return r;
    *value = json_incref(container);
    return 0;
}

int json_read(sd_bus_message *message, json_t **value)
{
    const char *contents;
    char type;
    int r = sd_bus_message_peek_type(message, &type, &contents);

    if (r <= 0)
        return r < 0 ? r : -EBADMSG;
    if (type == 'v') {
        r = sd_bus_message_enter_container(message, 'v', contents);
        if (r >= 0)
            r = json_read(message, value);
        if (r < 0)
            return r;
        r = sd_bus_message_exit_container(message);
        if (r < 0) {
            json_decref(*value);
            *value = NULL;
        }
        return r < 0 ? r : 0;
    }
    if (type == 'a' || type == 'r' || type == 'e')
        return read_container(message, type, contents, value);
    return read_basic(message, type, value);
}

const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

uint64_t json_number(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

bool json_flag(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

void json_print(const json_t *value, bool line)
{
    json_dumpf(value, stdout, JSON_ENCODE_ANY | (line ? JSON_COMPACT : JSON_INDENT(2)));
    putchar('\n');
    fflush(stdout);
}
