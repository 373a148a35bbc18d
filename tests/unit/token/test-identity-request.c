/* SPDX-License-Identifier: MIT */
/* Requests to the identity services, byte by byte. */
#include "token/identity-request.h"

#include "base/secret.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define APP "00000000-1111-2222-3333-444444444444"
#define TITLE "000000004C12AE6F"
#define DEVICE "0a1b2c3d-0000-4000-8000-00000000e001"
#define JWK                                                                                                  \
    "{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":\"ES256\",\"crv\":\"P-256\","                                   \
    "\"x\":\"OKyCQ9qH5U4lZcS0c5_LxIyKvOpKe0l3x4Eg5OgDbzc\",\"y\":\"syjS0YE9vH3eBat61P9TkCpseo0qtL0weQKP-"    \
    "PJtIho\"}"

static const unsigned char private_key[PROOF_PRIVATE_SIZE] = {
    0xe6, 0xeb, 0xe4, 0x85, 0x6d, 0x07, 0xe0, 0xd0, 0x72, 0x7d, 0xb9, 0xf9, 0x1f, 0x67, 0xe0, 0xaf,
    0xc4, 0xc9, 0x45, 0x12, 0x6d, 0x5b, 0xf1, 0x20, 0x96, 0x3b, 0x5a, 0x15, 0x5e, 0x10, 0xb5, 0x2e,
};

static IdentityConfig app = {.family = IDENTITY_FAMILY_APP, .client_id = APP};
static IdentityConfig title = {.family = IDENTITY_FAMILY_TITLE,
                               .client_id = TITLE,
                               .device_id = DEVICE,
                               .want_device = true,
                               .want_title = true};
static Proof *proof;
static IdentityInput input;
static IdentityRequest request;

static void setup(void)
{
    cr_assert_eq(proof_from_private(private_key, &proof), 0);
    input = (IdentityInput){.device_code = "EMU-DC-0001-q7",
                            .refresh_token = "EMU-RT-a1-g1",
                            .access_token = "EMU-AT-a1-g1",
                            .user_token = "EMU.U.a1.g1",
                            .device_token = "EMU.D.dev1.g1",
                            .title_token = "EMU.T.1234567890.g1",
                            .unix_sec = 1767225600};
}

static void teardown(void)
{
    identity_request_free(&request);
    proof = proof_free(proof);
    cr_assert_eq(secret_living(), 0);
}

TestSuite(identity_request, .init = setup, .fini = teardown);

static void build(const IdentityConfig *config, IdentityKind kind)
{
    identity_request_free(&request);
    cr_assert_eq(identity_request_build(config, kind, &input, &request), 0);
    cr_assert_eq(strlen(request.body), request.body_size);
    cr_assert(secret_is(request.body));
    for (size_t i = 0; i < request.headers_count; i++) {
        cr_assert(secret_is(request.headers[i]));
        cr_assert_null(strpbrk(request.headers[i], "\r\n"));
    }
}

/* The value of a header; NULL: there is none. */
static const char *header(const char *name)
{
    for (size_t i = 0; i < request.headers_count; i++)
        if (strncmp(request.headers[i], name, strlen(name)) == 0 && request.headers[i][strlen(name)] == ':')
            return request.headers[i] + strlen(name) + 2;
    return NULL;
}

static void expect(const IdentityConfig *config, IdentityKind kind, const char *url, const char *body)
{
    bool form = kind <= IDENTITY_REFRESH;
    build(config, kind);
    cr_expect_str_eq(request.url, url);
    cr_expect_str_eq(request.body, body);
    cr_expect_str_eq(request.content_type, form ? "application/x-www-form-urlencoded" : "application/json");
    cr_expect_str_eq(header("Content-Type"), request.content_type);
    cr_expect_str_eq(header("Accept"), "application/json");
    cr_expect_eq(header("x-xbl-contract-version") == NULL, form);
    if (!form)
        cr_expect_str_eq(header("x-xbl-contract-version"), "1");
    cr_expect_null(header("Authorization"));
}

