/* SPDX-License-Identifier: MIT */
/* Signatures: vectors made elsewhere are accepted, and nothing that differs from them in any byte is. */
#include <criterion/criterion.h>
#include <string.h>

#include "directory/clock.h"
#include "directory/signature.h"
#include "directory/util.h"

#define X "OKyCQ9qH5U4lZcS0c5_LxIyKvOpKe0l3x4Eg5OgDbzc"
#define Y "syjS0YE9vH3eBat61P9TkCpseo0qtL0weQKP-PJtIho"
#define KEY X "." Y
#define MINUTE (60 * SECOND_US)

typedef struct Vector {
    int64_t second;
    const char *signature;
    SignedRequest request;
} Vector;

static char long_body[9001];

static Vector vector(size_t i)
{
    static const char device[] = "{\"RelyingParty\":\"http://auth.xboxlive.com\",\"TokenType\":\"JWT\"}";
    const Vector vectors[] = {
        {1586999965,
         "AAAAAQHWE40Q98yA7m+8q9G9JwEg9aIyK7yadd3P1nUG10lTF/FcV+y87bUVOUJoihhLSTcJCg4UvOR/"
         "aDj46lb6Le82PrsSXHoMOw==",
         {"POST", "/path?query=1", "XBL3.0 x=userid;jsonwebtoken", "thebodygoeshere", 15}},
        {1767225600,
         "AAAAAQHcerGSgQAAYwr7NKs3+IElOkNzQtt9RzS8cZbMr38kn8pjHD25aB71mvxEk3396rRyGMrL/"
         "oi38qIsQDobwI23rIxsGigQJQ==",
         {"POST", "/device/authenticate", NULL, device, sizeof(device) - 1}},
        {1767225600,
         "AAAAAQHcerGSgQAAWZLJ6G9UdgibLBANRcgyUm0gSYzwsW0sX6BbAxZGKVIV9CUChWmINiAWYU/"
         "FNqj013gA8WrbpzcbSJ6DYT6LuA==",
         {"GET", "/serviceconfigs/00000000-0000-0000-0000-000000000000/sessiontemplates/t/sessions/s",
          "XBL3.0 x=123;abc", NULL, 0}},
        {1767225600,
         "AAAAAQHcerGSgQAA0RjSXL1pFITOwAbsjJZd3bfY3h1WWLZATS+sVNF6eTFlKZEz5x4wKy7xV8YAF7Jhtv+jlYedeJ/"
         "TGjLIy3nzXA==",
         {"PUT", "/x", "XBL3.0 x=123;abc", long_body, 9000}},
    };

    memset(long_body, 'a', 9000);
    return vectors[i];
}

static bool good(const Vector *v)
{
    return signature_valid(v->signature, KEY, &v->request, v->second * SECOND_US, 5 * MINUTE);
}

Test(signature, vectors)
{
    for (size_t i = 0; i < 4; i++) {
        Vector v = vector(i);

        cr_assert(good(&v), "V%zu", i + 1);
    }
}

Test(signature, every_part_counts)
{
    for (size_t i = 0; i < 4; i++) {
        Vector v = vector(i);
        Vector other = v;

        other.request.method = "PATCH";
        cr_assert_not(good(&other), "V%zu method", i + 1);
        other = v;
        other.request.target = "/X";
        cr_assert_not(good(&other), "V%zu target", i + 1);
        other = v;
        other.request.authorization = "XBL3.0 x=123;abd";
        cr_assert_not(good(&other), "V%zu authorization", i + 1);
        other = v;
        other.request.body = "another body";
        other.request.length = 12;
        cr_assert_not(good(&other), "V%zu body", i + 1);
    }
}

Test(signature, the_method_is_signed_in_upper_case)
{
    Vector v = vector(1);

    v.request.method = "post";
    cr_assert(good(&v));
}

Test(signature, only_the_first_8192_bytes_of_a_body_are_signed)
{
    Vector v = vector(3);

    long_body[8192] = 'b';
    cr_assert(good(&v));
    long_body[8191] = 'b';
    cr_assert_not(good(&v));
}

