/* SPDX-License-Identifier: MIT */
/* The tables of HRESULTs. */
#include "service/hresult.h"

#define ERROR_TIMEOUT 1460
#define ERROR_DISK_FULL 112
#define ERROR_RESOURCE_DATA_NOT_FOUND 1812

HRESULT hresult_of_error(MpsError error)
{
    switch (error) {
    case MPS_OK:
        return S_OK;
    case MPS_ERROR_INVALID_ARGUMENT:
    case MPS_ERROR_INVALID_HANDLE:
    case MPS_ERROR_INVALID_REFERENCE:
    case MPS_ERROR_INVALID_SESSION:
    case MPS_ERROR_INVALID_OPTION:
    case MPS_ERROR_TOO_LARGE:
        return E_INVALIDARG;
    case MPS_ERROR_QUOTA:
    case MPS_ERROR_BUSY:
        return HTTP_E_STATUS_429_TOO_MANY_REQUESTS;
    case MPS_ERROR_NEEDS_SIGN_IN:
        return E_XBL_AUTH_NO_TOKEN;
    case MPS_ERROR_ACCESS_DENIED:
        return E_ACCESSDENIED;
    case MPS_ERROR_STORE_FAILED:
        return HRESULT_FROM_WIN32(ERROR_DISK_FULL);
    case MPS_ERROR_NO_AGENT:
        return E_HC_NETWORK_NOT_INITIALIZED;
    case MPS_ERROR_AGENT_LOST:
    case MPS_ERROR_LOST:
        return HRESULT_FROM_WIN32(ERROR_TIMEOUT);
    case MPS_ERROR_CLOSED:
        return E_ABORT;
    case MPS_ERROR_NO_MEMORY:
        return E_OUTOFMEMORY;
    case MPS_ERROR_ID_REUSED:
    case MPS_ERROR_NO_SUCH_REQUEST:
    case MPS_ERROR_INTERNAL:
        return E_UNEXPECTED;
    }
    return E_UNEXPECTED;
}

/* The statuses that errors_c.h has a name for. */
static bool is_named(unsigned status)
{
    static const unsigned short named[] = {421, 422, 423, 424, 426, 428, 429, 431,
                                           449, 451, 506, 507, 508, 510, 511};

    if ((status >= 300 && status <= 307 && status != 306) || (status >= 400 && status <= 417) ||
        (status >= 500 && status <= 505))
        return true;
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (named[i] == status)
            return true;
    return false;
}

HRESULT hresult_of_status(unsigned status)
{
    if (status >= 200 && status <= 299)
        return S_OK;
    return is_named(status) ? HC_HRESULT(0x80190000u | status) : HTTP_E_STATUS_UNEXPECTED;
}

HRESULT hresult_of_result(const MpsResult *result)
{
    if (result->error != MPS_OK)
        return hresult_of_error(result->error);
    switch (result->outcome) {
    case MPS_OUTCOME_APPLIED:
    case MPS_OUTCOME_OUT_OF_SYNC:
        return S_OK;
    case MPS_OUTCOME_REJECTED:
        if (result->http_status == 0)
            return E_FAIL;
        /* A session that is not there is told by 204, an answer that cannot be read by another 2xx. */
        if (result->http_status == 204)
            return HRESULT_FROM_WIN32(ERROR_RESOURCE_DATA_NOT_FOUND);
        return result->http_status <= 299 ? WEB_E_UNEXPECTED_CONTENT : hresult_of_status(result->http_status);
    case MPS_OUTCOME_EXPIRED:
        return result->http_status >= 300 ? hresult_of_status(result->http_status) : E_HC_NO_NETWORK;
    case MPS_OUTCOME_CANCELLED:
    case MPS_OUTCOME_SUPERSEDED:
        return E_ABORT;
    case MPS_OUTCOME_UNKNOWN:
        return HRESULT_FROM_WIN32(ERROR_TIMEOUT);
    case MPS_OUTCOME_NONE:
        break;
    }
    return E_UNEXPECTED;
}

XblErrorCondition XblGetErrorCondition(HRESULT hr)
{
    if (SUCCEEDED(hr))
        return XblErrorCondition_NoError;
    if (hr == E_BOUNDS)
        return XblErrorCondition_GenericOutOfRange;
    if (hr == E_HC_NO_NETWORK || hr == E_HC_NETWORK_NOT_INITIALIZED)
        return XblErrorCondition_Network;
    if (hr >= E_XBL_RTA_GENERIC_ERROR && hr <= E_XBL_RTA_ACCESS_DENIED)
        return XblErrorCondition_Rta;
    if (hr >= E_XBL_AUTH_UNKNOWN_ERROR && hr <= E_XBL_AUTH_NO_TOKEN)
        return XblErrorCondition_Auth;
    if (hr == ONL_E_ACTION_REQUIRED)
        return XblErrorCondition_Auth;
    switch (HRESULT_FACILITY(hr)) {
    case 12: /* FACILITY_INTERNET */
        return XblErrorCondition_Network;
    case FACILITY_HTTP:
        switch (HRESULT_CODE(hr)) {
        case 304:
            return XblErrorCondition_Http304NotModified;
        case 404:
            return XblErrorCondition_Http404NotFound;
        case 412:
            return XblErrorCondition_Http412PreconditionFailed;
        case 429:
            return XblErrorCondition_Http429TooManyRequests;
        case 408:
        case 503:
        case 504:
            return XblErrorCondition_HttpServiceTimeout;
        default:
            return XblErrorCondition_HttpGeneric;
        }
    default:
        return XblErrorCondition_GenericError;
    }
}
