/* SPDX-License-Identifier: MIT */
/* The form of arguments. */
#include "bus/bus-check.h"

#include "bus/bus-internal.h"
#include "ipc/validate.h"

static void lower_case(const char *uuid, char lower[37])
{
    for (size_t i = 0; i <= MPS_ID_LENGTH; i++)
        lower[i] = uuid[i] >= 'A' && uuid[i] <= 'F' ? (char)(uuid[i] - 'A' + 'a') : uuid[i];
}

int bus_check_handle(const char *handle_id, char lower[37], sd_bus_error *error)
{
    if (mps_validate_uuid(handle_id)) {
        lower_case(handle_id, lower);
        return 0;
    }
    return bus_error_set(error, MPS_ERROR_NAME_INVALID_HANDLE,
                         "the handle id has to be a UUID: 36 characters with dashes, not all zero");
}

int bus_check_scid(const char *scid, char lower[37], sd_bus_error *error)
{
    if (mps_validate_uuid(scid)) {
        lower_case(scid, lower);
        return 0;
    }
    return bus_error_set(error, MPS_ERROR_NAME_INVALID_REFERENCE,
                         "the scid has to be a UUID: 36 characters with dashes, not all zero");
}

int bus_check_reference(const char *scid, const char *template_name, const char *name, char lower[37],
                        sd_bus_error *error)
{
    int r = bus_check_scid(scid, lower, error);
    if (r < 0)
        return r;
    if (!mps_validate_name(template_name))
        return bus_error_set(
            error, MPS_ERROR_NAME_INVALID_REFERENCE,
            "the template's name has to be 1 to %d of the characters A-Z a-z 0-9 . _ -, and not '.' or "
            "'..'",
            MPS_NAME_MAX);
    if (!mps_validate_name(name))
        return bus_error_set(
            error, MPS_ERROR_NAME_INVALID_REFERENCE,
            "the session's name has to be 1 to %d of the characters A-Z a-z 0-9 . _ -, and not '.' or "
            "'..'",
            MPS_NAME_MAX);
    return 0;
}
