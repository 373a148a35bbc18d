/* SPDX-License-Identifier: MIT */
/* Answers of the identity services that are answers: each kind, and what makes one unusable. */
#include "token/identity-reply.h"

#include "base/secret.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define WALL (1767225600ULL * USEC_PER_SEC) /* 2026-01-01T00:00:00Z */
#define CODE                                                                                                 \
    "\"user_code\":\"EMU4TEST\",\"device_code\":\"EMU-DC-0001-q7\","                                         \
    "\"verification_uri\":\"https://www.microsoft.com/link\""
#define TIMES                                                                                                \
    "\"IssueInstant\":\"2026-01-01T00:00:10.0000000Z\",\"NotAfter\":\"2026-01-05T00:00:10.0000000Z\""

static IdentityReply reply;

static void parse_raw(IdentityKind kind, const IdentityRaw *raw)
{
    identity_reply_free(&reply);
    cr_assert_eq(identity_reply_parse(kind, raw, WALL, &reply), 0);
    cr_assert_eq(reply.status, raw->status);
    /* Half of an answer is none. */
    if (reply.outcome != IDENTITY_OK) {
        cr_assert_null(reply.token);
        cr_assert_null(reply.device_code);
        cr_assert_null(reply.access_token);
        cr_assert_null(reply.refresh_token);
        cr_assert_eq(secret_living(), 0);
    }
}

static IdentityOutcome parse(IdentityKind kind, unsigned status, const char *body)
{
    parse_raw(kind, &(IdentityRaw){.status = status, .body = body, .body_size = body ? strlen(body) : 0});
    return reply.outcome;
}

static void teardown(void)
{
    identity_reply_free(&reply);
    cr_assert_eq(secret_living(), 0);
}

TestSuite(identity_reply, .fini = teardown);

Test(identity_reply, device_code)
{
    cr_assert_eq(parse(IDENTITY_DEVICE_CODE, 200,
                       "{" CODE ",\"expires_in\":900,\"interval\":5,"
                       "\"message\":\"Emulator: open the page and type EMU4TEST.\"}"),
                 IDENTITY_OK);
    cr_assert_str_eq(reply.user_code, "EMU4TEST");
    cr_assert_str_eq(reply.device_code, "EMU-DC-0001-q7");
    cr_assert(secret_is(reply.device_code));
    cr_assert_str_eq(reply.verification_uri, "https://www.microsoft.com/link");
    cr_assert_str_eq(reply.verification_uri_complete, "");
    cr_assert_str_eq(reply.instruction, "Emulator: open the page and type EMU4TEST.");
    cr_assert_eq(reply.expires_sec, 900);
    cr_assert_eq(reply.interval_sec, 5);
    cr_assert_str_eq(reply.message, "");
    cr_assert_null(reply.cookie);
}

Test(identity_reply, device_code_otherwise)
{
    cr_assert_eq(parse(IDENTITY_DEVICE_CODE, 200,
                       "{" CODE ",\"expires_in\":\"900\",\"verification_uri_complete\":"
                       "\"https://www.microsoft.com/link?otc=EMU4TEST\"}"),
                 IDENTITY_OK);
    cr_assert_eq(reply.interval_sec, 5);
    cr_assert_str_eq(reply.verification_uri_complete, "https://www.microsoft.com/link?otc=EMU4TEST");
    cr_assert_eq(parse(IDENTITY_DEVICE_CODE, 200,
                       "{" CODE
                       ",\"expires_in\":900,\"interval\":0,\"verification_uri_complete\":\"javascript:1\","
                       "\"message\":\"a\\u001b[2J\",\"more\":{\"a\":[1,2.5,null]}}"),
                 IDENTITY_OK);
    cr_assert_eq(reply.interval_sec, 1);
    cr_assert_str_eq(reply.verification_uri_complete, "");
    cr_assert_str_eq(reply.instruction, "");
}

