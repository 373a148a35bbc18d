/* SPDX-License-Identifier: MIT */
/* The one place where an outcome becomes a D-Bus error. */
#include "bus/bus-internal.h"

#include <stdarg.h>

const char *bus_error_name(CoreRefusalCode code)
{
    switch (code) {
    case CORE_REFUSED_INVALID_SESSION:
        return MPS_ERROR_NAME_INVALID_SESSION;
    case CORE_REFUSED_INVALID_OPTION:
        return MPS_ERROR_NAME_INVALID_OPTION;
    case CORE_REFUSED_TOO_LARGE:
        return MPS_ERROR_NAME_TOO_LARGE;
    case CORE_REFUSED_ID_REUSED:
        return MPS_ERROR_NAME_ID_REUSED;
    case CORE_REFUSED_QUOTA:
        return MPS_ERROR_NAME_QUOTA_EXCEEDED;
    case CORE_REFUSED_SHUTTING_DOWN:
        return MPS_ERROR_NAME_SHUTTING_DOWN;
    case CORE_REFUSED_STORE_FAILED:
        break;
    }
    return MPS_ERROR_NAME_STORE_FAILED;
}

int bus_error_set(sd_bus_error *error, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int r = sd_bus_error_setfv(error, name, format, arguments);
    va_end(arguments);
    return r < 0 ? r : -EIO;
}

int bus_error_refusal(sd_bus_error *error, const CoreRefusal *refusal)
{
    return bus_error_set(error, bus_error_name(refusal->code), "%s", refusal->message);
}
