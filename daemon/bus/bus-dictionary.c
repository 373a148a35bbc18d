/* SPDX-License-Identifier: MIT */
/* Reading a{sv} arguments. A misspelt deadline must not be lost in silence, so nothing is skipped. */
#include "bus/bus-dictionary.h"

#include "bus/bus-internal.h"

static const char *type_word(char type)
{
    return type == 's'   ? "a string (s)"
           : type == 'u' ? "a uint32 (u)"
           : type == 'b' ? "a boolean (b)"
                         : "a uint64 (t)";
}

static int unknown_key(const BusKey *keys, size_t count, const char *key, const char *noun,
                       sd_bus_error *error)
{
    char known[400] = "";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", keys[i].name);
    }
    return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION, "there is no %s '%.100s' here; there are: %s",
                         noun, key, count > 0 ? known : "none");
}

static int read_value(sd_bus_message *message, const BusKey *key, void *target, const char *noun,
                      sd_bus_error *error)
{
    char type = 0;
    const char *contents = NULL;
    int r = sd_bus_message_peek_type(message, &type, &contents);
    if (r < 0)
        return r;
    const char wanted[2] = {key->type, '\0'};
    if (!string_equal(contents, wanted))
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION,
                             "%s '%s' has to be %s, not of the type '%.20s'", noun, key->name,
                             type_word(key->type), contents);
    r = sd_bus_message_read(message, "v", wanted, (char *)target + key->offset);
    return r < 0 ? r : 0;
}

static int read_entry(sd_bus_message *message, const BusKey *keys, size_t count, void *target, uint32_t *seen,
                      const char *noun, sd_bus_error *error)
{
    const char *name = NULL;
    int r = sd_bus_message_read_basic(message, 's', &name);
    if (r < 0)
        return r;
    size_t i = 0;
    while (i < count && !string_equal(keys[i].name, name))
        i++;
    if (i == count)
        return unknown_key(keys, count, name, noun, error);
    if (*seen & 1U << i)
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION, "%s '%s' is given twice", noun, name);
    r = read_value(message, &keys[i], target, noun, error);
    if (r < 0)
        return r;
    *seen |= 1U << i;
    r = sd_bus_message_exit_container(message);
    return r < 0 ? r : 0;
}

int bus_dictionary_read(sd_bus_message *message, const BusKey *keys, size_t count, void *target,
                        uint32_t *seen, const char *noun, sd_bus_error *error)
{
    assert(count <= 32);
    uint32_t mask = 0;
    int r = sd_bus_message_enter_container(message, 'a', "{sv}");
    if (r < 0)
        return r;
    while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
        r = read_entry(message, keys, count, target, &mask, noun, error);
        if (r < 0)
            return r;
    }
    if (r < 0)
        return r;
    r = sd_bus_message_exit_container(message);
    if (r < 0)
        return r;
    *seen = mask;
    return 0;
}