Test(identity_request, grants_of_an_application)
{
    expect(&app, IDENTITY_DEVICE_CODE, "https://login.microsoftonline.com/consumers/oauth2/v2.0/devicecode",
           "client_id=" APP "&scope=XboxLive.signin%20offline_access");
    expect(&app, IDENTITY_POLL, "https://login.microsoftonline.com/consumers/oauth2/v2.0/token",
           "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=" APP
           "&device_code=EMU-DC-0001-q7");
    expect(&app, IDENTITY_REFRESH, "https://login.microsoftonline.com/consumers/oauth2/v2.0/token",
           "grant_type=refresh_token&client_id=" APP
           "&scope=XboxLive.signin%20offline_access&refresh_token=EMU-RT-a1-g1");
}

Test(identity_request, grants_of_a_title)
{
    expect(&title, IDENTITY_DEVICE_CODE, "https://login.live.com/oauth20_connect.srf",
           "client_id=" TITLE
           "&scope=service%3A%3Auser.auth.xboxlive.com%3A%3AMBI_SSL&response_type=device_code");
    cr_expect_null(header("Cookie"));
    input.cookie = "EMUC=1";
    expect(&title, IDENTITY_POLL, "https://login.live.com/oauth20_token.srf",
           "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=" TITLE
           "&device_code=EMU-DC-0001-q7");
    cr_expect_str_eq(header("Cookie"), "EMUC=1");
    expect(&title, IDENTITY_REFRESH, "https://login.live.com/oauth20_token.srf",
           "grant_type=refresh_token&client_id=" TITLE
           "&scope=service%3A%3Auser.auth.xboxlive.com%3A%3AMBI_SSL&refresh_token=EMU-RT-a1-g1");
    cr_expect_null(header("Cookie"));
}

Test(identity_request, tokens_of_an_application)
{
    expect(&app, IDENTITY_USER, "https://user.auth.xboxlive.com/user/authenticate",
           "{\"RelyingParty\":\"http://"
           "auth.xboxlive.com\",\"TokenType\":\"JWT\",\"Properties\":{\"AuthMethod\":\"RPS\","
           "\"SiteName\":\"user.auth.xboxlive.com\",\"RpsTicket\":\"d=EMU-AT-a1-g1\"}}");
    cr_expect_null(header("Signature"));
    expect(&app, IDENTITY_XSTS, "https://xsts.auth.xboxlive.com/xsts/authorize",
           "{\"RelyingParty\":\"http://"
           "xboxlive.com\",\"TokenType\":\"JWT\",\"Properties\":{\"SandboxId\":\"RETAIL\","
           "\"UserTokens\":[\"EMU.U.a1.g1\"]}}");
    cr_expect_null(header("Signature"));
    IdentityConfig other = app;
    other.sandbox = "EMUBOX.1";
    other.relying_party = "rp://emu.example/";
    expect(&other, IDENTITY_XSTS, "https://xsts.auth.xboxlive.com/xsts/authorize",
           "{\"RelyingParty\":\"rp://emu.example/"
           "\",\"TokenType\":\"JWT\",\"Properties\":{\"SandboxId\":\"EMUBOX.1\","
           "\"UserTokens\":[\"EMU.U.a1.g1\"]}}");
}

/* The header verifies for exactly what is sent. */
static void expect_signed(const char *path)
{
    ProofRequest sent = {
        .method = "POST", .path = path, .body = request.body, .body_size = request.body_size};
    cr_assert_not_null(header("Signature"));
    cr_expect_eq(strncmp(header("Signature"), "AAAAAQHcerGSgQAA", 16), 0);
    cr_expect_eq(proof_verify(proof, header("Signature"), &sent), 0);
    sent.path = "/";
    cr_expect_eq(proof_verify(proof, header("Signature"), &sent), -EBADMSG);
}