Test(identity_reply, device_code_unusable)
{
    static const char *const bad[] = {
        "{" CODE "}",
        "{" CODE ",\"expires_in\":0}",
        "{" CODE ",\"expires_in\":-1}",
        "{" CODE ",\"expires_in\":1e3}",
        "{" CODE ",\"expires_in\":99999999}",
        "{" CODE ",\"expires_in\":true}",
        "{" CODE ",\"expires_in\":\"\"}",
        "{" CODE ",\"expires_in\":900,\"interval\":-5}",
        "{" CODE ",\"expires_in\":900,\"interval\":100000}",
        "{" CODE ",\"expires_in\":900,\"user_code\":\"X\"}",
        "{\"user_code\":\"E\",\"verification_uri\":\"https://a.example\",\"expires_in\":900}",
        "{\"user_code\":\"E\",\"device_code\":\"\",\"verification_uri\":\"https://"
        "a.example\",\"expires_in\":900}",
        "{\"user_code\":\"E\",\"device_code\":\"a "
        "b\",\"verification_uri\":\"https://a.example\",\"expires_in\":900}",
        "{\"user_code\":\"E\",\"device_code\":7,\"verification_uri\":\"https://"
        "a.example\",\"expires_in\":900}",
        "{\"device_code\":\"d\",\"verification_uri\":\"https://a.example\",\"expires_in\":900}",
        "{\"user_code\":\"\",\"device_code\":\"d\",\"verification_uri\":\"https://"
        "a.example\",\"expires_in\":900}",
        "{\"user_code\":\"\\u001b[2J\",\"device_code\":\"d\",\"verification_uri\":\"https://a.example\","
        "\"expires_in\":900}",
        "{\"user_code\":\"\\u0000\",\"device_code\":\"d\",\"verification_uri\":\"https://a.example\","
        "\"expires_in\":900}",
        "{\"user_code\":\"0123456789012345678901234567890123456789X\",\"device_code\":\"d\","
        "\"verification_uri\":\"https://a.example\",\"expires_in\":900}",
        "{\"user_code\":\"E\",\"device_code\":\"d\",\"expires_in\":900}",
        "{\"user_code\":\"E\",\"device_code\":\"d\",\"verification_uri\":\"http://"
        "a.example\",\"expires_in\":900}",
        "{}",
    };
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        cr_expect_eq(parse(IDENTITY_DEVICE_CODE, 200, bad[i]), IDENTITY_BAD_ANSWER, "%s", bad[i]);
        cr_expect(reply.message[0]);
        cr_expect_str_eq(reply.user_code, "");
    }
    cr_assert_eq(
        parse(
            IDENTITY_DEVICE_CODE, 200,
            "{\"user_code\":\"AB CD\",\"device_code\":\"d\",\"verification_uri\":\"http://127.0.0.1:8/link\","
            "\"expires_in\":1}"),
        IDENTITY_OK);
}

Test(identity_reply, cookies)
{
    static const char body[] = "{" CODE ",\"expires_in\":900}";
    static const struct {
        const char *header, *cookie;
    } rows[] = {
        {"EMUC=1", "EMUC=1"},
        {"EMUC=1; path=/; secure", "EMUC=1"},
        {"EMUC=a=b;x", "EMUC=a=b"},
        {"EMUC=", "EMUC="},
        {"=1", NULL},
        {"EMUC", NULL},
        {"", NULL},
        {"EM\x01=1", NULL},
        {"EMUC=\xc3\xa4", NULL},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        IdentityRaw raw = {
            .status = 200, .set_cookie = rows[i].header, .body = body, .body_size = sizeof body - 1};
        parse_raw(IDENTITY_DEVICE_CODE, &raw);
        cr_assert_eq(reply.outcome, IDENTITY_OK);
        cr_assert_eq(reply.cookie != NULL, rows[i].cookie != NULL, "%s", rows[i].header);
        if (rows[i].cookie)
            cr_assert_str_eq(reply.cookie, rows[i].cookie);
        raw.body = "{\"access_token\":\"a\",\"expires_in\":1}";
        raw.body_size = strlen(raw.body);
        parse_raw(IDENTITY_POLL, &raw);
        cr_assert_null(reply.cookie);
    }
}

