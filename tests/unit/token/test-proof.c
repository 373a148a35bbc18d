/* SPDX-License-Identifier: MIT */
/* Proof keys and signatures, against vectors that other implementations agree on. */
#include "token/proof.h"

#include "base/secret.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define AUTHORIZATION "XBL3.0 x=123;abc"

static const unsigned char private_key[PROOF_PRIVATE_SIZE] = {
    0xe6, 0xeb, 0xe4, 0x85, 0x6d, 0x07, 0xe0, 0xd0, 0x72, 0x7d, 0xb9, 0xf9, 0x1f, 0x67, 0xe0, 0xaf,
    0xc4, 0xc9, 0x45, 0x12, 0x6d, 0x5b, 0xf1, 0x20, 0x96, 0x3b, 0x5a, 0x15, 0x5e, 0x10, 0xb5, 0x2e,
};

static char many_a[9000];
static Proof *proof;

static void setup(void)
{
    memset(many_a, 'a', sizeof many_a);
    cr_assert_eq(proof_from_private(private_key, &proof), 0);
}

static void teardown(void)
{
    proof = proof_free(proof);
}

TestSuite(proof, .init = setup, .fini = teardown);

typedef struct Vector {
    int64_t unix_sec;
    ProofRequest request;
    uint64_t filetime;
    const char *digest;
    const char *signature;
} Vector;

static const char body_1[] = "thebodygoeshere";
static const char body_2[] = "{\"RelyingParty\":\"http://auth.xboxlive.com\",\"TokenType\":\"JWT\"}";
static const Vector vectors[] = {
    {1586999965,
     {"POST", "/path?query=1", "XBL3.0 x=userid;jsonwebtoken", body_1, sizeof body_1 - 1},
     0x01d6138d10f7cc80,
     "f7d61b6f8d4dcd86da1aa8553f0ee7c15450811e7cd2759364e22f67d853ff50",
     "AAAAAQHWE40Q98yA7m+8q9G9JwEg9aIyK7yadd3P1nUG10lTF/FcV+y87bUVOUJoihhLSTcJCg4UvOR/"
     "aDj46lb6Le82PrsSXHoMOw=="},
    {1767225600,
     {"POST", "/device/authenticate", NULL, body_2, sizeof body_2 - 1},
     0x01dc7ab192810000,
     "90a776a87ff7ee60a203dac243ab0eb723501272fd30d15bca7de21922c1fae9",
     "AAAAAQHcerGSgQAAYwr7NKs3+IElOkNzQtt9RzS8cZbMr38kn8pjHD25aB71mvxEk3396rRyGMrL/"
     "oi38qIsQDobwI23rIxsGigQJQ=="},
    {1767225600,
     {"GET", "/serviceconfigs/00000000-0000-0000-0000-000000000000/sessiontemplates/t/sessions/s",
      AUTHORIZATION, NULL, 0},
     0x01dc7ab192810000,
     "515cc6ad82900cfdf021ce21072a6fa82848a667a0dfc099a83ef290da24a7ce",
     "AAAAAQHcerGSgQAAWZLJ6G9UdgibLBANRcgyUm0gSYzwsW0sX6BbAxZGKVIV9CUChWmINiAWYU/"
     "FNqj013gA8WrbpzcbSJ6DYT6LuA=="},
    {1767225600,
     {"PUT", "/x", AUTHORIZATION, many_a, sizeof many_a},
     0x01dc7ab192810000,
     "a1b78e1c778c63ecab7051e115b6d227f40a090429d9c9d2c7efce398c398c8f",
     "AAAAAQHcerGSgQAA0RjSXL1pFITOwAbsjJZd3bfY3h1WWLZATS+sVNF6eTFlKZEz5x4wKy7xV8YAF7Jhtv+jlYedeJ/"
     "TGjLIy3nzXA=="},
};

