/* SPDX-License-Identifier: MIT */
/* The form of arguments. */
#include "bus/bus-check.h"

#include "bus/bus-internal.h"

static bool hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Any case; lower: set on success. */
static bool uuid_read(const char *text, char lower[37])
{
    bool zero = true;
    for (size_t i = 0; i < MPS_ID_LENGTH; i++) {
        char c = text[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !hex_digit(c))
            return false;
        zero = zero && (dash || c == '0');
        lower[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    lower[MPS_ID_LENGTH] = '\0';
    return text[MPS_ID_LENGTH] == '\0' && !zero;
}

bool bus_check_id(const char *text)
{
    char lower[37];
    return uuid_read(text, lower) && string_equal(text, lower);
}

bool bus_check_xuid(const char *text)
{
    size_t length = strspn(text, "0123456789");
    return length > 0 && length <= 20 && text[length] == '\0' && text[0] != '0';
}

bool bus_check_etag(const char *text)
{
    size_t length = 0;
    for (; text[length]; length++)
        if (text[length] < 0x20 || text[length] > 0x7e || length >= MPS_ETAG_MAX)
            return false;
    return length > 0;
}

bool bus_check_name(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return length > 0 && length <= MPS_NAME_MAX && text[length] == '\0' && !string_equal(text, ".") &&
           !string_equal(text, "..");
}

int bus_check_handle(const char *handle_id, char lower[37], sd_bus_error *error)
{
    if (uuid_read(handle_id, lower))
        return 0;
    return bus_error_set(error, MPS_ERROR_NAME_INVALID_HANDLE,
                         "the handle id has to be a UUID: 36 characters with dashes, not all zero");
}

int bus_check_scid(const char *scid, char lower[37], sd_bus_error *error)
{
    if (uuid_read(scid, lower))
        return 0;
    return bus_error_set(error, MPS_ERROR_NAME_INVALID_REFERENCE,
                         "the scid has to be a UUID: 36 characters with dashes, not all zero");
}

int bus_check_reference(const char *scid, const char *template_name, const char *name, char lower[37],
                        sd_bus_error *error)
{
    int r = bus_check_scid(scid, lower, error);
    if (r < 0)
        return r;
    if (!bus_check_name(template_name))
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_REFERENCE,
                             "the template's name has to be 1 to %d of the characters A-Z a-z 0-9 . _ -, and not '.' or "
                             "'..'",
                             MPS_NAME_MAX);
    if (!bus_check_name(name))
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_REFERENCE,
                             "the session's name has to be 1 to %d of the characters A-Z a-z 0-9 . _ -, and not '.' or "
                             "'..'",
                             MPS_NAME_MAX);
    return 0;
}