Test(identity_request, tokens_of_a_title)
{
    input.proof = proof;
    expect(&title, IDENTITY_DEVICE, "https://device.auth.xboxlive.com/device/authenticate",
           "{\"RelyingParty\":\"http://auth.xboxlive.com\",\"TokenType\":\"JWT\",\"Properties\":{"
           "\"AuthMethod\":\"ProofOfPossession\",\"Id\":\"{0A1B2C3D-0000-4000-8000-00000000E001}\","
           "\"SerialNumber\":\"{0A1B2C3D-0000-4000-8000-00000000E001}\",\"DeviceType\":\"Win32\","
           "\"Version\":\"10.0.19041\",\"ProofKey\":" JWK "}}");
    expect_signed("/device/authenticate");
    expect(&title, IDENTITY_TITLE, "https://title.auth.xboxlive.com/title/authenticate",
           "{\"RelyingParty\":\"http://"
           "auth.xboxlive.com\",\"TokenType\":\"JWT\",\"Properties\":{\"AuthMethod\":\"RPS\","
           "\"SiteName\":\"user.auth.xboxlive.com\",\"RpsTicket\":\"t=EMU-AT-a1-g1\","
           "\"DeviceToken\":\"EMU.D.dev1.g1\",\"ProofKey\":" JWK "}}");
    expect_signed("/title/authenticate");
    expect(&title, IDENTITY_USER, "https://user.auth.xboxlive.com/user/authenticate",
           "{\"RelyingParty\":\"http://"
           "auth.xboxlive.com\",\"TokenType\":\"JWT\",\"Properties\":{\"AuthMethod\":\"RPS\","
           "\"SiteName\":\"user.auth.xboxlive.com\",\"RpsTicket\":\"t=EMU-AT-a1-g1\",\"ProofKey\":" JWK "}}");
    expect_signed("/user/authenticate");
    expect(&title, IDENTITY_XSTS, "https://xsts.auth.xboxlive.com/xsts/authorize",
           "{\"RelyingParty\":\"http://"
           "xboxlive.com\",\"TokenType\":\"JWT\",\"Properties\":{\"SandboxId\":\"RETAIL\","
           "\"UserTokens\":[\"EMU.U.a1.g1\"],\"DeviceToken\":\"EMU.D.dev1.g1\","
           "\"TitleToken\":\"EMU.T.1234567890.g1\"}}");
    expect_signed("/xsts/authorize");
}

Test(identity_request, device_ids)
{
    static const struct {
        const char *type, *id;
        bool serial;
    } rows[] = {
        {"Win32", "{0A1B2C3D-0000-4000-8000-00000000E001}", true},
        {"Xbox", "{0A1B2C3D-0000-4000-8000-00000000E001}", true},
        {"Android", "{0a1b2c3d-0000-4000-8000-00000000e001}", false},
        {"Nintendo", "{0a1b2c3d-0000-4000-8000-00000000e001}", false},
        {"iOS", "0A1B2C3D-0000-4000-8000-00000000E001", false},
        {"Playstation", "0a1b2c3d-0000-4000-8000-00000000e001", false},
    };
    input.proof = proof;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        IdentityConfig config = title;
        char member[80];
        config.device_type = rows[i].type;
        config.device_version = "9";
        build(&config, IDENTITY_DEVICE);
        snprintf(member, sizeof member, "\"Id\":\"%s\",", rows[i].id);
        cr_expect_not_null(strstr(request.body, member), "%s", rows[i].type);
        cr_expect_eq(strstr(request.body, "SerialNumber") != NULL, rows[i].serial, "%s", rows[i].type);
        cr_expect_not_null(strstr(request.body, "\"Version\":\"9\""));
    }
}

Test(identity_request, one_base_for_all)
{
    IdentityConfig config = title;
    config.base_url = "http://127.0.0.1:8080";
    config.agent_version = "1.2";
    input.proof = proof;
    static const char *const paths[IDENTITY_KINDS] = {
        "/oauth20_connect.srf", "/oauth20_token.srf",  "/oauth20_token.srf", "/user/authenticate",
        "/device/authenticate", "/title/authenticate", "/xsts/authorize"};
    for (int kind = 0; kind < IDENTITY_KINDS; kind++) {
        char url[100];
        snprintf(url, sizeof url, "http://127.0.0.1:8080%s", paths[kind]);
        build(&config, (IdentityKind)kind);
        cr_expect_str_eq(request.url, url);
        cr_expect_str_eq(header("User-Agent"), "mpsessiond/1.2");
        if (header("Signature"))
            expect_signed(paths[kind]);
    }
    char base[500];
    memset(base, 'a', sizeof base - 1);
    base[sizeof base - 1] = '\0';
    config.base_url = base;
    IdentityRequest none;
    cr_assert_eq(identity_request_build(&config, IDENTITY_USER, &input, &none), -EINVAL);
}