Test(proof, digests)
{
    for (size_t i = 0; i < ELEMENTS(vectors); i++) {
        unsigned char digest[32];
        char text[65];
        cr_assert_eq(proof_filetime(vectors[i].unix_sec), vectors[i].filetime);
        cr_assert_eq(proof_digest(vectors[i].filetime, &vectors[i].request, digest), 0);
        for (size_t n = 0; n < sizeof digest; n++)
            snprintf(text + 2 * n, 3, "%02x", digest[n]);
        cr_expect_str_eq(text, vectors[i].digest, "%u", (unsigned)i);
    }
}

Test(proof, signatures_of_others)
{
    for (size_t i = 0; i < ELEMENTS(vectors); i++)
        for (size_t n = 0; n < ELEMENTS(vectors); n++)
            cr_expect_eq(proof_verify(proof, vectors[i].signature, &vectors[n].request),
                         i == n ? 0 : -EBADMSG);
}

Test(proof, signatures_of_ours)
{
    for (size_t i = 0; i < ELEMENTS(vectors); i++) {
        char signature[PROOF_SIGNATURE_ROOM];
        cr_assert_eq(proof_sign(proof, vectors[i].unix_sec, &vectors[i].request, signature), 0);
        cr_assert_eq(strlen(signature), PROOF_SIGNATURE_ROOM - 1);
        /* Version and time are the same, the rest is any valid signature. */
        cr_assert_eq(strncmp(signature, vectors[i].signature, 16), 0);
        cr_assert_eq(proof_verify(proof, signature, &vectors[i].request), 0);
    }
}

/* Short numbers, as one in 128 is: many signatures, all of the right size and all valid. */
Test(proof, many_signatures)
{
    ProofRequest request = {.method = "GET", .path = "/"};
    for (int64_t i = 0; i < 400; i++) {
        char signature[PROOF_SIGNATURE_ROOM];
        cr_assert_eq(proof_sign(proof, i, &request, signature), 0);
        cr_assert_eq(proof_verify(proof, signature, &request), 0, "%d", (int)i);
    }
}

Test(proof, the_first_8192_bytes)
{
    char body[9000], signature[PROOF_SIGNATURE_ROOM];
    memcpy(body, many_a, sizeof body);
    ProofRequest request = vectors[3].request;
    request.body = body;
    body[8192] = 'b';
    cr_assert_eq(proof_verify(proof, vectors[3].signature, &request), 0);
    request.body_size = 8192;
    cr_assert_eq(proof_verify(proof, vectors[3].signature, &request), 0);
    request.body_size = 8191;
    cr_assert_eq(proof_verify(proof, vectors[3].signature, &request), -EBADMSG);
    request.body_size = sizeof body;
    body[8191] = 'b';
    cr_assert_eq(proof_verify(proof, vectors[3].signature, &request), -EBADMSG);
    cr_assert_eq(proof_sign(proof, 0, &request, signature), 0);
    cr_assert_eq(proof_verify(proof, signature, &request), 0);
}

