/* SPDX-License-Identifier: MIT */
/* ES256 by OpenSSL. The private half lies in OpenSSL's memory, which it wipes; copies that we make are secrets. */
#include "token/proof.h"

#include "base/secret.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>

#define POLICY_VERSION 1
#define NUMBER_SIZE 32
#define POINT_SIZE (1 + 2 * NUMBER_SIZE)
#define SIGNATURE_SIZE (4 + 8 + 2 * NUMBER_SIZE)

struct Proof {
    EVP_PKEY *key;
    char jwk[200];
};

DEFINE_CLEANUP(BIGNUM *, BN_clear_free)
DEFINE_CLEANUP(EC_GROUP *, EC_GROUP_free)
DEFINE_CLEANUP(EC_POINT *, EC_POINT_free)
DEFINE_CLEANUP(ECDSA_SIG *, ECDSA_SIG_free)
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

/* ---- The key ----------------------------------------------------------------------------------------------------- */

/* The public point of a private number. 1: done, 0: memory is out, -1: it is no private number. */
static int proof_point(const BIGNUM *number, unsigned char point[POINT_SIZE])
{
    CLEANUP(EC_GROUP_freep) EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    CLEANUP(EC_POINT_freep) EC_POINT *made = group ? EC_POINT_new(group) : NULL;
    if (!made)
        return 0;
    if (BN_is_zero(number) || BN_cmp(number, EC_GROUP_get0_order(group)) >= 0)
        return -1;
    return EC_POINT_mul(group, made, number, NULL, NULL, NULL) == 1 &&
           EC_POINT_point2oct(group, made, POINT_CONVERSION_UNCOMPRESSED, point, POINT_SIZE, NULL) ==
               POINT_SIZE;
}

/* 32 bytes as base64url without padding; a number keeps its leading zeros. */
static void proof_base64url(const unsigned char *number, char text[45])
{
    EVP_EncodeBlock((unsigned char *)text, number, NUMBER_SIZE);
    for (char *c = text; *c; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
}

static int proof_take(EVP_PKEY *key, const unsigned char point[POINT_SIZE], Proof **proof)
{
    Proof *made = calloc(1, sizeof *made);
    if (!made) {
        EVP_PKEY_free(key);
        return -ENOMEM;
    }
    char x[45], y[45];
    proof_base64url(point + 1, x);
    proof_base64url(point + 1 + NUMBER_SIZE, y);
    made->key = key;
    snprintf(made->jwk, sizeof made->jwk,
             "{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}",
             x, y);
    *proof = made;
    return 0;
}

int proof_from_private(const unsigned char *private, Proof **proof)
{
    unsigned char point[POINT_SIZE];
    CLEANUP(BN_clear_freep) BIGNUM *number = BN_bin2bn(private, PROOF_PRIVATE_SIZE, NULL);
    int r = number ? proof_point(number, point) : 0;
    if (r <= 0)
        return r < 0 ? -EINVAL : -ENOMEM;
    /* Numbers are parameters in the machine's own order. */
    CLEANUP_SECRET char *native = secret_new(PROOF_PRIVATE_SIZE);
    CLEANUP(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (!native || !context || BN_bn2nativepad(number, (unsigned char *)native, PROOF_PRIVATE_SIZE) < 0)
        return -ENOMEM;
    char group[] = "prime256v1";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, (unsigned char *)native, PROOF_PRIVATE_SIZE),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = NULL;
    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters) != 1)
        return -ENOMEM;
    return proof_take(key, point, proof);
}

static char *proof_number(EVP_PKEY *key)
{
    BIGNUM *number = NULL;
    CLEANUP_SECRET char *bytes = secret_new(PROOF_PRIVATE_SIZE);
    bool good = bytes && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
                BN_bn2binpad(number, (unsigned char *)bytes, PROOF_PRIVATE_SIZE) == PROOF_PRIVATE_SIZE;
    BN_clear_free(number);
    return good ? TAKE(bytes) : NULL;
}

int proof_generate(Proof **proof)
{
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP_SECRET char *private = key ? proof_number(key) : NULL;
    return private ? proof_from_private((const unsigned char *)private, proof) : -ENOMEM;
}

char *proof_private(const Proof *proof)
{
    return proof_number(proof->key);
}

Proof *proof_free(Proof *proof)
{
    if (!proof)
        return NULL;
    EVP_PKEY_free(proof->key);
    free(proof);
    return NULL;
}

const char *proof_jwk(const Proof *proof)
{
    return proof->jwk;
}

/* ---- What is signed ---------------------------------------------------------------------------------------------- */

uint64_t proof_filetime(int64_t unix_sec)
{
    return (uint64_t)unix_sec * 10000000 + 116444736000000000;
}

static void put_big_endian(unsigned char *bytes, size_t size, uint64_t value)
{
    for (size_t i = size; i-- > 0; value >>= 8)
        bytes[i] = (unsigned char)value;
}