Test(identity_request, what_has_to_be_escaped)
{
    input.device_code = "a+b/c=d&e%f~g\"h\\i";
    build(&app, IDENTITY_POLL);
    cr_expect_not_null(strstr(request.body, "&device_code=a%2Bb%2Fc%3Dd%26e%25f~g%22h%5Ci"));
    input.access_token = "a\"b\\c/d";
    build(&app, IDENTITY_USER);
    cr_expect_not_null(strstr(request.body, "\"RpsTicket\":\"d=a\\\"b\\\\c/d\"}"));
    input.user_token = "u\",\"x";
    build(&app, IDENTITY_XSTS);
    cr_expect_not_null(strstr(request.body, "[\"u\\\",\\\"x\"]"));
}

Test(identity_request, large_tokens)
{
    static char large[IDENTITY_KINDS + 16384 + 2];
    memset(large, '%', 16384);
    input.refresh_token = large;
    build(&app, IDENTITY_REFRESH);
    cr_assert_gt(request.body_size, 3 * 16384);
    memset(large, '"', 16384);
    input.proof = proof;
    input.user_token = input.device_token = input.title_token = large;
    build(&title, IDENTITY_XSTS);
    cr_assert_gt(request.body_size, 6 * 16384);
    expect_signed("/xsts/authorize");
    IdentityRequest none;
    large[16384] = 'x';
    cr_assert_eq(identity_request_build(&title, IDENTITY_XSTS, &input, &none), -EINVAL);
}

/* Each thing that a kind needs, missing and then such that it could end a line. */
Test(identity_request, what_is_missing_or_hostile)
{
    static const struct {
        IdentityKind kind;
        size_t field;
    } rows[] = {
        {IDENTITY_POLL, offsetof(IdentityInput, device_code)},
        {IDENTITY_REFRESH, offsetof(IdentityInput, refresh_token)},
        {IDENTITY_USER, offsetof(IdentityInput, access_token)},
        {IDENTITY_DEVICE, offsetof(IdentityInput, proof)},
        {IDENTITY_TITLE, offsetof(IdentityInput, proof)},
        {IDENTITY_TITLE, offsetof(IdentityInput, access_token)},
        {IDENTITY_TITLE, offsetof(IdentityInput, device_token)},
        {IDENTITY_XSTS, offsetof(IdentityInput, user_token)},
        {IDENTITY_XSTS, offsetof(IdentityInput, device_token)},
        {IDENTITY_XSTS, offsetof(IdentityInput, title_token)},
    };
    static const char *const hostile[] = {NULL, "", "a b", "a\r\nX: y", "\xc3\xa4", "a\x7f"};
    input.proof = proof;
    IdentityInput whole = input;
    IdentityRequest none;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        bool key = rows[i].field == offsetof(IdentityInput, proof);
        for (size_t n = 0; n < (key ? 1 : ELEMENTS(hostile)); n++) {
            IdentityInput broken = whole;
            memcpy((char *)&broken + rows[i].field, &hostile[n], sizeof hostile[n]);
            cr_expect_eq(identity_request_build(&title, rows[i].kind, &broken, &none), -EINVAL, "%u %u",
                         (unsigned)i, (unsigned)n);
        }
    }
    input.cookie = "a=b\r\nX: y";
    cr_expect_eq(identity_request_build(&title, IDENTITY_POLL, &input, &none), -EINVAL);
    /* And kinds that a configuration does not have. */
    cr_expect_eq(identity_request_build(&app, IDENTITY_DEVICE, &whole, &none), -EINVAL);
    cr_expect_eq(identity_request_build(&app, IDENTITY_TITLE, &whole, &none), -EINVAL);
    IdentityConfig wrong = app;
    wrong.client_id = "x";
    cr_expect_eq(identity_request_build(&wrong, IDENTITY_DEVICE_CODE, &whole, &none), -EINVAL);
}