Test(signature, time)
{
    Vector v = vector(0);

    cr_assert(signature_valid(v.signature, KEY, &v.request, v.second * SECOND_US + 5 * MINUTE, 5 * MINUTE));
    cr_assert(signature_valid(v.signature, KEY, &v.request, v.second * SECOND_US - 5 * MINUTE, 5 * MINUTE));
    cr_assert_not(
        signature_valid(v.signature, KEY, &v.request, v.second * SECOND_US + 5 * MINUTE + 1, 5 * MINUTE));
    cr_assert_not(
        signature_valid(v.signature, KEY, &v.request, v.second * SECOND_US - 5 * MINUTE - 1, 5 * MINUTE));
}

Test(signature, every_byte_of_the_header_counts)
{
    Vector v = vector(0);
    size_t length = strlen(v.signature);

    for (size_t i = 0; i < length; i++) {
        OWN_TEXT char *bent = text_copy(v.signature);

        bent[i] = bent[i] == 'B' ? 'C' : 'B';
        cr_assert_not(signature_valid(bent, KEY, &v.request, v.second * SECOND_US, 400 * 366 * 1440 * MINUTE),
                      "%zu", i);
    }
}

Test(signature, only_76_bytes_in_standard_base64)
{
    Vector v = vector(0);
    /* The same r and s in DER, with the version and the time before them. */
    static const char *const wrong[] = {
        "",
        "AAAAAQ==",
        "AAAAAQHWE40Q98yA7m+8q9G9JwEg9aIyK7yadd3P1nUG10lTF/FcV+y87bUVOUJoihhLSTcJCg4UvOR/"
        "aDj46lb6Le82PrsSXHoMOw",
        "AAAAAQHWE40Q98yA7m-8q9G9JwEg9aIyK7yadd3P1nUG10lTF_FcV-y87bUVOUJoihhLSTcJCg4UvOR_"
        "aDj46lb6Le82PrsSXHoMOw==",
        "AAAAAQHWE40Q98yA7m+8q9G9JwEg9aIyK7yadd3P1nUG10lTF/FcV+y87bUVOUJoihhLSTcJCg4UvOR/"
        "aDj46lb6Le82PrsSXHoMOwA=",
        "AAAAAQHWE40Q98yAMEUCIQDub7yr0b0nASD1ojIrvJp13c/"
        "WdQbXSVMX8VxX7LzttQIgFTlCaIoYS0k3CQoOFLzkf2g4+OpW+i3vNj67El"
        "x6DDs=",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert_not(signature_valid(wrong[i], KEY, &v.request, v.second * SECOND_US, 5 * MINUTE), "%zu", i);
}

static char *binding(const char *text)
{
    json_error_t error;
    OWN_JSON json_t *jwk = json_loads(text, 0, &error);

    cr_assert(jwk, "%s", text);
    return signature_binding(jwk);
}

#define JWK(kty, crv, alg, use, x, y)                                                                        \
    "{\"kty\":\"" kty "\",\"crv\":\"" crv "\",\"alg\":\"" alg "\",\"use\":\"" use "\",\"x\":\"" x            \
    "\",\"y\":\"" y "\"}"

Test(signature, keys)
{
    static const char *const wrong[] = {
        "{}",
        JWK("RSA", "P-256", "ES256", "sig", X, Y),
        JWK("EC", "P-384", "ES256", "sig", X, Y),
        JWK("EC", "P-256", "ES384", "sig", X, Y),
        JWK("EC", "P-256", "ES256", "enc", X, Y),
        JWK("EC", "P-256", "ES256", "sig", X "=", Y),
        JWK("EC", "P-256", "ES256", "sig", Y, X),
        JWK("EC", "P-256", "ES256", "sig", "KyCQ9qH5U4lZcS0c5_LxIyKvOpKe0l3x4Eg5OgDbzc", Y),
        JWK("EC", "P-256", "ES256", "sig", "OKyCQ9qH5U4lZcS0c5/LxIyKvOpKe0l3x4Eg5OgDbzc", Y),
    };
    OWN_TEXT char *right = binding(JWK("EC", "P-256", "ES256", "sig", X, Y));

    cr_assert_str_eq(right, KEY);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert_null(binding(wrong[i]), "%s", wrong[i]);
}

Test(signature, another_key)
{
    Vector v = vector(0);

    /* The base point of the curve. */
    cr_assert_not(
        signature_valid(v.signature,
                        "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY.T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_"
                        "UfU",
                        &v.request, v.second * SECOND_US, 5 * MINUTE));
    cr_assert_not(signature_valid(v.signature, "nonsense", &v.request, v.second * SECOND_US, 5 * MINUTE));
}