Test(identity_reply, grants)
{
    static const IdentityKind kinds[] = {IDENTITY_POLL, IDENTITY_REFRESH};
    for (size_t i = 0; i < ELEMENTS(kinds); i++) {
        cr_assert_eq(parse(kinds[i], 200,
                           "{\"token_type\":\"Bearer\",\"scope\":\"XboxLive.signin\",\"expires_in\":3600,"
                           "\"ext_expires_in\":3600,\"access_token\":\"EMU-AT-a1-g1\","
                           "\"refresh_token\":\"EMU-RT-a1-g1\"}"),
                     IDENTITY_OK);
        cr_assert_str_eq(reply.access_token, "EMU-AT-a1-g1");
        cr_assert_str_eq(reply.refresh_token, "EMU-RT-a1-g1");
        cr_assert(secret_is(reply.access_token) && secret_is(reply.refresh_token));
        cr_assert_eq(reply.expires_sec, 3600);
        cr_assert_eq(parse(kinds[i], 200,
                           "\xef\xbb\xbf "
                           "{\"token_type\":\"bearer\",\"expires_in\":\"86400\",\"access_token\":\"EMU-ATB\","
                           "\"user_id\":\"emu0000000000001\",\"foci\":\"1\",\"refresh_token\":null} \n"),
                     IDENTITY_OK);
        cr_assert_null(reply.refresh_token);
        cr_assert_eq(reply.expires_sec, 86400);
    }
}

Test(identity_reply, grants_unusable)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "null",
        "\"text\"",
        "<html>busy</html>",
        "{\"access_token\":\"a\",\"expires_in\":3600",
        "{\"access_token\":\"a\",\"expires_in\":3600}x",
        "{\"access_token\":\"a\",\"access_token\":\"b\",\"expires_in\":3600}",
        "{\"access_token\":\"a\",\"expires_in\":3600,\"x\":{\"y\":1,\"y\":2}}",
        "{\"access_token\":\"a\\u0000b\",\"expires_in\":3600}",
        "{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":3600}",
        "{\"access_token\":\"a b\",\"expires_in\":3600}",
        "{\"access_token\":\"\xc3\xa4\",\"expires_in\":3600}",
        "{\"access_token\":\"\xff\",\"expires_in\":3600}",
        "{\"access_token\":\"\",\"expires_in\":3600}",
        "{\"access_token\":[\"a\"],\"expires_in\":3600}",
        "{\"access_token\":\"a\",\"refresh_token\":\"b\\n\",\"expires_in\":3600}",
        "{\"access_token\":\"a\",\"refresh_token\":1,\"expires_in\":3600}",
        "{\"refresh_token\":\"b\",\"expires_in\":3600}",
        "{\"access_token\":\"a\"}",
        "{\"access_token\":\"a\",\"expires_in\":0}",
        "{\"access_token\":\"a\",\"expires_in\":-3600}",
        "{\"access_token\":\"a\",\"expires_in\":3600.5}",
        "{\"access_token\":\"a\",\"expires_in\":31622401}",
        "{\"access_token\":\"a\",\"expires_in\":9223372036854775807}",
        "{\"access_token\":\"a\",\"expires_in\":18446744073709551616}",
        "{\"access_token\":\"a\",\"expires_in\":\"99999999999999999999999\"}",
        "{\"access_token\":\"a\",\"expires_in\":\"-1\"}",
        "{\"access_token\":\"a\",\"expires_in\":\"3600s\"}",
        "{\"error\":\"authorization_pending\"}",
    };
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        cr_expect_eq(parse(IDENTITY_REFRESH, 200, bad[i]), IDENTITY_BAD_ANSWER, "%s", bad[i]);
        cr_expect_not_null(strstr(reply.message, "HTTP 200"), "%s", reply.message);
    }
    static const char nul[] = "{\"access_token\":\"a\",\"expires_in\":3600}\0";
    parse_raw(IDENTITY_REFRESH, &(IdentityRaw){.status = 200, .body = nul, .body_size = sizeof nul - 1});
    cr_expect_eq(reply.outcome, IDENTITY_BAD_ANSWER);
    parse_raw(IDENTITY_REFRESH, &(IdentityRaw){.status = 200, .body = NULL, .body_size = 10});
    cr_expect_eq(reply.outcome, IDENTITY_BAD_ANSWER);
}

