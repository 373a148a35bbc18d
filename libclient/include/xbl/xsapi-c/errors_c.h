/* SPDX-License-Identifier: MIT */
/* Error values, and the few conditions that a game tells apart. */
#pragma once

#include <xsapi-c/pal.h>

#define E_XBL_RUNTIME_ERROR HC_HRESULT(0x89235200u)
#define E_XBL_RTA_GENERIC_ERROR HC_HRESULT(0x89235201u)
#define E_XBL_RTA_SUBSCRIPTION_LIMIT_REACHED HC_HRESULT(0x89235202u)
#define E_XBL_RTA_ACCESS_DENIED HC_HRESULT(0x89235203u)
#define E_XBL_AUTH_UNKNOWN_ERROR HC_HRESULT(0x89235204u)
#define E_XBL_AUTH_RUNTIME_ERROR HC_HRESULT(0x89235205u)
#define E_XBL_AUTH_NO_TOKEN HC_HRESULT(0x89235206u)
#define E_XBL_ALREADY_INITIALIZED HC_HRESULT(0x89235207u)
#define E_XBL_NOT_INITIALIZED HC_HRESULT(0x89235208u)
#define E_XBL_RTA_NOT_ACTIVATED HC_HRESULT(0x89235209u)
#define ONL_E_ACTION_REQUIRED HC_HRESULT(0x8086000Cu)
#define WEB_E_UNEXPECTED_CONTENT HC_HRESULT(0x83750005u)
#define WEB_E_INVALID_JSON_STRING HC_HRESULT(0x83750007u)

