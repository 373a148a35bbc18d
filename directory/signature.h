/* SPDX-License-Identifier: MIT */
/* The header Signature: whether a request was made by who holds a token's key. ES256 over what the policy covers. */
#ifndef DIRECTORY_SIGNATURE_H
#define DIRECTORY_SIGNATURE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* This much of a body is signed. */
#define SIGNATURE_BODY_MAX ((size_t)8192)

/* What is signed of a request. */
typedef struct SignedRequest {
    const char *method;
    const char *target;        /* path and query, as sent */
    const char *authorization; /* the value, or NULL */
    const char *body;
    size_t length;
} SignedRequest;

/* What a token is bound to by this public key, a JWK: its two coordinates, "X.Y". Owned; NULL when it is not a point of
 * P-256 spelled as it must be. */
char *signature_binding(const json_t *jwk);
/* Whether @header, 76 bytes in base64, signs @request with the key of @binding, at most @tolerance_us from @now. */
bool signature_valid(const char *header, const char *binding, const SignedRequest *request, int64_t now,
                     int64_t tolerance_us);

#endif