/* The largest token and the largest body are one thing, a byte more is another. */
Test(identity_reply, sizes)
{
    static char body[IDENTITY_BODY_MAX + 200];
    for (size_t more = 0; more < 2; more++) {
        char *at = stpcpy(body, "{\"expires_in\":1,\"access_token\":\"");
        memset(at, 'a', IDENTITY_TOKEN_MAX + more);
        strcpy(at + IDENTITY_TOKEN_MAX + more, "\"}");
        cr_expect_eq(parse(IDENTITY_POLL, 200, body), more ? IDENTITY_BAD_ANSWER : IDENTITY_OK);
    }
    for (size_t more = 0; more < 2; more++) {
        char *at = stpcpy(body, "{\"expires_in\":1,\"access_token\":\"a\"");
        size_t size = IDENTITY_BODY_MAX + more;
        memset(at, ' ', (size_t)(body + size - at) - 1);
        body[size - 1] = '}';
        parse_raw(IDENTITY_POLL, &(IdentityRaw){.status = 200, .body = body, .body_size = size});
        cr_expect_eq(reply.outcome, more ? IDENTITY_BAD_ANSWER : IDENTITY_OK);
    }
    for (unsigned arrays = 31; arrays < 33; arrays++) {
        char *at = stpcpy(body, "{\"expires_in\":1,\"access_token\":\"a\",\"x\":");
        memset(at, '[', arrays);
        memset(at + arrays, ']', arrays);
        strcpy(at + 2 * arrays, "}");
        cr_expect_eq(parse(IDENTITY_POLL, 200, body), arrays == 32 ? IDENTITY_BAD_ANSWER : IDENTITY_OK);
    }
}

Test(identity_reply, user_token)
{
    cr_assert_eq(parse(IDENTITY_USER, 200,
                       "{" TIMES ",\"Token\":\"EMU.U.a1.g1\",\"DisplayClaims\":{\"xui\":[{\"uhs\":"
                       "\"1000000000000000001\"}]}}"),
                 IDENTITY_OK);
    cr_assert_str_eq(reply.token, "EMU.U.a1.g1");
    cr_assert(secret_is(reply.token));
    cr_assert_str_eq(reply.uhs, "1000000000000000001");
    cr_assert_eq(reply.issued, 1767225610);
    cr_assert_eq(reply.not_after, 1767225610 + 4 * 86400);
    cr_assert_eq(parse(IDENTITY_USER, 200, "{" TIMES ",\"Token\":\"t\"}"), IDENTITY_OK);
}

Test(identity_reply, device_and_title)
{
    cr_assert_eq(parse(IDENTITY_DEVICE, 200,
                       "{" TIMES ",\"Token\":\"EMU.D.dev1.g1\",\"DisplayClaims\":{\"xdi\":{\"did\":"
                       "\"F900000000000001\",\"dcs\":\"0\"}}}"),
                 IDENTITY_OK);
    cr_assert_str_eq(reply.token, "EMU.D.dev1.g1");
    cr_assert_str_eq(reply.did, "F900000000000001");
    cr_assert_eq(parse(IDENTITY_TITLE, 200,
                       "{" TIMES ",\"Token\":\"EMU.T.1234567890.g1\",\"DisplayClaims\":{\"xti\":{\"tid\":"
                       "\"1234567890\"}}}"),
                 IDENTITY_OK);
    cr_assert_str_eq(reply.tid, "1234567890");
    cr_assert_eq(parse(IDENTITY_TITLE, 200,
                       "{" TIMES ",\"Token\":\"t\",\"DisplayClaims\":{\"xti\":{\"tid\":4294967295}}}"),
                 IDENTITY_OK);
    cr_assert_str_eq(reply.tid, "4294967295");
    cr_assert_eq(parse(IDENTITY_TITLE, 200, "{" TIMES ",\"Token\":\"t\"}"), IDENTITY_BAD_ANSWER);
    cr_assert_eq(
        parse(IDENTITY_TITLE, 200, "{" TIMES ",\"Token\":\"t\",\"DisplayClaims\":{\"xti\":{\"tid\":\"x\"}}}"),
        IDENTITY_BAD_ANSWER);
}