#define FACILITY_HTTP 25
/* HTTP_E_STATUS_* is 0x80190000 + the status. */
#define HTTP_E_STATUS_UNEXPECTED HC_HRESULT(0x80190001u)
#define HTTP_E_STATUS_UNEXPECTED_SERVER_ERROR HC_HRESULT(0x80190005u)
#define HTTP_E_STATUS_AMBIGUOUS HC_HRESULT(0x8019012Cu)                           /* 300 */
#define HTTP_E_STATUS_MOVED HC_HRESULT(0x8019012Du)                               /* 301 */
#define HTTP_E_STATUS_REDIRECT HC_HRESULT(0x8019012Eu)                            /* 302 */
#define HTTP_E_STATUS_REDIRECT_METHOD HC_HRESULT(0x8019012Fu)                     /* 303 */
#define HTTP_E_STATUS_NOT_MODIFIED HC_HRESULT(0x80190130u)                        /* 304 */
#define HTTP_E_STATUS_USE_PROXY HC_HRESULT(0x80190131u)                           /* 305 */
#define HTTP_E_STATUS_REDIRECT_KEEP_VERB HC_HRESULT(0x80190133u)                  /* 307 */
#define HTTP_E_STATUS_BAD_REQUEST HC_HRESULT(0x80190190u)                         /* 400 */
#define HTTP_E_STATUS_DENIED HC_HRESULT(0x80190191u)                              /* 401 */
#define HTTP_E_STATUS_PAYMENT_REQ HC_HRESULT(0x80190192u)                         /* 402 */
#define HTTP_E_STATUS_FORBIDDEN HC_HRESULT(0x80190193u)                           /* 403 */
#define HTTP_E_STATUS_NOT_FOUND HC_HRESULT(0x80190194u)                           /* 404 */
#define HTTP_E_STATUS_BAD_METHOD HC_HRESULT(0x80190195u)                          /* 405 */
#define HTTP_E_STATUS_NONE_ACCEPTABLE HC_HRESULT(0x80190196u)                     /* 406 */
#define HTTP_E_STATUS_PROXY_AUTH_REQ HC_HRESULT(0x80190197u)                      /* 407 */
#define HTTP_E_STATUS_REQUEST_TIMEOUT HC_HRESULT(0x80190198u)                     /* 408 */
#define HTTP_E_STATUS_CONFLICT HC_HRESULT(0x80190199u)                            /* 409 */
#define HTTP_E_STATUS_GONE HC_HRESULT(0x8019019Au)                                /* 410 */
#define HTTP_E_STATUS_LENGTH_REQUIRED HC_HRESULT(0x8019019Bu)                     /* 411 */
#define HTTP_E_STATUS_PRECOND_FAILED HC_HRESULT(0x8019019Cu)                      /* 412 */
#define HTTP_E_STATUS_REQUEST_TOO_LARGE HC_HRESULT(0x8019019Du)                   /* 413 */
#define HTTP_E_STATUS_URI_TOO_LONG HC_HRESULT(0x8019019Eu)                        /* 414 */
#define HTTP_E_STATUS_UNSUPPORTED_MEDIA HC_HRESULT(0x8019019Fu)                   /* 415 */
#define HTTP_E_STATUS_RANGE_NOT_SATISFIABLE HC_HRESULT(0x801901A0u)               /* 416 */
#define HTTP_E_STATUS_EXPECTATION_FAILED HC_HRESULT(0x801901A1u)                  /* 417 */
#define HTTP_E_STATUS_421_MISDIRECTED_REQUEST HC_HRESULT(0x801901A5u)             /* 421 */
#define HTTP_E_STATUS_422_UNPROCESSABLE_ENTITY HC_HRESULT(0x801901A6u)            /* 422 */
#define HTTP_E_STATUS_423_LOCKED HC_HRESULT(0x801901A7u)                          /* 423 */
#define HTTP_E_STATUS_424_FAILED_DEPENDENCY HC_HRESULT(0x801901A8u)               /* 424 */
#define HTTP_E_STATUS_426_UPGRADE_REQUIRED HC_HRESULT(0x801901AAu)                /* 426 */
#define HTTP_E_STATUS_428_PRECONDITION_REQUIRED HC_HRESULT(0x801901ACu)           /* 428 */
#define HTTP_E_STATUS_429_TOO_MANY_REQUESTS HC_HRESULT(0x801901ADu)               /* 429 */
#define HTTP_E_STATUS_431_REQUEST_HEADER_FIELDS_TOO_LARGE HC_HRESULT(0x801901AFu) /* 431 */
#define HTTP_E_STATUS_449_RETRY_WITH HC_HRESULT(0x801901C1u)                      /* 449 */
#define HTTP_E_STATUS_451_UNAVAILABLE_FOR_LEGAL_REASONS HC_HRESULT(0x801901C3u)   /* 451 */
#define HTTP_E_STATUS_SERVER_ERROR HC_HRESULT(0x801901F4u)                        /* 500 */
#define HTTP_E_STATUS_NOT_SUPPORTED HC_HRESULT(0x801901F5u)                       /* 501 */
#define HTTP_E_STATUS_BAD_GATEWAY HC_HRESULT(0x801901F6u)                         /* 502 */
#define HTTP_E_STATUS_SERVICE_UNAVAIL HC_HRESULT(0x801901F7u)                     /* 503 */
#define HTTP_E_STATUS_GATEWAY_TIMEOUT HC_HRESULT(0x801901F8u)                     /* 504 */
#define HTTP_E_STATUS_VERSION_NOT_SUP HC_HRESULT(0x801901F9u)                     /* 505 */
#define HTTP_E_STATUS_506_VARIANT_ALSO_NEGOTIATES HC_HRESULT(0x801901FAu)         /* 506 */
#define HTTP_E_STATUS_507_INSUFFICIENT_STORAGE HC_HRESULT(0x801901FBu)            /* 507 */
#define HTTP_E_STATUS_508_LOOP_DETECTED HC_HRESULT(0x801901FCu)                   /* 508 */
#define HTTP_E_STATUS_510_NOT_EXTENDED HC_HRESULT(0x801901FEu)                    /* 510 */
#define HTTP_E_STATUS_511_NETWORK_AUTHENTICATION_REQUIRED HC_HRESULT(0x801901FFu) /* 511 */

HC_ENUM(XblErrorCondition){
    HC_VALUE(XblErrorCondition, NoError) = 0,
    HC_VALUE(XblErrorCondition, GenericError) = 1,
    HC_VALUE(XblErrorCondition, GenericOutOfRange) = 2,
    HC_VALUE(XblErrorCondition, Auth) = 3,
    HC_VALUE(XblErrorCondition, Network) = 4,
    HC_VALUE(XblErrorCondition, HttpGeneric) = 5,
    HC_VALUE(XblErrorCondition, Http304NotModified) = 6,
    HC_VALUE(XblErrorCondition, Http404NotFound) = 7,
    HC_VALUE(XblErrorCondition, Http412PreconditionFailed) = 8,
    HC_VALUE(XblErrorCondition, Http429TooManyRequests) = 9,
    HC_VALUE(XblErrorCondition, HttpServiceTimeout) = 10,
    HC_VALUE(XblErrorCondition, Rta) = 11,
};

/* XblGetErrorCondition() - the condition that an HRESULT stands for. Any thread. Since 0.1. */
STDAPI_(XblErrorCondition) XblGetErrorCondition(_In_ HRESULT hr) XBL_NOEXCEPT;