/* A part, and the zero byte behind each. */
static bool digest_part(EVP_MD_CTX *context, const void *part, size_t size)
{
    return (size == 0 || EVP_DigestUpdate(context, part, size) == 1) && EVP_DigestUpdate(context, "", 1) == 1;
}

int proof_digest(uint64_t filetime, const ProofRequest *request, unsigned char digest[32])
{
    unsigned char version[4], time[8], made[32];
    put_big_endian(version, sizeof version, POLICY_VERSION);
    put_big_endian(time, sizeof time, filetime);
    const char *authorization = request->authorization ? request->authorization : "";
    CLEANUP(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1 ||
        !digest_part(context, version, sizeof version) || !digest_part(context, time, sizeof time) ||
        !digest_part(context, request->method, strlen(request->method)) ||
        !digest_part(context, request->path, strlen(request->path)) ||
        !digest_part(context, authorization, strlen(authorization)) ||
        !digest_part(context, request->body,
                     request->body_size < PROOF_BODY_MAX ? request->body_size : PROOF_BODY_MAX) ||
        EVP_DigestFinal_ex(context, made, NULL) != 1)
        return -ENOMEM;
    memcpy(digest, made, sizeof made);
    return 0;
}

/* ---- Signatures -------------------------------------------------------------------------------------------------- */

/* r and s, each 32 bytes, out of what OpenSSL makes. */
static bool signature_numbers(EVP_PKEY_CTX *context, const unsigned char digest[32], unsigned char *numbers)
{
    unsigned char der[80];
    size_t size = sizeof der;
    if (EVP_PKEY_sign(context, der, &size, digest, 32) != 1)
        return false;
    const unsigned char *at = der;
    CLEANUP(ECDSA_SIG_freep) ECDSA_SIG *made = d2i_ECDSA_SIG(NULL, &at, (long)size);
    return made && BN_bn2binpad(ECDSA_SIG_get0_r(made), numbers, NUMBER_SIZE) == NUMBER_SIZE &&
           BN_bn2binpad(ECDSA_SIG_get0_s(made), numbers + NUMBER_SIZE, NUMBER_SIZE) == NUMBER_SIZE;
}

int proof_sign(const Proof *proof, int64_t unix_sec, const ProofRequest *request,
               char signature[PROOF_SIGNATURE_ROOM])
{
    unsigned char bytes[SIGNATURE_SIZE], digest[32];
    uint64_t filetime = proof_filetime(unix_sec);
    put_big_endian(bytes, 4, POLICY_VERSION);
    put_big_endian(bytes + 4, 8, filetime);
    int r = proof_digest(filetime, request, digest);
    if (r < 0)
        return r;
    CLEANUP(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, proof->key, NULL);
    if (!context || EVP_PKEY_sign_init(context) != 1 || !signature_numbers(context, digest, bytes + 12))
        return -ENOMEM;
    EVP_EncodeBlock((unsigned char *)signature, bytes, SIGNATURE_SIZE);
    return 0;
}

static bool signature_decode(const char *text, unsigned char bytes[SIGNATURE_SIZE])
{
    unsigned char decoded[SIGNATURE_SIZE + 2];
    char again[PROOF_SIGNATURE_ROOM];
    if (strlen(text) != PROOF_SIGNATURE_ROOM - 1 ||
        EVP_DecodeBlock(decoded, (const unsigned char *)text, PROOF_SIGNATURE_ROOM - 1) < 0)
        return false;
    /* OpenSSL is lenient with blanks and padding. */
    EVP_EncodeBlock((unsigned char *)again, decoded, SIGNATURE_SIZE);
    memcpy(bytes, decoded, SIGNATURE_SIZE);
    return string_equal(again, text);
}

int proof_verify(const Proof *proof, const char *signature, const ProofRequest *request)
{
    unsigned char bytes[SIGNATURE_SIZE], version[4], digest[32];
    put_big_endian(version, sizeof version, POLICY_VERSION);
    if (!signature_decode(signature, bytes) || memcmp(bytes, version, sizeof version) != 0)
        return -EINVAL;
    uint64_t filetime = 0;
    for (size_t i = 4; i < 12; i++)
        filetime = filetime << 8 | bytes[i];
    CLEANUP(ECDSA_SIG_freep) ECDSA_SIG *made = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes + 12, NUMBER_SIZE, NULL), *s = BN_bin2bn(bytes + 44, NUMBER_SIZE, NULL);
    if (!made || !r || !s || ECDSA_SIG_set0(made, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return -ENOMEM;
    }
    unsigned char der[80], *at = der;
    int size = i2d_ECDSA_SIG(made, &at);
    CLEANUP(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, proof->key, NULL);
    if (size <= 0 || !context || EVP_PKEY_verify_init(context) != 1 ||
        proof_digest(filetime, request, digest) < 0)
        return -ENOMEM;
    return EVP_PKEY_verify(context, der, (size_t)size, digest, sizeof digest) == 1 ? 0 : -EBADMSG;
}