Test(identity_reply, xsts)
{
    cr_assert_eq(
        parse(IDENTITY_XSTS, 200,
              "{\"IssueInstant\":\"2026-01-01T00:00:12.1234567Z\",\"NotAfter\":"
              "\"2026-01-01T16:00:12.9999999Z\",\"Token\":\"EMU.X.a1.RETAIL.g1\",\"DisplayClaims\":{\"xui\":"
              "[{\"gtg\":\"EmuPlayerOne\",\"xid\":\"2533270000000001\",\"uhs\":\"1000000000000000001\","
              "\"agg\":\"Adult\",\"usr\":\"\",\"utr\":\"\",\"prv\":\"185 188 189 203 252 254 255\"}]}}"),
        IDENTITY_OK);
    cr_assert_str_eq(reply.token, "EMU.X.a1.RETAIL.g1");
    cr_assert_str_eq(reply.uhs, "1000000000000000001");
    cr_assert_str_eq(reply.xid, "2533270000000001");
    cr_assert_str_eq(reply.gtg, "EmuPlayerOne");
    cr_assert_str_eq(reply.agg, "Adult");
    cr_assert_eq(reply.issued, 1767225612);
    cr_assert_eq(reply.not_after, 1767225612 + 16 * 3600);
    cr_assert(identity_reply_privilege(&reply, 254));
    cr_assert(identity_reply_privilege(&reply, 185));
    cr_assert(identity_reply_privilege(&reply, 255));
    cr_assert(!identity_reply_privilege(&reply, 25));
    cr_assert(!identity_reply_privilege(&reply, 2));
    cr_assert(!identity_reply_privilege(&reply, 253));
    /* Another relying party tells the hash alone. */
    cr_assert_eq(parse(IDENTITY_XSTS, 200,
                       "{" TIMES
                       ",\"Token\":\"t\",\"DisplayClaims\":{\"xui\":[{\"uhs\":\"1000000000000000777\"}]}}"),
                 IDENTITY_OK);
    cr_assert_str_eq(reply.uhs, "1000000000000000777");
    cr_assert_str_eq(reply.xid, "");
    cr_assert(!identity_reply_privilege(&reply, 254));
    /* Numbers as numbers. */
    cr_assert_eq(parse(IDENTITY_XSTS, 200,
                       "{" TIMES ",\"Token\":\"t\",\"DisplayClaims\":{\"xui\":[{\"uhs\":1000000000000000777,"
                       "\"xid\":2533270000000001}]}}"),
                 IDENTITY_OK);
    cr_assert_str_eq(reply.uhs, "1000000000000000777");
    cr_assert_str_eq(reply.xid, "2533270000000001");
}

Test(identity_reply, xsts_unusable)
{
    static const char *const bad[] = {
        "{\"uhs\":\"\"}",
        "{\"uhs\":\"1;2\"}",
        "{\"uhs\":\"1\\r\\n\"}",
        "{\"uhs\":-1}",
        "{\"uhs\":1.5}",
        "{\"uhs\":null}",
        "{\"uhs\":\"01234567890123456789012345678901234567890123456789012345678901234\"}",
        "{\"uhs\":\"1\",\"xid\":\"\"}",
        "{\"uhs\":\"1\",\"xid\":\"x\"}",
        "{\"uhs\":\"1\",\"xid\":\"0\"}",
        "{\"uhs\":\"1\",\"xid\":-1}",
        "{\"uhs\":\"1\",\"xid\":\"18446744073709551616\"}",
        "{}",
    };
    char body[400];
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        snprintf(body, sizeof body, "{" TIMES ",\"Token\":\"t\",\"DisplayClaims\":{\"xui\":[%s]}}", bad[i]);
        cr_expect_eq(parse(IDENTITY_XSTS, 200, body), IDENTITY_BAD_ANSWER, "%s", bad[i]);
        snprintf(body, sizeof body, "{" TIMES ",\"Token\":\"t\",\"DisplayClaims\":{\"xui\":%s}}", bad[i]);
        cr_expect_eq(parse(IDENTITY_XSTS, 200, body), IDENTITY_BAD_ANSWER, "%s", bad[i]);
    }
    /* What is only for show is left out. */
    cr_assert_eq(parse(IDENTITY_XSTS, 200,
                       "{" TIMES
                       ",\"Token\":\"t\",\"DisplayClaims\":{\"xui\":[{\"uhs\":\"1\",\"gtg\":\"a\\u001b[2J\","
                       "\"agg\":\"\\n\",\"prv\":\"254;255\"}]}}"),
                 IDENTITY_OK);
    cr_assert_str_eq(reply.gtg, "");
    cr_assert_str_eq(reply.agg, "");
    cr_assert_str_eq(reply.prv, "");
}

