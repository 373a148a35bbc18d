/* SPDX-License-Identifier: MIT */
/* The table of statuses. */
#include "core/outcome.h"

typedef struct OutcomeRow {
    unsigned short first, last;
    OutcomeClass class;
} OutcomeRow;

/* The first row that fits. What is in no row is MAYBE: an answer that HTTP does not know proves nothing. */
static const OutcomeRow rows[] = {
    {200, 201, OUTCOME_APPLIED}, {202, 202, OUTCOME_MAYBE}, /* accepted, not finished */
    {204, 204, OUTCOME_APPLIED}, {300, 399, OUTCOME_FINAL},       {401, 401, OUTCOME_REFUSED},
    {408, 408, OUTCOME_MAYBE},   {412, 412, OUTCOME_OUT_OF_SYNC}, {429, 429, OUTCOME_THROTTLED},
    {400, 499, OUTCOME_FINAL},   {501, 501, OUTCOME_FINAL},       {505, 505, OUTCOME_FINAL},
};

OutcomeClass outcome_class(CoreFate fate, unsigned status, bool has_retry_after)
{
    if (fate == CORE_FATE_NOT_SENT || fate == CORE_FATE_NOT_BEGUN || fate == CORE_FATE_NO_TOKEN)
        return OUTCOME_NOT_SENT;
    if (fate == CORE_FATE_UNCERTAIN)
        return OUTCOME_MAYBE;
    if (status == 503 && has_retry_after)
        return OUTCOME_THROTTLED;
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        if (status >= rows[i].first && status <= rows[i].last)
            return rows[i].class;
    return OUTCOME_MAYBE;
}

CoreWriteStatus outcome_write_status(unsigned status)
{
    switch (status) {
    case 200:
        return CORE_STATUS_UPDATED;
    case 201:
        return CORE_STATUS_CREATED;
    case 204:
        return CORE_STATUS_SESSION_DELETED;
    case 401:
    case 403:
        return CORE_STATUS_ACCESS_DENIED;
    case 404:
        return CORE_STATUS_HANDLE_NOT_FOUND;
    case 409:
        return CORE_STATUS_CONFLICT;
    case 412:
        return CORE_STATUS_OUT_OF_SYNC;
    default:
        return CORE_STATUS_UNKNOWN;
    }
}

const char *outcome_error(unsigned status)
{
    switch (status) {
    case 401:
        return ERROR_UNAUTHORIZED;
    case 403:
        return ERROR_FORBIDDEN;
    case 404:
        return ERROR_HANDLE_NOT_FOUND;
    default:
        return ERROR_REJECTED;
    }
}
