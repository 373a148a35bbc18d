/* SPDX-License-Identifier: MIT */
/* The tables of HRESULTs. */
#include "service/hresult.h"

#include <criterion/criterion.h>

static HRESULT of(MpsOutcome outcome, unsigned status)
{
    const MpsResult result = {.outcome = outcome, .http_status = status};

    return hresult_of_result(&result);
}

Test(hresult, statuses)
{
    cr_expect_eq(hresult_of_status(200), S_OK);
    cr_expect_eq(hresult_of_status(299), S_OK);
    cr_expect_eq(hresult_of_status(400), HTTP_E_STATUS_BAD_REQUEST);
    cr_expect_eq((uint32_t)hresult_of_status(404), 0x80190194u);
    cr_expect_eq(hresult_of_status(409), HTTP_E_STATUS_CONFLICT);
    cr_expect_eq(hresult_of_status(429), HTTP_E_STATUS_429_TOO_MANY_REQUESTS);
    cr_expect_eq((uint32_t)hresult_of_status(503), 0x801901F7u);
    cr_expect_eq(hresult_of_status(511), HTTP_E_STATUS_511_NETWORK_AUTHENTICATION_REQUIRED);
    cr_expect_eq(hresult_of_status(306), HTTP_E_STATUS_UNEXPECTED);
    cr_expect_eq(hresult_of_status(418), HTTP_E_STATUS_UNEXPECTED);
    cr_expect_eq(hresult_of_status(0), HTTP_E_STATUS_UNEXPECTED);
    cr_expect_eq(hresult_of_status(70000), HTTP_E_STATUS_UNEXPECTED);
}

Test(hresult, outcomes)
{
    cr_expect_eq(of(MPS_OUTCOME_APPLIED, 200), S_OK);
    cr_expect_eq(of(MPS_OUTCOME_OUT_OF_SYNC, 412), S_OK);
    cr_expect_eq(of(MPS_OUTCOME_REJECTED, 403), HTTP_E_STATUS_FORBIDDEN);
    cr_expect_eq((uint32_t)of(MPS_OUTCOME_REJECTED, 204), 0x80070714u);
    cr_expect_eq(of(MPS_OUTCOME_REJECTED, 200), WEB_E_UNEXPECTED_CONTENT);
    cr_expect_eq(of(MPS_OUTCOME_REJECTED, 0), E_FAIL);
    cr_expect_eq(of(MPS_OUTCOME_EXPIRED, 0), E_HC_NO_NETWORK);
    cr_expect_eq(of(MPS_OUTCOME_EXPIRED, 503), HTTP_E_STATUS_SERVICE_UNAVAIL);
    cr_expect_eq(of(MPS_OUTCOME_CANCELLED, 0), E_ABORT);
    cr_expect_eq(of(MPS_OUTCOME_SUPERSEDED, 0), E_ABORT);
    cr_expect_eq((uint32_t)of(MPS_OUTCOME_UNKNOWN, 0), 0x800705B4u);
    cr_expect_eq(of(MPS_OUTCOME_NONE, 0), E_UNEXPECTED);
}

Test(hresult, every_error_is_a_failure_of_its_own_kind)
{
    for (int error = MPS_ERROR_INTERNAL; error < MPS_OK; error++)
        cr_expect(FAILED(hresult_of_error((MpsError)error)), "%d", error);
    cr_expect_eq(hresult_of_error(MPS_OK), S_OK);
    cr_expect_eq(hresult_of_error(MPS_ERROR_NO_AGENT), E_HC_NETWORK_NOT_INITIALIZED);
    cr_expect_eq(hresult_of_error(MPS_ERROR_NEEDS_SIGN_IN), E_XBL_AUTH_NO_TOKEN);
    cr_expect_eq(hresult_of_error((MpsError)-1000), E_UNEXPECTED);
}

Test(hresult, conditions)
{
    cr_expect_eq(XblGetErrorCondition(S_OK), XblErrorCondition_NoError);
    cr_expect_eq(XblGetErrorCondition(E_FAIL), XblErrorCondition_GenericError);
    cr_expect_eq(XblGetErrorCondition(E_BOUNDS), XblErrorCondition_GenericOutOfRange);
    cr_expect_eq(XblGetErrorCondition(E_XBL_AUTH_NO_TOKEN), XblErrorCondition_Auth);
    cr_expect_eq(XblGetErrorCondition(E_XBL_RTA_ACCESS_DENIED), XblErrorCondition_Rta);
    cr_expect_eq(XblGetErrorCondition(E_HC_NO_NETWORK), XblErrorCondition_Network);
    cr_expect_eq(XblGetErrorCondition(E_HC_NETWORK_NOT_INITIALIZED), XblErrorCondition_Network);
    cr_expect_eq(XblGetErrorCondition(MAKE_HRESULT(1, 12, 7)), XblErrorCondition_Network);
    cr_expect_eq(XblGetErrorCondition(HTTP_E_STATUS_NOT_MODIFIED), XblErrorCondition_Http304NotModified);
    cr_expect_eq(XblGetErrorCondition(HTTP_E_STATUS_NOT_FOUND), XblErrorCondition_Http404NotFound);
    cr_expect_eq(XblGetErrorCondition(HTTP_E_STATUS_PRECOND_FAILED),
                 XblErrorCondition_Http412PreconditionFailed);
    cr_expect_eq(XblGetErrorCondition(HTTP_E_STATUS_429_TOO_MANY_REQUESTS),
                 XblErrorCondition_Http429TooManyRequests);
    cr_expect_eq(XblGetErrorCondition(HTTP_E_STATUS_GATEWAY_TIMEOUT), XblErrorCondition_HttpServiceTimeout);
    cr_expect_eq(XblGetErrorCondition(HTTP_E_STATUS_CONFLICT), XblErrorCondition_HttpGeneric);
}
