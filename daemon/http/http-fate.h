/* SPDX-License-Identifier: MIT */
/* What a failed transfer means: did the request reach the server? */
#pragma once

#include "base/util.h"

typedef enum HttpFate {
    HTTP_ANSWERED,
    HTTP_NOT_SENT,  /* certainly not one byte of the request left */
    HTTP_UNCERTAIN, /* it may have been read, and done */
} HttpFate;

/*
 * http_fate() - of a transfer that ended without a whole reply
 * @curl_code: CURLcode; not CURLE_OK
 * @sent: bytes of the request may have left, over this connection or an earlier one
 */
HttpFate http_fate(int curl_code, bool sent);