Test(proof, what_is_no_signature)
{
    const Vector *vector = &vectors[0];
    char text[PROOF_SIGNATURE_ROOM + 8];
    /* Every character matters, whatever it is changed to. */
    for (size_t i = 0; i < PROOF_SIGNATURE_ROOM - 1; i++) {
        memcpy(text, vector->signature, PROOF_SIGNATURE_ROOM);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        cr_expect_lt(proof_verify(proof, text, &vector->request), 0, "%u", (unsigned)i);
        text[i] = ' ';
        cr_expect_eq(proof_verify(proof, text, &vector->request), -EINVAL, "%u", (unsigned)i);
    }
    memcpy(text, vector->signature, PROOF_SIGNATURE_ROOM);
    for (char *c = text; *c; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    cr_expect_eq(proof_verify(proof, text, &vector->request), -EINVAL);
    cr_expect_eq(proof_verify(proof, "", &vector->request), -EINVAL);
    snprintf(text, sizeof text, "%s=", vector->signature);
    cr_expect_eq(proof_verify(proof, text, &vector->request), -EINVAL);
    snprintf(text, sizeof text, "%.103s", vector->signature);
    cr_expect_eq(proof_verify(proof, text, &vector->request), -EINVAL);
    /* Another version of the policy. */
    memcpy(text, vector->signature, PROOF_SIGNATURE_ROOM);
    memcpy(text, "AAAAAg", 6);
    cr_expect_eq(proof_verify(proof, text, &vector->request), -EINVAL);
}

Test(proof, public_half)
{
    cr_assert_str_eq(proof_jwk(proof), "{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":\"ES256\",\"crv\":\"P-256\","
                                       "\"x\":\"OKyCQ9qH5U4lZcS0c5_LxIyKvOpKe0l3x4Eg5OgDbzc\","
                                       "\"y\":\"syjS0YE9vH3eBat61P9TkCpseo0qtL0weQKP-PJtIho\"}");
}

static size_t length_of(const char *jwk, const char *name)
{
    const char *at = strstr(jwk, name);
    cr_assert_not_null(at);
    return strcspn(at + strlen(name), "\"");
}

/* A coordinate that begins with a byte of zeros has the same length as any other; some of these do. */
Test(proof, left_padding)
{
    unsigned short_x = 0, short_y = 0;
    for (unsigned number = 1; number < 1200; number++) {
        unsigned char small[PROOF_PRIVATE_SIZE] = {0};
        small[30] = (unsigned char)(number >> 8);
        small[31] = (unsigned char)number;
        CLEANUP(proof_freep) Proof *other = NULL;
        cr_assert_eq(proof_from_private(small, &other), 0);
        cr_assert_eq(length_of(proof_jwk(other), "\"x\":\""), 43);
        cr_assert_eq(length_of(proof_jwk(other), "\"y\":\""), 43);
        short_x += strstr(proof_jwk(other), "\"x\":\"AA") || strstr(proof_jwk(other), "\"x\":\"AB");
        short_y += strstr(proof_jwk(other), "\"y\":\"AA") || strstr(proof_jwk(other), "\"y\":\"AB");
        CLEANUP_SECRET char *again = proof_private(other);
        cr_assert_eq(memcmp(again, small, sizeof small), 0);
    }
    cr_assert_gt(short_x, 0);
    cr_assert_gt(short_y, 0);
}

Test(proof, new_keys)
{
    CLEANUP(proof_freep) Proof *first = NULL, *second = NULL, *again = NULL;
    cr_assert_eq(proof_generate(&first), 0);
    cr_assert_eq(proof_generate(&second), 0);
    cr_assert_str_neq(proof_jwk(first), proof_jwk(second));
    char signature[PROOF_SIGNATURE_ROOM];
    cr_assert_eq(proof_sign(first, 1, &vectors[0].request, signature), 0);
    cr_assert_eq(proof_verify(first, signature, &vectors[0].request), 0);
    cr_assert_eq(proof_verify(second, signature, &vectors[0].request), -EBADMSG);
    CLEANUP_SECRET char *private = proof_private(first);
    cr_assert(secret_is(private));
    cr_assert_eq(proof_from_private((const unsigned char *)private, &again), 0);
    cr_assert_str_eq(proof_jwk(first), proof_jwk(again));
    cr_assert_eq(proof_verify(again, signature, &vectors[0].request), 0);
}

Test(proof, what_is_no_key)
{
    /* Zero, the order of the group, and beyond; the order less one is a key. */
    unsigned char order[PROOF_PRIVATE_SIZE] = {
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    };
    static const unsigned char zero[PROOF_PRIVATE_SIZE];
    unsigned char ones[PROOF_PRIVATE_SIZE];
    memset(ones, 0xff, sizeof ones);
    CLEANUP(proof_freep) Proof *other = NULL;
    cr_assert_eq(proof_from_private(zero, &other), -EINVAL);
    cr_assert_eq(proof_from_private(order, &other), -EINVAL);
    cr_assert_eq(proof_from_private(ones, &other), -EINVAL);
    cr_assert_null(other);
    order[31]--;
    cr_assert_eq(proof_from_private(order, &other), 0);
}