Test(identity_reply, tokens_unusable)
{
    static const char *const bad[] = {
        "{" TIMES "}",
        "{" TIMES ",\"Token\":\"\"}",
        "{" TIMES ",\"Token\":null}",
        "{" TIMES ",\"Token\":7}",
        "{" TIMES ",\"Token\":\"a b\"}",
        "{" TIMES ",\"Token\":\"a\\nb\"}",
        "{\"Token\":\"t\"}",
        "{\"Token\":\"t\",\"NotAfter\":\"2026-01-05T00:00:10Z\"}",
        "{\"Token\":\"t\",\"IssueInstant\":\"2026-01-05T00:00:10Z\"}",
        "{\"Token\":\"t\",\"IssueInstant\":\"2026-01-05T00:00:10Z\",\"NotAfter\":\"2026-01-05T00:00:10Z\"}",
        "{\"Token\":\"t\",\"IssueInstant\":\"2026-01-05T00:00:10Z\",\"NotAfter\":\"2026-01-04T00:00:10Z\"}",
        "{\"Token\":\"t\",\"IssueInstant\":\"2026-01-05T00:00:10Z\",\"NotAfter\":\"2027-01-07T00:00:10Z\"}",
        "{\"Token\":\"t\",\"IssueInstant\":\"1970-01-01T00:00:00Z\",\"NotAfter\":\"1970-01-05T00:00:10Z\"}",
        "{\"Token\":\"t\",\"IssueInstant\":\"2999-01-01T00:00:00Z\",\"NotAfter\":\"2999-01-05T00:00:10Z\"}",
        "{\"Token\":\"t\",\"IssueInstant\":\"2026-01-05T00:00:10Z\",\"NotAfter\":\"tomorrow\"}",
        "{\"Token\":\"t\",\"IssueInstant\":\"2026-01-05T00:00:10Z\",\"NotAfter\":1767225610}",
        "{\"Token\":\"t\",\"IssueInstant\":\"2026-01-05T00:00:10+01:00\",\"NotAfter\":\"2026-01-06T00:00:"
        "10Z\"}",
    };
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        for (int kind = IDENTITY_USER; kind <= IDENTITY_XSTS; kind++)
            cr_expect_eq(parse((IdentityKind)kind, 200, bad[i]), IDENTITY_BAD_ANSWER, "%s", bad[i]);
}

/* Zero to seven digits, and the fraction never prolongs anything. */
Test(identity_reply, fractions)
{
    for (int digits = 0; digits <= 8; digits++) {
        char body[300];
        snprintf(body, sizeof body,
                 "{\"Token\":\"t\",\"IssueInstant\":\"2026-01-01T00:00:00%s%.*sZ\",\"NotAfter\":"
                 "\"2026-01-01T01:00:00%s%.*sZ\"}",
                 digits ? "." : "", digits, "99999999", digits ? "." : "", digits, "99999999");
        cr_assert_eq(parse(IDENTITY_USER, 200, body), digits == 8 ? IDENTITY_BAD_ANSWER : IDENTITY_OK);
        if (digits < 8)
            cr_assert_eq(reply.not_after, 1767225600 + 3600);
    }
}

Test(identity_reply, headers)
{
    IdentityRaw raw = {.status = 200,
                       .date = "Thu, 01 Jan 2026 00:00:00 GMT",
                       .age = "7",
                       .body = "{" TIMES ",\"Token\":\"t\"}",
                       .body_size = strlen("{" TIMES ",\"Token\":\"t\"}")};
    parse_raw(IDENTITY_USER, &raw);
    cr_assert(reply.has_date && reply.has_age && !reply.has_retry_after);
    cr_assert_eq(reply.date_sec, 1767225600);
    /* They are told of an answer too that says nothing else. */
    raw = (IdentityRaw){.status = 200, .date = "Thu, 01 Jan 2026 00:00:05 GMT", .retry_after = "7"};
    parse_raw(IDENTITY_USER, &raw);
    cr_assert_eq(reply.outcome, IDENTITY_BAD_ANSWER);
    cr_assert(reply.has_date && !reply.has_age && reply.has_retry_after);
    cr_assert_eq(reply.date_sec, 1767225605);
    cr_assert_eq(reply.retry_after_usec, 7 * USEC_PER_SEC);
    raw = (IdentityRaw){.status = 429, .date = "nonsense", .retry_after = "Thu, 01 Jan 2026 00:00:30 GMT"};
    parse_raw(IDENTITY_USER, &raw);
    cr_assert(!reply.has_date);
    cr_assert_eq(reply.retry_after_usec, 30 * USEC_PER_SEC);
}
