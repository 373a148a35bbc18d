/* SPDX-License-Identifier: MIT */
/* The header Signature. */
#include "directory/signature.h"

#include <ctype.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "directory/clock.h"
#include "directory/util.h"

#define STANDARD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define URL_SAFE "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define COORDINATE 32
#define COORDINATE_TEXT 43 /* in base64, without padding */
#define POINT (1 + 2 * COORDINATE)
#define HEADER_BYTES 76
#define HEADER_TEXT 104
#define PRELUDE 12 /* of the header: the policy's version and the time */
#define POLICY_VERSION 1U
#define FILETIME_EPOCH UINT64_C(116444736000000000)

/* Decodes unpadded base64 of exactly @size bytes. Returns false for anything else, also for bits that do not count. */
static bool base64_decode(const char *text, size_t length, const char *alphabet, unsigned char *out,
                          size_t size)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t used = 0;

    if (length != (size * 8 + 5) / 6)
        return false;
    for (size_t i = 0; i < length; i++) {
        const char *letter = text[i] ? strchr(alphabet, text[i]) : NULL;

        if (!letter)
            return false;
        bits = bits << 6 | (uint32_t)(letter - alphabet);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[used++] = (unsigned char)(bits >> count);
            bits &= (1U << count) - 1;
        }
    }
    return bits == 0;
}

static uint64_t big_endian(const unsigned char *bytes, size_t count)
{
    uint64_t value = 0;

    for (size_t i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The key of "X.Y", or NULL when that is no point of the curve. */
static EVP_PKEY *binding_key(const char *binding)
{
    unsigned char point[POINT] = {POINT_CONVERSION_UNCOMPRESSED};
    char group[] = "prime256v1";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *context;
    EVP_PKEY *key = NULL;

    if (strlen(binding) != 2 * COORDINATE_TEXT + 1 ||
        !base64_decode(binding, COORDINATE_TEXT, URL_SAFE, point + 1, COORDINATE) ||
        !base64_decode(binding + COORDINATE_TEXT + 1, COORDINATE_TEXT, URL_SAFE, point + 1 + COORDINATE,
                       COORDINATE))
        return NULL;
    context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (!context || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return key;
}

char *signature_binding(const json_t *jwk)
{
    const char *x = json_text(jwk, "x", ""), *y = json_text(jwk, "y", "");
    EVP_PKEY *key = NULL;
    char *binding;

    if (strcmp(json_text(jwk, "kty", ""), "EC") != 0 || strcmp(json_text(jwk, "crv", ""), "P-256") != 0 ||
        strcmp(json_text(jwk, "alg", ""), "ES256") != 0 || strcmp(json_text(jwk, "use", ""), "sig") != 0 ||
        json_object_get(jwk, "d") || strlen(x) != COORDINATE_TEXT || strlen(y) != COORDINATE_TEXT)
        return NULL;
    binding = text_format("%s.%s", x, y);
    key = binding_key(binding);
    if (!key) {
        free(binding);
        return NULL;
    }
    EVP_PKEY_free(key);
    return binding;
}

/* The bytes that are signed. Owned. */
static unsigned char *signed_bytes(const unsigned char prelude[PRELUDE], const SignedRequest *request,
                                   size_t *length)
{
    const char *authorization = request->authorization ? request->authorization : "";
    size_t body = request->length < SIGNATURE_BODY_MAX ? request->length : SIGNATURE_BODY_MAX;
    size_t method = strlen(request->method) + 1, target = strlen(request->target) + 1;
    size_t authority = strlen(authorization) + 1;
    unsigned char *bytes = memory_new(PRELUDE + 2 + method + target + authority + body + 1), *to = bytes;

    /* Each part is ended by a NUL; the block is zeroed. */
    memcpy(to, prelude, 4);
    memcpy(to + 5, prelude + 4, 8);
    to += PRELUDE + 2;
    for (size_t i = 0; i < method; i++)
        *to++ = (unsigned char)toupper((unsigned char)request->method[i]);
    memcpy(to, request->target, target);
    to += target;
    memcpy(to, authorization, authority);
    to += authority;
    if (body > 0)
        memcpy(to, request->body, body);
    *length = (size_t)(to - bytes) + body + 1;
    return bytes;
}

/* The signature as OpenSSL takes it, from r and s side by side. Owned by OpenSSL; NULL when it is none. */
static unsigned char *signature_der(const unsigned char *raw, int *length)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, COORDINATE, NULL), *s = BN_bin2bn(raw + COORDINATE, COORDINATE, NULL);
    unsigned char *der = NULL;

    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL;
        *length = i2d_ECDSA_SIG(pair, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return der;
}

static bool verify(EVP_PKEY *key, const unsigned char *header, const SignedRequest *request)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int der_length = 0;
    unsigned char *der = signature_der(header + PRELUDE, &der_length);
    size_t length;
    unsigned char *bytes = signed_bytes(header, request, &length);
    bool valid = context && der && der_length > 0 &&
                 EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                 EVP_DigestVerify(context, der, (size_t)der_length, bytes, length) == 1;

    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    free(bytes);
    return valid;
}

bool signature_valid(const char *header, const char *binding, const SignedRequest *request, int64_t now,
                     int64_t tolerance_us)
{
    unsigned char bytes[HEADER_BYTES];
    uint64_t filetime;
    int64_t signed_at;
    EVP_PKEY *key;
    bool valid;

    if (strlen(header) != HEADER_TEXT || strcmp(header + HEADER_TEXT - 2, "==") != 0 ||
        !base64_decode(header, HEADER_TEXT - 2, STANDARD, bytes, sizeof(bytes)) ||
        big_endian(bytes, 4) != POLICY_VERSION)
        return false;
    filetime = big_endian(bytes + 4, 8);
    if (filetime < FILETIME_EPOCH || filetime > INT64_MAX)
        return false;
    signed_at = (int64_t)((filetime - FILETIME_EPOCH) / 10);
    if (signed_at < now - tolerance_us || signed_at > now + tolerance_us)
        return false;
    key = binding_key(binding);
    valid = key && verify(key, bytes, request);
    EVP_PKEY_free(key);
    return valid;
}
