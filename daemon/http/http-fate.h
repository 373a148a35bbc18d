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

/*
 * http_advice() - what can be done about a transfer that failed for a certificate
 * @verify_result: what CURLINFO_SSL_VERIFYRESULT says
 *
 * Returns a part of a sentence, or NULL: it is nothing of the kind.
 */
const char *http_advice(int curl_code, long verify_result);
